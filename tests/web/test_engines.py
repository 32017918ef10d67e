"""Renders on workers of their own: as many at once as there are, the same pictures, and none lost with its worker."""

import contextlib
import os
import signal
import threading
import time

import numpy as np
import pytest

from deepdream.images import Photo
from deepdream.recipe import Recipe
from deepdream.web.server.limits import Limits
from deepdream.web.server.render import Render
from deepdream.web.server.scheduler import Turns
from deepdream.workers.processes import ProcessWorkers

PHOTO = Photo(np.random.default_rng(3).random((96, 128, 3), np.float32))
RECIPE = Recipe(octaves=2, steps=3, steps_growth=1.0, seed=2)


@pytest.fixture(scope="module")
def two():
    with contextlib.closing(ProcessWorkers(2)) as workers:
        yield workers


def dreamed(**options):
    render = Render(PHOTO, RECIPE, Turns(), **options)
    assert render.start() and render.done.wait(100)
    assert render.error is None
    return render


def test_a_render_elsewhere_gives_the_picture_of_one_here(two):
    np.testing.assert_array_equal(dreamed(workers=two).delivered, dreamed().delivered)


def test_a_render_whose_worker_dies_goes_on_and_says_so(two):
    render = Render(PHOTO, RECIPE.replace(steps=40), Turns(), workers=two)
    assert render.start()
    while render.version < 1 and not render.done.wait(0.01):
        pass
    os.kill(*two.busy, signal.SIGKILL)
    assert render.done.wait(100)
    assert render.moves == 1 and render.error is None and render.frame.is_last


def test_a_stopped_render_elsewhere_keeps_its_newest_frame(two):
    render = Render(PHOTO, RECIPE.replace(steps=2000), Turns(), workers=two)
    assert render.start()
    while render.version < 1 and not render.done.wait(0.01):
        pass
    render.stop(keep=True)
    assert render.done.wait(20)
    assert render.stopped and render.delivered.shape == PHOTO.pixels.shape
    assert two.busy == []


def test_as_many_renders_are_ready_as_there_are_engines():
    engines = [2]
    turns = Turns(engines=lambda: engines[0])
    tickets = [turns.enter(10.0, caller) for caller in ("a", "b", "c", "a")]
    assert [ticket.ready.is_set() for ticket in tickets] == [True, True, False, False]
    assert [turns.rank(ticket) for ticket in tickets] == [0, 0, 1, 2]
    assert [turns.wait_for(ticket) for ticket in tickets] == [0, 0, 10.0, 15.0]
    turns.leave(tickets[1])
    assert tickets[2].ready.is_set() and not tickets[3].ready.is_set()
    engines[0] = 3  # one has joined
    assert turns.rank(tickets[3]) == 0 and tickets[3].ready.is_set()


def test_beyond_capacity_a_visitor_gets_a_place_or_a_refusal_at_once(two):
    turns = Turns(Limits(waiting=4), engines=lambda: 2)
    renders = [Render(PHOTO, RECIPE.replace(steps=2000, seed=n), turns, workers=two) for n in range(5)]
    begun = time.monotonic()
    assert [render.start() for render in renders] == [True, True, True, True, False]
    assert [render.rank for render in renders[:4]] == [0, 0, 1, 2]
    assert time.monotonic() - begun < 1.0
    for render in reversed(renders[:4]):  # those that wait first
        render.stop()
    assert all(render.done.wait(20) for render in renders[:4])
    assert renders[2].started is None and two.busy == []


def test_a_preview_waits_for_no_render_that_is_computed_elsewhere(two):
    turns = Turns()
    render = Render(PHOTO, RECIPE.replace(steps=2000), turns, workers=two)
    assert render.start()
    while render.version < 1 and not render.done.wait(0.01):
        pass
    given = threading.Event()
    with turns.preview_step():
        given.set()
    assert given.is_set() and not render.done.is_set()
    render.stop()
    assert render.done.wait(20)
