"""On a phone: a picture that stays, a sheet of parts that one opens by tabs, and what to press in thumb's reach."""

from typing import Any

import pytest

from .test_page import CAT, give, small_photo
from .test_studio import AT_REST, box, press, swipe

pytestmark = pytest.mark.browser

WIDE, HIGH = 390, 844
SHOWN = (
    "[...document.querySelectorAll('#room-dream .part')].filter(part => part.offsetParent).map(part => part.className)"
)


def tab(page: Any, name: str) -> Any:
    return page.locator(f"#room-dream .sheet [data-name={name}]")


def shown(page: Any) -> set[str]:
    """Return the parts that are to be seen."""
    return {name[5:] for classes in page.evaluate(SHOWN) for name in classes.split() if name.startswith("part-")}


def bottom(page: Any, selector: str) -> float:
    area = box(page, selector)
    return area["y"] + area["height"]


def test_a_phone_has_a_picture_that_stays_and_a_sheet_of_four_parts(visit, tmp_path):
    page = visit(width=WIDE, height=HIGH, has_touch=True, is_mobile=True, opened=False)
    give(page, small_photo(tmp_path, (160, 240)))  # upright: the highest

    assert page.get_by_role("tablist", name="Parts").get_by_role("tab").all_inner_texts() == [
        "Look",
        "See",
        "Tune",
        "Finish",
    ]
    parts = {
        "look": "#looks",
        "see": "#room-dream .layers .menu",
        "tune": "#setting-octaves",
        "finish": "#setting-strength",
    }
    for name, within in parts.items():
        tab(page, name).tap()
        assert shown(page) == {name}
        assert page.locator(within).is_visible() == (name != "finish"), "nothing to finish yet"
        assert tab(page, name).get_attribute("aria-selected") == "true"
        panel = page.locator("#" + tab(page, name).get_attribute("aria-controls").split()[0])
        assert panel.get_attribute("role") == "tabpanel" and panel.get_attribute("aria-labelledby")
        for reached in ("#dream", "#room-dream .sheet"):
            assert HIGH * 0.8 < bottom(page, reached) <= HIGH + 1

    tab(page, "tune").tap()
    swipe(page, (60, 640), (0, -300))
    page.wait_for_function("scrollY > 150")
    page.evaluate(AT_REST)  # a tap while it still glides would only stop it
    picture = box(page, ".box")
    assert picture["y"] >= 0 and picture["height"] == pytest.approx(0.34 * HIGH, abs=2), "a third, and it stays"
    assert bottom(page, "#stage") < box(page, "#dream")["y"] - 250, "room for the sheet"
    tab(page, "look").tap()
    assert bottom(page, "#stage") - 12 <= box(page, "#looks .chip")["y"] < bottom(page, "#stage") + 30, (
        "at its beginning"
    )

    tab(page, "look").focus()
    for key, name in (("ArrowRight", "see"), ("End", "finish"), ("ArrowRight", "look"), ("ArrowLeft", "finish")):
        page.keyboard.press(key)
        assert shown(page) == {name} and page.evaluate("document.activeElement.dataset.name") == name

    tab(page, "look").tap()
    grip = box(page, "#room-dream .grip")
    swipe(page, (grip["x"] + 190, grip["y"] + 10), (0, 200))
    page.wait_for_selector("#room-dream .room[data-folded]")
    assert shown(page) == set() and box(page, ".box")["height"] > 0.5 * HIGH
    said = "document.querySelector('#room-dream [data-part=line]').textContent = 'what happens, in several words'"
    page.evaluate(said)  # with an offer below it
    assert bottom(page, "#room-dream .grip") <= box(page, "#room-dream .actions")["y"], "it is in reach"
    page.locator("#room-dream .grip").press("Enter")
    page.wait_for_selector("#room-dream .room:not([data-folded])")
    page.locator("#room-dream .grip").tap()
    page.wait_for_selector("#room-dream .room[data-folded]")
    grip = box(page, "#room-dream .grip")
    press(page, (grip["x"] + 190, grip["y"] + 10), seconds=0.8)  # a slow finger
    page.wait_for_selector("#room-dream .room:not([data-folded])")
    assert shown(page) == {"look"} and box(page, ".box")["height"] < 0.36 * HIGH

    page.set_viewport_size({"width": 1280, "height": 860})
    page.wait_for_function("!document.querySelector('[role=tabpanel].part')")
    assert page.locator("#room-dream .block.sheet").is_hidden()
    assert page.locator("#looks").is_visible() and page.locator("#wish-strength").is_visible()


