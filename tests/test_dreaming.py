"""The stream of frames: its laws, its edges, and that every setting matters."""

import dataclasses
import itertools
import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from tiny import photo, tiny_network

from deepdream import dreaming, gradients
from deepdream.dreaming import deliver, dream
from deepdream.engine import compile as engine
from deepdream.engine.graph import Graph
from deepdream.errors import ImageError, LayerError, NetworkError, RecipeError
from deepdream.finishing import finish
from deepdream.images import Photo, read_image, resize, to_uint8
from deepdream.networks import load_network
from deepdream.objectives.aims import from_recipe
from deepdream.presets import preset
from deepdream.recipe import Recipe

TINY = tiny_network()
ASSETS = Path(__file__).parents[1] / "assets"
RECIPE = Recipe(layers=(("third", 1.0),), octaves=3, steps=2, steps_growth=1.0, jitter=4, objective="mean_square")


def dreamed(recipe=RECIPE, picture=None, **about):
    return list(dream(photo() if picture is None else picture, recipe, network=TINY, precision="fp32", **about))


# The stream


def test_a_stream_goes_through_octaves_and_steps_and_ends_once():
    frames = dreamed()
    assert [(frame.octave, frame.step) for frame in frames] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]
    assert [frame.is_last for frame in frames] == [False] * 5 + [True]
    assert {(frame.octaves, frame.steps) for frame in frames} == {(3, 2)}
    assert [frame.image.shape[:2] for frame in frames[::2]] == [(20, 24), (28, 34), (40, 48)]
    progress = [frame.progress for frame in frames]
    assert progress == sorted(progress) and progress[-1] == 1.0 and progress[0] == pytest.approx(480 / 2 / 3352)
    seconds = [frame.seconds for frame in frames]
    assert seconds == sorted(seconds) and seconds[0] > 0
    for frame in frames:
        assert frame.image.dtype == np.float32 and frame.image.min() >= 0 and frame.image.max() <= 1
        assert frame.loss == pytest.approx(sum(frame.losses.values())) and list(frame.losses) == ["third"]
        with pytest.raises(dataclasses.FrozenInstanceError):
            frame.step = 3


def test_the_loss_rises_within_an_octave():
    frames = dreamed(RECIPE.replace(octaves=1, steps=4))
    assert frames[-1].loss > frames[0].loss


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not():
    first, second = dreamed()[-1].image, dreamed()[-1].image
    assert first.tobytes() == second.tobytes()
    assert dreamed(RECIPE.replace(seed=1))[-1].image.tobytes() != first.tobytes()


@pytest.mark.parametrize("every", [2, 3, 100])
def test_every_only_thins_the_stream(every):
    recipe = RECIPE.replace(steps=4, steps_growth=1.0)
    all_frames = {(frame.octave, frame.step): frame for frame in dreamed(recipe)}
    thinned = dreamed(recipe, every=every)
    assert [frame.octave for frame in thinned if frame.step == 4] == [1, 2, 3]
    for frame in thinned:
        assert frame.image.tobytes() == all_frames[frame.octave, frame.step].image.tobytes()


def test_frames_share_no_memory():
    frames = dreamed()
    before = [frame.image.copy() for frame in frames]
    for index, frame in enumerate(frames):
        assert not any(np.shares_memory(frame.image, other.image) for other in frames[index + 1 :])
    stream = dream(photo(), RECIPE, network=TINY, precision="fp32")
    for frame, expected in zip(stream, before, strict=True):
        np.testing.assert_array_equal(frame.image, expected)
        frame.image[:] = 0.5  # whoever gets a frame may do with it what they like


def test_the_photo_is_never_changed():
    for recipe in (RECIPE, RECIPE.replace(octaves=1), RECIPE.replace(carry="reinject"), RECIPE.replace(steps=0)):
        picture = photo()
        dreamed(recipe, picture)
        np.testing.assert_array_equal(picture, photo())


