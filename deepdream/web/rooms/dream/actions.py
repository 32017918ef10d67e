"""What the listeners of the dream room do: take photos, dream, finish and keep, choose settings.

Each takes what Gradio hands to a listener, the values of all settings' controls last, and returns what the room's
components shall show. What a browser sends is a stranger's data, and is checked here.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.recipe import Recipe
from deepdream.web.components.controls import recipe_from, updates
from deepdream.web.components.wishes import Wishes, wishes_of
from deepdream.web.rooms.events import visitor_of
from deepdream.web.rooms.sharing import look_of
from deepdream.web.rooms.stage import cost_value
from deepdream.web.server.host import Host
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import Visitor

SETTINGS = list(Recipe.settings())  # in the order in which controls hand over their values
WISHES = list(Wishes.settings())
UNCHANGED = [gr.skip() for _ in range(len(SETTINGS) + 2 + len(WISHES))]  # of what `settings_of` sets

Values = tuple[Any, ...]


def wish_values(recipe: Recipe) -> list[Any]:
    """Return what sets the sliders of the wishes to what a recipe amounts to."""
    return updates(WISHES, wishes_of(recipe))


class Actions:
    """Act for whoever asks, on one host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who asks."""
        return visitor_of(self.host, request)

    def recipe(self, values: Sequence[Any]) -> Recipe:
        """Return the recipe of the controls' values, or show what is wrong with them."""
        try:
            return recipe_from(SETTINGS, values)
        except DreamError as error:
            raise sorry(str(error)) from None

    def settings_of(self, recipe: Recipe) -> list[Any]:
        """Return what sets the controls to a recipe, then what tells of it: look, differing settings and wishes."""
        return [*updates(SETTINGS, recipe), look_of(recipe), list(recipe.changes()), *wish_values(recipe)]

    def cost_now(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of a dream with the controls' values."""
        try:
            return self.cost_of(visitor, recipe_from(SETTINGS, values))
        except DreamError:
            return None

    def cost_of(self, visitor: Visitor, recipe: Recipe) -> dict[str, Any] | None:
        """Return the cost of dreams on all of the visitor's photos."""
        if visitor.photo is None:
            return None
        cost = self.host.costs.of(recipe, visitor.photo.size)
        return cost_value(replace(cost, seconds=cost.seconds * max(1, len(visitor.batch))))
