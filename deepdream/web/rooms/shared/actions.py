"""What the listeners of every room need: who asks, the recipe of the controls, its cost, the photos that come in, what
stands on the stage, and Stop.

A listener takes what Gradio hands to it, the values of all settings' controls last, and returns what the room's
components shall show. What a browser sends is a stranger's data, and is checked here.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.finishing import finish
from deepdream.images import Photo
from deepdream.networks import megabytes_to_fetch
from deepdream.recipe import Recipe
from deepdream.settings.finish import Finish
from deepdream.web.components.controls import settings_from
from deepdream.web.rooms.shared.photos import (
    STAGE_SIDE,
    Material,
    read_mask,
    read_photos,
    sample_photo,
    take_photos,
)
from deepdream.web.rooms.shared.results import History, Result, finished
from deepdream.web.rooms.shared.stage import file_value, stage_value
from deepdream.web.server.costs import Planned
from deepdream.web.server.events import data_of, language_of, visitor_of
from deepdream.web.server.host import Host
from deepdream.web.server.messages import sorry
from deepdream.web.server.previews import Preview
from deepdream.web.server.render import Render
from deepdream.web.server.renders import POLL_SECONDS
from deepdream.web.server.visitors import State, Visitor
from deepdream.web.texts import say

SETTINGS = list(Recipe.settings())  # in the order in which controls hand over their values
CHANGED = {"ready": "changed", "ready_paint": "changed_paint"}  # said of a preview that lies over a finished picture

Values = tuple[Any, ...]


@dataclass(eq=False)
class Downloads(State):
    """Hold which network's weights the visitor was last asked about, and those that they let this host fetch."""

    asked: str = ""
    agreed: set[str] = field(default_factory=set)


