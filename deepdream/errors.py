"""The errors that a person can do something about, and how they are worded.

    DreamError
    ├── RecipeError        a setting, a preset, a link or a recipe file is wrong
    ├── ImageError         a picture, a clip or a film cannot be read, written or used
    │   ├── DamagedError   its file is damaged or cut off
    │   ├── EmptyError     its file is empty
    │   ├── FormatError    its file is no picture, or of no format that can be read
    │   ├── LargeError     it is larger, or takes longer to read, than is allowed
    │   └── NoNoteError    its file holds no recipe, or no film
    └── NetworkError       a network cannot be loaded or used
        ├── LayerError     the network has no such layer, channel or class
        └── DownloadError  weights could not be fetched, or are not the right ones

A message says what was wrong, the value received, what is allowed and what to do. The command line prints it and exits
with status 2, the page shows it; any other exception is a bug.
"""

import difflib
from collections.abc import Iterable


class DreamError(Exception):
    """Report a mistake in the input; `str(error)` is a message for people, `kind` names its short form in the page."""

    kind = "other"


class RecipeError(DreamError):
    """Report a wrong setting; `field` names it ("" when no single setting is to blame)."""

    kind = "settings"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ImageError(DreamError):
    """Report a picture that cannot be read, written or used."""

    kind = "picture"


class DamagedError(ImageError):
    """Report a file that is damaged or cut off."""

    kind = "damaged"


class EmptyError(ImageError):
    """Report a file of no bytes."""

    kind = "empty"


class FormatError(ImageError):
    """Report a file of no format that can be read."""

    kind = "format"


class LargeError(ImageError):
    """Report what takes more pixels, bytes, memory or time than is allowed."""

    kind = "large"


class NoNoteError(ImageError):
    """Report a file without the recipe, or the film, that was looked for in it."""

    kind = "no_recipe"


class NetworkError(DreamError):
    """Report a network that cannot be loaded or used."""

    kind = "network"


class LayerError(NetworkError):
    """Report a layer, channel or class that the network does not have."""

    kind = "layer"


class DeadChannelError(LayerError):
    """Report a channel that nothing raises above 0."""


class DownloadError(NetworkError):
    """Report weights that could not be fetched, or that are not the expected file."""

    kind = "download"


def nearest(name: str, names: Iterable[str]) -> str:
    """Return "nearest: a, b." with up to three of `names` that look like `name`, or "known: ..." when none does.

    Of more than twelve names that do not look alike only the first twelve are given; "" when there are no names.
    """
    known = [str(each) for each in names]
    lowered = {each.lower(): each for each in reversed(known)}
    alike = difflib.get_close_matches(str(name).lower()[:200], lowered, n=3, cutoff=0.6)
    if alike:
        return f"nearest: {', '.join(lowered[each] for each in alike)}."
    if not known:
        return ""
    return f"known: {', '.join(known[:12])}{', ...' if len(known) > 12 else '.'}"


def quoted(value: object) -> str:
    """Return `value` as it is shown in a message: its repr, shortened to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