def test_a_photo_is_dreamed_like_its_pixels():
    picture = photo()
    from_photo = dreamed(picture=Photo(picture, np.ones((40, 48), np.float32)))[-1].image
    np.testing.assert_array_equal(from_photo, dreamed()[-1].image)
    eight_bits = to_uint8(picture)
    np.testing.assert_array_equal(
        dreamed(picture=eight_bits)[-1].image, dreamed(picture=eight_bits.astype("f") / np.float32(255))[-1].image
    )


def test_closing_stops_within_a_step(monkeypatch):
    taken = []
    measure = dreaming.Ascent.measure
    monkeypatch.setattr(dreaming.Ascent, "measure", lambda self: taken.append(1) or measure(self))
    stream = dream(photo(), RECIPE.replace(steps=50), network=TINY)
    for _ in range(3):
        next(stream)
    stream.close()
    assert len(taken) == 3
    with pytest.raises(StopIteration):
        next(stream)


def test_a_second_dream_of_another_size_traces_nothing_anew(monkeypatch):
    dreamed(RECIPE)
    traced = []
    trace = engine._traced
    monkeypatch.setattr(engine, "_traced", lambda *about: traced.append(1) or trace(*about))
    dreamed(RECIPE.replace(layers=(("third", -2.0),), octave_scale=1.2, steps=1, seed=5), photo(33, 57, seed=2))
    assert not traced


# Checks come at once


@pytest.mark.parametrize(
    ("changes", "about", "error", "message"),
    [
        ({}, {"every": 0}, RecipeError, "every: received 0; allowed: whole numbers from 1."),
        ({}, {"every": 1.5}, RecipeError, "every: received 1.5"),
        ({}, {"precision": "fp8"}, NetworkError, 'precision is "fp8"'),
        ({"layers": (("thrid", 1.0),)}, {}, LayerError, '"thrid" is not a layer of tiny; nearest: third'),
        ({}, {"mask": np.zeros((3, 3, 3))}, ImageError, "a mask is an array (h, w), received the shape (3, 3, 3)"),
        ({}, {"mask": np.full((3, 3), 255.0)}, ImageError, "a mask lies in 0..1, received 255 to 255"),
        ({}, {"guide": np.zeros((3, 3, 2))}, ImageError, "received the shape (3, 3, 2)"),
        ({}, {"picture": np.full((9, 9, 3), np.nan)}, ImageError, "a float picture lies in 0..1"),
        ({}, {"picture": photo()[None]}, ImageError, "leave out a batch axis"),
    ],
)
def test_mistakes_are_told_before_the_first_frame(changes, about, error, message):
    picture = about.pop("picture", photo()) if "picture" in about else photo()
    with pytest.raises(error) as caught:
        dream(picture, RECIPE.replace(**changes), network=TINY, **about)
    assert message in str(caught.value)


def test_the_recipes_network_is_loaded_where_none_is_given():
    with pytest.raises(NetworkError, match="no_such_network"):
        dream(photo(), Recipe(network="no_such_network"))
    frame = next(dream(photo(), Recipe(octaves=1, steps=1)))
    assert frame.is_last and list(frame.losses) == [name for name, _ in Recipe().layers]


# Steps, octaves and the loss's limit


@pytest.mark.parametrize("carry", Recipe.settings()["carry"].choices)
def test_no_steps_give_the_photo_back_where_its_detail_is_carried(carry):
    frames = dreamed(RECIPE.replace(steps=0, carry=carry))
    assert [frame.step for frame in frames] == [0, 0, 0] and frames[-1].is_last
    assert {(frame.loss, tuple(frame.losses)) for frame in frames} == {(None, ())}
    same = np.array_equal(to_uint8(frames[-1].image), to_uint8(photo()))
    assert same == (carry in ("detail", "reinject"))


