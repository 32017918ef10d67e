"""What the Dream room shows: a preview, a result, the filmstrip and the history."""

from typing import Any

from deepdream.browser.table import lacking
from deepdream.finishing import finish
from deepdream.presets import to_link
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.rooms.shared.photos import STAGE_SIDE, Material
from deepdream.web.rooms.shared.results import History, Result, finished
from deepdream.web.rooms.shared.stage import file_value, stage_value
from deepdream.web.server.visitors import Visitor

CHANGED = {"ready": "changed"}  # what is said of a preview that lies over a finished dream


def result_stage(visitor: Visitor, result: Result, *, status: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the stage with a result on it; its picture is written once, until it is finished in another way."""
    history, key = visitor.of(History), (result.mark, result.recipe, result.picked)
    if history.shown is None or history.shown[0] != key:
        new = key, visitor.write_picture(finished(result, side=STAGE_SIDE), quality=92, keep=True)
        with visitor.lock:
            old, history.shown = history.shown, new
        if old is not None:
            visitor.retire(old[1])
        return stage_value(visitor, "done", picture=new[1], status=status)
    return stage_value(visitor, "done", picture=history.shown[1], status=status)


def standing_stage(visitor: Visitor, status: dict[str, Any] | None = None, offer: int | None = None) -> dict[str, Any]:
    """Return the stage as it stands: a finished dream stays until the next one is there, else the photo is shown."""
    current = visitor.of(History).current
    if current is None:
        return stage_value(visitor, "ready", status=status, offer=offer)
    return {**result_stage(visitor, current, status=status), "offer": offer}


def preview_stage(visitor: Visitor, recipe: Recipe, status: dict[str, Any], offer: int | None = None) -> dict[str, Any]:
    """Return the stage with the newest preview, finished as the recipe says; a finished dream stays below it."""
    preview, current = visitor.of(DreamState).preview, visitor.of(History).current
    if preview is None or visitor.closed:
        return standing_stage(visitor, status, offer)
    picture = visitor.write_picture(finish(preview.image, preview.photo.pixels, recipe, preview.mask), quality=85)
    if current is None:
        return stage_value(visitor, "ready", picture=picture, preview=True, status=status, offer=offer)
    told = {**status, "key": CHANGED.get(status["key"], status["key"])}
    return {**result_stage(visitor, current, status=told), "overlay": file_value(picture), "offer": offer}


def device_stage(visitor: Visitor, recipe: Recipe) -> dict[str, Any] | None:
    """Return the stage that has the visitor's device dream a preview, or None where it shall not, or cannot."""
    material, state = visitor.of(Material), visitor.of(DreamState)
    leads = material.guide is not None or material.mask is not None
    if not state.device or material.photo is None or leads or lacking(recipe, material.photo.size):
        return None
    state.preview = state.beginning = None
    key = "ready" if visitor.of(History).current is None else CHANGED["ready"]
    asked = {"link": to_link(recipe), "stamp": visitor.next_generation()}
    return {**standing_stage(visitor, {"key": key}), "device": asked}


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
    history = visitor.of(History)
    return [
        {
            "id": result.name,
            "name": result.name.replace("dream-", "№ "),
            "picture": file_value(result.thumbnail),
            "current": result is history.current,
        }
        for result in reversed(history.results)
        if result.thumbnail is not None
    ]
