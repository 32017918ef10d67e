"""Style transfer against a literal loop of the published description, its laws, and every one of its settings."""

import numpy as np
import pytest
import tensorflow as tf
from tiny import photo, tiny_network

from deepdream import ascent
from deepdream.engine.compile import run
from deepdream.engine.graph import INPUT
from deepdream.errors import ImageError, LayerError, NetworkError, RecipeError
from deepdream.finishing import finish
from deepdream.objectives.aims import from_recipe
from deepdream.objectives.statistics import ADDITIVE, OF_ADDITIVE, STATISTICS
from deepdream.objectives.terms import Style
from deepdream.optimizers import Adam
from deepdream.recipe import Recipe
from deepdream.style.aim import InTiles, Shift, Subject, Whole, scale_aim, see
from deepdream.style.paint import deliver_style, stylize
from deepdream.style.scales import result_size, scale_sizes
from deepdream.style.settings import STYLE_PRESETS, StyleSettings
from deepdream.transforms import View

TINY = tiny_network(scale=255.0, offset=(-123.7, -116.8, -103.9), name="tiny_255")
CONTENT, STYLE = photo(40, 48, seed=1), photo(36, 48, seed=2)[::-1] ** 2
LAYERS = {"content_layers": (("third", 1.0),), "style_layers": (("first", 0.5), ("second", 0.5))}
PLAIN = StyleSettings(network="tiny", first_size=0, jitter=0, averaging=0.0, steps=8, **LAYERS)
PUBLISHED = STYLE_PRESETS["published"].replace(network="tiny", steps=30, **LAYERS)


def last(frames):
    return list(frames)[-1]


def paint(content=CONTENT, styles=STYLE, settings=PLAIN, **rest):
    return last(stylize(content, styles, settings, network=TINY, precision="fp32", **rest)).image


def gram(a):
    """Return the Gram matrix by its definition, in NumPy: the mean over places of a a^T."""
    rows = np.asarray(a, np.float64).reshape(-1, a.shape[-1])
    return sum(np.outer(row, row) for row in rows) / len(rows)


def literal_run(content, style, steps, *, content_weight=1e3, style_weight=1e-2):
    """Follow the published description with TensorFlow's own gradient; yield each step's loss and the best picture."""
    low, high = TINY.to_input(np.zeros(3)), TINY.to_input(np.ones(3))

    def seen(x):
        values = run(TINY.graph, {INPUT: x})
        return values["third"], [values["first"], values["second"]]

    def gram_matrix(a):
        rows = tf.reshape(a, [-1, a.shape[-1]])
        return tf.matmul(rows, rows, transpose_a=True) / tf.cast(tf.shape(rows)[0], tf.float32)

    wanted_content, _ = seen(tf.constant(TINY.to_input(content)[None]))
    wanted_grams = [gram_matrix(a) for a in seen(tf.constant(TINY.to_input(style)[None]))[1]]
    x = TINY.to_input(content)[None].astype(np.float32)
    m, v = np.zeros_like(x), np.zeros_like(x)
    least, best = np.inf, None
    for step in range(1, steps + 1):
        variable = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(variable)
            a, layers = seen(variable)
            loss = content_weight * tf.reduce_mean(tf.square(a - wanted_content))
            for b, wanted in zip(layers, wanted_grams, strict=True):
                loss += style_weight * 0.5 * tf.reduce_mean(tf.square(gram_matrix(b) - wanted))
        if float(loss) < least:
            least, best = float(loss), x.copy()
        g = tape.gradient(loss, variable).numpy()
        m, v = 0.99 * m + 0.01 * g, 0.999 * v + 0.001 * g * g
        x = x - 5.0 * (m / (1 - 0.99**step)) / (np.sqrt(v / (1 - 0.999**step)) + 0.1)
        x = np.clip(x, low, high).astype(np.float32)
        yield float(loss), best


def test_the_published_run_equals_a_literal_loop():
    settings = PUBLISHED
    frames = list(stylize(CONTENT, STYLE, settings, network=TINY, precision="fp32"))
    literal = list(literal_run(CONTENT, STYLE, 30))
    np.testing.assert_allclose([frame.loss for frame in frames], [loss for loss, _ in literal], rtol=2e-3)
    difference = np.abs(TINY.to_input(frames[-1].image) - literal[-1][1][0])  # of 255
    assert difference.mean() < 0.05


