"""What one visitor or one address takes leaves the others theirs: places, seconds, bytes, threads."""

import secrets
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import loops
import numpy as np
import pytest

from deepdream.errors import LargeError
from deepdream.film.film import Film
from deepdream.images import Photo
from deepdream.recipe import Recipe
from deepdream.web import build
from deepdream.web.rooms.dream import dreams
from deepdream.web.rooms.dream.chance import Chances, Draw
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.rooms.explore.state import ExploreState
from deepdream.web.rooms.film.filming import FilmRender, plan_of
from deepdream.web.rooms.film.state import BroughtClip
from deepdream.web.rooms.shared import actions as shared_actions
from deepdream.web.rooms.shared.photos import SMALL, Material, check_room, take_photos, use_photo
from deepdream.web.server import decoders, renders
from deepdream.web.server.costs import Costs, _kind
from deepdream.web.server.held import HeldPhoto
from deepdream.web.server.lifetimes import Keeper
from deepdream.web.server.limits import Limits
from deepdream.web.server.render import Render
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitors

HUGE, QUICK = Recipe(octave_sizes=((9000, 9000),)), Recipe(steps=1, octaves=1)


@pytest.fixture
def visitors(tmp_path):
    return Visitors(tmp_path / "served", tmp_path / "private")


def test_every_visitors_stream_has_a_place_in_the_queue():
    """Gradio has forty, and a page that follows a dream, or waits for its looks, holds one all the time."""
    page = build(limits=Limits(visitors=70))
    assert page._queue.max_thread_count >= 2 * 70


@pytest.mark.parametrize("recipe", [HUGE, Recipe(steps=10_000, octaves=9)])
def test_a_drawn_recipe_that_would_take_long_gets_no_picture(page_server, recipe):
    actions = page_server.rooms["dream"].chance
    visitor = page_server.host.visitors.of(secrets.token_hex(8))
    visitor.of(Material).photo = Photo(np.zeros((90, 120, 3), np.float32))
    chances = visitor.of(Chances)
    for each, portrayed in ((recipe, False), (Recipe(steps=1), True)):
        chances.offered = [Draw(1, each)]
        assert loops.run(actions.portray(visitor, chances.offered[0])) is portrayed
    gone = Draw(2, Recipe(steps=1, seed=9))
    assert loops.run(actions.portray(visitor, gone)) is False, "it was replaced"
    page_server.host.visitors.end(visitor)


def test_a_film_whose_octaves_are_too_large_is_too_much_also_without_a_step():
    photo = Photo(np.zeros((90, 120, 3), np.float32))
    for recipe, much in ((HUGE.replace(steps=0), True), (Recipe(steps=0), False)):
        assert plan_of(Costs(), Film(recipe=recipe, seconds=1), photo).cost.too_much is much


def test_a_film_of_a_part_of_a_clip_costs_that_part():
    photo = Photo(np.zeros((90, 120, 3), np.float32))
    clip = BroughtClip("clip.mp4", Path("clip.mp4"), photo, Path("poster.jpg"), frames=300, rate=30.0)
    half, whole = (plan_of(Costs(), Film(seconds=seconds), clip).work for seconds in (5.0, 20.0))
    assert half == pytest.approx(whole / 2, rel=0.05)


def test_who_uploads_much_closes_the_way_for_more_and_ends_nobodys_work(visitors):
    keeper = Keeper(visitors, Turns(), Limits(disk=1_000_000, disk_free=0))
    away = visitors.of("somebody")
    keeper.took("1.2.3.4", 2_000_000)
    keeper.measure()
    assert keeper.full and not away.closed
    away.new_file(".png").write_bytes(bytes(1_200_000))
    keeper.measure()
    assert away.closed, "what visitors themselves hold is too much"


def test_one_address_holds_its_share_and_no_more(visitors):
    host: Any = SimpleNamespace(visitors=visitors, limits=Limits(kept_a_caller=3 * SMALL))
    photo = HeldPhoto(np.zeros((1000, 1001, 4), np.uint8))
    for session in "abc":
        np.save(visitors.of(session, "1.2.3.4").new_private_file(), photo.planes)
    with pytest.raises(LargeError):
        check_room(host, visitors.of("d", "1.2.3.4"), photo)
    check_room(host, visitors.of("e", "5.6.7.8"), photo)


def test_stop_ends_what_its_own_room_runs(page_server, monkeypatch):
    stopped: list[Any] = []

    class Running(SimpleNamespace):
        def stop(self, **how):
            stopped.append(type(self))

    kinds = [type(kind.__name__, (Running,), {}) for kind in (Render, FilmRender)]
    visitor: Any = SimpleNamespace(renders=[kind() for kind in kinds], of=lambda kind: kind())
    for room, kind in (("dream", kinds[0]), ("film", kinds[1])):
        actions = page_server.rooms[room].dreams if room == "dream" else page_server.rooms[room].actions
        assert actions.runs.__name__ == kind.__name__
        monkeypatch.setattr(actions, "runs", kind)
        monkeypatch.setattr(actions, "visitor", lambda request: visitor)
        actions.stop(None)
    assert stopped == kinds


