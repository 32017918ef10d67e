"""Photos on their way in: the newest counts, and what was sent is sent again only where that is wanted."""

import asyncio
from pathlib import Path
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


def brought(tmp_path: Path, sizes: dict[str, tuple[int, int]]) -> list[str]:
    """Return a photo of each size, in a folder of its name."""
    for name in sizes:
        (tmp_path / name).mkdir()
    return [str(small_photo(tmp_path / name, size)) for name, size in sizes.items()]


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
    for file in brought(tmp_path, {"wide": (200, 100), "high": (100, 200)}):
        page.set_input_files(FILE, file)
        while not held:
            page.wait_for_timeout(50)
    assert shown_as(page) == 0.5
    if late == "on its way":
        held[0].continue_()
    page.wait_for_timeout(2500)
    assert shown_as(page) == 0.5 and visitor_behind(page_server, page).of(Material).photo.size == (200, 100)


def test_what_a_newer_photo_overtook_is_sent_no_further(visit, page_server, tmp_path):
    page, ended = visit(), list[str]()
    page.on("requestfailed", lambda request: "/upload" in request.url and ended.append(request.failure))
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    line = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 100_000}
    client.send("Network.emulateNetworkConditions", line)
    large, small = brought(tmp_path, {"wide": (1000, 500), "high": (100, 200)})
    with page.expect_request("**/upload*"):
        page.set_input_files(FILE, large)  # ten seconds
    page.wait_for_timeout(500)
    page.set_input_files(FILE, small)
    assert shown_as(page) == 0.5 and ended == ["net::ERR_ABORTED"]
    assert not page.locator("#studio-toast").text_content(), "nothing has failed"


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
