"""What stands on a room's stage: a finished picture, a preview over it, or the photo; and the row of earlier pictures.

`of` is the room's history: that of dreams, or one of its own.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from deepdream.finishing import finish
from deepdream.images import Photo, shrink
from deepdream.settings.finish import Finish
from deepdream.web.rooms.shared.photos import STAGE_SIDE, Material, take_photos
from deepdream.web.rooms.shared.results import History, Result, finished
from deepdream.web.rooms.shared.stage import file_value, stage_value
from deepdream.web.server.renders import POLL_SECONDS
from deepdream.web.server.visitors import Visitor

THUMBNAIL = 220
CHANGED = {"ready": "changed", "ready_paint": "changed_paint"}  # said of a preview that lies over a finished picture


def result_stage(
    visitor: Visitor, result: Result, *, status: dict[str, Any] | None = None, of: type[History] = History
) -> dict[str, Any]:
    """Return the stage with a result on it; its picture is written once, until it is finished in another way."""
    history, key = visitor.of(of), (result.mark, result.recipe, result.picked)
    shown = history.shown
    if shown is None or shown[0] != key:
        shown = key, visitor.write_picture(finished(result, side=STAGE_SIDE), quality=92, keep=True)
        with visitor.lock:
            old, history.shown = history.shown, shown
        if old is not None:
            visitor.retire(old[1])
    return stage_value(visitor, "done", picture=shown[1], status=status)


def standing_stage(
    visitor: Visitor, status: dict[str, Any] | None = None, offer: int | None = None, *, of: type[History] = History
) -> dict[str, Any]:
    """Return the stage as it stands: a finished picture stays until the next one is there, else the photo is shown."""
    current = visitor.of(of).current
    if current is None:
        return stage_value(visitor, "ready", status=status, offer=offer)
    return {**result_stage(visitor, current, status=status, of=of), "offer": offer}


def preview_stage(
    visitor: Visitor,
    settings: Finish,
    status: dict[str, Any],
    offer: int | None = None,
    *,
    of: type[History] = History,
) -> dict[str, Any]:
    """Return the stage with the newest preview, finished as the settings say; a finished picture stays below it."""
    preview, current = visitor.of(of).preview, visitor.of(of).current
    if preview is None or visitor.closed:
        return standing_stage(visitor, status, offer, of=of)
    picture = visitor.write_picture(finish(preview.image, preview.photo.pixels, settings, preview.mask), quality=85)
    if current is None:
        return stage_value(visitor, "ready", picture=picture, preview=True, status=status, offer=offer)
    told = {**status, "key": CHANGED.get(status["key"], status["key"])}
    return {**result_stage(visitor, current, status=told, of=of), "overlay": file_value(picture), "offer": offer}


def history_value(visitor: Visitor, of: type[History] = History) -> list[dict[str, Any]]:
    """Return the history's items, newest first."""
    history = visitor.of(of)
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


def add_thumbnail(visitor: Visitor, result: Result) -> None:
    """Write the small picture by which the history shows a result."""
    small = shrink(Photo(finished(result, side=2 * THUMBNAIL)), THUMBNAIL).pixels
    result.thumbnail = visitor.write_picture(small, keep=True)


def bring_back(visitor: Visitor, result: Result, of: type[History] = History) -> None:
    """Make a result the one that is shown, on the photo and with the mask of which it was made."""
    visitor.next_generation()
    material, history = visitor.of(Material), visitor.of(of)
    if material.photo is not result.source:
        take_photos(visitor, [(result.name, result.source)], 0)
    with visitor.lock:
        material.photo = result.source  # itself, so that the next one of it is not stored again
        material.mask = result.source_mask
        history.current, history.preview = result, None


def newer_wish(visitor: Visitor, generation: int) -> Callable[[], bool]:
    """Return what says whether the visitor wants something newer than the preview of this generation."""
    return lambda: visitor.closed or visitor.generation != generation or bool(visitor.renders)


async def ending(visitor: Visitor) -> None:
    """Wait until the renders that were asked to stop have ended; one that was not, runs on."""
    while visitor.renders and all(render.stopping for render in visitor.renders):
        await asyncio.sleep(POLL_SECONDS)
