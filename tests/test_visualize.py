"""Feature visualization: both published ways against literal loops, dead channels, sheets and their cache."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny import photo, tiny_network

from deepdream.canvas import COLOR_MIX
from deepdream.engine.compile import activations, compile_gradient, run
from deepdream.engine.graph import INPUT, Conv, Graph
from deepdream.errors import LayerError, RecipeError
from deepdream.images import read_image
from deepdream.inspection.views import top_classes
from deepdream.networks import load_network
from deepdream.visualization import cache as channel_cache
from deepdream.visualization import gardens
from deepdream.visualization import visualize as visualization
from deepdream.visualization.visualize import PORTRAIT_PRESETS, Portrait, visualize, visualize_layer

TINY = tiny_network(offset=-0.9)
SMALL = Portrait(size=24, steps=12)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def last(frames):
    return list(frames)[-1]


def with_dead_channel(network, layer="third", channel=4):
    """Return the network with a channel whose input is always far below 0."""
    operations = []
    for operation in network.graph.operations:
        if operation.name == f"{layer}_pre_relu":
            assert isinstance(operation, Conv)
            kernel, bias = operation.kernel.copy(), operation.bias.copy()
            kernel[..., channel], bias[channel] = 0.0, -1.0
            operation = dataclasses.replace(operation, kernel=kernel, bias=bias)
        operations.append(operation)
    return dataclasses.replace(network, graph=Graph(tuple(operations)))


def with_sleeping_channel(network, layer="third", channel=4):
    """Return the network with a channel that gray noise leaves at 0, but that can be raised."""
    operations = []
    for operation in network.graph.operations:
        if operation.name == f"{layer}_pre_relu":
            bias = operation.bias.copy()
            bias[channel] = -2.0
            operation = dataclasses.replace(operation, bias=bias)
        operations.append(operation)
    return dataclasses.replace(network, graph=Graph(tuple(operations)))


def literal_chollet(channel, size, steps, seed, epsilon=1e-5):
    """Follow the published text in the network's own units, with TensorFlow's own gradient of the tiny network."""
    noise = np.random.default_rng(seed).random((1, size, size, 3))
    x = (((noise - 0.5) * 20 + 128) / 255 * 2.0 - 0.9).astype(np.float32)
    step = np.float32(2.0 / 255)  # one gray level of 255
    for _ in range(steps):
        variable = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(variable)
            loss = tf.reduce_mean(run(TINY.graph, {INPUT: variable})["third"][..., channel])
        g = tape.gradient(loss, variable).numpy()
        g /= np.sqrt(np.mean(np.square(g))) + epsilon
        x = x + step * g
    shown = x[0] - x.mean()
    shown = shown / (shown.std() + 1e-5) * 0.1 + 0.5
    return np.clip(shown, 0, 1)


def test_chollets_way_equals_the_published_loop():
    portrait = Portrait(method="chollet", size=24, steps=15, seed=3)
    found = last(visualize(TINY, "third:2", portrait, precision="fp32")).image
    expected = literal_chollet(2, 24, 15, 3)
    assert np.abs(found - expected).max() < 2e-3
    assert found.mean() == pytest.approx(0.5, abs=0.01)
    assert found.std() == pytest.approx(0.1, abs=0.01)


def test_chollets_way_starts_on_the_published_noise():
    garden = gardens.Chollet(1, Portrait(method="chollet", size=64), TINY)
    levels = garden.pictures() * 255
    assert 118 <= levels.min() < 119 and 137 < levels.max() <= 138


def test_lucids_views_stay_inside_their_ranges_and_pull_back_exactly():
    """<view(x), y> = <x, pull_back(y)> + what the gray margin adds: the view is affine, so no network is needed."""
    garden = gardens.Lucid(2, Portrait(size=40, seed=5), TINY)
    rng = np.random.default_rng(0)
    picture = garden.pictures()
    for _ in range(5):
        seen, pull_back = garden.view()
        assert seen.shape == (2, 40 + 24 - 8 - 4, 40 + 24 - 8 - 4, 3)
        y = rng.normal(size=seen.shape).astype(np.float32)
        grown = pull_back(y)
        assert grown.shape == picture.shape
        ones = pull_back(np.ones_like(y))
        assert ones.sum() <= y.size + 1e-2  # some of the view is gray margin
        inner = float((grown * picture).sum())
        margin = float((seen * y).sum()) - inner  # what the gray margin of 0.5 adds
        assert margin == pytest.approx(0.5 * float(y.sum() - grown.sum()), rel=1e-3, abs=0.05)


def test_lucids_first_picture_is_a_nearly_gray_cloud():
    frame = next(iter(visualize(TINY, "third:2", Portrait(size=32, steps=2))))
    assert frame.image.std() < 0.1
    assert abs(frame.image.mean() - 0.5) < 0.05


def test_the_tiny_networks_pictures_excite_more_than_photos():
    """For at least nine in ten living channels, more than any of 100 crops of photos does."""
    crops = np.stack([photo(24, 24, seed=seed) for seed in range(100)])
    for layer in ("second", "third"):
        seen = activations(TINY, TINY.to_input(crops), [layer], precision="fp32")[layer].numpy().mean(axis=(1, 2))
        pictures = list(visualize_layer(TINY, layer, Portrait(size=24, steps=40), cached=False, precision="fp32"))
        living = [picture for picture in pictures if not picture.dead]
        above = [picture.activation > seen[:, picture.channel].max() for picture in living]
        assert np.mean(above) >= 0.9, layer


@pytest.mark.long
def test_the_compact_networks_pictures_excite_more_than_photos():
    network = load_network("compact")
    rng = np.random.default_rng(0)
    assets = Path(__file__).parent.parent / "assets"
    crops = []
    for name, count in (("cat.jpg", 34), ("coffee.jpg", 33), ("rocket.jpg", 33)):
        pixels = read_image(assets / name).pixels
        for _ in range(count):
            top, left = rng.integers(pixels.shape[0] - 64), rng.integers(pixels.shape[1] - 64)
            crops.append(pixels[top : top + 64, left : left + 64])
    x = network.to_input(np.stack(crops))
    above = []
    for layer in [each for each in network.layers if each.name.startswith("conv")]:
        seen = activations(network, x, [layer.name])[layer.name].numpy().mean(axis=(1, 2))
        channels = rng.choice(layer.channels, 3, replace=False).tolist()
        pictures = list(visualize_layer(network, layer.name, PORTRAIT_PRESETS["soft"], channels=channels, cached=False))
        living = [each for each in pictures if not each.dead]
        assert living, layer.name
        above += [each.activation > seen[:, each.channel].max() for each in living]
    assert np.mean(above) >= 0.9


@pytest.mark.long
def test_the_compact_network_names_its_own_class_pictures():
    network = load_network("compact")
    classes = np.random.default_rng(1).choice(len(network.labels), 8, replace=False)
    named = 0
    for label in classes:
        frame = last(visualize(network, f"classes:{label}", PORTRAIT_PRESETS["soft"], every=1000))
        named += top_classes(frame.image, network, k=1, side=96)[0][0] == network.labels[label]
    assert named >= 7


@pytest.mark.parametrize("method", ["lucid", "maco", "chollet"])
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(method):
    portrait = dataclasses.replace(SMALL, method=method)
    first, second = (last(visualize(TINY, "third:1", portrait)).image for _ in range(2))
    assert first.tobytes() == second.tobytes()
    other = last(visualize(TINY, "third:1", dataclasses.replace(portrait, seed=9))).image
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("target", ["third", "third:3", "third:3@0.5,0.5", "classes:barn", "classes:2"])
def test_every_kind_of_target_rises(target):
    losses = [frame.loss for frame in visualize(TINY, target, Portrait(size=24, steps=25), precision="fp32")]
    assert max(losses[-5:]) > losses[0]


def test_a_mix_is_not_what_either_alone_wants():
    mix = last(visualize(TINY, [("third:3", 1.0), ("classes:barn", 0.5)], SMALL))
    assert list(mix.losses) == ["third:3", "classes:barn"] or len(mix.losses) == 2
    assert not np.allclose(mix.image, last(visualize(TINY, "third:3", SMALL)).image, atol=1e-3)


@pytest.mark.parametrize("method", ["maco", "chollet"])
def test_of_a_mix_each_counts_by_its_weight_alone(method):
    def pull(*targets):
        goal = visualization._goal(TINY, list(targets), portrait, "fp32")
        noise = gardens.GARDENS[method](1, portrait, TINY).pictures()
        _, gradient = compile_gradient(TINY, goal.objective, precision="fp32")(TINY.to_input(noise), goal.targets)
        return gradient.numpy()

    portrait = SMALL.replace(method=method)
    one, other = ("second", 1.0), ("third", 2.0)
    both = pull(one, ("third", 1e-6)).std(), pull(("second", 1e-6), other).std()
    assert both[1] == pytest.approx(2 * both[0], rel=1e-2)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "chollet"},
        {"method": "maco"},
        {"variants": 2},
        {"vividness": 2.0},
        {"smoothness": 2.0},
        {"finest_wave": 6.0},
        {"size": 30},
    ],
)
def test_every_setting_of_a_portrait_changes_the_picture(change):
    plain = last(visualize(TINY, "third:1", SMALL)).image
    changed = last(visualize(TINY, "third:1", dataclasses.replace(SMALL, **change))).image
    assert plain.shape != changed.shape or not np.allclose(plain, changed, atol=1e-3)


@pytest.mark.parametrize("method", ["lucid", "maco", "chollet"])
@pytest.mark.parametrize("target", ["third:1", "classes:barn", "third"])
def test_diversity_drives_variants_apart(method, target):
    """Lucid's diversity tutorial: several pictures of one target whose Gram matrices are to differ."""
    several = Portrait(method=method, size=24, steps=25, variants=3)
    apart = []
    for weight in (0.0, 20.0):
        frame = last(visualize(TINY, target, several.replace(diversity=weight), precision="fp32"))
        assert frame.image.shape == (24, 3 * 24, 3)
        pictures = np.stack(np.split(frame.image, 3, axis=1))
        layer = (
            "third" if target.startswith("third") else [each.name for each in TINY.layers if each.name != "classes"][-1]
        )
        seen = activations(TINY, TINY.to_input(pictures), [layer], precision="fp32")[layer].numpy()
        grams = np.einsum("nhwc,nhwd->ncd", seen, seen).reshape(3, -1)
        grams /= np.linalg.norm(grams, axis=1, keepdims=True)
        apart.append((grams @ grams.T).sum())
    assert apart[1] < apart[0]


