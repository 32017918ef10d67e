"""What the listeners of the style room do: choose styles, paint, finish and keep."""

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
from deepdream.web.rooms.shared.photos import STAGE_SIDE, Material, read_notes, read_shrunk, told_of_file, upload_of
from deepdream.web.rooms.shared.sending import FORMATS, NAMED
from deepdream.web.rooms.shared.stage import cost_value, lines_of, saved_value, stage_value
from deepdream.web.rooms.style.painting import StyleRender, content_of
from deepdream.web.rooms.style.state import MOST_STYLES, PRESET, OwnStyle, Painting, StyleState, gallery
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.messages import refused, sorry
from deepdream.web.server.renders import lasted, run_render
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

SETTINGS = list(StyleSettings.settings())
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
        photo = visitor.of(Material).photo
        try:
            settings = settings_from(StyleSettings(), SETTINGS, values)
        except DreamError:
            return None
        return cost_value(self.host.costs.of_style(settings, photo.size)) if photo is not None else None

    def change(self, request: gr.Request, *values: Any) -> dict[str, Any] | None:
        """Tell what a painting would cost now."""
        return self.style_cost(self.visitor(request), values)

    def enter(self, request: gr.Request, *values: Any) -> Values:
        """Show the visitor's photo, or the painting of it."""
        visitor = self.visitor(request)
        painting, cost = visitor.of(StyleState).painting, self.style_cost(visitor, values)
        if painting is not None and painting.original is visitor.of(Material).photo:
            return painting_stage(visitor, painting), cost, painting.lines
        return stage_value(visitor, "ready", status={"key": "ready_paint"}), cost, {}

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
        """Paint with the chosen settings: the stage, the buttons and the losses, four times a second."""
        visitor, language = self.visitor(request), language_of(request)
        settings = self.style(values[: len(SETTINGS)])
        dream = self.recipe(values[len(SETTINGS) :]) if dreaming else None
        render = await self.render(visitor, settings, chosen, dream, language)
        async for update in run_render(self.host, visitor, render, language):
            progress = update.status.get("progress")
            if not update.ended:
                state = "waiting" if update.path is None else "dreaming"
                stage = stage_value(visitor, state, picture=update.path, status=update.status, progress=progress)
            elif render.kept is None:
                stage = stage_value(visitor, "ready", status=update.status)
            else:
                stage = await self.host.do(painting_stage, visitor, render.kept)
            yield stage, *buttons(free=update.ended), lines_of(render.trace)

    async def render(
        self, visitor: Visitor, settings: StyleSettings, chosen: Any, dream: Recipe | None, language: str | None
    ) -> StyleRender:
        """Make the render of a painting of the visitor's photo, or show why there can be none."""
        material = visitor.of(Material)
        original = material.photo
        if original is None:
            raise sorry(say("no_photo", language))
        pictures, shares = await self.host.do(visitor.of(StyleState).chosen, chosen)
        styles = visitor.of(StyleState).files(chosen)
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
            keep=lambda render: keep_painting(visitor, render, original, styles),
            styles=pictures,
            shares=shares,
            settings=settings,
            dream=dream,
        )

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a painting that failed."""
        return stage_value(self.visitor(request), "ready"), *buttons(free=True)

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, without painting again."""
        visitor = self.visitor(request)
        painting = visitor.of(StyleState).painting
        if painting is None or visitor.renders:
            return gr.skip()
        painting.settings = painting.settings.with_finish(self.style(values))
        return painting_stage(visitor, painting)

    def dream_on_it(self, request: gr.Request, *values: Any) -> Values:
        """Make the painting the photo of the Dream room."""
        visitor = self.visitor(request)
        painting = visitor.of(StyleState).painting
        if painting is None or visitor.renders:
            raise sorry(say("gone", language_of(request)))
        photo = Photo(painting.finished(), painting.photo.alpha)
        return *self.take(visitor, [("painting", photo)], 0, values), gr.Tabs(selected="dream")

    def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the painting with its settings inside, and hand its file to the browser."""
        visitor, format = self.visitor(request), data_of(event).get("format")
        painting = visitor.of(StyleState).painting
        if painting is None or format not in FORMATS:
            raise sorry(say("gone", language_of(request)))
        painting.settings = painting.settings.with_finish(self.style(values))
        path = painting.files().write(visitor, format)
        about = [visitor.of(Material).name, say("painted", language_of(request)), NAMED.get(format, "")]
        return {**saved_value(path, "painting"), "about": about}

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


def keep_painting(visitor: Visitor, render: Any, original: Photo, styles: list[dict[str, Any]]) -> Painting:
    """Keep what a render delivered."""
    assert render.delivered is not None
    painting = Painting(
        raw=render.delivered,
        photo=render.photo,
        original=original,
        settings=render.settings,
        mask=render.mask,
        seconds=lasted(render),
        stopped=render.stopped,
        lines=lines_of(render.trace),
        styles=styles,
    )
    visitor.of(StyleState).painting = painting
    return painting


def painting_stage(visitor: Visitor, painting: Painting) -> dict[str, Any]:
    """Return the stage with a painting on it."""
    picture = shrink(Photo(painting.finished()), STAGE_SIDE).pixels
    status = {"key": "stopped_painting" if painting.stopped else "done", "seconds": painting.seconds}
    return stage_value(visitor, "done", picture=visitor.write_picture(picture, quality=92), status=status)


def _names_one_of(known: set[str], pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and pair[0] in known
