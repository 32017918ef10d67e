"""The static site where something comes late, is missing, breaks, or is done by mistake."""

import shutil

import pytest
from PIL import Image

from deepdream.browser import site as site_module
from deepdream.browser.site import write_site
from deepdream.images import read_recipe
from deepdream.presets import preset, to_link
from deepdream.recipe import Recipe

from .visiting import (
    QUICK,
    SMALL,
    awake,
    comes_true,
    dream,
    give,
    held_back,
    put,
    save,
    says,
    served,
    shown,
    small_photo,
)

pytestmark = pytest.mark.browser
WIDE = "document.querySelector('[data-part=box]').style.getPropertyValue('--wide')"
CACHES = "() => caches.keys()"
LISTEN = """() => {
    const post = ServiceWorker.prototype.postMessage;
    ServiceWorker.prototype.postMessage = function (message) {
        window.asked = message.keep;
        post.call(this, message);
    };
}"""


def picture(tmp_path, w, h):
    path = tmp_path / f"{w}x{h}.png"
    Image.new("RGB", (w, h), (90, 120, 60)).save(path)
    return path


def move(page, name="steps", value=9):
    """Move a slider, as a finger does."""
    page.evaluate(
        """([name, value]) => {
            const slider = document.querySelector(`#setting-${name} input[type=range]`);
            slider.value = value;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        }""",
        [name, value],
    )


def link(page):
    page.click("[data-part=share]")
    found = page.input_value("[data-part=link]").split("?r=")[1]
    page.click("[data-part=close]")
    return found


# What comes late


def test_a_photo_that_is_brought_before_the_service_worker_is_there_can_be_dreamed(visit):
    with held_back("/sw.js"):
        page = visit(query=f"?r={to_link(QUICK)}")
        page.wait_for_selector(".chip")
        put(page, small_photo())
        page.wait_for_selector("[data-part=box]")
        awake(page)
    assert page.is_visible("[data-part=dream]")
    dream(page)


def test_a_dream_that_is_asked_for_too_early_is_begun_when_it_can_be(visit):
    with held_back(".onnx"):
        page = visit(query=f"?r={to_link(QUICK)}", service_workers="block")
        page.wait_for_selector(".chip")
        put(page, small_photo())
        page.select_option("[data-part=size]", "320")
        page.click("[data-part=dream]")
        says(page, "waking")
    page.wait_for_selector(".room[data-state=done]")


def test_a_service_worker_that_comes_late_keeps_all_that_a_visit_without_network_needs(visit):
    with held_back("/sw.js"):
        page = awake(visit(query=f"?r={to_link(QUICK)}"))
        page.evaluate(LISTEN)
    page.wait_for_function("() => window.asked")
    comes_true(
        page,
        """Promise.all(window.asked.map((url) => caches.match(url, { ignoreSearch: true })))
            .then((kept) => kept.every(Boolean))""",
    )
    asked = page.evaluate("window.asked")
    assert any(url.endswith(".onnx") for url in asked) and any(url.endswith(".wasm") for url in asked)
    page.context.set_offline(True)
    page.reload()
    awake(page)
    give(page)
    dream(page)


def test_a_sample_that_comes_late_is_not_shown_over_a_newer_photo(visit, tmp_path):
    page = awake(visit(service_workers="block"))
    with held_back("/assets/cat-") as gate:
        page.evaluate("window.fetch = ((fetched) => (url) => fetched(`${url}?late`))(window.fetch)")
        with page.expect_response("**/cat-*?late") as answer:
            page.click(".sample >> nth=1")
            put(page, picture(tmp_path, 100, 200))
            page.wait_for_selector("html[data-preview]", state="attached")
            gate.set()
        answer.value.finished()
    page.wait_for_timeout(500)
    assert page.evaluate(WIDE) == "0.5"


