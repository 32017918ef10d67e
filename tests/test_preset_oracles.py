"""Each preset against the literal loop of its source, on the tiny network: the same sizes, and the same steps to 1e-4.

What is not the source's, and why: `oracles` says it at the place.
"""

import itertools

import numpy as np
import oracles
import pytest
from tiny import kernels, photo, tiny_network

from deepdream.dreaming import dream, start_image
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe
from deepdream.transforms import draw_view

MODEL = oracles.TinyModel(kernels())
PHOTO = photo(60, 71)
STEPS = 3
TOLERANCE = 1e-4

RANGES = {  # network units: scale and offset for a picture in [0, 1]
    "-1..1": (2.0, -1.0),
    "0..255 minus 117": (255.0, -117.0),
    "0..255": (255.0, 0.0),
    "ImageNet": (1 / 0.226, -0.45 / 0.226),
}
KERAS_LAYERS = ("first", "second", "third", "third_pre_relu")


def shifts(recipe):
    """Return the shifts that a dream of this recipe draws."""
    random = np.random.default_rng(recipe.seed)
    return (draw_view(recipe, random).shift for _ in itertools.count())


def on_tiny(name, **changes):
    """Return the preset's recipe on as many layers of the tiny network, weights kept."""
    recipe = preset(name).replace(steps=STEPS, **changes)
    weights = [weight for _, weight in recipe.layers]
    layers = {1: ("third",), 2: ("second", "third"), 4: KERAS_LAYERS}[len(weights)]
    return recipe.replace(layers=tuple(zip(layers, weights, strict=True)))


def assert_equal_frames(recipe, units, expected, picture=PHOTO, *, later=1.0):
    """`later`: the share of values that must agree after the first octave; one flipped ReLU moves a few pixels for
    good."""
    expected = list(expected)
    frames = list(dream(picture, recipe, network=tiny_network(*RANGES[units]), precision="fp32"))
    assert [frame.octave for frame in frames].count(1) >= 2
    *raw, last = frames
    for frame, (size, image) in zip(raw, expected, strict=False):
        assert frame.image.shape[:2] == tuple(size)
        agree = np.mean(np.abs(frame.image - image) <= TOLERANCE)
        assert agree >= (1.0 if frame.octave == 1 else later), f"octave {frame.octave}, step {frame.step}"
    assert len(frames) == len(expected)
    delivered = expected[-1][1]
    if tuple(expected[-1][0]) != picture.shape[:2]:  # octaves above the photo: at last shrunk back to its size
        delivered = oracles.bilinear(delivered, picture.shape[:2])
    assert last.image.shape == picture.shape
    assert np.mean(np.abs(last.image - delivered) <= TOLERANCE) >= later
    return frames


def test_caffe_2015():
    recipe = on_tiny("caffe_2015")
    expected = oracles.caffe_2015(MODEL, PHOTO, "third", shifts(recipe), steps=STEPS)
    assert_equal_frames(recipe, "0..255 minus 117", expected)


def test_tensorflow_simple():
    recipe = on_tiny("tensorflow_simple")
    expected = oracles.tensorflow_octaves(MODEL, PHOTO, ("second", "third"), shifts(recipe), steps=STEPS, powers=[0])
    assert_equal_frames(recipe, "-1..1", expected)


@pytest.mark.parametrize("name", ["tensorflow_octaves", "tensorflow_tutorial"])
def test_tensorflow_with_octaves(name):
    recipe = on_tiny(name)
    expected = oracles.tensorflow_octaves(MODEL, PHOTO, ("second", "third"), shifts(recipe), steps=STEPS)
    frames = assert_equal_frames(recipe, "-1..1", expected)
    assert frames[-1].image.shape == PHOTO.shape


def test_tensorflow_2015():
    recipe = on_tiny("tensorflow_2015")
    expected = oracles.tensorflow_2015(MODEL, PHOTO, "third", shifts(recipe), steps=STEPS)
    assert_equal_frames(recipe, "0..255 minus 117", expected)


def test_tensorflow_2015_laplacian():
    recipe = preset("tensorflow_2015_laplacian").replace(layers=(("third_pre_relu:3", 1.0),), steps=STEPS)
    picture = np.zeros((32, 32, 3), np.float32)
    noise = start_image(picture, recipe) * 255
    assert noise.min() >= 100 and noise.max() < 101
    expected = oracles.tensorflow_2015_laplacian(MODEL, noise, "third_pre_relu", 3, shifts(recipe), steps=STEPS)
    assert_equal_frames(recipe, "0..255 minus 117", expected, picture)


@pytest.mark.parametrize("limit", ["never", "reached"])
@pytest.mark.parametrize("name", ["keras_example", "keras_2017", "chollet_book"])
def test_keras(name, limit):
    newer = name == "keras_example"
    assert preset(name).max_loss == (15.0 if newer else 10.0)
    recipe = on_tiny(name, max_loss=1e6 if limit == "never" else 2.35 if newer else LIMITS[name])
    expected = list(
        oracles.keras(
            MODEL,
            PHOTO,
            recipe.layers,
            steps=STEPS,
            max_loss=recipe.max_loss,
            resize=oracles.bilinear if newer else oracles.zoom,
            epsilon=1e-6 if newer else 1e-7,
            stops_before=not newer,
        )
    )
    frames = dream(PHOTO, recipe, network=tiny_network(*RANGES["-1..1"]), precision="fp32")
    frames = {(frame.octave, frame.step): frame for frame in frames}
    steps = count_by_size(expected)
    for octave, (size, images) in enumerate(steps.items(), start=1):
        for step, image in enumerate(images, start=1):
            frame = frames[octave, step]
            if not frame.is_last:
                assert frame.image.shape[:2] == size
                np.testing.assert_allclose(frame.image, image, atol=TOLERANCE)
        assert (octave, len(images) + 1) not in frames
    if limit == "reached":
        assert min(len(images) for images in steps.values()) < STEPS


LIMITS = {"keras_2017": 1.0, "chollet_book": 1.0}


def count_by_size(frames):
    found = {}
    for size, image in frames:
        found.setdefault(size, []).append(image)
    return found


def test_hvass():
    recipe = on_tiny("hvass")
    expected = oracles.hvass(MODEL, PHOTO, "third", steps=STEPS)
    assert_equal_frames(recipe, "0..255", expected)


def test_pytorch_deepdream():
    # Its sigma is (i + 1) / N * 2 + 0.5, which the preset writes out for N = 10.
    assert (preset("pytorch_deepdream").smoothing, preset("pytorch_deepdream").smoothing_growth) == (0.7, 2.0)
    recipe = on_tiny("pytorch_deepdream", smoothing=0.5 + 2 / STEPS)
    expected = oracles.pytorch_deepdream(MODEL, photo(200, 221), "third", shifts(recipe), steps=STEPS)
    assert_equal_frames(recipe, "ImageNet", expected, photo(200, 221), later=0.99)


def test_every_published_preset_has_an_oracle():
    published = {name for name, each in PRESETS.items() if each.recipe.network != "compact"}
    tested = {
        "caffe_2015", "tensorflow_simple", "tensorflow_octaves", "tensorflow_tutorial", "tensorflow_2015",
        "tensorflow_2015_laplacian", "keras_example", "keras_2017", "chollet_book", "hvass", "pytorch_deepdream",
    }  # fmt: skip
    assert published == tested
    assert Recipe().network == "compact"
