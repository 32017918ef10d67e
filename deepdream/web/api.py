"""The public endpoints: /dream, /preview and /recipe, as events of components that the page does not show.

A client gives a photo and what differs from the defaults; it never names a file of the server.
"""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from deepdream.finishing import finish
from deepdream.images import Photo, write_image
from deepdream.presets import preset as preset_recipe
from deepdream.recipe import Recipe
from deepdream.settings.json_text import parse_json
from deepdream.web.components.pieces import PhotoOutput, photo_input
from deepdream.web.rooms.shared import sharing
from deepdream.web.rooms.shared.photos import read_shrunk
from deepdream.web.server.costs import SIDE
from deepdream.web.server.events import language_of, visitor_of
from deepdream.web.server.host import Host
from deepdream.web.server.messages import sorry
from deepdream.web.server.render import Render
from deepdream.web.server.renders import new_render, quick_picture, run_render
from deepdream.web.server.visitors import Visitor


class Endpoints:
    """Hold the functions behind the endpoints; they use the same renders and folders as the page."""

    def __init__(self, host: Host) -> None:
        self.host = host

    async def dream(
        self, request: gr.Request, photo: str | None, preset: str = "", recipe: str = "", size: float = SIDE
    ) -> AsyncIterator[Any]:
        """Dream on a photo, streamed: the frame, how far it is, and at the end the picture's file with its recipe.

        Args:
            photo: the picture to dream on.
            preset: the name of a preset, such as compact_eyes; empty for the usual one.
            recipe: settings that differ, as a JSON object such as {"octaves": 5}, or the text of a link.
            size: the longer side in pixels; 0 keeps the photo's own size.
        """
        visitor = visitor_of(self.host, request)
        language = language_of(request)
        opened = await self.open(visitor, photo, size, request)  # first: what was uploaded must not stay, whatever else
        asked = self.read(preset, recipe)
        await self.host.fetch(asked.network)  # before it queues
        planned = self.host.costs.plan(asked, opened.size)
        render = new_render(self.host, opened, planned, language, keep=partial(_write, visitor))
        try:
            async for update in run_render(self.host, visitor, render, language):
                if update.ended and render.kept is not None:
                    shown, path = render.kept
                    yield str(shown), {"key": "done", "progress": 1.0}, str(path)
                elif update.path is not None:
                    yield str(update.path), update.status, gr.skip()
        finally:  # a program that has gone has no way to come back
            if not render.done.is_set():
                render.stop()

    async def preview(
        self, request: gr.Request, photo: str | None, preset: str = "", recipe: str = "", size: float = SIDE
    ) -> str | None:
        """Return a quick small dream, alike in composition to the full one.

        Args:
            photo: the picture to dream on.
            preset: the name of a preset; empty for the usual one.
            recipe: settings that differ, as a JSON object, or the text of a link.
            size: the longer side of the full dream that the preview stands for, in pixels; 0 keeps the photo's own
            size.
        """
        visitor = visitor_of(self.host, request)
        opened = await self.open(visitor, photo, size, request)
        path = await quick_picture(self.host, visitor, opened, self.read(preset, recipe))
        return str(path) if path is not None else None

    def recipe(self, preset: str = "", recipe: str = "") -> tuple[dict[str, Any], str, str, str]:
        """Return settings in full words: as JSON, as the text of a link (?r=), as a command line and as Python.

        Args:
            preset: the name of a preset; empty for the usual one.
            recipe: settings that differ, as a JSON object, or the text of a link.
        """
        asked = self.read(preset, recipe)
        texts = sharing.share_texts(asked)
        return asked.to_dict(), texts["query"], texts["command"], texts["python"]

    def read(self, preset: str | None, recipe: Any) -> Recipe:
        """Return the recipe that a client asks for, or an error that says what is wrong."""
        base = preset_recipe(preset) if preset else Recipe()
        if recipe is None or recipe == "":
            return base
        if isinstance(recipe, str) and not recipe.lstrip().startswith("{"):
            return sharing.recipe_from_link(recipe)
        values = parse_json(recipe) if isinstance(recipe, str) else parse_json(json.dumps(recipe))
        stated = Recipe.from_dict(values)
        return base.replace(**{name: getattr(stated, name) for name in values if name != "version"})

    async def open(self, visitor: Visitor, photo: str | None, size: float, request: gr.Request) -> Photo:
        """Read the photo that a client sent, and remove the upload."""
        if photo is None:
            raise sorry("photo: none was given.")
        return await read_shrunk(self.host, visitor, photo, request, int(size or 0))


def _write(visitor: Visitor, render: Render) -> tuple[Path, Path]:
    """Write what a render delivered, finished, as JPEG for the eye and as PNG with its recipe inside."""
    assert render.delivered is not None
    picture = finish(render.delivered, render.photo.pixels, render.recipe, render.mask)
    path, record = visitor.new_file(".png"), {"seconds": round(render.seconds, 2)}
    write_image(path, picture, recipe=render.recipe, record=record, alpha=render.photo.alpha)
    visitor.retire(path)
    return visitor.write_picture(picture, quality=92), path


def endpoints(host: Host) -> None:
    """Add the endpoints to the page under construction."""
    ends = Endpoints(host)
    with gr.Column(visible=False):
        photo = photo_input(label="photo")
        preset = gr.Textbox("", label="preset")
        recipe = gr.Textbox("", label="recipe")
        size = gr.Number(SIDE, label="size", precision=0)
        frame = PhotoOutput(label="frame", type="filepath", interactive=False)
        progress = gr.JSON(label="progress")
        file = gr.File(label="picture with its recipe")
        link, command, python = (gr.Textbox(label=name) for name in ("link", "command", "python"))
        buttons = {name: gr.Button(name) for name in ("dream", "preview", "recipe")}
    chosen = [photo, preset, recipe, size]
    many: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden"}
    buttons["dream"].click(ends.dream, chosen, [frame, progress, file], api_name="dream", **many)
    buttons["preview"].click(ends.preview, chosen, frame, api_name="preview", **many)
    buttons["recipe"].click(ends.recipe, [preset, recipe], [progress, link, command, python], api_name="recipe", **many)
