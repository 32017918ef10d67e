"""Objectives: worked numbers, laws of arithmetic, gradients by central differences, and what recipes turn into."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from tiny import LABELS, photo, tiny_network

from deepdream.engine.compile import IMAGE, activations, compile_gradient
from deepdream.errors import LayerError
from deepdream.objectives import aims, measures
from deepdream.objectives.aims import from_recipe, rank_channels
from deepdream.objectives.algebra import PHOTO, WEIGHTS
from deepdream.objectives.measures import MEASURES
from deepdream.objectives.statistics import gram_matrix, moments
from deepdream.objectives.terms import (
    Caricature,
    Difference,
    Direction,
    Diversity,
    Guide,
    Measure,
    Style,
    TotalVariation,
)
from deepdream.recipe import Recipe

TINY = tiny_network()
RAMP = np.arange(36, dtype=np.float32).reshape(1, 6, 6, 1)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def value(objective, activations, targets=None):
    return float(sum(objective.losses({k: tf.constant(v) for k, v in activations.items()}, targets or {}).values()))


# Worked numbers


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("mean", 17.5), ("mean_square", 414.1666667), ("keras_l2", 35.0555556), ("caffe_l2", 7455)],
)
def test_measures_give_the_worked_numbers(measure, expected):
    assert value(Measure("a", measure), {"a": RAMP}) == pytest.approx(expected, rel=1e-7)


def test_guide_gives_the_worked_numbers():
    x = np.array([[1, 0, 2, -1], [0, 1, 1, 3]], np.float32)  # (c, places), as Caffe has it
    y = np.array([[2, -1, 0], [0, 3, 1]], np.float32)
    a = tf.constant(x.T.reshape(1, 2, 2, 2))
    with tf.GradientTape() as tape:
        tape.watch(a)
        total = sum(Guide("a", "guide").losses({"a": a}, {"guide": tf.constant(y.T)}).values())
    injected = tape.gradient(total, a).numpy().reshape(4, 2).T
    np.testing.assert_array_equal(injected, [[2, -1, 2, -1], [0, 3, 0, 3]])


def test_guide_matches_in_blocks_as_in_one(monkeypatch):
    x, y = noise(37, 5), noise(11, 5, seed=1)
    literal = y[np.argmax(x @ y.T, axis=1)]
    np.testing.assert_array_equal(measures.best_matches(tf.constant(x), tf.constant(y)), literal)
    monkeypatch.setattr(measures, "MATCH_LIMIT", 55)  # five rows at a time
    np.testing.assert_array_equal(measures.best_matches(tf.constant(x), tf.constant(y)), literal)


def test_caffes_injected_gradient_is_the_activation_itself():
    a = tf.constant(RAMP)
    with tf.GradientTape() as tape:
        tape.watch(a)
        total = sum(Measure("a", "caffe_l2").losses({"a": a}, {}).values())
    np.testing.assert_array_equal(tape.gradient(total, a), RAMP)


def test_unit_norm_injects_activations_of_norm_one():
    a = tf.constant(noise(1, 4, 5, 3) * 1000)
    with tf.GradientTape() as tape:
        tape.watch(a)
        total = sum(Measure("a", "unit_norm").losses({"a": a}, {}).values())
    np.testing.assert_allclose(tape.gradient(total, a), a / np.linalg.norm(a), rtol=1e-5)


@pytest.mark.parametrize("weight", [1.0, 3.0, -5.0])
@pytest.mark.parametrize("scale", [1.0, 1e-7])
def test_unit_norm_departs_from_its_source_in_where_the_weight_stands(weight, scale):
    """crowsonkb's tile_worker.py injects w a / (|w a| + eps), where all of w but its sign cancels; here w stays."""
    a = tf.constant(scale * noise(1, 3, 4, 2))
    with tf.GradientTape() as tape:
        tape.watch(a)
        total = sum((weight * Measure("a", "unit_norm")).losses({"a": a}, {}).values())
    expected = weight * a.numpy() / (np.linalg.norm(a) + np.finfo(np.float32).eps)
    np.testing.assert_allclose(tape.gradient(total, a), expected, rtol=1e-4)


@pytest.mark.parametrize(("h", "w"), [(4, 9), (9, 4), (1, 1), (4, 4)])
def test_keras_l2_of_a_map_smaller_than_its_border_is_0(h, w):
    assert value(Measure("a", "keras_l2"), {"a": np.ones((1, h, w, 2), np.float32)}) == 0.0


