"""One step: tiles, views, optimisers, averages and masks, on the tiny network."""

import dataclasses

import numpy as np
import pytest
from tiny import photo, tiny_network

from deepdream import ascent
from deepdream.ascent import Ascent, Climb, automatic_tile_size
from deepdream.engine.compile import IMAGE, compile_gradient
from deepdream.networks import load_network
from deepdream.objectives.aims import Aim, from_objective, from_recipe
from deepdream.objectives.algebra import PHOTO
from deepdream.objectives.terms import Caricature, Difference, Measure, TotalVariation
from deepdream.optimizers import Adam, Average
from deepdream.recipe import Recipe
from deepdream.tiles import plan_tiles
from deepdream.transforms import View

TINY = tiny_network()


def climb(recipe=None, *, picture=None, objective=None, **about):
    recipe = recipe if recipe is not None else Recipe(layers=(("third", 1.0),), mirror=0)
    if objective is not None:
        aim = Aim(objective, {}, objective.parts)
    else:
        aim = from_recipe(recipe, TINY, photo() if picture is None else picture, precision="fp32")
    return Climb(TINY, aim, recipe, steps=10, step_size=0.02, precision="fp32", **about)


def value_and_gradient(picture, climb, view):
    return ascent.value_and_gradient(picture, climb.meter, view)


OBJECTIVES = {
    "mean_square": Measure("third", "mean_square"),
    "caffe_l2": Measure("second", "caffe_l2"),
    "mixed": Measure("third", "mean") - 0.01 * Measure("second", "caffe_l2") - 0.1 * TotalVariation(mean=False),
    "caricature": Caricature("third"),
    "pull": -1 * Difference(IMAGE, PHOTO + IMAGE),
}


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
@pytest.mark.parametrize(("size", "tile_size", "pad"), [((64, 96), 32, 0), ((80, 64), 33, 0), ((64, 96), 32, 6)])
def test_tiles_with_enough_context_equal_the_whole(objective, size, tile_size, pad, monkeypatch):
    # Three convolutions reach 4 pixels each way at stride 2, and what they see reaches as far again.
    monkeypatch.setattr(ascent, "CONTEXT", 16)
    picture, about = photo(*size), {"photo": photo(*size, seed=4)}
    view = View()
    losses, whole = value_and_gradient(
        picture, climb(Recipe(tile_size=4096, pad=pad), objective=objective, **about), view
    )
    in_tiles = climb(Recipe(tile_size=tile_size, pad=pad), objective=objective, **about)
    tiled_losses, tiled = value_and_gradient(picture, in_tiles, view)
    np.testing.assert_allclose(tiled, whole, atol=2e-5 * np.abs(whole).max())
    for part, loss in losses.items():  # means are over what tiles see, which counts the overlaps twice
        assert tiled_losses[part] == pytest.approx(loss, rel=0.3)


@pytest.mark.parametrize("term", [Measure("third", "mean", 1, (0.49, 0.52)), Caricature("third", 1.0, (0.49, 0.52)),
                                  Measure("second", "caffe_l2", None, (0.34, 0.66))])  # fmt: skip
@pytest.mark.parametrize("shift", [(0, 0), (5, -14)])
def test_a_place_at_a_cut_has_its_whole_gradient_and_its_loss_once(term, shift, monkeypatch):
    monkeypatch.setattr(ascent, "CONTEXT", 16)
    picture, view = photo(64, 96), View(shift=shift)
    about = {"photo": photo(64, 96, seed=4)}
    found = []
    for tile_size in (4096, 32):
        aim = from_objective(term + 0.1 * Measure("third", "mean_square"))
        steps = climb(Recipe(tile_size=tile_size), objective=term, **about)
        found.append(value_and_gradient(picture, dataclasses.replace(steps, aim=aim), view))
    (losses, whole), (tiled_losses, tiled) = found
    assert tiled_losses[term.part] == pytest.approx(losses[term.part], rel=1e-4)
    np.testing.assert_allclose(tiled, whole, atol=3e-5 * np.abs(whole).max())


