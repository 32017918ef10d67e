"""What was dreamed into a picture, carried to the next one: it follows the picture, fades, and is dreamed anew.

The change, not the picture, is carried (samim, 2015), so the photo under it stays sharp. At each frame

    start  = picture + k * carried change           k = exp(-1 / (frames a second * memory))
    dream  = start, with 1 - k of the recipe's steps
    change = carried change + r * (dream - picture - carried change)

r is 1 where the picture moves and small where it rests, and neither the light nor the color of the change ever grows
stronger than the first dream's: so a resting picture does not boil, and nothing piles up. Where the way is not to be
trusted there is no change to carry; there the rest of the steps, k of them, is dreamed first.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from deepdream.film.flow import Way
from deepdream.octaves import plan_octaves
from deepdream.recipe import Recipe

RESTING = 4.6  # a second: how quickly a picture that rests is dreamed anew
MOVING = 1.0  # pixels a frame from which on it moves
LONG_STEPS = 2  # at a picture's own size, for what is dreamed quickly
LEAST_HOLE = 0.001  # of the picture: smaller untrusted parts are filled by the next dreams

Dream = Callable[[np.ndarray, Recipe], np.ndarray]  # a picture and a recipe -> the dreamed picture


@dataclass(eq=False)
class Change:
    """Hold the change of the newest frame, (h, w, 3) float32, and the mean sizes that its light and color may have."""

    array: np.ndarray
    limit: np.ndarray  # (2,)

    @classmethod
    def first(cls, picture: np.ndarray, recipe: Recipe, dream: Dream) -> "Change":
        """Dream on a picture that has nothing before it."""
        array = dream(picture, unfinished(recipe)) - picture
        return cls(array, np.array([np.abs(each).mean() for each in light_and_color(array)]))

    def next(self, picture: np.ndarray, way: Way, recipe: Recipe, dream: Dream, *, keep: float, fps: float) -> "Change":
        """Return the change of the next picture; keep: k above, in [0, 1)."""
        carried = way.carry(self.array)
        trust = way.trust[..., None]
        start = picture + keep * trust * carried
        if (way.trust < 0.5).mean() > LEAST_HOLE:
            start = filled(start, picture, way.trust, part_of(recipe, keep), dream)
        dreamed = dream(np.clip(start, 0.0, 1.0), part_of(recipe, 1 - keep)) - picture
        rest = 1 - math.exp(-RESTING / fps)
        renewal = (rest + (1 - rest) * np.clip(way.moved / MOVING, 0, 1))[..., None]
        renewal = 1 - trust * (1 - renewal)
        array = (carried + renewal * (dreamed - carried)).astype(np.float32)
        light, color = (limited(*each) for each in zip(light_and_color(array), self.limit, strict=True))
        return Change(light + color, self.limit)


def light_and_color(change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gray part of a change, (h, w, 1), and what is left, (h, w, 3), in which its colors are."""
    light = change.mean(axis=2, keepdims=True)
    return light, change - light


def limited(part: np.ndarray, limit: float) -> np.ndarray:
    """Return a part of a change whose mean size is at most the limit."""
    size = float(np.abs(part).mean())
    return part * np.float32(min(1.0, limit / size)) if size else part


def filled(start: np.ndarray, picture: np.ndarray, trust: np.ndarray, recipe: Recipe, dream: Dream) -> np.ndarray:
    """Dream on the picture, and put that into the parts that are not trusted.

    It is dreamed on the picture, not on what is carried: beside a strong dream a new one would stay weak. And on all of
    it, not on a box around the parts: in a box there is room for smaller things only, which stay weak, too.
    """
    known = trust[..., None]
    return known * start + (1 - known) * quickly(picture, recipe, dream)


def quickly(picture: np.ndarray, recipe: Recipe, dream: Dream) -> np.ndarray:
    """Return about what a dream makes of a picture, for a third of its cost.

    The octaves up to half the size, which compose it, are dreamed whole; the size itself has a few long steps.
    """
    height, width = picture.shape[:2]
    half = (height + 1) // 2, (width + 1) // 2
    below = (each for each in plan_octaves((height, width), recipe).sizes if each[0] < half[0])
    small = cv2.resize(picture, half[::-1], interpolation=cv2.INTER_AREA)
    change = dream(small, recipe.replace(octave_sizes=(*below, half), octaves_above=0)) - small
    composed = picture + cv2.resize(change, (width, height), interpolation=cv2.INTER_CUBIC)
    steps = min(LONG_STEPS, recipe.steps)
    length = min(2.0, recipe.step_size * recipe.steps / max(1, steps))
    last = recipe.replace(octave_sizes=((height, width),), octaves_above=0, steps=steps, step_size=length)
    return dream(np.clip(composed, 0.0, 1.0), last)


def kept_share(memory: float, fps: float) -> float:
    """Return the share of a change that is left after one frame, when it lives on for `memory` seconds."""
    return math.exp(-1 / (fps * memory)) if memory > 0 else 0.0


def unfinished(recipe: Recipe) -> Recipe:
    """Return the recipe without what is done at the end."""
    return recipe.replace(strength=1.0, keep_colors=0.0, contrast=1.0)


def part_of(recipe: Recipe, share: float) -> Recipe:
    """Return the recipe for going on from a dream: `share` of its steps, its octaves' weights kept.

    Fewer, whole steps each go as far as the share asks. Going on means that the picture is not shrunk for the dream's
    sake ("detail") nor grown from noise.
    """
    steps = max(1, round(recipe.steps * share)) if recipe.steps else 0
    return unfinished(recipe).replace(
        steps=steps,
        steps_growth=1.0,
        step_size=min(2.0, recipe.step_size * recipe.steps * share / max(steps, 1)),
        step_size_growth=min(10.0, max(0.1, recipe.step_size_growth * recipe.steps_growth)),
        smoothing=min(50.0, recipe.smoothing + recipe.smoothing_growth / 2),
        smoothing_growth=0.0,
        carry="detail",
        resize="bilinear" if recipe.resize == "lanczos" else recipe.resize,
        start="photo",
        averaging=0.0,
        max_loss=None,
    )
