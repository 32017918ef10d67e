"""How long what visitors have stays: through a broken connection and a reload, not for those who have gone."""

import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.settings import UNCHANGED, values_of
from deepdream.web.rooms.shared.results import History
from deepdream.web.rooms.style.actions import SETTINGS
from deepdream.web.rooms.style.state import gallery
from deepdream.web.server import lifetimes
from deepdream.web.server.budgets import Budgets
from deepdream.web.server.costs import Costs
from deepdream.web.server.lifetimes import Keeper
from deepdream.web.server.limits import Limits
from deepdream.web.server.render import Render
from deepdream.web.server.renders import queue_render
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import TooMany, Visitors

from .conftest import ASSETS
from .tabs import Tab


@pytest.fixture
def tab(page_server):
    tabs = []

    def open_tab(**about):
        tabs.append(Tab(page_server, **about))
        tabs[-1].connect()
        return tabs[-1]

    yield open_tab
    for each in tabs:
        each.disconnect()
        page_server.host.visitors.forget(each.session)


def visitor_of(page_server, tab):
    return page_server.host.visitors._records[tab.session]


def until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def begin(page_server, tab, steps):
    """Open a sample photo and begin a dream; return its render once it has a frame."""
    tab.last("stage", "select", {"sample": "cat"})
    tab.values[tab.component("setting-steps")] = steps
    tab.values[tab.component("sizes")] = 512
    for _ in tab.outputs(tab.send("dream", "click")):
        visitor = visitor_of(page_server, tab)
        if visitor.renders and visitor.renders[0].frame is not None:
            return visitor.renders[0]
    raise AssertionError("the dream did not begin")


def test_a_dream_outlives_a_broken_connection_and_a_reload(page_server, tab):
    """The tab's streams end in the middle of a dream; another page with the visitor's key takes it up."""
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    render = begin(page_server, first, 20)
    visitor = visitor_of(page_server, first)
    first.disconnect()
    assert until(lambda: page_server.host.visitors.away(visitor) > 0.2)
    assert not render.stopped and visitor.folder.is_dir() and not visitor.closed

    second = tab()
    told = list(second.outputs(second.send("identity", "resume", {"key": key})))
    assert told[0][0] | {"at": 0} == {"key": key, "found": True, "photo": True, "changed": False, "at": 0}
    assert told[0][1]["state"] in ("waiting", "dreaming", "done")
    assert visitor_of(page_server, second) is visitor and first.session not in page_server.host.visitors._records
    assert render.done.wait(60) and not render.stopped and render.frame.is_last
    assert [result.name for result in visitor.of(History).results] == ["dream-1"]

    again = second.last("identity", "resume", {"key": key})
    assert again[0]["found"] and again[1]["state"] == "done", "a page whose connection came back asks again"


def test_what_was_dreamed_meanwhile_is_there(page_server, tab):
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    render = begin(page_server, first, 6)
    first.disconnect()
    assert render.done.wait(60)
    second = tab()
    outputs = second.last("identity", "resume", {"key": key})
    stage, history = outputs[1], outputs[5]
    assert (
        stage["state"] == "done"
        and len(history) == 1
        and visitor_of(page_server, second).of(History).current is not None
    )
    assert second.http.get(stage["picture"]["url"]).status_code == 200


def begin_batch(page_server, tab, names):
    """Upload photos, begin to dream them, and break the stream off at the first frame; return the visitor."""
    files = []
    for name in names:
        sent = {"files": (name, (ASSETS / name).read_bytes())}
        files.append({"path": tab.http.post(f"{tab.api}/upload", files=sent).json()[0], "name": name})
    tab.values |= {tab.component("setting-steps"): 3, tab.component("sizes"): 512}
    tab.last("stage", "upload", {"files": files})
    visitor = visitor_of(page_server, tab)
    for _ in tab.outputs(tab.send("dream", "click")):
        if visitor.renders and visitor.renders[0].frame is not None:
            return visitor
    raise AssertionError("the dreams did not begin")


