"""The sizes of the octaves, and the four ways to carry a dream from one octave to the next. NumPy only.

    plan = plan_octaves(size, recipe, minimum=network.minimum_size)
    carrier = Carrier(start, plan, recipe)
    dream = None
    for octave in range(len(plan.sizes)):
        dream = carrier.enter(octave, dream)
        ...  # steps on dream
        dream = carrier.leave(octave, dream)
    picture = carrier.deliver(len(plan.sizes) - 1, dream, left=True)

The carries, with `base` the photo at an octave's size and `up` the recipe's resize:

    detail    entering: base + up(dream - base of the smaller octave)     Mordvintsev and others, Caffe notebook, 2015
    resize    entering: up(dream)                                         TensorFlow tutorial, 2019
    reinject  entering: up(dream); leaving: + base - up(smaller base)     Chollet, Keras example, 2017
    blend     entering: b * base + (1 - b) * up(dream)                    Pedersen, TensorFlow tutorial 14, 2016
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from deepdream.errors import RecipeError
from deepdream.images import resize, row_blocks
from deepdream.recipe import Recipe
from deepdream.settings.kinds import MAX_OCTAVES

Size: TypeAlias = tuple[int, int]  # height, width

THING = 64  # pixels that a deep layer's thing takes up: those of the pictures on which the compact network was taught
MAX_MEGAPIXELS = 200.0  # of the largest octave above the photo: 2.4 GB as float32


@dataclass(frozen=True)
class OctavePlan:
    """Hold the sizes of a dream's octaves, smallest first, and sentences on octaves that were left out.

    own: which of them has the photo's size, or comes last before larger ones. successive: each is shrunk from the next.
    """

    photo_size: Size
    sizes: tuple[Size, ...]
    own: int
    successive: bool
    notes: tuple[str, ...] = ()


def octave_sizes(size: Size, recipe: Recipe, minimum: int = 1) -> tuple[Size, ...]:
    """Return the octaves' heights and widths, smallest first; see `plan_octaves`."""
    return plan_octaves(size, recipe, minimum).sizes


def plan_octaves(size: Size, recipe: Recipe, minimum: int = 1) -> OctavePlan:
    """Plan the octaves of a photo of `size` = (height, width) in pixels.

    `recipe.octaves` sizes up to the photo's own, or with 0 those that follow from `recipe.largest`, then
    `recipe.octaves_above` larger ones; or the recipe's explicit sizes. Those whose smaller side is below
    `recipe.min_size` or the network's `minimum` are left out with a note, never the photo's own octave.

    Raises:
        RecipeError: an octave larger than the photo would pass 200 megapixels.
    """
    if recipe.octave_sizes:
        return _planned(size, sorted(recipe.octave_sizes, key=math.prod), recipe, minimum)
    counted = _counted(size, range(-1, -recipe.octaves, -1), recipe)[::-1]
    below = counted if recipe.octaves else _from_largest(size, recipe)
    above = _counted(size, range(1, recipe.octaves_above + 1), recipe)
    return _planned(size, [*below, size, *above], recipe, minimum)


def _counted(size: Size, powers: Iterable[int], recipe: Recipe) -> list[Size]:
    """Return the sizes that are so many octave scales away from the photo's own."""
    sizes = [size]
    for power in powers:
        sizes.append(_scaled(size, sizes[-1], power, recipe))
    return sizes[1:]


def _from_largest(size: Size, recipe: Recipe) -> list[Size]:
    """Return the sizes below the photo's own, from the octave in which a thing is `recipe.largest` of the photo.

    They depend on the photo's shape alone, not on its pixels; one too near to the photo's own is left out, and of a
    scale so small that they would be more than any recipe may count, only the smallest are dreamed.
    """
    short = min(size)
    sides, side = list[float](), THING / recipe.largest
    while side * recipe.octave_scale**0.5 < short and len(sides) < MAX_OCTAVES - 1:
        sides.append(side)
        side *= recipe.octave_scale
    return [(max(1, round(size[0] * side / short)), max(1, round(size[1] * side / short))) for side in sides]


