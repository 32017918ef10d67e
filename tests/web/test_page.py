"""The page in a real browser, driven as a person would: mouse, touch and keys."""

import hashlib
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdream.images import read_recipe, read_record
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.rooms.shared.results import History
from deepdream.web.texts import say

from .conftest import ASSETS, visitor_behind

pytestmark = pytest.mark.browser

CAT = ASSETS / "cat.jpg"
FILE = "input[data-part=file]"
AFTER = ".box .after"
USUAL_OCTAVES = Recipe().octaves


def small_photo(tmp_path: Path, size: tuple[int, int] = (240, 160)) -> Path:
    path = tmp_path / "photo.png"
    with Image.open(CAT) as cat:
        cat.convert("RGB").resize(size).save(path)
    return path


def give(page: Any, photo: Path) -> None:
    """Upload a photo, and wait for its first preview."""
    page.set_input_files(FILE, str(photo))
    page.wait_for_selector(".box .before[src]", state="attached")
    page.wait_for_function("document.querySelector('.box .after').src && !document.querySelector('.box .after').hidden")


def dream(page: Any) -> None:
    page.click("#dream")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=90_000)


def save(page: Any, folder: Path, format: str = "png") -> Path:
    with page.expect_download() as started:
        if format == "png":
            page.click("#keep .save")
        else:
            page.click("#keep .formats summary")
            page.click(f"#keep .formats [data-save={format}]")
    path = folder / f"saved-{format}{Path(started.value.suggested_filename).suffix}"
    started.value.save_as(path)
    return path


def watch_pictures(page: Any) -> None:
    """Note every picture that the stage shows, with the state it was shown in."""
    page.evaluate("""() => {
        window.seen = [];
        const after = document.querySelector('.box .after');
        const note = () => window.seen.push([after.src, document.documentElement.dataset.studio,
            document.querySelector('.box').getBoundingClientRect().width]);
        new MutationObserver(note).observe(after, { attributes: true, attributeFilter: ['src'] });
    }""")


def slider(page: Any, name: str) -> Any:
    return page.locator(f"#setting-{name} input[type=range]")


def number(page: Any, name: str) -> float:
    return float(page.locator(f"#setting-{name} input[type=number]").input_value())


def test_a_photo_becomes_a_streamed_dream_whose_file_gives_the_same_picture(visit, tmp_path):
    page = visit()
    give(page, CAT)
    watch_pictures(page)

    slider(page, "octave_scale").scroll_into_view_if_needed()
    handle = slider(page, "octave_scale").bounding_box()
    page.mouse.move(handle["x"] + handle["width"] * 0.33, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] + handle["width"] * 0.5, handle["y"] + handle["height"] / 2, steps=3)
    page.mouse.up()
    assert number(page, "octave_scale") != 1.4
    page.wait_for_function("window.seen.length >= 1")
    previews = len(page.evaluate("window.seen"))
    slider(page, "steps").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"window.seen.length > {previews}")
    assert number(page, "steps") > 10

    dream(page)
    shown = page.evaluate("window.seen")
    assert len({source for source, state, _ in shown if state == "dreaming"}) >= 3
    widths = {round(width) for _, _, width in shown}
    assert len(widths) == 1, "the picture jumped in size"

    saved = save(page, tmp_path)
    recipe = read_recipe(saved)
    assert recipe.steps == number(page, "steps")
    from deepdream.cli import main

    again = tmp_path / "again.png"
    assert main(["dream", str(CAT), "-o", str(again), "--recipe", str(saved), "--quiet"]) == 0
    pictures = [np.asarray(Image.open(path).convert("RGB")).astype(int) for path in (saved, again)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


NOTE_FRAMES = """
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (act) => { window.asked_at = performance.now(); return ask(act); };
"""


def test_an_open_page_asks_for_no_frames_and_animates_nothing(visit):
    """Sixty frames a second of nothing kept half a processor awake beside each dream, and a tenth beside none."""
    page = visit(script=NOTE_FRAMES)
    give(page, CAT)
    page.locator("#setting-steps input[type=number]").fill("40")
    page.keyboard.press("Tab")
    page.click("#dream")
    page.wait_for_selector("html[data-studio=dreaming]", state="attached")
    page.wait_for_function("!document.getAnimations().length", polling=50)  # what a press moves has come to rest
    page.click("#stop")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=15_000)
    page.wait_for_function("performance.now() - window.asked_at > 2000", polling=100)  # by a timer, not frame by frame


