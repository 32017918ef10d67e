"""Renders of visitors: started within what one visitor and this host may have, followed, and ended whatever happens."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from deepdream.finishing import finish
from deepdream.images import Photo, resize
from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.web.server.costs import Cost, Planned
from deepdream.web.server.held import held_at
from deepdream.web.server.host import Host, give_back_memory
from deepdream.web.server.messages import explained, sorry
from deepdream.web.server.previews import run_preview
from deepdream.web.server.render import Render
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

RENDERS_A_VISITOR = 2  # one that runs and one that waits
STREAM_SIDE = 1280  # pixels of the longer side of a streamed frame
FRAME_SECONDS = 0.25  # four frames a second are enough, and cost the ascent next to nothing
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Update:
    """Tell how far a render is, and where its newest frame lies once there is one; the last one has `ended`."""

    status: dict[str, Any]
    path: Path | None = None
    ended: bool = False


async def run_render(host: Host, visitor: Visitor, render: Render, language: str | None) -> AsyncIterator[Update]:
    """Queue a render if nobody has, and yield what it shows, to its end: the one way in which renders run.

    It goes on where this breaks off, and can be followed again. The visitor may leave: then no update has `ended`.

    Raises:
        gr.Error: as `queue_render`, or what went wrong in the run.
    """
    if not render.queued:
        queue_render(host, visitor, render, language)
    render.followers += 1
    try:
        async for update in _follow(host, visitor, render):
            yield update
    finally:
        render.followers -= 1
    if visitor.closed:
        return
    if render.error is not None:
        raise explained(render.error, language)
    if render.kept is None:
        yield Update({"key": "stopped_early"}, ended=True)
    else:
        yield Update({"key": "stopped" if render.stopped else "done", "seconds": lasted(render)}, ended=True)


def new_render(host: Host, photo: Photo, planned: Planned, language: str | None, **about: Any) -> Render:
    """Make the render of a dream on a photo, whose network was fetched before.

    about: what else a Render takes, its guide, mask and keep.

    Raises:
        gr.Error: it is more than the host takes on.
    """
    recipe, cost = planned.recipe, planned.cost
    if cost.too_much:
        raise declined(host, cost, host.costs.fitting(recipe, photo.size), language)
    return Render(photo, recipe, host.turns, work=planned.work, expected=cost.seconds, workers=host.workers, **about)


def queue_render(host: Host, visitor: Visitor, render: Render, language: str | None) -> None:
    """Put a render that the host takes on into the queue; it ends by itself, followed or not.

    Raises:
        gr.Error: the visitor has two already, the caller has had their share, or the queue is full.
    """
    with visitor.lock:
        if len(visitor.renders) >= RENDERS_A_VISITOR:
            raise refusal(host, "busy_yours", language)
        wait = host.turns.budgets.wait(visitor.caller)
        if wait:
            raise refusal(host, "spent", language, n=math.ceil(wait / 60))
        visitor.generation += 1  # a preview that is at work gives way
        render.caller, render.ended = visitor.caller, lambda ended: _take_off(host, visitor, ended)
        visitor.renders.append(render)  # before it starts: it takes itself off again
        if not render.start():
            visitor.renders.remove(render)
            raise refusal(host, "closing" if host.turns.closing else "busy_host", language)


async def _follow(host: Host, visitor: Visitor, render: Render) -> AsyncIterator[Update]:
    """Yield what a render shows: at once when something happens, its frames at most four times a second."""
    display, mask = await host.do(_displayed, render)
    rank, version, shown_at, moves = -1, 0, 0.0, 0
    while not render.done.is_set() and not visitor.closed:
        now = time.monotonic()
        if render.started is None and render.rank != rank:
            rank = render.rank
            yield Update(_waiting(host, rank, render.wait))
        if render.moves != moves:
            moves = render.moves
            yield Update({"key": "moved"})
        frame = render.frame
        if frame is not None and render.version != version and now - shown_at >= FRAME_SECONDS:
            version, shown_at = render.version, now
            path = await host.do(_write_frame, visitor, frame.image, display, render.recipe, mask)
            if path is None:
                return
            yield Update(_under_way(render, frame, now), path)
        await asyncio.sleep(POLL_SECONDS)


def _displayed(render: Render) -> tuple[Photo, np.ndarray | None]:
    """Return a render's photo and mask at the size at which its frames are shown."""
    display = held_at(render.photo, STREAM_SIDE)
    return display, resize(render.mask, display.size) if render.mask is not None else None


