"""What the page's pieces show, as plain data: numbers, keys of texts, and Gradio's records of files."""

from pathlib import Path
from typing import Any

from deepdream.finishing import finish
from deepdream.recipe import Recipe
from deepdream.web.rooms.results import finished
from deepdream.web.server.costs import Cost
from deepdream.web.server.visitors import Result, Visitor

CHANGED = {"ready": "changed"}  # what is said of a preview that lies over a finished dream
SHOWN_SIDE = 1600  # pixels of the longer side of a picture on the page; the saved file has the full size


def stage_value(
    visitor: Visitor,
    state: str,
    *,
    picture: Path | None = None,
    preview: bool = False,
    status: dict[str, Any] | None = None,
    progress: float | None = None,
    offer: int | None = None,
) -> dict[str, Any]:
    """Return what the stage shows.

    state: "empty", "ready", "waiting", "dreaming" or "done". offer: a smaller size to dream at instead.
    """
    if visitor.photo is None or visitor.photo_file is None:
        return {"state": "empty", "status": status}
    height, width = visitor.photo.size
    return {
        "state": state,
        "photo": file_value(visitor.photo_file),
        "picture": file_value(picture),
        "width": width,
        "height": height,
        "preview": preview,
        "carried": visitor.carried,
        "status": status,
        "progress": progress,
        "offer": offer,
        "chips": chips_of(visitor),
    }


def chips_of(visitor: Visitor) -> list[dict[str, Any]]:
    """Return what else the next dream takes in, each of which can be left out."""
    there = {
        "photos": len(visitor.batch) > 1,
        "guide": visitor.guide is not None,
        "mask": visitor.mask is not None,
    }
    return [{"what": what, "n": len(visitor.batch)} for what, is_there in there.items() if is_there]


def result_stage(visitor: Visitor, result: Result, *, status: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the stage with a result on it."""
    picture = visitor.write_picture(finished(result, side=SHOWN_SIDE), quality=92)
    return stage_value(visitor, "done", picture=picture, status=status)


def standing_stage(visitor: Visitor, status: dict[str, Any] | None = None, offer: int | None = None) -> dict[str, Any]:
    """Return the stage as it stands: a finished dream stays until the next one is there, else the photo is shown."""
    if visitor.current is None:
        return stage_value(visitor, "ready", status=status, offer=offer)
    return {**result_stage(visitor, visitor.current, status=status), "offer": offer}


def preview_stage(visitor: Visitor, recipe: Recipe, status: dict[str, Any], offer: int | None = None) -> dict[str, Any]:
    """Return the stage with the newest preview, finished as the recipe says; a finished dream stays below it."""
    preview = visitor.preview
    if preview is None or visitor.closed:
        return standing_stage(visitor, status, offer)
    picture = visitor.write_picture(finish(preview.image, preview.photo.pixels, recipe, preview.mask), quality=85)
    if visitor.current is None:
        return stage_value(visitor, "ready", picture=picture, preview=True, status=status, offer=offer)
    shown = result_stage(visitor, visitor.current, status={**status, "key": CHANGED.get(status["key"], status["key"])})
    return {**shown, "overlay": file_value(picture), "offer": offer}


def film_value(result: Result | None) -> list[dict[str, Any]]:
    """Return the filmstrip's items: the end of each octave."""
    if result is None or not result.film:
        return []
    of, last = len(result.film), result.film[-1][0]
    current = result.picked if result.picked is not None else last
    return [
        {
            "id": octave,
            "key": "octave_of",
            "n": octave,
            "of": of,
            "picture": file_value(path),
            "current": octave == current,
        }
        for octave, path in result.film
    ]


def history_value(visitor: Visitor) -> list[dict[str, Any]]:
    """Return the history's items, newest first."""
    return [
        {
            "id": result.name,
            "name": result.name.replace("dream-", "№ "),
            "picture": file_value(result.thumbnail),
            "current": result is visitor.current,
        }
        for result in reversed(visitor.results)
        if result.thumbnail is not None
    ]


def cost_value(cost: Cost | None) -> dict[str, Any] | None:
    """Return a cost as plain data."""
    names = ("seconds", "width", "height", "memory", "too_much")
    return {name: getattr(cost, name) for name in names} if cost is not None else None


def file_value(path: Path | None) -> dict[str, Any] | None:
    """Describe a file so that Gradio turns it into a URL below the page's own address."""
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}} if path is not None else None
