"""What the Dream room does with photos besides taking them: other sizes, a guide picture, leaving out."""

from functools import partial
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.web.components.controls import updates
from deepdream.web.rooms.shared.actions import Actions, Values, batch_cost
from deepdream.web.rooms.shared.photos import GUIDE_SIDE, Material, read_shrunk, told_of_file, upload_of, use_photo
from deepdream.web.server.costs import SIDES
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.held import load_photo
from deepdream.web.server.messages import refused
from deepdream.web.server.visitors import Visitor
from deepdream.web.wishes import SETS, with_composition


class MaterialActions(Actions):
    """Change what the next dream takes in."""

    def change_size(self, request: gr.Request, side: float, *values: Any) -> Values:
        """Bring the photo to another size, at which the same things shall be dreamed in the same places."""
        visitor = self.visitor(request)
        photo, unchanged = visitor.of(Material).photo, [gr.skip() for _ in SETS["size"]]
        if photo is None or int(side) not in SIDES or visitor.renders:
            return self.standing(visitor), self.cost_now(visitor, values), *unchanged
        self.resize(visitor, int(side))
        recipe = self.recipe(values)
        kept = with_composition(recipe, photo.size)
        cost = batch_cost(visitor, self.plan(visitor, kept))
        return self.standing(visitor), cost, *(updates(SETS["size"], kept) if kept != recipe else unchanged)

    def enlarge(self, request: gr.Request, *values: Any) -> Values:
        """Enlarge a photo that is smaller than the chosen size."""
        visitor = self.visitor(request)
        material = visitor.of(Material)
        if material.batch and not visitor.renders:
            material.larger = True
            self.resize(visitor, material.side)
        return self.standing(visitor), self.cost_now(visitor, values)

    def resize(self, visitor: Visitor, side: int) -> None:
        """Bring what was uploaded to a size."""
        material = visitor.of(Material)
        use_photo(visitor, load_photo(material.batch[0][1]), side)
        material.repainted = True

    async def set_guide(self, path: str | None, request: gr.Request) -> str | None:
        """Take a guide picture, or none; the page gets a copy of it."""
        visitor = self.visitor(request)
        material = visitor.of(Material)
        material.guide, material.repainted = None, not visitor.renders
        if path is None:
            return None
        about = await self.host.do(told_of_file, upload_of(self.host, path, language_of(request)))
        try:
            material.guide = (await read_shrunk(self.host, visitor, path, request, GUIDE_SIDE)).pixels
        except DreamError as error:
            raise refused("not_a_picture", error, language_of(request)) from None
        material.guide_file = about
        return str(await self.host.do(partial(visitor.write_picture, keep=True), material.guide))

    def leave_out(self, event: gr.EventData, request: gr.Request) -> Any:
        """Take away what hinders a dream: the guide picture, all photos but the first, their larger size; or let a
        network be fetched."""
        visitor, what = self.visitor(request), data_of(event).get("what")
        if visitor.renders or what not in ("guide", "photos", "larger", "network"):
            return gr.skip()
        material = visitor.of(Material)
        material.repainted = True
        if what == "guide":
            material.guide = None
            return None
        if what == "network":
            self.agree(event, request)
        elif what == "larger":
            material.larger = False
            self.resize(visitor, material.side)
        else:
            material.batch = material.batch[:1]
        return gr.skip()
