"""Settings by name, by pointing at the photo, from files and links; and out again as texts."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.presets import preset
from deepdream.recipe import Recipe
from deepdream.web.components.controls import about_layers, recipe_from, updates
from deepdream.web.components.wishes import SETS, with_wish
from deepdream.web.rooms import sharing
from deepdream.web.rooms.dream.actions import SETTINGS, UNCHANGED, Actions, wish_values
from deepdream.web.rooms.events import data_of, language_of
from deepdream.web.rooms.explore.seeing import strongest_at, with_portraits
from deepdream.web.rooms.photos import read_notes
from deepdream.web.server.messages import sorry, warn
from deepdream.web.texts import say


class SettingsActions(Actions):
    """Set the controls, and tell others of them."""

    def share(self, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Return the settings as a link, a command and Python."""
        visitor = self.visitor(request)
        try:
            texts = sharing.share_texts(self.recipe(values))
        except DreamError as error:
            raise sorry(str(error)) from None
        return {**texts, "stays": visitor.mask is not None or visitor.guide is not None}

    async def load_recipe(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Take the settings in a picture, in a JSON file, or that the photo itself brought along."""
        query, files = data_of(event).get("query"), data_of(event).get("files")
        try:
            if isinstance(query, str) and query:
                return self.settings_of(sharing.recipe_from_link(query))
            return self.settings_of(Recipe.from_dict(await read_notes(self.host, files, "recipe", request)))
        except DreamError as error:
            raise sorry(f"{say('no_settings', language_of(request))} {error}") from None

    def choose_look(self, event: gr.EventData) -> list[Any]:
        """Set the controls to a look."""
        return self.choose_named(data_of(event).get("name"))

    def choose_named(self, name: Any) -> list[Any]:
        """Set the controls to a preset."""
        if name is None:
            return UNCHANGED
        try:
            return self.settings_of(preset(str(name)))
        except DreamError as error:
            raise sorry(str(error)) from None

    def reset(self) -> list[Any]:
        """Set all controls back to the usual dream."""
        return self.settings_of(Recipe())

    def wish(self, name: str) -> Callable[..., Any]:
        """Return what sets controls as one of the four first sliders wishes."""

        def fulfil(value: Any, *values: Any) -> Any:
            """Set the controls that fulfil the wish; Gradio takes a single one without a list."""
            try:
                sets = updates(SETS[name], with_wish(self.recipe(values), name, value))
                return sets if len(sets) > 1 else sets[0]
            except DreamError as error:
                raise sorry(str(error)) from None

        return fulfil

    def tell_wishes(self, *values: Any) -> list[Any]:
        """Show on the four first sliders what the settings amount to."""
        return wish_values(self.recipe(values))

    async def choose_network(self, name: str) -> Any:
        """Show the layers of another network, and begin with those that it is best known for."""
        try:
            layers = [list(pair) for pair in (await self.host.fetch(name)).default_layers]
            return gr.update(value=layers, **about_layers(name))
        except DreamError as error:
            raise sorry(str(error)) from None

    async def point(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """List the channels that answer most strongly at a place of the photo, then what each wants to see."""
        visitor = self.visitor(request)
        x, y = data_of(event).get("x"), data_of(event).get("y")
        if visitor.photo is None or not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
            raise sorry(say("no_photo", language_of(request)))
        place = (float(x), float(y))
        try:
            network = await self.host.fetch(self.recipe(values).network)
            items = await self.host.explore(strongest_at, network, visitor.photo, place, self.host.turns)
            yield gr.update(seen=items, place=place)
            portraits = with_portraits(network, items, self.host.turns)
            while not visitor.closed and not visitor.renders:
                more = await self.host.explore(next, portraits, None)
                if more is None:
                    break
                yield gr.update(seen=more)
        except DreamError as error:
            raise sorry(str(error)) from None

    def choose_seen(self, event: gr.EventData) -> list[list[Any]]:
        """Dream on one of the channels that were listed."""
        return [[str(data_of(event).get("id"))[:120], 1.0]]

    def open_page(self, request: gr.Request, remembered: Any) -> list[Any]:
        """Set the controls to the link's settings, else to those of the last visit."""
        query = request.query_params.get("r") if request.query_params else None
        text = query if query is not None else remembered
        try:
            recipe = sharing.recipe_from_link(text if isinstance(text, str) else "")
        except DreamError:
            if query is not None:
                warn(say("bad_link", language_of(request)))
            recipe = Recipe()
        if recipe == Recipe():  # what the page begins with: a quick visitor may have moved something by now
            return UNCHANGED
        return self.settings_of(recipe)

    def remember_settings(self, *values: Any) -> str:
        """Return the settings as the text that the browser keeps for the next visit."""
        try:
            return sharing.link_query(recipe_from(SETTINGS, values))
        except DreamError:
            return ""