def test_variants_begin_from_noise_of_their_own_and_a_sheet_has_none():
    frame = next(visualize(TINY, "third:1", Portrait(size=24, steps=1, variants=2)))
    one, other = np.split(frame.image, 2, axis=1)
    assert not np.allclose(one, other, atol=1e-4)
    (picture,) = visualize_layer(TINY, "third", SMALL.replace(variants=2), channels=[1], cached=False)
    assert picture.image.shape == (SMALL.size, SMALL.size, 3)


def test_the_numbers_of_the_published_ways():
    """Lucid's standard transforms and Adam; Chollet, 2016: steps of 1 of 255 levels, 20 of them; 256 steps are
    half of what Lucid takes by default."""
    assert (gardens.GRAY_MARGIN, gardens.SHIFT_BEFORE, gardens.SHIFT_AFTER) == (12, 8, 4)
    assert (gardens.LUCID_STEP, gardens.CHOLLET_EPSILON) == (0.05, 1e-5)
    assert [PORTRAIT_PRESETS[name].all_steps for name in ("lucid", "maco", "chollet")] == [256, 256, 20]
    published = [PORTRAIT_PRESETS[name] for name in ("lucid", "maco", "chollet")]
    assert all(each.vividness == each.smoothness == 1.0 for each in published)