def test_the_loss_falls_at_least_as_in_the_literal_loop():
    literal = [loss for loss, _ in literal_run(CONTENT, STYLE, 30)]
    settings = PUBLISHED
    frames = list(stylize(CONTENT, STYLE, settings, network=TINY))
    factor = frames[0].loss / min(frame.loss for frame in frames)
    assert factor >= 0.98 * literal[0] / min(literal)


def test_the_published_run_does_not_give_the_photo_back():
    frames = list(stylize(CONTENT, STYLE, PUBLISHED, network=TINY, precision="fp32"))
    assert min(frame.loss for frame in frames) < 0.95 * frames[0].loss
    assert np.abs(frames[-1].image - CONTENT).mean() > 0.02


def test_the_best_picture_is_kept():
    settings = PUBLISHED.replace(step_size=0.5)  # so far a step that the loss jumps about
    frames = list(stylize(CONTENT, STYLE, settings, network=TINY, precision="fp32"))
    losses = [frame.loss for frame in frames]
    best = int(np.argmin(losses))
    assert best < len(losses) - 1
    before = frames[best - 1].image if best else CONTENT  # a loss is of the picture before its step
    np.testing.assert_allclose(frames[-1].image, before, atol=1e-5)


def test_gram_matrices_equal_numpys():
    seen = run(TINY.graph, {INPUT: tf.constant(TINY.to_input(CONTENT)[None])})["second"]
    target = np.zeros((12, 12), np.float32)
    value = Style("second", "style").value({"second": seen}, {"style": target})
    np.testing.assert_allclose(float(value), np.mean(gram(seen[0]) ** 2), rtol=1e-5)


def test_without_style_the_photo_stays_what_it_is():
    for settings in (PLAIN, PLAIN.replace(first_size=16, jitter=4, averaging=0.9)):
        for precision in ("fp32", "auto"):
            settings = settings.replace(style_weight=0.0, steps=6)
            found = last(stylize(CONTENT, STYLE, settings, network=TINY, precision=precision)).image
            assert np.abs(found - CONTENT).max() < 0.5 / 255


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_from_noise_the_content_loss_falls_below_a_twentieth(averaging):
    settings = PLAIN.replace(style_weight=0.0, start="noise", steps=150, step_size=0.05, averaging=averaging)
    losses = [frame.losses["content/third"] for frame in stylize(CONTENT, STYLE, settings, network=TINY)]
    assert losses[-1] < 0.05 * losses[0]


def test_style_alone_brings_the_statistics_to_the_styles():
    settings = PLAIN.replace(content_weight=0.0, steps=60)
    frames = list(stylize(CONTENT, STYLE, settings, network=TINY))
    assert list(frames[0].losses) == ["style/first", "style/second"]
    for part in frames[0].losses:
        assert frames[-1].losses[part] < 0.2 * frames[0].losses[part]


CHANGES = [
    {"content_layers": (("second", 1.0),)},
    {"style_layers": (("first", 1.0),)},
    {"style_layers": (("first", 0.1), ("second", 0.9))},
    {"statistic": "moments"},
    {"content_weight": 20.0},
    {"style_weight": 1.0},
    {"measure": "mean"},
    {"measure": "sum"},
    {"total_variation": 50.0},
    {"size": 30},
    {"first_size": 16},
    {"first_size": 16, "scale_factor": 2.0},
    {"style_scale": 0.5},
    {"steps": 9},
    {"first_size": 16, "steps_growth": 0.5},
    {"step_size": 0.02},
    {"momentum": 0.5},
    {"epsilon": 1.0},
    {"averaging": 0.9},
    {"jitter": 4},
    {"start": "noise"},
    {"strength": 0.5},
    {"keep_colors": 1.0},
    {"contrast": 1.5},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: ",".join(change))
def test_every_setting_changes_the_picture(change):
    base = PLAIN.replace(first_size=16) if change.get("first_size") and len(change) > 1 else PLAIN
    found, plain = paint(settings=base.replace(**change)), paint(settings=base)
    assert found.shape != plain.shape or np.abs(found - plain).max() > 1e-3


