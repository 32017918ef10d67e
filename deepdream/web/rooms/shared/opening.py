"""A photo comes in, on the stage of any room; with it goes what belonged to the one before."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from deepdream.images import Photo
from deepdream.web.rooms.shared.actions import Actions, Values
from deepdream.web.rooms.shared.photos import Material, read_mask, read_photos, sample_photo, take_photos
from deepdream.web.rooms.shared.stage import stage_value
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say


class PhotoActions(Actions):
    """Take photos and masks."""

    async def open_upload(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take the photos that a visitor uploaded, and show the first."""
        visitor = self.visitor(request)
        photos, carried = await read_photos(self.host, visitor, data_of(event).get("files"), request)
        return await self.host.do(self.take, visitor, photos, side, values, carried)

    def open_sample(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take one of the sample pictures."""
        name = data_of(event).get("sample")
        photo = sample_photo(name)
        if photo is None:
            raise sorry(say("gone", language_of(request)))
        return self.take(self.visitor(request), [(str(name), photo)], side, values)

    def take(
        self, visitor: Visitor, photos: Sequence[tuple[str, Photo]], side: float, values: Values, carried: str = ""
    ) -> Values:
        """Make photos the visitor's own; return the stage, the cost, and what belongs to no photo yet."""
        take_photos(visitor, photos, int(side), carried=carried)
        return self.as_opened(visitor, values)

    def as_opened(self, visitor: Visitor, values: Values) -> Values:
        """Return the stage, the cost, and what belongs to no photo yet, of photos that were just made the visitor's."""
        count = len(visitor.of(Material).batch)
        status = {"key": "photos_ready", "n": count} if count > 1 else {"key": "ready"}
        stage = stage_value(visitor, "ready", status=status)
        return stage, self.cost_now(visitor, values), [], gr.update(visible=False)

    async def set_mask(self, event: gr.EventData, request: gr.Request) -> None:
        """Take a painted mask, or none: where it is painted, the dream may go."""
        visitor = self.visitor(request)
        material, path = visitor.of(Material), data_of(event).get("path")
        material.mask, material.repainted = None, not visitor.renders
        if path is None or material.photo is None:
            return
        material.mask = await read_mask(self.host, visitor, path, request, material.photo.size)
