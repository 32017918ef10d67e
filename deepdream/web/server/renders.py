"""Renders of visitors: started within what one visitor and this host may have, followed, and ended whatever happens."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.errors import DreamError
from deepdream.finishing import finish
from deepdream.images import Photo, resize
from deepdream.recipe import Recipe
from deepdream.web.server.costs import SIDES, Cost
from deepdream.web.server.held import held_at
from deepdream.web.server.host import Host, give_back_memory
from deepdream.web.server.messages import sorry
from deepdream.web.server.previews import run_preview
from deepdream.web.server.render import Render
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

if TYPE_CHECKING:
    from deepdream.networks import Network

RENDERS_A_VISITOR = 2  # one that runs and one that waits
STREAM_SIDE = 1280  # pixels of the longer side of a streamed frame
FRAME_SECONDS = 0.25  # four frames a second are enough, and cost the ascent next to nothing
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Update:
    """Tell how far a render is, and where its newest frame lies once there is one."""

    status: dict[str, Any]
    path: Path | None = None


def start_render(
    host: Host,
    visitor: Visitor,
    photo: Photo,
    recipe: Recipe,
    *,
    language: str | None,
    keep: Callable[[Render], Any] | None = None,
) -> Render:
    """Put a render into the queue; what it delivers is handed to `keep`, whether anybody follows it or not.

    Raises:
        gr.Error: it is more than the host takes on, the visitor has two already, or the queue is full.
    """
    if recipe.network not in host.networks():
        raise sorry(f"network: {recipe.network} is not on this page; allowed: {', '.join(host.networks())}.")
    cost = host.costs.of(recipe, photo.size)
    if cost.too_much:
        raise sorry(declined(host, cost, fitting_side(host, recipe, photo), language))
    render = Render(
        photo,
        recipe,
        host.turns,
        guide=visitor.guide,
        mask=visitor.mask_for(photo.size),
        expected=cost.seconds,
        workers=host.workers,
        keep=keep,
    )
    return queue_render(visitor, render, language)


def queue_render(visitor: Visitor, render: Render, language: str | None) -> Render:
    """Put a render that the host takes on into the queue, and return it.

    Raises:
        gr.Error: the visitor has two already, the caller has had their share, or the queue is full.
    """
    with visitor.lock:
        if len(visitor.renders) >= RENDERS_A_VISITOR:
            raise _refused(render, "busy_yours", language)
        wait = render.turns.budgets.wait(visitor.caller)
        if wait:
            raise _refused(render, "spent", language, n=f"{wait / 60:.0f}")
        visitor.generation += 1  # a preview that is at work gives way
        visitor.repainted = False
        render.caller, render.ended = visitor.caller, lambda ended: _take_off(visitor, ended)
        visitor.renders.append(render)  # before it starts: it takes itself off again
        if not render.start():
            visitor.renders.remove(render)
            raise _refused(render, "closing" if render.turns.closing else "busy_host", language)
    return render


def end_render(render: Render) -> None:
    """Stop a render whose program has gone, if it has not ended by itself."""
    if not render.done.is_set():
        render.stop()


async def follow(host: Host, visitor: Visitor, render: Render) -> AsyncIterator[Update]:
    """Yield what a render shows: at once when something happens, its frames at most four times a second."""
    display = await host.do(held_at, render.photo, STREAM_SIDE)
    mask = resize(render.mask, display.size) if render.mask is not None else None
    place, version, shown_at, moves = -1, 0, 0.0, 0
    while not render.done.is_set() and not visitor.closed:
        now = time.monotonic()
        if render.started is None and render.place != place:
            place = render.place
            yield Update(_waiting(host, place, render.wait))
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


def fitting_side(host: Host, recipe: Recipe, photo: Photo) -> int | None:
    """Return the largest side at which this host takes on a dream that is too much for it; None if there is none."""
    return host.costs.fitting(recipe, photo.size, [side for side in SIDES if side])


def declined(host: Host, cost: Cost, side: int | None, language: str | None) -> str:
    """Say what of a dream is more than this host takes on, and what it would take: `side` pixels, or other settings."""
    minutes = say("minutes", language, n=f"{max(1.0, cost.seconds / 60):.0f}")
    if side is not None:
        return say("too_much", language, time=minutes, n=side)
    if cost.passes == "seconds":
        return say("too_long", language, time=minutes, most=f"{host.limits.seconds / 60:.0f}")
    return say("too_big", language, most=f"{host.limits.megapixels:g}", memory=f"{host.limits.memory:g}")


def lasted(render: Render) -> float:
    """Return the seconds since a render's first step."""
    return time.monotonic() - render.started if render.started is not None else 0.0


async def quick_picture(host: Host, visitor: Visitor, photo: Photo, recipe: Recipe) -> Path | None:
    """Return the file of a preview of a dream on any photo.

    Raises:
        gr.Error: the recipe cannot be dreamed.
    """
    try:
        network = await host.fetch(recipe.network)
        return await host.preview(_previewed, host, visitor, photo, recipe, network)
    except DreamError as error:
        raise sorry(str(error)) from None


def _previewed(host: Host, visitor: Visitor, photo: Photo, recipe: Recipe, network: "Network") -> Path | None:
    """Dream a preview, and write it as JPEG."""
    about: dict[str, Any] = {"network": network, "turns": host.turns, "costs": host.costs}
    done = run_preview(photo, recipe, **about, stale=lambda: visitor.closed)
    return None if done is None else visitor.write_picture(finish(done.image, done.photo.pixels, recipe))


def _refused(render: Render, key: str, language: str | None, **values: object) -> Exception:
    render.turns.ledger.refused(key)
    return sorry(say(key, language, **values))


def _take_off(visitor: Visitor, render: Render) -> None:
    with visitor.lock:
        visitor.renders.remove(render)
    render.turns.budgets.spend(render.caller, render.seconds)
    give_back_memory()


def _waiting(host: Host, place: int, wait: float) -> dict[str, Any]:
    """Say why a render has not begun."""
    if place > 0:
        return {"key": "queued_time", "place": place, "seconds": wait}
    return {"key": "starting" if host.warm.is_set() else "warming"}


def _under_way(render: Render, frame: Any, now: float) -> dict[str, Any]:
    """Say how far a render is."""
    left = None
    if render.started is not None and 0 < frame.progress < 1:
        left = (now - render.started) * (1 - frame.progress) / frame.progress
    names = ("octave", "octaves", "step", "steps", "progress")
    return {"key": render.verb, "left": left, **{name: getattr(frame, name) for name in names}}


def _write_frame(
    visitor: Visitor, image: np.ndarray, display: Photo, recipe: Recipe, mask: np.ndarray | None
) -> Path | None:
    """Write a frame at the display's size, finished as the recipe says, so that the picture never jumps."""
    picture = finish(resize(image, display.size), display.pixels, recipe, mask)
    try:
        return visitor.write_picture(picture, quality=85)
    except OSError:  # the visitor left, and the folder with them
        return None
