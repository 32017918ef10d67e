"""The page's own pieces: gr.HTML components whose markup is fixed here and whose behavior is in static/scripts.

A piece's value is plain data (numbers, keys of texts, Gradio's file records); the browser turns it into words in the
visitor's language. What a browser sends back is a stranger's data: the functions that take it check it.
"""

import contextlib
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

STATIC = Path(__file__).parents[1] / "static"


class Piece(gr.HTML):
    """Show one piece; `script` names its function in main.js; Gradio may call it before that file has arrived."""

    def __init__(self, script: str, markup: str, *, events: tuple[str, ...] = (), **about: Any) -> None:
        starter = (
            # Gradio allows a listener for each name that stands quoted in here.
            f"/* {' '.join(repr(event) for event in events)} */"
            f"(function start() {{ if (!window.studio) return setTimeout(start, 15); window.studio.{script}("
            "{element, trigger, props, watch, server: typeof server === 'undefined' ? null : server}); })()"
        )
        super().__init__(html_template=markup, js_on_load=starter, apply_default_css=False, **about)

    def api_info(self) -> dict[str, Any]:
        """Describe the value to Gradio's own machinery; the pieces are part of no public endpoint."""
        return {"type": "object"}

    def postprocess(self, value: Any) -> Any:
        """Send data as it is."""
        return value


def markup(name: str) -> str:
    """Return the fixed markup of a piece."""
    return (STATIC / f"{name}.html").read_text("utf-8")


def row(title: str, look: str) -> str:
    """Return the markup of a heading and a group of buttons with pictures."""
    return (
        f'<h2 class="heading" data-t="{title}"></h2>'
        f'<div class="{look}" role="group" data-label="{title}" data-part="list"></div>'
    )


def chips(title: str, name: str, value: str, looks: list[dict[str, Any]], **about: Any) -> Piece:
    """Make a group of buttons with pictures under a heading, of which one is pressed."""
    markup = row(title, "chips")
    return Piece("chips", markup, events=("select",), value=value, elem_id=name, looks=looks, **about)


def strip(title: str, name: str, when: str = "") -> Piece:
    """Make a row of small pictures under a heading; it is hidden while it is empty."""
    classes = f"strip {when}".split()
    return Piece("strip", row(title, "shots"), events=("select",), value=[], elem_id=name, elem_classes=classes)


class PhotoInput(gr.Image):
    """Take a picture's file, and say plainly what is wrong with one that cannot be used; see `photo_input`.

    Gradio itself would show nothing for a file that Pillow cannot open. The file is handed on as it is; our own reader
    checks its header before it decodes.
    """

    is_template = True  # the Gradio component that it extends draws it

    def preprocess(self, payload: Any) -> str | None:
        """Return the path of the upload, undecoded."""
        return payload.path if payload is not None else None


def photo_input(**about: Any) -> PhotoInput:
    """Make one. Not by a shorter __init__: Gradio sends the browser only what the class's own signature names."""
    return PhotoInput(
        type="filepath", image_mode=None, interactive=True, sources=["upload", "clipboard", "webcam"], **about
    )


class PhotoOutput(gr.Image):
    """Hand out a picture's file as it lies in the visitor's folder; Gradio itself would leave a copy outside of it."""

    is_template = True  # the Gradio component that it extends draws it

    def postprocess(self, value: Any) -> Any:
        """Describe the file by its path."""
        return ImageData(path=str(value), orig_name=Path(value).name) if value is not None else None


class Dial(gr.Slider):
    """Offer a setting's usual range; the number may be typed beyond it, since the recipe says what is allowed."""

    is_template = True  # the Gradio component that it extends draws it

    def preprocess(self, payload: float | None) -> float | None:
        """Hand the number on; Gradio would refuse one outside the slider."""
        return payload


def drop_stub(file: str) -> None:
    """Remove what Gradio writes beside a module that extends its components: type checkers would take it for that."""
    with contextlib.suppress(OSError):
        Path(file).with_suffix(".pyi").unlink(missing_ok=True)


drop_stub(__file__)
