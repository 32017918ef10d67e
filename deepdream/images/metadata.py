"""The note inside a picture: the recipe that made it, and the record of the run."""

import json
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from deepdream.errors import DamagedError, ImageError, NoNoteError, RecipeError
from deepdream.images.opening import Source, explained, name_of, opened, stream
from deepdream.recipe import Recipe
from deepdream.settings.json_text import MAX_JSON, is_json, parse_json

KEY = "deepdream"


def read_recipe(source: Source) -> Recipe:
    """Read the recipe in a picture that `write_image` wrote, or in a JSON file.

    Raises:
        ImageError: the file cannot be read, or is a picture without a recipe.
        RecipeError: it holds a recipe that is not allowed.
    """
    name = name_of(source)
    notes = _read_notes(source, name)
    if not isinstance(notes, dict) or ("recipe" in notes and notes["recipe"] is None):
        raise NoNoteError(f"{name} holds no recipe.")
    return Recipe.from_dict(notes.get("recipe", notes))


def read_record(source: Source) -> dict[str, Any]:
    """Read the record of the run in a picture that `write_image` wrote; {} when there is none.

    Raises:
        ImageError: the file cannot be read, or is a picture without a recipe.
    """
    return record_of(_read_notes(source, name_of(source)))


def record_of(notes: Any) -> dict[str, Any]:
    """Return the record in a note; {} when there is none."""
    record = notes.get("record") if isinstance(notes, dict) else None
    return record if isinstance(record, dict) else {}


def note_of(recipe: Recipe | None, record: Mapping[str, Any] | None) -> str | None:
    """Return the text that `write_image` puts into a picture; None without a recipe and a record.

    Raises:
        ImageError: it would be longer than 32,000 characters.
    """
    if recipe is None and record is None:
        return None
    about = {
        KEY: 1,
        "recipe": recipe.to_dict() if recipe is not None else None,
        "record": dict(record) if record is not None else {},
    }
    text = json.dumps(about)
    if len(text) > MAX_JSON:
        raise ImageError(
            f"the recipe and the record have {len(text)} characters; a picture holds {MAX_JSON}. Shorten the record."
        )
    return text


def _read_notes(source: Source, name: str) -> Any:
    """Return the parsed note of a picture or JSON file; a picture without one is an error."""
    with stream(source, name) as file:
        head = file.read(MAX_JSON + 1)
        file.seek(0)
        if is_json(head):
            return parse_json(head)
        with opened(file, name) as image, explained(name):
            text = _text_in(image)
    if text is None:
        raise NoNoteError(
            f"{name} holds no recipe: it was not made by deepdream, or the program that saved it dropped the note."
        )
    return parsed_note(text, name)


def parsed_note(text: str, name: str) -> dict[str, Any]:
    """Return what a note says, from a file of a name.

    Raises:
        ImageError: it cannot be read, or is another program's.
    """
    try:
        notes = parse_json(text)
    except RecipeError as error:
        raise DamagedError(f"{name} holds a note that cannot be read: {error}") from None
    if not isinstance(notes, dict) or KEY not in notes:
        raise NoNoteError(f"{name} holds no recipe.")
    return notes


def _text_in(image: Image.Image) -> str | None:
    text = image.info.get(KEY)
    if isinstance(text, str):
        return text
    comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
    if not isinstance(comment, bytes) or not comment[8:].lstrip().startswith(b'{"' + KEY.encode()):
        return None
    return comment[8:].decode("ascii", "replace")
