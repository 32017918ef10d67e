"""What a shared link shows in a chat: title, sentence and picture of its recipe, dreamed here on a sample photo.

A link carries settings and never a photo, so neither does its picture (https://ogp.me). It is a preview, made when
nobody else wants the engine, and kept: so many of them, so many bytes.
"""

import asyncio
import html
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deepdream.errors import DreamError
from deepdream.images import encode_jpeg, read_image
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.components.pictures import samples
from deepdream.web.rooms.shared.sharing import link_query, preset_of, recipe_from_link
from deepdream.web.server.events import caller_of
from deepdream.web.server.host import EMBEDDED, Host
from deepdream.web.server.renders import previewed
from deepdream.web.server.scheduler import Turns
from deepdream.web.texts import say

PATH = "/unfurl.jpg"
KEPT, KEPT_BYTES = 64, 8_000_000
ASKING = 4  # that may wait for a picture at a time
PATIENCE = 8.0  # seconds for which one waits until nobody else wants the engine
PAUSE = 0.05


class Busy(Exception):
    """Report that others want the engine."""


def wait_for_nobody(turns: Turns, until: float) -> None:
    """Wait until nobody else wants the engine.

    Raises:
        Busy: others want it, and go on wanting it at `until`.
    """
    while not turns.idle:
        if time.monotonic() > until:
            raise Busy
        time.sleep(PAUSE)


@dataclass(eq=False)
class Unfurler:
    """Make the pictures of links, one at a time, and keep some."""

    host: Host
    _kept: "OrderedDict[str, bytes]" = field(default_factory=OrderedDict)
    _asking: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def picture(self, recipe: Recipe, caller: str) -> bytes:
        """Return the picture of a recipe as JPEG.

        Raises:
            Busy: others want the engine, or the caller has had their share of it.
            DreamError: this host does not dream that.
        """
        name = link_query(recipe)
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        if self._asking >= ASKING or self.host.turns.closing or self.host.turns.budgets.wait(caller):
            raise Busy
        self._asking += 1
        try:
            made = await asyncio.to_thread(self._made, recipe, caller)
        finally:
            self._asking -= 1
        self._kept[name] = made
        while len(self._kept) > KEPT or sum(map(len, self._kept.values())) > KEPT_BYTES:
            self._kept.popitem(last=False)
        return made

    def _made(self, recipe: Recipe, caller: str) -> bytes:
        if recipe.network != EMBEDDED or not samples():
            raise DreamError(f"network: only {EMBEDDED} is shown in a link's picture.")
        until = time.monotonic() + PATIENCE
        with self._lock:
            photo, network = read_image(samples()[0]["file"]), self.host.network(EMBEDDED)
            wait_for_nobody(self.host.turns, until)
            began = time.perf_counter()
            picture = previewed(self.host, photo, recipe, network)
            self.host.turns.budgets.spend(caller, time.perf_counter() - began)  # without the wait
            assert picture is not None
            return encode_jpeg(picture)


def route() -> Route:
    """Return the route to the pictures."""
    return Route(PATH, _answer)


class Unfurling:
    """Put what chat programs look for into the head of the page, by the link under which it is asked for.

    script: runs before those of the page.
    """

    def __init__(self, app: ASGIApp, script: str = "") -> None:
        self.app, self.script = app, f"<script>{script}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does; its page with a few lines more."""
        at_home = scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")
        if not at_home or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message = {}

        async def enlarged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start:
                extra = head_of(scope) + self.script if start["status"] == 200 else b""
                message["body"] = message.get("body", b"").replace(b"<head>", b"<head>" + extra, 1)
                if not message.get("more_body"):
                    MutableHeaders(scope=start)["content-length"] = str(len(message["body"]))
                await send(start)
                start = {}
            await send(message)

        await self.app(scope, receive, enlarged)


def head_of(scope: Scope) -> bytes:
    """Return the lines of the head that describe the link of a request."""
    headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
    recipe, language = _recipe(query.get("r", "")), headers.get("accept-language")
    look = PRESETS.get(preset_of(recipe))
    title = say(f"look.{look.name}", language) if look is not None else say("shared", language)
    about = say(f"look.{look.name}.help", language) if look is not None else say("tagline", language)
    home = _home(scope, headers)
    values = {
        "og:type": "website",
        "og:site_name": say("title", language),
        "og:title": f"{title} · {say('title', language)}",
        "og:description": about,
        "og:url": f"{home}/{_asked(recipe)}",
        "og:image": f"{home}{PATH}{_asked(recipe)}",
        "og:image:type": "image/jpeg",
    }
    lines = [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in values.items()]
    return "".join([*lines, '<meta name="twitter:card" content="summary_large_image">']).encode()


async def _answer(request: Request) -> Response:
    page = request.app.get_blocks()
    try:
        content = await page.unfurler.picture(_recipe(request.query_params.get("r", "")), caller_of(request))
    except Busy:
        return Response(status_code=503, headers={"Retry-After": "60"})
    except DreamError:
        return Response(status_code=404)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=86400"})


def _recipe(text: str) -> Recipe:
    """Return the recipe of a link; the usual one where it cannot be read."""
    try:
        return recipe_from_link(text)
    except DreamError:
        return Recipe()


def _asked(recipe: Recipe) -> str:
    text = link_query(recipe)
    return f"?r={quote(text, safe='*')}" if text else ""


def _home(scope: Scope, headers: Headers) -> str:
    """Return the page's own address without a slash: the name that the door let through."""
    host = headers.get("x-forwarded-host", headers.get("host", "")).rpartition(",")[2].strip()
    prefix = scope["app"].get_blocks().root_path or ""
    return prefix.rstrip("/") if "://" in prefix else f"{scope['scheme']}://{host}{prefix.rstrip('/')}"
