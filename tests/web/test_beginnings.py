"""A preview that goes on as the dream itself, and the dream that goes on from there."""

import numpy as np
import pytest

from deepdream.dreaming import dream
from deepdream.images import Photo
from deepdream.networks import load_network
from deepdream.recipe import Recipe
from deepdream.web.server import beginnings
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.render import Render
from deepdream.web.server.scheduler import Turns

RECIPE = Recipe(octaves=3, steps=3, jitter=4)
PHOTO = Photo(np.random.default_rng(0).random((72, 96, 3), np.float32))


def begin(recipe: Recipe = RECIPE, turns: Turns | None = None) -> Beginning:
    return Beginning(PHOTO, recipe, network=load_network("compact"), turns=turns or Turns())


def never() -> bool:
    return False


def rendered(begun: Beginning | None, recipe: Recipe = RECIPE) -> Render:
    render = Render(PHOTO, recipe, Turns(), begun=begun)
    assert render.start() and render.done.wait(60) and render.error is None
    return render


@pytest.mark.parametrize("recipe", [RECIPE, RECIPE.replace(optimizer="adam", step_size=0.005)], ids=["plain", "adam"])
def test_a_dream_goes_on_from_its_beginning_and_ends_in_the_same_bytes(recipe, monkeypatch):
    whole = rendered(None, recipe)
    begun = begin(recipe)
    monkeypatch.setattr(beginnings, "MOMENT", 0.0001)  # a step at a time, into the second octave
    while len(begun.every_octave) < 1 or begun.frame is None:
        assert begun.go_on(never) is not None
    begun.go_on(never)
    rest = rendered(begun, recipe)
    np.testing.assert_array_equal(rest.delivered, whole.delivered)
    assert len(rest.trace.steps) < len(whole.trace.steps), "the beginning was dreamed once"
    assert rest.every_octave.keys() == whole.every_octave.keys()
    for octave, frame in whole.every_octave.items():
        np.testing.assert_array_equal(rest.every_octave[octave].image, frame.image)


def test_its_picture_is_the_dream_as_far_as_it_has_come():
    begun = begin(RECIPE.replace(octaves=2))
    picture = newest = begun.go_on(never)
    while picture is not None:
        newest, picture = picture, begun.go_on(never)
    *_, last = dream(PHOTO, RECIPE.replace(octaves=2), raw=True)
    assert newest is not None
    np.testing.assert_allclose(newest.image, last.image, atol=1e-5)
    assert begun.frame is not None and not begun.frame.is_last, "from the last frame nothing goes on"


def test_it_ends_at_once_for_a_newer_wish_and_gives_way_to_everybody():
    turns = Turns()
    begun = begin(turns=turns)
    assert begun.go_on(lambda: True) is None and begun.seconds < 5
    ticket = turns.enter()
    assert begin(turns=turns).go_on(never) is None, "somebody's dream is under way"
    turns.leave(ticket)
    assert begin(turns=turns).go_on(never) is not None


@pytest.mark.parametrize("optimizer", ["ascent", "adam"])
def test_its_work_is_what_its_time_was_spent_on(optimizer, monkeypatch):
    """Of an Adam only whole octaves can be gone on with; the host learned from them alone, so too high a rate."""
    monkeypatch.setattr(beginnings, "MOMENT", 0.0001)  # a step at a time
    begun = begin(RECIPE.replace(optimizer=optimizer, step_size=0.005))
    steps = [begun.dreamed for _ in range(2) if begun.go_on(never) is not None]
    assert 0 < steps[0] < steps[1] and (begun.progress == 0) == (optimizer == "adam")
    begun.go_on(lambda: True)  # it is broken off: an Adam begins its octave again
    begun.go_on(never)
    assert begun.dreamed > steps[1]


def test_its_time_is_bounded(monkeypatch):
    monkeypatch.setattr(beginnings, "SECONDS", 0.0)
    assert begin().go_on(never) is None


def test_only_the_same_dream_goes_on_from_it():
    begun = begin()
    assert begun.is_of(PHOTO, RECIPE.replace(strength=0.5), None, None), "finishing comes afterwards"
    assert not begun.is_of(PHOTO, RECIPE.replace(steps=4), None, None)
    assert not begun.is_of(Photo(PHOTO.pixels), RECIPE, None, None)
    assert not begun.is_of(PHOTO, RECIPE, np.zeros(3), None)
    assert not begun.is_of(PHOTO, RECIPE, None, np.zeros(3))


def test_a_dream_that_is_whole_ends_it_and_its_time_is_what_it_took(monkeypatch):
    monkeypatch.setattr(beginnings, "SECONDS", 1000.0)
    begun = begin(RECIPE.replace(octaves=1, steps=2))
    while begun.go_on(never) is not None:
        pass
    assert begun.seconds < 900 and begun._frames is None and begun.go_on(never) is None