def test_channel_and_place_pick_one_number():
    a = noise(1, 4, 8, 3)
    assert value(Measure("a", "mean", 2), {"a": a}) == pytest.approx(a[..., 2].mean(), rel=1e-5)
    assert value(Measure("a", "mean", 2, (0.3, 0.8)), {"a": a}) == pytest.approx(a[0, 3, 2, 2])  # x 2.4, y 3.2
    assert value(Measure("a", "mean", 2, (-1.0, -1.0)), {"a": a}) == 0.0
    targets = {"k": tf.constant(1), "there": tf.constant([0.99, 0.0])}
    assert value(Measure("a", "mean", "k", "there"), {"a": a}, targets) == pytest.approx(a[0, 0, 7, 1])


def test_direction_with_cosine_power_is_lucids():
    """objectives.py, _dot_cossim: dot / (eps + |a|) / (eps + |v|), which matters where activations are small."""
    for scale, power in itertools.product((1.0, 0.01, 0.001), (0.0, 1.0, 2.5)):
        a, v = scale * noise(1, 5, 4, 6), scale * noise(6, seed=1)
        dot = a @ v
        cosine = dot / (1e-4 + np.linalg.norm(a, axis=-1)) / (1e-4 + np.linalg.norm(v))
        expected = np.mean(dot * np.maximum(cosine, 0.1) ** power)
        got = value(Direction("a", tuple(v.tolist()), power), {"a": a})
        assert got == pytest.approx(expected, rel=1e-4)


def test_a_place_limits_direction_and_caricature_to_it():
    a, photo_a, v = noise(1, 4, 8, 3), noise(1, 4, 8, 3, seed=2), noise(3, seed=1)
    there = (0.3, 0.8)  # x 2.4, y 3.2
    assert value(Direction("a", tuple(v.tolist()), 0.0, there), {"a": a}) == pytest.approx(a[0, 3, 2] @ v, rel=1e-4)
    targets = {PHOTO + "a": photo_a}
    expected = a[0, 3, 2] @ photo_a[0, 3, 2]
    assert value(Caricature("a", 0.0, there), {"a": a}, targets) == pytest.approx(expected, rel=1e-4)
    for term in (Direction("a", tuple(v.tolist()), 0.0, (-1.0, 0.5)), Caricature("a", 0.0, (1.0, 0.5))):
        assert value(term, {"a": a}, targets) == 0.0, "a place outside is in another tile"


def test_keras_l2_of_a_place_is_the_mean_of_its_squares():
    a = noise(1, 9, 9, 3)
    assert value(Measure("a", "keras_l2", None, (0.5, 0.5)), {"a": a}) == pytest.approx(
        np.mean(a[0, 4, 4] ** 2), rel=1e-5
    )


def test_the_gradient_of_diversity_agrees_with_central_differences():
    a, rng = noise(3, 4, 5, 4).astype(np.float64), np.random.default_rng(1)
    x = tf.Variable(a)
    with tf.GradientTape() as tape:
        total = Diversity("a").value({"a": x}, {})
    gradient = tape.gradient(total, x).numpy()
    for _ in range(5):
        step = 1e-5 * rng.normal(size=a.shape)
        ahead, behind = (float(Diversity("a").value({"a": tf.constant(a + sign * step)}, {})) for sign in (1, -1))
        assert (ahead - behind) / 2 == pytest.approx(float(np.sum(gradient * step)), rel=1e-4)


@pytest.mark.parametrize("term", [Direction("a", (1.0, 2.0), 2.0), Caricature("a", 2.0)])
def test_dead_places_have_no_gradient_and_no_nan(term):
    a = tf.zeros((1, 3, 3, 2))
    with tf.GradientTape() as tape:
        tape.watch(a)
        total = sum(term.losses({"a": a}, {PHOTO + "a": tf.zeros((1, 3, 3, 2))}).values())
    gradient = tape.gradient(total, a)
    assert np.isfinite(total) and np.isfinite(gradient).all()


def test_diversity_is_0_for_one_image_and_least_for_equal_ones():
    a = noise(3, 4, 4, 5)
    assert value(Diversity("a"), {"a": a[:1]}) == pytest.approx(0.0, abs=1e-6)
    same = np.repeat(a[:1], 3, axis=0)
    assert value(Diversity("a"), {"a": same}) == pytest.approx(-2.0, rel=1e-5)  # two others for each, all cosines 1
    assert value(Diversity("a"), {"a": a}) > value(Diversity("a"), {"a": same})


