"""A link that was shared, as a chat program reads it."""

import html
import io
import re
import threading
import time
from urllib.parse import quote

import httpx
import loops
import pytest
from PIL import Image

from deepdream.presets import preset
from deepdream.recipe import Recipe
from deepdream.web import unfurl
from deepdream.web.rooms.shared.sharing import link_query
from deepdream.web.server import previews
from deepdream.web.server.renders import previewed


def read(server, query="", **headers):
    """Return the page's description by property, as a chat program sees it."""
    page = httpx.get(server.local_url + query, headers=headers, timeout=30).text
    return {
        name: html.unescape(text) for name, text in re.findall(r'<meta property="(og:\S+)" content="([^"]*)">', page)
    }


def test_a_link_unfurls_to_its_look_and_a_picture_dreamed_here(page_server):
    eyes = read(page_server, "?r=" + link_query(preset("compact_eyes")))
    usual = read(page_server)
    assert eyes["og:title"].startswith("Eyes") and eyes["og:description"] == preset_sentence("compact_eyes")
    assert eyes["og:image"].startswith(f"{page_server.local_url}unfurl.jpg?r=") and usual["og:image"].endswith(".jpg")
    pictures = [httpx.get(each["og:image"], timeout=60) for each in (eyes, usual)]
    assert [each.headers["content-type"] for each in pictures] == ["image/jpeg"] * 2
    assert pictures[0].content != pictures[1].content
    with Image.open(io.BytesIO(pictures[0].content)) as picture:
        assert max(picture.size) == 640 and not picture.getexif()


def preset_sentence(name):
    from deepdream.presets import PRESETS

    return PRESETS[name].sentence


def test_it_speaks_the_readers_language(page_server):
    assert read(page_server, **{"Accept-Language": "ko-KR"})["og:title"].startswith("꿈")


@pytest.mark.parametrize("text", ["1*steps-1e99", "x" * 5000, '"><script>', "1*layers-mixed9"])
def test_what_a_stranger_writes_into_a_link_is_not_repeated(page_server, text):
    told = read(page_server, f"?r={quote(text)}")
    assert len(told) == 7 and "script>" not in str(told) and all(len(each) < 400 for each in told.values())


def test_forged_headers_name_no_other_address(page_server):
    told = read(page_server, **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"})
    assert told["og:image"] == f"{page_server.local_url}unfurl.jpg"


@pytest.fixture
def unfurler(page_server, monkeypatch):
    made = []
    monkeypatch.setattr(unfurl, "previewed", lambda *about: made.append(about[2]) or previewed(*about))
    found = unfurl.Unfurler(page_server.host)
    found.made = made
    return found


def test_pictures_are_made_once_and_few_are_kept(unfurler, monkeypatch):
    monkeypatch.setattr(unfurl, "KEPT", 2)
    recipes = [Recipe(steps=2, seed=seed) for seed in range(3)]
    for recipe in (*recipes, recipes[2], recipes[0]):
        loops.run(unfurler.picture(recipe, "a"))
    assert [recipe.seed for recipe in unfurler.made] == [0, 1, 2, 0] and len(unfurler._kept) == 2
    monkeypatch.setattr(unfurl, "KEPT_BYTES", 1)
    loops.run(unfurler.picture(Recipe(steps=2, seed=9), "a"))
    assert not unfurler._kept


def test_a_picture_waits_for_everybody_and_gives_up(page_server, unfurler, monkeypatch):
    monkeypatch.setattr(unfurl, "PATIENCE", 0.1)
    ticket = page_server.host.turns.enter()
    try:
        with pytest.raises(unfurl.Busy):
            loops.run(unfurler.picture(Recipe(steps=3), "a"))
        asked = httpx.get(f"{page_server.local_url}unfurl.jpg?r=1*steps-3", timeout=30)
        assert asked.status_code == 503 and asked.headers["retry-after"]
    finally:
        page_server.host.turns.leave(ticket)
    assert unfurler._asking == 0 and page_server.host.turns.length == 0


def test_waiting_for_others_is_not_work(page_server, unfurler, monkeypatch):
    """The wait was once taken from the caller's share of the engine, and from the time of everybody's previews."""
    host, spent = page_server.host, []
    monkeypatch.setattr(host.turns.budgets, "spend", lambda caller, seconds: spent.append(seconds))
    learned = []
    monkeypatch.setattr(host.costs, "learn_beside", learned.append)
    loops.run(unfurler.picture(Recipe(steps=2, seed=20), "a"))
    ticket = host.turns.enter()
    threading.Timer(3.0, host.turns.leave, [ticket]).start()
    began = time.monotonic()
    loops.run(unfurler.picture(Recipe(steps=2, seed=21), "a"))
    assert time.monotonic() - began > 2.5 and spent[1] < 2 and learned[1] < previews.WHOLE


def test_what_is_not_embedded_is_not_dreamed_for_a_link(page_server):
    answer = httpx.get(f"{page_server.local_url}unfurl.jpg?r=1*vgg16*steps-3", timeout=30)
    network = httpx.get(f"{page_server.local_url}unfurl.jpg?r={link_query(preset('keras_example'))}", timeout=30)
    assert network.status_code == 404 and answer.status_code in (200, 404)
