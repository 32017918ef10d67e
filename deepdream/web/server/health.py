"""Whether the server lives (/healthz) and whether it takes on work (/readyz), for whoever sends visitors here."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deepdream.web.server.bodies import when_again
from deepdream.web.server.host import EMBEDDED, Host


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [Route("/healthz", _healthy), Route("/readyz", _ready)]


def hindrance(host: Host) -> str:
    """Return why no work is taken on: "closing", "warming" (no step was computed yet) or "disk_full"; "" if it is."""
    if host.turns.closing:
        return "closing"
    if not host.warm.is_set() or EMBEDDED not in host.loaded:
        return "warming"
    return "disk_full" if host.keeper.full else ""


async def _healthy(_: Request) -> Response:
    return Response("ok", media_type="text/plain", headers={"Cache-Control": "no-store"})


async def _ready(request: Request) -> Response:
    why = hindrance(request.app.get_blocks().host)
    status = 503 if why else 200
    return JSONResponse({"ready": not why, "why": why}, status, {"Cache-Control": "no-store", **when_again(status)})
