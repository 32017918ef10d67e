"""One client cannot keep the engine, the queue or the event loop from the others."""

import contextlib
import json
import threading
import time

import httpx
import pytest

from .client import META, Stranger
from .conftest import PREVIEW, SCALE, TRIVIAL
from .test_files import picture

pytestmark = pytest.mark.attack

ABSENT = ("inception_v3", "vgg16", "vgg19", "resnet50_v2", "xception", "densenet121", "mobilenet_v2", "convnext_tiny")


def another(attacked, source="127.0.0.2"):
    """Return a client at another address of this machine."""
    return httpx.Client(timeout=60, transport=httpx.HTTPTransport(local_address=source))


def asked(client, attacked, name, recipe):
    """Upload a picture and ask an endpoint for a dream of it; return the event's name."""
    api = f"{attacked.address}gradio_api"
    path = client.post(f"{api}/upload", files={"files": ("a.png", picture((9, 99, 199)))}).json()[0]
    data = {"data": [{"path": path, **META}, "", recipe, 64]}
    return client.post(f"{api}/call/{name}", json=data).json()["event_id"]


def preview(client, attacked):
    """Ask for a preview, and return the seconds that it took."""
    started = time.monotonic()
    event = asked(client, attacked, "preview", '{"steps": 4}')
    assert "event: complete" in client.get(f"{attacked.address}gradio_api/call/preview/{event}").text
    return time.monotonic() - started


def worst(attacked, seconds):
    """Return the longest wait of another visitor for the page's settings, and for a preview, over so many seconds."""
    client, until = another(attacked), time.monotonic() + seconds
    gets, previews = [], []
    while time.monotonic() < until:
        started = time.monotonic()
        client.get(f"{attacked.address}gradio_api/app_id").raise_for_status()
        gets.append(time.monotonic() - started)
        previews.append(preview(client, attacked))
    return max(gets), max(previews)


def test_names_that_a_client_made_up_do_not_fill_the_queue(attacked):
    """24 requests under as many names, no stream opened: once everybody else was told to come later, for hours."""
    stranger = attacked.stranger()
    path = stranger.upload("a.png", picture((1, 2, 3)))
    preview(another(attacked), attacked)  # warm
    calls = [
        {"data": [{"path": path, **META}, "", '{"steps": 10000}', 64], "session_hash": f"made-up-{n}"}
        for n in range(24)
    ]
    for call in calls:
        stranger.http.post(f"{stranger.api}/call/dream", json=call)
    found = worst(attacked, 4.0 * min(SCALE, 5))
    other = another(attacked)
    call = f"{attacked.address}gradio_api/call/dream"
    event = asked(other, attacked, "dream", '{"steps": 2, "octaves": 1}')
    started, lines = time.monotonic(), []
    with other.stream("GET", f"{call}/{event}") as stream:
        for line in stream.iter_lines():
            lines.append(line)
            if line.startswith(("event: complete", "event: error")) or time.monotonic() - started > 60:
                break
    print(json.dumps({"GET": found[0], "preview": found[1], "dream": time.monotonic() - started}))
    assert lines[-1] == "event: complete", "the queue has a place for others, and those whom nobody follows go"
    assert found[0] <= TRIVIAL and found[1] <= PREVIEW


def test_downloads_that_never_come_hold_nobody_up(attacked, watched):
    """Eight networks that are not there, from an address that accepts and is silent: once 87 s for a preview."""
    stranger = Stranger(attacked.address, source="127.0.0.7")
    path = stranger.upload("a.png", picture((7, 7, 7)))

    def attack():
        for name in ABSENT:
            body = {"data": [{"path": path, **META}, "", json.dumps({"network": name}), 64]}
            stranger.http.post(f"{stranger.api}/call/preview", json=body)
        time.sleep(1.0)

    watched("8 networks that never come", attack)


def test_a_slow_upload_holds_nobody_up(attacked):
    """Twelve uploads that stall: others go on, and one caller has only so many."""
    release = threading.Event()

    def stalled():
        yield b"x" * 1000
        release.wait(20)

    def send():
        with contextlib.suppress(httpx.HTTPError):
            httpx.post(f"{attacked.address}gradio_api/upload", content=stalled(), timeout=30)

    threads = [threading.Thread(target=send, daemon=True) for _ in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert preview(another(attacked), attacked) < 20
    release.set()
    for thread in threads:
        thread.join(30)
