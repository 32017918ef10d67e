"""Feature visualization: what a channel, a neuron, a class or a mix wants to see, grown from noise.

Olah, Mordvintsev, Schubert, "Feature Visualization", 2017; where and how pictures grow stands in gardens.py.
"""

import dataclasses
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from deepdream.ascent import Meter
from deepdream.balance import balance
from deepdream.engine.compile import activations, compile_gradient
from deepdream.engine.graph import Activation
from deepdream.engine.precision import resolve_precision
from deepdream.errors import DeadChannelError
from deepdream.frames import Camera, Frame, check_every
from deepdream.networks import CLASSES, Layer, Network, load_network
from deepdream.objectives.aims import from_recipe
from deepdream.objectives.algebra import WEIGHTS, Objective, Sum
from deepdream.objectives.terms import Diversity, OfLayer
from deepdream.recipe import Recipe
from deepdream.settings.targets import parse_target
from deepdream.visualization import cache
from deepdream.visualization.gardens import GARDENS, Garden
from deepdream.visualization.presets import PORTRAIT_PRESETS, Portrait

BATCH = 8  # pictures at a time: more gains little and keeps a stop waiting
CHANNELS = "channels"  # the target that holds each picture's channel


@dataclass(frozen=True, eq=False)
class ChannelPicture:
    """Hold what one channel of a layer wants to see.

    `image` is (h, w, 3) in [0, 1], rounded to 8 bits so that a cached one is the same; `activation` is the channel's
    mean on it; a `dead` channel could not be raised above 0, and its picture is gray.
    """

    layer: str
    channel: int
    image: np.ndarray  # (h, w, 3)
    activation: float

    @property
    def dead(self) -> bool:
        """Say whether nothing raised the channel above 0."""
        return self.activation <= 0.0


def visualize(
    network: Network | str,
    target: str | Sequence[tuple[str, float]],
    portrait: Portrait = PORTRAIT_PRESETS["lucid"],
    *,
    every: int = 1,
    precision: str = "auto",
) -> Generator[Frame, None, None]:
    """Grow what a target wants to see from noise; yield a Frame each `every` steps and one at the end.

    `target` is what a recipe's layers name: "conv4_2:17" a channel, "conv4_2:17@0.5,0.5" a neuron, "classes:school bus"
    a class by its logit, "conv4_2" a whole layer, or pairs of such names and weights, a mix, of
    which each counts by its weight alone; a rank such as "strongest"
    counts on plain gray. With `portrait.variants` above 1 the frame holds as many pictures side by side, each from
    noise of its own, which `portrait.diversity` drives apart. Arguments are checked at once; `close()` stops within a
    step; the same arguments give the same bytes on one machine.

    Raises:
        LayerError: the network does not have the layer, channel or class.
        DeadChannelError: the channel is dead; raised with the last frame.
    """
    check_every(every)
    network = load_network(network) if isinstance(network, str) else network
    goal = _goal(network, [(target, 1.0)] if isinstance(target, str) else list(target), portrait, precision)
    return _frames(network, goal, portrait, every, resolve_precision(precision, network))


def visualize_layer(
    network: Network | str,
    layer: str,
    portrait: Portrait = PORTRAIT_PRESETS["lucid"],
    *,
    channels: Sequence[int] | None = None,
    cached: bool = True,
    precision: str = "auto",
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[ChannelPicture]:
    """Yield what each channel of a layer wants to see, in the order of `channels` (all, by default), as they are done.

    Several are grown at a time. With `cached` pictures are kept in the user's cache folder, by the network's weights
    and the portrait, and come from there the next time. `turn()` is held during each step, so that others may use the
    processor between them; what it raises ends the work. Arguments are checked at once.

    Raises:
        LayerError: the network does not have the layer or the channel.
    """
    network = load_network(network) if isinstance(network, str) else network
    count = network.layer(layer).channels
    wanted = [network.channel(layer, channel) for channel in (range(count) if channels is None else channels)]
    alone = portrait.replace(variants=1)  # each channel has one picture on a sheet
    return _Sheet(network, layer, alone, resolve_precision(precision, network), turn).pictures(wanted, cached)


@dataclass(frozen=True)
class EachChannel(OfLayer):
    """Measure, of the i-th picture of a batch, the mean of the i-th channel named in the targets."""

    channels: str = CHANNELS

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.channels,)

    def value(self, activations: Any, targets: Any) -> tf.Tensor:
        means = tf.reduce_mean(activations[self.layer], axis=(1, 2))  # (n, c)
        return tf.reduce_sum(tf.gather(means, targets[self.channels], batch_dims=1))


