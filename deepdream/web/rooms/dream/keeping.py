"""What becomes of a dream that has ended: kept in the history, shown as a filmstrip, several written into a zip."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deepdream.images import as_photo, shrink
from deepdream.web.rooms.shared.finished import write_result
from deepdream.web.rooms.shared.results import THUMBNAIL, History, Result, add_thumbnail
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.server.held import laid_aside
from deepdream.web.server.render import Render
from deepdream.web.server.visitors import Visitor


def keep_result(visitor: Visitor, render: Render, original: Result | None, name: str, *, on_stage: bool) -> Result:
    """Put a render that has ended into the visitor's history, with its small pictures.

    original: the result that was continued; the new one stays a dream of the same photo. name: the photo's; on_stage:
    that one is still there.
    """
    assert render.delivered is not None and render.frame is not None
    photo = original.photo if original is not None else render.photo
    recipe = original.recipe.with_finish(render.recipe) if original is not None else render.recipe
    record = _record(render, original)
    history = visitor.of(History)
    with visitor.lock:
        number = history.new_name()
    raw = laid_aside(render.delivered, visitor.private)
    result = Result(number, recipe, photo, raw, record, render.trace, mask=render.mask, photo_name=name)
    if original is None:
        result.frames = dict(render.every_octave)
    with visitor.lock:
        history.remember(result, on_stage=on_stage)
    if not visitor.closed:
        _picture_result(visitor, result, render.frame.octave)
    return result


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


def write_zip(visitor: Visitor, results: Sequence[Result]) -> Path:
    """Write results as PNG into one file, named after their photos, and return it; they are compressed already."""
    archive = visitor.new_file(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for number, result in enumerate(results, start=1):
            path = write_result(visitor, result, "png")
            target.write(path, f"{number:02d}-{_safe(result.photo_name)}.png")
    return archive


def _picture_result(visitor: Visitor, result: Result, last_octave: int) -> None:
    for octave, frame in sorted(result.frames.items()):
        small = shrink(as_photo(frame.image), THUMBNAIL).pixels
        result.film.append((octave, visitor.write_picture(small, keep=True)))
    add_thumbnail(visitor, result)
    assert result.thumbnail is not None
    if result.film:
        result.film.append((last_octave, result.thumbnail))


def _record(render: Render, original: Result | None) -> dict[str, Any]:
    """Note how a picture came about, where its recipe alone would not make it again."""
    assert render.frame is not None
    height, width = render.photo.size
    record: dict[str, Any] = {"seconds": round(render.seconds, 2), "size": [width, height]}
    if render.stopped:
        record["stopped"] = {"octave": render.frame.octave, "step": render.frame.step}
    if original is not None:
        record["continued"] = int(original.record.get("continued", 0)) + 1
    return record


def _safe(name: str) -> str:
    stem = "".join(character if character.isalnum() or character in "-_" else "-" for character in Path(name).stem)
    return stem[:60] or "photo"