def test_an_older_file_that_turns_out_to_be_no_picture_is_not_told_over_a_newer_photo(visit, tmp_path):
    page = awake(visit())
    page.evaluate("""() => {
        const { createImageBitmap: at_once } = window;
        let first = true;
        window.createImageBitmap = async (...about) => {
            if (!first) return at_once(...about);
            first = false;
            await new Promise((resolve) => setTimeout(resolve, 500));
            throw new Error('broken');
        };
    }""")
    put(page, picture(tmp_path, 200, 100))
    put(page, picture(tmp_path, 100, 200))
    page.wait_for_timeout(1000)
    assert "could not" not in page.inner_text("[data-part=line]")


@pytest.fixture
def updated(site, tmp_path, monkeypatch):
    """Serve a copy of the site, with a function that writes a newer version, without the cat, over it."""
    folder = tmp_path / "site"
    shutil.copytree(site, folder)

    def update():
        monkeypatch.setattr(site_module, "SAMPLES", ("sky",))
        write_site(folder, quality=0)

    with served(folder) as address:
        yield address, update


def test_a_page_that_stays_open_while_a_newer_version_arrives_still_has_its_own_files(browser, updated):
    address, update = updated
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}icon.svg")
    page.evaluate("caches.open('deepdream-000000000000')")  # of a version before the last
    page.goto(address)
    awake(page)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    (own,) = (name for name in page.evaluate(CACHES) if name != "deepdream-000000000000")
    page.evaluate("navigator.serviceWorker.addEventListener('controllerchange', () => { window.newer = true; })")
    update()
    other = context.new_page()
    other.goto(address)
    page.wait_for_function("() => window.newer")
    comes_true(page, "caches.keys().then((names) => !names.includes('deepdream-000000000000'))")
    page.evaluate("window.fetch = ((fetched) => (url) => fetched(url, { cache: 'no-store' }))(window.fetch)")
    page.click(".sample >> nth=1")
    page.wait_for_selector("html[data-preview]", state="attached")
    assert own in page.evaluate(CACHES)
    context.close()


# What breaks


def test_files_that_cannot_be_fetched_are_told_and_fetched_when_the_line_is_back(visit):
    page = visit(service_workers="block", script="window.patience = 1")
    page.context.route("**/*.onnx", lambda route: route.abort())
    page.reload()
    says(page, "could not be loaded")
    put(page, small_photo())
    page.wait_for_selector("[data-part=box]")
    says(page, "could not be loaded")
    page.context.unroute("**/*.onnx")
    page.context.set_offline(True)
    page.context.set_offline(False)
    awake(page)
    page.wait_for_selector("html[data-preview]", state="attached")


BREAKS = """run(name, feeds) {
    if (self.full || feeds.picture?.dims[3] > 330) {
      self.full = true; // as memory that is not given back
      throw new RangeError('Array buffer allocation failed');
    }"""


def test_a_dream_that_breaks_off_is_told_and_a_smaller_one_succeeds(visit):
    page = visit(service_workers="block")

    def broken(route):
        route.fulfill(response=(fetched := route.fetch()), body=fetched.text().replace("run(name, feeds) {", BREAKS))

    page.context.route("**/engine/step.js", broken)
    page.goto(f"{page.url}?r={to_link(QUICK)}")
    awake(page)
    give(page, (360, 240))
    page.click("[data-part=dream]")
    says(page, "a smaller size needs less memory")
    page.wait_for_timeout(3000)
    says(page, "a smaller size needs less memory")
    dream(page)
    assert shown(page).shape == (213, 320, 4)


def test_a_photo_that_is_too_small_leaves_the_one_before(visit, tmp_path):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    give(page)
    put(page, picture(tmp_path, 300, 20))
    says(page, "too small")
    dream(page)
    assert shown(page).shape == (*SMALL[::-1], 4)


def test_a_long_photo_is_shrunk_no_further_than_the_network_sees(visit, tmp_path):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    put(page, picture(tmp_path, 1000, 64))
    page.wait_for_selector("html[data-preview]", state="attached")
    dream(page)
    assert shown(page).shape == (32, 500, 4)


