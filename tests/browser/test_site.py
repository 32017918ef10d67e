"""The static site in Chromium: it dreams by itself, keeps still after loading, and works without a network."""

import io
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import read_image
from deepdream.browser.site import write_site
from deepdream.errors import DreamError
from deepdream.images import read_recipe
from deepdream.presets import preset, to_link
from deepdream.recipe import Recipe

from .visiting import ASSETS, QUICK, SMALL, Handler, awake, dream, give, save, says, shown

pytestmark = pytest.mark.browser


def test_a_photo_becomes_a_dream_whose_files_hold_the_recipe(visit):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    give(page)
    dream(page)
    for format in ("png", "jpeg", "webp"):
        content = save(page, format)
        assert read_recipe(content) == QUICK
        assert Image.open(io.BytesIO(content)).format == format.upper()
    page.click("[data-part=share]")
    assert page.input_value("[data-part=link]").endswith(f"?r={to_link(QUICK)}")


def test_a_file_holds_the_settings_of_its_dream_though_a_control_has_moved_since(visit):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    give(page)
    dream(page)
    with page.expect_download() as started:
        page.evaluate("""() => {
            const steps = document.querySelector('#setting-steps input[type=range]');
            steps.value = 9;
            steps.dispatchEvent(new Event('input'));
            document.querySelector('[data-save=png]').click();
        }""")
    assert read_recipe(Path(started.value.path()).read_bytes()) == QUICK


def test_of_two_photos_the_one_that_was_brought_last_is_dreamed(visit, tmp_path):
    page = awake(visit())
    page.evaluate("""() => {
        const { createImageBitmap: at_once } = window;
        let first = true;
        window.createImageBitmap = async (...about) => {
            const slow = first;
            first = false;
            if (slow) await new Promise((resolve) => setTimeout(resolve, 1500));
            return at_once(...about);
        };
    }""")
    for name, size in (("wide.png", (200, 100)), ("high.png", (100, 200))):
        Image.new("RGB", size, (90, 120, 60)).save(tmp_path / name)
        page.set_input_files("[data-part=file]", str(tmp_path / name))
    page.wait_for_selector("html[data-preview]", state="attached")
    page.wait_for_timeout(2000)
    assert page.evaluate("document.querySelector('[data-part=box]').style.getPropertyValue('--wide')") == "0.5"


def test_every_control_has_a_name_and_the_steps_of_a_dream_are_not_read_out(visit):
    page = awake(visit(query=f"?r={to_link(Recipe(octaves=2, steps=6))}"))
    nameless = """() => [...document.querySelectorAll('input, select')]
        .filter((each) => !each.ariaLabel && each.labels[0]?.control !== each).map((each) => each.outerHTML)"""
    assert page.evaluate(nameless) == []
    give(page)
    page.evaluate("""() => {
        window.read = [];
        new MutationObserver(() => window.read.push(document.querySelector('[data-part=live]').textContent))
            .observe(document.querySelector('[data-part=live]'), { childList: true });
    }""")
    dream(page)
    assert not any("octave" in words for words in page.evaluate("read")) and len(page.evaluate("read")) <= 3


ALL_KEPT = """() => caches.keys().then((names) => caches.open(names[0])).then((cache) => cache.keys()).then((all) =>
    all.length > 45 && all.some((each) => each.url.endsWith('.wasm')))"""


def sent():
    """Return how many files went out, but for the browser's own look whether there is a newer service worker."""
    return sum(path != "/sw.js" for path, _ in Handler.sent)


# All that the page has put away in the browser.
PUT_AWAY = """async () => {
  const caught = (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys())
      .map((each) => each.url)))).flat();
  const folder = await navigator.storage.getDirectory();
  const files = [];
  for await (const name of folder.keys()) files.push(name);
  return { databases: (await indexedDB.databases()).length, files, cookies: document.cookie, caught,
      words: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) };
}"""


def test_nothing_is_requested_after_loading_and_a_second_visit_needs_no_network(visit, server):
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function(ALL_KEPT)
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda each: each.url.startswith(server) and asked.append(each.url))
    before, kept = sent(), page.evaluate(PUT_AWAY)
    give(page)
    dream(page)
    save(page, "png")
    assert asked == []
    assert sent() == before
    assert page.evaluate(PUT_AWAY) == kept, "a photo and its dream are in memory alone"
    page.context.set_offline(True)
    page.reload()
    awake(page)
    give(page)
    dream(page)
    assert sent() == before


def test_stop_keeps_what_was_dreamed_within_a_step(visit):
    page = awake(visit())
    give(page)
    page.select_option("[data-part=size]", "320")
    page.click("[data-part=dream]")
    says(page, "octave")
    page.click("[data-part=stop]")
    page.wait_for_selector(".room[data-state=done]")
    assert page.evaluate("document.querySelector('[data-part=bar]').hidden")
    assert shown(page).shape == (*SMALL[::-1], 4)


