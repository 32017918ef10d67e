"""The files by which a visitor's own device dreams previews, handed out where this installation can make them.

They take the extra `browser`, and a runtime that npm fetches once: by `python -m deepdream site`, or as the page starts
where its owner said so (`device`). Unasked the page fetches nothing. Without the files it has no such switch, and all
else is as it was.
"""

import json
import logging
import mimetypes
import threading
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from deepdream.recipe import Recipe
from deepdream.web.files import FOREVER, HOME

LOG = logging.getLogger(__name__)

_files: dict[str, Path] = {}  # by their paths in the bundle, once they are there


def offer(*, fetch: bool) -> threading.Thread:
    """Have the files made, or found in the cache, aside; from then on they are offered.

    fetch: by npm, where the cache has no runtime yet.
    """
    thread = threading.Thread(target=_offer, args=(fetch,), name="device", daemon=True)
    thread.start()
    return thread


def _offer(fetch: bool) -> None:
    try:
        from deepdream.browser.kept import kept_files
        from deepdream.browser.runtime import has_runtime

        if not fetch and not has_runtime():
            return
        folder = kept_files()
        _files.update({path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()})
    except Exception as error:  # a missing package, npm, network or disk: the server dreams the previews
        LOG.info("no previews on visitors' own devices: %s", error)


def routes() -> list[Route]:
    """Return the application's routes to the files; they go before that of the other files."""
    return [Route(f"/{HOME}/device.json", _manifest), Route(f"/{HOME}/device/{{name:path}}", _file)]


async def _manifest(request: Request) -> Response:
    """Answer with the files' paths and the seconds that a megapixel-step of a preview takes here; null without them."""
    if "device.json" not in _files:
        return JSONResponse(None, headers={"Cache-Control": "no-store"})
    manifest: dict[str, Any] = json.loads(_files["device.json"].read_text("utf-8"))
    rate = request.app.get_blocks().host.costs.rate(Recipe(), quick=True)
    return JSONResponse({**manifest, "rate": rate}, headers={"Cache-Control": "no-store"})


async def _file(request: Request) -> Response:
    """Answer with a file of the bundle, in its brotli form where the browser takes that."""
    name = request.path_params["name"]
    if name not in _files:
        return Response("Not found", 404)
    kind = "text/javascript" if name.endswith((".js", ".mjs")) else mimetypes.guess_type(name)[0]
    small = _files.get(f"{name}.br")
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if small is not None and "br" in request.headers.get("accept-encoding", ""):
        return FileResponse(small, media_type=kind, headers=headers | {"Content-Encoding": "br"})
    return FileResponse(_files[name], media_type=kind or "application/octet-stream", headers=headers)
