"""The room Style in a real browser: a photo, styles, a painting that grows, stopped and kept."""

import contextlib
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import TimeoutError

from deepdream.images import read_record, write_image
from deepdream.style.settings import STYLE_PRESETS, from_record
from deepdream.web.rooms.shared.stage import lines_of
from deepdream.web.rooms.style import actions, previews
from deepdream.web.rooms.style.state import Paintings, StyleState

from .conftest import ASSETS, visitor_behind
from .test_studio import wait_for

pytestmark = pytest.mark.browser

CAT = ASSETS / "cat.jpg"
ROOM = "#room-style .room"
AFTER = "#style-stage .box .after"


def enter(page: Any, tmp_path: Path, *, steps: int = 12) -> None:
    """Open the room with a small photo, and ask for few steps."""
    photo = tmp_path / "photo.png"
    with Image.open(CAT) as cat:
        cat.convert("RGB").resize((240, 160)).save(photo)
    page.get_by_role("tab", name="Style").click()
    page.set_input_files("#style-stage input[data-part=file]", str(photo))
    page.wait_for_selector("#style-stage .before[src]", state="attached")
    if page.locator("#room-style .sheet [role=tab]").first.is_visible():  # a phone
        page.click("#room-style .sheet [data-name=tune]")
    page.locator("#painting-size label", has_text="as the photo").click()
    set_number(page, "steps", steps)


def set_number(page: Any, name: str, value: float) -> None:
    page.locator(f"#painting-{name} input[type=number]").fill(str(value))
    page.keyboard.press("Tab")


def wait_for_preview(page: Any) -> None:
    page.wait_for_selector("#style-stage [data-part=badge]:has-text('preview')", timeout=60_000)


def paint(page: Any) -> None:
    page.click("#paint")
    page.wait_for_selector(f"{ROOM}[data-state=done]", state="attached", timeout=60_000)


def watch(page: Any) -> None:
    """Note every picture that the stage shows before the end, and every state of the losses."""
    page.evaluate("""() => {
        window.seen = new Set(); window.sums = [];
        const after = document.querySelector('#style-stage .box .after');
        new MutationObserver(() => {
            if (document.querySelector('#room-style .room').dataset.state === 'dreaming') window.seen.add(after.src);
        }).observe(after, { attributes: true });
        new MutationObserver(() => window.sums.push(document.querySelector('#style-losses').textContent))
            .observe(document.querySelector('#style-losses'), { childList: true, subtree: true });
    }""")


def save(page: Any, folder: Path, format: str = "png") -> Path:
    with page.expect_download() as started:
        if format != "png":
            page.click("#style-keep .formats summary")
        page.click(f"#style-keep [data-save={format}] >> visible=true")
    path = folder / f"saved{Path(started.value.suggested_filename).suffix}"
    started.value.save_as(path)
    return path


def shots(page: Any, count: int) -> None:
    page.wait_for_function(f"document.querySelectorAll('#paintings .shot').length === {count}")


def chosen(page: Any) -> list[str]:
    pressed = "#styles .chip[aria-pressed=true]"
    return page.eval_on_selector_all(pressed, "chips => chips.map(each => each.dataset.name)")


def typed(page: Any, name: str) -> str:
    return page.locator(f"#painting-{name} input[type=number]").input_value()


def paintings_of(server: Any, page: Any) -> Paintings:
    """Return those of the page's visitor."""
    return visitor_behind(server, page).of(Paintings)


def state_of(server: Any, page: Any) -> StyleState:
    """Return what the room keeps of the page's visitor."""
    return visitor_behind(server, page).of(StyleState)


def pixels(page: Any, folder: Path) -> np.ndarray:
    return np.asarray(Image.open(save(page, folder)), np.float32)