def test_the_settings_that_need_company_change_the_picture_too():
    rough = PLAIN.replace(total_variation=50.0)
    assert np.abs(paint(settings=rough) - paint(settings=rough.replace(total_variation_kind="absolute"))).max() > 1e-3
    noise = PLAIN.replace(start="noise")
    assert np.abs(paint(settings=noise) - paint(settings=noise.replace(seed=5))).max() > 1e-3
    mask = np.zeros(CONTENT.shape[:2], np.float32)
    mask[:, 24:] = 1.0
    hard, soft = (paint(settings=PLAIN.replace(mask_softness=softness), mask=mask) for softness in (0.0, 12.0))
    assert np.abs(hard - soft).max() > 1e-3
    dream = Recipe(network="tiny", layers=(("third:2", 1.0),), objective="mean")
    weak, strong = (paint(settings=PLAIN.replace(dream_weight=weight), dream=dream) for weight in (0.001, 1.0))
    assert np.abs(weak - strong).max() > 1e-3


def test_relative_differences_do_not_depend_on_a_networks_scale():
    """Activations ten times as large would count a hundred times as much; relative ones do not."""
    loud = tiny_network(scale=2550.0, offset=(-1237.0, -1168.0, -1039.0), name="loud")
    losses = [
        next(iter(stylize(CONTENT, STYLE, PLAIN, network=network, precision="fp32"))).losses for network in (TINY, loud)
    ]
    for part, value in losses[0].items():
        assert losses[1][part] == pytest.approx(value, rel=0.1)  # biases do not grow with the input


def test_styles_weigh_as_their_shares_say():
    other = photo(30, 30, seed=7) ** 0.5
    alone = paint(styles=[STYLE])
    np.testing.assert_array_equal(paint(styles=[STYLE, other], style_shares=[1, 0]), alone)
    np.testing.assert_array_equal(alone, paint())
    mixed = paint(styles=[STYLE, other])
    assert np.abs(mixed - alone).max() > 1e-3
    np.testing.assert_array_equal(mixed, paint(styles=[STYLE, other], style_shares=[3, 3]))


def test_a_blended_target_has_the_gradient_of_the_weighted_losses():
    rng = np.random.default_rng(0)
    a = tf.constant(rng.normal(size=(1, 5, 6, 4)), tf.float32)
    first, second = (rng.normal(size=(4, 4)).astype(np.float32) for _ in range(2))

    def slope(targets):
        with tf.GradientTape() as tape:
            tape.watch(a)
            loss = sum(share * Style("x", "s").value({"x": a}, {"s": target}) for share, target in targets)
        return tape.gradient(loss, a).numpy()

    np.testing.assert_allclose(
        slope([(0.3, first), (0.7, second)]), slope([(1.0, 0.3 * first + 0.7 * second)]), atol=1e-5
    )


def test_outside_the_mask_the_photo_stays():
    mask = np.zeros(CONTENT.shape[:2], np.float32)
    mask[:20] = 1.0
    found = paint(mask=mask)
    coarse = np.array([[1.0, 1.0], [0.0, 0.0]], np.float32)  # brought to the photo's size: 0 from three quarters down
    np.testing.assert_allclose(paint(mask=coarse)[31:], CONTENT[31:], atol=1e-6)
    np.testing.assert_allclose(found[20:], CONTENT[20:], atol=1e-6)
    assert np.abs(found[:20] - CONTENT[:20]).max() > 1e-2


def test_a_raw_painting_is_finished_once_by_whoever_has_it():
    mask = np.zeros((40, 48), np.float32)
    mask[:20] = 1.0
    settings = PLAIN.replace(strength=0.6, mask_softness=10.0, steps=2)
    frames = list(stylize(CONTENT, STYLE, settings, network=TINY, mask=mask, raw=True))
    whole = last(stylize(CONTENT, STYLE, settings, network=TINY, mask=mask)).image
    np.testing.assert_array_equal(finish(frames[-1].image, CONTENT, settings, mask), whole)
    raw = deliver_style(frames[0], CONTENT, settings, raw=True)
    np.testing.assert_allclose(
        finish(raw, CONTENT, settings, mask), deliver_style(frames[0], CONTENT, settings, mask), atol=1e-6
    )


def test_a_dream_and_a_style_are_one_objective():
    dream = Recipe(network="tiny", layers=(("third:2", 2.0),), objective="mean")
    frames = list(stylize(CONTENT, STYLE, PLAIN, network=TINY, dream=dream, precision="fp32"))
    assert list(frames[0].losses) == ["content/third", "style/first", "style/second", "dream/third:2"]
    # Smaller, because what the recipe raises counts negatively.
    assert frames[-1].losses["dream/third:2"] < frames[0].losses["dream/third:2"] < 0


