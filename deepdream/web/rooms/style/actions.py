"""What the listeners of the style room do: choose styles and settings, paint."""

import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo, shrink, to_uint8
from deepdream.recipe import Recipe
from deepdream.style.scales import result_size
from deepdream.style.settings import STYLE_PRESETS, StyleSettings, from_record
from deepdream.web.components.controls import settings_from, updates
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.rooms.shared.actions import Values, buttons
from deepdream.web.rooms.shared.opening import PhotoActions
from deepdream.web.rooms.shared.photos import Material, read_notes, read_shrunk, told_of_file, upload_of
from deepdream.web.rooms.shared.stage import cost_value, lines_of, stage_value
from deepdream.web.rooms.shared.standing import history_value
from deepdream.web.rooms.style.painting import StyleRender, content_of, keeping, lines_shown, painted_stage
from deepdream.web.rooms.style.state import MOST_STYLES, PRESET, OwnStyle, Paintings, StyleState, gallery
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.messages import refused, sorry
from deepdream.web.server.renders import Update, run_render
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

SETTINGS = list(StyleSettings.settings())
OFFERED = ("compact", "vgg19", "published")  # what needs no download first
BEGIN = STYLE_PRESETS[PRESET].replace(size=512)
STYLE_SIDE = 1024  # pixels of the longer side of a style picture
SMALL = 168  # of its small picture


class StyleActions(PhotoActions):
    """Paint for whoever asks."""

    def style(self, values: Sequence[Any]) -> StyleSettings:
        """Return the settings of the controls' values.

        Raises:
            RecipeError: a value is not allowed.
        """
        return settings_from(StyleSettings(), SETTINGS, values)

    def style_cost(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of a painting with the controls' values; None where they are wrong."""
        try:
            return self.cost_of(visitor, self.style(values))
        except DreamError:
            return None

    def cost_of(self, visitor: Visitor, settings: StyleSettings) -> dict[str, Any] | None:
        """Return the cost of a painting of the visitor's photo."""
        photo = visitor.of(Material).photo
        return cost_value(self.host.costs.of_style(settings, photo.size)) if photo is not None else None

    def change(self, request: gr.Request, *values: Any) -> dict[str, Any] | None:
        """Tell what a painting would cost now."""
        return self.style_cost(self.visitor(request), values)

    def enter(self, request: gr.Request, *values: Any) -> Values:
        """Show the visitor's photo, or the painting of it, and the row of earlier ones."""
        visitor = self.visitor(request)
        stage, lines, row = painted_stage(visitor), lines_shown(visitor), history_value(visitor, Paintings)
        return stage, self.style_cost(visitor, values), lines, row

    async def add_style(self, event: gr.EventData, request: gr.Request, chosen: Any) -> Any:
        """Take a style picture of the visitor's own, and choose it."""
        visitor, path = self.visitor(request), data_of(event).get("path")
        about = told_of_file(upload_of(self.host, path, language_of(request)))
        try:
            pixels = (await read_shrunk(self.host, visitor, data_of(event), request, STYLE_SIDE)).pixels
        except DreamError as error:
            raise refused("not_a_picture", error, language_of(request)) from None
        name, state = f"own-{secrets.token_hex(4)}", visitor.of(StyleState)
        with visitor.lock:
            state.add(name, OwnStyle(to_uint8(pixels), inline_jpeg(shrink(Photo(pixels), SMALL).pixels), about))
        offered = gallery(state.own)
        known = {each["id"] for each in offered}
        before = [pair for pair in chosen if _names_one_of(known, pair)] if isinstance(chosen, list) else []
        return gr.update(value=[*before[: MOST_STYLES - 1], [name, 1.0]], items=offered)

    def choose_preset(self, name: str) -> list[Any]:
        """Set the controls to a named way of painting."""
        return updates(SETTINGS, STYLE_PRESETS.get(name, BEGIN).replace(size=BEGIN.size))

    async def paint(self, request: gr.Request, chosen: Any, dreaming: bool, *values: Any) -> AsyncIterator[Values]:
        """Paint with the chosen settings: the stage, the buttons and the losses, four times a second.

        The painting before stays on the stage until the first frame is there.
        """
        visitor, language = self.visitor(request), language_of(request)
        settings = self.style(values[: len(SETTINGS)])
        dream = self.recipe(values[len(SETTINGS) :]) if dreaming else None
        render = await self.render(visitor, settings, chosen, dream, language)
        shown, before = visitor.of(Material).photo, await self.host.do(painted_stage, visitor)
        async for update in run_render(self.host, visitor, render, language):
            stage, lines = gr.skip(), gr.skip()  # where another photo came meanwhile
            if visitor.of(Material).photo is shown:
                stage, lines = await self.shown(visitor, update, before), lines_of(render.trace)
            row, cost = gr.skip(), gr.skip()
            if update.ended:
                row, cost = history_value(visitor, Paintings), self.style_cost(visitor, values[: len(SETTINGS)])
            yield stage, *buttons(free=update.ended), lines, row, cost

    async def shown(self, visitor: Visitor, update: Update, before: dict[str, Any]) -> dict[str, Any]:
        """Return the stage of a painting under way, or of one that has ended."""
        if update.ended:
            early = update.status if update.status["key"] == "stopped_early" else None
            return await self.host.do(painted_stage, visitor, early)
        if update.path is None:
            return {**before, "state": "waiting", "status": update.status}
        progress = update.status.get("progress")
        return stage_value(visitor, "dreaming", picture=update.path, status=update.status, progress=progress)

    async def render(
        self, visitor: Visitor, settings: StyleSettings, chosen: Any, dream: Recipe | None, language: str | None
    ) -> StyleRender:
        """Make the render of a painting of the visitor's photo, or show why there can be none."""
        material = visitor.of(Material)
        original = material.photo
        if original is None:
            raise sorry(say("no_photo", language))
        pictures, shares = await self.host.do(visitor.of(StyleState).chosen, chosen)
        keep = await self.host.do(keeping, visitor, original, chosen, dream)
        network = await self.host.fetch(settings.network)
        for name, _ in (*settings.content_layers, *settings.style_layers):
            network.layer(name)
        if dream is not None and dream.network != settings.network:
            raise sorry(say("other_network", language))
        cost = self.host.costs.of_style(settings, original.size)
        if cost.too_much:
            raise sorry(say("too_large", language))
        photo = await self.host.do(content_of, original, result_size(original.size, settings))
        return StyleRender(
            photo,
            Recipe().with_finish(settings),
            self.host.turns,
            mask=material.mask_for(photo.size),
            work=self.host.costs.style_work(settings, photo.size),
            expected=cost.seconds,
            verb="painting",
            workers=self.host.workers,
            keep=keep,
            styles=pictures,
            shares=shares,
            settings=settings,
            dream=dream,
        )

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a painting that failed."""
        return painted_stage(self.visitor(request)), *buttons(free=True)

    def share(self, *values: Any) -> dict[str, Any]:
        """Return the settings as a command."""
        from deepdream.cli.options import arguments_of

        changed = self.style(values).changes(STYLE_PRESETS[PRESET])
        command = f"python -m deepdream style photo.jpg style.jpg -o painted.png --preset {PRESET}"
        return {"command": " ".join([command, *arguments_of(changed)])}

    async def load_settings(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Take the settings in a picture that was painted here or on the command line."""
        try:
            record = await read_notes(self.host, data_of(event).get("files"), "record", request)
            return updates(SETTINGS, from_record(record))
        except DreamError as error:
            raise refused("no_settings", error, language_of(request)) from None


def _names_one_of(known: set[str], pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and pair[0] in known
