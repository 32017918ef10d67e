"""The recipe: one table of settings, checked at once, written as JSON and as a link, and read back strictly."""

import dataclasses
import json
import math
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import RECIPES

from deepdream.errors import DreamError, RecipeError, nearest, quoted
from deepdream.recipe import Recipe
from deepdream.settings.codec import MAX_QUERY
from deepdream.settings.json_text import MAX_JSON, parse_json
from deepdream.settings.kinds import Setting, format_setting
from deepdream.settings.targets import Target, parse_target

SETTINGS = Recipe.settings()


# Round trips


@given(RECIPES)
def test_json_gives_the_recipe_back(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe


@given(RECIPES)
def test_a_link_gives_the_recipe_back(recipe):
    assert Recipe.from_query(recipe.to_query()) == recipe


@given(RECIPES, RECIPES)
def test_a_link_on_a_preset_gives_the_recipe_back(recipe, base):
    assert Recipe.from_query(recipe.to_query("mine", base), {"mine": base}) == recipe


@given(RECIPES)
def test_a_link_survives_a_browser_that_escapes_it(recipe):
    link = urlencode({"r": recipe.to_query()})
    assert Recipe.from_query(parse_qs(link)["r"][0]) == recipe


@given(RECIPES)
def test_what_a_person_types_is_what_is_shown(recipe):
    for name in SETTINGS:
        value = getattr(recipe, name)
        assert Recipe.parse(name, format_setting(value)) == value


@given(RECIPES)
def test_a_recipe_is_hashable_and_equal_by_value(recipe):
    twin = Recipe(**{name: getattr(recipe, name) for name in SETTINGS})
    assert twin == recipe and hash(twin) == hash(recipe) and recipe.replace() == recipe


@given(RECIPES)
def test_the_representation_builds_the_recipe_again(recipe):
    assert eval(repr(recipe), {"Recipe": Recipe}) == recipe  # noqa: S307  # our own repr, in a test


def test_only_what_differs_is_written():
    assert Recipe().to_dict() == {"version": 2}
    assert Recipe().to_query() == "2"
    assert json.loads(Recipe(steps=30, layers=[["mixed4", 2]]).to_json()) == {
        "version": 2, "layers": [["mixed4", 2.0]], "steps": 30,
    }  # fmt: skip


def test_a_link_is_short_and_needs_no_escaping():
    recipe = Recipe(
        network="inception_v3", layers={"mixed3": 1, "mixed4:17": 0.5, "mixed5": -1.5}, octaves=6, octave_scale=1.3,
        steps=30, step_size=0.02,
    )  # fmt: skip
    link = recipe.to_query()
    assert link == (
        "2*network-inception_v3*layers-mixed3..mixed4.17-0.5..mixed5--1.5*octaves-6*octave_scale-1.3*steps-30*step_size-0.02"
    )
    assert len(link) <= 130
    assert urlencode({"r": link}, safe="*") == f"r={link}"  # URLSearchParams leaves * - . _ alone


# What recipes of version 1 left out, typed in a second time.
FIRST = {
    "layers": (("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2", 0.1)), "balance": False, "octaves": 5,
    "resize": "bilinear", "steps": 10, "step_size": 0.0125, "steps_growth": 0.9, "step_size_growth": 1.0,
    "headroom": 0.0, "smoothing": 0.7, "smoothing_growth": 1.5, "jitter": 16, "mirror": 0,
}  # fmt: skip


def test_what_version_1_wrote_means_what_it_did():
    old = Recipe(**FIRST | {"seed": 7, "jitter": 3})
    assert Recipe.from_dict({"version": 1, "seed": 7, "jitter": 3}) == old
    assert Recipe.from_query("1*seed-7*jitter-3") == old
    assert Recipe.from_json(old.to_json()) == Recipe.from_query(old.to_query()) == old
    assert Recipe.from_query("1*mine*seed-7", {"mine": Recipe(steps=2)}) == Recipe(steps=2, seed=7)


# What is refused


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", -1), ("steps", 10_001), ("steps", 2.5), ("steps", "10"), ("steps", True), ("steps", None),
        ("steps", math.nan), ("steps", math.inf), ("steps", 10**400), ("steps", [3]), ("steps", b"3"),
        ("octaves", -1), ("seed", -1), ("seed", 2**32),
        ("step_size", math.nan), ("step_size", math.inf), ("step_size", "0.1"), ("step_size", False), ("step_size", 1j),
        ("octave_scale", 0.99), ("octave_scale", 4.01), ("max_loss", "none"), ("max_loss", -math.inf),
        ("objective", "means"), ("objective", ""), ("objective", 1), ("objective", None), ("objective", ["mean"]),
        ("flip", 1), ("flip", "true"), ("flip", None),
        ("network", ""), ("network", "../weights.h5"), ("network", "a b"), ("network", "x" * 65),
        ("network", "caf\u00e9"),
        ("layers", []), ("layers", "mixed4"), ("layers", None), ("layers", [["mixed4", "1"]]),
        ("layers", [["mixed4", math.nan]]),
        ("layers", [["mixed4", 1001]]), ("layers", [["mixed4", 1, 2]]), ("layers", [["mixed4", True]]),
        ("layers", [[3, 1]]),
        ("layers", [["a", 1], ["a", 2]]), ("layers", [[f"l{k}", 1] for k in range(65)]), ("layers", [["", 1]]),
        ("layers", [["a b", 1]]), ("layers", [["a:b", 1]]), ("layers", [["x" * 101, 1]]), ("layers", 3),
        ("octave_sizes", [[0, 1]]), ("octave_sizes", [[1]]), ("octave_sizes", [[1.5, 2]]), ("octave_sizes", "1x1"),
        ("octave_sizes", [[1, 1]] * 17), ("octave_sizes", [[1, 16_385]]), ("octave_sizes", 4),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_its_field_and_what_is_allowed(field, value):
    with pytest.raises(RecipeError, match=f"^{field}: ") as caught:
        Recipe(**{field: value})
    assert caught.value.field == field
    if field != "layers":  # a layer's message has its own words
        assert SETTINGS[field].allowed in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", [name for name, about in SETTINGS.items() if about.kind in ("whole", "number")])
def test_both_ends_of_a_range_are_allowed_and_nothing_beyond(name):
    about = SETTINGS[name]
    for end, step in ((about.low, -1), (about.high, 1)):
        assert getattr(Recipe(**{name: end}), name) == end
        beyond = end + step if about.kind == "whole" else math.nextafter(end, step * math.inf)
        with pytest.raises(RecipeError):
            Recipe(**{name: beyond})


def test_an_unknown_setting_is_refused_with_the_nearest():
    with pytest.raises(RecipeError, match="'stepz' is not a setting of a recipe; nearest: steps, step_size"):
        Recipe.from_dict({"stepz": 3})
    with pytest.raises(RecipeError, match="'jiter' is not a setting of a recipe; nearest: jitter"):
        Recipe().replace(jiter=3)
    with pytest.raises(RecipeError, match=r"objective: received 'maen'; allowed: .* nearest: mean"):
        Recipe(objective="maen")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"), ("{", "not JSON"), ("[]", "JSON object"), ("3", "JSON object"), ("null", "JSON object"),
        ('"steps"', "JSON object"), ("[" * 20_000, "nested"), ('{"a":' * 11 + "1" + "}" * 11, "nested"),
        ('{"steps": NaN}', "NaN"), ('{"steps": Infinity}', "Infinity"), ('{"step_size": 1e999}', "step_size"),
        ('{"steps": 1, "steps": 2}', "twice"), ('{"version": 3}', "update deepdream"), ('{"version": "1"}', "version"),
        ('{"version": true}', "version"), ('{"version": null}', "version"), ('{"version": 0}', "version"),
        (b"\xff\xfe", "not JSON"), (" " * (MAX_JSON + 1), f"allowed: {MAX_JSON}"), ("__import__('os')", "not JSON"),
        ('{"steps": ' + "9" * 5000 + "}", "not JSON|steps"), ('{"network": "compact\\u0000"}', "network"),
    ],
)  # fmt: skip
def test_bad_json_is_refused_with_a_reason(text, message):
    with pytest.raises(RecipeError, match=message):
        Recipe.from_json(text)