def test_layers_of_a_dream_beside_a_style_count_by_their_weights_alone():
    def sizes(balance):
        dream = Recipe(network="tiny", layers=(("second", 1.0), ("third", 2.0)), objective="mean", balance=balance)
        subject = Subject(CONTENT, (STYLE,), (1.0,), PLAIN, TINY, dream, "fp32")
        aim = scale_aim(subject, (40, 48)).meter.aim
        weights = dict(zip(aim.labels, aim.targets["weights"], strict=True))
        for layer in ("second", "third"):
            alone = from_recipe(dream.replace(layers=((layer, 1.0),)), TINY, CONTENT)
            _, gradient = ascent.value_and_gradient(CONTENT, ascent.Meter(TINY, alone, "fp32"), View())
            yield weights[f"dream/{layer}"] * gradient.std()

    (one, other), (plain, far) = sizes(True), sizes(False)
    assert other == pytest.approx(2 * one, rel=1e-3) and far != pytest.approx(2 * plain, rel=0.1)


@pytest.mark.parametrize(
    ("about", "error", "words"),
    [
        ({"precision": "fp8"}, NetworkError, 'precision is "fp8"'),
        ({"mask": np.full((40, 48), 255.0)}, ImageError, "a mask lies in 0..1, received 255 to 255"),
        ({"mask": np.zeros((40, 48, 3), np.uint8)}, ImageError, r"a mask is an array \(h, w\)"),
    ],
)
def test_mistakes_are_told_before_the_first_frame(about, error, words):
    with pytest.raises(error, match=words):
        stylize(CONTENT, STYLE, PLAIN, network=TINY, **about)


def test_a_dream_that_compares_with_the_photo_can_be_mixed_in():
    dream = Recipe(network="tiny", layers=(("third", 2.0),), objective="caricature", pull=0.5)
    for frame in stylize(CONTENT, STYLE, PLAIN.replace(jitter=4), network=TINY, dream=dream):
        assert np.isfinite(frame.loss)


def test_a_dream_and_a_style_may_both_want_smoothness():
    dream = Recipe(network="tiny", layers=(("third", 2.0),), total_variation=0.5)
    frames = list(stylize(CONTENT, STYLE, PLAIN.replace(total_variation=0.5), network=TINY, dream=dream))
    assert "total_variation" in frames[-1].losses and frames[-1].loss < frames[0].loss


def test_the_same_seed_gives_the_same_bytes():
    settings = PLAIN.replace(start="noise", jitter=4)
    assert paint(settings=settings).tobytes() == paint(settings=settings).tobytes()


def test_frames_tell_scales_and_the_last_has_the_results_size():
    settings = PLAIN.replace(first_size=24, steps=4, size=44)
    frames = list(stylize(CONTENT, STYLE, settings, network=TINY, every=3))
    sizes = scale_sizes((37, 44), settings)
    assert [frame.image.shape[:2] for frame in frames] == [size for size in sizes for _ in range(2)]
    assert [(frame.octave, frame.step) for frame in frames] == [
        (n, k) for n in range(1, len(sizes) + 1) for k in (3, 4)
    ]
    assert [frame.is_last for frame in frames] == [False] * (len(frames) - 1) + [True]
    shares = [frame.progress for frame in frames]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert np.array_equal(frames[-1].image, last(stylize(CONTENT, STYLE, settings, network=TINY)).image)


def test_scales_grow_by_the_root_of_two_from_about_128():
    assert scale_sizes((341, 512), StyleSettings()) == ((85, 128), (121, 181), (170, 256), (241, 362), (341, 512))
    assert scale_sizes((100, 80), StyleSettings()) == ((100, 80),)
    assert result_size((300, 451), StyleSettings(size=512)) == (341, 512)


def test_stop_and_keep_brings_a_frame_to_the_results_size():
    settings = PLAIN.replace(first_size=16, strength=0.5)
    stream = stylize(CONTENT, STYLE, settings, network=TINY)
    frame = next(stream)
    stream.close()
    kept = deliver_style(frame, CONTENT, settings)
    assert frame.image.shape != kept.shape == CONTENT.shape
    assert (
        np.abs(kept - CONTENT).mean()
        < np.abs(deliver_style(frame, CONTENT, settings.replace(strength=1.0)) - CONTENT).mean()
    )
    finished = last(stylize(CONTENT, STYLE, settings, network=TINY))
    assert deliver_style(finished, CONTENT, settings) is finished.image


