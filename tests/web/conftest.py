"""One page for all tests of the page, in this process, and Chromium to look at it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import pytest
import stuck

from .running import OLDER, running

SERVED = Path(tempfile.mkdtemp(prefix="deepdream-test-"))
os.environ["GRADIO_TEMP_DIR"] = str(SERVED)  # before Gradio is imported, which reads it then
CACHE_BEFORE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deepdream"
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="deepdream-test-cache-")  # pictures of channels
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ASSETS = Path(__file__).parents[2] / "assets"
PATIENCE = 6_000 if OLDER else 15_000  # milliseconds: what an older page lacks never comes


@pytest.fixture(scope="session")
def page_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve the page, warm, and yield it; `local_url` is its address, `host` what its visitors share.

    An older page (`DEEPDREAM_PAGE`) is served by a process of its own, and has no `host` to look into.
    """
    if OLDER:
        with running(tmp_path_factory.mktemp("older")) as older:
            older.wait_until_ready()
            yield older
        return
    from deepdream.web import build, launch_settings
    from deepdream.web.server.limits import Limits

    page = build(limits=Limits(faces=0))  # small dreams in idle time would take it from the tests
    page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_settings())
    page.host.visitors.uploads.grace = 6.0  # the tests that look whether uploads stay need not wait long
    page.host.warm_up()
    assert page.host.warm.wait(120)
    yield page
    page.close()
    for folder in (SERVED, os.environ["XDG_CACHE_HOME"]):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of Chromium's cache, from file to file: compiled scripts save a third of a visit's time."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def home(profile: Path) -> Iterator[Any]:
    """Start Chromium once a file of tests, with that profile; without it, or without playwright, the test skips."""
    found = chromium.path()
    from playwright import sync_api as playwright

    with playwright.sync_playwright() as started:
        context = started.chromium.launch_persistent_context(
            profile, executable_path=found, args=CHROMIUM_FLAGS, accept_downloads=True
        )
        yield context
        context.close()


@pytest.fixture
def browser(home: Any) -> Any:
    """Return Chromium, for contexts of one's own, which share nothing."""
    return home.browser


@pytest.fixture
def visit(home: Any, page_server: Any) -> Iterator[Callable[..., Any]]:
    """Open the page as a new visitor; at the end no request may have left the machine, and no script failed.

    The first visitor of a test finds the scripts in the cache, but nothing of a visitor before; others share nothing.
    """
    visitors, complaints = [], []

    def open_page(
        *,
        width: int = 1280,
        height: int = 860,
        query: str = "",
        opened: bool = True,
        address: str = "",
        script: str = "",
        **about: Any,
    ) -> Any:
        size, address = {"width": width, "height": height}, address or page_server.local_url
        if about or visitors:
            page = home.browser.new_page(viewport=size, accept_downloads=True, **about)
        else:
            page = home.new_page()
            page.set_viewport_size(size)
        visitors.append((page, address))
        page.add_init_script(f"{{ {script} }}")  # runs before the page's own
        page.set_default_timeout(PATIENCE)
        stuck.listen(page)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: _check_local(request.url, address, complaints))
        page.goto(address + query)
        page.wait_for_selector("html[data-studio]", state="attached")
        page.wait_for_selector("#setting-octaves input" if OLDER else "#wish-strength input", state="attached")
        if not OLDER:  # a room that is entered before waits for that
            page.wait_for_function("sessionStorage['deepdream-visitor']")
        if opened and not OLDER:  # what stands one tap below: octaves, steps; on a desk the layers, too
            page.click("#unfold button" if width > 760 else "#room-dream .sheet [data-name=tune]")
            page.wait_for_selector("#setting-octaves", state="visible")
        return page

    with stuck.watched():
        yield open_page
        for page, address in visitors:
            _forget(home, page, address)
    assert not complaints


def _forget(home: Any, page: Any, address: str) -> None:
    """Close the page of a visitor, and take away what the site has put into Chromium's own profile."""
    if page.context is not home:
        page.context.close()
        return
    page.close()
    clearing = home.new_cdp_session(home.pages[0])  # the empty one with which it starts
    kept = "cookies,local_storage,indexeddb,service_workers,cache_storage,file_systems"
    clearing.send("Storage.clearDataForOrigin", {"origin": address.rstrip("/"), "storageTypes": kept})
    clearing.detach()


def visitor_behind(page_server: Any, page: Any) -> Any:
    """Return the visitor whose page it is: pages that were left a moment ago may have begun another one since."""
    key = page.evaluate("sessionStorage.getItem('deepdream-visitor')")
    return next(each for each in page_server.host.visitors.all() if each.key == key)


def _check_local(url: str, home: str, complaints: list[str]) -> None:
    if not url.startswith((home, "data:", "blob:")):
        complaints.append(f"left the machine: {url}")