def test_json_may_be_bytes_with_a_byte_order_mark_and_without_a_version():
    assert Recipe.from_json(b'\xef\xbb\xbf{"steps": 3}') == Recipe(steps=3)


def test_a_link_has_at_most_2000_characters():
    layers = tuple((f"conv{k:03}_{'x' * 40}", 1.0) for k in range(39))
    query = Recipe(layers=layers).to_query()
    assert len(query) <= 2000
    room = 2000 - len(query)
    longest = Recipe(layers=(*layers[:-1], (layers[-1][0] + "y" * room, 1.0)))
    assert len(longest.to_query()) == 2000 and Recipe.from_query(longest.to_query()) == longest
    longer = longest.replace(layers=(*layers[:-1], (longest.layers[-1][0] + "y", 1.0)))
    with pytest.raises(RecipeError, match="the link would have 2001 characters; allowed: 2000"):
        longer.to_query()
    with pytest.raises(RecipeError, match="in the link has 2001 characters; allowed: 2000"):
        Recipe.from_query(longest.to_query() + "y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "version"), ("3*steps-3", "update deepdream"), ("x", "version"),
        ("1*nowhere", "'nowhere' is not a preset"),
        ("1*mine*", "not a setting"), ("1*steps-3*steps-4", "twice"), ("1*steps", "'steps' is not a preset"),
        ("1*mine*steps", "no value"), ("1*stepz-3", "nearest: steps"), ("1*steps-3.5", "steps"), ("1*steps-", "steps"),
        ("1*steps-nan", "steps"), ("1*steps-1e999", "steps"), ("1*layers-", "layers"), ("1*layers-a-b", "layers"),
        ("1*layers-a..a", "twice"), ("1*flip-maybe", "flip"), ("1*octave_sizes-1x2x3", "octave_sizes"),
        ("1*steps-" + "9" * 3000, f"allowed: {MAX_QUERY}"), ("1*layers-%00", "layers"), ("1*network-../x", "network"),
    ],
)  # fmt: skip
def test_a_bad_link_is_refused_with_a_reason(text, message):
    with pytest.raises(RecipeError, match=message):
        Recipe.from_query(text, {"mine": Recipe(steps=5)})