def test_macos_waves_keep_their_strengths():
    """Fel and others, 2023: only phases are free; before sigmoid and colors each wave's magnitude is what it was."""
    portrait = Portrait(method="maco", size=24, steps=20)
    strengths = []
    for frame in visualize(TINY, "third:1", portrait, every=19):
        waves = np.log(frame.image / (1 - frame.image)).astype(np.float64) @ np.linalg.inv(COLOR_MIX.T)
        spectrum = np.fft.rfft2(waves, axes=(0, 1))
        strengths.append(np.abs(spectrum))
        phases = np.angle(spectrum)
    free = np.s_[1:, 1:-1]  # a wave that is its own conjugate is real: its phase can only flip
    assert np.allclose(strengths[0][free], strengths[-1][free], rtol=2e-2)
    assert strengths[0][free].min() > 0
    first = next(visualize(TINY, "third:1", dataclasses.replace(portrait, steps=1)))
    assert np.std(phases) > 1 and not np.allclose(first.image, frame.image, atol=1e-2)


@pytest.mark.parametrize("method", ["lucid", "maco"])
def test_without_short_waves_there_is_no_grain(method):
    image = last(visualize(TINY, "third:1", dataclasses.replace(SMALL, method=method, finest_wave=6.0, size=48))).image
    logits = np.log(image / (1 - image))
    waves = np.abs(np.fft.fft2(logits, axes=(0, 1)))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(48), np.fft.fftfreq(48)))
    assert waves[frequency > 1 / 6 + 1e-3].max() < 1e-2 * waves[(frequency > 0) & (frequency < 1 / 6)].max()


