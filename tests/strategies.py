"""Recipes and pictures for Hypothesis, made from the table of settings itself, so that a new setting is tested at
once."""

import numpy as np
from hypothesis import strategies as st

from deepdream.recipe import Recipe
from deepdream.settings.kinds import MAX_LAYERS, MAX_OCTAVES, Setting

LAYERS = st.from_regex(r"[a-z][A-Za-z0-9_/.-]{0,20}", fullmatch=True).filter(lambda name: name != "classes")
CHANNELS = st.one_of(
    st.integers(0, 2047).map(str), st.sampled_from(["strongest", "weakest", "middle", "strongest3", "weakest12"])
)
SHARES = st.floats(0, 1).map(repr)
TARGETS = st.one_of(
    LAYERS,
    st.builds("{}:{}".format, LAYERS, CHANNELS),
    st.builds("{}@{},{}".format, LAYERS, SHARES, SHARES),
    st.builds("{}:{}@{},{}".format, LAYERS, CHANNELS, SHARES, SHARES),
    st.sampled_from(["classes:207", "classes:school bus", "classes:jack-o'-lantern", "classes:St. Bernard"]),
)
WEIGHTS = st.floats(-1000, 1000)


def values(setting: Setting) -> st.SearchStrategy:
    """Return all values that a setting allows."""
    if setting.kind == "whole":
        strategy: st.SearchStrategy = st.integers(int(setting.low), int(setting.high))
    elif setting.kind == "number":
        strategy = st.floats(setting.low, setting.high)
    elif setting.kind == "choice":
        strategy = st.sampled_from(setting.choices)
    elif setting.kind == "switch":
        strategy = st.booleans()
    elif setting.kind == "name":
        strategy = st.from_regex("[A-Za-z0-9_]{1,64}", fullmatch=True)
    elif setting.kind == "layers":
        pairs = st.tuples(TARGETS, WEIGHTS)
        strategy = st.lists(pairs, min_size=1, max_size=min(6, MAX_LAYERS), unique_by=lambda pair: pair[0])
    else:
        sides = st.integers(1, 16_384)
        strategy = st.lists(st.tuples(sides, sides), max_size=min(4, MAX_OCTAVES))
    return st.none() | strategy if setting.optional else strategy


RECIPES = st.fixed_dictionaries(
    {}, optional={name: values(setting) for name, setting in Recipe.settings().items()}
).map(lambda changes: Recipe(**changes))


def picture(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    """Return a random picture whose values are whole gray levels: float32 (height, width, 3) in [0, 1]."""
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return np.divide(levels, 255, dtype=np.float32)
