"""Changes of view: what they show, and that their way back is the adjoint."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from tiny import photo

from deepdream.recipe import Recipe
from deepdream.transforms import View, draw_view

VIEWS = [
    View(),
    View(mirrored=True),
    View(angle=10),
    View(zoom=1.2),
    View(zoom=0.8, angle=-25, mirrored=True),
]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (8, 8), (13, 22)])
def test_the_way_back_is_the_adjoint(view, size):
    rng = np.random.default_rng(0)
    picture, g = rng.normal(size=(*size, 3)).astype("f"), rng.normal(size=(*size, 3)).astype("f")
    seen, pull_back = view.warp(picture)
    assert np.sum(seen * g) == pytest.approx(np.sum(picture * pull_back(g)), rel=1e-4, abs=1e-4)


def test_turning_is_scipys_interpolation():
    picture, angle = photo(20, 30), np.radians(10)
    y, x = np.mgrid[0:20, 0:30] - np.array([9.5, 14.5])[:, None, None]
    rows, columns = 9.5 + np.sin(angle) * x + np.cos(angle) * y, 14.5 + np.cos(angle) * x - np.sin(angle) * y
    seen, _ = View(angle=10).warp(picture)
    for color in range(3):
        expected = map_coordinates(picture[..., color], [rows, columns], order=1, mode="nearest")
        np.testing.assert_allclose(seen[..., color], expected, atol=1e-5)


@pytest.mark.parametrize("view", VIEWS)
def test_places_go_where_the_picture_goes(view):
    picture = np.zeros((21, 31, 3), np.float32)
    picture[6, 19] = 1.0
    seen, _ = view.warp(picture)
    row, column = np.unravel_index(np.argmax(seen[..., 0]), (21, 31))
    x, y = view.place(19.5, 6.5, (21, 31))
    assert abs(x - column - 0.5) <= 0.75 and abs(y - row - 0.5) <= 0.75


def test_views_stay_within_the_recipe():
    recipe = Recipe(jitter=5, rotate=10.0, zoom_jitter=0.2, flip=True)
    rng = np.random.default_rng(0)
    views = [draw_view(recipe, rng) for _ in range(500)]
    assert {view.shift[0] for view in views} == set(range(-5, 6))
    assert {view.mirrored for view in views} == {True, False}
    assert all(abs(view.angle) <= 10 and 1 / 1.2 <= view.zoom <= 1.2 for view in views)
    assert draw_view(Recipe(jitter=0), rng).warp(photo())[0].shape == (40, 48, 3)


def test_one_option_does_not_change_the_draw_of_another():
    plain = draw_view(Recipe(jitter=9), np.random.default_rng(3))
    turned = draw_view(Recipe(jitter=9, rotate=30.0, flip=True), np.random.default_rng(3))
    assert plain.shift == turned.shift and plain.angle == 0.0 and not plain.bends
