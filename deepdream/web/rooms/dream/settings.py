"""Settings by name, by pointing at the photo, from files and links; and out again as texts."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.settings.targets import parse_target
from deepdream.web.components.controls import about_layers, updates
from deepdream.web.rooms.dream.pointing import strongest_at, with_portraits
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.rooms.shared import sharing
from deepdream.web.rooms.shared.actions import SETTINGS, Actions
from deepdream.web.rooms.shared.photos import Material, read_notes
from deepdream.web.server.events import data_of, language_of, point_of
from deepdream.web.server.messages import refused, tell, warn
from deepdream.web.texts import say
from deepdream.web.wishes import SETS, Wishes, wishes_of, with_wish

WISHES = list(Wishes.settings())
UNCHANGED = [gr.skip() for _ in range(len(SETTINGS) + 2 + len(WISHES))]  # of what `values_of` sets


class SettingsActions(Actions):
    """Set the controls, and tell others of them."""

    def share(self, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Return the settings as a link, a command and Python."""
        material = self.visitor(request).of(Material)
        stays = material.mask is not None or material.guide is not None
        return {**sharing.share_texts(self.recipe(values)), "stays": stays}

    async def load_recipe(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Take the settings in a picture, in a JSON file, or that the photo itself brought along."""
        query, files = data_of(event).get("query"), data_of(event).get("files")
        try:
            if isinstance(query, str) and query:
                return values_of(sharing.recipe_from_link(query))
            recipe = Recipe.from_dict(await read_notes(self.host, files, "recipe", request))
        except DreamError as error:
            raise refused("no_settings", error, language_of(request)) from None
        if self.visitor(request).of(Material).photo is None:  # no preview shows them
            tell(say("settings_here", language_of(request)), seconds=4)
        return values_of(recipe)

    def choose_chip(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Set the controls to the preset of a chip, unless a later tap has overtaken this one."""
        data, state = data_of(event), self.visitor(request).of(DreamState)
        at = data.get("at")
        if isinstance(at, (int, float)):
            if at < state.tapped:
                return UNCHANGED
            state.tapped = at
        return self.choose_preset(data.get("name"))

    def choose_preset(self, name: Any) -> list[Any]:
        """Set the controls to a preset.

        Raises:
            RecipeError: there is no such preset.
        """
        return values_of(sharing.recipe_of_look(name)) if name is not None else UNCHANGED

    def reset(self) -> list[Any]:
        """Set all controls back to the usual dream."""
        return values_of(Recipe())

    def wish(self, name: str) -> Callable[..., Any]:
        """Return what sets controls as one of the four first sliders wishes."""

        def fulfil(value: Any, *values: Any) -> Any:
            """Set the controls that fulfil the wish; Gradio takes a single one without a list."""
            sets = updates(SETS[name], with_wish(self.recipe(values), name, value))
            return sets if len(sets) > 1 else sets[0]

        return fulfil

    def tell_wishes(self, *values: Any) -> list[Any]:
        """Show on the four first sliders what the settings amount to."""
        return wish_values(self.recipe(values))

    def mix(self, *values: Any) -> Any:
        """Let layers that somebody puts together count by their weights alone: else one may drown all others.

        Those of a preset stay as its weights were chosen.
        """
        recipe = self.recipe(values)
        mixed = {name for name, _ in recipe.layers}
        chosen = any(mixed == {name for name, _ in each.recipe.layers} for each in PRESETS.values())
        return True if len(mixed) > 1 and not chosen else gr.skip()

    async def choose_network(self, request: gr.Request, *values: Any) -> Any:
        """Show the layers of another network, and begin with those that it is best known for where it lacks the chosen.

        One that may not be fetched yet shows none: the preview asks, and this is called again.
        """
        recipe = self.recipe(values)
        if self.to_fetch(self.visitor(request), recipe.network):
            return gr.skip()
        network = await self.host.fetch(recipe.network)
        lacking = {parse_target(name).layer for name, _ in recipe.layers} - {layer.name for layer in network.layers}
        layers = network.default_layers if lacking else recipe.layers
        return gr.update(value=[list(pair) for pair in layers], **about_layers(network.name))

    async def point(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """List the channels that answer most strongly at a point of the photo, then what each wants to see."""
        visitor, point = self.visitor(request), point_of(event)
        photo, state = visitor.of(Material).photo, visitor.of(DreamState)
        if photo is None or point is None:
            raise self.sorry(request, "no_photo")
        state.pointed = mine = state.pointed + 1
        recipe = self.recipe(values)
        if (asking := await self.host.do(self.ask, visitor, recipe.network)) is not None:
            yield asking
            return
        network = await self.host.fetch(recipe.network)
        items = await self.host.explore(strongest_at, network, photo, point, self.host.turns)
        portraits = with_portraits(network, items, self.host.turns)
        yield gr.update(seen=items, place=point) if state.pointed == mine else gr.skip()
        while state.pointed == mine and not visitor.closed and not visitor.renders:
            more = await self.host.explore(next, portraits, None)
            if more is None or state.pointed != mine:
                break
            yield gr.update(seen=more)

    def choose_channel(self, event: gr.EventData) -> list[list[Any]]:
        """Dream on one of the channels that were listed."""
        return [[str(data_of(event).get("id"))[:120], 1.0]]

    def open_page(self, request: gr.Request, remembered: Any) -> list[Any]:
        """Set the controls to the link's settings, else to those of the last visit, then have the visitor taken up."""
        query = request.query_params.get("r") if request.query_params else None
        text = query if query is not None else remembered
        try:
            recipe = sharing.recipe_from_link(text if isinstance(text, str) else "")
        except DreamError:
            if query is not None:
                warn(say("bad_link", language_of(request)))
            recipe = Recipe()
        opened = {"opened": True}
        if recipe == Recipe():  # what the page begins with: a quick visitor may have moved something by now
            return [opened, *UNCHANGED]
        return [opened, *values_of(recipe)]

    def remember_settings(self, *values: Any) -> str:
        """Return the settings as the text that the browser keeps for the next visit."""
        recipe = self.readable(values)
        return sharing.link_query(recipe) if recipe is not None else ""


def values_of(recipe: Recipe) -> list[Any]:
    """Return what sets the controls to a recipe, then what tells of it: preset, differing settings and wishes."""
    return [*updates(SETTINGS, recipe), *preset_and_changes(recipe), *wish_values(recipe)]


def preset_and_changes(recipe: Recipe) -> tuple[str, list[str]]:
    """Return the preset that a recipe is, and the names of the settings that differ from the usual."""
    return sharing.preset_of(recipe), list(recipe.changes())


def wish_values(recipe: Recipe) -> list[Any]:
    """Return what sets the sliders of the wishes to what a recipe amounts to."""
    return updates(WISHES, wishes_of(recipe))
