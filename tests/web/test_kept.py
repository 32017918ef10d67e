"""Dreams that the browser keeps: there again after the server has forgotten them, and gone with "Leave"."""

import socket
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdream.images import read_recipe
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.kept import KeptDreams
from deepdream.web.rooms.shared import results
from deepdream.web.rooms.shared.kept import Brought, Source, handed, marked, own_source, put_below, tag_of
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History, Result, finished
from deepdream.web.rooms.style.actions import SETTINGS
from deepdream.web.rooms.style.state import Paintings, gallery
from deepdream.web.server.held import HeldPhoto
from deepdream.web.server.visitors import Visitor, Visitors

from .conftest import ASSETS, visitor_behind
from .running import running
from .tabs import Tab
from .test_page import dream, give, number, save, small_photo
from .test_studio import wait_for

KEPT = """() => new Promise((resolve) => {
  const opening = indexedDB.open('deepdream', 1);
  opening.onsuccess = () => {
    if (!opening.result.objectStoreNames.length) return resolve(0); // an older page keeps nothing
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


def again(
    visitor: Visitor, dream: HeldPhoto, recipe: Recipe, source: Any = None, mark: Any = "", **about: Any
) -> Result:
    """Return a dream that came back."""
    return marked(KeptDreams(None).again(visitor, Brought(dream, recipe, {}, "", source, **about)), {"id": mark})


@pytest.mark.parametrize("finish", [{}, {"strength": 0.6, "keep_colors": 0.5, "contrast": 1.2, "mask_softness": 5.0}])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_what_is_handed_out_comes_back_as_the_same_picture(visitor, finish, alpha, masked):
    """Also where it is blended with its photo: the file holds it unblended, so that it can be blended anew."""
    visitor.of(Material).photo = photo = picture(1, alpha=alpha)
    drawn = np.eye(12, 16, dtype=np.float32) if masked else None
    about: dict[str, Any] = {"photo_name": "a.png", "mask": drawn}
    made = Result("dream-1", Recipe().replace(**finish), photo, picture(2).planes, {"seconds": 2.0}, **about)
    told = handed(visitor, made, tag_of(made), {})
    file = Path(told["files"]["file"]["path"])
    planes = np.asarray(Image.open(file))
    mask = np.asarray(Image.open(told["files"]["mask"]["path"]))[..., 1] / np.float32(255) if masked else None
    source = own_source(visitor).at(told["side"])
    back = again(visitor, HeldPhoto(planes), read_recipe(file), source, told["id"], mask=mask)
    np.testing.assert_array_equal(finished(back), finished(made))
    assert back.mark == made.mark and tag_of(back) == told["tag"] and back.recipe == made.recipe
    assert back.source is photo and ("mask" in told["files"]) == masked


def test_a_dream_whose_photo_is_not_at_hand_says_what_it_is(visitor):
    """It cannot be blended: its recipe says that it is not."""
    visitor.of(Material).photo = picture(1)
    back = again(visitor, picture(2), Recipe().replace(strength=0.5), mark="x" * 99)
    np.testing.assert_array_equal(np.rint(255 * finished(back)), picture(2).planes)
    assert back.recipe.strength == 1 and len(back.mark) < 24


def test_dreams_that_come_back_stand_below_newer_ones_and_none_comes_twice(visitor):
    visitor.of(Material).photo = own = picture(1)
    history = visitor.of(History)
    old = [again(visitor, picture(each), Recipe(), own) for each in (2, 3)]
    put_below(visitor, old)
    assert history.current is old[-1] and history.results == old
    put_below(visitor, [again(visitor, picture(2), Recipe(), mark=old[0].mark)])
    assert history.results == old
    oldest = again(visitor, picture(4), Recipe())
    put_below(visitor, [oldest])
    assert history.results == [oldest, *old] and history.current is old[-1]
    assert len({each.name for each in history.results}) == 3


def test_a_dream_of_another_photo_does_not_cover_the_one_on_the_stage(visitor):
    visitor.of(Material).photo, other = picture(1), picture(5)
    put_below(visitor, [again(visitor, picture(2), Recipe(), other)])
    (back,) = visitor.of(History).results
    assert visitor.of(History).current is None and back.source is other


def test_a_photo_is_as_large_as_it_was_for_each_picture_and_once_for_all(visitor):
    source = Source("a", picture(1))
    assert source.at(16) is source.photo and source.at(8).size == (6, 8) and source.at(32).size == (24, 32)
    assert source.at(8) is source.at(8) and source.holds(source.at(8)) and not source.holds(picture(1))


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


def sent(tab: Tab, name: str, file: bytes) -> str:
    """Upload a file, and return its place."""
    return tab.http.post(f"{tab.api}/upload", files={"files": (name, file)}).raise_for_status().json()[0]


def kept_by(tab: Tab, kind: str, **photo: Any) -> list[dict[str, Any]]:
    """Return what a browser sends again of what it kept of a kind, from another tab, as records without places."""
    (value,) = tab.last(f"kept-{kind}", "keep", {"known": []})
    files = [(each, {name: tab.http.get(file["url"]).content for name, file in each["files"].items()})
             for each in value["made"]]  # fmt: skip
    return [{"id": each["id"], "side": each["side"], **held, **photo} for each, held in files]


def given_back(tab: Tab, kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return it as it is given back in another tab."""
    names = {"file": "path", "mask": "mask"}
    return [{names.get(name, name): sent(tab, "made.png", value) if name in names else value
             for name, value in each.items()} for each in kept]  # fmt: skip


