"""One step of a dream: look at the picture, take value and gradient, treat the gradient, step, clip.

    ascent = Ascent(picture, climb, random)
    losses = ascent.measure()   # value and gradient in a random view
    ascent.move()            # the step

A picture is changed in place; of a large one few copies exist at a time: itself, its gradient, the treated gradient.
"""

import dataclasses
import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from deepdream import gradients
from deepdream.canvas import make_canvas
from deepdream.engine.compile import IMAGE, activations, compile_gradient
from deepdream.engine.precision import resolve_precision
from deepdream.networks import Network
from deepdream.objectives.aims import PLACE, Aim
from deepdream.objectives.algebra import PHOTO, WEIGHTS
from deepdream.optimizers import OPTIMIZERS, Average
from deepdream.recipe import Recipe
from deepdream.tiles import CONTEXT, Rolled, Tile, cut, one_by_one, overlap_of, paste, plan_tiles
from deepdream.transforms import PullBack, View, draw_view

WORKING_MEMORY = 2**30  # bytes that the network may take for a picture, or for one tile of a larger one
SMALLEST_TILE = 256  # pixels; smaller ones would be mostly context


@dataclass(frozen=True, eq=False)
class Meter:
    """Hold what is measured of a picture, and how it is cut and framed for the network.

    Args:
        network, aim, precision: as in the dream.
        photo: the photo at the picture's size, (h, w, 3), for objectives that compare with it.
        tile_size, pad, mirror: as in a recipe.
        tile_epsilon: where each tile's gradient is divided by its own standard deviation, what is added to that.
    """

    network: Network
    aim: Aim
    precision: str = "auto"
    photo: np.ndarray | None = None
    tile_size: int = 0
    pad: int = 0
    mirror: int = 0
    tile_epsilon: float | None = None


@dataclass(frozen=True, eq=False)
class Climb:
    """Hold what the steps of one octave have in common.

    Args:
        network, aim, recipe, precision: as in the dream; of the recipe neither octaves nor finish are used.
        steps: how many there will be, at most; smoothing grows over them.
        step_size: on an image of -1..1.
        photo: the photo at the octave's size, (h, w, 3), for objectives that compare with it.
        mask: (h, w), where the picture may change; None is everywhere.
    """

    network: Network
    aim: Aim
    recipe: Recipe
    steps: int
    step_size: float
    precision: str = "auto"
    photo: np.ndarray | None = None
    mask: np.ndarray | None = None

    @property
    def meter(self) -> Meter:
        """Return what a step measures."""
        recipe = self.recipe
        return Meter(
            network=self.network,
            aim=self.aim,
            precision=self.precision,
            photo=self.photo,
            tile_size=recipe.tile_size,
            pad=recipe.pad,
            mirror=recipe.mirror,
            tile_epsilon=recipe.epsilon if recipe.normalize == "tile_std" else None,
        )


class Ascent:
    """Hold the picture of one octave and take steps on it, in place."""

    def __init__(
        self,
        picture: np.ndarray,
        climb: Climb,
        random: np.random.Generator,
        *,
        taken: int = 0,
        losses: dict[str, float] | None = None,
    ) -> None:
        self._climb = climb
        self._random = random
        self._canvas = make_canvas(picture, climb.recipe)
        self._optimizer = OPTIMIZERS[climb.recipe.optimizer]()
        self._average = Average(climb.recipe.averaging)
        self._looked: tuple[dict[str, float], np.ndarray] | None = None
        self.taken = taken
        self.losses = losses if losses is not None else {}  # those of the newest step

    @property
    def picture(self) -> np.ndarray:
        """Return the picture as it is now, (h, w, 3) in [0, 1]; the average of the iterates where that is wished."""
        average = self._average.value
        return average if average is not None else self._canvas.show()

    def measure(self) -> dict[str, float]:
        """Take value and gradient in a random view; return the parts of the loss."""
        view = draw_view(self._climb.recipe, self._random)
        self._looked = value_and_gradient(self._canvas.show(), self._climb.meter, view)
        return self._looked[0]

    def move(self) -> None:
        """Step along the gradient of the last `measure`."""
        # A step size is counted on an image of -1..1; pictures are 0..1.
        self._canvas.move(self._direction(), self._climb.step_size / 2, self._climb.mask)
        self._average.take(self._canvas.show())
        self.taken += 1

    def _direction(self) -> np.ndarray:
        """Return where to step, once."""
        recipe, steps = self._climb.recipe, self._climb.steps
        return self._optimizer(
            self._canvas.pull_back(gradients.treat(self._taken_gradient(), recipe, self.taken, steps)[0])
        )

    def _taken_gradient(self) -> np.ndarray:
        """Hand over the last `measure`'s gradient, (1, h, w, 3), for whoever treats a large one not to hold two."""
        assert self._looked is not None
        self.losses, gradient = self._looked
        self._looked = None
        return gradient[None]