def test_tiles_with_the_usual_context_almost_equal_the_whole():
    picture = photo(128, 160)
    _, whole = value_and_gradient(picture, climb(Recipe(layers=(("third", 1.0),), tile_size=4096)), View())
    _, tiled = value_and_gradient(picture, climb(Recipe(layers=(("third", 1.0),), tile_size=64)), View())
    assert np.corrcoef(whole.ravel(), tiled.ravel())[0, 1] > 0.9999


@pytest.mark.parametrize("view", [View(shift=(5, -9)), View(shift=(-3, 60), cuts=(0.3, 0.7)), View(mirrored=True)])
@pytest.mark.parametrize("tile_size", [24, 4096])
def test_every_pixel_gets_a_gradient_in_every_view(view, tile_size):
    recipe = Recipe(layers=(("third", 1.0),), tile_size=tile_size)
    _, g = value_and_gradient(photo(57, 90), climb(recipe), view)
    assert (np.abs(g).sum(axis=-1) > 0).mean() > 0.99 and np.isfinite(g).all()


def test_a_shifted_view_is_a_rolled_picture():
    picture, shift = photo(), (7, -11)
    function = compile_gradient(TINY, Measure("third", "mean_square"), precision="fp32")
    rolled = np.roll(picture, shift, (0, 1))
    losses, g = function(TINY.to_input(rolled)[None], {})
    found_losses, found = value_and_gradient(
        picture, climb(objective=Measure("third", "mean_square")), View(shift=shift)
    )
    np.testing.assert_allclose(found, np.roll(g[0], (-7, 11), (0, 1)), atol=1e-9)
    assert sum(found_losses.values()) == pytest.approx(float(losses["third"]))


@pytest.mark.parametrize("shift", [(0, 0), (7, -11)])
def test_a_padded_view_is_the_picture_in_a_frame_of_gray(shift):
    picture, pad = photo(), 6
    function = compile_gradient(TINY, Measure("third", "mean_square"), precision="fp32")
    framed = np.full((40 + 2 * pad, 48 + 2 * pad, 3), 0.5, np.float32)
    framed[pad:-pad, pad:-pad] = np.roll(picture, shift, (0, 1))
    losses, g = function(TINY.to_input(framed)[None], {})
    objective = climb(Recipe(pad=pad, mirror=0), objective=Measure("third", "mean_square"))
    found_losses, found = value_and_gradient(picture, objective, View(shift=shift))
    np.testing.assert_allclose(found, np.roll(g[0][pad:-pad, pad:-pad], np.negative(shift), (0, 1)), atol=1e-9)
    assert sum(found_losses.values()) == pytest.approx(float(losses["third"]))


@pytest.mark.parametrize("shift", [(0, 0), (7, -11)])
def test_a_mirrored_view_is_the_picture_continued_and_then_rolled(shift):
    picture, margin = photo(), 6
    function = compile_gradient(TINY, Measure("third", "mean_square"), precision="fp32")
    beyond = np.concatenate([picture[:margin][::-1], picture, picture[-margin:][::-1]])
    beyond = np.concatenate([beyond[:, :margin][:, ::-1], beyond, beyond[:, -margin:][:, ::-1]], axis=1)
    _, g = function(TINY.to_input(np.roll(beyond, shift, (0, 1)))[None], {})
    objective = climb(Recipe(mirror=margin), objective=Measure("third", "mean_square"))
    _, found = value_and_gradient(picture, objective, View(shift=shift))
    expected = np.roll(g[0], np.negative(shift), (0, 1))[margin:-margin, margin:-margin]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("recipe", [Recipe(pad=5, mirror=0), Recipe(mirror=5)])
def test_a_pull_to_the_photo_sees_the_photo_in_the_same_frame(recipe):
    loss, g = value_and_gradient(
        photo(), climb(recipe, objective=OBJECTIVES["pull"], photo=photo()), View(shift=(3, 4))
    )
    assert sum(loss.values()) == 0 and not g.any()


def test_each_tile_is_normalized_alone_where_that_is_wished():
    picture = photo(64, 64)
    picture[:, :32] = 0.5 + 0.02 * (picture[:, :32] - 0.5)  # hardly any structure on the left
    recipe = Recipe(layers=(("third", 1.0),), tile_size=32, normalize="tile_std", mirror=0)
    _, g = value_and_gradient(picture, climb(recipe), View())
    for left in (0, 32):
        for top in (0, 32):
            assert np.std(g[top : top + 32, left : left + 32]) == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("tile_size", [24, 4096])
