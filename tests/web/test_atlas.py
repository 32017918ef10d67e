"""The atlas: its pictures and names hold together, and the page finds channels and classes by them."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdream.networks import CLASSES, load_network
from deepdream.networks.channel_names import channel_names
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web import texts
from deepdream.web.components import atlas, controls, pictures

from .test_page import CAT, give, watch_pictures

ENGLISH = texts.tables()["en"]

COMPACT = load_network("compact")
USUAL = len(Recipe().layers)


def targets(query: str) -> list[str]:
    return [item["target"] for item in atlas.find(query)]


def pixels(data_url: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2]))) as picture:
        return np.asarray(picture.convert("RGB"), int)


# What lies in the package


def test_every_layer_has_a_sheet_with_room_for_all_its_channels_and_no_sheet_is_left_over():
    sheets = {path.stem: path for path in (atlas.ATLAS / "compact").iterdir()}
    assert set(sheets) == {layer.name for layer in COMPACT.layers}
    for layer in COMPACT.layers:
        with Image.open(sheets[layer.name]) as sheet:
            rows = -(-layer.channels // atlas.ACROSS)
            assert sheet.size == (atlas.ACROSS * atlas.TILE, rows * atlas.TILE)
    assert sum(path.stat().st_size for path in sheets.values()) < 3e6


def test_a_tile_is_cut_from_its_own_place():
    with Image.open(atlas.ATLAS / "compact" / "conv5_2.jpg") as sheet:
        whole = np.asarray(sheet.convert("RGB"), int)
    found = pixels(atlas.tile("compact", "conv5_2", 304))  # the 20th row, the first tile
    assert found.shape == (48, 48, 3)
    assert np.abs(found - whole[19 * 48 : 20 * 48, :48]).mean() < 8  # one more JPEG
    assert np.abs(found - whole[19 * 48 : 20 * 48, 48:96]).mean() > 30


def test_names_are_of_channels_that_exist_and_each_is_in_the_pages_texts():
    layers = {layer.name: layer for layer in COMPACT.layers if layer.name != CLASSES}
    names = channel_names("compact")
    assert len(names) > 300
    for target, name in names.items():
        layer, channel = target.split(":")
        assert 0 <= int(channel) < layers[layer].channels
        assert f"channel.{name}" in ENGLISH
    words = {key.removeprefix("channel.") for key in ENGLISH if key.startswith("channel.")}
    assert words == set(names.values())
    assert all(key == f"channel.{english}" for key, english in ENGLISH.items() if key.startswith("channel."))


def test_no_target_is_named_twice():
    source = (atlas.ATLAS.parents[2] / "networks" / "compact_names.json").read_text("utf-8")
    pairs = json.loads(source, object_pairs_hook=list)
    assert len({target for target, _ in pairs}) == len(pairs)


def test_looks_and_layers_have_a_picture_each_and_no_picture_is_left_over():
    looks = {name for name in PRESETS if name.startswith("compact_")}
    assert {path.stem for path in pictures.PRESET_FACES.iterdir()} == looks
    layers = {layer.name for layer in COMPACT.layers if layer.name != CLASSES}
    assert {path.stem for path in (pictures.LAYER_FACES / "compact").iterdir()} == layers
    for name in looks:
        assert f"look.{name}" in ENGLISH
    for name in layers:
        assert f"layer.{name}" in ENGLISH


# What is found


@pytest.mark.parametrize("query", ["spiders", "spider", "SPIDERS ", "거미", "nhện"])
def test_a_channel_is_found_by_its_name_in_every_language(query):
    assert "conv5_2:282" in targets(query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("school bus", "classes:school bus"),
        ("butterfly", "conv5_2:132"),
        ("conv4_2:17", "conv4_2:17"),
        ("conv4_3 spiders", "conv4_3:17"),
    ],
)
def test_the_first_found_is_what_was_meant(query, first):
    assert targets(query)[0] == first


def test_a_number_finds_that_channel_and_no_longer_one():
    assert targets("conv1 3") == ["conv1:3"]  # not 30 and 31


def test_an_unnamed_channel_is_found_by_its_layer_after_the_named_ones():
    found = atlas.find("conv1")
    assert len(found) == 32
    named = [bool(item["key"]) for item in found]
    assert named == sorted(named, reverse=True) and not all(named)


def test_an_empty_query_shows_one_picture_of_each_name():
    found = atlas.find("  ")
    keys = [item["key"] for item in found]
    assert len(found) == len(set(keys)) == len(set(channel_names("compact").values())) and all(keys)
    assert keys[0] in ("channel.stripes", "channel.eyes", "channel.dogs")  # what many channels draw


def test_what_finds_nothing_gives_nothing():
    assert atlas.find("zzz") == []
    assert atlas.find("eyes", "inception_v3") == []
    for odd in (None, 17, ["eyes"], {"a": 1}):
        assert controls.find_pictures(odd) == []
    assert len(atlas.find("e" * 100_000)) == 0


def test_the_menu_carries_each_layers_names():
    menu = {layer["name"]: layer for layer in controls.layer_menu("compact")}
    assert menu["conv4_2"]["names"]["17"] == "channel.spiders"
    assert all(layer["atlas"] for layer in menu.values())


# On the page


def search(page: Any, words: str) -> Any:
    field = page.locator("input[data-part=target]")
    field.fill(words)
    return field


def weights(page: Any) -> list[str]:
    return page.locator(".weight > span").all_inner_texts()


@pytest.mark.browser
def test_a_search_shows_pictures_and_a_tap_dreams_one(visit):
    page = visit()
    give(page, CAT)
    usual = len(weights(page))
    search(page, "spider")
    tile = page.locator(".tile[data-target='conv5_2:282']")
    tile.wait_for()
    assert page.locator("[data-part=count]").inner_text() == f"{len(targets('spider'))} pictures"
    assert tile.get_attribute("aria-label") == "spiders, conv5_2:282"
    assert tile.locator("img").evaluate("image => image.naturalWidth") == atlas.TILE
    watch_pictures(page)
    tile.click()
    page.wait_for_function(f"document.querySelectorAll('.weight').length === {usual + 1}")
    assert weights(page)[-1] == "spiders · conv5_2:282"
    assert tile.get_attribute("aria-pressed") == "true"
    page.wait_for_function("window.seen.length >= 1")
    tile.click()
    page.wait_for_function(f"document.querySelectorAll('.weight').length === {usual}")
    assert tile.get_attribute("aria-pressed") == "false"
    search(page, "conv1 3")
    page.wait_for_function("/^1 picture/.test(document.querySelector('[data-part=count]').innerText)")
    assert page.locator("[data-part=count]").inner_text() == "1 picture"


@pytest.mark.browser
def test_the_search_is_led_by_keys_alone(visit):
    page = visit()
    field = search(page, "")
    field.focus()
    page.wait_for_timeout(300)  # twice what it waits for another key
    assert page.locator(".found").is_hidden(), "the tab key opens nothing"
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelectorAll('.tile').length > 100")
    page.keyboard.press("ArrowUp")
    page.keyboard.type("butterfly")
    page.wait_for_function("document.querySelector('.tile')?.dataset.target === 'conv5_2:132'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    second = targets("butterfly")[1]
    assert page.evaluate("document.activeElement.dataset.target") == second
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('.weight').length === {USUAL + 1}")
    assert weights(page)[-1].endswith(second)
    page.keyboard.press("Escape")
    assert page.locator(".found").is_hidden()
    assert field.evaluate("field => field === document.activeElement")
    field.fill("school bus")
    page.keyboard.press("Enter")  # a plain word stands for the first picture it finds
    page.wait_for_function(f"document.querySelectorAll('.weight').length === {USUAL + 2}")
    assert "school bus" in weights(page)[-1]


@pytest.mark.browser
def test_the_search_works_by_touch_on_a_phone_in_korean_and_says_when_there_is_nothing(visit):
    page = visit(width=390, height=844, has_touch=True, query="?lang=ko")
    page.click("#room-dream .sheet [data-name=see]")
    field = search(page, "거미")
    page.wait_for_selector(".tile[data-target='conv5_2:282']")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".tile").first.tap()
    page.wait_for_function(f"document.querySelectorAll('.weight').length === {USUAL + 1}")
    assert weights(page)[-1].startswith("거미 · ")
    field.fill("zzz")
    page.wait_for_function("document.querySelectorAll('.tile').length === 0")
    assert page.locator("[data-part=count]").inner_text() == texts.say("found_none", "ko")
    page.locator(".found [data-part=close]").tap()
    assert page.locator(".found").is_hidden()


def test_a_search_needs_no_accents_but_knows_them():
    with_accents, without = (atlas.find(word) for word in ("chó", "cho"))
    dogs = {each["target"] for each in with_accents}
    assert dogs and dogs <= {each["target"] for each in without}