def test_a_photo_of_too_many_pixels_is_told_so(visit, tmp_path):
    huge = "{ width: 20000, height: 10000, close: () => { window.gone = true; } }"
    page = awake(visit(script=f"window.createImageBitmap = async () => ({huge})"))
    put(page, picture(tmp_path, 20, 20))
    says(page, "100 megapixels")
    assert page.evaluate("gone")


# What a browser lacks

REFUSES = """window.createImageBitmap = ((made) => async (file, about = {}) => {
  if (about.imageOrientation === 'from-image') throw new TypeError("not a valid enum value of type ImageOrientation");
  return made(file, about);
})(window.createImageBitmap)"""


def test_a_browser_that_does_not_know_orientation_from_image_opens_photos(visit):
    """Chromium knows it from 112 on; without it, too, photos are upright."""
    page = awake(visit(script=REFUSES))
    give(page)


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_3 like Mac OS X) Version/26.3 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(("about", "ways"), [({}, 3), ({"user_agent": PHONE}, 1)])
def test_phones_whose_browser_dies_of_the_graphics_card_are_not_asked_for_it(visit, about, ways):
    page = visit(
        **about,
        script="""window.Worker = class {
            postMessage({ ways }) { window.ways = ways.map(({ name }) => name); }
        }""",
    )
    page.wait_for_function("() => window.ways")
    assert page.evaluate("ways") == ["webgpu", "threads", "wasm"][-ways:]


# What is done by mistake


def test_a_dream_that_a_preview_took_the_place_of_comes_back(visit):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    give(page)
    assert not page.is_visible("[data-part=undo]")
    dream(page)
    dreamed = shown(page)
    move(page)
    page.wait_for_selector(".room[data-state=photo]")
    says(page, "settings have changed")
    assert link(page) != to_link(QUICK)
    page.click("[data-part=undo]")
    page.wait_for_selector(".room[data-state=done]")
    assert (shown(page) == dreamed).all()
    assert link(page) == to_link(QUICK) and read_recipe(save(page, "png")) == QUICK
    assert not page.is_visible("[data-part=undo]")
    move(page, "steps", 3)
    dream(page)
    other = shown(page)
    for wanted in (dreamed, other):
        page.keyboard.press("z")
        assert (shown(page) == wanted).all()


def test_a_slider_that_is_touched_in_mid_dream_loses_nothing(visit):
    recipe = Recipe(octaves=2, steps=40)
    page = awake(visit(query=f"?r={to_link(recipe)}"))
    give(page)
    page.select_option("[data-part=size]", "320")
    page.click("[data-part=dream]")
    says(page, "octave")
    move(page)
    page.wait_for_selector(".room[data-state=photo]")
    page.locator(".badge", has_text="preview").wait_for()
    page.click("[data-part=undo]")
    page.wait_for_selector(".room[data-state=done]")
    assert shown(page).shape == (*SMALL[::-1], 4) and read_recipe(save(page, "png")) == recipe


def test_a_finger_that_scrolls_over_a_slider_changes_nothing(visit):
    page = awake(visit(has_touch=True, width=390))
    give(page)
    before = link(page)
    page.evaluate("""() => {
        const slider = document.querySelector('#setting-octave_scale input[type=range]');
        const about = { bubbles: true, pointerType: 'touch', clientX: 9, clientY: 9 };
        slider.dispatchEvent(new PointerEvent('pointerdown', about));
        slider.value = slider.max;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        slider.dispatchEvent(new PointerEvent('pointercancel', about));
    }""")
    assert link(page) == before


def test_a_layer_that_is_on_can_be_put_off_and_layers_put_together_are_balanced(visit):
    page = awake(visit(query=f"?r={to_link(Recipe(layers=(('conv4_2:17', 1.0), ('conv3_1', 1.0))))}"))
    button = page.locator("[data-layer=conv4_2]")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert link(page) == to_link(Recipe(layers=(("conv3_1", 1.0),)))
    page.click("[data-layer=conv1]")
    assert link(page) == to_link(Recipe(layers=(("conv3_1", 1.0), ("conv1", 1.0)), balance=True))


