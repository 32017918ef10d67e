"""What comes with an event of the page: a stranger's data, and the language that the browser asks for."""

from typing import Any

import gradio as gr

from deepdream.web.server.host import Host
from deepdream.web.server.messages import sorry
from deepdream.web.server.visitors import TooMany, Visitor
from deepdream.web.texts import say


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what a browser sent with an event; anything but an object is empty."""
    return event._data if isinstance(event._data, dict) else {}


def point_of(event: gr.EventData) -> tuple[float, float] | None:
    """Return the point of the photo that was pointed at, x and y as shares."""
    x, y = data_of(event).get("x"), data_of(event).get("y")
    if not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        return None
    return min(1.0, max(0.0, float(x))), min(1.0, max(0.0, float(y)))


def language_of(request: gr.Request | None) -> str | None:
    """Return the request's Accept-Language header; None where there is no request, or none in it."""
    return request.headers.get("accept-language") if request is not None and request.headers else None


def caller_of(request: gr.Request) -> str:
    """Return whom a request counts for, as the door found out."""
    return request.client.host if request.client is not None else ""


def visitor_of(host: Host, request: gr.Request) -> Visitor:
    """Return who asks.

    Raises:
        gr.Error: there is no place for somebody new.
    """
    try:
        return host.visitors.of(request.session_hash, caller_of(request))
    except TooMany:
        host.turns.ledger.refused("crowded")
        raise sorry(say("crowded", language_of(request))) from None
