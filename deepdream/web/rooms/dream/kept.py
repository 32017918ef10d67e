"""Dreams that a visitor's browser keeps, and the rows of the room once they are back."""

import gradio as gr

from deepdream.web.rooms.dream.keeping import film_value
from deepdream.web.rooms.shared.actions import Values
from deepdream.web.rooms.shared.kept import Brought, KeptActions
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.server.visitors import Visitor


class KeptDreams(KeptActions):
    """Hand dreams to a browser, and take them back."""

    async def give_back(self, event: gr.EventData, request: gr.Request) -> Values:
        """Take dreams back, and show the newest; see `take_back`."""
        visitor = self.visitor(request)
        brought = await self.take_back(visitor, event, request)
        history, free = visitor.of(History), not visitor.renders
        if not brought or visitor.of(Material).photo is None:
            return gr.skip(), gr.skip(), gr.skip()
        stage = await self.host.do(self.standing, visitor, {"key": "restored"}) if free else gr.skip()
        return stage, film_value(history.current), self.earlier(visitor)

    def again(self, visitor: Visitor, brought: Brought) -> Result:
        """Return the dream that was handed out; where its photo is not at hand, itself takes its place."""
        photo, recipe, mask = brought.source, brought.recipe, brought.mask
        if photo is None or photo.size != brought.picture.size:
            (photo, recipe), mask = brought.instead_of_photo(), None
        record = {name: value for name, value in brought.record.items() if name != "continued" or type(value) is int}
        return Result("", recipe, photo, brought.raw, record, mask=mask, photo_name=brought.photo_name)