def test_dreams_of_several_photos_go_on_without_their_page(page_server, tab):
    """They once ended with the photo during which the line was cut or the phone slept."""
    names, first = ["cat.jpg", "coffee.jpg", "sky.jpg"], tab()
    key = first.last("identity", "resume", {})[0]["key"]
    visitor = begin_batch(page_server, first, names)
    first.disconnect()
    assert until(lambda: page_server.host.visitors.away(visitor) > 0.2)

    second = tab()
    *_, (_, stage, _, _, _, shown, archive, *_) = second.outputs(second.send("identity", "resume", {"key": key}))
    assert [each.photo_name for each in visitor.of(History).results] == names and len(shown) == 3
    assert stage["state"] == "done" and stage["status"] == {"key": "batch_done", "n": 3} and archive["visible"]
    again = second.last("identity", "resume", {"key": key})
    assert again[6]["visible"] and second.http.get(again[6]["value"]["url"]).status_code == 200


def test_the_next_page_follows_a_painting_and_has_its_settings(page_server, tab):
    """The room showed a photo, its usual settings and a free button, and the painting came into the row in the end."""
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    first.last("stage", "select", {"sample": "cat"})
    first.values |= {first.component("painting-steps"): 45, first.component("painting-size"): 256}
    style = gallery({})[2]["id"]
    first.values[first.component("styles")] = [[style, 1.0]]
    for _ in first.outputs(first.send("paint", "click")):
        visitor = visitor_of(page_server, first)
        if visitor.renders and visitor.renders[0].frame is not None:
            break
    (render,) = visitor.renders
    first.disconnect()
    assert until(lambda: not render.followers) and not render.stopped

    second = tab()
    _, stage, go, *_ = second.last("identity", "resume", {"key": key})
    assert stage["state"] == "ready" and go["interactive"], "in the room Dream none is under way"
    told = list(second.outputs(second.send("room-style", "select")))
    (_, go, _, _, _, _, styles, *_), settings = told[0], dict(zip(SETTINGS, told[0][-len(SETTINGS) :], strict=True))
    assert not go["interactive"] and styles["value"] == [[style, 1.0]]
    assert settings["steps"]["value"] == 45 and settings["size"]["value"] == 256
    assert len(told) > 2 and render.done.wait(60) and not render.stopped
    shown, go, _, losses, row, *_ = told[-1]
    assert shown["state"] == "done" and go["interactive"] and losses and len(row) == 1
    assert second.http.get(shown["picture"]["url"]).status_code == 200
    again = second.last("room-style", "select")
    assert "value" not in (again[6] or {}), "its controls are as its visitor left them"


@pytest.mark.parametrize("key", ["", "x" * 43, "x" * 5000, None, 7, {"key": 1}, "é"])
def test_nobody_comes_back_with_a_wrong_key(page_server, tab, key):
    owner = tab()
    owner.last("identity", "resume", {})
    stranger = tab()
    told, *_ = stranger.last("identity", "resume", {"key": key})
    assert not told["found"] and told["key"] != visitor_of(page_server, owner).key
    assert visitor_of(page_server, stranger) is not visitor_of(page_server, owner)


def test_a_visitor_who_is_known_without_their_photo_is_asked_for_it(page_server, tab):
    """A page that was left in the middle of sending its photo again: the next one sends it."""
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    first.disconnect()
    told = tab().last("identity", "resume", {"key": key})[0]
    assert (told["key"], told["found"], told["photo"]) == (key, True, False)


def test_what_a_hand_moved_last_counts_above_what_was_left_and_a_link_above_both(page_server, tab):
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    first.last("stage", "select", {"sample": "cat"})
    first.values[first.component("setting-steps")] = 7
    first.last("setting-steps", "input")
    moved = {"key": key, "moved": {"setting-octaves": 3}}

    def steps_and_octaves(tab, data):
        told, *outputs = tab.last("identity", "resume", data)
        listed = tab.listener("identity", "resume")["outputs"][1:]
        by_id = dict(zip(listed, outputs, strict=True))
        shown = [by_id[tab.component(f"setting-{name}")] or {} for name in ("steps", "octaves")]
        return told["changed"], *(each.get("value") for each in shown)

    assert steps_and_octaves(first, {"key": key}) == (False, 7, Recipe().octaves)
    assert steps_and_octaves(first, moved) == (True, 7, 3)
    assert steps_and_octaves(first, moved) == (False, 7, 3)  # known by now
    assert steps_and_octaves(first, {"key": key, "link": True}) == (True, None, None)  # what the page shows stands


def test_a_second_tab_does_not_take_the_first_ones_work(page_server, tab, monkeypatch):
    monkeypatch.setattr("deepdream.web.rooms.dream.visits.PATIENCE", 0.2)
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    told = tab().last("identity", "resume", {"key": key})[0]
    assert not told["found"] and told["key"] != key
    assert visitor_of(page_server, first).key == key


