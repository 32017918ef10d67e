"""The four first sliders: each a function of the recipe's own settings, and read back from them."""

import pytest

from deepdream.errors import RecipeError
from deepdream.octaves import THING, octave_sizes
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.wishes import READ, SETS, SHORT, Wishes, wishes_of, with_composition, with_wish


@pytest.mark.parametrize(("name", "value"), [("strength", 0.3), ("size", 0.6), ("detail", 1.2), ("variation", 7)])
def test_a_wish_sets_its_settings_alone_and_is_read_back(name, value):
    recipe = with_wish(Recipe(), name, value)
    assert set(recipe.changes()) <= set(SETS[name])
    assert getattr(wishes_of(recipe), name) == pytest.approx(value)
    others = Wishes.settings().keys() - {name}
    assert all(getattr(wishes_of(recipe), other) == getattr(wishes_of(Recipe()), other) for other in others)


def test_the_page_begins_with_the_wishes_of_the_default_recipe():
    assert wishes_of(Recipe()) == Wishes()


def test_strength_is_how_far_the_steps_go_in_all():
    assert wishes_of(Recipe(steps=20, step_size=0.01)).strength == 0.2
    assert with_wish(Recipe(steps=20), "strength", 0.2).step_size == 0.01
    assert with_wish(Recipe(steps=0), "strength", 0.2).step_size == 0.2


def test_size_tells_of_counted_octaves_what_the_smallest_one_shows():
    recipe = Recipe(octaves=4, octave_scale=1.5)
    smallest = octave_sizes((SHORT, 2 * SHORT), recipe)[0][0]
    assert wishes_of(recipe).size == pytest.approx(THING / smallest, abs=0.01)


def test_a_composition_is_kept_at_every_size():
    recipe, size = Recipe(octaves=5), (683, 1024)
    kept = with_composition(recipe, size)
    counted = octave_sizes(size, recipe)
    assert [height for height, _ in octave_sizes(size, kept)] == pytest.approx([h for h, _ in counted], abs=1)
    twice = octave_sizes((1366, 2048), kept)
    assert list(twice[:4]) == list(octave_sizes(size, kept)[:4]) and len(twice) > len(counted)
    assert with_composition(kept, (50, 50)) is kept


def test_what_is_read_is_what_wishes_depend_on():
    changed = {"steps": 11, "step_size": 0.02, "octaves": 3, "octave_scale": 1.6, "largest": 0.6, "seed": 3}
    changed |= {"steps_growth": 1.1}
    assert changed.keys() == set(READ)
    for name, value in changed.items():
        counted = Recipe(octaves=0 if name == "largest" else 5)
        assert wishes_of(counted.replace(**{name: value})) != wishes_of(counted)


def test_every_preset_has_wishes_and_nonsense_is_refused():
    for each in PRESETS.values():
        wishes_of(each.recipe)
    with pytest.raises(RecipeError):
        with_wish(Recipe(), "strength", "much")
