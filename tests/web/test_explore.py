"""The room Explore in a real browser: what a layer sees, what it wants to see, and what a dream changed."""

from typing import Any

import pytest

from deepdream.recipe import Recipe

from .conftest import ASSETS

pytestmark = pytest.mark.browser

CAT = ASSETS / "cat.jpg"
STAGE = "#seen-stage"


def enter(page: Any, *, photo: bool = True) -> None:
    """Open the room, with the photo that was given in the first one."""
    if photo:
        page.set_input_files("#stage input[data-part=file]", str(CAT))
        page.wait_for_selector("#stage .before[src]", state="attached")
    page.get_by_role("tab", name="Explore").click()
    if photo:
        page.wait_for_selector("#channels .shot")


def status(page: Any) -> str:
    return page.inner_text(f"{STAGE} .line")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_channel_is_tapped_and_a_place_is_pointed_at(visit, width):
    page = visit(width=width, has_touch=width < 500)
    enter(page)
    assert "dark is 0" in status(page)
    page.locator("#channels .shot").nth(2).click()
    page.wait_for_function("document.querySelectorAll('#channels .shot')[2].ariaPressed === 'true'")
    chosen = page.locator("#channels .shot").nth(2).inner_text().split()[0]
    page.wait_for_function(
        "(chosen) => document.querySelector('#seen-stage .line').innerText.includes(`channel ${chosen}:`)", arg=chosen
    )

    before = page.inner_text("#channels")
    page.click(f"{STAGE} [data-part=point]")
    place = page.locator(f"{STAGE} button.target")
    place.tap(position={"x": 20, "y": 20}) if width < 500 else place.click(position={"x": 20, "y": 20})
    page.wait_for_function("(before) => document.querySelector('#channels').innerText !== before", arg=before)
    page.wait_for_selector(f"{STAGE} .ring", state="visible")
    ring = page.locator(f"{STAGE} .ring").bounding_box()
    area = page.locator(f"{STAGE} .box").bounding_box()
    assert (ring["x"] + 13 - area["x"], ring["y"] + 13 - area["y"]) == pytest.approx((20, 20), abs=2)

    page.click("#whole-photo")
    page.wait_for_function("(before) => document.querySelector('#channels').innerText === before", arg=before)
    for gone in (f"{STAGE} .ring", "#whole-photo"):
        page.wait_for_selector(gone, state="hidden")


def test_a_place_is_chosen_by_keys(visit):
    from deepdream.images import read_image
    from deepdream.inspection.maps import feature_maps

    page = visit()
    enter(page)
    page.locator(f"{STAGE} [data-part=point]").focus()
    for key in ("Enter", *["ArrowRight"] * 4, *["ArrowUp"] * 2, "Enter"):  # from the middle, a twentieth each
        page.keyboard.press(key)
    page.wait_for_selector("#whole-photo", state="visible")
    maps = feature_maps(read_image(CAT), "compact", "conv4_2").maps
    at_place = maps[int(0.4 * maps.shape[0]), int(0.7 * maps.shape[1])]
    shown = [int(each.split()[0]) for each in page.locator("#channels .shot span").all_inner_texts()]
    assert shown[:5] == at_place.argsort()[::-1][:5].tolist()
    page.locator("#explore-layers .chip").nth(3).click()
    page.wait_for_function("document.querySelector('#seen-stage .line').innerText.includes('conv3_2')")
    assert page.is_visible(f"{STAGE} .ring"), "another layer looks at the same place"


def test_the_ranking_is_that_of_the_networks_activations(visit):
    from deepdream.images import read_image
    from deepdream.inspection.maps import feature_maps

    page = visit()
    enter(page)
    shown = [int(each.split()[0]) for each in page.locator("#channels .shot span").all_inner_texts()]
    maps = feature_maps(read_image(CAT), "compact", "conv4_2").maps
    assert shown[:5] == maps.mean(axis=(0, 1)).argsort()[::-1][:5].tolist()
    greatest = [float(each) for each in page.locator("#channels .shot small").all_inner_texts()]
    assert greatest[:5] == pytest.approx([maps[..., channel].max() for channel in shown[:5]], rel=0.06)  # two digits


def test_a_channel_goes_into_the_dream(visit):
    page = visit()
    enter(page)
    page.click("#add-to-dream")
    page.wait_for_function("document.body.innerText.includes('is now among the layers of Dream')")
    channel = page.locator("#channels .shot[aria-pressed=true] span").inner_text().split()[0]
    page.click("#go-to-dream")
    page.wait_for_function(
        "(channel) => [...document.querySelectorAll('.weight')].some((row) => row.innerText.includes('· ' + channel))",
        arg=channel,
    )
    page.click("#dream")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=60_000)


def test_another_layer_by_key(visit):
    page = visit()
    enter(page)
    page.locator("#explore-layers .chip").nth(3).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#seen-stage .line').innerText.includes('conv3_2')")


def test_a_class_grows_from_noise_and_stops(visit):
    page = visit()
    enter(page, photo=False)
    page.get_by_label("Layer, channel or class").last.fill("classes:school bus")
    page.keyboard.press("Enter")
    page.evaluate("""() => {
        window.grownSeen = new Set();
        const image = document.querySelector('#grown img');
        new MutationObserver(() => window.grownSeen.add(image.src)).observe(image, { attributes: true });
    }""")
    page.click("#grow")
    page.wait_for_function("window.grownSeen.size >= 3", timeout=60_000)
    page.click("#stop-growing")
    page.wait_for_function("document.querySelector('#grown').innerText.includes('stopped')")
    assert page.get_attribute("#grown img", "alt") == "classes:school bus"


