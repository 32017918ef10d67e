"""The film inside its own file: written as a note with its recipe, and read back."""

import os
from pathlib import Path
from typing import Any

from deepdream.errors import NoNoteError
from deepdream.film.animations import unwrapped
from deepdream.film.clip import opened
from deepdream.film.encoding import NOTE
from deepdream.film.film import Film
from deepdream.images import opening, read_record
from deepdream.images.metadata import note_of, parsed_note, record_of
from deepdream.settings.json_text import MAX_JSON, is_json

PICTURES = (b"avi", b"hei", b"hev", b"mif", b"msf")  # whose files are built as mp4 is


def film_note(film: Film) -> str:
    """Return the text that a film's file holds: its recipe as a picture's file has it, and the film in the record."""
    note = note_of(film.recipe, {"film": film.to_dict()})
    assert note is not None
    return note


def read_film(path: str | os.PathLike[str]) -> Film:
    """Read the film in a file that was made here, in a JSON file, or in Deforum's settings.

    Raises:
        ImageError: the file cannot be read, or holds no film.
        RecipeError: it holds one that is not allowed.
    """
    path, name = Path(path), opening.name_of(path)
    with opening.stream(path, name) as file:
        head = file.read(MAX_JSON + 1)
    if is_json(head):
        return Film.from_json(head)
    if is_video(head):
        values = _record_in(_tag(path), name)
    elif head.startswith(b"GIF8") or head[8:11] == b"avi":
        with opening.opened(path, name) as image:
            note = image.info.get("comment", b"").decode("utf-8", "replace") or unwrapped(image.info.get("xmp", b""))
        values = _record_in(note, name)
    else:
        values = read_record(path)
    if "film" not in values:
        raise NoNoteError(f"{name} holds no film: it was not made as one here.")
    return Film.from_dict(values["film"])


def is_video(head: bytes) -> bool:
    """Say whether a file that begins so is built as mp4, or as Matroska and WebM are, and is no picture."""
    return head.startswith(b"\x1aE\xdf\xa3") or (head[4:8] == b"ftyp" and head[8:11] not in PICTURES)


def _tag(path: Path) -> str:
    with opened(path) as container:
        tags = {name.lower(): text for name, text in container.metadata.items()}
    return str(tags.get(NOTE, ""))


def _record_in(text: str, name: str) -> dict[str, Any]:
    return record_of(parsed_note(text, name)) if text.startswith("{") else {}
