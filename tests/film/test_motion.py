"""The camera, the flow and the change that is carried: known motions, and what must not happen over many frames."""

import cv2
import numpy as np
import pytest
from tiny import photo, tiny_network

from deepdream.errors import RecipeError
from deepdream.film.camera import Flight, Pose, World, step_matrix
from deepdream.film.change import Change, kept_share, light_and_color, part_of
from deepdream.film.dreamer import Dreamer
from deepdream.film.film import Film
from deepdream.film.flow import trusted, way_of_flow, way_of_matrix
from deepdream.film.formula import Formula
from deepdream.film.score import Score
from deepdream.film.settings import Motion
from deepdream.recipe import Recipe

SIZE = (90, 120)
RECIPE = Recipe(layers=(("third", 1.0),), octaves=2, steps=4, jitter=2)
DREAMER = Dreamer(tiny_network(), "fp32")


def flight(size=SIZE, **about):
    film = Film(**{"seconds": 4, "fps": 6} | about)
    length = round(film.seconds * film.fps)
    return Flight(Score(film, np.arange(length) / film.fps), size), length


def scene(h=90, w=120, seed=1):
    noise = np.random.default_rng(seed).random((h // 6, w // 6, 3)).astype(np.float32)
    return np.clip(cv2.resize(noise, (w, h), interpolation=cv2.INTER_CUBIC), 0, 1)


# The camera


def test_motion_is_a_seconds_whatever_the_frames():
    motion = Motion(zoom=1.5, turn=30)
    whole = step_matrix(motion, 1.0, SIZE)
    parts = np.linalg.matrix_power(step_matrix(motion, 1 / 24, SIZE), 24)
    assert parts == pytest.approx(whole, abs=1e-9)


def test_zoom_and_turn_keep_the_middle_and_a_shift_moves_it():
    middle = np.array([59.5, 44.5, 1])

    def moved(x, y):
        return middle + np.array([x, y, 0])

    assert step_matrix(Motion(zoom=2, turn=90), 1, SIZE) @ middle == pytest.approx(middle)
    assert step_matrix(Motion(x=0.5, y=-0.1), 1, SIZE) @ middle == pytest.approx(moved(60, -9))
    right = step_matrix(Motion(turn=90), 1, SIZE) @ moved(10, 0)
    assert right == pytest.approx(moved(0, 10))  # clockwise, as y grows downwards
    top, bottom = (step_matrix(Motion(tilt=10), 1, SIZE) @ moved(20, y) for y in (-40, 40))
    assert top[0] / top[2] - 59.5 < 20 < bottom[0] / bottom[2] - 59.5  # the top leans back


def test_an_open_flight_begins_with_the_photo_and_never_ends():
    path, length = flight(zoom=2.0, turn=20, seconds=8)
    assert path.poses(0)[0].matrix == pytest.approx(np.eye(3)) and len(path.poses(0)) == 1
    scales = np.array(
        [[pose.scale for pose in path.poses(frame)] for frame in range(1, length) if len(path.poses(frame)) > 1]
    )
    assert scales[:, 0].min() >= 0.99 and scales[:, 0].max() <= 4.01
    assert scales[:, 1] == pytest.approx(scales[:, 0] / 4, rel=0.05)


@pytest.mark.parametrize(("zoom", "seconds"), [(2.0, 120), (1.3, 240), (2.0, 1200), (0.25, 600)])
def test_a_long_flight_is_as_steady_at_its_end_as_at_its_beginning(zoom, seconds):
    path, length = flight(zoom=zoom, turn=10, seconds=seconds, fps=2)
    middle = np.array([59.5, 44.5, 1])
    for frame in (*range(8), *range(length - 8, length)):
        poses = path.poses(frame)
        assert all(each.matrix @ middle == pytest.approx(middle, abs=1e-6) for each in poses)
        assert 1 - 1e-9 <= poses[0].scale < 4 and all(1 / 4 - 1e-9 <= each.scale < 1 for each in poses[1:])


@pytest.mark.parametrize(
    "about",
    [{"zoom": 1.5, "turn": 25}, {"zoom": 0.6}, {"turn": 30}, {"x": 0.2, "zoom": 1.3}, {"zoom": 1.6, "tilt": 8},
     {"tracks": {"zoom": Formula("1.3 + 0.2 * sin(t)")}}],
)  # fmt: skip
def test_a_flight_that_closes_shows_after_its_end_what_it_began_with(about):
    path, length = flight(loop="close", **about)
    world = World(scene(), SIZE)
    views = [world.show(path.poses(frame)) for frame in range(length)]
    # One step on from the last view is the first one: compare by what the known motion says.
    way = way_of_matrix(path.step(length - 1), SIZE)
    usual = way_of_matrix(path.step(length // 2 - 1), SIZE)
    inner = (slice(15, -15), slice(20, -20))
    closing = np.abs(way.carry(views[-1]) - views[0])[inner].mean()
    within = np.abs(usual.carry(views[length // 2 - 1]) - views[length // 2])[inner].mean()
    assert closing <= 1.5 * within + 0.004


def test_a_lean_too_far_is_refused_in_words():
    with pytest.raises(RecipeError, match=r"tilt: after .* leans too far"):
        flight(tilt=30, seconds=4)


def test_a_small_level_is_soft_at_its_edges_and_full_in_its_middle():
    small = np.array([[0.5, 0, 30], [0, 0.5, 22], [0, 0, 1]], float)
    white = World(np.ones((90, 120, 3), np.float32), SIZE)
    view = white.show([Pose(np.eye(3), 1.0, 1.0)])
    assert view == pytest.approx(np.ones((90, 120, 3)))
    share = white._share(Pose(small, 0.5, 0.5))
    assert share[45, 60] > 0.45 and share[0].max() == 0 and np.abs(np.diff(share, axis=1)).max() < 0.15


# The flow


def shifted(picture, x, y):
    return cv2.warpAffine(picture, np.float32([[1, 0, x], [0, 1, y]]), picture.shape[1::-1], borderMode=cv2.BORDER_WRAP)


def test_flow_finds_a_known_motion_and_carries_a_picture_along_it():
    before = scene(120, 160)
    now = shifted(before, 4, -2)
    way = way_of_flow(before, now)
    inner = (slice(16, -16), slice(16, -16))
    y, x = np.mgrid[0:120, 0:160]
    assert np.median(np.hypot(way.sources[..., 0] - (x - 4), way.sources[..., 1] - (y + 2))[inner]) < 0.2
    assert way.trust[inner].mean() > 0.95
    assert np.abs(way.carry(before) - now)[inner].mean() < 0.01


def test_what_comes_from_outside_or_from_behind_is_not_trusted():
    still = np.zeros((40, 60, 2), np.float32)
    assert trusted(still, still).min() == 1.0
    right = still.copy()
    right[..., 0] = -10.0  # everything moved 10 to the right: the left edge is new
    trust = trusted(right, -right)
    assert trust[:, :9].max() == 0 and trust[:, 12:].min() > 0.99
    assert trusted(right, still).max() == 0  # backward and forward disagree


def test_a_moving_square_uncovers_what_is_not_trusted():
    ground, frames = scene(96, 128), []
    for x in (30, 36):
        frame = ground.copy()
        frame[30:60, x : x + 30] = 0.9 - 0.8 * scene(30, 30, seed=5)
        frames.append(frame)
    way = way_of_flow(*frames)
    uncovered = way.trust[32:58, 30:35]
    assert uncovered.mean() < 0.3 < 0.9 < way.trust[70:90, 20:110].mean()


# The change


def test_part_of_a_recipe_goes_on_in_small_steps_from_where_it_is():
    recipe = Recipe(steps=10, step_size=0.02, start="noise", carry="resize", strength=0.5)
    part = part_of(recipe, 0.1)
    assert (part.steps, part.step_size, part.start, part.carry, part.strength) == (
        1,
        pytest.approx(0.02),
        "photo",
        "detail",
        1,
    )
    assert part_of(recipe, 0.25).step_size * part_of(recipe, 0.25).steps == pytest.approx(0.05)
    assert part_of(recipe.replace(steps=0), 0.5).steps == 0


def test_memory_is_in_seconds():
    assert kept_share(0.5, 24) ** 12 == pytest.approx(np.exp(-1))
    assert kept_share(0, 24) == 0


def sizes_of(change):
    """Return the mean sizes of a change's light and color."""
    return np.array([np.abs(part).mean() for part in light_and_color(change.array)])


def test_a_resting_picture_does_not_boil_and_nothing_piles_up():
    picture = photo(40, 48)
    change = Change.first(picture, RECIPE, DREAMER)
    sizes, parts, steps = [np.abs(change.array).mean()], [sizes_of(change)], []
    rest = way_of_matrix(np.eye(3), (40, 48))
    for _ in range(60):
        later = change.next(picture, rest, RECIPE, DREAMER, keep=kept_share(0.4, 24), fps=24)
        steps.append(np.abs(later.array - change.array).mean())
        sizes.append(np.abs(later.array).mean())
        parts.append(sizes_of(later))
        change = later
    assert max(steps) < 0.1 * sizes[0]
    assert max(sizes) <= sizes[0] * 1.001 and min(sizes) > 0.8 * sizes[0]
    assert (np.array(parts) <= parts[0] * 1.001).all()


def test_where_nothing_can_be_trusted_a_whole_dream_is_dreamed():
    picture = photo(40, 48)
    change = Change.first(picture, RECIPE, DREAMER)
    lost = way_of_matrix(np.array([[1, 0, 24], [0, 1, 0], [0, 0, 1.0]]), (40, 48))
    later = change.next(picture, lost, RECIPE, DREAMER, keep=0.9, fps=24)
    new, old = np.abs(later.array[:, :20]).mean(), np.abs(later.array[:, 28:]).mean()
    assert 0.6 < new / old < 1.6