def test_who_leaves_is_forgotten_at_once(page_server, tab):
    first = tab()
    render = begin(page_server, first, 400)
    visitor = visitor_of(page_server, first)
    first.last("identity", "leave", {})
    assert visitor.closed and not visitor.folder.exists() and not visitor.private.exists()
    assert render.done.wait(20)
    assert visitor not in page_server.host.visitors.all()


def test_who_left_while_the_line_was_cut_is_forgotten_by_their_next_page(page_server, tab):
    first = tab()
    key = first.last("identity", "resume", {})[0]["key"]
    visitor = visitor_of(page_server, first)
    first.disconnect()
    later = tab()
    assert later.last("identity", "leave", {"key": key})[0] == {"key": ""}
    assert visitor.closed and not visitor.folder.exists()
    for key in ("nobody's", None, ["x"], 7):
        assert later.last("identity", "leave", {"key": key})[0] == {"key": ""}


def test_each_answer_to_who_comes_back_differs_from_the_one_before(page_server, tab):
    """A browser hears nothing of a value that is the same again: a second cut would go unnoticed."""
    here = tab()
    key = here.last("identity", "resume", {})[0]["key"]
    first, second = (here.last("identity", "resume", {"key": key})[0] for _ in range(2))
    assert first != second and {**first, "at": 0} == {**second, "at": 0}


def test_a_page_without_a_photo_does_not_say_that_it_is_ready(page_server, tab):
    here = tab()
    assert here.last("identity", "resume", {})[1] == {"state": "empty", "status": None}
    here.last("stage", "select", {"sample": "cat"})
    assert here.last("identity", "resume", {})[1]["status"] == {"key": "ready"}


def test_a_look_that_was_tapped_before_another_does_not_overtake_it(page_server, tab):
    here, values = tab(), page_server.rooms["dream"].settings
    request = SimpleNamespace(session_hash=here.session, client=SimpleNamespace(host="127.0.0.1"))
    later, earlier = (
        gr.EventData(None, {"name": name, "at": at}) for name, at in (("compact_eyes", 7.5), ("hvass", 7))
    )
    assert values.choose_chip(later, request) == values_of(PRESETS["compact_eyes"].recipe)
    assert values.choose_chip(earlier, request) is UNCHANGED
    assert values.choose_chip(gr.EventData(None, {"name": "hvass", "at": "x"}), request) is not UNCHANGED


def test_knowing_a_sessions_name_ends_nothing(page_server, tab):
    """A stranger who opens and closes the heartbeat of another's session once had all their files removed."""
    first = tab()
    first.last("stage", "select", {"sample": "cat"})
    visitor = visitor_of(page_server, first)
    stranger = Tab(page_server)
    stranger.session = first.session
    stranger.connect(), stranger.disconnect()
    time.sleep(0.3)
    assert visitor.folder.is_dir() and not visitor.closed and page_server.host.visitors.away(visitor) == 0


# the keeper, and who has a place


class Slow(Render):
    """A render that dreams until it is stopped, one frame at a time."""

    def frames(self):
        from deepdream.frames import Frame

        for _ in range(10_000):
            time.sleep(0.005)
            yield _frame(Frame, self.photo.pixels)

    def deliver(self, frame):
        return frame.image


def _frame(kind, image):
    import dataclasses

    named = {field.name: 0 for field in dataclasses.fields(kind)}
    return kind(
        **named | {"image": image, "octave": 1, "octaves": 1, "step": 1, "steps": 9, "progress": 0.1, "losses": {}}
    )


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Visitors, turns and a keeper whose clock the test moves."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    limits = Limits(visitors=4, visitors_a_caller=3)
    visitors = Visitors(tmp_path / "served", tmp_path / "private", limits)
    (tmp_path / "served").mkdir()
    turns = Turns(limits)
    made = Keeper(visitors, turns, limits)
    made.skip = 0.0
    clock = time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: clock() + made.skip)
    yield made
    made.skip = 0.0
    for visitor in visitors.all():
        visitors.end(visitor)


def dreaming(house, visitor):
    from deepdream.images import Photo

    render = Slow(Photo(np.zeros((4, 4, 3), np.float32)), Recipe(), house.turns, keep=lambda ended: "kept")
    queue_render(SimpleNamespace(turns=house.turns, costs=Costs()), visitor, render, None)
    return render


