"""What is done with a finished painting: finished anew, and brought back with its styles and settings."""

from dataclasses import replace
from typing import Any

import gradio as gr

from deepdream.web.rooms.shared.actions import Values
from deepdream.web.rooms.shared.finished import FinishedActions
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.style.actions import StyleActions, controls_of
from deepdream.web.rooms.style.painting import lines_shown
from deepdream.web.rooms.style.state import Painting, StyleState
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say


class PaintingActions(StyleActions, FinishedActions[Painting]):
    """Work on the painting that is shown, without painting again."""

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Finish the painting or the preview anew, and note how the visitor wishes paintings finished."""
        self.visitor(request).of(StyleState).refinish(self.settings(values))
        return super().refinish(request, *values)

    def brought_back(self, visitor: Visitor, painting: Painting, values: Values) -> Values:
        """Return the other rooms' photo, stage, losses, history, cost, styles and controls."""
        same = visitor.of(Material).photo is painting.source
        self.bring_back(visitor, painting)
        visitor.of(StyleState).take_back(painting)
        opened = [gr.skip()] * 4 if same else self.as_opened(visitor, values)
        stage = self.result_stage(visitor, painting, {"key": "restored"})
        wish = visitor.of(StyleState).wish = replace(painting.wish, settings=painting.painted())
        shown = stage, lines_shown(visitor), self.earlier(visitor), self.cost_of(visitor, wish)
        return *opened, *shown, *controls_of(visitor.of(StyleState), wish)

    def title(self, painting: Painting, language: str | None) -> str:
        """Return the word for paintings."""
        return say("painted", language)