def test_stop_and_keep_delivers_what_was_dreamed(visit, tmp_path):
    page = visit()
    give(page, CAT)
    page.locator("#setting-steps input[type=number]").fill("100")
    page.keyboard.press("Tab")
    page.click("#dream")
    page.wait_for_selector("html[data-studio=dreaming]", state="attached")
    page.click("#stop")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=15_000)
    assert "Stopped" in page.inner_text(".stage .line")
    saved = save(page, tmp_path)
    assert Image.open(saved).size == Image.open(CAT).size
    assert read_recipe(saved).steps == 100


def test_a_second_visitor_sees_only_their_own(visit, tmp_path):
    first, second = visit(), visit()
    give(first, small_photo(tmp_path))
    dream(first)
    assert second.evaluate("document.documentElement.dataset.studio") == "empty"
    give(second, small_photo(tmp_path))
    assert second.locator("#history .shot").count() == 0
    pictures = [set(page.evaluate("[...document.images].map((image) => image.src)")) for page in (first, second)]
    assert not {source for source in pictures[0] & pictures[1] if "/file=" in source}


def test_closing_the_tab_keeps_the_work_for_who_comes_back(visit, page_server, tmp_path):
    """Until then it gives way to others; see test_lifetimes."""
    visitors = page_server.host.visitors
    page = visit()
    give(page, CAT)
    page.locator("#setting-steps input[type=number]").fill("400")
    page.keyboard.press("Tab")
    page.click("#dream")
    page.wait_for_selector("html[data-studio=dreaming]", state="attached")
    newest = next(visitor for visitor in visitors.all() if visitor.renders)
    render = newest.renders[0]
    assert newest.page and visitors.away(newest) == 0
    page.close()
    deadline = time.monotonic() + 10
    while not visitors.away(newest) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert visitors.away(newest) and not render.done.is_set() and newest.folder.exists()
    visitors.end(newest)
    assert render.done.wait(10)
    assert not newest.folder.exists() and not newest.private.exists()


def test_the_uploaded_original_does_not_stay(visit, page_server, tmp_path):
    photo = tmp_path / "gps.jpg"
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    Image.open(CAT).save(photo, exif=exif)
    page = visit()
    give(page, photo)
    root = page_server.host.visitors.root
    deadline = time.monotonic() + 20
    while (
        uploads := [path for path in root.glob("*/*") if not path.parent.name.startswith("visitor-")]
    ) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not uploads
    for path in root.rglob("*.jpg"):
        assert 0x8825 not in Image.open(path).getexif(), "the place; what was downloaded before holds its recipe there"


@pytest.mark.parametrize(
    ("name", "content"), [("note.jpg", b"this is not a picture"), ("empty.png", b""), ("cut.jpg", None)]
)
def test_an_odd_file_gets_a_message_and_the_page_goes_on(visit, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if content is not None else CAT.read_bytes()[:900])
    page = visit()
    if content == b"":
        page.set_input_files(FILE, str(path))  # an empty file is not even sent
    else:
        page.set_input_files(FILE, str(path))
        message = page.locator(".toast-body, .toast-wrap").first
        message.wait_for()
        assert str(tmp_path) not in message.inner_text() and "/" not in message.inner_text().replace("w/", "")
        assert name != "note.jpg" or "HEIC" in message.inner_text(), "all formats are named"
    give(page, small_photo(tmp_path))


def test_one_tap_and_one_press_on_a_phone(visit, tmp_path):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True, color_scheme="dark")
    page.tap(".sample >> nth=1")
    page.wait_for_selector(".box .before[src]", state="attached")
    page.tap("#dream")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=90_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button = page.locator("#dream").bounding_box()
    assert button["y"] + button["height"] <= 844, "the button is under the thumb"


