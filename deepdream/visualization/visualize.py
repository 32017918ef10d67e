"""Feature visualization: what a channel, a neuron, a class or a mix wants to see, grown from noise.

    lucid     a Fourier image in decorrelated colors, seen padded by 12 pixels of gray, shifted by up to 8, zoomed by
              0.9 to 1.1, turned by up to 10 degrees and shifted by up to 4 again; Adam with a step of 0.05
    maco      the phases of waves whose strengths are fixed at those of natural photos, seen as with lucid; Adam with a
              step of 0.2 rad
    chollet   x = (U - 0.5) * 20 + 128 on 0..255; x += gradient / (rms(gradient) + 1e-5); shown with mean 0.5 and
              standard deviation 0.1

Sources: Olah, Mordvintsev, Schubert, "Feature Visualization", 2017, and its code Lucid, whose zoom changes the size of
what the network sees: here it stays, about the middle; its turns and zooms are drawn from short lists, with the nearest
pixel and black corners, ours from a range, interpolated, with the edges continued; and its 512 steps are 256 here. Fel
and others, "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization", 2023, whose
strengths are ImageNet's mean and whose views are crops with noise: here they are 1 / frequency and Lucid's, without
noise. Its code (Xplique) also standardizes phases and picture at each step, draws the first phases from a normal
distribution, ours uniformly, and steps by Nadam of 1.0, ours by Adam.
Chollet, "How convolutional neural networks see the world", 2016.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from deepdream.canvas import Canvas, Fourier, Phases, spectrum_scale
from deepdream.engine.compile import activations, compile_gradient
from deepdream.engine.graph import Activation
from deepdream.engine.precision import resolve_precision
from deepdream.errors import DeadChannelError
from deepdream.frames import Camera, Frame, check_every
from deepdream.networks import CLASSES, Layer, Network, load_network
from deepdream.objectives import WEIGHTS, Diversity, Objective, Sum, Term, from_recipe
from deepdream.optimizers import Adam
from deepdream.recipe import Recipe
from deepdream.settings.targets import parse_target
from deepdream.transforms import View
from deepdream.visualization import cache
from deepdream.visualization.presets import PORTRAITS, Portrait

GRAY_MARGIN, SHIFT_BEFORE, SHIFT_AFTER = 12, 8, 4  # pixels (Lucid)
TURN, ZOOM = 10.0, 0.1  # degrees; share
LUCID_STEP = 0.05  # Adam's, on the spectrum
MACO_STEP = 0.2  # Adam's, radians
CHOLLET_EPSILON = 1e-5
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
    portrait: Portrait = PORTRAITS["lucid"],
    *,
    every: int = 1,
    precision: str = "auto",
) -> Iterator[Frame]:
    """Grow what a target wants to see from noise; yield a Frame each `every` steps and one at the end.

    `target` is what a recipe's layers name: "conv4_2:17" a channel, "conv4_2:17@0.5,0.5" a neuron, "classes:school bus"
    a class by its logit, "conv4_2" a whole layer, or pairs of such names and weights, a mix; a rank such as "strongest"
    counts on plain gray. With `portrait.variants` above 1 the frame holds as many pictures side by side, each from
    noise of its own, which `portrait.diversity` drives apart. Arguments are checked at once; `close()` stops within a
    step; the same arguments give the same bytes on one machine.

    Raises: LayerError for a layer, channel or class that the network does not have; DeadChannelError, with the last
    frame, for a dead channel.
    """
    check_every(every)
    network = load_network(network) if isinstance(network, str) else network
    subject = _subject(network, [(target, 1.0)] if isinstance(target, str) else list(target), portrait, precision)
    return _frames(network, subject, portrait, every, resolve_precision(precision, network))


def visualize_layer(
    network: Network | str,
    layer: str,
    portrait: Portrait = PORTRAITS["lucid"],
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

    Raises: LayerError for a layer or channel that the network does not have.
    """
    network = load_network(network) if isinstance(network, str) else network
    count = network.layer(layer).channels
    wanted = [network.channel(layer, channel) for channel in (range(count) if channels is None else channels)]
    alone = portrait.replace(variants=1)  # each channel has one picture on a sheet
    return _channel_pictures(network, layer, wanted, alone, resolve_precision(precision, network), cached, turn)


@dataclass(frozen=True)
class EachChannel(Term):
    """Measure, of the i-th picture of a batch, the mean of the i-th channel named in the targets."""

    layer: str
    channels: str = CHANNELS

    @property
    def part(self) -> str:
        return self.layer

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.channels,)

    def value(self, activations: Any, targets: Any) -> tf.Tensor:
        means = tf.reduce_mean(activations[self.layer], axis=(1, 2))  # (n, c)
        return tf.reduce_sum(tf.gather(means, targets[self.channels], batch_dims=1))