def test_steps_and_their_size_grow_by_octave():
    frames = dreamed(RECIPE.replace(steps=2, steps_growth=1.5))
    assert [frame.steps for frame in frames if frame.step == frame.steps] == [2, 3, 4]
    one_step = RECIPE.replace(octaves=2, steps=1, carry="detail", jitter=0, step_size=0.01, step_size_growth=3.0)
    plain = one_step.replace(step_size_growth=1.0)

    def change(recipe):
        small, large = dreamed(recipe)
        assert recipe.octaves == 2
        return np.std(small.image), np.std(large.image - photo())

    assert change(one_step)[0] == change(plain)[0]  # the first octave's size is not grown
    assert change(one_step)[1] > 2 * change(plain)[1]


@pytest.mark.parametrize("stop", ["after", "before"])
def test_an_octave_ends_where_the_loss_passes_its_limit(stop):
    free = dreamed(RECIPE.replace(octaves=2, steps=6))
    losses = [frame.loss for frame in free if frame.octave == 1]
    limit = (losses[2] + losses[3]) / 2  # passed when the fourth loss is seen
    frames = dreamed(RECIPE.replace(octaves=2, steps=6, max_loss=limit, max_loss_stop=stop))
    taken = max(frame.step for frame in frames if frame.octave == 1)
    assert taken == {"after": 4, "before": 3}[stop]
    assert frames[-1].is_last and frames[-1].octave == 2


def test_a_limit_below_the_first_loss_leaves_the_photo():
    frames = dreamed(RECIPE.replace(max_loss=-1.0, max_loss_stop="before"))
    assert len(frames) == 3
    np.testing.assert_array_equal(to_uint8(frames[-1].image), to_uint8(photo()))


# Edges


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (5, 70)])
def test_pictures_smaller_than_the_network_are_dreamed_at_their_size(size):
    frames = dreamed(RECIPE, photo(*size))
    assert frames[-1].image.shape == (*size, 3) and np.isfinite(frames[-1].image).all()
    assert len({frame.octave for frame in frames}) == 1  # smaller octaves than the network takes are left out


def test_a_one_pixel_picture_on_the_compact_network():
    last = list(dream(photo(1, 1), Recipe(steps=2), precision="fp32"))[-1]
    assert last.image.shape == (1, 1, 3) and np.isfinite(last.image).all()


def test_a_constant_picture_is_dreamed_without_nan():
    for carry in Recipe.settings()["carry"].choices:
        last = dreamed(RECIPE.replace(carry=carry), np.full((20, 24, 3), 0.5, np.float32))[-1]
        assert np.isfinite(last.image).all()


@pytest.mark.parametrize("normalize", Recipe.settings()["normalize"].choices)
def test_a_dead_layer_leaves_the_photo(normalize):
    """A layer that never answers, and one that counts nothing, give no gradient, which no rule may blow up."""
    operations = []
    for each in TINY.graph.operations:
        if each.name == "third_pre_relu":
            each = dataclasses.replace(each, kernel=0 * each.kernel, bias=0 * each.bias - 1)
        operations.append(each)
    dead = dataclasses.replace(TINY, graph=Graph(tuple(operations)))
    recipe = RECIPE.replace(normalize=normalize, epsilon=0.0)
    for network, weight in ((dead, 1.0), (TINY, 0.0)):
        *_, last = dream(photo(), recipe.replace(layers=(("third", weight),)), network=network)
        np.testing.assert_array_equal(to_uint8(last.image), to_uint8(photo()))
        assert last.loss == 0.0


def test_octaves_above_the_photo_come_back_to_its_size():
    frames = dreamed(RECIPE.replace(octaves=1, octaves_above=1, carry="resize"))
    assert [frame.image.shape[:2] for frame in frames] == [(40, 48), (40, 48), (56, 67), (40, 48)]


# Delivery


@pytest.mark.parametrize("carry", Recipe.settings()["carry"].choices)
def test_any_frame_is_delivered_at_the_photos_size(carry):
    recipe = RECIPE.replace(carry=carry, strength=0.8)
    for frame in dreamed(recipe):
        image = deliver(frame, photo(), recipe)
        assert image.shape == (40, 48, 3) and image.min() >= 0 and image.max() <= 1
        if frame.is_last:
            assert image is frame.image


