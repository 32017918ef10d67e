"""New recipes from old ones: a mixture of two, a surprise, and variations of one. Data from data: nothing is dreamed.

All chance comes from a seed, so a draw can be named and found again. What is drawn has short numbers, for short links.
"""

from collections.abc import Collection

import numpy as np

from deepdream.errors import RecipeError, quoted
from deepdream.presets.looks import LOOKS
from deepdream.recipe import Recipe

VARIATIONS = 4
SEEDS = 10_000  # of which one is drawn where nobody names it
# What a visitor may lock, and the settings that then stay.
LOCKS = {
    "look": ("network", "layers", "objective", "balance", "largest", "octaves", "octave_scale", "seed"),
    "strength": ("steps", "step_size", "strength"),
    "colors": ("keep_colors", "contrast", "decorrelate", "smoothing_mode"),
}
BLENDED = ("steps", "steps_growth", "step_size", "step_size_growth", "smoothing", "smoothing_growth", "headroom",
           "strength", "keep_colors", "contrast")  # fmt: skip
FAR = {"steps": 1.0, "step_size": 0.7, "largest": 1.0, "smoothing": 0.7}  # doublings, up or down, at how far 1
MIXED = 0.4  # share of the surprises that are mixtures


def mix(one: Recipe, other: Recipe, weight: float) -> Recipe:
    """Return a recipe between two of one network: at weight 0 the one, at 1 the other.

    Their layers come together, each with its share; numbers of strength and finish lie between; all else is of the
    nearer one.

    Raises:
        RecipeError: the weight is not in [0, 1], or the networks differ.
    """
    if not 0 <= weight <= 1:
        raise RecipeError(f"weight: received {quoted(weight)}; allowed: numbers from 0 to 1.", "weight")
    if one.network != other.network:
        raise RecipeError(f"a mixture has one network, received {one.network} and {other.network}.", "network")
    nearer = one if weight < 0.5 else other
    if weight in (0, 1) or one == other:
        return nearer
    between = {name: _between(getattr(one, name), getattr(other, name), weight) for name in BLENDED}
    if not (one.octaves or other.octaves):
        between["largest"] = _between(one.largest, other.largest, weight)
    return nearer.replace(layers=_together(one, other, weight), balance=True, **between)


def surprise(seed: int, *, current: Recipe | None = None, locks: Collection[str] = ()) -> Recipe:
    """Draw a look or a mixture of two, a strength and colors; `locks` name what stays as in `current`.

    Raises:
        RecipeError: a seed below 0, an unknown lock, or a lock without a current recipe.
    """
    if seed < 0:
        raise RecipeError(f"seed: received {quoted(seed)}; allowed: whole numbers from 0.", "seed")
    random = np.random.default_rng(seed)
    first, second = (LOOKS[index].recipe for index in random.choice(len(LOOKS), 2, replace=False))
    mixed, weight, strength, colors, drawn = random.random(5)
    recipe = mix(first, second, _short(0.3 + 0.4 * weight)) if mixed < MIXED else first
    recipe = _moved(recipe, {"steps": 0.8 * strength - 0.4}).replace(
        keep_colors=_short(colors) if colors > 0.6 else recipe.keep_colors, seed=int(drawn * 10_000)
    )
    return _locked(recipe, current, locks)


def vary(recipe: Recipe, seed: int, *, how_far: float, locks: Collection[str] = ()) -> tuple[Recipe, ...]:
    """Return four variations of a recipe, the further away the nearer `how_far` is to 1; at 0 all are the recipe.

    Raises:
        RecipeError: how far is not in [0, 1], or an unknown lock.
    """
    if not 0 <= how_far <= 1:
        raise RecipeError(f"how_far: received {quoted(how_far)}; allowed: numbers from 0 to 1.", "how_far")
    varied = [_varied(recipe, np.random.default_rng((seed, index)), how_far) for index in range(VARIATIONS)]
    return tuple(_locked(each, recipe, locks) for each in varied)


def _varied(recipe: Recipe, random: np.random.Generator, how_far: float) -> Recipe:
    towards = LOOKS[int(random.integers(len(LOOKS)))].recipe
    doublings = {name: how_far * reach * random.uniform(-1, 1) for name, reach in FAR.items()}
    lean, colors, drawn = random.random(3)
    if not how_far:
        return recipe
    layers = tuple((name, _short(weight * 2 ** (how_far * random.uniform(-1, 1)))) for name, weight in recipe.layers)
    moved = _moved(recipe.replace(layers=layers, seed=int(drawn * 10_000)), doublings)
    moved = moved.replace(keep_colors=_between(moved.keep_colors, colors, 0.5 * how_far))
    alike = towards.network == recipe.network
    return mix(moved, towards, _short(0.6 * how_far * lean)) if alike else moved


def _moved(recipe: Recipe, doublings: dict[str, float]) -> Recipe:
    """Return a recipe whose settings are so many times doubled, within what is allowed."""
    changed = {}
    for name, power in doublings.items():
        about, value = Recipe.settings()[name], getattr(recipe, name) * 2**power
        assert about.low is not None and about.high is not None
        value = min(max(value, about.low), about.high)
        changed[name] = round(value) if about.kind == "whole" else _short(value)
    return recipe.replace(**changed)


def _together(one: Recipe, other: Recipe, weight: float) -> tuple[tuple[str, float], ...]:
    """Return the layers of both, each recipe's sharing out 1 - weight, or weight."""
    shares: dict[str, float] = {}
    for layers, share in ((one.layers, 1 - weight), (other.layers, weight)):
        total = sum(abs(each) for _, each in layers)
        for name, each in layers:
            shares[name] = shares.get(name, 0.0) + share * each / (total or 1.0)
    return tuple((name, _short(10 * share)) for name, share in shares.items())


def _between(one: float, other: float, weight: float) -> float:
    value = (1 - weight) * one + weight * other
    return round(value) if isinstance(one, int) and isinstance(other, int) else _short(value)


def _locked(recipe: Recipe, current: Recipe | None, locks: Collection[str]) -> Recipe:
    for lock in locks:
        if lock not in LOCKS or current is None:
            raise RecipeError(
                f"locks: received {quoted(lock)}; allowed with a current recipe: {', '.join(LOCKS)}.", "locks"
            )
        recipe = recipe.replace(**{name: getattr(current, name) for name in LOCKS[lock]})
    return recipe


def _short(value: float) -> float:
    return float(f"{value:.3g}")