def value_and_gradient(picture: np.ndarray, meter: Meter, view: View) -> tuple[dict[str, float], np.ndarray]:
    """Return the parts of the loss and the gradient of their sum, (h, w, 3) in network units, tile by tile.

    With enough context the gradient is that of the whole picture, but for unit_norm, whose norms are those of the
    tiles; so are the values of sums and of places, while a mean counts what several tiles see several times.

    Args:
        picture: (h, w, 3) in [0, 1].
        meter: what is measured of it.
        view: how the picture is seen; the gradient is turned back to the picture as it lies.
    """
    margin = meter.mirror
    if not margin:
        return _within(picture, meter, view)
    losses, gradient = _within(with_margin(picture, margin), _around(meter, picture.shape, margin), view)
    return losses, np.array(gradient[margin:-margin, margin:-margin])


def with_margin(picture: np.ndarray, margin: int) -> np.ndarray:
    """Return a picture continued by so many pixels of itself, mirrored at its edges."""
    return np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), "symmetric")


def _around(meter: Meter, shape: tuple[int, ...], margin: int) -> Meter:
    """Return a meter whose places and photo are those of the picture with its mirrored margin."""
    sides = np.array([shape[1], shape[0]], np.float32)  # of places: x, y
    places = {
        name: (value * sides + margin) / (sides + 2 * margin)
        for name, value in meter.aim.targets.items()
        if name.startswith(PLACE)
    }
    aim = dataclasses.replace(meter.aim, targets=meter.aim.targets | places)
    photo = None if meter.photo is None else with_margin(meter.photo, margin)
    return dataclasses.replace(meter, aim=aim, photo=photo)


def _within(picture: np.ndarray, meter: Meter, view: View) -> tuple[dict[str, float], np.ndarray]:
    aim = meter.aim
    function = compile_gradient(meter.network, aim.objective, precision=meter.precision)
    tiles, rolled = _tiles((picture.shape[0], picture.shape[1]), meter, view)
    overlap = overlap_of(tiles)
    losses = dict.fromkeys(aim.labels, 0.0)
    gradient = np.empty(picture.shape, np.float32)
    for tile, weights in zip(one_by_one(tiles), _tile_weights(aim, tiles, overlap), strict=True):
        x, pull_back = tile_in_view(picture, tile, rolled, view, meter.network)
        targets = aim.targets | _placed(aim, view, tile, rolled) | {WEIGHTS: weights}
        if aim.objective.photo_layers:
            targets |= _photo_targets(meter, tile, rolled, view)
        parts, g = function(x[None], targets)
        counts = _counts(aim, tile, rolled, overlap)
        for label, part in zip(aim.labels, aim.objective.parts, strict=True):
            losses[label] += float(parts[part]) * counts.get(part, 1.0)
        piece = pull_back(g[0].numpy())[tile.core]
        if overlap != 1.0:
            piece = piece * np.float32(overlap)
        if meter.tile_epsilon is not None:
            piece = gradients.by_std(piece[None], meter.tile_epsilon)[0]
        paste(gradient, piece, *rolled.lie(tile.rows, tile.columns))
    return losses, gradient


def automatic_tile_size(network: Network, layers: tuple[str, ...], size: tuple[int, int], precision: str) -> int:
    """Return the side of tiles that take about WORKING_MEMORY, for a picture (h, w); its longer side if one will do."""
    pixels = WORKING_MEMORY / _bytes_a_pixel(network, layers, resolve_precision(precision, network))
    if size[0] * size[1] <= pixels:
        return max(size)
    side = max(SMALLEST_TILE, int(math.sqrt(pixels)))
    # Pieces of equal length on each axis; by the shorter ones no axis is left with pieces longer than `side`.
    return min(math.ceil(length / math.ceil(length / side)) for length in size)


def _tiles(size: tuple[int, int], meter: Meter, view: View) -> tuple[list[Tile], Rolled]:
    layers = tuple(name for name in meter.aim.objective.layers if name != IMAGE)
    pad = meter.pad
    padded = size[0] + 2 * pad, size[1] + 2 * pad
    side = meter.tile_size or automatic_tile_size(meter.network, layers, padded, meter.precision)
    return tiles_in_view(size, meter.network, layers, view, side, pad=pad)