def test_a_page_that_is_loaded_anew_has_its_settings_and_a_shared_link_still_leads_elsewhere(visit):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    assert "shared" in page.inner_text(".masthead")
    move(page, "octaves", 3)
    changed = link(page)
    page.wait_for_function("() => location.hash.includes('octaves-3')")
    page.reload()
    awake(page)
    assert link(page) == changed != to_link(QUICK)
    assert "shared" not in page.inner_text(".masthead")


def test_a_preview_becomes_a_better_one_once_the_hand_rests(visit):
    def of_a_usual_device(route):  # one that is too slow has no better one
        answer = route.fetch()
        measured = "return Math.min(...times.slice(1))"
        assert measured in answer.text()
        route.fulfill(response=answer, body=answer.text().replace(measured, "return 40"))

    page = visit(routes={"**/engine/device.js": of_a_usual_device})
    awake(page)
    page.evaluate("""() => {
        const canvas = document.querySelector('[data-part=after]');
        const pixels = () => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        window.previews = [];
        new MutationObserver(() => window.previews.push(pixels()))
            .observe(document.documentElement, { attributeFilter: ['data-preview'] });
    }""")
    give(page)
    page.wait_for_function("() => previews.length > 1")
    assert page.evaluate("() => previews[0].some((value, at) => Math.abs(value - previews[1][at]) > 10)")


# What others read


def test_it_is_written_on_a_preview_that_it_is_one(visit):
    page = awake(visit())
    give(page)
    above = """() => {
        const badge = document.querySelector('.badge');
        for (const each of document.querySelectorAll('.box *')) each.style.pointerEvents = 'auto';
        const { x, y, width, height } = badge.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === badge;
    }"""
    assert page.evaluate(above), "the picture lay over it"


def test_a_weight_has_the_name_that_its_channel_was_given(visit):
    page = awake(visit(query=f"?lang=ko&r={to_link(preset('compact_apes'))}"))
    (name, *_) = next(iter(preset("compact_apes").layers))
    assert page.locator(".weight span").first.inner_text() == f"유인원 · {name}"


def test_a_dream_that_is_not_for_the_device_is_told_in_the_visitors_language(visit):
    page = awake(visit(query=f"?lang=ko&r={to_link(Recipe(tile_size=100))}"))
    give(page)
    page.click("[data-part=dream]")
    says(page, "이 기기는 이 설정으로 꿈꿀 수 없습니다")


@pytest.mark.parametrize("language", ["ko", "vi"])
def test_the_hints_of_looks_are_in_the_visitors_language(visit, language):
    page = visit(query=f"?lang={language}")
    page.wait_for_selector(".chip")
    hints = page.evaluate("[...document.querySelectorAll('.chip')].map((chip) => chip.title)")
    english = page.evaluate(
        "Object.entries(site.texts.en).filter(([key]) => key.startsWith('look.')).map((one) => one[1])"
    )
    assert not [hint for hint in hints if hint.isascii() or hint in english]


def test_by_the_keyboard_alone_a_dream_is_begun_and_stopped_and_the_focus_has_a_place(visit):
    page = awake(visit(query=f"?r={to_link(Recipe(octaves=2, steps=40))}"))
    focused = "document.activeElement.dataset.part"
    page.focus(".sample")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-preview]", state="attached")
    assert page.evaluate(focused) == "dream"
    page.keyboard.press("Enter")
    says(page, "octave")
    assert page.evaluate(focused) == "dream"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "stop"
    page.keyboard.press("Enter")
    page.wait_for_selector(".room[data-state=done]")
    assert page.evaluate(focused) == "dream"


def test_the_camera_gives_a_photo_by_a_dialog_with_a_name(visit):
    page = awake(visit(permissions=["camera"]))
    page.click("[data-part=camera]")
    dialog = page.locator("dialog[open]")
    assert dialog.get_attribute("aria-label")
    page.locator("dialog[open] button:not([disabled])", has_text="Take").click()
    page.wait_for_selector("html[data-preview]", state="attached")