def test_a_page_is_kept_for_a_while_and_a_program_for_less(house):
    visitors = house.visitors
    visitors.arrive("page", page=True)
    page, program = visitors.of("page"), visitors.of("program")
    visitors.depart("page", page=True)
    house.skip = 200
    house.look()
    assert not page.closed and program.closed
    house.skip = 890
    house.look()
    assert page.folder.is_dir()
    house.skip = 910
    house.look()
    assert page.closed and not page.folder.exists() and not len(visitors)


def test_an_open_stream_is_a_sign_of_life(house):
    visitors = house.visitors
    page = visitors.of("page")
    visitors.arrive("page", page=True)
    visitors.arrive("page", page=False)
    visitors.depart("page", page=False)
    house.skip = 100_000
    house.look()
    assert not page.closed and visitors.away(page) == 0


def test_a_programs_render_ends_when_nobody_follows(house):
    program = house.visitors.of("program", "192.0.2.1")
    running, waiting = dreaming(house, program), dreaming(house, program)
    house.skip = 15
    house.look()
    assert not running.done.is_set()
    house.skip = 25
    house.look()
    assert running.done.wait(10) and waiting.done.wait(10) and running.kept is None
    assert not program.renders and not house.turns._queue


def test_a_pages_render_goes_on_and_gives_way_only_to_others(house):
    visitors = house.visitors
    visitors.arrive("page", page=True)
    page = visitors.of("page", "192.0.2.1")
    visitors.depart("page", page=True)
    running = dreaming(house, page)
    assert until(lambda: running.frame is not None)
    house.skip = 300
    house.look()
    assert not running._stop.is_set()
    visitors.arrive("other", page=True)
    theirs = dreaming(house, visitors.of("other", "192.0.2.2"))
    house.look()
    assert running.done.wait(10) and running.stopped and running.kept == "kept"
    assert until(lambda: theirs.frame is not None)


def test_no_render_lasts_for_ever(house):
    house.visitors.arrive("page", page=True)
    running = dreaming(house, house.visitors.of("page"))
    assert until(lambda: running.frame is not None)
    house.skip = house.limits.wall - 60
    house.look()
    assert not running._stop.is_set()
    house.skip = house.limits.wall + 60
    house.look()
    assert running.done.wait(10) and running.kept == "kept"


def test_names_that_a_client_made_up_get_so_many_folders(house):
    """300 one-line requests once made 600 folders."""
    visitors = house.visitors
    for number in range(50):
        visitors.of(f"made-up-{number}", "192.0.2.1")
    assert len(visitors) == 3 and len(list(visitors.root.iterdir())) == 3
    other = visitors.of("other", "192.0.2.2")
    for number in range(50):
        visitors.of(f"again-{number}", "192.0.2.1")
    assert not other.closed, "nobody else goes for it"
    for name in list(visitors._records):
        visitors.arrive(name, page=True)
    with pytest.raises(TooMany):
        visitors.of("one more", "192.0.2.3")


def test_the_queue_counts_callers(house):
    """Two renders a visitor counted names; 24 made-up ones filled it."""
    refused = 0
    for _ in range(30):
        ticket = house.turns.enter(900.0, "192.0.2.1")
        refused += ticket is None
    assert refused == 30 - house.limits.waiting_a_caller
    other = house.turns.enter(10.0, "192.0.2.2")
    assert other is not None and house.turns.rank(other) == 1, "after the one that runs"


def test_callers_take_turns():
    turns = Turns()
    many = [turns.enter(100.0, "a") for _ in range(4)]
    one, two = turns.enter(10.0, "b"), turns.enter(10.0, "b")
    assert [turns.rank(each) for each in (*many, one, two)] == [0, 3, 4, 5, 1, 2], "as much work of b as a's one"
    turns.leave(many[0])
    assert one.ready.is_set() and not many[1].ready.is_set()
    late = turns.enter(10.0, "c")
    assert turns.rank(late) < turns.rank(many[1])
    order = []
    while turns._queue:
        order.append(turns._queue[0])
        turns.leave(turns._queue[0])
    assert set(order) == {one, two, late, *many[1:]} and not turns._ends


def test_uploads_that_broke_off_or_were_never_opened_go(house, monkeypatch):
    root = house.visitors.root
    for name in ("tmpabc", "tmpnew"):
        (root / name).write_bytes(b"x")
    for name in ("a" * 64, "b" * 64, "somebody-else"):
        (root / name).mkdir()
    old = time.time() - 1000
    import os

    for name in ("tmpabc", "a" * 64, "somebody-else"):
        os.utime(root / name, (old, old))
    house.look()
    assert {path.name for path in root.iterdir()} == {"tmpnew", "b" * 64, "somebody-else"}


