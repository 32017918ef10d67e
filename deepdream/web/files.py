"""The files that a browser fetches from us: style sheet, scripts, texts and small pictures.

Each has an address that changes with what is in it, relative to the page's own, so that browsers keep it and a proxy's
prefix does not matter. Only what was published can be fetched: a request names a key of a table, never a file.
"""

import hashlib
import json
import mimetypes
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deepdream.web.texts import spoken

HOME = "studio"  # what all addresses begin with
FOREVER = "public, max-age=31536000, immutable"
LEAST = 1000  # bytes that are worth compressing
EFFORT = 6  # of 9, which would hold the event loop for three times as long to save a fiftieth
FOLDER = Path(__file__).parent

_published: dict[str, bytes] = {}


def publish(content: bytes, ending: str) -> str:
    """Serve content, such as that of a picture, and return its address."""
    name = f"{_digest(content)}{ending}"
    _published[name] = content
    return f"{HOME}/{name}"


def publish_scripts() -> tuple[str, list[str]]:
    """Serve the style sheets, scripts and texts; return the address of their folder, and the scripts' names.

    They share one folder, since scripts name each other and the texts by their places.
    """
    paths = [*sorted(FOLDER.glob("static/*.css")), *sorted(FOLDER.glob("static/scripts/*.js"))]
    contents = {str(path.relative_to(FOLDER / "static")): path.read_bytes() for path in paths}
    contents |= {f"texts/{language}.json": json.dumps(texts).encode() for language, texts in spoken().items()}
    folder = _digest(b"".join(contents.values()))
    _published.update({f"{folder}/{name}": content for name, content in contents.items()})
    return f"{HOME}/{folder}", [name for name in contents if name.endswith(".js")]


def route() -> Route:
    """Return the application's route to what was published."""
    return Route(f"/{HOME}/{{name:path}}", _answer)


def compression() -> Middleware:
    """Return what compresses all that is text, but for streams of events."""
    return Middleware(GZipMiddleware, minimum_size=LEAST, compresslevel=EFFORT)


async def _answer(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _published:
        return Response("Not found", 404)
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return Response(_published[name], media_type=kind, headers={"Cache-Control": FOREVER})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
