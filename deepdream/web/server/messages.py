"""What the server says to a visitor, always as text: Gradio draws its messages as HTML.

A message may repeat what a stranger wrote, such as the name of a setting in somebody else's picture.
"""

import html
from typing import Any

import gradio as gr


def sorry(message: str) -> gr.Error:
    """Make the error that a visitor sees: our words alone, and no traceback in the log."""
    return gr.Error(_text(message), print_exception=False)


def warn(message: str) -> None:
    """Warn a visitor of what went otherwise than they may think."""
    gr.Warning(_text(message))


def tell(message: str, *, seconds: float) -> None:
    """Show a visitor a message for some seconds."""
    gr.Info(_text(message), duration=seconds)


def _text(message: str) -> Any:
    return html.escape(message, quote=False)
