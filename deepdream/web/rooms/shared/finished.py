"""What is done with a room's finished pictures without another run: brought back, dreamed on, written into files."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic

import gradio as gr
import numpy as np

from deepdream.images import Photo, shrink, write_image, write_moving
from deepdream.settings.finish import Finish
from deepdream.web.rooms.shared.actions import Actions, Values
from deepdream.web.rooms.shared.photos import Material, take_photos
from deepdream.web.rooms.shared.results import Made, Result, finished, growth
from deepdream.web.rooms.shared.stage import saved_value
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.visitors import Visitor

FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "pair": ".jpg", "moving": ".webp"}
NAMED = {"pair": "before-after", "moving": "growing"}  # what is added to the file's name
PAIR, MOVING = 1600, 640  # pixels of the longer side of each picture in them
SHARE = 0.012  # of the shorter side: the white between the two of a pair
FIRST, OTHERS, LAST = 1.2, 0.5, 2.0  # seconds


class FinishedActions(Actions, Generic[Made]):
    """Work on the finished pictures of a room."""

    @abstractmethod
    def settings(self, values: Sequence[Any]) -> Finish:
        """Return the settings of the room's controls.

        Raises:
            RecipeError: a value is not allowed.
        """

    @abstractmethod
    def brought_back(self, visitor: Visitor, result: Made, values: Values) -> Values:
        """Bring a result back, and return what shows it with its settings; values: of the controls of a dream."""

    @abstractmethod
    def title(self, result: Made, language: str | None) -> str:
        """Return what a result's file is named after, between photo and number."""

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, to the picture or the preview, without another run."""
        visitor, settings = self.visitor(request), self.settings(values)
        history = visitor.of(self.history)
        if visitor.renders or (history.current is None and history.preview is None):
            return gr.skip()
        if history.current is None:
            return self.preview_stage(visitor, settings, {"key": self.ready})
        history.current.recipe = history.current.recipe.with_finish(settings)
        return self.result_stage(visitor, history.current)

    def restore(self, event: gr.EventData, request: gr.Request, *values: Any) -> Values:
        """Bring back a picture of the history with its photo and settings."""
        visitor, name = self.visitor(request), data_of(event).get("id")
        result = next((each for each in visitor.of(self.history).results if each.name == name), None)
        if result is None:
            raise self.sorry(request, "gone")
        return self.brought_back(visitor, result, values)

    def undo(self, request: gr.Request, *values: Any) -> Values:
        """Go back to the picture before the one that is shown, or to the newest where none is."""
        visitor = self.visitor(request)
        before = visitor.of(self.history).before()
        if before is None or visitor.renders:
            return gr.skip()
        return self.brought_back(visitor, before, values)

    def bring_back(self, visitor: Visitor, result: Result) -> None:
        """Make a result the one that is shown, on the photo and with the mask of which it was made."""
        visitor.next_generation()
        material, history = visitor.of(Material), visitor.of(self.history)
        if material.photo is not result.source:
            take_photos(visitor, [(result.photo_name or result.name, result.source)], 0)
        with visitor.lock:
            material.photo = result.source  # itself, so that the next one of it is not stored again
            material.mask = result.source_mask
            history.current, history.preview = result, None

    async def dream_on(self, request: gr.Request, *values: Any) -> Values:
        """Make the picture that is shown the photo of the next dream."""
        visitor = self.visitor(request)
        result = visitor.of(self.history).current
        if result is None or visitor.renders:
            raise self.sorry(request, "gone")
        picture = await self.host.do(finished, result)
        return await self.host.do(self.take_in, visitor, [(result.name, Photo(picture, result.photo.alpha))], 0, values)

    async def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the picture that is shown, with its settings inside, and hand its file to the browser.

        A slider of `finish` that was moved just now counts, even where its picture is still on its way.
        """
        visitor, format = self.visitor(request), data_of(event).get("format")
        result = visitor.of(self.history).current
        if result is None or format not in FORMATS:
            raise self.sorry(request, "gone")
        result.recipe = result.recipe.with_finish(self.settings(values))
        path = await self.host.do(write_result, visitor, result, format)
        title, number = self.title(result, language_of(request)), result.name.rpartition("-")[2]
        return {**saved_value(path, result.name), "about": [result.photo_name, title, number, NAMED.get(format, "")]}


def write_result(visitor: Visitor, result: Result, format: str) -> Path:
    """Write a result into the visitor's folder, with its settings inside, and return the file."""
    path, photo, note = visitor.new_file(FORMATS[format]), result.photo, result.note()
    if format == "pair":
        write_image(path, beside(shrink(photo, PAIR).pixels, finished(result, side=PAIR)), **note)
    elif format == "moving":
        pictures = [shrink(photo, MOVING).pixels, *growth(result, MOVING), finished(result, side=MOVING)]
        write_moving(path, pictures, [FIRST, *[OTHERS] * (len(pictures) - 2), LAST], **note)
    else:
        write_image(path, finished(result), alpha=photo.alpha, **note)
    visitor.retire(path)
    return path


def beside(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return two pictures (h, w, 3) of one size as one, a white line between: side by side, wide ones below each other.

    So that the two together come nearest to a square, which a phone shows largest.
    """
    height, width = before.shape[:2]
    along = 0 if width > height else 1
    gap = list(before.shape)
    gap[along] = max(2, round(SHARE * min(height, width)))
    return np.concatenate([before, np.ones(gap, np.float32), after], axis=along)