def test_total_variation_is_keras_or_tensorflows():
    image = noise(1, 7, 6, 3)
    dy, dx = image[:, 1:, :-1] - image[:, :-1, :-1], image[:, :-1, 1:] - image[:, :-1, :-1]
    literal = np.sum((dx**2 + dy**2) ** 1.25)
    assert value(TotalVariation("keras", mean=False), {IMAGE: image}) == pytest.approx(literal, rel=1e-5)
    assert value(TotalVariation("keras"), {IMAGE: image}) == pytest.approx(literal / 42, rel=1e-5)
    absolute = float(tf.image.total_variation(tf.constant(image))[0])
    assert value(TotalVariation("absolute", mean=False), {IMAGE: image}) == pytest.approx(absolute, rel=1e-5)


def test_style_is_the_mean_square_between_gram_matrices_or_moments():
    a, b = noise(1, 6, 5, 4), noise(1, 3, 7, 4, seed=1)
    flat_a, flat_b = a.reshape(-1, 4), b.reshape(-1, 4)
    grams = np.mean((flat_a.T @ flat_a / 30 - flat_b.T @ flat_b / 21) ** 2)
    assert value(Style("a", "s"), {"a": a}, {"s": gram_matrix(tf.constant(b))[0]}) == pytest.approx(grams, rel=1e-4)
    pairs = np.mean(np.square([flat_a.mean(0) - flat_b.mean(0), flat_a.std(0) - flat_b.std(0)]))
    got = value(Style("a", "s", "moments"), {"a": a}, {"s": moments(tf.constant(b))[0]})
    assert got == pytest.approx(pairs, rel=1e-4)


# Arithmetic


def test_objectives_add_and_scale_like_vectors():
    a, b = Measure("mixed3"), Measure("mixed5", "mean_square", 4)
    assert 2 * a + 3 * a == 5 * a
    assert (2 * a + 3 * b).terms == ((a, 2.0), (b, 3.0))
    assert 2 * (a - b) == 2 * a - 2 * b
    assert sum([a, b]) == a + b
    assert -a == -1 * a
    assert hash(2 * a + b) == hash(a * 2 + b)


@pytest.mark.parametrize("weights", [(1, 3, -5), (2, -0.5, 0)])
def test_weights_do_not_compound(weights):
    maps = {"a": noise(1, 5, 5, 2), "b": noise(1, 4, 4, 3), "c": noise(1, 2, 2, 1)}
    objective = sum(w * Measure(name, "mean_square") for name, w in zip(maps, weights, strict=True))
    losses = objective.losses({k: tf.constant(v) for k, v in maps.items()}, {})
    for (name, a), weight in zip(maps.items(), weights, strict=True):
        assert float(losses[name]) == pytest.approx(weight * np.mean(a**2), rel=1e-5)


def test_gradients_are_linear_in_the_objective():
    a, b = Measure("second", "mean_square"), Measure("third", "mean", 3)
    x = TINY.to_input(photo())[None]
    _, of_a = compile_gradient(TINY, a, precision="fp32")(x, {})
    _, of_b = compile_gradient(TINY, b, precision="fp32")(x, {})
    _, of_both = compile_gradient(TINY, 2 * a - 3 * b, precision="fp32")(x, {})
    np.testing.assert_allclose(of_both, 2 * of_a.numpy() - 3 * of_b.numpy(), atol=1e-7)


def test_an_image_has_the_same_gradient_alone_and_in_a_batch():
    x = np.stack([TINY.to_input(photo(seed=seed)) for seed in (1, 2)])
    for measure in MEASURES:
        function = compile_gradient(TINY, Measure("third", measure), precision="fp32")
        np.testing.assert_allclose(function(x, {})[1][1:], function(x[1:], {})[1], rtol=1e-3, atol=1e-8)


# Every objective: its gradient, and that it rises

GUIDE = photo(24, 24, seed=7)
EVERY = {
    **{measure: Measure("third", measure) for measure in MEASURES},
    "channel": Measure("third", "mean", 1),
    "pre_relu": Measure("third_pre_relu", "mean", 1),
    "place": Measure("third", "mean", 1, (0.5, 0.5)),
    "logit": Measure("classes", "mean", 2),
    "negative": -1 * Measure("second", "mean_square"),
    "direction": Direction("third", "direction", 2.0),
    "guide": Guide("third", "guide"),
    "guide_dot": Direction("third", "guide_mean"),
    "caricature": Caricature("second", 1.0),
    "total_variation": -1 * TotalVariation(),
    "absolute_variation": -1 * TotalVariation("absolute"),
    "pull": -1 * Difference(IMAGE, PHOTO + IMAGE),
    "content": -1 * Difference("third", "content", mean=False),
    "gram": -1 * Style("third", "gram"),
    "moments": -1 * Style("second", "moments", "moments"),
    "sum": 2 * Measure("second", "mean_square") - 0.5 * Measure("third") - 0.1 * TotalVariation(),
}


