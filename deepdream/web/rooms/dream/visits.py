"""Coming back and leaving for good: what a browser's last page left is taken up again, or removed at once."""

import asyncio
import contextlib
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
from deepdream.web.wishes import SETS, with_wish

PATIENCE = 2.0  # seconds until the server has noticed that the page before is gone
KEY_CHARACTERS = 64  # at most
MOVES = 99  # sliders, at most
NOTHING = (gr.skip(),) * 7  # stage, the two buttons, filmstrip, history, zip, cost


class VisitActions(DreamActions):
    """Let a visitor come back, and leave."""

    async def resume(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Values]:
        """Take up what an earlier page of this browser left here: photo, results, settings, and a running dream.

        The event's data is {"key": KEY, "moved": {CONTROL: VALUE}} with the key that the earlier page was given, or
        none, and the sliders that were moved while nobody heard it: the newest wish counts. The first output is
        {"key": KEY, "found": BOOL, "photo": BOOL}: the key to keep, a new one where nothing was found, as after 15
        minutes without a sign of life, after a restart, or while the earlier page is still open; and whether there is
        a photo, which otherwise the browser sends again. Then come the outputs of a dream, its
        cost and all controls; they stream for as long as a dream runs. A page calls this when it has been loaded, and
        again when its connection is back.
        """
        visitor = await self.returning(data_of(event).get("key"), request)
        if visitor is None:
            new = self.visitor(request)
            has = new.of(Material).photo is not None
            told = {"key": new.key, "found": has, "photo": has}
            yield told, *self.as_it_was(new), gr.skip(), *UNCHANGED
            return
        told = {"key": visitor.key, "found": True, "photo": visitor.of(Material).photo is not None}
        if not told["photo"]:
            yield told, *NOTHING, *UNCHANGED
            return
        running = visitor.running(Render)
        dreamed = running if running is not None else visitor.of(History).current
        newest = visitor.of(DreamState).recipe
        recipe = newest if newest is not None or dreamed is None else dreamed.recipe
        cost, controls = gr.skip(), UNCHANGED
        if recipe is not None:
            recipe = visitor.of(DreamState).recipe = with_moves(recipe, data_of(event).get("moved"))
            cost, controls = batch_cost(visitor, self.plan(visitor, recipe)), values_of(recipe)
        yield told, *self.as_it_was(visitor), cost, *controls
        if running is not None:
            async for output in self.show(visitor, running, request):
                yield told, *output, gr.skip(), *UNCHANGED

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
        current, free = visitor.of(History).current, visitor.running(Render) is None
        if free:
            stage = self.standing(visitor, {"key": "restored" if current is not None else "ready"})
        else:
            stage = stage_value(visitor, "waiting", status={"key": "ready"})
        return stage, *buttons(free=free), film_value(current), self.earlier(visitor), gr.update(visible=False)

    def leave(self, request: gr.Request) -> Values:
        """Forget the visitor at once: their work ends, and all of their files are removed."""
        self.host.visitors.forget(request.session_hash)
        empty = {"state": "empty", "status": None}
        return {"key": "", "found": False}, empty, [], [], gr.update(visible=False), None, ""


def with_moves(recipe: Recipe, moved: Any) -> Recipe:
    """Return a recipe with the values of sliders, by the names that these have on the page, one after another.

    What is no slider's name, or not allowed, is left out: a stranger sent it.
    """
    for place, value in list(moved.items())[:MOVES] if isinstance(moved, dict) else []:
        table, _, name = str(place).partition("-")
        with contextlib.suppress(DreamError, TypeError, ValueError):
            if table == "wish" and name in SETS:
                recipe = with_wish(recipe, name, value)
            elif table == "setting" and name in SETTINGS:
                recipe = settings_from(recipe, [name], [value])
    return recipe