class Actions:
    """Act for whoever asks, on one host."""

    history: type[History] = History  # of the room's finished pictures
    ready = "ready"  # the key of what is said of a preview
    runs: type[Render] = Render  # what Stop ends

    def __init__(self, host: Host) -> None:
        self.host = host

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who asks."""
        return visitor_of(self.host, request)

    def sorry(self, request: gr.Request, key: str) -> gr.Error:
        """Make the error that who asks sees, by the key of its text."""
        return sorry(say(key, language_of(request)))

    def recipe(self, values: Sequence[Any]) -> Recipe:
        """Return the recipe of the controls' values.

        Raises:
            RecipeError: a value is not allowed; as any DreamError, it is shown to who asked.
        """
        return settings_from(Recipe(), SETTINGS, values)

    def readable(self, values: Sequence[Any]) -> Recipe | None:
        """Return the recipe of the controls' values; None where one is wrong."""
        with contextlib.suppress(DreamError):
            return self.recipe(values)
        return None

    def plan(self, visitor: Visitor, recipe: Recipe) -> Planned | None:
        """Plan a dream on the visitor's photo, if there is one."""
        photo = visitor.of(Material).photo
        return self.host.costs.plan(recipe, photo.size) if photo is not None else None

    def cost_now(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of a dream with the controls' values; None where they are wrong."""
        recipe = self.readable(values)
        return batch_cost(visitor, self.plan(visitor, recipe)) if recipe is not None else None

    async def open_upload(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take the photos that a visitor uploaded, and show the first, unless others were brought meanwhile."""
        visitor = self.visitor(request)
        material = visitor.of(Material)
        material.awaited = mine = material.awaited + 1
        photos, carried = await read_photos(self.host, visitor, data_of(event).get("files"), request)
        if mine != material.awaited:
            for _, photo in photos:
                visitor.unlink_private(photo)
            return (gr.skip(),) * 4
        return await self.host.do(self.take_in, visitor, photos, side, values, carried)

    def open_sample(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take one of the sample pictures."""
        name = data_of(event).get("sample")
        photo = sample_photo(name)
        if photo is None:
            raise self.sorry(request, "gone")
        return self.take_in(self.visitor(request), [(str(name), photo)], side, values)

    def take_in(
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
        material.mask, material.painted, material.repainted = None, path, not visitor.renders
        if path is None or material.photo is None:
            return
        mask = await read_mask(self.host, visitor, path, request, material.photo.size)
        if material.painted == path:
            material.mask = mask

    def seen(
        self,
        visitor: Visitor,
        settings: Finish,
        done: Preview | None,
        stale: Callable[[], bool],
        key: str,
        **about: Any,
    ) -> dict[str, Any]:
        """Return the stage with a preview; it covers nothing that a newer wish was answered with meanwhile.

        about: what else the stage shall know. Called where the preview was dreamed, not on the event loop.
        """
        with visitor.lock:  # a newer wish is counted under it
            if done is None or stale():
                return gr.skip()
            visitor.of(self.history).preview = done
        stage = self.preview_stage(visitor, settings, {"key": key})
        return gr.skip() if stale() else {**stage, **about}

    def ask(self, visitor: Visitor, network: str) -> dict[str, Any] | None:
        """Return the stage that asks whether a network may be fetched, and tells its size; None where it need not.

        Every room asks before it has the host fetch a network that a visitor chose; see `agree`.
        """
        megabytes = self.to_fetch(visitor, network)
        if not megabytes:
            return None
        visitor.of(Downloads).asked = network
        return {**self.standing(visitor, {"key": "ask_network", "name": network, "n": megabytes}), "remedy": "network"}

    def result_stage(self, visitor: Visitor, result: Result, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the stage with a result on it; its picture is written once, until it is finished in another way."""
        history, key = visitor.of(self.history), (result.mark, result.recipe, result.picked)
        shown = history.shown
        if shown is None or shown[0] != key:
            shown = key, visitor.write_picture(finished(result, side=STAGE_SIDE), quality=92, keep=True)
            with visitor.lock:
                old, history.shown = history.shown, shown
            if old is not None:
                visitor.retire(old[1])
        return stage_value(visitor, "done", picture=shown[1], status=status)

    def standing(self, visitor: Visitor, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the stage as it stands: a finished picture stays until the next one is there, before it the photo."""
        current = visitor.of(self.history).current
        if current is None:
            return stage_value(visitor, "ready", status=status)
        return self.result_stage(visitor, current, status)

    def preview_stage(self, visitor: Visitor, settings: Finish, status: dict[str, Any]) -> dict[str, Any]:
        """Return the stage with the newest preview, finished as the settings say; a finished picture stays below it."""
        preview, current = visitor.of(self.history).preview, visitor.of(self.history).current
        if preview is None or visitor.closed:
            return self.standing(visitor, status)
        picture = visitor.write_picture(finish(preview.image, preview.photo.pixels, settings, preview.mask), quality=85)
        visitor.of(self.history).preview_file = picture
        if current is None:
            return stage_value(visitor, "ready", picture=picture, preview=True, status=status)
        told = {**status, "key": CHANGED.get(status["key"], status["key"])}
        return {**self.result_stage(visitor, current, told), "overlay": file_value(picture)}

    def earlier(self, visitor: Visitor) -> list[dict[str, Any]]:
        """Return the row of the room's finished pictures, newest first."""
        history = visitor.of(self.history)
        return [
            {
                "id": result.name,
                "name": f"№ {result.name.rpartition('-')[2]}",
                "picture": file_value(result.thumbnail),
                "current": result is history.current,
            }
            for result in reversed(history.results)
            if result.thumbnail is not None
        ]

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a run that failed."""
        return self.standing(self.visitor(request)), *buttons(free=True)

    def to_fetch(self, visitor: Visitor, network: str) -> int:
        """Return about how many megabytes a network would take that the visitor has not agreed to yet, else 0."""
        agreed = self.host.loaded | visitor.of(Downloads).agreed
        return megabytes_to_fetch(network) if network not in agreed else 0

    def agree(self, event: gr.EventData, request: gr.Request) -> None:
        """Let the network be fetched that was asked about."""
        downloads = self.visitor(request).of(Downloads)
        if data_of(event).get("what") == "network":
            downloads.agreed.add(downloads.asked)

    def stop(self, request: gr.Request) -> None:
        """Ask the visitor's renders of this room to end and to deliver what they have."""
        for render in list(self.visitor(request).renders):
            if type(render) is self.runs:
                render.stop(keep=True)


def batch_cost(visitor: Visitor, planned: Planned | None, *, begun: float = 0.0) -> dict[str, Any] | None:
    """Return the cost of dreams on all of the visitor's photos, as plain data; a share of the first one is `begun`."""
    if planned is None:
        return None
    count = max(1, len(visitor.of(Material).batch))
    return replace(planned.cost, seconds=planned.cost.seconds * (count - begun)).told()


def newer_wish(visitor: Visitor, generation: int) -> Callable[[], bool]:
    """Return what says whether the visitor wants something newer than the preview of this generation."""
    return lambda: visitor.closed or visitor.generation != generation or bool(visitor.renders)


async def ending(visitor: Visitor) -> None:
    """Wait until the renders that were asked to stop have ended; one that was not, runs on."""
    while visitor.renders and all(render.stopping for render in visitor.renders):
        await asyncio.sleep(POLL_SECONDS)


def buttons(*, free: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the button that starts a render, and Stop, become: one of them is free."""
    return gr.update(interactive=free), gr.update(interactive=not free)