def _planned(size: Size, sizes: list[Size], recipe: Recipe, minimum: int) -> OctavePlan:
    own = max((index for index, each in enumerate(sizes) if math.prod(each) <= math.prod(size)), default=0)
    largest = max(sizes, key=math.prod)
    if math.prod(largest) > max(MAX_MEGAPIXELS * 1e6, math.prod(size)):
        name = "octave_sizes" if recipe.octave_sizes else "octaves_above"
        raise RecipeError(
            f"{name}: the largest octave would have {largest[1]} x {largest[0]} pixels; allowed: "
            f"{MAX_MEGAPIXELS:g} megapixels. Use "
            + ("smaller ones." if recipe.octave_sizes else "fewer octaves above the photo, or a smaller octave_scale."),
            name,
        )
    least = max(recipe.min_size, minimum)
    kept = [index for index, each in enumerate(sizes) if min(each) >= least or index == own]
    dropped = [sizes[index] for index in range(len(sizes)) if index not in kept]
    successive = not recipe.octave_sizes and recipe.octave_rounding.startswith("successive")
    return OctavePlan(size, tuple(sizes[index] for index in kept), kept.index(own), successive, _notes(dropped, least))


def _notes(dropped: list[Size], least: int) -> tuple[str, ...]:
    if not dropped:
        return ()
    names = ", ".join(f"{width} x {height}" for height, width in dropped)
    what = "an octave" if len(dropped) == 1 else "octaves"
    return (f"left out {what} of {names} pixels: the smaller side needs {least}.",)


def _scaled(size: Size, before: Size, power: int, recipe: Recipe) -> Size:
    """Scale the photo by a power of the octave scale, or the octave before by one; then cut or round (half to even)."""
    scale = recipe.octave_scale
    successive, cut = recipe.octave_rounding.startswith("successive"), recipe.octave_rounding.endswith("int")
    whole = _cut if cut else round
    sides = []
    for side in before if successive else size:
        exact = side * scale ** (math.copysign(1, power) if successive else power)
        sides.append(max(1, whole(exact)))
    return sides[0], sides[1]


def _cut(number: float) -> int:
    """Cut to a whole number; 279.99999999999994, which stands for 280, is 280.

    So where a source's own floats miss a whole number (90 * 0.7 is 62.99999999999999) ours is one pixel larger.
    """
    return math.floor(number * (1 + 1e-9))


