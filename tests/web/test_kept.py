"""Dreams that the browser keeps: there again after the server has forgotten them, and gone with "Leave"."""

import socket
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdream.images import read_recipe
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.kept import brought_back, handed, put_below, tag_of
from deepdream.web.rooms.shared import results
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History, Result, finished
from deepdream.web.server.held import HeldPhoto
from deepdream.web.server.visitors import Visitor, Visitors

from .running import running
from .tabs import Tab
from .test_page import dream, give, number, save, small_photo
from .test_studio import wait_for

KEPT = """() => new Promise((resolve) => {
  const opening = indexedDB.open('deepdream', 1);
  opening.onsuccess = () => {
    const asked = opening.result.transaction('kept').objectStore('kept').getAll();
    asked.onsuccess = () => { opening.result.close(); resolve(asked.result.flat().length); };
  };
})"""

AGAIN = """(photo) => document.documentElement.dataset.studio === 'done'
    && ![null, photo].includes(document.querySelector('.box .before').getAttribute('src'))"""


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    return Visitors(tmp_path / "served", tmp_path / "private").of("a")


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def picture(seed: int, *, alpha: bool = False) -> HeldPhoto:
    planes = np.random.default_rng(seed).integers(0, 256, (12, 16, 4 if alpha else 3), dtype=np.uint8)
    return HeldPhoto(planes)


@pytest.mark.parametrize("finish", [{}, {"strength": 0.6, "keep_colors": 0.5, "contrast": 1.2}])
@pytest.mark.parametrize("alpha", [False, True])
def test_what_is_handed_out_comes_back_as_the_same_picture(visitor, finish, alpha):
    """Also where it is blended with its photo: the file holds it unblended, so that it can be blended anew."""
    visitor.of(Material).photo = photo = picture(1, alpha=alpha)
    made = Result("dream-1", Recipe().replace(**finish), photo, picture(2).planes, {"seconds": 2.0}, photo_name="a.png")
    told = handed(visitor, made, tag_of(made))
    file = Path(told["file"]["path"])
    planes = np.asarray(Image.open(file))
    again = brought_back(visitor, HeldPhoto(planes), read_recipe(file), {}, {"id": told["id"], "own": True})
    np.testing.assert_array_equal(finished(again), finished(made))
    assert again.mark == made.mark and tag_of(again) == told["tag"] and again.recipe == made.recipe


def test_a_dream_whose_photo_is_not_at_hand_says_what_it_is(visitor):
    """It cannot be blended: its recipe says that it is not."""
    visitor.of(Material).photo = picture(1)
    again = brought_back(visitor, picture(2), Recipe().replace(strength=0.5), {}, {"id": "x" * 99, "own": False})
    np.testing.assert_array_equal(np.rint(255 * finished(again)), picture(2).planes)
    assert again.recipe.strength == 1 and len(again.mark) < 24


def test_dreams_that_come_back_stand_below_newer_ones_and_none_comes_twice(visitor):
    visitor.of(Material).photo = picture(1)
    history = visitor.of(History)
    old = [brought_back(visitor, picture(each), Recipe(), {}, {"own": True}) for each in (2, 3)]
    put_below(visitor, old)
    assert history.current is old[-1] and history.results == old
    put_below(visitor, [brought_back(visitor, picture(2), Recipe(), {}, {"id": old[0].mark})])
    assert history.results == old
    oldest = brought_back(visitor, picture(4), Recipe(), {}, {})
    put_below(visitor, [oldest])
    assert history.results == [oldest, *old] and history.current is old[-1]
    assert len({each.name for each in history.results}) == 3


def test_more_than_a_history_holds_does_not_come_back(visitor, monkeypatch):
    """A stranger sends what they like, as often as they like."""
    history = visitor.of(History)
    for _ in range(10):
        put_below(visitor, [Result("", Recipe(), picture(1), picture(seed).planes, {}) for seed in range(3)])
        assert len(history.results) <= 24
    assert len(history.results) == 24
    monkeypatch.setattr(results, "MOST_BYTES", results._bytes(history.results[:2]))
    history.results = history.results[:1]
    new = [Result("", Recipe(), picture(1), picture(seed).planes, {}) for seed in (5, 6, 7)]
    put_below(visitor, new)
    assert history.results[:-1] == new[-1:], "the newest that fits"