def test_a_photo_is_painted_streamed_finished_anew_and_saved_with_its_settings(visit, page_server, tmp_path):
    page = visit()
    enter(page, tmp_path, steps=59)
    wait_for_preview(page)
    assert page.get_attribute(ROOM, "data-state") == "ready" and not page.is_visible("#style-keep")
    watch(page)
    paint(page)
    assert page.is_hidden("#style-stage [data-part=badge]")
    assert page.evaluate("window.seen.size") >= 3
    sums = [text for text in page.evaluate("window.sums") if "style" in text]
    assert len(set(sums)) >= 3 and "content" in sums[-1]
    assert page.is_hidden("#style-losses .legend")
    page.click("#style-losses summary")
    assert page.is_visible("#style-losses .legend")
    made = lines_of(paintings_of(page_server, page).current.trace)
    losses = [lines for name, lines in made.items() if name.startswith("style/")]
    assert sum(line[-1] for line in losses) < 0.2 * sum(line[0] for line in losses)
    saved = save(page, tmp_path)
    assert Image.open(saved).size == (240, 160)
    assert from_record(read_record(saved)) == STYLE_PRESETS["compact"].replace(size=0, steps=59)

    page.locator("#styles .chip").nth(1).click()  # a preview of two styles lies over the painting, until Undo
    page.wait_for_selector("#room-style .stage.covered")
    before = page.get_attribute(AFTER, "src")
    page.keyboard.press("z")
    page.wait_for_selector("#style-stage [data-part=badge]", state="hidden")
    assert page.get_attribute(AFTER, "src") == before and page.locator("#styles .weight").count() == 0

    page.locator("#painting-keep_colors input[type=range]").focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.querySelector('{AFTER}').src !== {json.dumps(before)}")
    assert page.get_attribute(ROOM, "data-state") == "done"
    assert from_record(read_record(save(page, tmp_path))).keep_colors == pytest.approx(0.5)

    page.click("#style-keep .formats summary")
    page.click("#style-keep [data-part=share]")
    page.wait_for_function("document.querySelector('#style-keep [data-part=command]').value.includes('--steps=59')")
    assert not page.is_visible("#style-keep [data-part=link]")
    painted = tmp_path / "painted.png"
    record = {"style": "compact", "settings": {"steps": 33, "style_weight": 7.0, "size": 200}}
    write_image(painted, np.zeros((8, 8, 3), np.float32), record=record)
    page.set_input_files("#style-keep input[type=file]", str(painted))
    page.wait_for_function("document.querySelector('#painting-steps input[type=number]').value === '33'")
    assert typed(page, "style_weight") == "7"
    sizes = page.locator("#painting-size label")
    assert sizes.all_inner_texts() == ["200", "256", "512", "768", "1024", "2048", "as the photo"]
    assert sizes.first.locator("input").is_checked()
    paint_again(page)
    assert Image.open(save(page, tmp_path)).size == (200, 133)


def test_the_newest_settings_are_previewed_away_from_the_loop(visit, page_server, tmp_path, monkeypatch):
    seen = []

    def watched(*about, **more):
        seen.append(threading.current_thread().name)
        return previews.run_style_preview(*about, **more)

    monkeypatch.setattr(actions, "run_style_preview", watched)
    page = visit()
    enter(page, tmp_path)
    weight = page.locator("#painting-style_weight input[type=range]")
    weight.focus()
    for _ in range(20):
        weight.press("ArrowRight")
    newest, state = float(typed(page, "style_weight")), state_of(page_server, page)
    assert newest > 40
    assert wait_for(lambda: state.previewed is not None and state.previewed.settings.style_weight == newest, 60)
    wait_for_preview(page)
    assert all(name.startswith("previews") for name in seen) and paintings_of(page_server, page).current is None


