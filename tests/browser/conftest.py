"""The device's engine under Node, asked by tests in Python, which knows what it should answer."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chromium
import numpy as np
import pytest

import deepdream
from deepdream.errors import DownloadError

from .visiting import FLAGS, served

ENGINE = Path(deepdream.__file__).parent / "browser" / "static" / "engine"
REQUIRED = os.environ.get("DEEPDREAM_REQUIRE_BROWSER") == "1"


def missing(reason: str) -> Any:
    """Skip, or fail where nothing may be skipped."""
    (pytest.fail if REQUIRED else pytest.skip)(reason)


@contextmanager
def launched(flags: Sequence[str]) -> Iterator[Any]:
    """Run Chromium with these flags."""
    found = chromium.path()
    from playwright import sync_api as playwright

    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=found, args=list(flags))
        yield running
        running.close()


@pytest.fixture(scope="session")
def compact() -> Any:
    from deepdream.networks import load_network

    return load_network("compact")


@pytest.fixture(scope="session")
def device_folder(tmp_path_factory: pytest.TempPathFactory, compact: Any) -> Path:
    """Return a folder with the table, the graphs and the runtime."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    from deepdream.browser.export import export_all
    from deepdream.browser.runtime import runtime_files
    from deepdream.browser.table import shared_table

    folder = tmp_path_factory.mktemp("device")
    try:
        for name, path in runtime_files().items():
            shutil.copy(path, folder / name)
    except DownloadError as error:
        missing(str(error))
    for name, model in export_all(compact).items():
        onnx.save(model, folder / f"{name}.onnx")
    (folder / "table.json").write_text(json.dumps(shared_table(compact)))
    return folder


@pytest.fixture(scope="package")
def ask(device_folder: Path) -> Iterator[Any]:
    """Start Node once, and give a function that has it do jobs and gives their answers."""
    node = shutil.which("node")
    if node is None:
        missing("Node.js is not installed")

    command = [node, str(Path(__file__).with_name("ask.mjs")), str(ENGINE), str(device_folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None

        def answers(*jobs: dict[str, Any]) -> list[Any]:
            return [answer(job) for job in jobs]

        def answer(job: dict[str, Any]) -> Any:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            given = json.loads(process.stdout.readline())
            assert not (isinstance(given, dict) and "failed" in given), given["failed"]
            return given

        yield answers
        process.stdin.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from deepdream.browser.site import write_site

    folder = tmp_path_factory.mktemp("site") / "site"
    try:
        write_site(folder, quality=0)
    except DownloadError as error:
        missing(str(error))
    return folder


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched(FLAGS) as running:
        yield running


@pytest.fixture
def visit(browser: Any, server: str) -> Iterator[Any]:
    """Open the site as a new visitor; no script may fail, and nothing may be asked of another machine."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_site(
        *, query: str = "", width: int = 1280, height: int = 860, script: str = "", routes: Any = None, **about: Any
    ) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **about)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        for pattern, answer in (routes or {}).items():
            context.route(pattern, answer)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda each: each.url.startswith((server, "blob:", "data:")) or complaints.append(each.url))
        page.goto(server + query)
        return page

    yield open_site
    for context in contexts:
        context.close()
    assert not complaints


def packed(image: np.ndarray) -> dict[str, Any]:
    """Return an image (h, w, 3) as the engine takes it."""
    planar = np.ascontiguousarray(image.transpose(2, 0, 1), np.float32)
    return {"data": base64.b64encode(planar.tobytes()).decode(), "h": image.shape[0], "w": image.shape[1]}


def unpacked(picture: dict[str, Any]) -> np.ndarray:
    """Return what the engine gave as an image (h, w, 3)."""
    planar = np.frombuffer(base64.b64decode(picture["data"]), np.float32)
    return planar.reshape(3, picture["h"], picture["w"]).transpose(1, 2, 0)
