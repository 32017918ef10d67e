"""What is done with a finished painting: finish it anew, bring one back, dream on it, keep it."""

from dataclasses import replace
from typing import Any

import gradio as gr

from deepdream.images import Photo
from deepdream.web.rooms.shared.actions import Values
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import finished
from deepdream.web.rooms.shared.sending import FORMATS, NAMED, write_result
from deepdream.web.rooms.shared.stage import saved_value
from deepdream.web.rooms.shared.standing import bring_back, history_value, result_stage
from deepdream.web.rooms.style.actions import UNCHANGED, StyleActions, controls_of
from deepdream.web.rooms.style.painting import lines_shown, painted_stage
from deepdream.web.rooms.style.state import Painting, Paintings, StyleState
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

RESTORED = 8 + len(UNCHANGED)  # what bringing a painting back sets


class PaintingActions(StyleActions):
    """Work on the painting that is shown, without painting again."""

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, to the painting or the preview, without painting again."""
        visitor = self.visitor(request)
        painting = visitor.of(Paintings).painting()
        if visitor.renders or (painting is None and visitor.of(Paintings).preview is None):
            return gr.skip()
        settings = self.style(values)
        visitor.of(StyleState).refinish(settings)
        if painting is None:
            return painted_stage(visitor, settings)
        painting.recipe = painting.recipe.with_finish(settings)
        return result_stage(visitor, painting, of=Paintings)

    def restore(self, event: gr.EventData, request: gr.Request, *values: Any) -> Values:
        """Bring back a painting of the history with its photo, styles and settings."""
        visitor = self.visitor(request)
        painting = visitor.of(Paintings).named(data_of(event).get("id"))
        if painting is None:
            raise sorry(say("gone", language_of(request)))
        return self.show_painting(visitor, painting, values)

    def undo(self, request: gr.Request, *values: Any) -> Values:
        """Go back to the painting before the one that is shown, or to the newest where none is."""
        visitor = self.visitor(request)
        painting = visitor.of(Paintings).before()
        if visitor.renders or not isinstance(painting, Painting):
            return tuple(gr.skip() for _ in range(RESTORED))
        return self.show_painting(visitor, painting, values)

    def show_painting(self, visitor: Visitor, painting: Painting, values: Values) -> Values:
        """Make a painting the current one: the other rooms' photo, stage, losses, history, cost, styles and controls.

        values: of the controls of a dream.
        """
        same = visitor.of(Material).photo is painting.source
        bring_back(visitor, painting, Paintings)
        visitor.of(StyleState).take_back(painting)
        opened = [gr.skip()] * 4 if same else self.as_opened(visitor, values)
        stage = result_stage(visitor, painting, status={"key": "restored"}, of=Paintings)
        wish = visitor.of(StyleState).wish = replace(painting.wish, settings=painting.painted())
        cost = self.cost_of(visitor, wish.settings, wish.dream)
        shown = stage, lines_shown(visitor), history_value(visitor, Paintings), cost
        return *opened, *shown, *controls_of(visitor.of(StyleState), wish)

    def dream_on_it(self, request: gr.Request, *values: Any) -> Values:
        """Make the painting the photo of the Dream room."""
        visitor = self.visitor(request)
        painting = visitor.of(Paintings).painting()
        if painting is None or visitor.renders:
            raise sorry(say("gone", language_of(request)))
        photo = Photo(finished(painting), painting.photo.alpha)
        return *self.take(visitor, [("painting", photo)], 0, values), gr.Tabs(selected="dream")

    def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the painting with its settings inside, and hand its file to the browser."""
        visitor, format = self.visitor(request), data_of(event).get("format")
        painting = visitor.of(Paintings).painting()
        if painting is None or format not in FORMATS:
            raise sorry(say("gone", language_of(request)))
        painting.recipe = painting.recipe.with_finish(self.style(values))
        path = write_result(visitor, painting, format)
        number = painting.name.rpartition("-")[2]
        about = [painting.photo_name, say("painted", language_of(request)), number, NAMED.get(format, "")]
        return {**saved_value(path, painting.name), "about": about}