@dataclass(frozen=True, eq=False)
class _Subject:
    """Hold what the pictures of a batch are to raise.

    `channels` are those of a single layer, one a picture; () for a mix of anything. `pictures` is how many there are.
    """

    objective: Objective
    targets: dict[str, np.ndarray]
    layer: str = ""
    channels: tuple[int, ...] = ()
    pictures: int = 1


def _subject(network: Network, target: list[tuple[str, float]], portrait: Portrait, precision: str) -> _Subject:
    recipe = Recipe(layers=tuple(target), objective="mean")  # checks the names
    if len(target) == 1 and target[0][1] > 0:
        only = parse_target(target[0][0])
        if isinstance(only.channel, int) and only.place is None and only.layer != CLASSES:
            channel = network.channel(only.layer, only.channel)
            subject = _of_channels(only.layer, [channel] * portrait.variants)
            return _diverse(subject, network, only.layer, portrait)
    gray = np.full((portrait.size, portrait.size, 3), 0.5, np.float32)
    aim = from_recipe(recipe, network, gray, precision=precision)
    subject = _Subject(aim.objective, aim.targets, pictures=portrait.variants)
    return _diverse(subject, network, parse_target(target[0][0]).layer, portrait)


def _diverse(subject: _Subject, network: Network, layer: str, portrait: Portrait) -> _Subject:
    """Add what drives several pictures apart, at the layer, or for a class at the deepest layer before the classes."""
    if subject.pictures == 1 or not portrait.diversity:
        return subject
    if layer == CLASSES:
        layer = [each.name for each in network.layers if each.name != CLASSES][-1]
    objective = Sum((*subject.objective.terms, (Diversity(layer), portrait.diversity)))
    targets = dict(subject.targets)
    if WEIGHTS in targets:
        targets[WEIGHTS] = np.append(targets[WEIGHTS], np.float32(1.0))
    return dataclasses.replace(subject, objective=objective, targets=targets)


def _of_channels(layer: str, channels: Sequence[int]) -> _Subject:
    targets = {CHANNELS: np.array(channels, np.int32)}
    return _Subject(EachChannel(layer), targets, layer, tuple(channels), len(channels))


def _frames(network: Network, subject: _Subject, portrait: Portrait, every: int, precision: str) -> Iterator[Frame]:
    garden = GARDENS[portrait.method](subject.pictures, portrait, network)
    climb = _Climb(network, subject, precision)
    steps = portrait.all_steps
    camera = Camera([(portrait.size, portrait.size)], [steps], every)
    for step in range(1, steps + 1):
        losses = climb.step(garden)
        if camera.is_due(0, step):
            yield camera.take(_side_by_side(garden), 0, step, losses)
    _refuse_dead(network, subject, garden, precision, steps)
    yield camera.take(_side_by_side(garden), 0, steps, losses, is_last=True)


def _side_by_side(garden: _Garden) -> np.ndarray:
    return np.concatenate(list(garden.show()), axis=1)


def _refuse_dead(network: Network, subject: _Subject, garden: _Garden, precision: str, steps: int) -> None:
    if subject.channels and _activations(network, subject, garden, precision).max() <= 0.0:
        raise DeadChannelError(
            f"channel {subject.channels[0]} of {subject.layer} seems dead: {steps} steps did not raise it above 0. "
            "Choose another channel, or more steps to be sure."
        )


def _channel_pictures(
    network: Network,
    layer: str,
    channels: list[int],
    portrait: Portrait,
    precision: str,
    cached: bool,
    turn: Callable[[], AbstractContextManager[None]],
) -> Iterator[ChannelPicture]:
    store = cache.Store.of(network, layer, (portrait, precision)) if cached else None
    for start in range(0, len(channels), BATCH):
        block = channels[start : start + BATCH]
        found = {channel: store.read(channel) if store is not None else None for channel in block}
        missing = [channel for channel, picture in found.items() if picture is None]
        if missing:
            for channel, image, activation in _grown(network, layer, missing, portrait, precision, turn):
                found[channel] = (image, activation)
                if store is not None:
                    store.write(channel, image, activation)
        for channel in block:
            picture = found[channel]
            assert picture is not None
            yield ChannelPicture(layer, channel, *picture)


def _grown(
    network: Network,
    layer: str,
    channels: list[int],
    portrait: Portrait,
    precision: str,
    turn: Callable[[], AbstractContextManager[None]],
) -> list[tuple[int, np.ndarray, float]]:
    """Grow several channels' pictures together; none depends on the others."""
    subject = _of_channels(layer, channels)
    garden = GARDENS[portrait.method](subject.pictures, portrait, network)
    climb = _Climb(network, subject, precision)
    for _ in range(portrait.all_steps):
        with turn():
            climb.step(garden)
    values = _activations(network, subject, garden, precision)
    images = np.rint(garden.show() * 255) / np.float32(255)
    images[values <= 0.0] = np.float32(128 / 255)
    return [(channel, image, float(value)) for channel, image, value in zip(channels, images, values, strict=True)]


