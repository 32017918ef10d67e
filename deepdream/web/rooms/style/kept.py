"""Paintings that a visitor's browser keeps, with the pictures of their own in whose manner they were made."""

import contextlib
import re
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import resize
from deepdream.recipe import Recipe
from deepdream.style.scales import result_size
from deepdream.style.settings import from_record
from deepdream.web.rooms.shared.kept import Brought, KeptActions, items_of
from deepdream.web.rooms.shared.results import Result
from deepdream.web.rooms.style.actions import StyleActions
from deepdream.web.rooms.style.painting import content_of
from deepdream.web.rooms.style.state import Painting, Paintings, StyleState, Wish, known_styles
from deepdream.web.server.events import data_of
from deepdream.web.server.held import held
from deepdream.web.server.visitors import Visitor

OWN = re.compile(r"own-[0-9a-f]{8}")


class KeptPaintings(KeptActions, StyleActions):
    """Hand paintings to a browser, and take them back."""

    async def give_back(self, event: gr.EventData, request: gr.Request) -> None:
        """Take style pictures and paintings back; see `take_back`. The room is entered anew then.

        The event's data is also {"styles": [{"id", "path"}, ...], "fresh": BOOL}; fresh: the controls are as a page
        begins, so that they shall be set to the newest painting's.
        """
        visitor, given = self.visitor(request), data_of(event)
        state = visitor.of(StyleState)
        for named in items_of(given.get("styles")):
            name = str(named.get("id"))
            if OWN.fullmatch(name) and name not in state.own:
                with contextlib.suppress(DreamError):  # it is none by now
                    await self.take_style(visitor, name, named, request)
        brought = await self.take_back(visitor, event, request)
        if given.get("fresh") is True:
            state.page = ""
            newest = visitor.of(Paintings).current
            if newest is not None and newest in brought:
                state.wish = newest.wish

    def note_of(self, result: Result) -> dict[str, Any]:
        """Return the record of a painting's file, and what was wished beside its settings."""
        assert isinstance(result, Painting)
        dream = result.wish.dream
        wished = {"chosen": result.wish.chosen, "dream": dream.to_dict() if dream is not None else None}
        return {**super().note_of(result), "wished": wished}

    def again(self, visitor: Visitor, brought: Brought) -> Painting:
        """Return the painting that was handed out; where its photo is not at hand, itself takes its place."""
        settings, state = from_record(brought.record), visitor.of(StyleState)
        source, recipe, mask = brought.source, brought.recipe, brought.mask
        if source is None or result_size(source.size, settings) != brought.picture.size:
            (source, recipe), mask = brought.instead_of_photo(), None
        photo = source if source.size == brought.picture.size else held(content_of(source, brought.picture.size))
        chosen, dream = self.wished(state, brought.record.get("wished"))
        styles, seconds = brought.record.get("styles"), brought.record.get("seconds")
        told = {"seconds": seconds if isinstance(seconds, (int, float)) else 0.0}
        return Painting(
            name="",
            recipe=recipe,
            photo=photo,
            raw=brought.raw,
            record={**told, "finished": brought.record.get("finished") is True},
            mask=resize(mask, photo.size) if mask is not None else None,
            photo_name=brought.photo_name,
            wish=Wish(source, settings.with_finish(recipe), chosen, dream, mask),
            styles=items_of(styles),
            own={name: state.own[name] for name, _ in chosen if name in state.own},
        )

    def wished(self, state: StyleState, wished: Any) -> tuple[list[list[Any]], Recipe | None]:
        """Return the styles of a wish that are still here, or else the first on offer, and what was dreamed along."""
        about = wished if isinstance(wished, dict) else {}
        known, dream = known_styles(state.own, about.get("chosen")), about.get("dream")
        return known, Recipe.from_dict(dream) if isinstance(dream, dict) else None
