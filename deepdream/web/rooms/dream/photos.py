"""Photos, guides and masks come in."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo, read_image
from deepdream.web.components.pictures import samples
from deepdream.web.rooms.dream.actions import Actions, Values
from deepdream.web.rooms.events import data_of, language_of
from deepdream.web.rooms.photos import GUIDE_SIDE, read_mask, read_photos, read_shrunk, take_photos, use_photo
from deepdream.web.rooms.results import finished
from deepdream.web.rooms.stage import stage_value, standing_stage
from deepdream.web.server.costs import SIDES
from deepdream.web.server.held import load_photo
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say


class PhotoActions(Actions):
    """Take what people bring."""

    async def open_upload(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take the photos that a visitor uploaded, and show the first."""
        visitor = self.visitor(request)
        photos, carried = await read_photos(self.host, visitor, data_of(event).get("files"), request)
        return await self.host.do(self.take, visitor, photos, side, values, carried)

    def open_sample(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take one of the sample pictures."""
        chosen = next((sample for sample in samples() if sample["name"] == data_of(event).get("sample")), None)
        if chosen is None:
            raise sorry(say("gone", language_of(request)))
        return self.take(self.visitor(request), [(chosen["name"], read_image(chosen["file"]))], side, values)

    def take(
        self, visitor: Visitor, photos: Sequence[tuple[str, Photo]], side: float, values: Values, carried: str = ""
    ) -> Values:
        """Make photos the visitor's own; return the stage, the cost, and what belongs to no photo yet."""
        take_photos(visitor, photos, int(side), carried=carried)
        status = {"key": "photos_ready", "n": len(photos)} if len(photos) > 1 else {"key": "ready"}
        stage = stage_value(visitor, "ready", status=status)
        return stage, self.cost_now(visitor, values), [], gr.update(visible=False)

    def dream_again(self, request: gr.Request, *values: Any) -> Values:
        """Make the picture that is shown the photo of the next dream."""
        visitor = self.visitor(request)
        result = visitor.current
        if result is None or visitor.renders:
            raise sorry(say("gone", language_of(request)))
        return self.take(visitor, [(result.name, Photo(finished(result), result.photo.alpha))], 0, values)

    def change_size(self, request: gr.Request, side: float, *values: Any) -> Values:
        """Bring the photo to another size."""
        visitor = self.visitor(request)
        if visitor.batch and int(side) in SIDES and not visitor.renders:
            use_photo(visitor, load_photo(visitor.batch[0][1]), int(side))
            visitor.repainted = True
        return standing_stage(visitor), self.cost_now(visitor, values)

    async def set_mask(self, event: gr.EventData, request: gr.Request) -> None:
        """Take a painted mask, or none: where it is painted, the dream may go."""
        visitor = self.visitor(request)
        visitor.mask, visitor.repainted = None, not visitor.renders
        path = data_of(event).get("path")
        if path is None or visitor.photo is None:
            return
        try:
            visitor.mask = await read_mask(self.host, visitor, path, request)
        except DreamError as error:
            raise sorry(str(error)) from None

    async def set_guide(self, path: str | None, request: gr.Request) -> str | None:
        """Take a guide picture, or none; the page gets a copy of it."""
        visitor = self.visitor(request)
        visitor.guide, visitor.repainted = None, not visitor.renders
        if path is None:
            return None
        try:
            visitor.guide = (await read_shrunk(self.host, visitor, path, request, GUIDE_SIDE)).pixels
        except DreamError as error:
            raise sorry(f"{say('not_a_picture', language_of(request))} {error}") from None
        return str(await self.host.do(partial(visitor.write_picture, keep=True), visitor.guide))

    def leave_out(self, event: gr.EventData, request: gr.Request) -> Any:
        """Take the guide picture, or all photos but the first, out of what will be dreamed."""
        visitor = self.visitor(request)
        what = data_of(event).get("what")
        if visitor.renders:
            return gr.skip()
        if what == "guide":
            visitor.guide, visitor.repainted = None, True
        elif what == "photos":
            visitor.batch = visitor.batch[:1]
            visitor.repainted = True
        return None if what == "guide" else gr.skip()