def test_delivery_puts_back_the_detail_that_no_octave_has_put_back_yet():
    first = dreamed(RECIPE.replace(steps=0))[0]
    np.testing.assert_array_equal(to_uint8(deliver(first, photo(), RECIPE)), to_uint8(photo()))
    by_hand = dataclasses.replace(first, plan=None)
    np.testing.assert_array_equal(deliver(by_hand, photo(), RECIPE), resize(first.image, (40, 48), RECIPE.resize))


def test_delivery_keeps_to_the_mask():
    mask = np.zeros((40, 48), np.uint8)
    mask[:20] = 255
    recipe = RECIPE.replace(carry="resize")
    for frame in dreamed(recipe, mask=mask):
        image = deliver(frame, photo(), recipe)
        np.testing.assert_array_equal(image[20:], photo()[20:])


def test_a_mask_of_another_size_is_brought_to_the_photos():
    mask = np.zeros((20, 24), bool)
    mask[:, 12:] = True
    image = dreamed(mask=mask)[-1].image
    np.testing.assert_array_equal(image[:, :22], photo()[:, :22])
    assert (image[:, 26:] != photo()[:, 26:]).mean() > 0.9


def test_a_raw_dream_is_finished_once_by_whoever_has_it():
    mask = np.zeros((40, 48), np.float32)
    mask[:20] = 1.0
    recipe = RECIPE.replace(mask_softness=12.0, strength=0.7, contrast=1.2, keep_colors=0.3)
    raw = dreamed(recipe, mask=mask, raw=True)[-1]
    np.testing.assert_array_equal(finish(raw.image, photo(), recipe, mask), dreamed(recipe, mask=mask)[-1].image)
    assert deliver(raw, photo(), recipe) is raw.image
    first = dreamed(recipe, mask=mask)[0]
    np.testing.assert_array_equal(
        finish(deliver(first, photo(), recipe, raw=True), photo(), recipe, mask), deliver(first, photo(), recipe)
    )


# A dream that goes on from one of its frames

ELSEWHERE = [
    *({"carry": carry} for carry in ("detail", "resize", "reinject", "blend")),
    {"octave_rounding": "successive_int"}, {"resize": "lanczos"}, {"start": "noise"}, {"tile_size": 16},
    {"octaves_above": 1}, {"normalize": "laplacian", "smoothing": 1.0, "smoothing_growth": 3.0},
    {"objective": "caricature"}, {"max_loss": 0.02, "max_loss_stop": "after"},
    {"max_loss": 0.02, "max_loss_stop": "before"},
]  # fmt: skip


@pytest.mark.parametrize("changes", ELSEWHERE, ids=str)
def test_a_dream_goes_on_from_any_frame_as_if_nothing_had_happened(changes):
    recipe = RECIPE.replace(steps=3, steps_growth=1.0, rotate=5.0, **changes)
    mask = np.zeros((40, 48), np.float32)
    mask[5:] = 1.0
    frames = dreamed(recipe, mask=mask)
    assert recipe.max_loss is None or 0 < len(frames) < 9, "the limit has to be met"
    for frame in frames[:-1]:
        posted = pickle.loads(pickle.dumps(frame))  # as to another process
        rest = dreamed(recipe, mask=mask, resume=posted)
        assert rest[-1].image.tobytes() == frames[-1].image.tobytes()
        assert rest[-1].losses == frames[-1].losses and rest[-1].step == frames[-1].step
        assert rest[0].seconds > frame.seconds


@pytest.mark.parametrize("hidden", [{"optimizer": "adam"}, {"averaging": 0.5}, {"parametrization": "fourier"}], ids=str)
def test_what_a_picture_does_not_tell_is_gone_on_with_at_an_octaves_end_alone(hidden):
    recipe = RECIPE.replace(**hidden)
    frames = dreamed(recipe)
    ends = [frame for frame in frames[:-1] if frame.ends_octave]
    assert [frame.step for frame in ends] == [2, 2]
    for frame in ends:
        assert dreamed(recipe, resume=frame)[-1].image.tobytes() == frames[-1].image.tobytes()
    with pytest.raises(RecipeError, match=r"resume: with .* received step 1 of octave 1; keep that frame, or begin"):
        dreamed(recipe, resume=frames[0])


