"""The page's own pieces: gr.HTML components whose markup is fixed here and whose behavior is in static/studio.js.

A piece's value is plain data (numbers, keys of texts, Gradio's file records); the browser turns it into words in the
visitor's language. What a browser sends back is a stranger's data: the functions that take it check it.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

STATIC = Path(__file__).parent / "static"


class Piece(gr.HTML):
    """Show one piece; `script` names its function in studio.js, which may start before that file has arrived."""

    def __init__(self, script: str, markup: str, *, events: tuple[str, ...] = (), **about: Any) -> None:
        starter = (
            f"/* {' '.join(repr(event) for event in events)} */"  # Gradio allows a listener for each name quoted in here
            f"(function start() {{ if (!window.studio) return setTimeout(start, 15); window.studio.{script}("
            "{element, trigger, props, watch, upload}); })()"
        )
        super().__init__(html_template=markup, js_on_load=starter, apply_default_css=False, **about)

    def get_block_name(self) -> str:
        """Return the name of the Gradio component that draws this one."""
        return "html"

    def api_info(self) -> dict[str, Any]:
        """Describe the value to Gradio's own machinery; the pieces are part of no public endpoint."""
        return {"type": "object"}

    def postprocess(self, value: Any) -> Any:
        """Send data as it is."""
        return value


ICONS = {
    "photo": '<path d="M4 6h3l1.5-2h7L17 6h3a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z"/><circle cx="12" cy="12.5" r="3.6"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "brush": '<path d="M20 4 10.5 13.5M7.5 13.2c2 0 3.4 1.5 3.4 3.3C10.9 19 8.700 20.500 4 20c1.500-1.200 1.200-2.200 1.300-3.700.1-1.800 1-3.100 2.200-3.100z"/>',
    "point": '<circle cx="12" cy="12" r="6.500"/><path d="M12 2v5M12 17v5M2 12h5M17 12h5"/>',
    "full": '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
    "moon": '<path d="M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z"/>',
}


def icon(name: str) -> str:
    """Return one of our line drawings as SVG, hidden from screen readers."""
    return f'<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{ICONS[name]}</svg>'


STAGE = f"""
<div class="drop" data-part="drop">
  <div class="moon">{icon("moon")}</div>
  <h2 data-t="drop_title"></h2>
  <p data-t="drop_words"></p>
  <div class="row">
    <button type="button" class="solid" data-choose><span data-t="choose"></span></button>
    <button type="button" data-part="camera">{icon("photo")}<span data-t="camera"></span></button>
  </div>
  <input type="file" data-part="file" class="away" multiple tabindex="-1" data-label="choose"
    accept="image/*,.heic,.heif,.avif,.json">
  <div class="samples"><span data-t="samples"></span><div class="row" data-part="samples"></div></div>
</div>
<div class="box" data-part="box" hidden>
  <img class="after" data-part="after" alt="" hidden>
  <img class="before" data-part="before" alt="">
  <i class="edge" aria-hidden="true"></i>
  <input type="range" class="compare" data-part="compare" min="0" max="100" value="0" data-label="compare" disabled>
  <canvas data-part="brush" class="brush" hidden></canvas>
  <button type="button" class="target" data-part="target" data-label="point"></button>
  <div class="veil" data-part="veil" hidden aria-hidden="true"></div>
  <progress data-part="bar" max="1" data-label="dream" hidden></progress>
  <span class="badge" data-part="badge" hidden></span>
  <div class="tools">
    <button type="button" data-choose data-label="new_photo">{icon("plus")}</button>
    <button type="button" data-part="mask" data-label="mask" aria-pressed="false">{icon("brush")}</button>
    <button type="button" data-part="point" data-label="point" aria-pressed="false">{icon("point")}</button>
    <button type="button" data-part="full" data-label="fullscreen">{icon("full")}</button>
  </div>
  <div class="maskbar" data-part="maskbar" hidden>
    <input type="range" data-part="width" min="2" max="30" value="10" data-label="mask_width">
    <button type="button" class="solid" data-part="maskdone" data-t="mask_done"></button>
    <button type="button" data-part="maskclear" data-t="mask_clear"></button>
  </div>
</div>
<div class="line"><span data-part="line"></span>
  <button type="button" class="link" data-part="carried" data-t="use_carried" hidden></button>
  <button type="button" class="link" data-part="offer" hidden></button></div>
<div class="away" role="status" aria-live="polite" data-part="live"></div>
"""

