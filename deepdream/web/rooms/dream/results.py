"""What is done with a finished dream: finished anew, taken at another octave, and brought back with its settings."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.dreams import DreamActions
from deepdream.web.rooms.dream.keeping import film_value
from deepdream.web.rooms.dream.settings import values_of
from deepdream.web.rooms.shared.actions import Values, batch_cost
from deepdream.web.rooms.shared.finished import FinishedActions
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.rooms.shared.sharing import preset_of
from deepdream.web.server.events import data_of
from deepdream.web.server.visitors import Visitor


class ResultActions(FinishedActions[Result], DreamActions):
    """Work on the result that is shown, without dreaming again."""

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Finish the dream or the preview anew; one of the visitor's own device is asked for again."""
        visitor = self.visitor(request)
        history = visitor.of(History)
        if history.current is None and history.preview is None and not visitor.renders:
            return self.device_stage(visitor, self.recipe(values)) or gr.skip()
        return super().refinish(request, *values)

    def choose_octave(self, event: gr.EventData, request: gr.Request) -> Values:
        """Take a frame of the filmstrip for the result."""
        visitor, octave = self.visitor(request), data_of(event).get("id")
        result = visitor.of(History).current
        if result is None or not isinstance(octave, int) or octave not in [one for one, _ in result.film]:
            raise self.sorry(request, "gone")
        result.pick(octave)
        return self.result_stage(visitor, result), film_value(result)

    def brought_back(self, visitor: Visitor, result: Result, values: Values) -> Values:
        """Return stage, filmstrip, history, cost and controls."""
        self.bring_back(visitor, result)
        cost = batch_cost(visitor, self.plan(visitor, result.recipe))
        stage = self.result_stage(visitor, result, {"key": "restored"})
        return stage, film_value(result), self.earlier(visitor), cost, *values_of(result.recipe)

    def settings(self, values: Sequence[Any]) -> Recipe:
        """Return the recipe of the controls' values."""
        return self.recipe(values)

    def title(self, result: Result, language: str | None) -> str:
        """Return the title of the preset of which it was made, or ""."""
        preset = PRESETS.get(preset_of(result.recipe))
        return preset.title if preset is not None else ""
