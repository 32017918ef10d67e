"""Rooms have addresses, parts have headings, and the keys go through the page as the eye does."""

from pathlib import Path
from typing import Any

import pytest

from deepdream.web.rooms.dream import dreams
from deepdream.web.server.previews import run_preview

from .test_page import AFTER, CAT, dream, give, small_photo

pytestmark = pytest.mark.browser


def opened(page: Any, room: str) -> None:
    """Wait until a room is open, and the address says so."""
    page.wait_for_selector(f"#room-{room}-button[aria-selected=true]")
    page.wait_for_function("room => location.hash === (room === 'dream' ? '' : '#' + room)", arg=room)


def test_rooms_are_in_the_address_and_back_and_reload_keep_them(visit):
    page = visit(opened=False)
    give(page, CAT)
    for room in ("style", "explore"):
        page.click(f"#room-{room}-button")
        opened(page, room)
    page.go_back()
    opened(page, "style")
    page.go_back()
    opened(page, "dream")
    page.go_forward()
    opened(page, "style")
    page.reload()
    opened(page, "style")
    page.wait_for_selector("#style-stage .before[src]")  # with the photo
    page.goto(page.url.partition("#")[0] + "?lang=ko#explore")
    opened(page, "explore")
    assert "lang=ko" in page.url
    page.click("#room-dream-button")
    opened(page, "dream")
    assert "lang=ko" in page.url, "the rest of a link stays"


def test_a_photo_that_was_brought_elsewhere_is_previewed_once_as_dream_is_entered(visit, monkeypatch, tmp_path):
    previews = []
    monkeypatch.setattr(dreams, "run_preview", lambda *all, **more: previews.append(1) or run_preview(*all, **more))
    page = visit(opened=False)
    page.click("#room-explore-button")
    page.set_input_files("#seen-stage input[data-part=file]", str(small_photo(tmp_path)))
    page.wait_for_selector("#seen-stage .before[src]")
    page.click("#room-dream-button")
    page.wait_for_selector(f"#stage {AFTER}[src]", state="visible")
    page.click("#room-explore-button")
    with page.expect_response(lambda answer: "queue/join" in answer.url):
        page.click("#room-dream-button")
    page.wait_for_timeout(1500)
    assert page.is_visible(f"#stage {AFTER}") and len(previews) == 1


def test_parts_have_headings_and_resets_say_of_what_and_the_keys_go_as_the_eye_does(visit, tmp_path):
    page = visit(width=1366, height=650)
    give(page, small_photo(tmp_path))
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert {"Look", "What it sees"} <= set(headings)
    names = page.evaluate("[...document.querySelectorAll('#room-dream .reset-button')].map(each => each.ariaLabel)")
    assert len(names) == len(set(names)) > 8 and "Set back: Octaves" in names, names
    order = []
    page.locator("#room-dream-button").focus()
    for _ in range(25):
        page.keyboard.press("Tab")
        place = (
            "document.activeElement.closest('.stage, .actions, .part-finish, .controls')?.className.split(' ').pop()"
        )
        order.append(page.evaluate(place + " && (document.activeElement.closest('.controls') ? 'right' : 'left')"))
    assert "left" in order and "right" in order
    assert "left" not in order[order.index("right") :], order


LOW = (".box", ".tools", "#dream", "#keep .save", "#continue", "#again", "#undo")
SHOWN = """(parts) => ({
  scrolled: scrollY, state: document.documentElement.dataset.studio,
  line: document.querySelector('#stage .line').innerText, cost: document.querySelector('#cost').innerText,
  said: [...document.querySelectorAll('#studio-toast.on, #studio-line:not([hidden])')].map((each) => each.innerText),
  places: Object.fromEntries(parts.map((part) => {
    const { x, y, right, bottom, width } = document.querySelector('#room-dream ' + part).getBoundingClientRect();
    const over = document.elementFromPoint((x + right) / 2, (y + bottom) / 2);
    return [part, { y, bottom, width, on: Boolean(over?.closest(part)), over: over?.outerHTML.slice(0, 90) }];
  })),
})"""


def give_another(page: Any, photo: Path) -> None:
    """Upload a photo, and wait until it is the one on the stage and has a preview of its own."""
    before = page.get_attribute("#stage .before", "src")
    page.set_input_files("#stage input[data-part=file]", str(photo))
    page.wait_for_function(
        "before => ![null, before].includes(document.querySelector('#stage .before').getAttribute('src'))", arg=before
    )
    page.wait_for_selector("html[data-studio=ready]", state="attached")
    page.wait_for_selector("#stage .after[src]:not([hidden])", state="attached", timeout=60_000)


@pytest.mark.parametrize(("width", "height"), [(1366, 650), pytest.param(1280, 720, marks=pytest.mark.long)])
def test_picture_dream_and_download_fit_a_low_screen_in_every_shape(visit, tmp_path, width, height):
    """With what one does next: Continue, Use as the photo, Undo."""
    page = visit(width=width, height=height, opened=False)
    for shape in ((160, 240), (240, 160), (800, 40)):
        give_another(page, small_photo(tmp_path, shape))
        dream(page)
        page.wait_for_function("parts => parts.every((part) => document.querySelector(part).offsetWidth)", arg=LOW[3:])
        page.wait_for_function("() => !document.querySelector('#studio-toast.on, #studio-line:not([hidden])')")
        page.evaluate("scrollTo(0, 0)")  # a click that had to wait may have scrolled
        shown = page.evaluate(SHOWN, LOW)
        places = shown["places"]
        assert shown["state"] == "done" and shown["scrolled"] == 0, (shape, shown)
        assert 0 <= places[".box"]["y"] < 70, ("the head is one line", shape, shown)
        for part, place in places.items():
            assert place["width"] and place["y"] >= 0 and place["bottom"] <= height, (shape, part, shown)
            assert place["on"] or part in (".box", ".tools"), (shape, part, shown)
    handle = page.evaluate("getComputedStyle(document.querySelector('.box')).overflow")
    assert handle == "visible", "the handle of a flat picture is not cut"