@dataclass(frozen=True, eq=False)
class _Goal:
    """Hold what the pictures of a batch are to raise.

    `channels` are those of a single layer, one a picture; () for a mix of anything. `pictures` is how many there are.
    """

    objective: Objective
    targets: dict[str, np.ndarray]
    layer: str = ""
    channels: tuple[int, ...] = ()
    pictures: int = 1


def _goal(network: Network, target: list[tuple[str, float]], portrait: Portrait, precision: str) -> _Goal:
    recipe = Recipe(layers=tuple(target), objective="mean")  # checks the names
    if len(target) == 1 and target[0][1] > 0:
        only = parse_target(target[0][0])
        if isinstance(only.channel, int) and only.place is None and only.layer != CLASSES:
            channel = network.channel(only.layer, only.channel)
            goal = _of_channels(only.layer, [channel] * portrait.variants)
            return _diverse(goal, network, only.layer, portrait)
    gray = np.full((portrait.size, portrait.size, 3), 0.5, np.float32)
    aim = from_recipe(recipe, network, gray, precision=precision)
    if len(target) > 1:
        noise = GARDENS[portrait.method](1, portrait, network).pictures()[0]
        aim = balance(Meter(network, aim, resolve_precision(precision, network), noise), len(target), noise)
    goal = _Goal(aim.objective, aim.targets, pictures=portrait.variants)
    return _diverse(goal, network, parse_target(target[0][0]).layer, portrait)


def _diverse(goal: _Goal, network: Network, layer: str, portrait: Portrait) -> _Goal:
    """Add what drives several pictures apart, at the layer, or for a class at the deepest layer before the classes."""
    if goal.pictures == 1 or not portrait.diversity:
        return goal
    if layer == CLASSES:
        layer = [each.name for each in network.layers if each.name != CLASSES][-1]
    objective = Sum((*goal.objective.terms, (Diversity(layer), portrait.diversity)))
    targets = dict(goal.targets)
    if WEIGHTS in targets:
        targets[WEIGHTS] = np.append(targets[WEIGHTS], np.float32(1.0))
    return dataclasses.replace(goal, objective=objective, targets=targets)


def _of_channels(layer: str, channels: Sequence[int]) -> _Goal:
    targets = {CHANNELS: np.array(channels, np.int32)}
    return _Goal(EachChannel(layer), targets, layer, tuple(channels), len(channels))


def _frames(
    network: Network, goal: _Goal, portrait: Portrait, every: int, precision: str
) -> Generator[Frame, None, None]:
    garden = GARDENS[portrait.method](goal.pictures, portrait, network)
    stepper = _Stepper(network, goal, precision)
    steps = portrait.all_steps
    camera = Camera([(portrait.size, portrait.size)], [steps], every)
    for step in range(1, steps + 1):
        losses = stepper.step(garden)
        if camera.is_due(0, step):
            yield camera.take(_side_by_side(garden), 0, step, losses)
    _refuse_dead(network, goal, garden, precision, steps)
    yield camera.take(_side_by_side(garden), 0, steps, losses, is_last=True)


def _side_by_side(garden: Garden) -> np.ndarray:
    return np.concatenate(list(garden.show()), axis=1)