CHIPS = (
    '<div class="heading" data-t="look"></div><div class="chips" role="group" data-label="look" data-part="list"></div>'
)

LAYERS = """
<div class="heading" data-t="sees"></div>
<div class="scale" aria-hidden="true"><span data-t="edges"></span><i></i><span data-t="objects"></span></div>
<div class="menu" role="group" data-label="layer_menu" data-part="menu"></div>
<div class="weights" role="group" data-label="weight_list" data-part="weights"></div>
<div class="row target"><input type="text" maxlength="120" autocomplete="off" spellcheck="false" data-part="target" data-label="add_target">
  <button type="button" data-part="add" data-t="add"></button></div>
"""

KEEP = """
<div class="row" role="group" data-label="keep_area">
  <button type="button" class="solid" data-part="send" data-t="send" hidden></button>
  <button type="button" data-save="png" class="save">PNG</button>
  <button type="button" data-save="jpeg" class="save">JPEG</button>
  <button type="button" data-save="webp" class="save">WebP</button>
  <button type="button" data-part="share" data-t="share"></button>
</div>
<dialog class="studio-dialog" data-part="dialog" data-label="share_title">
  <h2 data-t="share_title"></h2>
  <label><span data-t="link"></span><input type="text" readonly data-part="link"></label>
  <button type="button" data-copy="link" data-label="copy_link" data-t="copy"></button>
  <label><span data-t="command"></span><textarea rows="2" readonly data-part="command"></textarea></label>
  <button type="button" data-copy="command" data-label="copy_command" data-t="copy"></button>
  <label><span data-t="python"></span><textarea rows="6" readonly data-part="python"></textarea></label>
  <button type="button" data-copy="python" data-label="copy_python" data-t="copy"></button>
  <p data-part="stays" data-t="stays" hidden></p>
  <div class="row"><button type="button" data-part="load" data-t="load"></button>
  <button type="button" class="solid" data-part="close" data-t="close"></button></div>
  <input type="file" class="away" tabindex="-1" data-part="settings" data-label="load" accept="image/png,image/jpeg,image/webp,.json">
</dialog>
"""


def strip(title: str, name: str, when: str = "") -> Piece:
    """Make a row of small pictures under a heading; it is hidden while it is empty."""
    markup = (
        f'<div class="heading" data-t="{title}"></div>'
        f'<div class="shots" role="group" data-label="{title}" data-part="list"></div>'
    )
    return Piece("strip", markup, events=("select",), value=[], elem_id=name, elem_classes=f"strip {when}".split())


class PhotoInput(gr.Image):
    """Take a picture's file, and say plainly what is wrong with one that cannot be used.

    Gradio itself would show nothing for a file that Pillow cannot open. The file is handed on as it is; our own reader
    checks its header before it decodes.
    """

    def __init__(self, **about: Any) -> None:
        super().__init__(type="filepath", image_mode=None, sources=["upload", "clipboard", "webcam"], **about)

    def get_block_name(self) -> str:
        """Return the name of the Gradio component that draws this one."""
        return "image"

    def preprocess(self, payload: Any) -> str | None:
        """Return the path of the upload, undecoded."""
        return payload.path if payload is not None else None


class PhotoOutput(gr.Image):
    """Hand out a picture's file as it lies in the visitor's folder; Gradio itself would leave a copy outside of it."""

    def __init__(self, **about: Any) -> None:
        super().__init__(type="filepath", interactive=False, **about)

    def get_block_name(self) -> str:
        """Return the name of the Gradio component that draws this one."""
        return "image"

    def postprocess(self, value: Any) -> Any:
        """Describe the file by its path."""
        return ImageData(path=str(value), orig_name=Path(value).name) if value is not None else None