def test_a_tab_that_is_put_to_sleep_in_mid_dream_goes_on_when_it_wakes(visit, browser):
    page = awake(visit(query=f"?r={to_link(Recipe(octaves=2, steps=6))}"))
    give(page)
    page.select_option("[data-part=size]", "320")
    page.click("[data-part=dream]")
    says(page, "octave")
    asleep = renderers(browser)  # Chromium freezes no page that is driven from outside: the system puts it to sleep
    for process in asleep:
        os.kill(process, signal.SIGSTOP)
    time.sleep(1)
    for process in asleep:
        os.kill(process, signal.SIGCONT)
    page.wait_for_selector(".room[data-state=done]")
    assert "stopped" not in page.inner_text("[data-part=line]").lower()
    assert shown(page).shape == (*SMALL[::-1], 4)


DREAMS, FLAT = 300, 20e6  # bytes


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("DEEPDREAM_SOAK") != "1", reason="three minutes; DEEPDREAM_SOAK=1 runs it")
def test_memory_is_flat_over_three_hundred_dreams(visit, browser, tmp_path):
    with Image.open(ASSETS / "cat.jpg") as cat:
        cat.resize((64, 48)).save(tmp_path / "small.png")
    page = awake(visit(query=f"?r={to_link(QUICK)}"))
    page.set_input_files("[data-part=file]", str(tmp_path / "small.png"))
    page.wait_for_selector("html[data-preview]", state="attached")
    held = []
    for number in range(DREAMS):
        page.click("[data-part=dream]")
        page.wait_for_selector(".room[data-state=done]")
        if number % 30 == 29:
            held.append(held_by(browser))
            print(f"{number + 1} dreams: {held[-1] / 1e6:.0f} MB in the pages' processes", flush=True)
    assert min(held[-3:]) < min(held[1:4]) + FLAT


def renderers(browser):
    """Return the numbers of the processes of pages."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return [each["id"] for each in processes if each["type"] == "renderer"]


def held_by(browser):
    """Return the bytes that the processes of pages hold."""
    pages = (int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in renderers(browser))
    return sum(pages) * os.sysconf("SC_PAGESIZE")


def test_a_turned_photo_is_dreamed_upright_as_by_python(visit, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = tmp_path / "turned.jpg"
    with Image.open(ASSETS / "cat.jpg") as cat:
        cat.resize((300, 200)).save(turned, exif=exif)
    page = awake(visit(query=f"?r={to_link(Recipe(steps=0))}"))
    page.set_input_files("[data-part=file]", str(turned))
    page.wait_for_selector("html[data-preview]", state="attached")
    ours = shown(page)[..., :3] / 255
    assert np.abs(ours - read_image(turned).pixels).mean() < 0.01


def test_what_is_odd_is_refused_in_words(visit, tmp_path):
    page = awake(visit(query="?r=1*octaves-99*__proto__-1"))
    line = page.locator("[data-part=line]")
    assert "link" in line.inner_text()
    for name, content in {
        "empty.png": b"",
        "text.jpg": b"no picture",
        "cut.png": (ASSETS / "cat.jpg").read_bytes()[:300],
    }.items():
        (tmp_path / name).write_bytes(content)
        page.set_input_files("[data-part=file]", str(tmp_path / name))
        says(page, "could not be opened")
    Image.new("RGB", (20, 300)).save(tmp_path / "thin.png")
    page.set_input_files("[data-part=file]", str(tmp_path / "thin.png"))
    says(page, "too small")
    (tmp_path / "other.json").write_text(json.dumps(preset("hvass").to_dict()))
    page.set_input_files("[data-part=file]", str(tmp_path / "other.json"))
    says(page, "cannot dream these settings")


def test_a_sample_that_cannot_be_fetched_is_told(visit):
    page = visit()
    awake(page)
    page.evaluate("void (window.fetch = () => Promise.reject(new TypeError('the line is cut')))")
    page.click(".sample")
    says(page, "That file could not be opened as a picture.")


def test_another_link_is_not_told_as_copied(visit):
    page = visit()
    awake(page)
    page.click("[data-part=share]")
    page.click("[data-part=copy]")
    page.locator("[data-part=copy]", has_text="Copied").wait_for()
    page.click("[data-part=close]")
    page.click("[data-part=share]")
    assert page.inner_text("[data-part=copy]") == "Copy"


def test_a_browser_without_webassembly_says_so(visit, browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.WebAssembly")
    page.goto(server)
    page.wait_for_selector("html[data-failed]", state="attached")
    assert "WebAssembly" in page.inner_text("[data-part=line]")
    context.close()


def test_a_browser_without_storage_dreams_all_the_same(visit, browser, server):
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server}?r={to_link(QUICK)}")
    awake(page)
    give(page)
    dream(page)
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_a_desk_by_day_and_night(visit, width, scheme):
    page = visit(width=width, height=844, color_scheme=scheme)
    page.wait_for_selector(".chip")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (scheme == "dark")
    page.wait_for_selector("html[data-device]", state="attached")
    name, picture, look = (page.locator(each).first.bounding_box() for each in (".masthead h1", ".stage", ".chip"))
    assert name["x"] == picture["x"] and name["y"] + name["height"] <= min(picture["y"], look["y"]), "it lay over them"
    small = page.evaluate("""() => [...document.querySelectorAll('button, select, summary')].filter((each) =>
        each.offsetParent && each.getBoundingClientRect().height < 32).map((each) => each.outerHTML)""")
    assert small == []


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(DreamError, match="holds something else"):
        write_site(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]
