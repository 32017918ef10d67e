"""Named recipes: looks of the compact network, and the published algorithms, each also on the compact network."""

import contextlib
import functools

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.presets.looks import FAMILIES, LOOKS
from deepdream.presets.preset import Preset
from deepdream.presets.published import ON_COMPACT, SOURCES
from deepdream.recipe import Recipe
from deepdream.settings.finish import Finish

__all__ = ["FAMILIES", "PRESETS", "Preset", "from_link", "name_of", "preset", "to_link"]

PRESETS: dict[str, Preset] = {each.name: each for each in (*LOOKS, *SOURCES, *ON_COMPACT)}


def preset(name: str) -> Recipe:
    """Return the recipe of a preset.

    Raises:
        RecipeError: there is no preset of that name; the message gives the nearest.
    """
    if name not in PRESETS:
        raise RecipeError(f"{quoted(name)} is not a preset; {nearest(name, PRESETS)}")
    return PRESETS[name].recipe


def name_of(recipe: Recipe) -> str:
    """Return the name of the preset that a recipe is, whatever is done after the run; "" for none."""
    return _names().get(recipe.with_finish(Finish()), "")


@functools.cache
def _names() -> dict[Recipe, str]:
    return {each.recipe.with_finish(Finish()): each.name for each in reversed(PRESETS.values())}


def to_link(recipe: Recipe) -> str:
    """Return the shortest text for a link that gives back `recipe`: a preset's name and what differs from it.

    Raises:
        RecipeError: the text would be longer than 2,000 characters.
    """
    texts = list[str]()
    for name, base in (("", None), *((each.name, each.recipe) for each in PRESETS.values())):
        with contextlib.suppress(RecipeError):  # too long; another one may be shorter
            texts.append(recipe.to_query(name, base))
    return min(texts, key=len) if texts else recipe.to_query()


def from_link(text: str) -> Recipe:
    """Read the recipe in what `to_link` wrote.

    Raises:
        RecipeError: too long, not a recipe, an unknown preset or setting, or a value that is not allowed.
    """
    return Recipe.from_query(text, {each.name: each.recipe for each in PRESETS.values()})
