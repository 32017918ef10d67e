"""What sets the controls of the Dream room: a recipe, and what is told of it."""

from typing import Any

import gradio as gr

from deepdream.recipe import Recipe
from deepdream.web.components.controls import updates
from deepdream.web.rooms.shared.actions import SETTINGS
from deepdream.web.rooms.shared.sharing import preset_of
from deepdream.web.wishes import Wishes, wishes_of

WISHES = list(Wishes.settings())
UNCHANGED = [gr.skip() for _ in range(len(SETTINGS) + 2 + len(WISHES))]  # of what `values_of` sets


def values_of(recipe: Recipe) -> list[Any]:
    """Return what sets the controls to a recipe, then what tells of it: preset, differing settings and wishes."""
    return [*updates(SETTINGS, recipe), *told_of(recipe), *wish_values(recipe)]


def told_of(recipe: Recipe) -> tuple[str, list[str]]:
    """Return the preset that a recipe is, and the names of the settings that differ from the usual."""
    return preset_of(recipe), list(recipe.changes())


def wish_values(recipe: Recipe) -> list[Any]:
    """Return what sets the sliders of the wishes to what a recipe amounts to."""
    return updates(WISHES, wishes_of(recipe))
