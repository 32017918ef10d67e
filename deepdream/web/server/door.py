"""What every request passes before Gradio sees it: who calls, what for, how much is sent; and what every answer bears.

Gradio has some eighty routes, of which the page needs about twenty; the others are not here. Whatever fails behind this
door is answered in words and logged in one line, which a stranger's line breaks cannot forge.
"""

import logging
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deepdream.web.server.bodies import Body, Places, Refusal, when_again
from deepdream.web.server.callers import Callers
from deepdream.web.server.limits import STREAMS_A_VISITOR, Limits
from deepdream.web.server.messages import in_a_line, key_of
from deepdream.web.server.tools import one_call
from deepdream.web.texts import say

LOG = logging.getLogger(__name__)
API = "/gradio_api"
UPLOAD, FILE = f"{API}/upload", f"{API}/file="
# What the page, gradio_client and the documented calls use.
ROUTES = re.compile(
    r"/|/healthz|/readyz|/metrics|/privacy|/unfurl\.jpg|/config/?|/theme\.css|/robots\.txt|/favicon\.ico|/manifest\.json|/pwa_icon(/\d+)?|/(static|assets|svelte|studio)/.+"
    rf"|{API}/(app_id|info|openapi\.json|startup-events|theme\.css|upload_progress|cancel|reset|component_server)/?"
    rf"|{API}/(queue/(join|data)|heartbeat/[^/]+|(run|api)/[^/]+|call(/v2)?/[^/]+(/[^/]+)?)/?"
    rf"|{UPLOAD}/?|{FILE}.+"
)
STREAM = re.compile(rf"{API}/(heartbeat/(?P<page>[^/]+)|queue/data|call(/v2)?/[^/]+/(?P<event>[^/]+))/?")
MCP = re.compile(rf"{API}/mcp(/.*)?")
REMOTE = re.compile(r"[a-z][a-z0-9+.-]*:/|//", re.IGNORECASE)  # http:/ and the like, also one slash short
FORWARDED = (
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "forwarded",
    "x-gradio-server",
)
POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "  # Gradio's page needs both
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors "
)


