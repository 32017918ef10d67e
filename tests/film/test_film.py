"""The film as a value: its tracks, its formulas, its texts, and what strangers put into them."""

import base64
import json
import math
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdream.errors import RecipeError
from deepdream.film.deforum import read_deforum
from deepdream.film.film import Film, track_names
from deepdream.film.formula import Formula
from deepdream.film.score import Score, mixed
from deepdream.film.tracks import Heard, Keys, beats_at, read_track, track_from, track_to, track_values
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe

TIMES = np.arange(0, 4.01, 0.25)


# Formulas


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1 + 2 * t", lambda t: 1 + 2 * t),
        ("2 - 1 - 1 + t / 2 / 2", lambda t: t / 4),
        ("-t * -(3 - t) + 2e-1", lambda t: -t * -(3 - t) + 0.2),
        ("1 + .5 × sin(2 * pi * t) ÷ 2", lambda t: 1 + 0.25 * math.sin(2 * math.pi * t)),
        ("max(min(t, 2), 0.5, cos(t))", lambda t: max(min(t, 2), 0.5, math.cos(t))),
        ("((1))", lambda t: 1.0),
    ],
)
def test_a_formula_means_what_python_would_say(text, same):
    assert Formula(text).values(TIMES) == pytest.approx([same(t) for t in TIMES])


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "t t", "exp(1)", "__import__('os')", "t.real", "t[0]", "1;2", "sin()", "sin(1,2)", "max(1)", "2 ** 3",
     "lambda: 1", "(" * 200, "-" * 200 + "1", "1" * 400, "x", "1e999", "(1", "1)", ",", "t if t else 1", "0x10",
     "0b1", "1j", "1_0", "+t", "(1, 2)", "min(t, *t)", "t and t", "not t", "2 // 1", "sin",
     "-sin(" * 25 + "t" + ")" * 25],
)  # fmt: skip
def test_what_is_no_formula_is_refused_in_a_sentence(text):
    with pytest.raises(RecipeError, match=r"is not a formula|no number"):
        Formula(text).values(TIMES)


def test_a_formula_that_divides_by_zero_says_when():
    with pytest.raises(RecipeError, match="no number at t = 2"):
        Formula("1 / (t - 2)").values(TIMES)


@given(st.text(alphabet="0123456789.t+-*/()sincomaxp, ", max_size=40))
def test_any_text_is_a_formula_or_a_recipe_error(text):
    try:
        assert np.isfinite(Formula(text).values(TIMES)).all()
    except RecipeError as error:
        assert str(error)


# Keys


def test_keys_go_linearly_smoothly_or_wait():
    for ease, middle, quarter in (("linear", 2.0, 1.5), ("smooth", 2.0, 1.3125), ("hold", 1.0, 1.0)):
        values = Keys(((1.0, 1.0, ease), (3.0, 3.0, "linear"))).values(np.array([0, 1, 1.5, 2, 3, 9]))
        assert values == pytest.approx([1, 1, quarter, middle, 3, 3])


def test_with_a_period_the_last_key_leads_to_the_first():
    keys = Keys(((1.0, 0.0, "linear"), (3.0, 2.0, "linear")))
    assert keys.values(np.array([1, 2, 3, 4, 0, 5]), 4.0) == pytest.approx([0, 1, 2, 1, 1, 0])


def test_beats_are_counted_by_the_tempo_or_by_the_sound():
    class Beats:
        beat_times = np.array([1.0, 2.0, 4.0])

    assert beats_at(np.array([0, 1.5]), None, 120) == pytest.approx([0, 3])
    assert beats_at(np.array([0, 1, 1.5, 3, 4, 6]), Beats(), 120) == pytest.approx([-1, 0, 0.5, 1.5, 2, 3])
    keys = Keys(((0, 0.0, "linear"), (4, 4.0, "linear")), beats=True)
    assert track_values(keys, np.array([0.0, 1.0]), bpm=60) == pytest.approx([0, 1])


def test_a_track_that_listens_wants_a_sound():
    with pytest.raises(RecipeError, match="follows the bass of a sound, but the film has none"):
        track_values(Heard("bass", 1, 2), TIMES)


