"""A line that is cut, a server that starts anew, a page that is loaded again: nothing of the visitor's is lost."""

import os
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from deepdream.images import read_recipe
from deepdream.web.rooms.shared.photos import Material

from .conftest import visitor_behind
from .cutting import line_to
from .running import OLDER
from .test_kept import wait_kept
from .test_page import FILE, dream, give, number, save, small_photo

pytestmark = pytest.mark.browser
UPRIGHT = "(document.querySelector('.box')?.style.getPropertyValue('--wide') || 1) < 1"  # the photo on the stage
LINE = "document.querySelector('#studio-line')"
GRADIO = 6.0  # seconds after which it loads a page again whose events were broken off, without a sign by which to know
CUT = float(os.environ.get("DEEPDREAM_CUT", "3"))  # seconds


@pytest.fixture
def tunnel(visit: Any, page_server: Any):
    """Open the page over a line that can be cut: (page, line)."""
    with line_to(urlsplit(page_server.local_url).port) as line:
        page = visit(address=f"http://127.0.0.1:{line.port}/")
        yield page, line


def cut(page: Any, line: Any) -> None:
    """Cut the line and mend it; wait until the page says that it is back, or Gradio has loaded it again."""
    line.cut()
    if not OLDER:  # which say nothing
        page.wait_for_function(LINE + "?.hidden === false", timeout=15_000)  # it is told at once
    page.wait_for_timeout(1000 * CUT)
    line.mend()
    page.wait_for_function(LINE + ("?.hidden ?? true" if OLDER else "?.hidden"), timeout=60_000)
    page.wait_for_timeout(1000 * GRADIO)
    page.wait_for_selector(".box .before[src]", state="attached", timeout=30_000)


def last_visit_late(route: Any) -> None:
    """Let a page that is loaded anew ask late for the settings of the last visit: they come before what was left."""
    (*others, asked) = route.request.post_data_json["data"] or [None]
    if not others and isinstance(asked, str):
        time.sleep(1.5)
    route.continue_()


MOMENTS = ["in a preview", "in rest, and the slider moves once more", "in rest, and the page is loaded anew"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_cut_leaves_photo_and_settings_as_they_were(tunnel, tmp_path, moment):
    page, line = tunnel
    page.route("**/queue/join*", last_visit_late)
    give(page, small_photo(tmp_path))
    octaves = number(page, "octaves")
    page.locator("#setting-octaves input[type=range]").focus()
    with page.expect_response(lambda answer: "queue/join" in answer.url):
        page.keyboard.press("ArrowRight")
    wished = octaves + 1
    if moment != "in a preview":
        page.wait_for_timeout(3000)
        line.cut()
        page.keyboard.press("ArrowRight")  # nobody hears it
        wished += 1
    if moment == "in rest, and the page is loaded anew":
        line.mend()
        page.reload()
        page.wait_for_selector(".box .before[src]", state="attached", timeout=30_000)
        page.wait_for_timeout(3000)  # everything that sets the slider has come
    else:
        cut(page, line)
    page.wait_for_function(
        "n => Number(document.querySelector('#setting-octaves input[type=number]').value) === n", arg=wished
    )
    page.click("#dream")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=90_000)
    assert read_recipe(save(page, tmp_path)).octaves == wished


def test_a_photo_that_is_brought_in_a_cut_arrives_once_the_line_is_back(tunnel, page_server, tmp_path):
    page, line = tunnel
    line.cut()
    page.wait_for_function(LINE + "?.hidden === false", timeout=15_000)
    page.set_input_files(FILE, str(small_photo(tmp_path)))
    page.wait_for_timeout(1000 * CUT)
    assert page.locator(".stage [data-part=line]").text_content() == "uploading …"
    line.mend()
    page.wait_for_selector(".box .before[src]", state="attached", timeout=30_000)
    page.wait_for_timeout(1000 * GRADIO)
    assert visitor_behind(page_server, page).of(Material).number == 1, "it was sent once"
    assert not page.locator("#studio-toast").text_content()


def test_a_photo_that_has_not_arrived_is_sent_by_the_page_that_is_loaded_anew(visit, page_server, tmp_path):
    page, unsent = visit(), "sessionStorage['deepdream-unsent']"
    give(page, small_photo(tmp_path))
    page.route("**/upload*", lambda route: route.abort())
    page.set_input_files(FILE, str(small_photo(tmp_path, (90, 240))))
    page.wait_for_function(unsent)
    page.unroute("**/upload*")
    page.reload()
    page.wait_for_function(UPRIGHT, timeout=30_000)
    page.wait_for_function("!" + unsent)
    assert visitor_behind(page_server, page).of(Material).photo.size == (240, 90)


def test_of_a_server_that_has_forgotten_all_the_photo_that_was_brought_last_stays(visit, page_server, tmp_path):
    page = visit(query="?r=2*octaves-1*steps-1")
    give(page, small_photo(tmp_path))
    dream(page)
    wait_kept(page, 2)
    uploads: list[Any] = []
    page.route(
        "**/upload*", lambda route: (uploads.append(route), route.abort() if len(uploads) == 1 else route.continue_())
    )
    page_server.host.visitors.end(visitor_behind(page_server, page))
    page.set_input_files(FILE, str(small_photo(tmp_path, (90, 240))))
    page.wait_for_function(UPRIGHT, timeout=30_000)
    page.wait_for_timeout(2000)  # for what is given back
    assert page.locator("#history .shot").count() == 1
    assert visitor_behind(page_server, page).of(Material).photo.size == (240, 90)


def test_a_file_that_is_refused_is_said_to_be_at_once(visit, tmp_path):
    page, sent = visit(), list[Any]()
    page.route("**/upload*", lambda route: (sent.append(route), route.fulfill(status=413)))
    page.set_input_files(FILE, str(small_photo(tmp_path)))
    page.wait_for_function("document.querySelector('#studio-toast')?.textContent.includes('did not arrive')")
    assert len(sent) == 1


def test_who_leaves_in_a_cut_is_forgotten_once_the_line_is_back(tunnel, page_server, tmp_path):
    page, line = tunnel
    give(page, small_photo(tmp_path))
    visitor = visitor_behind(page_server, page)
    line.cut()
    page.wait_for_function(LINE + "?.hidden === false", timeout=15_000)
    page.click("[data-part=leave]")
    page.wait_for_timeout(1000)
    assert not page.evaluate("localStorage['deepdream-visitor'] || sessionStorage['deepdream-visitor']")
    line.mend()
    page.wait_for_selector("html[data-studio=empty]", state="attached", timeout=60_000)
    page.wait_for_function("document.querySelector('#studio-toast')?.textContent === 'Everything is deleted.'")
    assert visitor.closed and not visitor.folder.exists()


def test_a_dream_goes_on_through_a_cut_and_is_there_afterwards(tunnel, tmp_path):
    page, line = tunnel
    give(page, small_photo(tmp_path, (900, 600)))
    page.click("#dream")
    page.wait_for_selector("html[data-studio=dreaming]", state="attached", timeout=60_000)
    cut(page, line)
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=90_000)
    assert page.locator("#film .shot").count() > 1 and page.locator("#keep .save").is_visible()


def test_a_reload_in_a_run_takes_the_run_up_again(visit, tmp_path):
    page = visit()
    give(page, small_photo(tmp_path, (900, 600)))
    page.click("#dream")
    page.wait_for_selector("html[data-studio=dreaming]", state="attached", timeout=60_000)
    page.reload()
    page.wait_for_selector("html[data-studio=dreaming], html[data-studio=done]", state="attached", timeout=60_000)
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=90_000)
    assert page.locator("#film .shot").count() > 1
