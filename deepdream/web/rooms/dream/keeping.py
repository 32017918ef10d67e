"""What becomes of a dream that has ended: kept in the history, picked from the filmstrip, written into files."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.images import Photo, as_photo, shrink, write_image
from deepdream.web.rooms.shared.results import FORMATS, History, Result, finished
from deepdream.web.server.held import laid_aside
from deepdream.web.server.render import Render
from deepdream.web.server.visitors import Visitor

THUMBNAIL = 220


def keep_result(visitor: Visitor, render: Render, original: Result | None, name: str) -> Result:
    """Put a render that has ended into the visitor's history, with its small pictures.

    original: the result that was continued; the new one stays a dream of the same photo. name: the photo's.
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
        history.remember(result)
    if not visitor.closed:
        _picture_result(visitor, result, render.frame.octave)
    return result


def pick_octave(result: Result, octave: int) -> None:
    """Make a frame of the filmstrip the result: the dream as it was at the end of that octave."""
    from deepdream.dreaming import deliver

    if result.final is None:
        result.final = result.raw
    if octave not in result.frames:  # the end of the run
        result.raw, result.picked = result.final, None
        return
    frame = result.frames[octave]
    frame = replace(frame, image=np.divide(frame.image, 255, dtype=np.float32))
    result.raw = np.asarray(deliver(frame, result.photo, result.recipe, raw=True), np.float32)
    result.picked = octave


def write_result(visitor: Visitor, result: Result, format: str) -> Path:
    """Write a result in full size with its recipe inside, and return the file."""
    path = visitor.new_file(FORMATS[format])
    record = dict(result.record) | ({"octave": result.picked} if result.picked is not None else {})
    write_image(path, finished(result), recipe=result.recipe, record=record, alpha=result.photo.alpha)
    visitor.retire(path)
    return path


def write_zip(visitor: Visitor, results: Sequence[Result], names: Sequence[str]) -> Path:
    """Write results as PNG into one file, and return it; they are compressed already."""
    archive = visitor.new_file(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for number, (result, name) in enumerate(zip(results, names, strict=False), start=1):
            path = write_result(visitor, result, "png")
            target.write(path, f"{number:02d}-{_safe(name)}.png")
    return archive


def _picture_result(visitor: Visitor, result: Result, last_octave: int) -> None:
    for octave, frame in sorted(result.frames.items()):
        small = shrink(as_photo(frame.image), THUMBNAIL).pixels
        result.film.append((octave, visitor.write_picture(small, keep=True)))
    thumbnail = shrink(Photo(finished(result, side=2 * THUMBNAIL)), THUMBNAIL).pixels
    result.thumbnail = visitor.write_picture(thumbnail, keep=True)
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