def tiles_in_view(
    size: tuple[int, int], network: Network, layers: Iterable[str], view: View, side: int, *, pad: int = 0
) -> tuple[list[Tile], Rolled]:
    """Return the tiles of a picture and how it is rolled: by the view's shift, and by that of the cuts if there are."""
    stride = max((network.layer(name).stride for name in layers), default=1)
    tiles = plan_tiles(size, side, stride=stride, context=CONTEXT, pad=pad)
    down, right = view.shift
    if len(tiles) > 1:
        down, right = down + int(view.cuts[0] * len(tiles[0].rows)), right + int(view.cuts[1] * len(tiles[0].columns))
    return tiles, Rolled(size, (down, right))


def _tile_weights(aim: Aim, tiles: list[Tile], overlap: float) -> list[np.ndarray]:
    """Return each tile's weights of the terms, (terms,), such that the values of all tiles add up.

    A mean over the places of a tile counts by the pixels that it sees; a sum, and a place, do so by themselves, but for
    what is seen `overlap` times. The gradients of these values are too small by just that, since a pixel has its
    gradient from one tile alone.
    """
    own = aim.targets.get(WEIGHTS, np.ones(len(aim.objective.terms), np.float32))
    sums = np.array([term.sums_over_places for term, _ in aim.objective.terms])
    seen = sum(tile.seen_pixels for tile in tiles)
    return [(own * np.where(sums, 1 / overlap, tile.seen_pixels / seen)).astype(np.float32) for tile in tiles]


def _placed(aim: Aim, view: View, tile: Tile, rolled: Rolled) -> dict[str, np.ndarray]:
    """Return the aim's places as this tile sees them, shares of its width and height; (-1, -1) is out of its sight."""
    placed = {}
    for name in (each for each in aim.targets if each.startswith(PLACE)):
        row, column = rolled.point(*aim.targets[name])
        y, x = tile.place(row, column)
        x, y = view.place(x, y, tile.seen_size)
        seen = int(row) in tile.seen_rows and int(column) in tile.seen_columns
        placed[name] = np.array([x / tile.seen_size[1], y / tile.seen_size[0]] if seen else [-1, -1], np.float32)
    return placed


def _counts(aim: Aim, tile: Tile, rolled: Rolled, overlap: float) -> dict[str, float]:
    """Return how often the parts at a place count here: in the tile that covers it whole, in others not at all.

    Others see it too, for the gradient of their own pixels.
    """
    counts = {}
    for term, _ in aim.objective.terms:
        place = getattr(term, "place", None)
        if isinstance(place, str) and place in aim.targets:
            row, column = rolled.point(*aim.targets[place])
            counts[term.part] = overlap if int(row) in tile.rows and int(column) in tile.columns else 0.0
    return counts


def tile_in_view(
    picture: np.ndarray, tile: Tile, rolled: Rolled, view: View, network: Network
) -> tuple[np.ndarray, PullBack]:
    """Return what the network is to see of a tile, (h, w, 3) in its units, and the way back for a gradient of that."""
    piece = cut(picture, *rolled.lie(tile.seen_rows, tile.seen_columns))
    if any(map(any, tile.frame)):
        piece = np.pad(piece, (*tile.frame, (0, 0)), constant_values=0.5)
    return view.warp(network.to_input(piece))


def _photo_targets(meter: Meter, tile: Tile, rolled: Rolled, view: View) -> dict[str, tf.Tensor]:
    """Return what the photo has in this view and tile at the layers that the objective compares with."""
    assert meter.photo is not None
    x, _ = tile_in_view(meter.photo, tile, rolled, view, meter.network)
    seen = activations(meter.network, x[None], meter.aim.objective.photo_layers, precision=meter.precision)
    return {PHOTO + layer: value for layer, value in seen.items()}


@functools.lru_cache(maxsize=16)
def _bytes_a_pixel(network: Network, layers: tuple[str, ...], precision: str) -> float:
    """Estimate the memory of a step from the number of values in the network.

    Measured at 1024 x 1024 with InceptionV3, VGG16 and the compact network: 2.3 to 2.8 bytes a value in fp32, 1.3 to
    1.9 in bf16, since about half of the values are overwritten in place.
    """
    if network.graph is None:
        return 6.0 * sum(layer.channels / layer.stride**2 for layer in network.layers)
    shapes = network.cut(layers).shapes(512, 512)
    return (2.0 if precision == "bf16" else 3.0) * sum(math.prod(shape) for shape in shapes.values()) / 512**2