@pytest.mark.parametrize("view", [View(), View(shift=(13, -20), cuts=(0.4, 0.1)), View(mirrored=True)])
@pytest.mark.parametrize("frame", [{}, {"pad": 10}, {"mirror": 10}])
def test_a_place_is_followed_through_shifts_and_tiles(view, tile_size, frame):
    picture, x, y = photo(64, 80), 0.31, 0.77
    recipe = Recipe(layers=((f"third_pre_relu:1@{x},{y}", 1.0),), objective="mean", tile_size=tile_size, **frame)
    _, g = value_and_gradient(picture, climb(recipe, picture=picture), view)
    strength = np.abs(g).sum(axis=-1)
    rows, columns = np.nonzero(strength)
    assert np.abs(rows - y * 64).max() <= 8 and np.abs(columns - x * 80).max() <= 8


def test_steps_raise_the_loss_and_stay_in_range():
    picture = photo()
    steps = Ascent(picture, climb(), np.random.default_rng(0))
    losses = []
    for _ in range(6):
        losses.append(sum(steps.measure().values()))
        steps.move()
    assert losses[-1] > losses[0] and steps.taken == 6
    assert steps.picture is picture  # in place: a large picture is held once
    assert picture.min() >= 0 and picture.max() <= 1


@pytest.mark.parametrize("about", [{"optimizer": "adam"}, {"decorrelate": True}, {"parametrization": "fourier"},
                                   {"parametrization": "fourier", "optimizer": "adam"}])  # fmt: skip
def test_every_kind_of_step_raises_the_loss(about):
    recipe = Recipe(layers=(("third", 1.0),), jitter=0, **about)
    steps = Ascent(photo(), climb(recipe), np.random.default_rng(0))
    losses = []
    for _ in range(6):
        losses.append(sum(steps.measure().values()))
        steps.move()
    assert losses[-1] > losses[0]


def test_outside_the_mask_nothing_changes():
    mask = np.zeros((40, 48), np.float32)
    mask[10:20, 5:40] = 1
    picture = photo()
    steps = Ascent(picture, climb(mask=mask), np.random.default_rng(0))
    steps.measure()
    steps.move()
    np.testing.assert_array_equal(picture[mask == 0], photo()[mask == 0])
    assert (picture[mask == 1] != photo()[mask == 1]).mean() > 0.9


def test_adam_is_kingmas_and_bas():
    adam, m, v = Adam(0.9, 0.99, 1e-8), 0.0, 0.0
    for t, g in enumerate([0.5, -2.0, 3.0], start=1):
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        expected = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
        assert adam(np.array([g], np.float32))[0] == pytest.approx(expected, rel=1e-5)


def test_an_average_weighs_late_pictures_most_and_sums_to_one():
    average = Average(0.5)
    assert average.value is None
    for number in (1.0, 2.0, 4.0):
        average.take(np.full((1, 1, 3), number, np.float32))
    np.testing.assert_allclose(average.value, (1 * 0.125 + 2 * 0.25 + 4 * 0.5) / 0.875)
    constant = Average(0.99)
    for _ in range(3):
        constant.take(np.ones((1, 1, 3), np.float32))
    np.testing.assert_allclose(constant.value, 1.0, rtol=1e-6)


def test_pictures_of_some_megapixels_stay_whole_and_larger_ones_do_not(monkeypatch):
    compact = load_network("compact")
    assert automatic_tile_size(compact, ("conv4_2",), (1500, 2000), "fp32") == 2000
    assert automatic_tile_size(compact, ("conv4_2",), (1900, 2400), "bf16") == 2400
    side = automatic_tile_size(compact, ("conv4_2",), (3000, 4000), "fp32")
    assert 1024 <= side <= 2048
    for size in ((3000, 4000), (2696, 3666), (1200, 9000)):
        side = automatic_tile_size(compact, ("conv4_2",), size, "fp32")
        assert max(len(tile.rows) * len(tile.columns) for tile in plan_tiles(size, side, stride=8)) < 3.45e6
    monkeypatch.setattr(ascent, "WORKING_MEMORY", 2**28)
    assert automatic_tile_size(compact, ("conv4_2",), (3000, 4000), "fp32") < side
