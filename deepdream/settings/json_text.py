"""Read JSON that a stranger wrote: limited before it is parsed, and never evaluated."""

import json
from typing import Any

from deepdream.errors import RecipeError, quoted

MAX_JSON = 32_000  # characters; 64 layers with long names fit, and the EXIF segment of a JPEG (64 KiB) holds it


def is_json(head: bytes) -> bool:
    """Say whether a file that begins so holds a JSON object, and no picture."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def parse_json(text: str | bytes) -> Any:
    """Parse JSON from a stranger: at most 32,000 characters, ten levels deep, finite numbers, no key twice.

    Raises:
        RecipeError: it is anything else.
    """
    if len(text) > MAX_JSON:
        raise RecipeError(f"the JSON text has {len(text)} characters; allowed: {MAX_JSON}.")
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if _depth(text) > 10:
            raise RecipeError("the JSON text is nested more than ten levels deep, and no settings are.")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise RecipeError(f"the text is not JSON: {quoted(text)}.") from None


def _depth(text: str) -> int:
    """Count brackets, those inside strings too: they are too few in true settings to matter."""
    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _refuse_constant(name: str) -> None:
    raise RecipeError(f"the JSON text holds {name}, which is not a number.")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise RecipeError(f"the JSON text gives a name twice: {', '.join(key for key, _ in pairs)[:200]}.")
    return values