def test_after_the_run_strength_colors_and_an_older_octave_need_no_new_dream(visit, page_server, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    dream(page)
    renders = page.locator("#history .shot").count()
    watch_pictures(page)
    slider(page, "strength").focus()
    for _ in range(5):
        page.keyboard.press("PageDown")
    page.wait_for_function("window.seen.length >= 1")
    assert page.evaluate("document.documentElement.dataset.studio") == "done"
    faded = read_recipe(save(page, tmp_path))
    assert faded.strength == number(page, "strength") < 1
    count = len(page.evaluate("window.seen"))
    page.click("#film .shot >> nth=0")
    page.wait_for_function(f"window.seen.length > {count}")
    assert page.locator("#history .shot").count() == renders


def test_the_keyboard_compares_with_the_photo(visit, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    page.locator("input.compare").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.locator("input.compare").get_attribute("aria-valuetext") == "4 % photo"
    assert page.evaluate("getComputedStyle(document.querySelector('.box')).getPropertyValue('--before')") == "4%"


def test_history_brings_back_picture_and_settings(visit, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    dream(page)
    slider(page, "octaves").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".stage.covered")
    page.click("#dream")
    page.wait_for_function("document.querySelectorAll('#history .shot').length === 2", timeout=90_000)
    assert number(page, "octaves") == USUAL_OCTAVES + 1
    page.click("#history .shot >> nth=1")
    page.wait_for_function(f"document.querySelector('#setting-octaves input[type=number]').value === '{USUAL_OCTAVES}'")
    page.wait_for_function("document.querySelector('.stage .line').innerText.includes('back')")


def test_a_look_sets_the_controls_and_a_link_carries_them(visit, tmp_path):
    default = Recipe().layers[0][0]
    looks = (each for each in PRESETS.values() if each.name.startswith("compact_"))
    look = next(each for each in looks if each.recipe.layers[0][0].split(":")[0] != default)
    layer = look.recipe.layers[0][0].split(":")[0]
    page = visit()
    give(page, small_photo(tmp_path))
    page.click(f".chip[data-name={look.name}]")
    page.wait_for_selector(f".layer[aria-pressed=true] >> text={layer}")
    dream(page)
    page.click("#keep .formats summary")
    page.click("#keep [data-part=share]")
    page.wait_for_function("document.querySelector('#keep [data-part=link]').value.includes('r=')")
    link = page.input_value("#keep [data-part=link]")
    assert look.name in link and len(link) < 160
    assert f"--preset {look.name}" in page.input_value("#keep [data-part=command]")
    other = visit(query=link[link.index("?") :])
    other.wait_for_selector(f".layer[aria-pressed=true] >> text={layer}")


def test_a_dreamed_picture_gives_its_settings_back(visit, tmp_path):
    from deepdream.images import write_image

    photo = tmp_path / "dreamed.png"
    write_image(photo, np.full((90, 120, 3), 0.5, np.float32), recipe=Recipe(octaves=6, steps=7))
    page = visit()
    give(page, photo)
    page.click("[data-part=carried]")
    page.wait_for_function("document.querySelector('#setting-octaves input[type=number]').value === '6'")
    settings = tmp_path / "settings.json"
    settings.write_text('{"octaves": 2}')
    page.set_input_files(FILE, str(settings))
    page.wait_for_function("document.querySelector('#setting-octaves input[type=number]').value === '2'")
    settings.write_text('{"octaves": 1e99, "network": "../../etc/passwd"}')
    page.set_input_files(FILE, str(settings))
    page.locator(".toast-body").first.wait_for()
    assert number(page, "octaves") == 2


def test_a_damaged_link_gives_the_usual_settings_and_says_so(visit):
    page = visit(query="?r=1*octaves-999*" + "x" * 3000)
    page.locator(".toast-body").first.wait_for()
    assert number(page, "octaves") == USUAL_OCTAVES


def test_a_painted_mask_keeps_the_rest_of_the_photo(visit, tmp_path):
    photo = small_photo(tmp_path)
    page = visit()
    give(page, photo)
    page.click("[data-part=mask]")
    area = page.locator("canvas.brush").bounding_box()
    page.mouse.move(area["x"] + area["width"] * 0.2, area["y"] + area["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.4, area["y"] + area["height"] * 0.5, steps=4)
    page.mouse.up()
    watch_pictures(page)
    page.click("[data-part=maskdone]")
    page.wait_for_selector(".box.masked", state="attached")
    page.wait_for_function("window.seen.length >= 1")  # the preview with the mask: it has arrived
    dream(page)
    before = np.asarray(Image.open(photo).convert("RGB")).astype(int)
    after = np.asarray(Image.open(save(page, tmp_path)).convert("RGB")).astype(int)
    assert np.abs(after - before)[:, 200:].max() <= 1
    assert np.abs(after - before)[60:100, 60:90].mean() > 3


def test_several_photos_come_back_as_a_zip(visit, tmp_path):
    import zipfile

    photos = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        photos.append(small_photo(tmp_path / name, (120, 96)).rename(tmp_path / f"{name}.png"))
    (tmp_path / "note.jpg").write_bytes(b"this is not a picture")
    page = visit()
    page.set_input_files(FILE, [str(photo) for photo in [*photos, tmp_path / "note.jpg"]])
    page.wait_for_selector(".box .before[src]", state="attached")
    page.locator(".toast-body").first.wait_for()  # the bad one is left out, and that is said
    dream(page)
    page.wait_for_selector("#zip", state="visible")
    addresses = page.evaluate("[...document.querySelectorAll('#history .shot img')].map(image => image.src)")
    assert [page.request.get(address).status for address in addresses] == [200, 200]
    assert page.locator("#zip").bounding_box()["y"] < page.locator("#setting-strength").bounding_box()["y"], "at once"
    with page.expect_download() as started:
        page.click("#zip")
    with zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes())) as archive:
        assert archive.namelist() == ["01-one.png", "02-two.png"]


def test_pointing_at_the_photo_lists_what_answers_there(visit, tmp_path):
    page = visit()
    give(page, CAT)
    page.click("[data-part=point]")
    page.locator("[data-part=target].target, button.target").click(position={"x": 200, "y": 150})
    page.wait_for_selector(".seen .shot")
    page.wait_for_function("document.querySelectorAll('.seen .shot img').length >= 6", timeout=60_000)
    target = page.locator(".seen .shot").first
    watch_pictures(page)
    target.click()
    page.wait_for_function("document.querySelector('.weight').innerText.includes('·')")
    page.wait_for_function("window.seen.length >= 1")


def test_a_class_can_be_typed_and_weighed_and_taken_away(visit, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    page.fill("input[data-part=target]", "classes:school bus=0.5")
    watch_pictures(page)
    page.keyboard.press("Enter")
    usual = len(Recipe().layers)
    page.wait_for_function(f"document.querySelectorAll('.weight').length === {usual + 1}")
    page.wait_for_function("window.seen.length >= 1")
    page.locator(".weight input").nth(usual).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".weight output").nth(usual).inner_text() == "0.55"
    for left in range(usual, 0, -1):
        page.locator(".weight button").nth(0).click()
        page.wait_for_function(f"document.querySelectorAll('.weight').length === {left}")
    dream(page)
    assert read_recipe(save(page, tmp_path)).layers == (("classes:school bus", 0.55),)


def test_dream_again_and_continue_go_on_from_the_result(visit, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    dream(page)
    page.click("#continue")
    page.wait_for_function("document.querySelectorAll('#history .shot').length === 2", timeout=60_000)
    page.wait_for_selector("html[data-studio=done]", state="attached")
    source = page.get_attribute(".box .before", "src")
    page.keyboard.press("a")
    page.wait_for_function(f"document.querySelector('.box .before').src !== '{source}'")


def test_a_guide_picture_steers_the_preview_and_is_told_by_name_and_hash(visit, page_server, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    before = page.get_attribute(AFTER, "src")
    page.click("#guide button")
    page.set_input_files("#guide-picture input[type=file]", str(ASSETS / "coffee.jpg"))
    page.wait_for_function(f"document.querySelector('.box .after').src !== '{before}'")
    page.wait_for_selector("#guide-picture img")
    page.wait_for_function("document.querySelector('#guide-picture img').naturalWidth > 0")
    dream(page)
    told = read_record(save(page, tmp_path))["guide"]
    assert told == {"name": "coffee.jpg", "sha256": hashlib.sha256((ASSETS / "coffee.jpg").read_bytes()).hexdigest()}
    assert visitor_behind(page_server, page).of(History).current.record["guide"] == told


def test_keys_dream_stop_and_undo(visit, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path))
    page.keyboard.press("d")
    page.wait_for_selector("html[data-studio=done]", state="attached")
    slider(page, "octaves").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".stage.covered")
    page.keyboard.press("z")
    page.wait_for_function(f"document.querySelector('#setting-octaves input[type=number]').value === '{USUAL_OCTAVES}'")
    page.locator("#setting-steps input[type=number]").fill("300")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("html[data-studio=dreaming]", state="attached")
    slider(page, "octaves").focus()
    page.keyboard.press("s")
    page.wait_for_selector("html[data-studio=done]", state="attached")


def test_what_is_too_much_for_the_host_is_offered_smaller(visit, page_server, tmp_path, monkeypatch):
    from deepdream.web.server.limits import Limits

    photo = tmp_path / "large.png"
    with Image.open(CAT) as cat:
        cat.convert("RGB").resize((900, 600)).save(photo)
    page = visit()
    give(page, photo)
    recipe = Recipe(steps=1)
    costs = page_server.host.costs
    between = [costs.plan(recipe.replace(steps=10), size).cost.seconds for size in ((341, 512), (600, 900))]
    monkeypatch.setattr(costs, "limits", Limits(seconds=sum(between) / 2))
    page.click("#dream")
    page.wait_for_selector("[data-part=offer]:visible")
    assert "512" in page.inner_text("[data-part=offer]")
    page.click("[data-part=offer]")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=60_000)
    assert Image.open(save(page, tmp_path)).size == (512, 341)


@pytest.mark.parametrize(("locale", "word"), [("ko-KR", "꿈꾸기"), ("vi-VN", "Mơ"), ("de-DE", "Dream")])
def test_the_page_speaks_the_visitors_language(visit, locale, word):
    page = visit(locale=locale)
    page.wait_for_function(f"document.querySelector('#dream').innerText.trim() === '{word}'")
    rooms = [say(f"room.{room}", locale) for room in ("dream", "style", "film", "explore")]
    tabs = "[...document.querySelectorAll('#rooms [data-tab-id]')].map((tab) => tab.innerText)"
    page.wait_for_function(f"names => {tabs}.every((tab) => names.includes(tab))", arg=rooms)  # those not open, too
    assert say("look", locale) not in rooms
    assert "undefined" not in page.inner_text("body")


def test_controls_have_names_and_rings_states_are_read_out_and_motion_is_left_out_where_one_wishes(visit, tmp_path):
    page = visit(reduced_motion="reduce")
    give(page, small_photo(tmp_path))
    dream(page)
    moving = "([part, what]) => getComputedStyle(document.querySelector(part))[what]"
    assert page.evaluate(moving, [".veil", "animationName"]) == "none"
    assert page.evaluate(moving, ["#dream", "transitionDuration"]) == "0s"
    assert page.inner_text(".stage [aria-live=polite]").startswith("Done")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.click("#advanced button")
    nameless = page.evaluate("""() => [...document.querySelectorAll('button, input, select, textarea, [role=slider]')]
        .filter((node) => !node.hidden && (node.offsetParent !== null || node.closest('.stage')))
        .filter((node) => !(node.getAttribute('aria-label') || node.getAttribute('aria-labelledby') || node.title
            || node.textContent.trim() || [...(node.labels || [])].some((label) => label.innerText.trim())))
        .map((node) => node.outerHTML.slice(0, 160))""")
    assert nameless == []


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1280, 860, "light"), (1280, 860, "dark"), (390, 844, "light")]
)
def test_screenshots(visit, tmp_path, width, height, scheme):
    """Nothing overflows; where DEEPDREAM_SCREENSHOTS names a folder, the pictures stay there to be looked at."""
    import os

    page = visit(width=width, height=height, color_scheme=scheme)
    give(page, small_photo(tmp_path))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#dream").bounding_box()["y"] < height
    folder = Path(os.environ.get("DEEPDREAM_SCREENSHOTS", tmp_path))
    page.screenshot(path=folder / f"page-{width}-{scheme}.png", full_page=True)
