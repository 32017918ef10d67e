"""Previews on the visitor's own device: the files, the switch, and the server for what the device lacks."""

import shutil

import httpx
import pytest

from deepdream.errors import DownloadError
from deepdream.presets import to_link
from deepdream.recipe import Recipe
from deepdream.web import device, hosting
from deepdream.web.hosting import Hosting
from deepdream.web.rooms.dream import dreams
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.server.previews import run_preview

from .conftest import CACHE_BEFORE
from .tabs import Tab
from .test_page import AFTER, give, slider, small_photo

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("brotli", reason="brotli is not installed")


@pytest.fixture(scope="module")
def offered(page_server):
    """Have the page offer the files; the runtime is taken from this machine's cache where that has it."""
    from deepdream.browser import kept
    from deepdream.browser.runtime import PACKAGE, runtime_files
    from deepdream.networks.download import cache_home

    had = CACHE_BEFORE / "runtime" / PACKAGE
    if had.is_dir():
        shutil.copytree(had, cache_home() / "runtime" / PACKAGE, dirs_exist_ok=True)
    try:
        runtime_files()
    except DownloadError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "BROTLI", 0)
        device.offer(fetch=False).join(120)
    yield
    device._files.clear()


@pytest.fixture
def client(page_server):
    with httpx.Client(base_url=page_server.local_url) as asking:
        yield asking


@pytest.fixture
def previews(monkeypatch):
    """Return the list of previews that the server dreams."""
    dreamed = []
    monkeypatch.setattr(dreams, "run_preview", lambda *all, **more: dreamed.append(all) or run_preview(*all, **more))
    return dreamed


def paths(urls):
    return [urls] if isinstance(urls, str) else [path for each in urls.values() for path in paths(each)]


def test_without_the_files_nothing_is_offered(client):
    assert client.get("studio/device.json").json() is None
    assert client.get("studio/device/device.json").status_code == 404


@pytest.mark.parametrize("fetch", [False, True])
def test_npm_is_asked_only_where_the_owner_said_so(monkeypatch, fetch):
    from deepdream.browser import kept, runtime

    asked = []

    def ask():
        asked.append("npm")
        raise DownloadError("no network")

    monkeypatch.setattr(runtime, "has_runtime", lambda: False)
    monkeypatch.setattr(kept, "kept_files", ask)
    device.offer(fetch=fetch).join(60)
    assert bool(asked) == fetch and not device._files
    assert not Hosting().device and "--device" in hosting.parser().format_help()


def test_the_files_are_those_that_are_named_and_may_be_kept(client, offered):
    manifest = client.get("studio/device.json").json()
    assert manifest["rate"] > 0
    for path in paths(manifest["urls"] | {"scripts": manifest["urls"]["worker"]}):
        answer = client.get(f"studio/device/{path}", headers={"accept-encoding": "identity"})
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    small = client.get(f"studio/device/{manifest['urls']['table']}", headers={"accept-encoding": "br"})
    assert small.headers["content-encoding"] == "br"
    for name in ("../kept.py", "%2e%2e/device.json", "assets", ""):
        assert client.get(f"studio/device/{name}").status_code == 404


def test_odd_data_with_the_switch_leaves_previews_to_the_server(page_server):
    """Data that is none of the page's counts for "off"; a file that it names is refused in words."""
    tab = Tab(page_server)
    assert tab.last("stage", "select", {"sample": "cat"})[0]["state"] == "ready"
    odd = [None, [], "on", 7, {"on": "true"}, {"on": 1}, {"on": [True]}, {"on": {}}, {"no": True}]
    for each in odd:
        assert tab.last("stage", "device", each) == []
        assert not page_server.host.visitors.of(tab.session).of(DreamState).device
    assert "not" in tab.last("stage", "device", {"on": True, "path": "/etc/hostname"})[0]
    assert not page_server.host.visitors.of(tab.session).of(DreamState).device
    assert tab.last("stage", "device", {"on": True}) == []
    assert page_server.host.visitors.of(tab.session).of(DreamState).device


def on_the_device(page):
    """Move a slider, wait for the device, and have it dream if it has not chosen so itself."""
    slider(page, "steps").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("html[data-device]", state="attached", timeout=60_000)
    switch = page.locator("[data-part=here]")
    if switch.get_attribute("aria-pressed") == "false":
        switch.click()
    return switch


@pytest.mark.browser
def test_previews_move_to_the_device_and_back(visit, page_server, offered, previews, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    switch = on_the_device(page)
    page.locator(".badge", has_text="on this device").wait_for()
    assert page.get_attribute(AFTER, "src").startswith("blob:")
    dreamed, shown = len(previews), page.get_attribute(AFTER, "src")
    slider(page, "steps").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"document.querySelector('.box .after').src !== '{shown}'")
    assert page.get_attribute(AFTER, "src").startswith("blob:")
    assert len(previews) == dreamed, "the server dreamed nothing"
    switch.click()
    page.wait_for_function("!document.querySelector('.box .after').src.startsWith('blob:')")
    assert len(previews) > dreamed


@pytest.mark.browser
def test_the_server_dreams_what_the_device_lacks(visit, page_server, offered, previews, tmp_path):
    page = visit(query=f"?r={to_link(Recipe(flip=True))}")
    give(page, small_photo(tmp_path))
    dreamed = len(previews)
    on_the_device(page)
    page.wait_for_function("document.querySelector('[data-part=here]').ariaPressed === 'true'")
    slider(page, "steps").focus()
    shown = page.get_attribute(AFTER, "src")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"document.querySelector('.box .after').src !== '{shown}'")
    assert not page.get_attribute(AFTER, "src").startswith("blob:")
    assert len(previews) > dreamed


@pytest.mark.browser
def test_a_metered_line_fetches_nothing_unasked(visit, page_server, offered, tmp_path):
    page = visit()
    page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    page.reload()
    page.wait_for_selector("html[data-studio]", state="attached")
    asked = []
    page.on("request", lambda each: "/studio/device/" in each.url and asked.append(each.url))
    slider(page, "octaves").wait_for(state="attached")
    give(page, small_photo(tmp_path))
    page.locator("#wish-strength input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("[data-part=here]").wait_for()
    assert not asked
    page.click("[data-part=here]")
    page.locator(".badge", has_text="on this device").wait_for(timeout=60_000)
    assert asked
