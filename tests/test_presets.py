"""The presets against the published numbers, typed in here a second time from the sources' tables."""

import pytest

from deepdream.errors import RecipeError
from deepdream.presets import FAMILIES, PRESETS, from_link, preset, to_link
from deepdream.presets.looks import LOOKS
from deepdream.recipe import Recipe

KERAS_2020 = {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5}
KERAS_2017 = {"mixed2": 0.2, "mixed3": 0.5, "mixed4": 2.0, "mixed5": 1.5}
BOOK = {"mixed2": 0.2, "mixed3": 3.0, "mixed4": 2.0, "mixed5": 1.5}
TENSORFLOW = {"mixed3": 1.0, "mixed5": 1.0}
LAPLACIAN = {"mixed4d_3x3_bottleneck_pre_relu:139": 1.0}

OLDER = [f"compact_{name}" for name in ("default", "temples", "animals", "eyes", "scales", "swirls", "whisper")]

# name: network, layers, octaves at or below the photo, above, scale, steps, step (and the white of its unit: 2 is an
# image on -1..1), objective, normalize, epsilon, carry, jitter, resize
PUBLISHED = {
    "caffe_2015": ("inception5h", {"mixed4c": 1.0}, 4, 0, 1.4, 10, (1.5, 255), "caffe_l2", "mean_abs", 0.0, "detail",
        32, "zoom"),
    "tensorflow_simple": ("inception_v3", TENSORFLOW, 1, 0, 1.3, 100, (0.01, 2), "mean", "std", 1e-8, "resize", 0,
        "bilinear"),
    "tensorflow_octaves": ("inception_v3", TENSORFLOW, 3, 2, 1.3, 50, (0.01, 2), "mean", "std", 1e-8, "resize", 0,
        "bilinear"),
    "tensorflow_tutorial": ("inception_v3", TENSORFLOW, 3, 2, 1.3, 100, (0.01, 2), "mean", "std", 1e-8, "resize", 512,
        "bilinear"),
    "tensorflow_2015": (
        "inception5h", {"mixed4c": 1.0}, 4, 0, 1.4, 10, (1.5, 255), "mean_square", "mean_abs", 1e-7, "detail", 512,
        "bilinear",
    ),
    "tensorflow_2015_laplacian": ("inception5h", LAPLACIAN, 1, 2, 1.4, 10, (1.0, 255), "mean", "laplacian", 1e-10,
        "resize", 512, "bilinear"),
    "keras_example": ("inception_v3", KERAS_2020, 3, 0, 1.4, 20, (0.01, 2), "keras_l2", "mean_abs_floor", 1e-6,
        "reinject", 0, "bilinear"),
    "keras_2017": ("inception_v3", KERAS_2017, 3, 0, 1.4, 20, (0.01, 2), "keras_l2", "mean_abs_floor", 1e-7,
        "reinject", 0, "zoom"),
    "chollet_book": ("inception_v3", BOOK, 3, 0, 1.4, 20, (0.01, 2), "keras_l2", "mean_abs_floor", 1e-7, "reinject",
        0, "zoom"),
    "hvass": ("inception5h_raw", {"mixed3b": 1.0}, 5, 0, 1 / 0.7, 10, (3.0, 255), "mean_square", "tile_std", 1e-8,
        "blend", 0, "lanczos"),
    "pytorch_deepdream": ("vgg16", {"block4_conv3": 1.0}, 4, 0, 1.8, 10, (0.0406800, 2), "mean_square", "std", 0.0,
        "resize", 32, "bilinear"),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_preset_holds_its_sources_numbers(name):
    (
        network,
        layers,
        octaves,
        above,
        scale,
        steps,
        (step, white),
        objective,
        normalize,
        epsilon,
        carry,
        jitter,
        resize,
    ) = PUBLISHED[name]
    recipe = preset(name)
    assert (recipe.network, dict(recipe.layers), recipe.objective) == (network, layers, objective)
    assert (recipe.octaves, recipe.octaves_above, recipe.carry, recipe.resize) == (octaves, above, carry, resize)
    assert recipe.octave_scale == pytest.approx(scale, rel=1e-15)
    assert recipe.steps == steps and recipe.step_size == pytest.approx(step * 2 / white, rel=1e-6)
    assert (recipe.normalize, recipe.epsilon, recipe.jitter) == (normalize, epsilon, jitter)
    assert (recipe.strength, recipe.keep_colors, recipe.contrast) == (1.0, 0.0, 1.0)
    assert (recipe.steps_growth, recipe.step_size_growth, recipe.optimizer, recipe.averaging) == (
        1.0,
        1.0,
        "ascent",
        0.0,
    )


def test_steps_of_255_are_converted_to_an_image_on_minus_1_to_1():
    assert preset("caffe_2015").step_size == pytest.approx(0.0117647, abs=1e-7)
    assert preset("tensorflow_2015_laplacian").step_size == pytest.approx(0.0078431, abs=1e-7)
    assert preset("hvass").step_size == pytest.approx(0.0235294, abs=1e-7)
    assert (
        0.0403 < preset("pytorch_deepdream").step_size < 0.0412
    )  # the source's own differs between red, green and blue


def test_what_only_some_sources_do():
    keras, keras_2017, book = preset("keras_example"), preset("keras_2017"), preset("chollet_book")
    assert (keras.max_loss, keras.max_loss_stop) == (15.0, "after")
    assert (keras_2017.max_loss, keras_2017.max_loss_stop) == (book.max_loss, book.max_loss_stop) == (10.0, "before")
    assert book == keras_2017.replace(layers=tuple(BOOK.items()))
    assert preset("tensorflow_tutorial").tile_size == preset("tensorflow_2015").tile_size == 512
    laplacian = preset("tensorflow_2015_laplacian")
    assert (laplacian.start, laplacian.laplacian_levels, laplacian.octave_rounding) == ("noise", 4, "successive_int")
    assert (
        preset("hvass").blend == 0.2 and preset("hvass").tile_size == 400 and preset("hvass").smoothing_mode == "color"
    )
    assert preset("pytorch_deepdream").smoothing_mode == "kernel9"


def test_the_smoothing_of_a_step_is_that_of_the_source():
    def sigma(recipe, step):
        return recipe.smoothing + recipe.smoothing_growth * step / recipe.steps

    published = [0.5, 0.9, 1.3, 1.7, 2.1, 2.5, 2.9, 3.3, 3.7, 4.1]
    assert [sigma(preset("hvass"), step) for step in range(10)] == pytest.approx(published)
    published = [(step + 1) / 10 * 2 + 0.5 for step in range(10)]
    assert [sigma(preset("pytorch_deepdream"), step) for step in range(10)] == pytest.approx(published)


def test_the_default_look_is_the_default_recipe():
    assert preset("compact_default") == Recipe()
    assert next(iter(PRESETS)) == "compact_default"


def test_every_published_preset_has_a_manner_of_version_on_the_compact_network():
    for name in PUBLISHED:
        source, manner = preset(name), preset(f"{name}_compact")
        assert manner.network == "compact" and manner.max_loss is None
        assert manner.replace(network=source.network, layers=source.layers, max_loss=source.max_loss) == source
    looks = {name for name, each in PRESETS.items() if name.startswith("compact_")}
    assert set(PRESETS) == {*PUBLISHED, *(f"{name}_compact" for name in PUBLISHED), *looks}
    assert len(looks) == 24 and all(preset(name).network == "compact" for name in looks)


def test_every_look_has_a_family_and_things_of_a_size_that_no_number_of_pixels_changes():
    assert {each.family for each in LOOKS} == set(FAMILIES) and len(FAMILIES) == 5
    for each in LOOKS:
        assert each.recipe.octaves == 0 and each.recipe.resize == "bicubic"
    published = [each for each in PRESETS.values() if each not in LOOKS]
    assert not any(each.family or each.recipe.octaves == 0 or each.recipe.balance for each in published)


@pytest.mark.parametrize("name", OLDER)
def test_names_of_older_links_are_still_looks(name):
    assert from_link(f"1*{name}*steps-3").steps == 3


def test_compact_presets_name_layers_that_the_compact_network_has():
    compact = pytest.importorskip("deepdream.networks").load_network("compact")
    for each in PRESETS.values():
        if each.recipe.network == "compact":
            for target, _ in each.recipe.layers:
                compact.layer(target.partition(":")[0])


# Of tensorflow_inception_graph.pb: what the notebooks of 2015 list.
INCEPTION5H = {"mixed3b", "mixed4c", "mixed4d_3x3_bottleneck_pre_relu"}


@pytest.mark.parametrize("name", [name for name in PUBLISHED if preset(name).network.startswith("inception5h")])
def test_presets_name_layers_of_inception5h(name):
    assert {target.partition(":")[0] for target, _ in preset(name).layers} <= INCEPTION5H


@pytest.mark.slow
@pytest.mark.parametrize("network", ["inception_v3", "vgg16"])
def test_presets_name_layers_that_their_networks_have(network):
    loaded = pytest.importorskip("deepdream.networks").load_network(network, weights=None)
    presets = [each for each in PRESETS.values() if each.recipe.network == network]
    assert presets
    for each in presets:
        for target, _ in each.recipe.layers:
            loaded.layer(target.partition(":")[0])


def test_every_preset_is_described():
    titles = [each.title for each in PRESETS.values()]
    assert len(set(titles)) == len(titles)
    for name, each in PRESETS.items():
        assert (
            each.name == name and each.sentence.endswith(".") and 20 < len(each.sentence) < 160 and len(each.title) < 40
        )


def test_an_unknown_preset_is_refused_with_the_nearest():
    with pytest.raises(RecipeError, match="'keras_exampel' is not a preset; nearest: keras_example"):
        preset("keras_exampel")


@pytest.mark.parametrize("name", PRESETS)
def test_a_link_names_the_preset_and_what_differs(name):
    assert from_link(to_link(preset(name))) == preset(name)
    assert len(to_link(preset(name))) <= len(f"2*{name}")
    changed = preset(name).replace(steps=31, step_size=0.02, octave_scale=1.37)
    assert from_link(to_link(changed)) == changed and len(to_link(changed)) < 130


def test_a_link_is_written_where_any_text_of_it_is_short_enough():
    """Each preset gives another text, of which most may be longer than a link can be."""
    many = tuple((f"conv4_2:{number}@0.1234567,0.7654321", 1.2345) for number in range(64))
    recipe = next(each for each in (Recipe(layers=many[:count]) for count in range(40, 64)) if _length(each) > 1950)
    assert _length(recipe) <= 2000 < len(f"2*{max(PRESETS, key=len)}*") + _length(recipe)
    assert from_link(to_link(recipe)) == recipe
    with pytest.raises(RecipeError, match="2000"):
        to_link(Recipe(layers=many))


def _length(recipe):
    try:
        return len(recipe.to_query())
    except RecipeError:
        return 9999