def targets_of_everything():
    seen = activations(TINY, TINY.to_input(photo(seed=3))[None], ["second", "third", IMAGE], precision="fp32")
    guide = activations(TINY, TINY.to_input(GUIDE)[None], ["second", "third"], precision="fp32")
    features = tf.reshape(guide["third"], [-1, 10])
    return {
        "direction": noise(10),
        "guide": features,
        "guide_mean": tf.reduce_mean(features, axis=0),
        "content": seen["third"],
        "gram": gram_matrix(guide["third"])[0],
        "moments": moments(guide["second"])[0],
        PHOTO + "second": seen["second"],
        PHOTO + IMAGE: seen[IMAGE],
    }


@pytest.fixture(scope="module")
def targets():
    return targets_of_everything()


def evaluated(name, targets):
    objective = EVERY[name]
    needed = {key for term, _ in objective.terms for key in term.compares_with}
    function = compile_gradient(TINY, objective, precision="fp32")
    held = {key: targets[key] for key in needed}
    return lambda x: function(x, held)


@pytest.mark.parametrize("name", EVERY)
def test_value_rises_within_three_steps(name, targets):
    evaluate, x = evaluated(name, targets), TINY.to_input(photo())[None]
    before = None
    for _ in range(4):
        losses, g = evaluate(x)
        total = float(sum(losses.values()))
        before = total if before is None else before
        x = x + 0.01 * g / (np.std(g) + 1e-12)
    assert total > before


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"guide", "unit_norm"}))
def test_central_differences_agree_with_the_gradient(name, targets):
    """At the layers, in float64; the way from there to the picture is the engine's. Without the guide and unit_norm,
    which inject what is not the derivative of their value."""
    rng = np.random.default_rng(4)
    shapes = {"second": (1, 20, 24, 12), "third": (1, 20, 24, 10), "classes": (1, 1, 1, 5), IMAGE: (1, 40, 48, 3)}
    maps = {layer: rng.uniform(0.1, 1.0, shapes[layer.removesuffix("_pre_relu")]) for layer in EVERY[name].layers}
    held = {key: tf.cast(value, tf.float64) for key, value in targets.items()}

    def total(along=0.0):
        moved = {layer: tf.constant(a + along * directions[layer]) for layer, a in maps.items()}
        with tf.GradientTape() as tape:
            tape.watch(moved)
            summed = sum(EVERY[name].losses(moved, held).values())
        return float(summed), tape.gradient(summed, moved)

    directions = {layer: rng.normal(size=a.shape) for layer, a in maps.items()}
    slope = sum(float(tf.reduce_sum(g * directions[layer])) for layer, g in total()[1].items())
    assert (total(1e-6)[0] - total(-1e-6)[0]) / 2e-6 == pytest.approx(slope, rel=1e-5)


# Recipes


def aim(recipe, image=None, guide=None):
    return from_recipe(recipe, TINY, photo() if image is None else image, guide=guide, precision="fp32")


def test_recipes_of_one_structure_share_one_objective():
    first = aim(Recipe(layers=(("second", 1.0), ("third:3", 2.0))))
    second = aim(Recipe(layers=(("second", -4.0), ("third:weakest", 0.5))), photo(seed=2))
    assert first.objective == second.objective and hash(first.objective) == hash(second.objective)
    np.testing.assert_array_equal(second.targets[WEIGHTS], np.float32([-4.0, 0.5]))
    assert second.labels == ("second", "third:weakest")


def test_weights_as_targets_equal_weights_in_the_objective():
    x = TINY.to_input(photo())[None]
    held = aim(Recipe(layers=(("second", -4.0), ("third", 0.5))))
    losses, g = compile_gradient(TINY, held.objective, precision="fp32")(x, held.targets)
    plain = -4 * Measure("second", "mean_square") + 0.5 * Measure("third", "mean_square")
    expected_losses, expected = compile_gradient(TINY, plain, precision="fp32")(x, {})
    np.testing.assert_allclose(g, expected, atol=1e-8)
    assert float(losses["second"]) == pytest.approx(float(expected_losses["second"]))


