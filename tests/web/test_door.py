"""What every request passes: who may call, which routes there are, how much is sent, what every answer bears."""

import asyncio
import logging
import re
import time
from collections import Counter, deque
from types import SimpleNamespace

import httpx
import loops
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

from deepdream.web.server.bodies import Refusal
from deepdream.web.server.callers import Callers
from deepdream.web.server.door import FILE, UPLOAD, Door
from deepdream.web.server.lifetimes import UNOPENED, Keeper
from deepdream.web.server.limits import Limits
from deepdream.web.server.scheduler import Turns

CALLERS = Callers(names=("dream.example.org", "*.example.net"), proxies=("10.0.0.0/8",))


ROOM = Keeper(SimpleNamespace(), Turns(), Limits())
PAGE = SimpleNamespace(mcp_server=False, host=SimpleNamespace(keeper=ROOM, turns=Turns()))


def behind(door):
    """Return the door as Gradio's application has it, which puts itself into the scope."""

    async def application(scope, receive, send):
        await door(scope | {"app": SimpleNamespace(get_blocks=lambda: PAGE)}, receive, send)

    return application


async def mirror(scope, receive, send):
    """Answer with what arrives behind the door."""
    request = Request(scope, receive)
    body = await request.body()
    told = f"{scope['client'][0]} {scope['scheme']} {len(body)} {request.headers.get('x-forwarded-host')}"
    await PlainTextResponse(told)(scope, receive, send)


def ask(
    path="/", *, app=mirror, peer="203.0.113.5", method="GET", limits=None, callers=CALLERS, content=None, **headers
):
    """Send one request through a door and return the answer."""
    door = Door(app, limits if limits is not None else Limits(), callers)

    async def go():
        transport = httpx.ASGITransport(app=behind(door), client=(peer, 1234), raise_app_exceptions=True)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://dream.example.org") as client:
            return await client.request(method, path, headers=named, content=content)

    return loops.run(go())


@pytest.mark.parametrize(
    "host",
    [
        "dream.example.org",
        "DREAM.example.org:7860",
        "a.b.example.net",
        "localhost:7860",
        "127.0.0.1",
        "[::1]:7860",
        "192.168.1.5:7860",
    ],
)
def test_our_names_and_numbers_are_answered(host):
    assert ask(host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "dream.example.org.evil.example", "example.net", "localhost.evil.example", ""]
)
def test_a_name_of_somebody_else_is_refused(host):
    """A page whose name was pointed to this machine (DNS rebinding) calls by that name."""
    answer = ask(host=host)
    assert answer.status_code == 421 and "--name" in answer.json()["detail"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://dream.example.org:9000", "http://localhost:9000", "//["]
)
def test_a_foreign_page_may_not_call(origin):
    assert ask(UPLOAD, method="POST", origin=origin).status_code == 403


def test_the_page_itself_may():
    assert ask(UPLOAD, method="POST", origin="https://dream.example.org").status_code == 200
    assert ask(UPLOAD, method="POST", host="192.168.1.5:7860", origin="http://192.168.1.5:7860").status_code == 200


def test_what_a_caller_says_of_itself_is_believed_from_a_proxy_alone():
    said = {
        "x_forwarded_for": "198.51.100.7, 10.0.0.9",
        "x_forwarded_proto": "https",
        "x_forwarded_host": "dream.example.org",
    }
    assert ask(**said).text == "203.0.113.5 http 0 None"
    assert ask(peer="10.0.0.1", **said).text == "198.51.100.7 https 0 dream.example.org"
    forged = said | {"x_forwarded_for": "9.9.9.9, 198.51.100.7"}
    assert ask(peer="10.0.0.1", **forged).text.startswith("198.51.100.7 "), "only what our proxy added counts"
    assert ask(peer="10.0.0.1", x_forwarded_host="evil.example").status_code == 421
    assert "strict-transport-security" in ask(peer="10.0.0.1", **said).headers


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_a_household_counts_as_one(address, key):
    assert Callers().caller(address, {}) == key