def test_odd_data_brings_nothing_back(page_server, tmp_path):
    tab = Tab(page_server)
    tab.last("stage", "select", {"sample": "cat"})
    plain = BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    sent = tab.http.post(f"{tab.api}/upload", files={"files": ("a.png", plain.getvalue(), "image/png")}).json()
    for files in (None, 3, [], ["a"], [{"path": sent[0], "own": "yes", "id": 3}]):
        tab.last("kept", "give_back", {"files": files})
    (refused,) = tab.last("kept", "give_back", {"files": [{"path": "/etc/hostname"}]})
    assert "hostname" not in str(refused)
    assert tab.last("kept", "keep", {"known": 3}) == [{"dreams": []}]
    assert wait_for(lambda: not Path(sent[0]).exists()), "what is refused does not stay"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_kept(page: Any, number: int) -> None:
    """Wait until the browser keeps so many things: a photo, and dreams."""
    assert wait_for(lambda: page.evaluate(KEPT) == number, 30), page.evaluate(KEPT)


@pytest.mark.browser
@pytest.mark.slow
def test_a_server_that_was_killed_finds_photo_dreams_and_settings_again(visit, tmp_path, port):
    started: dict[str, Any] = {"port": port, "DEEPDREAM_FACES": "0"}
    with running(tmp_path, **started) as server:
        server.wait_until_ready()
        page = visit(home=server.local_url)
        give(page, small_photo(tmp_path))
        dream(page)
        wait_kept(page, 2)
        page.locator("#setting-octaves input[type=range]").focus()
        page.keyboard.press("ArrowLeft")
        octaves = number(page, "octaves")
        page.wait_for_selector(".box .overlay[src]:not([hidden])", state="attached")
        with page.expect_request(lambda request: "queue/join" in request.url):
            page.click("#dream")
        page.wait_for_function("document.querySelectorAll('#history .shot').length === 2", timeout=90_000)
        wait_kept(page, 3)
        before, photo = pixels_of(save(page, tmp_path)), page.get_attribute(".box .before", "src")
    with running(tmp_path, **started) as server:  # it was killed
        server.wait_until_ready()
        page.wait_for_function(AGAIN, arg=photo, timeout=90_000)
        page.wait_for_selector("#keep .save", state="visible")
        page.wait_for_function("document.querySelectorAll('#history .shot').length === 2")
        assert number(page, "octaves") == octaves
        saved = save(page, tmp_path)
        np.testing.assert_array_equal(pixels_of(saved), before)
        assert read_recipe(saved).octaves == octaves
        page.click("#history .shot >> nth=1")
        page.wait_for_function("n => Number(document.querySelector('#setting-octaves input').value) !== n", arg=octaves)
        page.click("[data-part=leave]")
        page.wait_for_selector("html[data-studio=empty]", state="attached")
        wait_kept(page, 0)


@pytest.mark.browser
def test_a_photo_that_is_brought_before_the_server_has_said_hello_is_sent_once(visit, tmp_path):
    """The answer that it knows nobody yet came late, and what the browser had just kept was sent again."""
    page, sent, held = visit(opened=False), [], []
    page.evaluate("sessionStorage.clear(), localStorage.clear()")
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    page.route("**/queue/data*", lambda route: held.append(route))
    page.reload()
    page.wait_for_selector("html[data-studio=empty]", state="attached")
    with page.expect_request(lambda request: "queue/join" in request.url and '"files"' in (request.post_data or "")):
        page.set_input_files("#stage input[data-part=file]", str(small_photo(tmp_path)))
    assert held, "the server's first answer was on its way"
    for route in held:
        route.continue_()
    page.unroute("**/queue/data*")
    page.wait_for_selector("#stage .after[src]:not([hidden])", state="attached")
    photo = page.get_attribute("#stage .before", "src")
    dream(page)
    assert len([url for url in sent if "upload_progress" not in url]) == 1, sent
    assert page.get_attribute("#stage .before", "src") == photo