def _refuse_dead(network: Network, goal: _Goal, garden: Garden, precision: str, steps: int) -> None:
    if goal.channels and _activations(network, goal, garden, precision).max() <= 0.0:
        raise DeadChannelError(
            f"channel {goal.channels[0]} of {goal.layer} seems dead: {steps} steps did not raise it above 0. "
            "Choose another channel, or more steps to be sure."
        )


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Grow the pictures of a layer's channels, a block of them at a time."""

    network: Network
    layer: str
    portrait: Portrait
    precision: str
    turn: Callable[[], AbstractContextManager[None]]

    def pictures(self, channels: list[int], cached: bool) -> Iterator[ChannelPicture]:
        store = cache.Store.of(self.network, self.layer, (self.portrait, self.precision)) if cached else None
        for start in range(0, len(channels), BATCH):
            block = channels[start : start + BATCH]
            found = {channel: store.read(channel) if store is not None else None for channel in block}
            missing = [channel for channel, picture in found.items() if picture is None]
            for channel, image, activation in self._grown(missing) if missing else ():
                found[channel] = (image, activation)
                if store is not None:
                    store.write(channel, image, activation)
            for channel in block:
                picture = found[channel]
                assert picture is not None
                yield ChannelPicture(self.layer, channel, *picture)

    def _grown(self, channels: list[int]) -> list[tuple[int, np.ndarray, float]]:
        """Grow several channels' pictures together; none depends on the others."""
        goal = _of_channels(self.layer, channels)
        garden = GARDENS[self.portrait.method](goal.pictures, self.portrait, self.network)
        stepper = _Stepper(self.network, goal, self.precision)
        for _ in range(self.portrait.all_steps):
            with self.turn():
                stepper.step(garden)
        values = _activations(self.network, goal, garden, self.precision)
        images = np.rint(garden.show() * 255) / np.float32(255)
        images[values <= 0.0] = np.float32(128 / 255)
        return [(channel, image, float(value)) for channel, image, value in zip(channels, images, values, strict=True)]


def _activations(network: Network, goal: _Goal, garden: Garden, precision: str) -> np.ndarray:
    """Return each picture's mean of its channel, (n,)."""
    seen = activations(network, network.to_input(garden.pictures()), [goal.layer], precision=precision)
    means = seen[goal.layer].numpy().mean(axis=(1, 2))  # (n, c)
    return means[np.arange(len(means)), list(goal.channels)]


class _Stepper:
    """Take steps on a garden's pictures towards what the goal wants."""

    def __init__(self, network: Network, goal: _Goal, precision: str) -> None:
        self._network = network
        self._goal = goal
        self._function = compile_gradient(network, goal.objective, precision=precision)
        self._precision = precision
        self._woken: tuple[Any, str] | None = None

    def step(self, garden: Garden) -> dict[str, float]:
        """Take one step; return the parts of the loss before it."""
        seen, pull_back = garden.view()
        x = self._network.to_input(seen)
        losses, gradient = self._function(x, self._goal.targets)
        g = gradient.numpy()
        silent = ~np.any(g, axis=(1, 2, 3))
        if silent.any():
            g = self._wake(x, g, silent)
        garden.move(pull_back(g * self._network.scale))
        return {name: float(value) for name, value in losses.items()}

    def _wake(self, x: np.ndarray, g: np.ndarray, silent: np.ndarray) -> np.ndarray:
        """Put in the gradient before the activation function for pictures that give none (as Lucid's redirected ReLU).

        Where noise leaves a channel at 0, that is the way out; a dead channel stays at 0 all the same.
        """
        name = _before_activation(self._network, self._goal.layer) if self._goal.channels else None
        if name is None:
            return g
        if self._woken is None:
            hidden = dataclasses.replace(self._network.layer(self._goal.layer), name=name)
            wider = _with_layer(self._network, hidden)
            self._woken = compile_gradient(wider, EachChannel(name), precision=self._precision), name
        _, gradient = self._woken[0](x, self._goal.targets)
        return np.where(silent[:, None, None, None], gradient.numpy(), g)


def _before_activation(network: Network, layer: str) -> str | None:
    operation = network.graph.by_name.get(layer) if network.graph is not None else None
    return operation.inputs[0] if isinstance(operation, Activation) else None


def _with_layer(network: Network, layer: Layer) -> Network:
    if any(each.name == layer.name for each in network.layers):
        return network
    return dataclasses.replace(network, layers=(*network.layers, layer))