def test_a_frame_of_another_dream_is_refused():
    frames = dreamed()
    with pytest.raises(RecipeError, match="resume: the frame is the last one"):
        dreamed(resume=frames[-1])
    with pytest.raises(RecipeError, match="resume: the frame is not of a dream with this photo's size"):
        dreamed(RECIPE.replace(octaves=2), resume=frames[0])
    with pytest.raises(RecipeError, match="resume: the frame is not of a dream"):
        dreamed(resume=dataclasses.replace(frames[0], chance=None))


# Every setting changes the picture

BASE = Recipe(layers=(("third", 1.0),), octaves=2, steps=3, step_size=0.03, jitter=2)
# setting: (value, what else must be set for it to mean something)
CHANGES = {
    "network": ("compact", {"layers": (("conv2", 1.0),)}),
    "layers": ((("second", 1.0),), {}),
    "objective": ("mean", {}),
    "cosine_power": (4.0, {"objective": "direction"}),
    "guide": ("dot", {}),
    "balance": (False, {"layers": (("first", 1.0), ("third", 1.0))}),
    "total_variation": (20.0, {}),
    "pull": (5.0, {}),
    "octaves": (3, {}),
    "largest": (2.0, {"octaves": 0}),
    "octave_scale": (1.6, {}),
    "octaves_above": (1, {}),
    "octave_rounding": ("power_round", {}),
    "min_size": (35, {}),
    "octave_sizes": (((25, 30), (40, 48)), {}),
    "carry": ("resize", {}),
    "blend": (0.7, {"carry": "blend"}),
    "resize": ("zoom", {}),
    "steps": (4, {}),
    "step_size": (0.05, {}),
    "steps_growth": (2.0, {}),
    "step_size_growth": (2.0, {}),
    "headroom": (0.4, {}),
    "optimizer": ("adam", {}),
    "averaging": (0.9, {}),
    "max_loss": (1e-3, {}),
    "max_loss_stop": ("before", {"max_loss": 1e-3}),
    "normalize": ("mean_abs", {}),
    "epsilon": (1e-3, {}),
    "smoothing": (1.0, {}),
    "smoothing_growth": (3.0, {"smoothing": 0.5}),
    "smoothing_mode": ("channels", {"smoothing": 1.0}),
    "laplacian_levels": (2, {"normalize": "laplacian"}),
    "jitter": (7, {}),
    "pad": (6, {"mirror": 0}),
    "mirror": (6, {}),
    "tile_size": (16, {}),
    "rotate": (10.0, {}),
    "zoom_jitter": (0.2, {}),
    "flip": (True, {}),
    "start": ("noise", {}),
    "parametrization": ("fourier", {}),
    "decorrelate": (True, {}),
    "strength": (0.5, {}),
    "keep_colors": (0.5, {}),
    "contrast": (1.5, {}),
    "mask_softness": (8.0, {}),
    "seed": (9, {}),
}


@pytest.mark.parametrize("name", Recipe.settings())
def test_every_setting_changes_the_picture(name):
    value, also = CHANGES[name]  # a KeyError here: a new setting wants an entry, and an effect
    about = {}
    if name == "guide":
        about["guide"] = photo(seed=3)
    if name == "mask_softness":
        about["mask"] = np.repeat(np.arange(48)[None] < 24, 40, axis=0)

    def picture(recipe, network):
        return list(dream(photo(), recipe, network=network, precision="fp32", **about))[-1].image

    recipe = BASE.replace(**also)
    if name == "network":  # which a given network goes before
        assert not np.array_equal(picture(recipe.replace(network=value), None), picture(BASE, TINY))
        return
    changed = picture(recipe.replace(**{name: value}), TINY)
    assert np.abs(changed - picture(recipe, TINY)).max() > 1 / 255


