"""What one scale of a style transfer makes smaller, and its gradient: on the whole picture, or in tiles.

The losses of content are sums over places, so their gradient is put together from tiles. A style's compares statistics
of all places at once; but the statistics are means over places again. So a large picture is looked at twice: first for
its statistics S, then tile by tile for the gradient of <dL/dS, S of the tile>, whose sum is that of the loss L.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from deepdream.ascent import Meter, automatic_tile_size, tile_in_view, tiles_in_view, value_and_gradient
from deepdream.balance import balance
from deepdream.engine.compile import IMAGE, activations, compile_gradient
from deepdream.gradients import reflected
from deepdream.images import fit_size, rescale
from deepdream.networks import Network
from deepdream.objectives.aims import Aim, from_recipe
from deepdream.objectives.algebra import PHOTO, WEIGHTS, Sum, Term
from deepdream.objectives.statistics import ADDITIVE, OF_ADDITIVE
from deepdream.objectives.terms import AlongStatistic, Difference, Style, TotalVariation
from deepdream.recipe import Recipe
from deepdream.style.settings import StyleSettings
from deepdream.tiles import one_by_one
from deepdream.transforms import View

CLOSE = 1e-4  # relative square of a difference that bf16's rounding alone can make
SHIFTS = 8  # different shifts of one scale; the content is looked at once in each

Losses = dict[str, float]


@dataclass(frozen=True, eq=False)
class Subject:
    """Hold what is painted, in whose manner, and with what."""

    photo: np.ndarray  # (h, w, 3)
    styles: tuple[np.ndarray, ...]
    shares: tuple[float, ...]
    settings: StyleSettings
    network: Network
    dream: Recipe | None
    precision: str

    @property
    def content_layers(self) -> dict[str, float]:
        """Return the layers of the content that count, and how much."""
        return _counting(self.settings.content_layers, self.settings.content_weight)

    @property
    def style_layers(self) -> dict[str, float]:
        """Return the layers of the style that count, and how much."""
        return _counting(self.settings.style_layers, self.settings.style_weight)


def _counting(layers: Iterable[tuple[str, float]], factor: float) -> dict[str, float]:
    return {layer: weight * factor for layer, weight in layers if weight * factor}


@dataclass(frozen=True, eq=False)
class ScaleAim:
    """Hold what a scale makes smaller, as minus what its `meter` makes larger.

    `close` are losses, by label, below which a difference is rounding.
    """

    meter: Meter
    close: Mapping[str, float]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the losses."""
        return self.meter.aim.labels

    def measure(self, x: np.ndarray, random: np.random.Generator) -> tuple[Losses, np.ndarray]:
        """Return the losses of a picture (1, h, w, 3) in network units in a random view, and minus their gradient."""
        raise NotImplementedError

    def is_reached(self, losses: Losses) -> bool:
        """Say whether nothing is left but rounding, which Adam would blow up to steps of full length."""
        return all(loss <= self.close.get(label, -np.inf) for label, loss in losses.items())


def scale_aim(subject: Subject, size: tuple[int, int]) -> ScaleAim:
    """Return what the scale of (h, w) makes smaller."""
    photo, settings = rescale(subject.photo, size), subject.settings
    dream = _dream(subject, photo)
    styles = {f"style/{layer}": statistic for layer, statistic in _style_statistics(subject, size).items()}
    side = _tile_side(subject, size, dream)
    if dream is not None and subject.dream is not None and subject.dream.balance:
        dream = balance(_meter(subject, dream, photo, side), len(subject.dream.layers), photo)
    in_tiles = side < max(size)
    losses = [*_content(subject, photo), *_styles(subject, styles, AlongStatistic if in_tiles else Style)]
    if settings.total_variation:
        roughness = TotalVariation(settings.total_variation_kind, settings.measure != "sum")
        losses.append(_Loss("total_variation", roughness, settings.total_variation))
    targets: dict[str, np.ndarray] = dict(styles)
    if dream is not None:
        targets |= dream.targets
        losses += _dreamed(subject, dream, targets.pop(WEIGHTS), _dream_unit(subject, dream, photo, side))
    # Weights go into the targets: a moved slider shall not compile the network anew.
    targets[WEIGHTS] = -np.array([loss.weight for loss in losses], np.float32)
    labels: dict[str, str] = {}  # by the part of the loss: what is named twice, as total variation, is one
    for loss in losses:
        labels.setdefault(loss.term.part, loss.label)
    aim = Aim(Sum(tuple((loss.term, 1.0) for loss in losses)), targets, tuple(labels.values()))
    meter = _meter(subject, aim, photo, side)
    close = {loss.label: loss.close for loss in losses if loss.close is not None}
    if not in_tiles:
        return Whole(meter, close, _views(subject, meter))
    return InTiles(meter, close, subject, styles, {loss.label: loss.weight for loss in losses if loss.label in styles})


@dataclass(frozen=True)
class _Loss:
    """Hold one thing that is made smaller; below `close` a difference is rounding."""

    label: str
    term: Term
    weight: float
    close: float | None = None