def visitor_of(page_server: Any, tab: Tab) -> Visitor:
    return page_server.host.visitors._records[tab.session]


def mask_of(tab: Tab) -> str:
    """Upload a mask of the left half."""
    half = np.zeros((8, 12, 4), np.uint8)
    half[:, :6, 3] = 255
    file = BytesIO()
    Image.fromarray(half).save(file, "PNG")
    return sent(tab, "mask.png", file.getvalue())


def test_a_masked_dream_comes_back_with_its_mask_on_its_own_photo_and_on_another_that_comes_along(page_server):
    first = Tab(page_server)
    first.last("stage", "select", {"sample": "cat"})
    first.last("stage", "mask", {"path": mask_of(first)})
    for name, value in {"steps": 1, "octaves": 1, "strength": 0.5}.items():
        first.values[first.component(f"setting-{name}")] = value
    first.last("dream", "click")
    (made,) = visitor_of(page_server, first).of(History).results
    kept = kept_by(first, "dreams")
    for stage, of in (("cat", "own"), ("sky", 0)):
        tab = Tab(page_server)
        tab.last("stage", "select", {"sample": stage})
        files = [{**each, "of": of} for each in given_back(tab, kept)]
        shown, *_ = tab.last("kept-dreams", "give_back", {"files": files, "photos": [{"sample": "cat"}]})
        visitor = visitor_of(page_server, tab)
        (back,) = visitor.of(History).results
        np.testing.assert_allclose(finished(back), finished(made), atol=1.01 / 255)  # the newest were floats
        assert back.source.size == made.source.size and shown["state"] == ("done" if of == "own" else "ready")
        assert (visitor.of(Material).mask is not None) == (of == "own")
        tab.last("history", "select", {"id": back.name})
        assert visitor.of(Material).photo is back.source and visitor.of(Material).mask is back.mask
        assert visitor.of(Material).name


def test_a_painting_comes_back_with_its_photo_mask_settings_and_own_style(page_server):
    first = Tab(page_server)
    first.last("stage", "select", {"sample": "cat"})
    first.last("style-stage", "mask", {"path": mask_of(first)})
    style = sent(first, "mine.jpg", (ASSETS / "coffee.jpg").read_bytes())
    (offered,) = first.last("styles", "bring", {"path": style})
    (own, _), one = offered["value"][-1], gallery({})[1]["id"]
    first.values[first.component("styles")] = [[one, 0.5], [own, 1.0]]
    first.values[first.component("dream-too")] = True
    for name, value in {"steps": 2, "size": 256, "strength": 0.5}.items():
        first.values[first.component(f"painting-{name}")] = value
    first.last("paint", "click")
    made = visitor_of(page_server, first).of(Paintings).current
    kept = kept_by(first, "paintings", of=0)

    tab = Tab(page_server)
    tab.last("stage", "select", {"sample": "sky"})
    mine = sent(tab, "mine.jpg", (ASSETS / "coffee.jpg").read_bytes())
    given = {"files": given_back(tab, kept), "photos": [{"sample": "cat"}], "styles": [{"id": own, "path": mine}]}
    tab.last("kept-paintings", "give_back", given)
    visitor = visitor_of(page_server, tab)
    (back,) = visitor.of(Paintings).results
    np.testing.assert_allclose(finished(back), finished(made), atol=1.01 / 255)
    assert back.wish.settings == made.wish.settings and back.wish.dream == made.wish.dream
    assert back.wish.chosen == made.wish.chosen and list(back.own) == [own] and back.styles == made.styles
    np.testing.assert_array_equal(back.own[own].pixels, made.own[own].pixels)
    assert visitor.of(Paintings).current is None, "it is of another photo"
    tab.last("paintings", "select", {"id": back.name})
    assert visitor.of(Material).photo is back.source and back.source.size == made.source.size
    np.testing.assert_array_equal(visitor.of(Material).mask, made.wish.mask)
    assert back.note() == made.note()