def test_in_the_other_rooms_of_a_phone_the_picture_stays_too(visit):
    page = visit(width=WIDE, height=HIGH, has_touch=True, is_mobile=True, opened=False, locale="vi-VN")
    give(page, CAT)
    for room, parts in (("style", 3), ("film", 2), ("explore", 0)):
        name = f"#room-{room}"
        page.tap(f"{name}-button")
        page.wait_for_selector(f"{name} .box .before[src]")
        assert page.locator(f"{name} .sheet [role=tab]").count() == parts
        page.wait_for_function("document.documentElement.scrollHeight > innerHeight + 40")
        page.evaluate("scrollTo(0, 200)")
        assert 0 <= box(page, f"{name} .box")["y"] < 80, room
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDE
    page.evaluate("scrollTo(0, 0)")
    for width in (WIDE, 360, 320):
        page.set_viewport_size({"width": width, "height": HIGH})
        name = page.locator(".masthead h1").evaluate("""node => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getBoundingClientRect().right; }""")
        assert name <= box(page, "#room-dream-button")["x"], "the longest names of rooms leave the page its own"
        last = box(page, "#room-explore-button")
        assert last["x"] + last["width"] <= width and page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 768, "height": 1024})
    tagline = page.locator(".masthead p").bounding_box()
    rooms = box(page, "#room-explore-button")
    assert tagline is None or rooms["x"] + rooms["width"] < tagline["x"]


def test_the_picture_zooms_to_its_own_pixels_and_before_and_after_move_together(visit, tmp_path):
    page = visit(width=1000, height=760)
    give(page, small_photo(tmp_path, (1200, 800)))
    area = box(page, ".box")
    seen = (
        "[...document.querySelectorAll('.box .before, .box .after')].map(node => node.getBoundingClientRect().toJSON())"
    )

    def pictures() -> list[dict[str, float]]:
        before, after = page.evaluate(seen)
        assert before == after, "they move together"
        return [before]

    def look(width: float) -> dict[str, float]:
        (picture,) = pictures()
        assert picture["width"] == pytest.approx(width, rel=0.02)
        return picture

    page.click("[data-part=zoom]")
    look(1024)  # a pixel of the picture is one of the screen
    assert page.inner_text("[data-part=zoom]") == "100%"
    page.mouse.move(area["x"] + 300, area["y"] + 150)
    page.mouse.down()
    page.mouse.move(area["x"] + 260, area["y"] + 190, steps=4)
    page.mouse.up()
    moved = look(1024)
    assert moved["x"] <= area["x"] and moved["y"] <= area["y"], "the stage is filled"

    edge = area["x"] + 1
    page.mouse.move(edge, area["y"] + 200)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 200, steps=4)
    page.mouse.up()
    assert look(1024) == moved, "the handle compares, nothing else moves"
    assert float(page.input_value("input.compare")) == pytest.approx(50, abs=2)
    cut = page.evaluate("getComputedStyle(document.querySelector('.box .before')).clipPath")
    assert cut.startswith("inset(0px")

    page.keyboard.press("0")
    look(area["width"])
    page.keyboard.press("+")
    look(1.5 * area["width"])
    page.keyboard.press("-")
    look(area["width"])
    page.mouse.dblclick(area["x"] + 100, area["y"] + 100)
    corner = look(1024)
    assert float(page.input_value("input.compare")) == pytest.approx(50, abs=2), "two clicks leave the handle alone"
    assert corner["x"] - area["x"] == pytest.approx(100 * (1 - 1024 / area["width"]), abs=3), "about the place"
    page.mouse.dblclick(area["x"] + 100, area["y"] + 100)
    look(area["width"])
    page.keyboard.down("Control")
    page.mouse.wheel(0, -40)
    page.keyboard.up("Control")
    page.wait_for_selector(".box.zoomed")


def test_two_fingers_zoom_and_the_handle_stays(visit):
    page = visit(width=WIDE, height=HIGH, has_touch=True, is_mobile=True, opened=False)
    give(page, CAT)
    area = box(page, ".box")
    client = page.context.new_cdp_session(page)
    middle = (area["x"] + 180, area["y"] + 100)
    for kind, apart in (("touchStart", 30), ("touchMove", 40), ("touchMove", 60), ("touchEnd", 0)):
        points = [{"x": middle[0] + side * apart, "y": middle[1], "id": side + 1} for side in (-1, 1)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if apart else []})
    page.wait_for_selector(".box.zoomed")
    assert box(page, ".box .before")["width"] == pytest.approx(2 * area["width"], rel=0.1)
    assert page.input_value("input.compare") == "0"
