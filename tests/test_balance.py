"""Balanced targets: each one's gradient has the size of its weight, whatever the scale of its layer."""

import numpy as np
import pytest
from tiny import photo, tiny_network

from deepdream import Recipe, dream
from deepdream import balance as balance_module
from deepdream.ascent import Climb, value_and_gradient
from deepdream.objectives.aims import from_recipe
from deepdream.objectives.algebra import WEIGHTS
from deepdream.transforms import View

TINY = tiny_network()


def climb(recipe):
    aim = from_recipe(recipe, TINY, photo(), precision="fp32")
    return Climb(TINY, aim, recipe, steps=1, step_size=0.02, precision="fp32", photo=photo())


def balance(climb, picture):
    return balance_module.balance(climb.meter, len(climb.recipe.layers), picture)


def gradient(layer, weight):
    return value_and_gradient(photo(), climb(Recipe(layers=((layer, float(weight)),))).meter, View())[1]


def test_weights_become_the_sizes_of_the_gradients():
    recipe = Recipe(layers=(("second", 1.0), ("third", -3.0)))
    first, second = balance(climb(recipe), photo()).targets[WEIGHTS]
    assert first > 0 > second
    assert gradient("third", second).std() == pytest.approx(3 * gradient("second", first).std(), rel=1e-4)


def test_what_is_no_layer_keeps_its_weight():
    recipe = Recipe(layers=(("second", 1.0), ("third", 1.0)), total_variation=0.5, pull=2.0)
    assert balance(climb(recipe), photo()).targets[WEIGHTS][2:].tolist() == [-0.5, -2.0]


def test_a_flat_picture_changes_no_weight():
    recipe = Recipe(layers=(("third", 2.0),), balance=True)
    (weight,) = balance(climb(recipe), np.zeros((40, 48, 3), np.float32)).targets[WEIGHTS]
    assert np.isfinite(weight) and weight == pytest.approx(2.0)


def test_what_was_measured_is_measured_once_and_anything_else_anew(monkeypatch):
    taken = []

    def counted(*about):
        taken.append(about)
        return value_and_gradient(*about)

    monkeypatch.setattr("deepdream.balance.value_and_gradient", counted)
    balance_module._measured.clear()
    usual = {"layers": (("second", 1.0), ("third", 1.0))}

    def steps(picture=None, **about):
        before = len(taken)
        weights = balance(climb(Recipe(**usual | about)), photo() if picture is None else picture).targets[WEIGHTS]
        return len(taken) - before, weights

    measured, weights = steps()
    assert measured == 2
    again, others = steps(steps=3, step_size=0.1, seed=7, layers=(("second", 1.0), ("third", 2.0)))
    assert again == 0 and others == pytest.approx(weights * [1, 2])  # weights are no part of what is measured
    assert steps(photo()[::-1])[0] == steps(photo()[:-1])[0] == 2
    assert steps(mirror=4)[0] == steps(pad=4)[0] == steps(objective="mean")[0] == 2
    assert steps(layers=(("second:1", 1.0), ("third", 1.0)))[0] == steps(tile_size=32)[0] == 2
    for side in range(balance_module.REMEMBERED):
        steps(photo(seed=1 + side))
    assert steps()[0] == 2 and len(balance_module._measured[TINY]) == balance_module.REMEMBERED


def test_a_layer_of_another_scale_no_longer_drowns_the_other():
    """With a weight of a millionth, a layer means nothing; balanced, its factor alone counts."""
    faint = ("second", 1e-6)

    def last(*layers, **about):
        *_, frame = dream(
            photo(), Recipe(layers=layers, octaves=1, steps=2, step_size=0.05, **about), network=TINY, precision="fp32"
        )
        return frame.image

    alone, both = last(("third", 1.0)), last(("third", 1.0), faint)
    np.testing.assert_allclose(both, alone, atol=4e-3)
    mixed = last(("third", 1.0), ("second", 1.0), balance=True)
    assert np.abs(mixed - last(("third", 1.0))).mean() > 5e-3
    assert np.abs(mixed - last(("second", 1.0))).mean() > 5e-3
