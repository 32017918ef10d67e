"""What comes with an event of the page: a stranger's data, and the language that the browser asks for."""

from typing import Any

import gradio as gr


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what a browser sent with an event; anything but an object is empty."""
    return event._data if isinstance(event._data, dict) else {}


def language_of(request: gr.Request) -> str | None:
    """Return the request's Accept-Language header."""
    return request.headers.get("accept-language") if request.headers else None
