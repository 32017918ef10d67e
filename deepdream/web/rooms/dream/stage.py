"""What the Dream room alone shows: a preview of the visitor's own device, and the filmstrip."""

from typing import Any

from deepdream.browser.table import lacking
from deepdream.presets import to_link
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.rooms.shared.standing import CHANGED, standing_stage
from deepdream.web.server.visitors import Visitor


def device_stage(visitor: Visitor, recipe: Recipe) -> dict[str, Any] | None:
    """Return the stage that has the visitor's device dream a preview, or None where it shall not, or cannot."""
    material, state = visitor.of(Material), visitor.of(DreamState)
    leads = material.guide is not None or material.mask is not None
    if not state.device or material.photo is None or leads or lacking(recipe, material.photo.size):
        return None
    history, state.beginning = visitor.of(History), None
    history.preview = None
    key = "ready" if history.current is None else CHANGED["ready"]
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
