"""What is done with a finished dream: finish it anew, take another octave, bring one back, keep it."""

from typing import Any

import gradio as gr

from deepdream.web.rooms.dream.stage import device_stage, film_value
from deepdream.web.rooms.dream.values import UNCHANGED, values_of
from deepdream.web.rooms.shared.actions import Actions, Values, batch_cost
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.rooms.shared.sending import FORMATS, NAMED, write_result
from deepdream.web.rooms.shared.sharing import about
from deepdream.web.rooms.shared.stage import saved_value
from deepdream.web.rooms.shared.standing import bring_back, history_value, preview_stage, result_stage
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say


class ResultActions(Actions):
    """Work on the result that is shown, without dreaming again."""

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, to the result or the preview, without a new dream."""
        visitor, recipe = self.visitor(request), self.recipe(values)
        current = visitor.of(History).current
        if visitor.renders:
            return gr.skip()
        if current is not None:
            current.recipe = current.recipe.with_finish(recipe)
            return result_stage(visitor, current)
        if visitor.of(History).preview is not None:
            return preview_stage(visitor, recipe, {"key": "ready"})
        asked = device_stage(visitor, recipe)
        return asked if asked is not None else gr.skip()

    def choose_octave(self, event: gr.EventData, request: gr.Request) -> Values:
        """Take a frame of the filmstrip for the result."""
        visitor, octave = self.visitor(request), data_of(event).get("id")
        result = visitor.of(History).current
        if result is None or octave not in [one for one, _ in result.film]:
            raise sorry(say("gone", language_of(request)))
        result.pick(int(octave))
        return result_stage(visitor, result), film_value(result)

    def restore(self, event: gr.EventData, request: gr.Request) -> Values:
        """Bring back a picture of the history with its photo and settings."""
        visitor, name = self.visitor(request), data_of(event).get("id")
        result = next((each for each in visitor.of(History).results if each.name == name), None)
        if result is None:
            raise sorry(say("gone", language_of(request)))
        return self.show_result(visitor, result)

    def undo(self, request: gr.Request) -> Values:
        """Go back to the result before the one that is shown, or to the newest where none is."""
        visitor = self.visitor(request)
        before = visitor.of(History).before()
        if before is None or visitor.renders:
            return (*[gr.skip()] * 4, *UNCHANGED)
        return self.show_result(visitor, before)

    def show_result(self, visitor: Visitor, result: Result) -> Values:
        """Make a result the current one: stage, filmstrip, history, cost, controls."""
        bring_back(visitor, result)
        cost = batch_cost(visitor, self.plan(visitor, result.recipe))
        stage = result_stage(visitor, result, status={"key": "restored"})
        return stage, film_value(result), history_value(visitor), cost, *values_of(result.recipe)

    def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the picture that is shown, with its recipe inside, and hand its file to the browser.

        A slider of `finish` that was moved just now counts, even where its picture is still on its way.
        """
        visitor, format = self.visitor(request), data_of(event).get("format")
        current = visitor.of(History).current
        if current is None or format not in FORMATS:
            raise sorry(say("gone", language_of(request)))
        current.recipe = current.recipe.with_finish(self.recipe(values))
        path = write_result(visitor, current, format)
        return {**saved_value(path, current.name), "about": [*about(current), NAMED.get(format, "")]}