def test_zero_steps_give_the_photo():
    np.testing.assert_allclose(paint(settings=PLAIN.replace(steps=0, first_size=16)), CONTENT, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (9, 33)])
def test_pictures_of_odd_sizes_are_painted(shape):
    settings = PLAIN.replace(first_size=8, jitter=4, steps=2, averaging=0.9)
    found = last(stylize(photo(*shape), photo(*shape[::-1], seed=3), settings, network=TINY)).image
    assert found.shape == (*shape, 3) and np.isfinite(found).all()


@pytest.mark.parametrize("margin, top, left", [(4, 0, 0), (4, 4, 1), (7, 3, 7), (0, 0, 0)])
def test_a_shifts_pull_back_is_its_adjoint(margin, top, left):
    rng = np.random.default_rng(0)
    shift = Shift(margin, top, left)
    x = rng.normal(size=(1, 9, 11, 3))
    seen = shift.warp(x)
    assert seen.shape == (1, 9 + margin, 11 + margin, 3)
    y = rng.normal(size=seen.shape)
    assert (seen * y).sum() == pytest.approx((x * shift.pull_back(y)).sum())


def test_adam_goes_on_where_it_was_at_a_larger_size():
    adam = Adam(0.9, 0.999, 1e-8)
    g = np.ones((1, 4, 4, 3), np.float32)
    adam(g)
    adam.resize((6, 8))
    np.testing.assert_allclose(adam(np.ones((1, 6, 8, 3), np.float32)), 1.0, rtol=1e-5)


def test_the_published_run_is_that_of_its_text():
    """Yuan, "Neural Style Transfer: Creating Art with Deep Learning", 2018, on our scale of -1..1."""
    assert STYLE_PRESETS["published"].changes() == {
        "measure": "mean",
        "content_weight": 1e3,
        "style_weight": 1e-2,
        "first_size": 0,
        "steps": 1000,
        "step_size": pytest.approx(5 / 127.5),
        "momentum": 0.99,
        "epsilon": 0.1,
        "averaging": 0.0,
        "jitter": 0,
    }
    assert STYLE_PRESETS["published"].content_layers == (("block5_conv2", 1.0),)
    assert STYLE_PRESETS["published"].style_layers == tuple((f"block{n}_conv1", 0.2) for n in (1, 2, 3, 4, 5))
    assert STYLE_PRESETS["published"].total_variation == 0.0


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"styles": []}, ImageError, "at least one style"),
        ({"styles": [STYLE], "style_shares": [1, 2]}, RecipeError, "for 1 style pictures"),
        ({"styles": [STYLE], "style_shares": [0]}, RecipeError, "not all 0"),
        ({"dream": Recipe(layers=(("third:99", 1.0),))}, LayerError, "third has the channels 0 to"),
        (
            {"settings": PLAIN.replace(style_layers=(("frist", 1.0),))},
            LayerError,
            '"frist" is not a layer.*nearest: first',
        ),
        ({"dream": Recipe(layers=(("fourth:1", 1.0),))}, LayerError, '"fourth" is not a layer'),
        ({"every": 0}, RecipeError, "every: received 0"),
        ({"content": np.zeros((3, 3, 5), np.float32)}, ImageError, "shape"),
    ],
)
def test_arguments_are_checked_before_the_first_frame(arguments, error, message):
    given = {"content": CONTENT, "styles": STYLE, "settings": PLAIN} | arguments
    content, styles, settings = given.pop("content"), given.pop("styles"), given.pop("settings")
    with pytest.raises(error, match=message):
        stylize(content, styles, settings, network=TINY, **given)


def test_settings_are_checked():
    with pytest.raises(RecipeError, match="style_weight: received -1"):
        StyleSettings(style_weight=-1)
    with pytest.raises(RecipeError, match="'stile_weight' is not a setting of a style; nearest: style_weight"):
        PLAIN.replace(stile_weight=1)
    assert all(about.help.endswith(".") for about in StyleSettings.settings().values())


# Large pictures, in tiles


class Still:
    """Draw no shift: a picture that is rolled has other neighbors at its edges."""

    def integers(self, low, high=None, size=None):
        return np.zeros(size, int) if size is not None else 0

    def random(self):
        return 0.0