def test_a_dead_channel_is_said_to_be_dead():
    dead = with_dead_channel(TINY)
    for method in ("lucid", "maco", "chollet"):
        with pytest.raises(LayerError, match="channel 4 of third seems dead: 12 steps did not raise it above 0"):
            list(visualize(dead, "third:4", dataclasses.replace(SMALL, method=method)))


def test_a_dead_channel_of_a_sheet_is_gray_and_the_others_are_not():
    pictures = list(visualize_layer(with_dead_channel(TINY), "third", SMALL, channels=[3, 4, 5]))
    assert [picture.dead for picture in pictures] == [False, True, False]
    assert np.ptp(pictures[1].image) == 0
    assert np.ptp(pictures[0].image) > 0.1


def test_a_channel_that_noise_leaves_at_0_is_woken():
    asleep = with_sleeping_channel(TINY)
    gray = np.full((1, 24, 24, 3), 0.5, np.float32)
    assert activations(asleep, asleep.to_input(gray), ["third"])["third"].numpy()[..., 4].max() == 0
    frame = last(visualize(asleep, "third:4", Portrait(size=24, steps=60)))
    seen = activations(asleep, asleep.to_input(frame.image[None]), ["third"])["third"].numpy()
    assert seen[..., 4].mean() > 0


def test_a_channels_picture_does_not_depend_on_its_neighbors():
    alone = last(visualize(TINY, "third:7", SMALL, precision="fp32")).image
    beside = list(visualize_layer(TINY, "third", SMALL, channels=[1, 7, 2], cached=False, precision="fp32"))[1]
    np.testing.assert_allclose(beside.image, alone, atol=2e-2)


def test_frames_count_their_steps_and_the_last_is_last():
    frames = list(visualize(TINY, "third:1", SMALL, every=5))
    assert [frame.step for frame in frames] == [5, 10, 12]
    assert [frame.is_last for frame in frames] == [False, False, True]
    assert frames[-1].progress == 1.0
    assert frames[-1].image.shape == (24, 24, 3)