def test_a_full_folder_takes_no_more_and_those_who_left_go_first(house):
    import dataclasses

    visitors = house.visitors
    visitors.arrive("here", page=True)
    here, gone = visitors.of("here"), visitors.of("gone")
    for visitor in (here, gone):
        (visitor.private / "photo.npy").write_bytes(b"x" * 1000)
    house.limits = dataclasses.replace(house.limits, disk=1500)
    house.look()
    assert gone.closed and not here.closed and not house.full
    house.limits = dataclasses.replace(house.limits, disk=500)
    house.look()
    assert not here.closed and house.full


def test_pictures_of_those_who_left_make_room(house):
    """Visitors are remembered after they left; who has been away for longest goes first, and nobody who is here."""
    import dataclasses

    visitors = house.visitors
    for name in ("first", "second", "third"):
        visitors.arrive(name, page=True)
        np.save(visitors.of(name).private / "photo.npy", np.zeros((100, 100, 3), np.uint8))
    visitors.depart("second", page=True)
    house.skip = 5
    visitors.depart("first", page=True)
    house.skip = 10
    house.limits = dataclasses.replace(house.limits, kept_of_all=100_000)
    house.look()
    assert set(visitors._records) == {"first", "third"} and not house.full
    house.limits = dataclasses.replace(house.limits, kept_of_all=1000)
    house.look()
    assert set(visitors._records) == {"third"} and not house.full, "the third is told when they bring another photo"


def test_a_caller_gets_so_many_seconds_an_hour(house):
    budgets = Budgets(100.0)
    budgets.spend("a", 60.0)
    assert budgets.wait("a") == 0
    house.skip = 600
    budgets.spend("a", 60.0)
    assert 2990 < budgets.wait("a") <= 3001 and budgets.wait("b") == 0, "until the first ones are an hour old"
    house.skip = 3610
    assert budgets.wait("a") == 0
    house.skip = 10_000
    assert budgets.wait("a") == 0 and not budgets._spent
    assert Budgets(0.0).wait("a") == 0


def test_who_has_had_their_share_is_told_when_to_come_back(house):
    house.turns.budgets = Budgets(1.0)
    house.turns.budgets.spend("192.0.2.1", 5.0)
    with pytest.raises(Exception, match="60 minutes"):
        dreaming(house, house.visitors.of("spent", "192.0.2.1"))
    running = dreaming(house, house.visitors.of("other", "192.0.2.2"))
    running.stop()
    assert running.done.wait(10)


def test_the_keeper_looks_by_itself(house, monkeypatch):
    looked = threading.Event()
    monkeypatch.setattr(lifetimes, "SECONDS", 0.01)
    monkeypatch.setattr(house, "look", looked.set)
    house.start()
    assert looked.wait(5)


def test_what_goes_while_the_keeper_looks_is_passed_over(house, monkeypatch):
    """Files and folders that go between two lines: once they left a traceback in the log, and all else unswept."""
    root, listed, walked = house.visitors.root, Path.iterdir, os.scandir
    left, vanished = root / ("a" * 64), root / ("b" * 64)
    left.mkdir()
    os.utime(left, (0, 0))
    visitor = house.visitors.of("here")
    (visitor.folder / "1.jpg").write_bytes(b"12345")
    (visitor.folder / "below").mkdir()

    def walk(folder="."):
        if not isinstance(folder, int) and Path(folder) in (visitor.folder / "below", visitor.private):
            raise FileNotFoundError(folder)
        return walked(folder)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", lambda path: iter([vanished, *listed(path)]))
        patch.setattr(os, "scandir", walk)
        house.look()
        assert not left.exists() and lifetimes._size(visitor.folder) == 5


def test_a_keeper_that_stumbles_says_so_in_a_line_and_goes_on(house, monkeypatch, caplog):
    ends = iter([ValueError("no\nsuch thing"), SystemExit()])

    def look():
        raise next(ends)

    monkeypatch.setattr(lifetimes, "SECONDS", 0.0)
    monkeypatch.setattr(house, "look", look)  # of this one alone: a page of the other tests has a keeper, too
    with pytest.raises(SystemExit):
        house._look_on()
    (told,) = caplog.records
    assert "no\\nsuch thing" in told.getMessage() and "\n" not in told.getMessage() and told.exc_info is None
