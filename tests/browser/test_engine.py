"""The engine in JavaScript, under Node, against Python: the same numbers, the same sizes, the same recipes."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from deepdream.browser.table import WHOLE, lacking
from deepdream.errors import DreamError
from deepdream.images import RESIZES, read_recipe, resize, write_image
from deepdream.octaves import octave_sizes
from deepdream.presets import PRESETS, from_link, to_link
from deepdream.recipe import Recipe

from .conftest import ENGINE, packed, unpacked


def picture_of(h, w, seed=0):
    y, x = np.mgrid[0:h, 0:w] / 30
    waves = np.stack([np.sin(x + k) * np.cos(1.3 * y - k) for k in range(3)], axis=-1)
    grain = np.random.default_rng(seed).standard_normal((h, w, 3))
    return np.clip(0.5 + 0.3 * waves + 0.1 * grain, 0, 1).astype(np.float32)


def test_the_generator_draws_what_numpy_draws(ask):
    seeds = [(0,), (1,), (12345,), (2**32 - 1,), (7, 1), (0, 1)]
    jobs = [{"what": "random", "seeds": each, "count": 21} for each in seeds]
    halves = [{"what": "randomFloats", "seeds": each, "count": 21} for each in seeds]
    answers = ask(*jobs, *halves)
    for each, own, floats in zip(seeds, answers[: len(seeds)], answers[len(seeds) :], strict=True):
        seed = each if len(each) > 1 else each[0]
        assert own == np.random.default_rng(seed).random(21).tolist()
        assert floats == np.random.default_rng(seed).random(21, np.float32).astype(float).tolist()


@pytest.mark.parametrize("method", RESIZES)
def test_a_picture_is_resized_as_by_python(ask, method):
    sizes = [(37, 53), (20, 31), (64, 20), (23, 31), (1, 1), (23, 60)]
    image = picture_of(23, 31)
    answers = ask(*({"what": "resize", "picture": packed(image), "h": h, "w": w, "method": method} for h, w in sizes))
    for size, answer in zip(sizes, answers, strict=True):
        np.testing.assert_allclose(unpacked(answer), resize(image, size, method), atol=1e-6)


RECIPES = [
    *(each.recipe for each in PRESETS.values()),
    Recipe(octave_sizes=((100, 150), (200, 300)), max_loss=1e12, smoothing=0.123456789, seed=2**32 - 1),
    Recipe(octaves=0, largest=0.6, resize="bicubic"),
    Recipe(octaves=3, largest=0.6),
    Recipe(octaves=0, octave_scale=1.0),
    Recipe(epsilon=1e-5, blend=0.1 + 0.2, octave_scale=1.0000001, flip=True),
    Recipe(layers=(("conv4_2:17@0.5,0.25", -2.5), ("classes:school bus", 1.0), ("conv3_1:strongest2", 0.00001))),
    Recipe(layers=(("odd-name.~%é*", 1.0), ("conv1", 1e-7), ("conv2", 999.9)), pull=1.5, averaging=0.99),
]


def test_links_are_read_and_written_as_by_python(ask):
    written = [(recipe, to_link(recipe), to_link(recipe)) for recipe in RECIPES]
    older = ("1", "1*seed-7*jitter-3", "1*compact_eyes*steps-3")
    written += [(from_link(link), link, to_link(from_link(link))) for link in older]
    answers = ask(*({"what": "link", "link": link} for _, link, _ in written))
    for (recipe, _, link), answer in zip(written, answers, strict=True):
        assert Recipe.from_dict(answer["dict"]) == recipe
        assert answer["link"] == link
        assert answer["lacking"] == lacking(recipe)


# Of these it has nothing to obey: no cosine, no guide picture, no mask.
WITHOUT_EFFECT = {"cosine_power", "guide", "mask_softness"}


def test_its_scripts_read_every_setting_that_the_device_is_said_to_obey():
    scripts = "".join(path.read_text("utf-8") for path in ENGINE.glob("*.js"))
    assert {name for name in WHOLE if not re.search(rf"\b{name}\b", scripts)} == WITHOUT_EFFECT
    assert set(WHOLE) <= set(Recipe.settings())


LARGE = [
    (Recipe(tile_size=200, mirror=0), (240, 299), []),
    (Recipe(tile_size=200, mirror=0), (240, 300), ["tile_size"]),
    (Recipe(tile_size=200, mirror=20), (240, 270), ["tile_size"]),
    (Recipe(tile_size=200, mirror=0, octaves_above=1, octave_scale=2.0), (120, 160), ["tile_size"]),
    (Recipe(octaves_above=4, octave_scale=2.5), (240, 320), ["octaves_above"]),
    (Recipe(octave_sizes=((5000, 5000),)), (240, 320), ["octave_sizes"]),
    (Recipe(normalize="tile_std", epsilon=0.1), (240, 320), ["epsilon"]),
]


def test_what_a_photo_makes_too_large_is_not_for_the_device(ask):
    jobs = [{"what": "link", "link": to_link(recipe), "h": h, "w": w} for recipe, (h, w), _ in LARGE]
    for (recipe, size, wanted), answer in zip(LARGE, ask(*jobs), strict=True):
        assert answer["lacking"] == lacking(recipe, size) == wanted


HOSTILE = [
    "", "3", "0", "1*nobody", "1*octaves", "1*octaves-99", "1*octaves-3*octaves-4", "1*octaves-nan", "1*nothing-3",
    "1*layers-", "1*layers-conv4_2:x:y", "1*layers-conv4_2..conv4_2", "1*__proto__-1", "1*constructor-1",
    "1*layers-classes", "1*seed--1", "1*step_size-1e999", "1*flip-maybe", "1*octave_sizes-1x2x3", "x" * 3000,
    "1*layers-conv4_2%00", "1*layers-conv4_2.1@2..3", "1*max_loss-inf", "1*steps-1.5", "1**", "1*network-../x",
]  # fmt: skip


def test_a_hostile_link_is_refused_in_words_by_both(ask):
    for link, answer in zip(HOSTILE, ask(*({"what": "link", "link": each} for each in HOSTILE)), strict=True):
        with pytest.raises(DreamError):
            from_link(link)
        assert answer["error"].startswith("Error: "), (link, answer)


def test_octaves_have_the_sizes_of_python(ask):
    cases = [(recipe, size) for recipe in RECIPES for size in ((240, 321), (97, 64))]
    jobs = [{"what": "octaves", "link": to_link(recipe), "h": h, "w": w} for recipe, (h, w) in cases]
    for (recipe, size), answer in zip(cases, ask(*jobs), strict=True):
        assert [tuple(each) for each in answer["sizes"]] == list(octave_sizes(size, recipe, 32))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("lossless", [False, True])
def test_a_picture_holds_its_recipe_for_both(ask, tmp_path, format, lossless):
    recipe = Recipe(layers=(("conv4_2:17@0.5,0.25", -2.5), ("schön", 1.0)), seed=7)
    file = io.BytesIO()
    Image.fromarray((255 * picture_of(20, 31)).astype(np.uint8)).save(file, format, lossless=lossless)
    own = tmp_path / f"own.{format.lower()}"
    write_image(own, picture_of(20, 31), recipe=recipe)
    note = {"deepdream": 1, "recipe": recipe.to_dict(), "record": {"device": "wasm"}}
    taken, read = ask(
        {"what": "note", "picture": base64.b64encode(file.getvalue()).decode(), "note": note, "h": 20, "w": 31},
        {"what": "noteIn", "picture": base64.b64encode(own.read_bytes()).decode()},
    )
    written = base64.b64decode(taken["picture"])
    assert read_recipe(written) == recipe == Recipe.from_dict(taken["recipe"]) == Recipe.from_dict(read)
    with Image.open(io.BytesIO(written)) as picture, Image.open(io.BytesIO(file.getvalue())) as before:
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(before))