def test_arguments_are_checked_before_the_first_frame():
    with pytest.raises(LayerError, match="third has the channels 0 to 9, received 10"):
        visualize(TINY, "third:10")
    with pytest.raises(LayerError, match='"fourth" is not a layer of tiny'):
        visualize(TINY, "fourth")
    with pytest.raises(LayerError, match='"banr" is not a class of tiny; nearest: barn'):
        visualize(TINY, "classes:banr")
    with pytest.raises(LayerError, match="channels 0 to 9, received -1"):
        visualize_layer(TINY, "third", channels=[0, -1])
    with pytest.raises(RecipeError, match="every: received 0"):
        visualize(TINY, "third:1", every=0)
    with pytest.raises(RecipeError, match=r"method: received 'lucky'.*nearest: lucid"):
        Portrait(method="lucky")


# Sheets and their cache


def counted(monkeypatch):
    grown = []
    original = visualization._Sheet._grown

    def remember(sheet, channels):
        grown.extend(channels)
        return original(sheet, channels)

    monkeypatch.setattr(visualization._Sheet, "_grown", remember)
    return grown


def test_a_sheet_comes_from_the_cache_the_second_time(monkeypatch):
    grown = counted(monkeypatch)
    first = list(visualize_layer(TINY, "third", SMALL))
    assert sorted(grown) == list(range(10))
    second = list(visualize_layer(TINY, "third", SMALL))
    assert len(grown) == 10
    for a, b in zip(first, second, strict=True):
        assert (a.channel, a.activation) == (b.channel, b.activation)
        np.testing.assert_array_equal(a.image, b.image)


@pytest.mark.parametrize("change", ["seed", "weights", "layer", "precision"])
def test_the_cache_tells_settings_and_weights_apart(monkeypatch, change):
    list(visualize_layer(TINY, "third", SMALL, channels=[4]))
    grown = counted(monkeypatch)
    network, layer, portrait, precision = TINY, "third", SMALL, "auto"
    if change == "seed":
        portrait = dataclasses.replace(SMALL, seed=1)
    elif change == "weights":
        network = with_sleeping_channel(TINY)
    elif change == "layer":
        layer = "second"
    else:
        precision = "fp32" if visualization.resolve_precision("auto") == "bf16" else "bf16"
    list(visualize_layer(network, layer, portrait, channels=[4], precision=precision))
    assert grown == [4]


def test_stopping_keeps_what_was_done(monkeypatch):
    monkeypatch.setattr(visualization, "BATCH", 2)
    stream = visualize_layer(TINY, "third", SMALL)
    next(stream)
    stream.close()
    grown = counted(monkeypatch)
    list(visualize_layer(TINY, "third", SMALL))
    assert sorted(grown) == list(range(2, 10))


def test_a_damaged_picture_in_the_cache_is_grown_again(monkeypatch, own_cache):
    list(visualize_layer(TINY, "third", SMALL, channels=[1]))
    (path,) = own_cache.rglob("1.png")
    path.write_bytes(path.read_bytes()[:100])
    grown = counted(monkeypatch)
    list(visualize_layer(TINY, "third", SMALL, channels=[1]))
    assert grown == [1]


def test_without_the_cache_nothing_is_written(own_cache):
    list(visualize_layer(TINY, "third", SMALL, channels=[1], cached=False))
    assert not own_cache.exists()


def test_a_cache_that_cannot_be_written_is_no_failure(monkeypatch, own_cache):
    own_cache.write_text("a file where the folder should be")
    assert len(list(visualize_layer(TINY, "third", SMALL, channels=[1]))) == 1


def test_the_digest_knows_weights_and_value_range():
    digests = {channel_cache.weights_digest(network) for network in (TINY, tiny_network(), with_dead_channel(TINY))}
    assert len(digests) == 3
    assert channel_cache.weights_digest(tiny_network()) == channel_cache.weights_digest(tiny_network())