def both_ways(monkeypatch, settings, size=(96, 128), *, context=24, dream=None, network=TINY):
    """Return (labels, losses, gradient) of a picture between content and style, seen whole and in tiles of 32."""
    content, picture = photo(*size, seed=1), photo(*size, seed=5)
    subject = Subject(content, (photo(70, 90, seed=2) ** 2,), (1.0,), settings, network, dream, "fp32")
    x = network.to_input(picture)[None]
    found = []
    monkeypatch.setattr(ascent, "CONTEXT", context)
    for memory in (ascent.WORKING_MEMORY, 1.0):
        monkeypatch.setattr(ascent, "WORKING_MEMORY", memory)
        monkeypatch.setattr(ascent, "SMALLEST_TILE", 32)
        aim = scale_aim(subject, size)
        losses, gradient = aim.measure(x, Still())
        found.append((type(aim), losses, gradient))
    assert [kind for kind, _, _ in found] == [Whole, InTiles]
    return found


@pytest.mark.parametrize("statistic", ["gram", "moments"])
@pytest.mark.parametrize("measure", ["relative", "mean"])
def test_a_style_in_tiles_has_the_losses_and_the_gradient_of_the_whole(statistic, measure, monkeypatch):
    settings = PLAIN.replace(statistic=statistic, measure=measure, total_variation=0.3)
    (_, losses, whole), (_, tiled_losses, tiled) = both_ways(monkeypatch, settings)
    assert list(losses) == list(tiled_losses)
    for label in losses:  # a style's exactly; what overlaps counts twice for the others
        rel = 1e-3 if label.startswith("style") else 0.2
        assert tiled_losses[label] == pytest.approx(losses[label], rel=rel), label
    np.testing.assert_allclose(tiled, whole, atol=1e-4 * np.abs(whole).max())


def test_a_dream_goes_into_the_tiles_too(monkeypatch):
    dream = Recipe(network="tiny", layers=(("third", 2.0),), objective="caricature")
    (_, losses, whole), (_, tiled_losses, tiled) = both_ways(monkeypatch, PLAIN, dream=dream)
    assert tiled_losses["dream/third"] == pytest.approx(losses["dream/third"], rel=0.2)
    assert np.corrcoef(whole.ravel(), tiled.ravel())[0, 1] > 0.9999


def test_a_large_painting_is_made_in_tiles_to_the_end(monkeypatch):
    monkeypatch.setattr(ascent, "WORKING_MEMORY", 1.0)
    monkeypatch.setattr(ascent, "SMALLEST_TILE", 32)
    settings = PLAIN.replace(first_size=40, jitter=4, averaging=0.9)
    content, style = photo(80, 100, seed=1), photo(90, 70, seed=2) ** 2
    frames = list(stylize(content, style, settings, network=TINY, precision="fp32"))
    monkeypatch.undo()
    whole = last(stylize(content, style, settings, network=TINY, precision="fp32"))
    assert frames[-1].image.shape == (80, 100, 3)
    assert sum(frames[-1].losses.values()) < 0.6 * sum(frames[-8].losses.values())
    assert sum(frames[-1].losses.values()) < 1.3 * sum(whole.losses.values())
    assert np.corrcoef(frames[-1].image.ravel(), whole.image.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("statistic", ["gram", "moments"])
@pytest.mark.parametrize("size", [(64, 64), (78, 102), (34, 96)])
def test_what_is_seen_in_tiles_is_what_the_whole_has(statistic, size, monkeypatch):
    monkeypatch.setattr(ascent, "WORKING_MEMORY", 1.0)
    monkeypatch.setattr(ascent, "SMALLEST_TILE", 32)
    monkeypatch.setattr(ascent, "CONTEXT", 24)
    picture = photo(*size, seed=3)
    subject = Subject(picture, (picture,), (1.0,), PLAIN, TINY, None, "fp32")
    values = run(TINY.graph, {INPUT: tf.constant(TINY.to_input(picture)[None])})
    for layer, seen in see(subject, picture, ("first", "second", "third"), statistic).items():
        a = values[layer].numpy()[0].astype(np.float64)
        expected = gram(a) if statistic == "gram" else np.stack([a.mean((0, 1)), (a**2).mean((0, 1))])
        assert seen.places == a.shape[0] * a.shape[1]
        np.testing.assert_allclose(seen.additive, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_moments_come_from_means_and_mean_squares():
    a = tf.random.stateless_normal((2, 5, 7, 4), (1, 2))
    np.testing.assert_allclose(OF_ADDITIVE["moments"](ADDITIVE["moments"](a)), STATISTICS["moments"](a), atol=1e-5)
