"""What the server says to a visitor, always as text: Gradio draws its messages as HTML.

A message may repeat what a stranger wrote, such as the name of a setting in somebody else's picture.
"""

import errno
import html
import traceback
from pathlib import Path
from typing import Any

import gradio as gr

from deepdream.errors import DreamError, RecipeError
from deepdream.web.texts import in_every_language, language_among, say


def sorry(message: str) -> gr.Error:
    """Make the error that a visitor sees: our words alone, and no traceback in the log."""
    return gr.Error(_text(message), print_exception=False)


def warn(message: str) -> None:
    """Warn a visitor of what went otherwise than they may think."""
    gr.Warning(_text(message))


def warn_of(name: str, error: gr.Error) -> None:
    """Warn a visitor that one of several photos was refused, and why."""
    gr.Warning(f"{_text(name)}: {error.message}")


def tell(message: str, *, seconds: float) -> None:
    """Show a visitor a message for some seconds."""
    gr.Info(_text(message), duration=seconds)


def key_of(error: BaseException) -> str:
    """Return the key of the text that says what went wrong on our side."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "disk_full" if full else "mistake"


def explained(error: BaseException, language: str | None) -> gr.Error:
    """Make the error that a visitor sees of what went wrong: a message for people, or that it is our fault."""
    return sorry(reason(error, language) if isinstance(error, DreamError) else say(key_of(error), language))


def refused(key: str, error: DreamError, language: str | None) -> gr.Error:
    """Make the error that a visitor sees of what did not work, by the key of its text, and why."""
    return sorry(f"{say(key, language)} {reason(error, language)}")


def reason(error: DreamError, language: str | None) -> str:
    """Return what went wrong, wholly in the visitor's language: in English with the values, else by its kind."""
    if language_among(language) == "en":
        return str(error)
    if isinstance(error, RecipeError) and in_every_language(f"setting.{error.field}"):
        return say("wrong.setting", language, name=say(f"setting.{error.field}", language))
    return say(f"wrong.{error.kind}", language)


def in_a_line(error: BaseException) -> str:
    """Return what went wrong and where as one line, whatever a stranger wrote into it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = next((frame for frame in reversed(frames) if "deepdream" in frame.filename), frames[-1] if frames else None)
    where = f" at {Path(ours.filename).name}:{ours.lineno}" if ours is not None else ""
    words = error.strerror if isinstance(error, OSError) and error.strerror else error  # not its path: it names a file
    return repr(f"{type(error).__name__}: {words}"[:300]) + where


def _text(message: str) -> Any:
    whole = message.encode("utf-8", "replace").decode()  # half a character could not be sent
    return html.escape(whole, quote=False)