def _content(subject: Subject, photo: np.ndarray) -> Iterator[_Loss]:
    summed = subject.settings.measure == "sum"
    for layer, seen in see(subject, photo, subject.content_layers, "moments").items():
        energy = max(float(seen.additive[1].mean()), 1e-12)  # the mean square
        weight = _relative(subject, subject.content_layers[layer], energy)
        values = seen.places * seen.additive.shape[1] if summed else 1
        term = Difference(layer, PHOTO + layer, not summed)
        yield _Loss(f"content/{layer}", term, weight, CLOSE * energy * weight * values)


def _styles(
    subject: Subject, styles: Mapping[str, np.ndarray], compared: type[Style | AlongStatistic]
) -> Iterator[_Loss]:
    for layer, weight in subject.style_layers.items():
        label = f"style/{layer}"
        energy = max(float(np.mean(np.square(styles[label]))), 1e-12)
        weight = _relative(subject, weight, energy)
        yield _Loss(label, compared(layer, label, subject.settings.statistic), weight, CLOSE * energy * weight)


def _dream(subject: Subject, photo: np.ndarray) -> Aim | None:
    if subject.dream is None:
        return None
    return from_recipe(subject.dream, subject.network, photo, precision=subject.precision)


def _dreamed(subject: Subject, dream: Aim, factors: np.ndarray, unit: float) -> Iterator[_Loss]:
    for (term, weight), label, factor in zip(dream.objective.terms, dream.labels, factors, strict=True):
        strength = weight * float(factor) * subject.settings.dream_weight
        yield _Loss(f"dream/{label}", term, -strength / unit)


def _relative(subject: Subject, weight: float, unit: float) -> float:
    return weight / unit if subject.settings.measure == "relative" else weight


def _meter(subject: Subject, aim: Aim, photo: np.ndarray, side: int) -> Meter:
    return Meter(subject.network, aim, subject.precision, photo, tile_size=side)


def _dream_unit(subject: Subject, dream: Aim, photo: np.ndarray, side: int) -> float:
    """Return the size of what the recipe makes larger, on the photo as it is: the unit of relative weights."""
    if subject.settings.measure != "relative":
        return 1.0
    losses, _ = value_and_gradient(photo, _meter(subject, dream, photo, side), View())
    return max(abs(sum(losses.values())), 1e-6)


def _tile_side(subject: Subject, size: tuple[int, int], dream: Aim | None) -> int:
    dreamed = dict.fromkeys(name for name in dream.objective.layers if name != IMAGE) if dream is not None else {}
    layers = tuple({**subject.content_layers, **subject.style_layers, **dreamed})
    return automatic_tile_size(subject.network, layers, size, subject.precision)


# On the whole picture


@dataclass(frozen=True, eq=False)
class Whole(ScaleAim):
    """See the whole picture, shifted a little at each step."""

    views: "list[tuple[Shift, dict[str, np.ndarray]]]"  # and what the photo has in each

    def measure(self, x: np.ndarray, random: np.random.Generator) -> tuple[Losses, np.ndarray]:
        shift, of_photo = self.views[int(random.integers(len(self.views)))]
        meter = self.meter
        function = compile_gradient(meter.network, meter.aim.objective, precision=meter.precision)
        values, gradient = function(shift.warp(x), meter.aim.targets | of_photo)
        losses = {label: -float(value) for label, value in zip(self.labels, values.values(), strict=True)}
        return losses, shift.pull_back(gradient.numpy())


def _views(subject: Subject, meter: Meter) -> "list[tuple[Shift, dict[str, np.ndarray]]]":
    """Return the shifts of one scale, and the photo's activations in each that the objective compares with."""
    margin, shifts = subject.settings.jitter, [Shift(0, 0, 0)]
    if margin:
        places = np.random.default_rng(subject.settings.seed).integers(0, margin + 1, (SHIFTS, 2))
        shifts = [Shift(margin, int(top), int(left)) for top, left in places]
    assert meter.photo is not None
    x = meter.network.to_input(meter.photo)[None]
    layers = meter.aim.objective.photo_layers
    views = []
    for shift in shifts:
        seen = activations(meter.network, shift.warp(x), layers, precision=meter.precision) if layers else {}
        views.append((shift, {PHOTO + layer: value.numpy() for layer, value in seen.items()}))
    return views


@dataclass(frozen=True)
class Shift:
    """See a picture (1, h, w, c) with mirrored margins, of which `top` rows and `left` columns are cut off.

    The far sides lose the rest of one margin: every shift sees (h + margin, w + margin). So the grid of the network's
    strides falls elsewhere at each step, and no border is where zeros pad it.
    """

    margin: int
    top: int
    left: int

    def warp(self, x: np.ndarray) -> np.ndarray:
        """Return the picture as it is seen."""
        if not self.margin:
            return x
        _, h, w, _ = x.shape
        rows = reflected(np.arange(self.top, self.top + h + self.margin) - self.margin, h)
        columns = reflected(np.arange(self.left, self.left + w + self.margin) - self.margin, w)
        return x[:, rows][:, :, columns]

    def pull_back(self, g: np.ndarray) -> np.ndarray:
        """Return a gradient with respect to the picture from one with respect to what was seen: the exact adjoint."""
        g = self._fold(g, 1, self.top)
        return self._fold(g, 2, self.left)

    def _fold(self, g: np.ndarray, axis: int, start: int) -> np.ndarray:
        if not self.margin:
            return g
        g = np.moveaxis(g, axis, 0)
        length = g.shape[0] - self.margin
        places = reflected(np.arange(start, start + length + self.margin) - self.margin, length)
        before = self.margin - start  # mirrored rows ahead of the picture, and behind it
        result = g[before : before + length].copy()
        for row in (*range(before), *range(before + length, len(g))):
            result[places[row]] += g[row]
        return np.moveaxis(result, 0, axis)


