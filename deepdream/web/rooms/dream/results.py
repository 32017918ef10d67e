"""What is done with a finished dream: finish it anew, take another octave, bring one back, keep it."""

import time
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.web.rooms.dream.actions import UNCHANGED, Actions, Values
from deepdream.web.rooms.events import data_of, language_of
from deepdream.web.rooms.photos import take_photos
from deepdream.web.rooms.results import FORMATS, pick_octave, write_result
from deepdream.web.rooms.sharing import about
from deepdream.web.rooms.stage import file_value, film_value, history_value, preview_stage, result_stage
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import Result, Visitor
from deepdream.web.texts import say


class ResultActions(Actions):
    """Work on the result that is shown, without dreaming again."""

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, to the result or the preview, without a new dream."""
        visitor = self.visitor(request)
        recipe = self.recipe(values)
        if visitor.renders:
            return gr.skip()
        if visitor.current is not None:
            visitor.current.recipe = visitor.current.recipe.with_finish(recipe)
            return result_stage(visitor, visitor.current)
        return preview_stage(visitor, recipe, {"key": "ready"}) if visitor.preview is not None else gr.skip()

    def choose_octave(self, event: gr.EventData, request: gr.Request) -> Values:
        """Take a frame of the filmstrip for the result."""
        visitor = self.visitor(request)
        result = visitor.current
        octave = data_of(event).get("id")
        if result is None or octave not in [one for one, _ in result.film]:
            raise sorry(say("gone", language_of(request)))
        pick_octave(result, int(octave))
        return result_stage(visitor, result), film_value(result)

    def restore(self, event: gr.EventData, request: gr.Request) -> Values:
        """Bring back a picture of the history with its photo and settings."""
        visitor = self.visitor(request)
        result = next((each for each in visitor.results if each.name == data_of(event).get("id")), None)
        if result is None:
            raise sorry(say("gone", language_of(request)))
        return self.show_result(visitor, result)

    def undo(self, request: gr.Request) -> Values:
        """Go back to the result before the one that is shown, or to the newest where none is."""
        visitor = self.visitor(request)
        if not visitor.results or visitor.renders:
            return (*[gr.skip()] * 4, *UNCHANGED)
        shown = visitor.results.index(visitor.current) if visitor.current in visitor.results else len(visitor.results)
        covered = visitor.preview is not None  # by a preview of other settings: back to its own first
        return self.show_result(visitor, visitor.results[max(0, shown if covered and visitor.current else shown - 1)])

    def show_result(self, visitor: Visitor, result: Result) -> Values:
        """Make a result the current one: stage, filmstrip, history, cost, controls."""
        visitor.next_generation()
        if visitor.photo is not result.photo:
            take_photos(visitor, [(result.name, result.photo)], 0)
        with visitor.lock:
            visitor.photo = result.photo  # itself, so that the next one of it is not stored again
            visitor.current, visitor.preview, visitor.mask = result, None, result.mask
        rows = film_value(result), history_value(visitor), self.cost_of(visitor, result.recipe)
        stage = result_stage(visitor, result, status={"key": "restored"})
        return stage, *rows, *self.settings_of(result.recipe)

    def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the picture that is shown, with its recipe inside, and hand its file to the browser.

        A slider of `finish` that was moved just now counts, even where its picture is still on its way.
        """
        visitor = self.visitor(request)
        format = data_of(event).get("format")
        if visitor.current is None or format not in FORMATS:
            raise sorry(say("gone", language_of(request)))
        try:
            visitor.current.recipe = visitor.current.recipe.with_finish(self.recipe(values))
            path = write_result(visitor, visitor.current, format)
        except DreamError as error:
            raise sorry(str(error)) from None
        return {
            "file": file_value(path),
            "name": f"{visitor.current.name}{path.suffix}",
            "about": about(visitor.current),
            "stamp": time.time_ns(),
        }
