"""The web page: `application()` is it as an ASGI application; `build()` makes it, `launch_settings()` is what it is
launched or mounted with.

They are imported when they are first asked for, so that a folder can be claimed before Gradio is imported.
"""

from importlib import import_module
from typing import Any

HOMES = {"application": "asgi", "build": "page", "launch_settings": "page", "serve": "serving"}
__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    """Import one of the names above."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