def test_ranks_are_those_of_this_photo():
    seen = activations(TINY, TINY.to_input(photo())[None], ["third"], precision="fp32")["third"][0].numpy()
    order = [int(k) for k in np.argsort(-seen.mean((0, 1))) if seen[..., k].max() > 0]
    expected = {
        "strongest": order[0], "strongest3": order[2], "weakest": order[-1], "weakest2": order[-2],
        "middle": order[len(order) // 2],
    }  # fmt: skip
    for rank, channel in expected.items():
        assert aim(Recipe(layers=((f"third:{rank}", 1.0),))).targets["channel/0"] == channel
    here = seen[int(0.9 * seen.shape[0]), int(0.2 * seen.shape[1])]
    assert aim(Recipe(layers=(("third:strongest@0.2,0.9", 1.0),))).targets["channel/0"] == np.argmax(here)


def test_dead_channels_have_no_rank():
    np.testing.assert_array_equal(rank_channels(np.array([0.0, 2.0, -1.0, 5.0, 2.0])), [3, 1, 4])


def test_classes_are_found_by_number_and_by_name():
    for name in ("classes:2", "classes:acorn", "classes:Acorn"):
        found = aim(Recipe(layers=((name, 1.0),)))
        assert found.targets["channel/0"] == LABELS.index("acorn")
        x = TINY.to_input(photo())[None]
        losses, _ = compile_gradient(TINY, found.objective, precision="fp32")(x, found.targets)
        logit = activations(TINY, x, ["classes"], precision="fp32")["classes"][0, 0, 0, 2]
        assert float(next(iter(losses.values()))) == pytest.approx(float(logit), rel=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("thrid", '"thrid" is not a layer of tiny; nearest: third'),
        ("third:10", "third has the channels 0 to 9, received 10."),
        ("third:strongest99", '"third:strongest99": only'),
        ("classes:acron", '"acron" is not a class of tiny; nearest: acorn,'),
    ],
)
def test_what_the_network_lacks_is_said(layer, message):
    with pytest.raises(LayerError) as error:
        aim(Recipe(layers=((layer, 1.0),)))
    assert message in str(error.value)


@pytest.mark.parametrize(("what", "side"), [("guide", 320), ("rank", 512)])
def test_a_large_guide_and_a_large_photo_are_shrunk_without_aliasing(what, side, monkeypatch):
    seen = []
    monkeypatch.setattr(
        aims, "activations", lambda *about, **rest: seen.append(about[1]) or activations(*about, **rest)
    )
    stripes = np.zeros((40, 4 * side, 3), np.float32)  # of which every second pair of columns would be all that is seen
    stripes[:, 1::4] = stripes[:, 2::4] = 1.0
    if what == "guide":
        aim(Recipe(layers=(("third", 1.0),)), guide=stripes)
    else:
        aim(Recipe(layers=(("third:strongest", 1.0),)), image=stripes)
    small = TINY.to_image(seen[-1][0])
    assert small.shape == (10, side, 3)
    np.testing.assert_allclose(small, 0.5, atol=1e-6)


def test_a_guide_steers_plain_layers_by_argmax_or_dot():
    by_match = aim(Recipe(layers=(("third", 1.0), ("second:1", 1.0))), guide=GUIDE)
    assert isinstance(by_match.objective.terms[0][0], Guide)
    assert isinstance(by_match.objective.terms[1][0], Measure)
    by_dot = aim(Recipe(layers=(("third", 1.0),), guide="dot"), guide=GUIDE)
    np.testing.assert_allclose(by_dot.targets["guide/third"], by_match.targets["guide/third"].mean(0), rtol=1e-5)


def test_every_name_of_a_layer_makes_a_part_of_its_own():
    names = ("third", "third:1", "third@0.2,0.3", "third:strongest", "third:2@0.1,0.1", "classes:1")
    for objective in Recipe.settings()["objective"].choices:
        for guide in (None, GUIDE):
            found = aim(Recipe(layers=tuple((name, 1.0) for name in names), objective=objective), guide=guide)
            assert found.labels == names and len(set(found.objective.parts)) == len(names)


def test_a_batch_becomes_more_diverse():
    function = compile_gradient(TINY, Diversity("third"), precision="fp32")
    x = np.stack([TINY.to_input(photo(seed=seed)) for seed in (1, 1, 2)])
    x[1] += noise(*x[1].shape) * 0.01  # of two equal images neither knows which way to go
    before = None
    for _ in range(4):
        losses, g = function(x, {})
        before = float(losses["third/diversity"]) if before is None else before
        x = x + 0.01 * g / np.std(g)
    assert float(losses["third/diversity"]) > before


def test_total_variation_and_pull_are_terms_of_negative_weight():
    found = aim(Recipe(layers=(("third", 1.0),), total_variation=0.3, pull=0.2))
    assert found.labels == ("third", "total_variation", "pull")
    np.testing.assert_array_equal(found.targets[WEIGHTS], np.float32([1.0, -0.3, -0.2]))
    assert found.objective.photo_layers == (IMAGE,)
