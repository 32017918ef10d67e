"""A whole dream on the device, under Node, against Python's in fp32 with the same link."""

import os

import numpy as np
import pytest
from PIL import Image

from deepdream import dream
from deepdream.browser.table import lacking
from deepdream.dreaming import deliver
from deepdream.engine.compile import compile_gradient
from deepdream.objectives.aims import from_recipe
from deepdream.presets import PRESETS, to_link
from deepdream.recipe import Recipe

from .conftest import packed, unpacked
from .visiting import ASSETS

EMBEDDED = {name: each.recipe for name, each in PRESETS.items() if not lacking(each.recipe)}
QUICK = ("compact_portrait", "compact_cats", "compact_whisper")
SIZES = ((32, 32), (61, 77), (97, 131), (131, 97), (160, 240), (223, 301))


def cat(size):
    """Return the cat, cut to (h, w) and shrunk."""
    h, w = size
    with Image.open(ASSETS / "cat.jpg") as picture:
        side = min(picture.width / w, picture.height / h)
        cut = picture.convert("RGB").crop((0, 0, round(side * w), round(side * h)))
        return np.asarray(cut.resize((w, h)), np.float32) / 255


def psnr(a, b):
    return 10 * np.log10(1 / max(np.mean(np.square(a - b)), 1e-20))


def asked(photo, recipe):
    return {"what": "dream", "picture": packed(photo), "link": to_link(recipe)}


def test_gradient_and_losses_are_those_of_the_engine_at_every_size(ask, compact):
    recipe = Recipe(
        layers=(("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2:217", 0.1), ("conv3_1@0.4,0.6", 1.0)), mirror=0
    )
    jobs = [
        {"what": "gradient", "picture": packed(cat(size)), "link": to_link(recipe), "down": 0, "right": 0}
        for size in SIZES
    ]
    for size, answer in zip(SIZES, ask(*jobs), strict=True):
        aim = from_recipe(recipe, compact, cat(size), precision="fp32")
        losses, wanted = compile_gradient(compact, aim.objective, precision="fp32")(
            compact.to_input(cat(size))[None], aim.targets
        )
        wanted = wanted[0].numpy()
        error = np.abs(unpacked(answer["gradient"]) - wanted).max(axis=2) / np.abs(wanted).max()
        assert sum(answer["losses"]) == pytest.approx(float(sum(losses.values())), rel=1e-5)
        print(size, f"off: {np.mean(error > 1e-5):.4f}, median {np.median(error):.1e}")
        assert np.median(error) < 1e-6
        assert np.mean(error > 1e-5) < 0.05  # the pixels below an activation within rounding of 0, whose ReLU flips


NEAR = 1e-4  # of the range of gray levels
FLIPPED = 0.02  # of the pixels: those below an activation within rounding of 0, whose ReLU flips


def compared(ask, recipe, size):
    """Return the shares of pixels not near after one step, and after that step delivered, and the dB at the end."""
    photo = cat(size)
    (once,) = ask(asked(photo, recipe))
    frames = list(dream(photo, recipe, precision="fp32"))
    pairs = ((once["first"], frames[0].image), (once["stopped"], deliver(frames[0], photo, recipe)))
    step, stopped = (float(np.mean(np.abs(unpacked(ours) - python).max(axis=2) > NEAR)) for ours, python in pairs)
    return step, stopped, psnr(unpacked(once["last"]), frames[-1].image)


def unrest(recipe, size):
    """Return the dB between Python's own last pictures of a photo and of the same in its last bits otherwise."""
    photo = cat(size)
    shaken = photo * (1 + 1e-7 * np.random.default_rng(0).choice([-1, 1], photo.shape)).astype(np.float32)
    ours, other = (list(dream(each, recipe, precision="fp32"))[-1].image for each in (photo, np.clip(shaken, 0, 1)))
    return psnr(ours, other)


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_look_is_that_of_python_from_the_same_link(ask, name):
    step, stopped, near = compared(ask, EMBEDDED[name], (160, 192))
    assert step < FLIPPED
    assert stopped < FLIPPED
    assert near > 35


def test_the_same_link_gives_the_same_bytes_twice(ask):
    job = asked(cat((64, 80)), EMBEDDED["compact_cats"])
    once, again = ask(job, job)
    assert once == again


@pytest.mark.skipif(
    os.environ.get("DEEPDREAM_EVERY_LOOK") != "1", reason="half a minute each; DEEPDREAM_EVERY_LOOK=1 runs them"
)
@pytest.mark.slow
@pytest.mark.parametrize("name", EMBEDDED)
def test_the_dream_of_a_preset_is_that_of_python(ask, name):
    """The iteration is chaotic: where the last pictures differ to the eye, so do Python's own after a shake of bits.

    Prints a row of the table in benchmarks/README.md.
    """
    size = (256, 256)
    step, stopped, near = compared(ask, EMBEDDED[name], size)
    own = unrest(EMBEDDED[name], size)
    print(f"\n| {name} | {100 * step:.2f} % | {near:.1f} | {own:.1f} |")
    assert step < FLIPPED
    assert stopped < FLIPPED
    assert near > min(35, own - 6)


def test_mirror_headroom_and_balance_are_those_of_python(ask):
    layers = (("conv4_2@0.3,0.6", 1.0), ("conv3_1", 1.0), ("conv5_2:217", 0.5))
    recipe = Recipe(octaves=2, steps=2, mirror=9, headroom=0.3, balance=True, layers=layers)
    step, _, near = compared(ask, recipe, (61, 77))
    assert step == 0
    assert near > 60


def test_a_layer_is_measured_once_for_all_dreams_of_a_slider_and_anew_where_that_would_differ(ask):
    recipe = Recipe(octaves=1, steps=1, balance=True, layers=(("conv3_1", 1.0), ("conv4_2", 0.5)))
    recipes = [
        recipe,
        recipe.replace(steps=2, step_size=0.1, layers=(("conv4_2", 1.0), ("conv3_1", 0.2))),
        recipe.replace(layers=(*recipe.layers, ("conv2", 1.0))),
        recipe.replace(mirror=3),
        recipe.replace(objective="mean"),
        recipe,
    ]
    about = {"what": "gradients", "links": [to_link(each) for each in recipes]}
    one, smaller = cat((60, 72)), cat((60, 71))
    other = one.copy()
    other[30, 40, 2] += 0.001
    found = ask(*({**about, "picture": packed(each)} for each in (one, smaller, other, one)))
    assert found == [[2, 0, 1, 2, 2, 0]] * 3 + [[0] * 6]


def test_a_lost_device_is_replaced_and_the_picture_stays_the_same(ask):
    job = {"picture": packed(cat((64, 80))), "link": to_link(Recipe(octaves=2, steps=3))}
    lost, whole = ask({"what": "lost", **job}, {"what": "dream", **job})
    assert lost["last"] == whole["last"]
    assert lost["way"] == "wasm"


def test_a_device_that_quickens_as_it_runs_is_measured_when_it_has(ask):
    """Chromium's WASM takes its second small step in up to three times of what each takes from the fifth on."""
    (quickened,) = ask({"what": "measured", "slow": [900, 400]})
    assert quickened < 400