def declined(host: Host, cost: Cost, side: int | None, language: str | None) -> gr.Error:
    """Refuse a dream that is more than this host takes on, and say what it would: `side` pixels, or other settings."""
    minutes = say("minutes", language, n=f"{max(1.0, cost.seconds / 60):.0f}")
    if side is not None:
        return refusal(host, "too_much", language, time=minutes, n=side)
    if cost.passes == "seconds":
        return refusal(host, "too_long", language, time=minutes, most=f"{host.limits.seconds / 60:.0f}")
    return refusal(host, "too_big", language, most=f"{host.limits.megapixels:g}", memory=f"{host.limits.memory:g}")


def lasted(render: Render) -> float:
    """Return the seconds since a render's first step."""
    return time.monotonic() - render.started if render.started is not None else 0.0


async def quick_picture(host: Host, visitor: Visitor, photo: Photo, recipe: Recipe) -> Path | None:
    """Return the file of a preview of a dream on any photo.

    Raises:
        DreamError: the recipe cannot be dreamed.
    """
    network = await host.fetch(recipe.network)
    picture = await host.preview(previewed, host, photo, recipe, network, lambda: visitor.closed)
    return None if picture is None else await host.quick(visitor.write_picture, picture)


def previewed(
    host: Host, photo: Photo, recipe: Recipe, network: Network, stale: Callable[[], bool] = lambda: False
) -> np.ndarray | None:
    """Return a preview of a dream on any photo, finished, (h, w, 3) in [0, 1]; None once it is `stale`.

    Raises:
        DreamError: the recipe cannot be dreamed.
    """
    planned, turn = host.costs.plan(recipe, photo.size), host.turns.preview_step
    done = run_preview(photo, planned, turn=turn, costs=host.costs, network=network, stale=stale)
    return None if done is None else finish(done.image, done.photo.pixels, recipe)


def refusal(host: Host, key: str, language: str | None, **values: object) -> gr.Error:
    """Count a refusal, and make the error that says it."""
    host.turns.ledger.refused(key)
    return sorry(say(key, language, **values))


def _take_off(host: Host, visitor: Visitor, render: Render) -> None:
    """Take a render that has ended off its visitor's list, and learn from it how fast this host is."""
    with visitor.lock:
        visitor.renders.remove(render)
    host.turns.budgets.spend(render.caller, render.seconds)
    if render.frame is not None and render.delivered is not None:
        done = render.frame.progress - render.head_start
        host.costs.learn(render.priced, render.work * done, render.seconds)
    give_back_memory()


def _waiting(host: Host, rank: int, wait: float) -> dict[str, Any]:
    """Say why a render has not begun."""
    if rank > 0:
        return {"key": "queued_time", "place": rank, "seconds": wait}
    return {"key": "starting" if host.warm.is_set() else "warming"}


def _under_way(render: Render, frame: Any, now: float) -> dict[str, Any]:
    """Say how far a render is."""
    left = None
    done = frame.progress - render.head_start
    if render.started is not None and done > 0 and frame.progress < 1:
        left = (now - render.started) * (1 - frame.progress) / done
    return {"key": render.verb, "left": left, **render.told(frame)}


def _write_frame(
    visitor: Visitor, image: np.ndarray, display: Photo, recipe: Recipe, mask: np.ndarray | None
) -> Path | None:
    """Write a frame at the display's size, finished as the recipe says, so that the picture never jumps."""
    picture = finish(resize(image, display.size), display.pixels, recipe, mask)
    try:
        return visitor.write_picture(picture, quality=85)
    except OSError:  # the visitor left, and the folder with them
        return None