def test_a_layers_sheet_fills_and_stops(visit):
    page = visit()
    enter(page, photo=False)
    assert page.is_hidden("#stop-growing")
    page.click("#grow-layer")
    page.wait_for_function("document.querySelectorAll('#grown .tile').length >= 16", timeout=60_000)
    assert "of 256" in page.inner_text("#grown .note")
    page.click("#stop-growing")
    page.wait_for_function("document.querySelector('#grown progress').hidden")
    shown = page.inner_text("#grown")
    page.wait_for_timeout(2500)
    assert page.inner_text("#grown") == shown, "it went on after Stop"


def test_a_picture_of_the_sheet_chooses_its_channel(visit):
    page = visit()
    enter(page)
    page.click("#grow-layer")
    page.wait_for_selector("#grown .tile >> nth=7", timeout=60_000)
    page.click("#stop-growing")
    page.locator("#grown .tile").nth(5).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#seen-stage .line').innerText.includes('channel 5:')")
    assert page.get_by_label("Layer, channel or class").last.input_value() == "conv4_2:5"
    assert page.get_attribute("#grown figure img", "src") == page.get_attribute("#grown .tile >> nth=5 >> img", "src")


def test_what_is_typed_wrongly_is_explained(visit):
    page = visit()
    enter(page, photo=False)
    page.get_by_label("Layer, channel or class").last.fill("conv9:3")
    page.keyboard.press("Enter")
    page.click("#grow")
    page.wait_for_function("document.body.innerText.includes('conv9')")


def test_before_and_after_a_dream(visit):
    page = visit()
    page.set_input_files("#stage input[data-part=file]", str(CAT))
    page.wait_for_selector("#stage .before[src]", state="attached")
    page.click("#dream")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=60_000)
    page.get_by_role("tab", name="Explore").click()
    page.wait_for_selector("#views .plot polyline", state="attached")
    assert page.locator("#views .classes").count() == 2
    assert page.locator("#views .levels").count() == 2
    assert "tabby" in page.locator("#views .classes").first.inner_text() or "cat" in page.inner_text("#views").lower()
    before = page.get_attribute(f"{STAGE} .after", "src")
    page.click("#heat")
    page.wait_for_function("(src) => document.querySelector('#seen-stage .after').src !== src", arg=before)
    assert "speaks for" in status(page)
    picture = page.locator(f"{STAGE} .box").bounding_box()
    assert picture["y"] >= 0 and picture["y"] + picture["height"] <= 860, "where one presses, one sees it"
    legend = page.inner_text("#views .legend")
    assert "heads" in legend and "arches" in legend, "a layer and a channel of the default recipe, by their plain names"
    assert "black or white" in legend and len(legend.splitlines()) == len(Recipe().layers) + 1
    button = page.locator("#views .classes button").nth(2)
    label = button.locator("span").inner_text()
    button.click()
    page.wait_for_function(
        "(label) => document.querySelector('#seen-stage .line').innerText.includes(': ' + label)", arg=label
    )
    page.click("#add-to-dream")  # which begins a preview with other settings
    page.wait_for_selector("#go-to-dream")
    page.locator("#explore-layers .chip").nth(3).click()
    page.wait_for_function("document.querySelector('#seen-stage .line').innerText.includes('conv3_2')")
    assert page.locator("#views .levels").count() == 2, "the newest dream is forgotten"


def test_a_network_that_cannot_be_fetched_is_explained_and_given_up(visit, page_server, monkeypatch):
    from deepdream.errors import DownloadError

    load = type(page_server.host).network

    def network(host: Any, name: str) -> Any:
        if name != "compact":
            raise DownloadError("no connection")
        return load(host, name)

    monkeypatch.setattr(type(page_server.host), "network", network)
    page = visit()
    enter(page)
    page.click("#explore-network input")
    page.get_by_role("option", name="vgg19").click()
    page.click(f"{STAGE} [data-part=remedy]")  # it asks first
    page.wait_for_function("document.body.innerText.includes('no connection')")
    page.wait_for_function("document.querySelector('#explore-network input').value === 'compact'")
    page.locator("#explore-layers .chip").nth(3).click()
    page.wait_for_function("document.querySelector('#seen-stage .line').innerText.includes('conv3_2')")


def test_every_control_has_a_name(visit):
    page = visit()
    enter(page)
    unnamed = page.evaluate("""() => [...document.querySelectorAll('#room-explore :is(button, input, select)')]
        .filter((node) => node.offsetParent && !(node.innerText.trim() || node.ariaLabel || node.title
            || (node.labels && node.labels.length) || node.getAttribute('aria-labelledby')))
        .map((node) => node.outerHTML.slice(0, 120))""")
    assert unnamed == []


def test_another_visitors_photo_is_not_there(visit):
    first, second = visit(), visit()
    enter(first)
    enter(second, photo=False)
    assert second.locator("#channels .shot").count() == 0
    assert second.is_visible(f"{STAGE} .drop")