@pytest.mark.parametrize(
    ("text", "track"),
    [
        ("0:1.2, 4:1.5 smooth", Keys(((0, 1.2, "linear"), (4, 1.5, "smooth")))),
        ("0b:1,4b:-2 hold", Keys(((0, 1, "linear"), (4, -2, "hold")), beats=True)),
        ("1 + t / 10", Formula("1 + t / 10")),
        ("bass 1.1 1.6 0.05", Heard("bass", 1.1, 1.6, 0.05)),
    ],
)
def test_a_track_is_read_as_it_is_typed_and_comes_back_from_json(text, track):
    assert read_track(text) == track
    assert track_from(json.loads(json.dumps(track_to(track)))) == track


@pytest.mark.parametrize(
    "value",
    [None, {}, [], [[1]], [[0, 1, "fast"]], [["a", 1]], [[0, float("nan")]], [[-1, 1]], [[0, 1], [0, 2]], {"keys": 3},
     {"formula": 3}, {"hear": "cat"}, {"hear": "bass", "from": "x"}, {"hear": "bass", "attack": -1}, "0:1:2", "bass",
     "0:1, 4b:2", {"keys": [[0, 1]], "more": 1}, [[0, 1]] * 2000, [[0, True]], {"hear": ["bass"]}],
)  # fmt: skip
def test_what_is_no_track_is_refused(value):
    with pytest.raises(RecipeError):
        track_from(value)


def test_deforum_strings_are_read_and_their_motion_becomes_a_seconds():
    assert read_deforum("0:(1.02), 30:(1.05)", 15).points == ((0, 1.02, "linear"), (2, 1.05, "linear"))
    values = {"zoom": "0:(1.02), 30:(1.0)", "angle": "0:(0.5)", "translation_x": "0:(-4)", "fps": 10, "W": 400,
              "max_frames": 80, "prompts": {"0": "a cat"}}  # fmt: skip
    film = Film.from_dict(values)
    tracks = dict(film.tracks)
    assert (film.fps, film.seconds) == (10, 8)
    assert tracks["zoom"].points == ((0, pytest.approx(1.02**10), "linear"), (3, 1, "linear"))
    assert tracks["turn"].points[0][1] == -5  # theirs is OpenCV's, counter-clockwise
    assert tracks["x"].points[0][1] == pytest.approx(-0.1)
    with pytest.raises(RecipeError, match=r"zoom: '0:\(999999\)' is too much at 100 a second"):
        Film.from_dict({"fps": 100, "zoom": "0:(999999)"})
    with pytest.raises(RecipeError, match="not a Deforum string of numbers"):
        read_deforum("0:(1+__import__('os').system('ls'))", 15)


# The value


FILM = Film(
    recipe=preset("compact_temples"),
    stops=(preset("compact_eyes"), preset("compact_default")),
    tracks={"zoom": read_track("0:1.2, 4:1.5 smooth"), "step_size": Formula("0.01 + t / 1000"),
            "layers.conv4_3": read_track("0b:0, 8b:1"), "turn": Heard("bass", 0, 20)},
    seconds=8, loop="close", memory=0.8,
)  # fmt: skip


def test_a_film_comes_back_from_its_json_and_its_link():
    assert Film.from_json(FILM.to_json()) == FILM
    assert Film.from_link(FILM.to_link()) == FILM
    assert Film.from_dict({}) == Film()
    assert hash(FILM) == hash(Film.from_link(FILM.to_link()))
    assert all(character.isalnum() or character in "-_" for character in FILM.to_link())


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_travels_in_a_link(name):
    film = Film(recipe=preset(name), zoom=1.3)
    assert Film.from_link(film.to_link()) == film


@pytest.mark.parametrize(
    "values",
    [[], 3, {"film": 2}, {"zoom": 9}, {"sides": 3}, {"stops": {}}, {"tracks": []}, {"tracks": {"seedy": "1"}},
     {"tracks": {"layers.mixed3": "1"}}, {"recipe": 3}, {"seconds": 3600, "fps": 120}, {"loop": "yes"},
     {"stops": [{}] * 40}, {"tracks": {"objective": "1"}}],
)  # fmt: skip
def test_what_is_no_film_is_refused(values):
    with pytest.raises(RecipeError):
        Film.from_dict(values)


