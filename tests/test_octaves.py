"""The octaves' sizes against the published table, and the four carries against literal loops of the published code."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import RECIPES, picture

from deepdream.errors import RecipeError
from deepdream.images import resize, to_uint8
from deepdream.octaves import Carrier, octave_sizes, plan_octaves
from deepdream.presets import preset
from deepdream.recipe import Recipe

ROUNDINGS = Recipe.settings()["octave_rounding"].choices
CARRIES = Recipe.settings()["carry"].choices
RESIZES = Recipe.settings()["resize"].choices


def run(start, recipe, dreaming=lambda dream, octave: dream):
    """Go through all octaves; `dreaming` stands for the steps."""
    plan = plan_octaves(start.shape[:2], recipe)
    carrier = Carrier(start, plan, recipe)
    dream = None
    for octave, size in enumerate(plan.sizes):
        dream = carrier.enter(octave, dream)
        assert dream.shape == (*size, 3) and dream.dtype == np.float32
        dream = carrier.leave(octave, dreaming(dream, octave))
    return carrier.deliver(len(plan.sizes) - 1, dream, left=True)


def stepped(dream, octave):
    """Stand for the steps of an octave: in place, different in each octave, and as nonlinear as a dream."""
    pattern = np.random.default_rng(octave).random(dream.shape, np.float32)
    dream += np.float32(0.1) * (pattern - dream) * dream
    return dream


# Sizes


@given(RECIPES, st.integers(1, 9000), st.integers(1, 9000))
def test_no_recipe_that_a_stranger_sends_plans_many_octaves(recipe, height, width):
    try:
        assert 1 <= len(octave_sizes((height, width), recipe)) <= 20  # 16, and 4 above
    except RecipeError as error:
        assert "megapixels" in str(error)


@pytest.mark.parametrize("scale", [1.0, 1.0000001, 1.01])
def test_a_scale_of_hardly_more_than_one_gives_no_endless_octaves(scale):
    sizes = octave_sizes((600, 800), Recipe(octaves=0, octave_scale=scale))
    assert len(sizes) == 16 and sizes[-1] == (600, 800) and sizes == tuple(sorted(sizes))


def test_octaves_follow_from_the_size_of_the_largest_things():
    recipe = Recipe(octaves=0, largest=0.5)
    assert octave_sizes((400, 600), recipe) == ((128, 192), (179, 269), (251, 376), (400, 600))  # 351 is too near
    assert octave_sizes((600, 400), recipe) == ((192, 128), (269, 179), (376, 251), (600, 400))
    assert octave_sizes((100, 150), recipe) == ((100, 150),)


@given(st.integers(20, 400), st.integers(20, 400), st.integers(2, 8), st.floats(0.1, 2.0))
def test_a_larger_copy_of_a_photo_begins_with_the_same_octaves(height, width, factor, largest):
    recipe = Recipe(octaves=0, largest=largest)
    small = octave_sizes((height, width), recipe)
    assert octave_sizes((factor * height, factor * width), recipe)[: len(small) - 1] == small[:-1]


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("tensorflow_octaves", [(236, 355), (307, 461), (400, 600), (520, 780), (676, 1014)]),
        ("tensorflow_tutorial", [(236, 355), (307, 461), (400, 600), (520, 780), (676, 1014)]),
        ("keras_example", [(204, 306), (285, 428), (400, 600)]),
        ("keras_2017", [(204, 306), (285, 428), (400, 600)]),
        ("chollet_book", [(204, 306), (285, 428), (400, 600)]),
        ("caffe_2015", [(146, 219), (204, 306), (286, 429), (400, 600)]),
        ("tensorflow_2015", [(145, 217), (203, 305), (285, 428), (400, 600)]),
        ("hvass", [(95, 143), (137, 205), (196, 294), (280, 420), (400, 600)]),
        ("pytorch_deepdream", [(69, 103), (123, 185), (222, 333), (400, 600)]),
        ("tensorflow_simple", [(400, 600)]),
    ],
)
def test_sizes_are_those_of_the_published_code(name, sizes):
    assert octave_sizes((400, 600), preset(name)) == tuple(sizes)


def test_growing_octaves_of_the_laplacian_notebook():
    assert octave_sizes((224, 224), preset("tensorflow_2015_laplacian")) == ((224, 224), (313, 313), (438, 438))


@pytest.mark.parametrize(
    ("side", "scale", "smaller"),
    [(400, 1 / 0.7, 280), (280, 1 / 0.7, 196), (400, 1.6, 250), (230, 1.15, 200), (253, 1.1, 230), (345, 1.15, 300),
        (999, 3.0, 333)],
)  # fmt: skip
def test_noise_of_floating_point_does_not_cost_a_pixel(side, scale, smaller):
    for rounding in ROUNDINGS:
        recipe = Recipe(octaves=2, octave_scale=scale, octave_rounding=rounding)
        assert octave_sizes((side, side), recipe)[0] == (smaller, smaller)
    recipe = Recipe(octaves=1, octaves_above=1, octave_scale=side / smaller)
    assert octave_sizes((smaller, smaller), recipe)[-1] == (side, side)


@given(
    st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    st.floats(1.0, 2.0), st.integers(1, 8), st.integers(0, 2), st.sampled_from(ROUNDINGS), st.integers(1, 300),
)  # fmt: skip
def test_sizes_grow_and_hold_the_photos_own(size, scale, octaves, above, rounding, minimum):
    recipe = Recipe(octaves=octaves, octave_scale=scale, octaves_above=above, octave_rounding=rounding)
    plan = plan_octaves(size, recipe, minimum)
    assert plan.sizes[plan.own] == size == plan.photo_size
    assert len(plan.sizes) <= octaves + above
    assert all(a <= c and b <= d for (a, b), (c, d) in zip(plan.sizes, plan.sizes[1:], strict=False))
    assert all(min(each) >= minimum for each in plan.sizes if each != size)
    assert bool(plan.notes) == (len(plan.sizes) < octaves + above)


def test_octaves_below_the_smallest_size_are_left_out_with_a_note():
    plan = plan_octaves((400, 600), preset("caffe_2015").replace(min_size=210))
    assert plan.sizes == ((286, 429), (400, 600)) and plan.own == 1
    assert plan.notes == ("left out octaves of 219 x 146, 306 x 204 pixels: the smaller side needs 210.",)
    assert plan_octaves((400, 600), preset("caffe_2015"), 150).notes == (
        "left out an octave of 219 x 146 pixels: the smaller side needs 150.",
    )
    assert plan_octaves((400, 600), preset("caffe_2015").replace(min_size=50), 150).sizes[0] == (204, 306)


def test_the_photos_own_octave_is_never_left_out():
    assert plan_octaves((40, 50), Recipe(min_size=75)).sizes == ((40, 50),)
    assert plan_octaves((1, 1), Recipe(octaves=4)).sizes[-1] == (1, 1)
    assert plan_octaves((1, 5000), Recipe(octaves=3)).sizes[-1] == (1, 5000)


def test_explicit_sizes_are_taken_smallest_first():
    plan = plan_octaves((400, 600), Recipe(octave_sizes=[[500, 750], [100, 150], [200, 300]]))
    assert plan.sizes == ((100, 150), (200, 300), (500, 750)) and plan.own == 1 and not plan.notes
    plan = plan_octaves((400, 600), Recipe(octave_sizes=[[100, 150], [200, 300]]), 150)
    assert plan.sizes == ((200, 300),) and plan.notes


def test_an_octave_far_above_the_photo_is_refused():
    with pytest.raises(RecipeError, match=r"octaves_above: .* 64000 x 48000 pixels; allowed: 200 megapixels"):
        plan_octaves((3000, 4000), Recipe(octaves_above=2, octave_scale=4.0))
    with pytest.raises(RecipeError, match=r"octave_sizes: .* 15000 x 16000 pixels; .* Use smaller ones"):
        plan_octaves((300, 400), Recipe(octave_sizes=((300, 400), (16000, 15000))))
    assert plan_octaves((15_000, 20_000), Recipe(octaves=1)).sizes == (
        (15_000, 20_000),
    )  # the photo itself may be larger


# Laws of the carries


@pytest.mark.parametrize("resizing", RESIZES)
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("carry", ["detail", "reinject"])
def test_no_steps_give_the_photo_back_exactly(carry, rounding, resizing):
    for size in ((61, 47), (1, 1), (1, 90), (33, 2)):
        photo = picture(*size)
        finished = run(photo, Recipe(carry=carry, octave_rounding=rounding, resize=resizing, octaves=5))
        np.testing.assert_array_equal(to_uint8(finished), to_uint8(photo))


@pytest.mark.parametrize("carry", ["detail", "reinject"])
def test_no_steps_give_the_photo_back_when_explicit_sizes_end_below_it(carry):
    photo = picture(60, 80)
    finished = run(photo, Recipe(carry=carry, octave_sizes=[[20, 30], [41, 55]]))
    np.testing.assert_array_equal(to_uint8(finished), to_uint8(photo))


def test_resize_loses_the_photos_detail():
    photo = picture(61, 47)
    finished = run(photo, Recipe(carry="resize", octaves=3))
    assert np.abs(finished - photo).mean() > 0.1


@pytest.mark.parametrize("resizing", RESIZES)
@pytest.mark.parametrize("carry", CARRIES)
def test_the_carries_differ_once_there_are_steps(carry, resizing):
    photo = picture(61, 47)
    pictures = [run(photo, Recipe(carry=each, resize=resizing, octaves=3), stepped) for each in CARRIES]
    differences = [
        np.abs(run(photo, Recipe(carry=carry, resize=resizing, octaves=3), stepped) - each).max() for each in pictures
    ]
    assert sum(difference < 1e-6 for difference in differences) == 1


@pytest.mark.parametrize("carry", CARRIES)
def test_stopping_early_equals_the_rest_of_the_run_without_steps(carry):
    photo, recipe = picture(61, 47), Recipe(carry=carry, octaves=4)
    plan = plan_octaves(photo.shape[:2], recipe)
    for stop in range(4):
        carrier, dream = Carrier(photo, plan, recipe), None
        for octave in range(stop + 1):
            dream = stepped(carrier.enter(octave, dream), octave)
            dream = carrier.leave(octave, dream) if octave < stop else dream
        kept = dream.copy()
        rest = run(photo, recipe, lambda dream, octave, stop=stop: stepped(dream, octave) if octave <= stop else dream)
        np.testing.assert_allclose(Carrier(photo, plan, recipe).deliver(stop, dream), rest, atol=1e-6)
        np.testing.assert_array_equal(dream, kept)  # a delivered frame is not changed


@pytest.mark.parametrize("carry", CARRIES)
def test_octaves_above_the_photo_end_at_its_size(carry):
    photo, recipe = picture(40, 30), Recipe(carry=carry, octaves=2, octaves_above=2)
    for stop in range(4):
        plan = plan_octaves(photo.shape[:2], recipe)
        dream = picture(*plan.sizes[stop], seed=stop)
        assert Carrier(photo, plan, recipe).deliver(stop, dream).shape == photo.shape
    assert run(photo, recipe, stepped).shape == photo.shape


@pytest.mark.parametrize("carry", CARRIES)
def test_the_photo_is_never_written_to(carry):
    photo = picture(40, 30)
    photo.flags.writeable = False
    finished = run(photo, Recipe(carry=carry, octaves=1), stepped)
    assert finished.base is not photo and not np.shares_memory(finished, photo)


def test_blend_keeps_the_photos_share():
    photo = picture(40, 30)
    whole = run(photo, Recipe(carry="blend", blend=1.0, octaves=3), stepped)
    np.testing.assert_allclose(
        whole, np.clip(stepped(photo.copy(), 2), 0, 1), atol=1e-6
    )  # only the last octave's steps are left
    nothing = run(photo, Recipe(carry="blend", blend=0.0, octaves=3), stepped)
    assert np.abs(nothing - whole).mean() > 0.05


@pytest.mark.parametrize("rounding", ["power_int", "successive_int"])
@pytest.mark.parametrize("carry", CARRIES)
def test_carrying_needs_little_memory(carry, rounding):
    photo, recipe = picture(900, 1200), Recipe(carry=carry, octaves=5, octave_rounding=rounding)
    plan = plan_octaves(photo.shape[:2], recipe)
    tracemalloc.start()
    carrier, dream = Carrier(photo, plan, recipe), None
    for octave in range(4):
        dream = carrier.leave(octave, carrier.enter(octave, dream))
    peak_below = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    dream = carrier.enter(4, dream)
    entered = tracemalloc.get_traced_memory()[1]
    carrier.leave(4, dream)
    left = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_below < 3 * photo.nbytes  # without the photo: shrunk copies and the octave at hand
    assert entered < 3 * photo.nbytes and left < 3 * photo.nbytes  # the dream itself is one of them


# Literal loops of the published code


def zoomed(image, size):
    """Resize as the notebooks of 2015 and 2017 do."""
    ndimage = pytest.importorskip("scipy.ndimage")
    factors = (size[0] / image.shape[0], size[1] / image.shape[1], 1)
    return ndimage.zoom(image.astype(np.float64), factors, order=1)


def test_detail_is_the_loop_of_the_caffe_notebook():
    ndimage = pytest.importorskip("scipy.ndimage")
    photo = picture(57, 43)
    octaves = [photo.astype(np.float64)]
    for _ in range(3):
        octaves.append(ndimage.zoom(octaves[-1], (1.0 / 1.4, 1.0 / 1.4, 1), order=1))
    detail = np.zeros_like(octaves[-1])
    for octave, octave_base in enumerate(octaves[::-1]):
        h, w = octave_base.shape[:2]
        if octave > 0:
            h1, w1 = detail.shape[:2]
            detail = ndimage.zoom(detail, (1.0 * h / h1, 1.0 * w / w1, 1), order=1)
        source = stepped((octave_base + detail).astype(np.float32), octave)
        detail = source - octave_base
    ours = run(photo, preset("caffe_2015"), stepped)
    np.testing.assert_allclose(ours, np.clip(source, 0, 1), atol=1e-5)


def test_detail_is_the_loop_of_the_tensorflow_notebook_of_2015():
    image, recipe = picture(57, 43), preset("tensorflow_2015")
    photo, octaves = image, []
    for _ in range(3):
        hw = image.shape[:2]
        low = resize(image, (int(hw[0] / 1.4), int(hw[1] / 1.4)))
        octaves.append(image - resize(low, hw))
        image = low
    for octave in range(4):
        if octave > 0:
            high = octaves[-octave]
            image = resize(image, high.shape[:2]) + high
        image = stepped(image.copy(), octave)
    np.testing.assert_allclose(run(photo, recipe, stepped), np.clip(image, 0, 1), atol=1e-5)


@pytest.mark.parametrize(("name", "resizing"), [("keras_example", resize), ("keras_2017", zoomed)])
def test_reinject_is_the_loop_of_the_keras_examples(name, resizing):
    photo = picture(57, 43)
    shapes = [(int(57 / 1.4**i), int(43 / 1.4**i)) for i in (2, 1)] + [(57, 43)]
    image, shrunk = photo, resizing(photo, shapes[0])
    for octave, shape in enumerate(shapes):
        image = stepped(resizing(image, shape).astype(np.float32), octave)
        lost_detail = resizing(photo, shape) - resizing(shrunk, shape)
        image = image + lost_detail
        shrunk = resizing(photo, shape)
    np.testing.assert_allclose(run(photo, preset(name), stepped), np.clip(image, 0, 1), atol=1e-5)


def test_resize_is_the_loop_of_the_tensorflow_tutorial():
    photo = image = picture(57, 43)
    for octave, n in enumerate(range(-2, 3)):
        image = stepped(resize(image, (int(57 * 1.3**n), int(43 * 1.3**n))), octave)
    image = resize(image, (57, 43))
    np.testing.assert_allclose(run(photo, preset("tensorflow_octaves"), stepped), np.clip(image, 0, 1), atol=1e-5)


def test_blend_is_the_recursion_of_the_hvass_tutorial():
    ndimage = pytest.importorskip("scipy.ndimage")
    from PIL import Image

    def resized(image, size):  # values in 0..255
        small = Image.fromarray(np.uint8(np.clip(image, 0.0, 255.0))).resize(
            (size[1], size[0]), Image.Resampling.LANCZOS
        )
        return np.float32(small)

    def recursive(image, repeats):
        if repeats > 0:
            blurred = ndimage.gaussian_filter(image, sigma=(0.5, 0.5, 0.0))
            small = resized(blurred, (int(blurred.shape[0] * 0.7), int(blurred.shape[1] * 0.7)))
            result = recursive(small, repeats - 1)
            image = 0.2 * image + (1.0 - 0.2) * resized(result, image.shape[:2])
        return stepped((image / 255).astype(np.float32), repeats) * 255

    photo = picture(93, 71)  # the tutorial's own int(90 * 0.7) is 62, ours 63
    ours = run(photo, preset("hvass"), stepped)
    theirs = np.clip(recursive(photo * 255, 4) / 255, 0, 1)
    # The cut to 8 bits may fall on either side of a gray level where float32 sums differ in their last bit.
    differences = np.abs(ours - theirs)
    assert (differences > 1e-5).mean() < 0.03 and differences.max() < 4 / 255
