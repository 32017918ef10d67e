"""Objectives as values in `dream`, and what a recipe's words mean as objectives."""

import numpy as np
import pytest
from tiny import photo, tiny_network

from deepdream.dreaming import dream
from deepdream.errors import LayerError, RecipeError
from deepdream.objectives.terms import Direction, Guide, Measure
from deepdream.recipe import Recipe

TINY = tiny_network()
RECIPE = Recipe(layers=(("third", 1.0),), octaves=2, steps=3, jitter=4, objective="mean", balance=False)


def test_an_objective_dreams_as_the_recipe_that_means_the_same():
    recipe = RECIPE.replace(layers=(("second", 2.0), ("third:1@0.7,0.4", -0.5)), objective="mean", tile_size=32)
    value = 2 * Measure("second") - 0.5 * Measure("third", "mean", 1, (0.7, 0.4))
    *_, by_recipe = dream(photo(48, 64), recipe, network=TINY, precision="fp32")
    *_, by_value = dream(photo(48, 64), recipe, network=TINY, objective=value, precision="fp32")
    np.testing.assert_allclose(by_value.image, by_recipe.image, atol=1e-5)
    assert by_value.loss == pytest.approx(by_recipe.loss, rel=1e-4)


def test_terms_of_one_part_share_its_loss():
    value = Measure("second") + Measure("second", "mean_square")
    *_, last = dream(photo(), RECIPE, network=TINY, objective=value)
    assert list(last.losses) == ["second"]


def test_an_objective_that_needs_values_is_refused_without_them():
    with pytest.raises(RecipeError, match="needs guide; give an Aim"):
        dream(photo(), RECIPE, network=TINY, objective=Guide("third", "guide"))
    for wrong in (Measure("third", channel="best"), Measure("third", place="best")):
        with pytest.raises(RecipeError, match="needs best; give an Aim"):
            dream(photo(), RECIPE, network=TINY, objective=wrong)
    with pytest.raises(LayerError, match="fourth"):
        dream(photo(), RECIPE, network=TINY, objective=Measure("fourth"))
    channels = TINY.layer("third").channels
    for wrong in (Measure("third", channel=channels), Measure("third", channel=-1)):
        with pytest.raises(LayerError, match=f"third has the channels 0 to {channels - 1}, received"):
            dream(photo(), RECIPE, network=TINY, objective=2 * wrong - Measure("second"))
    for numbers in (1, channels + 1):
        with pytest.raises(
            LayerError, match=f"third has {channels} channels, received a direction of {numbers} numbers"
        ):
            dream(photo(), RECIPE, network=TINY, objective=Direction("third", (1.0,) * numbers))


@pytest.mark.parametrize("layers", [{"third:1": 1.0}, {"third@0.5,0.5": 1.0}, {"classes:2": 1.0}])
def test_a_guide_that_no_layer_follows_is_refused(layers):
    with pytest.raises(RecipeError, match="guides whole layers"):
        dream(photo(), RECIPE.replace(layers=layers), network=TINY, guide=photo(seed=4))
