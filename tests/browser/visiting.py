"""What tests of the static site share: a server that can be slow, and what a visitor does."""

import functools
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
from listening import listening
from PIL import Image

from deepdream.recipe import Recipe

ASSETS = Path(__file__).parents[2] / "assets"
QUICK = Recipe(octaves=2, steps=2)
SMALL = (160, 107)  # pixels of the photo that is given: a step of WASM takes a fifth of a second
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")  # fmt: skip


class Handler(SimpleHTTPRequestHandler):
    """Hand out brotli where there is some, and note what went out; what has a gate waits until that is open."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}
    sent: list[tuple[str, int]] = []  # noqa: RUF012
    gates: dict[str, threading.Event] = {}  # noqa: RUF012

    def do_GET(self) -> None:
        if (gate := next((gate for part, gate in self.gates.items() if part in self.path), None)) is not None:
            gate.wait(60)
        place = Path(self.translate_path(self.path))
        if place.is_dir():
            place /= "index.html"
        small = place.with_name(f"{place.name}.br")
        found = small if small.is_file() else place
        if not found.is_file():
            return self.send_error(404)
        content = found.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(place))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=31536000, immutable" if "/assets/" in self.path else "no-cache")
        if found is small:
            self.send_header("Content-Encoding", "br")
        self.end_headers()
        self.sent.append((self.path, len(content)))
        self.wfile.write(content)
        return None

    def log_message(self, *about: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, and give its address."""
    with listening(functools.partial(Handler, directory=str(folder))) as server:
        yield f"http://127.0.0.1:{server.server_port}/"


@contextmanager
def held_back(part: str) -> Iterator[threading.Event]:
    """Let requests wait, whose address has this part, until the event that is given is set."""
    gate = Handler.gates[part] = threading.Event()
    try:
        yield gate
    finally:
        gate.set()
        del Handler.gates[part]


def awake(page):
    page.wait_for_selector("html[data-device]", state="attached")
    return page


def put(page, photo):
    page.set_input_files("[data-part=file]", photo)


def small_photo(size=SMALL):
    content = io.BytesIO()
    with Image.open(ASSETS / "cat.jpg") as photo:
        photo.resize(size).save(content, "JPEG", quality=95)
    return {"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def give(page, size=SMALL):
    put(page, small_photo(size))
    page.wait_for_selector("html[data-preview]", state="attached")


def dream(page):
    page.select_option("[data-part=size]", "320")
    page.click("[data-part=dream]")
    page.wait_for_selector(".room[data-state=done]")


def says(page, words):
    """Wait until the line below the picture says so."""
    page.locator("[data-part=line]", has_text=words).wait_for()


def comes_true(page, promise, seconds=30):
    """Wait until what a script promises is true; of a promise, `wait_for_function` waits for nothing."""
    end = time.monotonic() + seconds
    while not page.evaluate(promise):
        assert time.monotonic() < end, f"not true in {seconds} s: {promise}"
        page.wait_for_timeout(50)


def shown(page):
    """Return the dreamed picture, (h, w, 4)."""
    script = """() => { const { height: h, width: w } = document.querySelector('[data-part=after]');
        const canvas = document.querySelector('[data-part=after]').getContext('2d');
        return [h, w, ...canvas.getImageData(0, 0, w, h).data]; }"""
    height, width, *values = page.evaluate(script)
    return np.array(values, np.uint8).reshape(height, width, 4)


def save(page, format):
    with page.expect_download() as started:
        page.click(f"[data-save={format}]")
    return Path(started.value.path()).read_bytes()
