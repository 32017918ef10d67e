"""Rooms have addresses, parts have headings, and the keys go through the page as the eye does."""

from typing import Any

import pytest

from .test_page import CAT, dream, give, small_photo
from .test_studio import box

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


def test_picture_dream_and_download_fit_a_low_screen_in_every_shape(visit, tmp_path):
    page = visit(width=1366, height=650, opened=False)
    for shape in ((160, 240), (240, 160), (800, 40)):
        before = page.get_attribute(".box .before", "src")
        page.set_input_files("#stage input[data-part=file]", str(small_photo(tmp_path, shape)))
        page.wait_for_function(
            "before => ![null, before].includes(document.querySelector('.before').getAttribute('src'))", arg=before
        )
        page.wait_for_selector("html[data-studio=ready]", state="attached")
        dream(page)
        assert box(page, ".box")["y"] < 70, "the head is one line"
        for part in (".box", ".tools", "#dream", "#keep .save"):
            place = box(page, part)
            assert place["y"] >= 0 and place["y"] + place["height"] <= 650, (shape, part)
        for part in (".tools [data-part=zoom]", "#dream"):
            place = box(page, part)
            middle = [place["x"] + place["width"] / 2, place["y"] + place["height"] / 2]
            within = "([x, y, part]) => Boolean(document.elementFromPoint(x, y)?.closest(part))"
            assert page.evaluate(within, [*middle, part]), (shape, part)
    handle = page.evaluate("getComputedStyle(document.querySelector('.box')).overflow")
    assert handle == "visible", "the handle of a flat picture is not cut"