def test_earlier_paintings_come_back_with_their_styles_and_settings(visit, page_server, tmp_path):
    """One painting in one style, one in two, one in a style of one's own and with a dream: each differs, and stays."""
    page = visit()
    streams: set[Any] = set()  # under way; over one that stays open an answer is not late
    page.on("request", lambda asked: "/queue/data" in asked.url and streams.add(asked))
    page.on("requestfinished", lambda asked: streams.discard(asked))
    page.on("requestfailed", lambda asked: streams.discard(asked))
    enter(page, tmp_path)
    assert not page.is_visible("#undo-paint")
    first = chosen(page)
    paint(page)
    one = pixels(page, tmp_path)
    page.locator("#styles .chip").nth(3).click()
    weights = page.locator("#styles .weight input")
    assert weights.count() == 2
    weights.nth(1).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.locator("#styles .weight output").nth(1).inner_text() == "1.2"
    set_number(page, "steps", 13)
    paint_again(page)
    assert np.abs(one - pixels(page, tmp_path)).mean() > 2
    page.set_input_files("#styles input[type=file]", str(ASSETS / "coffee.jpg"))
    page.wait_for_function("document.querySelectorAll('#styles .chip').length === 5")
    assert page.locator("#styles .chip").last.get_attribute("aria-pressed") == "true"
    page.locator("#dream-too input").check()
    paint_again(page)
    styles = read_record(save(page, tmp_path))["styles"]
    assert [each["name"] for each in styles][-1] == "coffee.jpg" and styles[-1]["weight"] == 1
    assert styles[-1]["sha256"] == hashlib.sha256((ASSETS / "coffee.jpg").read_bytes()).hexdigest()
    shots(page, 3)

    page.keyboard.press("z")  # the room that is open undoes
    page.wait_for_function("document.querySelectorAll('#styles .chip[aria-pressed=true]').length === 2")
    assert typed(page, "steps") == "13" and not page.locator("#dream-too input").is_checked()
    assert page.locator("#styles .weight output").nth(1).inner_text() == "1.2"
    page.click("#paintings .shot >> nth=2")
    page.wait_for_function("document.querySelectorAll('#styles .chip[aria-pressed=true]').length === 1")
    assert chosen(page) == first and typed(page, "steps") == "12"
    np.testing.assert_allclose(pixels(page, tmp_path), one, atol=1)  # of 8 bits a channel by now
    page.click("#paintings .shot >> nth=0")
    page.wait_for_selector("#styles .chip[data-name^=own-][aria-pressed=true]")
    assert page.locator("#dream-too input").is_checked()

    set_number(page, "steps", 500)
    before = page.get_attribute(AFTER, "src")
    page.click("#paint")
    page.wait_for_selector(f"{ROOM}[data-state=waiting], {ROOM}[data-state=dreaming]", state="attached")
    assert page.get_attribute(AFTER, "src") == before or page.get_attribute(ROOM, "data-state") == "dreaming"
    page.wait_for_selector(f"{ROOM}[data-state=dreaming]", state="attached", timeout=30_000)
    page.click("#stop-paint")
    page.wait_for_selector(f"{ROOM}[data-state=done]", state="attached", timeout=15_000)
    assert page.inner_text("#style-stage .line") == "Stopped; this is what was painted."
    saved = save(page, tmp_path, "jpeg")
    assert Image.open(saved).size == (240, 160) and read_record(saved)["finished"] is False
    shots(page, 4)
    files = [each.thumbnail for each in paintings_of(page_server, page).results]
    assert all(file.is_file() for file in files)
    with page.expect_request("**/queue/join*"):
        page.get_by_role("tab", name="Dream").click()  # and back: all are there
    wait_for(lambda: page.wait_for_timeout(100) or not streams)
    answers: list[Any] = []
    page.route("**/queue/data*", lambda route: answers.append(route))
    page.get_by_role("tab", name="Style").click()
    shots(page, 4)
    page.wait_for_timeout(1000)  # the server has answered, and the answer is on its way
    page.unroute("**/queue/data*")
    page.click("[data-part=leave]")
    page.wait_for_selector("html[data-studio=empty]", state="attached")
    for answer in answers:
        with contextlib.suppress(Exception):  # nobody waits for it any more
            answer.continue_()
    page.get_by_role("tab", name="Style").click()
    page.wait_for_timeout(2000)
    assert page.locator("#paintings .shot").count() == 0, "what was left does not come back with a late answer"
    assert page.get_attribute(ROOM, "data-state") == "empty"
    assert wait_for(lambda: not any(file.exists() for file in files))


def paint_again(page: Any) -> None:
    page.click("#paint")
    page.wait_for_selector(f"{ROOM}[data-state=dreaming]", state="attached", timeout=30_000)
    page.wait_for_selector(f"{ROOM}[data-state=done]", state="attached", timeout=60_000)


def test_a_painting_becomes_the_photo_of_a_dream(visit, tmp_path):
    page = visit(width=390, has_touch=True)
    enter(page, tmp_path)
    paint(page)
    page.locator("#room-style .sheet [data-name=finish]").tap()
    page.locator("#dream-on-it").tap()
    page.wait_for_selector("#stage .before[src]")
    assert page.get_by_role("tab", name="Dream").get_attribute("aria-selected") == "true"
    page.locator("#dream").tap()
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=60_000)


def test_what_cannot_be_painted_is_explained(visit, tmp_path):
    page = visit()
    page.get_by_role("tab", name="Style").click()
    with page.expect_file_chooser():  # without a photo the button asks for one
        page.click("#paint")
    enter(page, tmp_path)
    page.locator("#style-advanced button").first.click()
    page.locator("#painting-style_layers input, #painting-style_layers textarea").fill("conv9=1")
    page.keyboard.press("Tab")
    seen = "[...document.querySelectorAll('.toast-body')].some(each => each.innerText.includes('conv9'))"
    for _ in range(6):  # a slow browser may send the field's old value with a first click, and the message goes again
        page.locator("#paint").click(timeout=60_000)
        with contextlib.suppress(TimeoutError):
            page.wait_for_function(f"{seen} || document.body.innerText.includes('conv9')", timeout=15_000)
            break
    else:
        raise AssertionError("nothing was said of conv9")