@given(st.text(max_size=200))
def test_any_text_gives_a_recipe_or_a_recipe_error(text):
    for read in (Recipe.from_query, Recipe.from_json, lambda text: Recipe.from_query(f"1*{text}"), parse_target):
        try:
            read(text)
        except RecipeError as error:
            assert str(error)


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=60))
def test_any_typed_text_gives_a_value_or_a_recipe_error(name, text):
    try:
        Recipe(**{name: Recipe.parse(name, text)})
    except RecipeError as error:
        assert error.field == name


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(SETTINGS)), JSON_VALUES)
def test_any_json_value_is_taken_or_refused_with_its_field(name, value):
    try:
        hash(Recipe.from_dict({name: value}))
    except RecipeError as error:
        assert error.field == name


def test_a_link_that_would_be_too_long_says_so():
    with pytest.raises(RecipeError, match="Save the recipe as a file"):
        Recipe(layers=[("x" * 90 + str(k), 1) for k in range(64)]).to_query()


# What is taken


def test_numbers_are_stored_in_one_form():
    recipe = Recipe(
        steps=3.0, octaves=np.int64(5), step_size=np.float32(0.5), strength=1, octave_sizes=[[1, 2.0]], pull=-0.0
    )
    assert recipe == Recipe(steps=3, octaves=5, step_size=0.5, octave_sizes=((1, 2),))
    assert [type(getattr(recipe, name)) for name in ("steps", "octaves", "step_size", "strength")] == [
        int,
        int,
        float,
        float,
    ]
    assert math.copysign(1, recipe.pull) == 1