def test_hostile_texts_are_refused_before_they_are_parsed():
    bomb = base64.urlsafe_b64encode(zlib.compress(b"[" * 50_000_000, 9)[:1400]).decode()
    for text in (bomb, "a" * 3000, "é", "", "AAAA", Film().to_link()[:-3]):
        with pytest.raises(RecipeError):
            Film.from_link(text)
    for text in ("[" * 2000, '{"zoom":NaN}', "{" + '"a":' * 30, '{"zoom":1,"zoom":2}', '{"tracks":' + "9" * 40_000):
        with pytest.raises(RecipeError):
            Film.from_json(text)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["zoom", "tracks", "recipe", "stops", "keys", "hear", "film", "seconds"]),
                        inner, max_size=4), max_leaves=8))  # fmt: skip
def test_any_json_is_a_film_or_a_recipe_error(value):
    try:
        Film.from_dict(value)
    except RecipeError as error:
        assert str(error)


def test_every_number_of_a_recipe_can_have_keys():
    names = {name for name, about in Recipe.settings().items() if about.kind in ("whole", "number")}
    assert names <= set(track_names())


# The score


def test_a_score_tells_each_frames_recipe_and_motion_within_what_is_allowed():
    film = Film(seconds=2, fps=2, tracks={"steps": Formula("t * 2.6"), "zoom": Formula("1 + 9 * t"),
                                          "layers.conv4_3": read_track("0:0,1:1")})  # fmt: skip
    score = Score(film, np.arange(4) / 2)
    assert [score.recipe(frame).steps for frame in range(4)] == [0, 1, 3, 4]
    assert [score.motion(frame).zoom for frame in range(4)] == [1, 4, 4, 4]
    assert [dict(score.recipe(frame).layers)["conv4_3"] for frame in range(4)] == [0, 0.5, 1, 1]
    assert score.memory(0) == 0.4


def test_mixed_recipes_are_the_two_at_the_ends_and_lie_between_them():
    one, other = preset("compact_temples"), preset("compact_eyes")
    assert mixed(one, other, 0.0) == one and mixed(one, other, 1.0) == other
    half = mixed(one, other, 0.5)
    assert half.steps == round((one.steps + other.steps) / 2)
    weights = dict(half.layers)
    assert all(
        weights[name] == pytest.approx(weight / 2) for name, weight in one.layers if name not in dict(other.layers)
    )


def test_between_a_number_and_none_nothing_lies():
    """An octave count, or a tile's side, of 0 is chosen by the program: a tenth of the way to 400 is not 40."""
    look, tiled = preset("compact_temples"), preset("compact_temples").replace(octaves=4, tile_size=400, min_size=64)
    assert (look.octaves, look.tile_size, look.min_size) == (0, 0, 0)
    for way, nearer in ((0.1, look), (0.45, look), (0.55, tiled), (0.9, tiled)):
        half = mixed(look, tiled, way)
        assert [getattr(half, name) == getattr(nearer, name) for name in ("octaves", "tile_size", "min_size")] == [
            True
        ] * 3
    assert mixed(tiled, tiled.replace(octaves=6), 0.5).octaves == 5


def test_a_track_that_is_named_twice_is_refused_in_words():
    with pytest.raises(RecipeError):
        Film(tracks=(("steps", Formula("t")), ("steps", read_track("0:0,1:1"))))


def test_stops_are_reached_and_a_film_that_closes_comes_back():
    stops = tuple(Recipe(steps=steps) for steps in (0, 10, 20))
    open_end = Score(Film(stops=stops, seconds=5, fps=1), np.arange(5.0))
    assert [open_end.recipe(frame).steps for frame in range(5)] == [0, 5, 10, 15, 20]
    closed = Score(Film(stops=stops, seconds=6, fps=1, loop="close"), np.arange(6.0))
    assert [closed.recipe(frame).steps for frame in range(6)] == [0, 5, 10, 15, 20, 10]
