"""Mixtures, surprises and variations: their ends, their seeds, their locks, on every look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdream.errors import RecipeError
from deepdream.presets import from_link, preset, to_link
from deepdream.presets.looks import LOOKS
from deepdream.recipe import Recipe
from deepdream.variations import LOCKS, mix, surprise, vary

RECIPES = st.sampled_from([each.recipe for each in LOOKS])
SEEDS = st.integers(0, 2**32 - 1)
SHARES = st.floats(0.0, 1.0)
LOCKED = st.lists(st.sampled_from(sorted(LOCKS)), unique=True)


@given(RECIPES, RECIPES)
def test_a_mixture_ends_in_both_looks(one, other):
    assert mix(one, other, 0) == one
    assert mix(one, other, 1) == other


@given(RECIPES, RECIPES, st.floats(0.01, 0.99))
def test_a_mixture_shares_its_weight_out(one, other, weight):
    mixed = dict(mix(one, other, weight).layers)
    if one == other:
        return
    assert set(mixed) == {name for name, _ in (*one.layers, *other.layers)}
    assert sum(mixed.values()) == pytest.approx(10, rel=0.01)
    only = [value for name, value in mixed.items() if name not in dict(one.layers)]
    if len(only) == len(other.layers):
        assert sum(only) == pytest.approx(10 * weight, rel=0.01)


@given(SEEDS, RECIPES, LOCKED)
def test_a_seed_draws_the_same_surprise(seed, current, locks):
    drawn = surprise(seed, current=current, locks=locks)
    assert drawn == surprise(seed, current=current, locks=locks)
    assert from_link(to_link(drawn)) == drawn  # it fits into a link
    for lock in locks:
        assert all(getattr(drawn, name) == getattr(current, name) for name in LOCKS[lock])


def test_surprises_differ_and_reach_most_looks():
    drawn = [surprise(seed) for seed in range(200)]
    assert len(set(drawn)) > 190
    whole = {each.layers for each in drawn} & {each.recipe.layers for each in LOOKS}
    assert len(whole) > 0.8 * len({each.recipe.layers for each in LOOKS})


@given(RECIPES, SEEDS, LOCKED)
def test_no_distance_is_no_change(recipe, seed, locks):
    assert set(vary(recipe, seed, how_far=0.0, locks=locks)) == {recipe}


@given(RECIPES, SEEDS, st.floats(0.05, 1.0), LOCKED)
def test_variations_differ_and_keep_what_is_locked(recipe, seed, how_far, locks):
    varied = vary(recipe, seed, how_far=how_far, locks=locks)
    assert varied == vary(recipe, seed, how_far=how_far, locks=locks)
    if not locks:
        assert len({recipe, *varied}) == 5
    for each in varied:
        assert from_link(to_link(each)) == each
        for lock in locks:
            assert all(getattr(each, name) == getattr(recipe, name) for name in LOCKS[lock])


@given(SEEDS)
def test_variations_of_a_preset_of_another_network_keep_to_its_network(seed):
    recipe = preset("keras_example")
    assert all(each.network == recipe.network for each in vary(recipe, seed, how_far=1.0))


def test_a_setting_moves_farther_at_a_larger_distance():
    recipe = LOOKS[0].recipe
    near, far = (vary(recipe, 3, how_far=distance) for distance in (0.1, 1.0))
    for one, other in zip(near, far, strict=True):
        assert abs(one.step_size - recipe.step_size) <= abs(other.step_size - recipe.step_size) + 1e-3


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: mix(Recipe(), Recipe(), 1.5), "weight: received 1.5; allowed: numbers from 0 to 1"),
        (
            lambda: mix(Recipe(), preset("hvass"), 0.5),
            "a mixture has one network, received compact and inception5h_raw",
        ),
        (lambda: vary(Recipe(), 0, how_far=-1.0), "how_far: received -1.0; allowed: numbers from 0 to 1"),
        (lambda: surprise(-1), "seed: received -1; allowed: whole numbers from 0"),
        (lambda: surprise(0, locks=["look"]), "locks: received 'look'; allowed with a current recipe: look, strength"),
        (lambda: vary(Recipe(), 0, how_far=0.5, locks=["hue"]), "locks: received 'hue'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(RecipeError, match=message):
        draw()