class Door:
    """Stand before Gradio's application; see the module."""

    def __init__(self, app: ASGIApp, limits: Limits, callers: Callers) -> None:
        self.app = app
        self.limits = limits
        self.callers = callers
        self.uploads = Places(limits.uploads_a_caller, limits.uploads, "too_many_uploads")
        self.streams = Places(STREAMS_A_VISITOR * limits.visitors_a_caller, math.inf, "crowded")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here; there are no web sockets."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self.answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        headers, path, begun = Headers(scope=scope), scope["path"].removeprefix(scope.get("root_path", "")), False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self.dress(scope, path, MutableHeaders(scope=message))
            await send(message)

        try:
            self.meet(scope, headers)
            self.check(scope, path, headers)
            upload, tool = path.rstrip("/") == UPLOAD, MCP.fullmatch(path) is not None
            places = self.uploads if upload else self.streams if _stream(scope, path) else None
            with places.one_for(scope["client"][0], headers) if places is not None else nullcontext():
                body = Body(receive, headers, self.limits, most=self.most(upload, tool), upload=upload)
                call = one_call(self.limits.tool_seconds) if tool else nullcontext()
                try:
                    async with followed(scope, path), call:
                        await self.app(scope, body, dressed)
                finally:
                    if upload:  # one that broke off lies here for a while, too
                        _page(scope).host.keeper.took(scope["client"][0], body.size)
        except ClientDisconnect:
            LOG.debug("a caller went away")
        except Exception as error:
            status, words = _explained(error, headers)
            if isinstance(error, Refusal):
                _page(scope).host.turns.ledger.refused(error.key)
            if status >= 500:
                LOG.warning("%s %s: %s", scope["method"], repr(scope["path"][:200]), in_a_line(error))
            if not begun:
                await JSONResponse({"error": words, "detail": words}, status, when_again(status))(
                    scope, receive, dressed
                )

    def most(self, upload: bool, tool: bool) -> int:
        """Return how many bytes a request of a kind may send."""
        return self.limits.upload_request if upload else self.limits.tool_request if tool else self.limits.request

    def meet(self, scope: Scope, headers: Headers) -> None:
        """Find out who calls, by which name, and note it for all that follows.

        Raises:
            Refusal: by a name that is not ours, or from a foreign page.
        """
        address, port = scope["client"] if scope.get("client") else ("", 0)
        said = {
            name: ", ".join(headers.getlist(name)) for name in FORWARDED if name in headers
        }  # in several lines, too
        told: dict[str, str] = dict(headers) | said
        host = told.get("host", "")
        if self.callers.trusts(address):
            host = _last(told.get("x-forwarded-host", host))
            scope["scheme"] = _last(told.get("x-forwarded-proto", str(scope["scheme"])))
        else:
            scope["headers"] = [pair for pair in scope["headers"] if pair[0].decode("latin-1") not in FORWARDED]
        scope["client"] = (self.callers.caller(address, told), port)
        if not self.callers.knows(host):
            raise Refusal(421, "unknown_name", headers)
        if not self.callers.welcomes(headers.get("origin"), host):
            raise Refusal(403, "foreign_page", headers)

    def check(self, scope: Scope, path: str, headers: Headers) -> None:
        """Refuse a path that is not among ours, or that would have the server fetch something, and uploads without end.

        Raises:
            Refusal: it is such a path, or there is no room for an upload, or none for this caller's.
        """
        offered = ROUTES.fullmatch(path) or (MCP.fullmatch(path) and _page(scope).mcp_server)
        if path.rstrip("/") == UPLOAD:
            keeper = _page(scope).host.keeper
            if keeper.full:
                raise Refusal(507, "disk_full", headers)
            if keeper.unopened(scope["client"][0]) > self.limits.kept_a_caller:
                raise Refusal(429, "too_many_uploads", headers)
        if not offered or (path.startswith(FILE) and REMOTE.match(path.removeprefix(FILE))):
            raise Refusal(404, "not_here", headers)

    def dress(self, scope: Scope, path: str, headers: MutableHeaders) -> None:
        """Give an answer the headers that all of ours bear."""
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = POLICY + " ".join(self.callers.frames)
        if path.startswith(FILE):
            headers["Cache-Control"] = "private, no-store"
        if scope.get("scheme") == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"


@asynccontextmanager
async def followed(scope: Scope, path: str) -> AsyncIterator[None]:
    """Tell the visitors who is there while a stream is open: a page by its heartbeat, a program by what it follows."""
    found = _stream(scope, path)
    session = _session(scope, found) if found is not None else None
    if found is None or session is None:
        yield
        return
    visitors, page = _page(scope).host.visitors, found["page"] is not None
    visitors.arrive(session, page=page)
    try:
        yield
    finally:
        visitors.depart(session, page=page)


def _stream(scope: Scope, path: str) -> re.Match[str] | None:
    """Return what a request's path says, where it asks for a stream, which lasts as long as its reader wants."""
    return STREAM.fullmatch(path) if scope["method"] == "GET" else None


def _session(scope: Scope, found: re.Match[str]) -> str | None:
    """Return the session whose stream a request is; a call's session has its event's name where it has no other."""
    if found["event"] is not None:
        event = _page(scope)._queue.event_ids_to_events.get(found["event"])
        return event.session_hash if event is not None else found["event"]
    named = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [None])
    return found["page"] if found["page"] is not None else named[0]


def _last(listed: str) -> str:
    """Return what the proxy itself added to a header in which each hop adds its own."""
    return listed.rpartition(",")[2].strip()


def _page(scope: Scope) -> Any:
    """Return the page, as `build` made it."""
    return scope["app"].get_blocks()


def _explained(error: Exception, headers: Headers) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, error.detail
    key = key_of(error)
    return 507 if key == "disk_full" else 500, say(key, headers.get("accept-language"))