# What must be set beside a choice for all of its values to mean something.
CHOICES = {name: CHANGES[name][1] for name, setting in Recipe.settings().items() if setting.choices}
CHOICES["octave_rounding"] = {"octaves": 4, "octave_scale": 1.55}  # at which all four ways give other sizes
CHOICES["objective"] = {  # of one layer, or of several in balance, some are mere factors; keras_l2 leaves out an edge
    "layers": (("second", -1.0), ("third", 1.5)), "balance": False, "mirror": 0, "step_size": 0.06,
}  # fmt: skip
CHOICES["normalize"] = {"epsilon": 1e-4, "tile_size": 16}  # of the size that the gradient has
CHOICES["start"] = {"steps": 1}


@pytest.mark.parametrize("name", CHOICES)
def test_every_value_of_a_choice_gives_its_own_picture(name):
    about = {"guide": photo(seed=3)} if name == "guide" else {}
    pictures = {}
    for value in Recipe.settings()[name].choices:
        recipe = BASE.replace(**{**CHOICES[name], name: value})
        pictures[value] = list(dream(photo(), recipe, network=TINY, precision="fp32", **about))[-1].image
    for one, other in itertools.combinations(pictures, 2):
        assert np.abs(pictures[one] - pictures[other]).max() > 1 / 255, f"{one} and {other} give one picture"


def test_no_change_is_listed_for_a_setting_that_is_gone():
    assert set(CHANGES) == set(Recipe.settings())


# Memory


@pytest.mark.parametrize(("mirror", "arrays"), [(0, 6), (16, 7)])
@pytest.mark.slow
def test_a_large_photo_is_held_in_at_most_six_arrays(monkeypatch, mirror, arrays):
    """The photo, the dream, its gradient, the treated one, the frame that the consumer holds, and a tile.

    With a mirrored margin also the dream continued by it.
    """
    monkeypatch.setattr(gradients, "BAND_PIXELS", 2**15)  # as small beside this photo as the real one is beside 40 MP
    tracemalloc.start()
    try:
        large = Photo(photo(600, 800))
        tracemalloc.reset_peak()
        for frame in dream(
            large,
            RECIPE.replace(octaves=2, tile_size=256, mirror=mirror),
            network=TINY,
            precision="fp32",
        ):
            assert frame.image.size
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= arrays * large.pixels.nbytes  # what TensorFlow holds, a tile or a band at a time, is not counted


@pytest.mark.long
def test_twelve_megapixels_on_the_compact_network_stay_under_six_gibibytes():
    code = (
        "import re, numpy as np; from deepdream import Recipe, dream; "
        "photo = np.random.default_rng(0).random((3000, 4000, 3), np.float32); "
        "[None for _ in dream(photo, Recipe(octaves=2, octave_scale=3.0, steps=1))]; "
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # It took 2.3 when this was written. ru_maxrss would begin with what this process held when it started the other.
    assert int(done.stdout.split()[-1]) / 2**20 < 6.0


# bf16


@pytest.mark.parametrize("name", ["compact_default", "compact_animals", "keras_example_compact", "hvass_compact"])
@pytest.mark.slow
def test_a_dream_in_bf16_reaches_what_one_in_fp32_reaches(name):
    """Within 2 % of the objective, which is evaluated in fp32 for both."""
    recipe, network = preset(name), load_network("compact")
    cat = resize(read_image(ASSETS / "cat.jpg").pixels, (120, 160), "lanczos")
    aim = from_recipe(recipe, network, cat, precision="fp32")
    function = engine.compile_gradient(network, aim.objective, precision="fp32")

    def reached(image):
        losses, _ = function(network.to_input(image)[None], aim.targets)
        return float(sum(losses.values()))

    in_bf16, in_fp32 = (
        reached(list(dream(cat, recipe, network=network, precision=precision, every=10_000))[-1].image)
        for precision in ("bf16", "fp32")
    )
    assert in_fp32 > 1.3 * reached(cat)  # both went somewhere
    assert in_bf16 >= 0.98 * in_fp32