class Carrier:
    """Carry a dream from octave to octave by the recipe's `carry`, `blend` and `resize`.

    It holds the start image (the photo, or what the dream grows from), (h, w, 3) float32, and the shrunk copies that
    are still needed: together at most one more picture of its size. Nothing is clipped here but what `deliver` gives:
    each step clips.
    """

    def __init__(self, start: np.ndarray, plan: OctavePlan, recipe: Recipe) -> None:
        self.plan = plan
        self._start = start
        self._recipe = recipe
        self._bases: dict[int, np.ndarray] = {}

    def enter(self, octave: int, dream: np.ndarray | None) -> np.ndarray:
        """Return a new array of the octave's size on which it begins, from the `dream` that the octave before left.

        The first octave begins on the start image whatever `dream` is.
        """
        if octave == 0 or dream is None:
            return np.array(self._base(octave), np.float32)
        match self._recipe.carry:
            case "detail":
                entered = _with_detail(dream, self._base(octave - 1), self._base(octave), self._recipe.resize)
            case "blend":
                entered = _blended(self._up(dream, octave), self._base(octave), self._recipe.blend)
            case "reinject":  # `leave` needs the smaller base
                return self._up(dream, octave)
            case _:
                self._bases.clear()
                return self._up(dream, octave)
        self._forget(octave - 1)
        return entered

    def leave(self, octave: int, dream: np.ndarray) -> np.ndarray:
        """Return what an octave hands on: `dream` itself, to which "reinject" adds the lost detail in place."""
        if self._recipe.carry == "reinject" and octave > 0:
            dream -= self._up(self._base(octave - 1), octave)
            dream += self._base(octave)
            self._forget(octave - 1)
        return dream

    def deliver(self, octave: int, dream: np.ndarray, *, left: bool = False) -> np.ndarray:
        """Bring a dream, stopped within an octave, to the start image's size, clipped to [0, 1].

        This is the rest of the run with no more steps, so the detail not yet brought back comes back. left: `leave` was
        already called for this octave. `dream` is not changed.
        """
        dream = dream if left else self.leave(octave, np.array(dream, np.float32))
        for later in range(octave + 1, self.plan.own + 1):
            dream = self.leave(later, self.enter(later, dream))
        if dream.shape[:2] != self.plan.photo_size:
            dream = self._at_photo_size(dream, max(octave, self.plan.own))
        return np.clip(dream, 0.0, 1.0)

    def _at_photo_size(self, dream: np.ndarray, octave: int) -> np.ndarray:
        """Bring back detail when explicit sizes end below the photo's own; from above it nothing is lost."""
        if octave <= self.plan.own and self._recipe.carry in ("detail", "reinject"):
            return _with_detail(dream, self._base(octave), self._start, self._recipe.resize)
        return resize(dream, self.plan.photo_size, self._recipe.resize)

    def _up(self, image: np.ndarray, octave: int) -> np.ndarray:
        return resize(image, self.plan.sizes[octave], self._recipe.resize)

    def _base(self, octave: int) -> np.ndarray:
        """Return the start image at an octave's size; kept until `_forget`."""
        size = self.plan.sizes[octave]
        if size == self.plan.photo_size:
            return self._start
        if octave not in self._bases:
            self._bases[octave] = resize(self._larger(octave), size, self._recipe.resize)
        return self._bases[octave]

    def _larger(self, octave: int) -> np.ndarray:
        """Return what an octave's base is made from: the start image, or the base of the next octave up to it."""
        step_by_step = self.plan.successive and octave < self.plan.own
        larger = self._base(octave + 1) if step_by_step else self._start
        shrinks = octave < self.plan.own
        return _blurred(larger) if shrinks and self._recipe.carry == "blend" else larger

    def _forget(self, octave: int) -> None:
        self._bases.pop(octave, None)


def _blended(dream: np.ndarray, base: np.ndarray, blend: float) -> np.ndarray:
    """Return blend * base + (1 - blend) * dream, in place of the dream."""
    share = np.float32(blend)
    dream *= np.float32(1.0) - share
    for row, base_row in zip(dream, base, strict=True):
        row += share * base_row
    return dream


def _with_detail(dream: np.ndarray, smaller: np.ndarray, larger: np.ndarray, method: str) -> np.ndarray:
    """Return larger + up(dream - smaller): what was dreamed is enlarged, the photo's own pixels are not.

    Lanczos clips, so it cannot take a difference, and both terms are enlarged alone.
    """
    size = (larger.shape[0], larger.shape[1])
    result = resize(dream if method == "lanczos" else dream - smaller, size, method)
    if method == "lanczos":
        result -= resize(smaller, size, method)
    result += larger
    return result


def _blurred(image: np.ndarray) -> np.ndarray:
    """Blur over height and width by a Gaussian of sigma 0.5, mirrored at the edges, cut at 4 sigma, as SciPy does."""
    taps = np.exp(-2.0 * np.arange(-2, 3) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    rows, columns = (np.pad(np.arange(length), 2, mode="symmetric") for length in image.shape[:2])
    result = np.empty(image.shape, np.float32)
    for block in row_blocks(image.shape):
        count = len(result[block])
        down = sum(taps[k] * image[rows[block.start + k : block.start + k + count]] for k in range(5))
        down = down[:, columns]
        result[block] = sum(taps[k] * down[:, k : k + image.shape[1]] for k in range(5))
    return result