def test_layers_may_be_pairs_a_mapping_or_names():
    expected = (("mixed3", 1.0), ("mixed5", 1.5))
    for layers in ([["mixed3", 1], ["mixed5", 1.5]], {"mixed3": 1, "mixed5": 1.5}, ["mixed3", ("mixed5", 1.5)]):
        assert Recipe(layers=layers).layers == expected


def test_typed_layers_keep_the_comma_of_a_place():
    assert Recipe.parse("layers", "a:3@0.5,.25=2, b ,c@0,1=-1") == (("a:3@0.5,.25", 2.0), ("b", 1.0), ("c@0,1", -1.0))


def test_typed_switches_and_none_are_read():
    assert [Recipe.parse("flip", text) for text in ("true", "No", "on", "0")] == [True, False, True, False]
    assert Recipe.parse("max_loss", "none") is None and Recipe.parse("max_loss", "2.5") == 2.5
    assert Recipe.parse("octave_sizes", "") == () and Recipe.parse("octave_sizes", "3x4,5x6") == ((3, 4), (5, 6))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("mixed4", Target("mixed4")),
        ("mixed4:17", Target("mixed4", 17)),
        ("mixed4:17@0.5,0.3", Target("mixed4", 17, (0.5, 0.3))),
        ("mixed4@0,1", Target("mixed4", None, (0.0, 1.0))),
        ("conv4_2:strongest3", Target("conv4_2", "strongest3")),
        ("conv4_2:middle@0.5,.5", Target("conv4_2", "middle", (0.5, 0.5))),
        ("classes:207", Target("classes", 207)),
        ("classes:tabby cat", Target("classes", "tabby cat")),
        ("block1/conv-2.out", Target("block1/conv-2.out")),
    ],
)
def test_a_target_is_read(text, target):
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    ["", ":3", "a:", "a:-1", "a:1.5", "a:best", "a: 3", "a@1", "a@1,2,3", "a@2,0", "a@nan,0", "a@x,y", "a=1", "a\n",
        "classes",
     "classes:3@0,0", "classes: cat"],
)  # fmt: skip
def test_a_bad_target_is_refused(text):
    with pytest.raises(RecipeError, match=r"^layers: "):
        parse_target(text)


# The table


def test_a_recipe_never_changes():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().steps = 3
    with pytest.raises(TypeError):
        Recipe("compact")  # settings are given by name


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_is_described_for_people_and_sliders(name):
    about = SETTINGS[name]
    assert about.help.endswith(".") and 20 < len(about.help) < 400
    assert about.group and about.default == getattr(Recipe(), name)
    assert about.allowed
    if about.kind in ("whole", "number"):
        low, high = about.slider
        assert about.low <= low < high <= about.high and about.step > 0
        assert about.default is None or low <= about.default <= high
    if about.kind == "choice":
        assert about.default in about.choices and len(set(about.choices)) == len(about.choices)


def test_sections_follow_one_another_and_are_never_mixed():
    groups = [about.group for about in SETTINGS.values()]
    order = ["look", "octaves", "steps", "gradient", "transforms", "image", "finish", "seed"]
    assert list(dict.fromkeys(groups)) == order and groups == sorted(groups, key=order.index)


def test_the_table_cannot_be_changed_from_outside():
    with pytest.raises(TypeError):
        Recipe.settings()["steps"] = None
    assert isinstance(Recipe.settings()["steps"], Setting)


# Errors


def test_errors_are_one_family_and_say_what_is_near():
    assert issubclass(RecipeError, DreamError)
    assert nearest("mixed12", ["mixed1", "mixed2", "conv"]) in ("nearest: mixed1, mixed2.", "nearest: mixed2, mixed1.")
    assert nearest("MIXED1", ["mixed1"]) == "nearest: mixed1."
    assert nearest("zzz", ["a", "b"]) == "known: a, b."
    assert nearest("zzz", [f"layer{k}" for k in range(20)]).endswith("layer11, ...")
    assert nearest("a", []) == ""
    assert len(quoted("x" * 500)) == 60


def test_parsed_json_is_plain_data():
    assert parse_json('{"a": [1, 2.5, "x", null, true]}') == {"a": [1, 2.5, "x", None, True]}
