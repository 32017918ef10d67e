"""Photos on their way in: the newest counts, and what was sent is sent again only where that is wanted."""

import asyncio
from typing import Any

import pytest

from deepdream.web.rooms.shared.photos import Material

from .conftest import visitor_behind
from .test_page import FILE, dream, give, small_photo
from .test_studio import wait_for

pytestmark = pytest.mark.browser


def shown_as(page: Any) -> float:
    """Return how many times as wide as high the photo on the stage is."""
    page.wait_for_selector(".box .before[src]", state="attached")
    return float(page.evaluate("document.querySelector('.box').style.getPropertyValue('--wide')"))


@pytest.mark.parametrize("late", ["on its way", "being read"])
def test_of_two_photos_the_one_that_was_brought_last_stays(visit, page_server, tmp_path, monkeypatch, late):
    page, decoders, held = visit(), page_server.host.decoders, []
    decode = decoders.photo

    async def slow(*about: Any, **more: Any) -> Any:
        held.append(about)
        await asyncio.sleep(2 if len(held) == 1 else 0)
        return await decode(*about, **more)

    if late == "being read":
        monkeypatch.setattr(decoders, "photo", slow)
    else:
        page.route("**/upload*", lambda route: route.continue_() if held else held.append(route))
    for name, size in (("wide", (200, 100)), ("high", (100, 200))):
        (tmp_path / name).mkdir()
        page.set_input_files(FILE, str(small_photo(tmp_path / name, size)))
        page.wait_for_timeout(500)
    assert held
    assert shown_as(page) == 0.5
    if late == "on its way":
        held[0].continue_()
    page.wait_for_timeout(2500)
    assert shown_as(page) == 0.5 and visitor_behind(page_server, page).of(Material).photo.size == (200, 100)


def test_a_larger_size_sends_the_photo_again_but_not_once_its_dream_has_taken_its_place(visit, page_server, tmp_path):
    page, sent = visit(query="?r=2*octaves-1*steps-1"), []
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    page.check("#sizes input[value='512']")
    give(page, small_photo(tmp_path, (1500, 400)))  # shrunk to 1024 on its way
    dream(page)
    page.click("#again")
    material = visitor_behind(page_server, page).of(Material)
    assert wait_for(lambda: material.number == 2 and material.photo is not None)
    page.check("#sizes input[value='0']")
    page.wait_for_timeout(2000)
    assert len(sent) == 1 and material.number == 2, "the dream stays the photo"
    page.set_input_files(FILE, str(small_photo(tmp_path, (1400, 350))))
    assert wait_for(lambda: material.number == 3)
    page.check("#sizes input[value='512']")
    assert wait_for(lambda: material.photo.size == (128, 512))
    page.check("#sizes input[value='0']")
    assert wait_for(lambda: material.photo.size == (350, 1400))