def test_a_fresh_page_has_the_settings_of_the_painting_that_came_back(page_server):
    first = Tab(page_server)
    first.last("stage", "select", {"sample": "cat"})
    first.values |= {first.component("painting-steps"): 2, first.component("painting-size"): 256}
    first.last("paint", "click")
    tab = Tab(page_server)
    tab.last("stage", "select", {"sample": "cat"})
    tab.last("room-style", "select")  # it was opened before anything was there again
    tab.last(
        "kept-paintings", "give_back", {"files": given_back(tab, kept_by(first, "paintings", of="own")), "fresh": True}
    )
    entered = tab.last("room-style", "select")
    settings = dict(zip(SETTINGS, entered[-len(SETTINGS) :], strict=True))
    assert entered[0]["state"] == "done" and settings["steps"]["value"] == 2 and len(entered[4]) == 1


def test_odd_data_brings_nothing_back(page_server, tmp_path):
    tab = Tab(page_server)
    tab.last("stage", "select", {"sample": "cat"})
    plain = BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    sent = tab.http.post(f"{tab.api}/upload", files={"files": ("a.png", plain.getvalue(), "image/png")}).json()
    for files in (None, 3, [], ["a"], [{"path": sent[0], "own": "yes", "id": 3}]):
        tab.last("kept-dreams", "give_back", {"files": files})
    (refused,) = tab.last("kept-dreams", "give_back", {"files": [{"path": "/etc/hostname"}]})
    assert "hostname" not in str(refused)
    assert tab.last("kept-dreams", "keep", {"known": 3}) == [{"made": []}]
    odd = {
        "photos": [{"sample": 3}, {"sample": "moon", "path": 3}],
        "styles": [{"id": "../own-1", "path": "/etc/hostname"}],
    }
    for more in (odd, {"photos": 3, "styles": 3, "fresh": "yes"}):
        for kind in ("dreams", "paintings"):
            assert "hostname" not in str(tab.last(f"kept-{kind}", "give_back", {"files": [], **more}))
    assert wait_for(lambda: not Path(sent[0]).exists()), "what is refused does not stay"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


FILLED = {"Style": "#paintings .shot", "Explore": "#channels .shot", "Film": "#film-stage .before[src]"}


def wait_kept(page: Any, number: int) -> None:
    """Wait until the browser keeps so many things: a photo, and dreams."""
    assert wait_for(lambda: page.evaluate(KEPT) == number, 30), page.evaluate(KEPT)


def paint(page: Any) -> None:
    """Paint the photo in few steps."""
    page.get_by_role("tab", name="Style").click()
    page.wait_for_selector("#style-stage .before[src]", state="attached")  # it moves the button on which to press
    page.locator("#painting-size label", has_text="256").click()
    page.locator("#painting-steps input[type=number]").fill("7")
    page.keyboard.press("Tab")
    page.click("#paint")
    page.wait_for_selector("#room-style .room[data-state=done]", state="attached", timeout=90_000)


@pytest.mark.browser
@pytest.mark.slow
def test_a_server_that_was_killed_finds_photo_dreams_paintings_and_settings_again(visit, tmp_path, port):
    started: dict[str, Any] = {"port": port, "DEEPDREAM_FACES": "0"}
    with running(tmp_path, **started) as server:
        server.wait_until_ready()
        page = visit(address=server.local_url)
        give(page, small_photo(tmp_path))
        dream(page)
        wait_kept(page, 2)
        page.locator("#setting-octaves input[type=range]").focus()
        page.keyboard.press("ArrowRight")
        octaves = number(page, "octaves")
        page.wait_for_selector(".box .overlay[src]:not([hidden])", state="attached")
        with page.expect_request(lambda request: "queue/join" in request.url):
            page.click("#dream")
        page.wait_for_function("document.querySelectorAll('#history .shot').length === 2", timeout=90_000)
        wait_kept(page, 3)
        paint(page)
        wait_kept(page, 4)
        page.get_by_role("tab", name="Dream").click()
        page.wait_for_selector("#keep .save", state="visible")
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
        page.reload()  # in the room Style, which then asks for what is there by itself
        page.get_by_role("tab", name="Style").click()
        page.wait_for_selector("#paintings .shot")
        page.wait_for_selector("#room-style .room[data-state=done]", state="attached")
        assert page.locator("#painting-steps input[type=number]").input_value() == "7"
        page.get_by_role("tab", name="Dream").click()
        page.click("#history .shot >> nth=1")
        page.wait_for_function("n => Number(document.querySelector('#setting-octaves input').value) !== n", arg=octaves)
        page.click("[data-part=leave]")
        page.wait_for_selector("html[data-studio=empty]", state="attached")
        page.wait_for_function("document.querySelector('#studio-toast')?.textContent === 'Everything is deleted.'")
        wait_kept(page, 0)
        assert not page.evaluate("[...document.images].filter((each) => each.src.includes('visitor-')).length")
        assert page.evaluate("[localStorage['deepdream-settings'], sessionStorage['deepdream-moves']]") == [None, "{}"]


