"""What the Dream room does with photos besides taking them: other sizes, a guide picture, dreams of dreams."""

from functools import partial
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo
from deepdream.web.rooms.dream.stage import standing_stage
from deepdream.web.rooms.shared.actions import Values
from deepdream.web.rooms.shared.opening import PhotoActions
from deepdream.web.rooms.shared.photos import GUIDE_SIDE, Material, read_shrunk, use_photo
from deepdream.web.rooms.shared.results import History, finished
from deepdream.web.server.costs import SIDES
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.held import load_photo
from deepdream.web.server.messages import sorry
from deepdream.web.texts import say


class MaterialActions(PhotoActions):
    """Change what the next dream takes in."""

    def dream_again(self, request: gr.Request, *values: Any) -> Values:
        """Make the picture that is shown the photo of the next dream."""
        visitor = self.visitor(request)
        result = visitor.of(History).current
        if result is None or visitor.renders:
            raise sorry(say("gone", language_of(request)))
        return self.take(visitor, [(result.name, Photo(finished(result), result.photo.alpha))], 0, values)

    def change_size(self, request: gr.Request, side: float, *values: Any) -> Values:
        """Bring the photo to another size."""
        visitor = self.visitor(request)
        material = visitor.of(Material)
        if material.batch and int(side) in SIDES and not visitor.renders:
            use_photo(visitor, load_photo(material.batch[0][1]), int(side))
            material.repainted = True
        return standing_stage(visitor), self.cost_now(visitor, values)

    async def set_guide(self, path: str | None, request: gr.Request) -> str | None:
        """Take a guide picture, or none; the page gets a copy of it."""
        visitor = self.visitor(request)
        material = visitor.of(Material)
        material.guide, material.repainted = None, not visitor.renders
        if path is None:
            return None
        try:
            material.guide = (await read_shrunk(self.host, visitor, path, request, GUIDE_SIDE)).pixels
        except DreamError as error:
            raise sorry(f"{say('not_a_picture', language_of(request))} {error}") from None
        return str(await self.host.do(partial(visitor.write_picture, keep=True), material.guide))

    def leave_out(self, event: gr.EventData, request: gr.Request) -> Any:
        """Take the guide picture, or all photos but the first, out of what will be dreamed."""
        visitor, what = self.visitor(request), data_of(event).get("what")
        if visitor.renders or what not in ("guide", "photos"):
            return gr.skip()
        material = visitor.of(Material)
        material.repainted = True
        if what == "guide":
            material.guide = None
            return None
        material.batch = material.batch[:1]
        return gr.skip()
