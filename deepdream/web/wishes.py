"""What people ask for first: strength, size of things, detail, variation; each a function of the recipe's own settings.

A wish that moves sets a setting or two; the settings, however they come about, say what the wishes are.
"""

from dataclasses import dataclass
from typing import Any

from deepdream.octaves import THING
from deepdream.recipe import Recipe
from deepdream.settings.table import Settings, number, whole

SHORT = 768  # pixels of the shorter side for which a size is told where octaves are counted instead
FARTHEST = 2.0  # what a step size, and the largest things, may be
NEAREST = 0.05  # the largest things, at least


@dataclass(frozen=True, kw_only=True, repr=False)
class Wishes(Settings):
    """Hold the four wishes; the page's first sliders are made from their table."""

    TITLE = "wishes"

    strength: float = number(
        0.216,
        "How far the dream goes from the photo: steps times step size.",
        0.0,
        20_000.0,
        usual=(0.0, 0.5),
        step=0.005,
    )
    size: float = number(
        0.5,
        "How large the largest things are, as a share of the picture's shorter side.",
        0.0,
        100.0,
        usual=(0.1, 1.0),
        step=0.05,
    )
    detail: float = number(
        0.8,
        "How much of the work goes into fine detail: the factor on the steps from one octave to the next.",
        0.1,
        10.0,
        usual=(0.5, 1.5),
        step=0.05,
    )
    variation: int = whole(0, "Another dream of the same kind: where chance begins.", 0, 2**32 - 1, usual=(0, 99))


SETS = {  # the settings that a wish sets
    "strength": ("step_size",),
    "size": ("largest", "octaves"),
    "detail": ("steps_growth",),
    "variation": ("seed",),
}
READ = ("steps", "step_size", "octaves", "octave_scale", "largest", "steps_growth", "seed")  # what wishes depend on


def wishes_of(recipe: Recipe) -> Wishes:
    """Return what a recipe's settings amount to."""
    counted = min(THING * recipe.octave_scale ** (recipe.octaves - 1) / SHORT, 100.0)
    return Wishes(
        strength=round(recipe.steps * recipe.step_size, 4),
        size=round(counted if recipe.octaves else recipe.largest, 2),
        detail=recipe.steps_growth,
        variation=recipe.seed,
    )


def with_composition(recipe: Recipe, size: tuple[int, int]) -> Recipe:
    """Return the recipe that dreams on a photo of any size what it dreams on one of `size` = (height, width).

    Octaves that are counted from the photo's size down become those that follow from the size of the largest things.
    """
    if not recipe.octaves or recipe.octave_sizes:
        return recipe
    largest = THING * recipe.octave_scale ** (recipe.octaves - 1) / min(size)
    return recipe.replace(largest=round(min(FARTHEST, max(NEAREST, largest)), 4), octaves=0)


def with_wish(recipe: Recipe, name: str, value: Any) -> Recipe:
    """Return the recipe with one wish fulfilled.

    Raises:
        RecipeError: the value is not allowed.
    """
    wished = getattr(Wishes().replace(**{name: value}), name)
    if name == "strength":
        return recipe.replace(step_size=round(min(FARTHEST, wished / max(1, recipe.steps)), 6))
    if name == "size":  # the octaves follow from it, and are no longer counted
        return recipe.replace(largest=min(FARTHEST, wished), octaves=0)
    return recipe.replace(**{SETS[name][0]: wished})