# In tiles


@dataclass(frozen=True, eq=False)
class InTiles(ScaleAim):
    """See the picture tile by tile, rolled a little at each step."""

    subject: Subject
    wholes: dict[str, np.ndarray]  # the styles' statistics, by label
    weights: dict[str, float]  # of the style losses, by label

    def measure(self, x: np.ndarray, random: np.random.Generator) -> tuple[Losses, np.ndarray]:
        jitter, network = self.subject.settings.jitter, self.meter.network
        down, right = (int(each) for each in random.integers(-jitter, jitter + 1, 2))
        view = View(shift=(down, right), cuts=(random.random(), random.random()))
        picture = network.to_image(x[0])
        directions, of_styles = self._slopes(picture, view)
        targets = self.meter.aim.targets | directions
        values, gradient = value_and_gradient(
            picture, replace(self.meter, aim=replace(self.meter.aim, targets=targets)), view
        )
        return {label: of_styles.get(label, -value) for label, value in values.items()}, gradient[None]

    def _slopes(self, picture: np.ndarray, view: View) -> tuple[dict[str, np.ndarray], Losses]:
        """Return each style loss's derivative by the picture's statistic, and the weighted loss itself."""
        statistic = self.subject.settings.statistic
        directions, losses = {}, {}
        for layer, seen in see(self.subject, picture, self.subject.style_layers, statistic, view).items():
            label = f"style/{layer}"
            additive = tf.constant(seen.additive[None])
            with tf.GradientTape() as tape:
                tape.watch(additive)
                loss = tf.reduce_mean(tf.square(OF_ADDITIVE[statistic](additive)[0] - self.wholes[label]))
            directions[label] = tape.gradient(loss, additive)[0].numpy()
            losses[label] = float(loss) * self.weights[label]
        return directions, losses


@dataclass(frozen=True, eq=False)
class Seen:
    """Hold the means over a picture's places that a statistic is made of, at one layer."""

    additive: np.ndarray
    places: int


def see(
    subject: Subject, picture: np.ndarray, layers: Iterable[str], statistic: str, view: View | None = None
) -> dict[str, Seen]:
    """Return what a picture (h, w, 3) has at layers, tile by tile where it is large; each place counts once."""
    layers, network = tuple(layers), subject.network
    if not layers:
        return {}
    view = view if view is not None else View()
    size = (picture.shape[0], picture.shape[1])
    side = automatic_tile_size(network, layers, size, subject.precision)
    tiles, rolled = tiles_in_view(size, network, layers, view, side)
    sums: dict[str, np.ndarray] = {}
    places = dict.fromkeys(layers, 0)
    for tile in one_by_one(tiles):
        x, _ = tile_in_view(picture, tile, rolled, view, network)
        for layer, a in activations(network, x[None], layers, precision=subject.precision).items():
            core = (
                _at_stride(along, network.layer(layer).stride, pixels, a.shape[axis])
                for axis, (along, pixels) in enumerate(zip(tile.core, tile.seen_size, strict=True), start=1)
            )
            a = a[:, *core]
            count = a.shape[1] * a.shape[2]
            sums[layer] = sums.get(layer, 0.0) + ADDITIVE[statistic](a)[0].numpy() * np.float64(count)
            places[layer] += count
    return {layer: Seen((sums[layer] / max(places[layer], 1)).astype(np.float32), places[layer]) for layer in layers}


def _at_stride(along: slice, stride: int, pixels: int, places: int) -> slice:
    """Return the places of a layer that belong to a piece of `pixels`; to its end, where the piece ends there."""
    return slice(round(along.start / stride), places if along.stop == pixels else round(along.stop / stride))


def _style_statistics(subject: Subject, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return, by layer, the shares' mean of the styles' statistics.

    The loss to it differs from the shares' mean of the losses by a constant, so the gradient is the same.
    """
    means: dict[str, np.ndarray] = {}
    for picture, share in zip(subject.styles, subject.shares, strict=True):
        side = max(1, round(max(size) * subject.settings.style_scale))
        small = rescale(picture, fit_size((picture.shape[0], picture.shape[1]), side))
        for layer, seen in see(subject, small, subject.style_layers, subject.settings.statistic).items():
            statistic = OF_ADDITIVE[subject.settings.statistic](tf.constant(seen.additive[None]))[0].numpy()
            means[layer] = means.get(layer, 0.0) + np.float32(share) * statistic
    return means