@pytest.mark.browser
@pytest.mark.parametrize("room", FILLED)
def test_a_room_that_is_opened_before_the_server_knows_whose_it_is_fills_when_it_does(visit, tmp_path, room):
    page = visit()
    give(page, small_photo(tmp_path))
    if room == "Style":
        paint(page)
        page.get_by_role("tab", name="Dream").click()

    def late(route: Any) -> None:
        if "key" in (route.request.post_data_json["event_data"] or {}):  # who the page is
            time.sleep(2)
        route.continue_()

    page.route("**/queue/join*", late)
    page.reload()
    page.get_by_role("tab", name=room).click()
    page.wait_for_selector(FILLED[room], state="attached")


@pytest.mark.browser
def test_a_photo_that_is_brought_before_the_server_has_said_hello_is_sent_once(visit, tmp_path):
    """The answer that it knows nobody yet came while the photo was on its way, which was sent again."""
    page, sent, held, released = visit(opened=False), [], [], list[bool]()
    photos: list[Any] = []

    def hold_photo(route: Any) -> None:
        if not photos and '"files"' in (route.request.post_data or ""):
            photos.append(route)
        else:
            route.continue_()

    page.evaluate("sessionStorage.clear(), localStorage.clear()")
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    page.route("**/queue/data*", lambda route: route.continue_() if released else held.append(route))
    page.route("**/queue/join*", hold_photo)
    page.reload()
    page.wait_for_selector("html[data-studio=empty]", state="attached")
    with page.expect_request(lambda request: "queue/join" in request.url and '"files"' in (request.post_data or "")):
        page.set_input_files("#stage input[data-part=file]", str(small_photo(tmp_path)))
    assert held, "the server's first answer was on its way"
    released.append(True)
    for route in held:
        route.continue_()
    page.wait_for_function("sessionStorage.getItem('deepdream-visitor')")
    page.wait_for_timeout(500)  # for what the page would do with the answer
    photos[0].continue_()
    page.wait_for_selector("#stage .after[src]:not([hidden])", state="attached")
    photo = page.get_attribute("#stage .before", "src")
    dream(page)
    assert len([url for url in sent if "upload_progress" not in url]) == 1, sent
    assert page.get_attribute("#stage .before", "src") == photo


@pytest.mark.browser
def test_a_page_that_is_loaded_anew_finds_paintings_and_dreams_of_every_photo(visit, page_server, tmp_path):
    """The server has forgotten its visitor: what was made of the photo before comes back with that photo."""
    page = visit()
    give(page, small_photo(tmp_path))
    dream(page)
    wait_kept(page, 2)
    dreamed = pixels_of(save(page, tmp_path))
    newer = tmp_path / "newer.png"
    Image.fromarray(picture(3).planes).resize((150, 150)).save(newer)
    give(page, newer)
    paint(page)
    wait_kept(page, 4)
    page_server.host.visitors.end(visitor_behind(page_server, page))
    page.reload()
    page.wait_for_selector("#room-style .room[data-state=done]", state="attached", timeout=60_000)
    assert page.locator("#paintings .shot").count() == 1
    page.wait_for_function("document.querySelector('#painting-steps input[type=number]').value === '7'")
    page.get_by_role("tab", name="Dream").click()
    page.wait_for_selector("#history .shot")
    assert page.locator("html").get_attribute("data-studio") == "ready", "nothing was dreamed of the newer photo"
    before = page.get_attribute("#stage .before", "src")
    page.click("#history .shot")
    page.wait_for_function("src => document.querySelector('#stage .before').getAttribute('src') !== src", arg=before)
    np.testing.assert_allclose(pixels_of(save(page, tmp_path)), dreamed, atol=1)


@pytest.mark.browser
def test_a_photo_that_was_brought_in_another_room_is_kept_too(visit, tmp_path):
    page = visit()
    page.get_by_role("tab", name="Style").click()
    page.set_input_files("#style-stage [data-part=file]", str(small_photo(tmp_path)))
    page.wait_for_selector("#style-stage .before[src]", state="attached")
    wait_kept(page, 1)