def _activations(network: Network, subject: _Subject, garden: _Garden, precision: str) -> np.ndarray:
    """Return each picture's mean of its channel, (n,)."""
    seen = activations(network, network.to_input(garden.pictures()), [subject.layer], precision=precision)
    means = seen[subject.layer].numpy().mean(axis=(1, 2))  # (n, c)
    return means[np.arange(len(means)), list(subject.channels)]


class _Climb:
    """Take steps on a garden's pictures towards what the subject wants."""

    def __init__(self, network: Network, subject: _Subject, precision: str) -> None:
        self._network = network
        self._subject = subject
        self._function = compile_gradient(network, subject.objective, precision=precision)
        self._precision = precision
        self._woken: tuple[Any, str] | None = None

    def step(self, garden: _Garden) -> dict[str, float]:
        """Take one step; return the parts of the loss before it."""
        seen, pull_back = garden.look()
        x = self._network.to_input(seen)
        losses, gradient = self._function(x, self._subject.targets)
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
        name = _before_activation(self._network, self._subject.layer) if self._subject.channels else None
        if name is None:
            return g
        if self._woken is None:
            hidden = dataclasses.replace(self._network.layer(self._subject.layer), name=name)
            wider = _with_layer(self._network, hidden)
            self._woken = compile_gradient(wider, EachChannel(name), precision=self._precision), name
        _, gradient = self._woken[0](x, self._subject.targets)
        return np.where(silent[:, None, None, None], gradient.numpy(), g)


def _before_activation(network: Network, layer: str) -> str | None:
    operation = network.graph.by_name.get(layer) if network.graph is not None else None
    return operation.inputs[0] if isinstance(operation, Activation) else None


def _with_layer(network: Network, layer: Layer) -> Network:
    if any(each.name == layer.name for each in network.layers):
        return network
    return dataclasses.replace(network, layers=(*network.layers, layer))


# Gardens: where the pictures of a batch grow.


class _Garden:
    """Hold a batch of pictures on their way."""

    def pictures(self) -> np.ndarray:
        """Return the pictures as a network is to see them, (n, h, w, 3), about in [0, 1]."""
        raise NotImplementedError

    def show(self) -> np.ndarray:
        """Return the pictures as a person is to see them, (n, h, w, 3) in [0, 1]."""
        raise NotImplementedError

    def look(self) -> tuple[np.ndarray, Any]:
        """Return the pictures in this step's view, and the way back for a gradient of the view."""
        raise NotImplementedError

    def move(self, gradient: np.ndarray) -> None:
        """Step along a gradient (n, h, w, 3) with respect to the pictures."""
        raise NotImplementedError


class _Waves(_Garden):
    """Grow canvases of waves by Adam under changing views, which are the same for all of a batch.

    The pictures of several channels start alike, so that none depends on which others are grown beside it; variants of
    one picture start each from noise of their own.
    """

    def __init__(self, canvases: Sequence[Canvas], seed: int, length: float) -> None:
        self._canvases = canvases
        self._random = np.random.default_rng(seed)
        self._adam = Adam()
        self._length = length

    def pictures(self) -> np.ndarray:
        return np.stack([canvas.show() for canvas in self._canvases])

    def show(self) -> np.ndarray:
        return self.pictures()

    def look(self) -> tuple[np.ndarray, Any]:
        top, left, turn, zoom, top_2, left_2 = self._random.random(6)
        view = View(angle=TURN * (2 * turn - 1), zoom=1 + ZOOM * (2 * zoom - 1))
        before, after = _window(SHIFT_BEFORE, top, left), _window(SHIFT_AFTER, top_2, left_2)
        margin = [(0, 0), (GRAY_MARGIN, GRAY_MARGIN), (GRAY_MARGIN, GRAY_MARGIN), (0, 0)]
        padded = np.pad(self.pictures(), margin, constant_values=0.5)  # (n, h, w, 3)
        bent, unbend = view.look(_as_channels(padded[:, before[0], before[1]]))
        seen = _as_batch(bent)[:, after[0], after[1]]

        def pull_back(g: np.ndarray) -> np.ndarray:
            whole_view = np.zeros(_as_batch(bent).shape, np.float32)
            whole_view[:, after[0], after[1]] = g
            whole = np.zeros(padded.shape, np.float32)
            whole[:, before[0], before[1]] = _as_batch(unbend(_as_channels(whole_view)))
            return whole[:, GRAY_MARGIN:-GRAY_MARGIN, GRAY_MARGIN:-GRAY_MARGIN]

        return seen, pull_back

    def move(self, gradient: np.ndarray) -> None:
        pulled = [canvas.pull_back(g) for canvas, g in zip(self._canvases, gradient, strict=True)]
        for canvas, direction in zip(self._canvases, self._adam(np.stack(pulled)), strict=True):
            canvas.move(direction, self._length, None)