def test_what_explore_holds_is_counted_and_goes_with_its_photo():
    state = ExploreState()
    assert state.kept_bytes() == 0
    state.exploration = SimpleNamespace(maps=SimpleNamespace(maps=np.zeros((4, 5, 6), np.float32)))
    assert state.kept_bytes() == 480
    state.renew()
    assert state.kept_bytes() == 0 and state.exploration is None


def test_a_visitor_has_one_archive_and_none_once_other_photos_are_there(tmp_path):
    state, files = DreamState(), [tmp_path / "one.zip", tmp_path / "two.zip"]
    for file in files:
        file.touch()
        state.keep_archive(file)
    assert [file.exists() for file in files] == [False, True]
    state.renew()
    assert not files[1].exists()


@pytest.mark.parametrize("count, largest", [(0, [np.inf]), (1, [np.inf]), (2, [decoders.QUICK, np.inf])])
def test_some_decoder_takes_the_largest_photo(monkeypatch, count, largest):
    begun: list[float] = []
    monkeypatch.setattr(decoders.Decoders, "_work", lambda self, most: begun.append(most))
    made = decoders.Decoders(Limits(decoders=count))
    made._start()
    for thread in made._threads:
        thread.join()
    assert sorted(begun) == largest


def test_the_price_is_that_of_the_deepest_layer():
    def deepest(*layers):
        return _kind(Recipe(network="inceptionv3", layers=tuple((name, 1.0) for name in layers)))[1]

    assert deepest("mixed9", "mixed10") == "mixed10" and deepest("mixed3", "mixed5") == "mixed5"
    assert deepest("classes:207", "mixed10") == "classes" and deepest("conv4_2:17", "conv3_3") == "conv4_2"


@pytest.fixture
def three(page_server):
    """Return a visitor who has brought three photos, and what dreams of all and returns the last outputs."""
    visitor = page_server.host.visitors.of(secrets.token_hex(8))
    photos = [(name, HeldPhoto(np.zeros((40, 50 + place, 3), np.uint8))) for place, name in enumerate("abc")]

    async def dreamed():
        request: Any = SimpleNamespace(headers={})
        async for outputs in page_server.rooms["dream"].dreams.dream_many(visitor, QUICK, request):
            newest = outputs
        return newest

    take_photos(visitor, photos, 0)
    yield visitor, lambda: loops.run(dreamed())
    page_server.host.visitors.end(visitor)


def test_a_photo_of_many_that_is_refused_loses_none_of_the_others(three, monkeypatch):
    warned: list[str] = []
    monkeypatch.setattr(dreams, "warn_of", lambda name, error: warned.append(name))

    async def some(host, visitor, render, language):
        if render.photo.size == refused or refused is None:
            raise gr.Error("too much")
        async for update in renders.run_render(host, visitor, render, language):
            yield update

    monkeypatch.setattr(dreams, "run_render", some)
    _, dreamed = three
    refused = (40, 51)
    with zipfile.ZipFile(dreamed()[-1]["value"]) as archive:
        assert archive.namelist() == ["01-a.png", "02-c.png"] and warned == ["b"]
    refused = None
    with pytest.raises(gr.Error):
        dreamed()


@pytest.mark.parametrize("between", ["stop", "another photo"])
def test_what_happens_between_two_photos_of_many_counts(three, page_server, monkeypatch, between):
    visitor, dreamed = three
    actions, brought = page_server.rooms["dream"].dreams, []
    monkeypatch.setattr(actions, "visitor", lambda request: visitor)
    other = HeldPhoto(np.zeros((40, 90, 3), np.uint8))

    def use(visitor, photo, side):
        use_photo(visitor, photo, side)
        brought.append(photo.size)
        if between == "stop" and len(brought) == 2:
            actions.stop(None)

    async def refused(host, visitor, render, language):
        take_photos(visitor, [("d", other)], 0)
        raise gr.Error("too much")
        yield

    monkeypatch.setattr(dreams, "use_photo", use)
    monkeypatch.setattr(dreams, "warn_of", lambda name, error: None)
    if between == "another photo":
        monkeypatch.setattr(dreams, "run_render", refused)
    outputs = dreamed()
    if between == "stop":
        with zipfile.ZipFile(outputs[-1]["value"]) as archive:
            assert archive.namelist() == ["01-a.png"]
    else:
        assert visitor.of(Material).photo.size == other.size and len(brought) == 1


def test_a_mask_that_is_still_being_read_does_not_come_upon_another_photo(page_server, monkeypatch):
    actions = page_server.rooms["dream"].material
    visitor = page_server.host.visitors.of(secrets.token_hex(8))
    one, other = (HeldPhoto(np.zeros((40, width, 3), np.uint8)) for width in (50, 60))
    take_photos(visitor, [("one", one)], 0)

    async def slow(host, whose, named, request, size):
        take_photos(visitor, [("other", other)], 0)
        return np.ones(size, np.float32)

    monkeypatch.setattr(shared_actions, "read_mask", slow)
    monkeypatch.setattr(actions, "visitor", lambda request: visitor)
    loops.run(actions.set_mask(gr.EventData(None, {"path": "mask.png"}), None))
    assert visitor.of(Material).mask is None
    page_server.host.visitors.end(visitor)
