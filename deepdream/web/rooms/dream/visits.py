"""Coming back and leaving for good: what a browser's last page left is taken up again, or removed at once."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.recipe import Recipe
from deepdream.web.components.controls import settings_from
from deepdream.web.rooms.dream.dreams import DreamActions
from deepdream.web.rooms.dream.keeping import film_value
from deepdream.web.rooms.dream.settings import UNCHANGED, values_of
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.rooms.shared.actions import SETTINGS, Values, batch_cost, buttons
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History
from deepdream.web.rooms.shared.stage import stage_value
from deepdream.web.server.events import caller_of, data_of
from deepdream.web.server.render import Render
from deepdream.web.server.visitors import Visitor
from deepdream.web.wishes import SETS, wishes_of, with_wish

PATIENCE = 2.0  # seconds until the server has noticed that the page before is gone
KEY_CHARACTERS = 64  # at most
MOVES = 99  # sliders, at most
NOTHING = (gr.skip(),) * 6  # stage, the two buttons, filmstrip, history, zip


class VisitActions(DreamActions):
    """Let a visitor come back, and leave."""

    async def resume(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Take up what an earlier page of this browser left here: photo, results, settings, and a running dream.

        The event's data is {"key": KEY, "moved": {CONTROL: VALUE}, "link": BOOL}: the key that the earlier page was
        given, or none; the sliders that a hand has moved, perhaps while nobody heard it, of which the newest wish
        counts; and whether the page shows the settings of a link, which are newer than what was left. The first output
        is {"key": KEY, "found": BOOL, "photo": BOOL, "changed": BOOL, "at": SECONDS}: the key to keep, a new one where
        nothing was found, as after 15 minutes without a sign of life, after a restart, or while the earlier page is
        still open; whether there is a photo, which otherwise the browser sends again; whether the settings are others
        than what was left; and the time, without which an answer like the one before would not be heard. Then come the
        outputs of a dream, its cost and all controls; they stream for as long as a dream runs. A page calls this when
        it has been loaded, and again when its connection is back.
        """
        data = data_of(event)
        back = await self.returning(data.get("key"), request)
        visitor = back or self.visitor(request)
        photo = visitor.of(Material).photo is not None
        linked = data.get("link") is True
        left = self.settings_left(visitor) if back and photo and not linked else None
        known = left or self.readable(values)
        recipe = with_moves(known, data.get("moved")) if known else None
        told = {"key": visitor.key, "found": back is not None or photo, "photo": photo}
        told |= {"changed": recipe != known or (linked and photo), "at": time.monotonic()}
        cost, controls = gr.skip(), values_of(recipe) if recipe and (left or recipe != known) else UNCHANGED
        if recipe and left:
            visitor.of(DreamState).recipe, cost = recipe, batch_cost(visitor, self.plan(visitor, recipe))
        as_it_was = await self.host.do(self.as_it_was, visitor) if photo or not back else NOTHING
        yield told, *as_it_was, cost, *controls
        if photo and (shown := self.under_way(visitor, request)) is not None:
            async for output in shown:
                yield told, *output, gr.skip(), *UNCHANGED

    def under_way(self, visitor: Visitor, request: gr.Request) -> AsyncIterator[Values] | None:
        """Return the outputs of what the visitor has under way: dreams of several photos, or one; None for nothing."""
        if (batch := visitor.of(DreamState).dreaming) is not None:
            return batch.follow()
        running = visitor.running(Render)
        return self.show(visitor, running, request) if running is not None else None

    def settings_left(self, visitor: Visitor) -> Recipe | None:
        """Return the newest settings of a visitor, else those of the dream that they see."""
        if (newest := visitor.of(DreamState).recipe) is not None:
            return newest
        dreamed = visitor.running(Render) or visitor.of(History).current
        return dreamed.recipe if dreamed is not None else None

    async def returning(self, key: Any, request: gr.Request) -> Visitor | None:
        """Return the visitor of a key; a page that is being closed may hold them for a moment longer."""
        if not isinstance(key, str) or not 0 < len(key) <= KEY_CHARACTERS or not request.session_hash:
            return None
        visitors, until = self.host.visitors, asyncio.get_running_loop().time() + PATIENCE
        while (found := visitors.resume(key, request.session_hash, caller_of(request))) is None:
            if not visitors.knows(key) or asyncio.get_running_loop().time() > until:
                return None
            await asyncio.sleep(0.1)
        return found

    def as_it_was(self, visitor: Visitor) -> Values:
        """Return the outputs of a dream as the visitor last saw them."""
        current, state = visitor.of(History).current, visitor.of(DreamState)
        free = visitor.running(Render) is None and state.dreaming is None
        if free:
            ready = {"key": "ready"} if visitor.of(Material).photo is not None else None
            stage = self.standing(visitor, {"key": "restored"} if current is not None else ready)
        else:
            stage = stage_value(visitor, "waiting", status={"key": "ready"})
        return stage, *buttons(free=free), film_value(current), self.earlier(visitor), zip_value(state)

    async def leave(self, event: gr.EventData, request: gr.Request) -> dict[str, str]:
        """Forget the visitor at once: their work ends, and all of their files are removed.

        The event's data is {"key": KEY}: whom to forget, where the page has been loaded anew since they left. That
        there is no key any more tells the browser to begin anew.
        """
        await self.returning(data_of(event).get("key"), request)
        self.host.visitors.forget(request.session_hash)
        return {"key": ""}


def zip_value(state: DreamState) -> dict[str, Any]:
    """Return what the button for the zip of several dreams becomes."""
    return gr.update(value=str(state.archive), visible=True) if state.archive else gr.update(visible=False)


def with_moves(recipe: Recipe, moved: Any) -> Recipe:
    """Return a recipe with the values of sliders, by the names that these have on the page, one after another.

    What is no slider's name, or not allowed, is left out: a stranger sent it.
    """
    for place, value in list(moved.items())[:MOVES] if isinstance(moved, dict) else []:
        table, _, name = str(place).partition("-")
        with contextlib.suppress(DreamError, TypeError, ValueError):
            if table == "wish" and name in SETS and getattr(wishes_of(recipe), name) != value:
                recipe = with_wish(recipe, name, value)
            elif table == "setting" and name in SETTINGS:
                recipe = settings_from(recipe, [name], [value])
    return recipe