class _Lucid(_Waves):
    """Grow Fourier images."""

    def __init__(self, count: int, portrait: Portrait, network: Network) -> None:
        size = (portrait.size, portrait.size)
        self._kept = _waves_kept(size, portrait.finest_wave)[..., None, None]
        canvases = []
        for random in _randoms(count, portrait):
            spectrum = Fourier.noise(size, random).values * self._kept
            canvases.append(Fourier(spectrum, size, decay=portrait.smoothness))
        super().__init__(canvases, portrait.seed, LUCID_STEP * portrait.vividness)

    def move(self, gradient: np.ndarray) -> None:
        super().move(gradient)
        for canvas in self._canvases:
            canvas.values *= self._kept


class _Maco(_Waves):
    """Grow pictures whose waves keep their strengths."""

    def __init__(self, count: int, portrait: Portrait, network: Network) -> None:
        size = (portrait.size, portrait.size)
        kept = _waves_kept(size, portrait.finest_wave)[..., None]
        canvases = [
            Phases.noise(size, random, decay=portrait.smoothness, kept=kept) for random in _randoms(count, portrait)
        ]
        super().__init__(canvases, portrait.seed, MACO_STEP * portrait.vividness)


class _Chollet(_Garden):
    """Grow pixels by plain steps along the gradient, normalized in the network's units; a step is one of 255 levels."""

    def __init__(self, count: int, portrait: Portrait, network: Network) -> None:
        noise = np.stack([random.random((portrait.size, portrait.size, 3)) for random in _randoms(count, portrait)])
        self._x = (((noise - 0.5) * 20 + 128) / 255).astype(np.float32)  # (n, h, w, 3), on 0..1 but not clipped
        self._scale = network.scale
        self._length = portrait.vividness / 255

    def pictures(self) -> np.ndarray:
        return self._x

    def show(self) -> np.ndarray:
        x = self._x - self._x.mean(axis=(1, 2, 3), keepdims=True)
        x /= x.std(axis=(1, 2, 3), keepdims=True) + CHOLLET_EPSILON
        return np.clip(x * 0.1 + 0.5, 0.0, 1.0)

    def look(self) -> tuple[np.ndarray, Any]:
        return self._x, lambda g: g

    def move(self, gradient: np.ndarray) -> None:
        g = gradient / self._scale  # in the network's units, where the epsilon means something
        rms = np.sqrt(np.mean(np.square(g), axis=(1, 2, 3), keepdims=True))
        self._x += self._length * np.sign(self._scale) * g / (rms + CHOLLET_EPSILON)


GARDENS = {"lucid": _Lucid, "maco": _Maco, "chollet": _Chollet}


def _randoms(count: int, portrait: Portrait) -> Iterator[np.random.Generator]:
    """Yield a source of noise for each picture: all alike, or each variant its own."""
    for index in range(count):
        yield np.random.default_rng(portrait.seed if portrait.variants == 1 else (portrait.seed, index))


def _waves_kept(size: tuple[int, int], finest: float) -> np.ndarray:
    """Return 1 for each wave of a spectrum that is at least `finest` pixels long, else 0, float32 (h, w')."""
    scale = spectrum_scale(size)  # sqrt(w * h) / frequency
    frequency = np.sqrt(size[0] * size[1]) / scale
    return (frequency <= 1 / finest + 1e-6).astype(np.float32) if finest > 2.0 else np.ones_like(scale)


def _window(shift: int, top: float, left: float) -> tuple[slice, slice]:
    """Return the rows and columns that a random crop by `shift` pixels keeps; the shares are in [0, 1)."""
    y, x = int(top * (shift + 1)), int(left * (shift + 1))
    return slice(y, y - shift or None), slice(x, x - shift or None)


def _as_channels(batch: np.ndarray) -> np.ndarray:
    """Return (n, h, w, 3) as one picture (h, w, n * 3), so that one view turns them all."""
    n, h, w, c = batch.shape
    return batch.transpose(1, 2, 0, 3).reshape(h, w, n * c)


def _as_batch(picture: np.ndarray) -> np.ndarray:
    h, w, c = picture.shape
    return picture.reshape(h, w, c // 3, 3).transpose(2, 0, 1, 3)
