"""Films from end to end on a tiny network: loops, ways back, morphs, clips, and going on after a break."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from tiny import photo, tiny_network

from deepdream.errors import ImageError, RecipeError
from deepdream.film.film import Film
from deepdream.film.formula import Formula
from deepdream.film.making import film_length, make_film
from deepdream.recipe import Recipe

TINY = tiny_network()
RECIPE = Recipe(layers=(("third", 1.0),), octaves=2, steps=3, jitter=2)
OTHER = RECIPE.replace(layers=(("second", 1.0),), steps=5)


def made(film, picture=None, **about):
    return list(make_film(photo() if picture is None else picture, film, network=TINY, precision="fp32", **about))


def images(film, **about):
    return np.stack([frame.image for frame in made(film, **about)])


def apart(one, other):
    return float(np.abs(one - other).mean())


def test_frames_are_numbered_finished_and_of_even_sides():
    frames = made(Film(recipe=RECIPE, zoom=1.4, seconds=1, fps=5), photo(41, 49))
    assert [(frame.index, frame.frames, frame.pts) for frame in frames] == [(n, 5, n) for n in range(5)]
    assert frames[-1].progress == 1
    for frame in frames:
        assert frame.image.shape == (40, 48, 3) and frame.image.dtype == np.float32
        assert frame.image.min() >= 0 and frame.image.max() <= 1


@pytest.mark.parametrize(
    "about", [{"tracks": {"step_size": Formula("0.02 + 0.01 * sin(pi * t)")}}, {"stops": (RECIPE, OTHER)}]
)
def test_a_loop_of_a_still_camera_closes_bit_for_bit(about):
    once = images(Film(recipe=RECIPE, seconds=2, fps=4, loop="close", **about))
    twice = Film(recipe=RECIPE, seconds=2, fps=4, loop="close", **about)
    later = make_film(photo(), twice, network=TINY, precision="fp32")
    assert np.array_equal(once[0], next(later).image)
    assert apart(once[0], once[3]) > 0
    steps = [apart(a, b) for a, b in zip(once, np.roll(once, -1, axis=0), strict=True)]
    assert steps[-1] <= 1.2 * max(steps[:-1])


def test_a_flight_that_closes_does_so_to_the_eye():
    smooth = cv2.GaussianBlur(photo(), (0, 0), 1.5)  # grain is finer in the first frame than in any that is turned
    frames = images(Film(recipe=RECIPE, zoom=1.5, turn=20, seconds=2, fps=8, loop="close"), picture=smooth)
    steps = [apart(a, b) for a, b in zip(frames, np.roll(frames, -1, axis=0), strict=True)]
    assert steps[-1] <= 1.2 * np.median(steps)


def test_a_way_back_shows_the_same_frames_and_neither_end_twice():
    film = Film(recipe=RECIPE, zoom=1.5, seconds=1, fps=8, loop="pingpong")
    frames = images(film)
    assert len(frames) == film_length(film) == 8
    for back, there in ((5, 3), (6, 2), (7, 1)):
        assert apart(frames[back], frames[there]) < 0.5 / 255
    assert apart(frames[4], frames[3]) > 0.5 / 255


def test_a_morph_begins_and_ends_with_the_two_dreams_and_goes_evenly():
    frames = images(Film(stops=(RECIPE, OTHER), seconds=2, fps=6))
    alone = [images(Film(recipe=each, seconds=0.1, fps=10))[0] for each in (RECIPE, OTHER)]
    assert apart(frames[0], alone[0]) < 1e-6 and apart(frames[-1], alone[1]) < 1e-6
    steps = [apart(a, b) for a, b in pairwise(frames)]
    assert max(steps) < 0.5 * apart(*alone)
    nearer = [apart(frame, alone[0]) < apart(frame, alone[1]) for frame in frames]
    assert nearer == sorted(nearer, reverse=True)


def test_a_camera_may_move_through_stops():
    frames = images(Film(stops=(RECIPE, OTHER), zoom=1.3, seconds=1, fps=5))
    assert len(frames) == 5 and apart(frames[0], frames[-1]) > 0.01


@pytest.mark.parametrize(
    "about",
    [{"zoom": 1.4}, {"zoom": 1.4, "loop": "close"}, {"zoom": 1.3, "loop": "pingpong"}, {"stops": (RECIPE, OTHER)}],
)
@pytest.mark.parametrize("broken", [1, 5])
def test_a_film_goes_on_after_a_break_to_the_same_frames(about, broken, tmp_path):
    film = Film(recipe=RECIPE, seconds=1, fps=8, **about)
    whole = images(film)
    stream = make_film(photo(), film, network=TINY, precision="fp32", store=tmp_path / "frames.raw")
    for _ in range(broken):
        frame = next(stream)
    stream.close()
    rest = images(film, resume=frame.state, store=tmp_path / "frames.raw")
    assert np.abs(rest - whole[broken:]).max() == 0


@pytest.mark.parametrize("left", [None, b"short"])
def test_a_way_back_whose_frames_are_gone_is_not_gone_on_with(left, tmp_path):
    film = Film(recipe=RECIPE, seconds=1, fps=8, zoom=1.3, loop="pingpong")
    stream = make_film(photo(), film, network=TINY, precision="fp32", store=tmp_path / "frames.raw")
    state = next(stream).state
    stream.close()
    (tmp_path / "frames.raw").unlink()
    if left is not None:
        (tmp_path / "frames.raw").write_bytes(left)
    with pytest.raises(ImageError, match=r"'frames\.raw' is damaged or gone"):
        images(film, resume=state, store=tmp_path / "frames.raw")


def test_a_flight_of_many_frames_keeps_its_light_and_its_colors():
    frames = images(Film(recipe=RECIPE, zoom=1.5, turn=30, seconds=15, fps=6, side=48))
    colors = [float((frame.max(axis=2) - frame.min(axis=2)).mean()) for frame in frames]
    early, late = slice(20, 40), slice(-20, None)
    assert frames[late].mean() == pytest.approx(frames[early].mean(), rel=0.05)
    assert np.mean(colors[late]) == pytest.approx(np.mean(colors[early]), rel=0.15)


def test_the_run_in_of_a_flight_that_closes_counts_but_is_not_shown():
    film = Film(recipe=RECIPE, zoom=1.4, seconds=1, fps=8, loop="close")
    with_run_in = list(make_film(photo(), film, network=TINY, precision="fp32", run_in=True))
    assert [frame.index for frame in with_run_in] == list(range(-8, 8))
    assert [frame.progress for frame in with_run_in] == [(made + 1) / 16 for made in range(16)]
    shown = [frame.image for frame in with_run_in if frame.is_shown]
    assert np.array_equal(shown, images(film))
    assert np.abs(with_run_in[0].image - photo()).mean() > 0.01
    assert all(frame.before == 0 for frame in make_film(photo(), film.replace(loop="none", seconds=0.2), network=TINY))


def test_no_steps_give_the_photo():
    frames = images(Film(recipe=RECIPE.replace(steps=0), seconds=1, fps=2))
    assert apart(frames[0], photo()) < 1e-6


def test_mistakes_are_found_before_the_first_frame():
    with pytest.raises(RecipeError, match="the film has none"):
        make_film(photo(), Film.from_dict({"tracks": {"zoom": {"hear": "bass"}}}), network=TINY)