@pytest.mark.parametrize(
    ("last", "key"),
    [
        ("198.51.100.7:5678", "198.51.100.7"),
        ("[2001:db8::7]:5678", "2001:db8::/64"),
        ("[2001:db8::7]", "2001:db8::/64"),
        ("2001:db8::7", "2001:db8::/64"),
        ("unknown", "10.0.0.1"),
        ("_hidden:5678", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_what_a_proxy_adds_counts_with_a_port_or_in_words_and_nothing_before_it(last, key):
    """Azure's gateway adds addresses with a port; a name that hides one is no address."""
    said = {"x-forwarded-for": f"9.9.9.9, {last}, 10.0.0.9"}
    assert Callers(proxies=("10.0.0.0/8",)).caller("10.0.0.1", said) == key


CLOSED = [
    "deep_link?session_hash=a", "process_recording", "proxy=http://127.0.0.1/", "dev/reload", "queue/status",
    "vibe-code/", "vibe-edit", "stream/a/1/2/playlist.m3u8", "custom_component/a/b/c/d", "file/etc/hostname",
    "file=https://example.org/x.png", "file=HTTP:/example.org/x", "file=ftp://example.org/x", "file=//host/x",
    "run-history/records", "runs", "token", "profiling/traces", "mcp/", "user",
]  # fmt: skip


@pytest.mark.parametrize(
    "path", [*[f"/gradio_api/{each}" for each in CLOSED], "/monitoring", "/login", "/docs", "/redoc", "/.env"]
)
def test_what_the_page_does_not_need_is_not_here(page_server, path):
    answer = httpx.get(page_server.local_url.rstrip("/") + path)
    assert answer.status_code == 404 and answer.json()["detail"]


def test_every_route_of_gradio_is_either_wanted_or_closed(page_server):
    """A new version's new route is closed until it is listed; what is open today is this."""
    from deepdream.web.server.door import ROUTES

    inner = [getattr(route, "original_router", None) for route in page_server.app.routes]
    routes = [*page_server.app.routes, *(route for router in inner if router is not None for route in router.routes)]
    paths = {re.sub(r"\{[^}]+\}", "x", route.path) for route in routes if hasattr(route, "path")}
    assert len(paths) > 60
    opened = {path for path in paths if ROUTES.fullmatch(path)}
    assert {path.removeprefix("/gradio_api/").rstrip("/") for path in opened} == {
        "", "/config", "/theme.css", "theme.css", "/robots.txt", "/favicon.ico", "/manifest.json", "/pwa_icon",
        "/static/x", "/assets/x", "/svelte/x", "/studio/x", "app_id", "info", "openapi.json", "startup-events",
        "upload", "upload_progress", "cancel", "reset", "component_server", "queue/join", "queue/data", "heartbeat/x",
        "run/x", "api/x", "call/x", "call/x/x", "call/v2/x", "call/v2/x/x", "file=x",
        "/healthz", "/readyz", "/metrics", "/privacy", "/unfurl.jpg", "/studio/device.json", "/studio/device/x",
    }  # fmt: skip


def test_answers_bear_our_headers(page_server):
    from deepdream.web.components.pictures import samples

    assert samples()
    page = httpx.get(page_server.local_url)
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    framed = Callers(frames=("'self'", "https://huggingface.co"))
    assert (
        ask(host="localhost", callers=framed)
        .headers["content-security-policy"]
        .endswith("'self' https://huggingface.co")
    )
    assert ask(f"{FILE}/tmp/a.jpg").headers["cache-control"] == "private, no-store"


def test_no_more_is_taken_than_one_request_may_send():
    limits = Limits(request=1000, upload_request=5000)
    assert ask("/gradio_api/queue/join", method="POST", content=b"x" * 1000, limits=limits).text.endswith(" 1000 None")
    assert ask("/gradio_api/queue/join", method="POST", content=b"x" * 1001, limits=limits).status_code == 413
    assert ask(UPLOAD, method="POST", content=b"x" * 5001, limits=limits).status_code == 413

    async def without_length():
        for _ in range(20):
            yield b"x" * 500

    assert ask(UPLOAD, method="POST", content=without_length(), limits=limits).status_code == 413


@pytest.mark.parametrize("count", [3, 4, 40])
def test_files_are_counted(page_server, count):
    """Also with a boundary that a part cuts in two."""
    boundary = b"----abc"
    form = b"".join(b"--" + boundary + b"\r\nContent-Disposition: form-data\r\n\r\nx\r\n" for _ in range(count))
    form += b"--" + boundary + b"--\r\n"

    async def in_parts():
        for start in range(0, len(form), 7):
            yield form[start : start + 7]

    kind = "multipart/form-data; boundary=----abc"
    answer = ask(UPLOAD, method="POST", content=in_parts(), limits=Limits(photos=3), content_type=kind)
    assert answer.status_code == (200 if count == 3 else 413)


def test_an_upload_that_is_silent_ends():
    async def stalled():
        yield b"x"
        await asyncio.sleep(30)
        yield b"x"

    answer = ask(UPLOAD, method="POST", content=stalled(), limits=Limits(silence=0.05))
    assert answer.status_code == 408


def test_a_caller_has_so_many_uploads_at_a_time():
    limits = Limits(uploads_a_caller=2, uploads=3)
    door = Door(mirror, limits, CALLERS)

    async def go():
        release = asyncio.Event()

        async def slow():
            yield b"x"
            await release.wait()

        def client(peer):
            return httpx.AsyncClient(
                transport=httpx.ASGITransport(app=behind(door), client=(peer, 1)), base_url="http://dream.example.org"
            )

        first = client("192.0.2.1")
        held = [asyncio.create_task(first.post(UPLOAD, content=slow())) for _ in range(2)]
        await asyncio.sleep(0.05)
        third, other = await first.post(UPLOAD), await client("192.0.2.2").post(UPLOAD)
        release.set()
        done = [await each for each in held]
        assert int(third.headers["Retry-After"]) > 0 and "Retry-After" not in other.headers
        return [
            third.status_code,
            other.status_code,
            *[each.status_code for each in done],
            (await first.post(UPLOAD)).status_code,
        ]

    assert loops.run(go()) == [429, 200, 200, 200, 200]
    assert not door.uploads._taken


def test_a_caller_has_so_many_open_streams():
    """Each holds a connection for as long as its reader likes; else one address could hold all that the server has."""
    door = Door(mirror, Limits(visitors_a_caller=1), CALLERS)
    PAGE._queue = SimpleNamespace(event_ids_to_events={})
    PAGE.host.visitors = SimpleNamespace(arrive=lambda *_, **__: None, depart=lambda *_, **__: None)

    async def held(release, peer):
        async def until_then():
            await release.wait()
            yield b""

        transport = httpx.ASGITransport(app=behind(door), client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://dream.example.org") as client:
            return await client.request("GET", "/gradio_api/heartbeat/x", content=until_then())

    async def go():
        release = asyncio.Event()
        open_ones = [asyncio.create_task(held(release, "192.0.2.1")) for _ in range(4)]
        await asyncio.sleep(0.05)
        release_now = asyncio.Event()
        release_now.set()
        more = [await held(release_now, peer) for peer in ("192.0.2.1", "192.0.2.2")]
        release.set()
        return [each.status_code for each in (*more, *[await each for each in open_ones])]

    assert loops.run(go()) == [429, 200, 200, 200, 200, 200]
    assert not door.streams._taken


def test_a_full_disk_takes_no_upload(monkeypatch):
    monkeypatch.setattr(ROOM, "full", True)
    assert ask(UPLOAD, method="POST").status_code == 507 and ask().status_code == 200


def test_a_caller_has_so_many_bytes_of_uploads_at_a_time_also_of_broken_ones(monkeypatch):
    """They lie here for a while; else one caller could fill the disk for all."""
    monkeypatch.setattr(ROOM, "_uploads", deque())
    monkeypatch.setattr(ROOM, "_unopened", Counter())
    limits = Limits(kept_a_caller=5000)

    async def leaves(scope, receive, send):
        await receive()
        raise ClientDisconnect

    def upload(peer, app=mirror):
        return ask(UPLOAD, app=app, method="POST", content=b"x" * 3000, limits=limits, peer=peer).status_code

    with pytest.raises(AssertionError):  # httpx misses the answer that nobody waits for
        upload("192.0.2.1", leaves)
    assert [upload("192.0.2.1"), upload("192.0.2.1"), upload("192.0.2.2")] == [200, 429, 200]
    assert ROOM.unopened() == 9000
    clock = time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: clock() + UNOPENED)
    assert upload("192.0.2.1") == 200 and ROOM.unopened() == 3000


def test_what_fails_is_said_in_words_and_logged_in_a_line(caplog):
    async def broken(scope, receive, send):
        raise KeyError("one\nFORGED: two")

    async def full(scope, receive, send):
        raise OSError(28, "No space left on device", "/tmp/secret")

    with caplog.at_level(logging.INFO):
        answer = ask(app=broken)
    assert answer.status_code == 500 and answer.json()["error"].startswith("Something went wrong")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("deepdream")]
    assert len(ours) == 1 and "\n" not in ours[0]
    answer = ask(app=full, accept_language="ko")
    assert answer.status_code == 507 and "secret" not in answer.text and "자리가" in answer.json()["error"]


def test_a_refusal_reaches_the_caller_through_what_stands_between():
    """FastAPI would make a body that cannot be read out of any other error."""
    from starlette.exceptions import HTTPException

    assert issubclass(Refusal, HTTPException)


def test_of_an_address_that_is_forwarded_in_two_lines_the_proxys_counts():
    """HAProxy adds a line of its own below that of the caller."""
    lines = [("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "203.0.113.77")]

    async def go():
        door = behind(Door(mirror, Limits(), CALLERS))
        transport = httpx.ASGITransport(app=door, client=("10.0.0.1", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://dream.example.org") as client:
            return await client.get("/", headers=lines)

    assert loops.run(go()).text.startswith("203.0.113.77 ")
