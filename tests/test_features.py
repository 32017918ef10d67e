"""Feature maps, their ranking and pictures, the color map, and the views that help to choose."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from networks.test_imagenet import built, keras_values, some
from scipy.special import softmax
from tiny import LABELS, kernels, photo, tiny_network

from deepdream.errors import ImageError, LayerError, NetworkError, RecipeError
from deepdream.frames import Frame, LossTrace
from deepdream.images import resize
from deepdream.inspection.colormap import color_table, colorize
from deepdream.inspection.contact_sheet import Cell, contact_sheet
from deepdream.inspection.maps import FeatureMaps, feature_maps
from deepdream.inspection.views import grad_cam, histograms, top_classes
from deepdream.networks import load_network

TINY = tiny_network()


@pytest.fixture(scope="module")
def maps():
    return feature_maps(photo(), TINY, "third")


def keras_tiny():
    """Return the tiny network built again, in Keras."""
    arrays = kernels()
    x = keras.Input((None, None, 3))
    values = {}
    y = x
    for name, stride in (("first", 1), ("second", 2), ("third", 1)):
        count = arrays[f"{name}/bias"].size
        y = keras.layers.Conv2D(count, 3, stride, "same", activation="relu", name=name)(y)
        values[name] = y
    model = keras.Model(x, values)
    for name in values:
        model.get_layer(name).set_weights([arrays[f"{name}/kernel"], arrays[f"{name}/bias"]])
    return model


@pytest.mark.parametrize("size", [(20, 24), (20, 40)])
def test_maps_and_classes_of_a_photo_below_the_smallest_size_lie_on_it(size):
    compact = load_network("compact")
    small = photo(*size, seed=3)
    whole = np.pad(small, [(0, max(0, 32 - size[0])), (0, max(0, 32 - size[1])), (0, 0)], "symmetric")
    maps, of_whole = feature_maps(small, compact, "conv3_1"), feature_maps(whole, compact, "conv3_1")
    expected = resize(of_whole.maps, whole.shape[:2])[: size[0], : size[1]]
    np.testing.assert_allclose(maps.maps, expected, atol=1e-5)
    assert maps.picture(3).shape == small.shape
    np.testing.assert_allclose(maps.strengths((1.0, 1.0)), expected[-1, -1], atol=1e-5)  # the photo's own corner
    heat = resize(grad_cam(whole, compact, "conv4_2", 7), whole.shape[:2])[: size[0], : size[1]]
    np.testing.assert_allclose(grad_cam(small, compact, "conv4_2", 7), heat, atol=1e-4 * max(1.0, heat.max()))


def test_maps_of_the_tiny_network_equal_those_of_keras():
    expected = keras_tiny()(TINY.to_input(photo())[None])
    for name, value in expected.items():
        np.testing.assert_allclose(feature_maps(photo(), TINY, name).maps, value[0], rtol=0, atol=1e-4)


def test_maps_equal_those_of_the_keras_model():
    """Of one network: that the layers of all have Keras's values, tests/networks/test_imagenet.py shows."""
    made, image = built("vgg19"), photo(96, 128, seed=3)
    layers = some([layer.name for layer in made.network.layers], 5)
    expected = keras_values(made, made.network.to_input(image)[None], layers)
    for layer in layers:
        found, wanted = feature_maps(image, made.network, layer).maps, np.asarray(expected[layer])[0]
        # Root mean square: in a deep network with random weights a few places of many thousands differ a little more.
        assert np.sqrt(np.mean((found - wanted) ** 2)) <= 1e-4 * max(1.0, float(np.abs(wanted).max())), layer
        assert np.abs(found - wanted).max() <= 1e-3 * max(1.0, float(np.abs(wanted).max())), layer


def test_ranking_equals_numpys(maps):
    means = maps.maps.reshape(-1, maps.maps.shape[-1]).mean(axis=0)
    alive = int((means > 0).sum())
    np.testing.assert_array_equal(maps.ranking(), np.argsort(-means, kind="stable")[:alive])


def test_ranking_at_a_place_reads_that_place(maps):
    h, w, _ = maps.maps.shape
    for x, y, row, column in ((0.0, 0.0, 0, 0), (1.0, 1.0, h - 1, w - 1), (0.5, 0.25, h // 4, w // 2)):
        there = maps.maps[row, column]
        expected = [channel for channel in np.argsort(-there, kind="stable") if there[channel] > 0]
        assert maps.ranking((x, y)).tolist() == expected


def test_a_place_outside_the_picture_is_refused(maps):
    with pytest.raises(RecipeError, match="outside the picture"):
        maps.ranking((0.5, 1.5))


def test_a_channel_is_shown_at_the_photos_size(maps):
    strongest = int(maps.ranking()[0])
    picture = maps.picture(strongest)
    assert picture.shape == maps.photo.shape
    peak = np.unravel_index(np.argmax(maps.maps[..., strongest]), maps.maps.shape[:2])
    assert picture[2 * peak[0], 2 * peak[1]].sum() > picture.sum(axis=-1).mean()


def test_over_the_photo_the_photo_shows_where_the_channel_responds(maps):
    strongest = int(maps.ranking()[0])
    over = maps.picture(strongest, over=1.0)
    assert over.max() <= 1.0
    np.testing.assert_array_less(over, maps.photo + 1e-6)  # dimmed, never brighter
    assert not np.allclose(maps.picture(strongest, over=0.5), over)


def test_an_unknown_channel_names_those_there_are(maps):
    with pytest.raises(LayerError, match="third has the channels 0 to 9, received 10"):
        maps.picture(10)


def test_an_unknown_layer_names_the_nearest():
    with pytest.raises(LayerError, match='"thirt" is not a layer of tiny; nearest: third'):
        feature_maps(photo(), TINY, "thirt")


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageError, match="shape"):
        feature_maps(np.zeros((2, 2, 2, 3), np.float32), TINY, "third")


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (33, 7)])
def test_pictures_of_odd_sizes_have_maps(size):
    maps = feature_maps(photo(*size), TINY, "second")
    assert np.isfinite(maps.maps).all()
    assert maps.picture(0).shape == (*size, 3)


def test_a_shared_scale_gives_one_color_one_meaning(maps):
    own, shared = maps.sheet(scale="own"), maps.sheet(scale="shared")
    assert own.shape == shared.shape
    assert own.mean() > shared.mean()  # each channel reaches the lightest color on its own scale only
    with pytest.raises(RecipeError, match="allowed: own, shared"):
        maps.sheet(scale="log")


def test_a_place_changes_the_sheet(maps):
    assert not np.array_equal(maps.sheet(4, place=(0.1, 0.9)), maps.sheet(4, place=(0.9, 0.2)))


def test_a_layer_that_never_responds_has_an_empty_sheet():
    silent = FeatureMaps("silent", photo(), np.zeros((4, 5, 3), np.float32))
    assert silent.ranking().size == 0
    assert np.isfinite(silent.sheet()).all()
    assert silent.picture(1).max() < 0.1


def test_a_sheet_lays_tiles_out_in_rows():
    tiles = [Cell(np.full((6, 8, 3), level, np.float32)) for level in (0.2, 0.4, 0.6)]
    sheet = contact_sheet(tiles, side=8, columns=2)
    assert sheet.shape == (4 + 2 * (6 + 4), 4 + 2 * (8 + 4), 3)
    for x, y, level in ((5, 5, 0.2), (17, 5, 0.4), (5, 15, 0.6)):
        assert sheet[y, x, 0] == pytest.approx(level, abs=1 / 255)


def test_lightness_rises_evenly_along_the_color_map():
    table = color_table().astype(np.float64)
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    to_cone = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                        [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    lightness = np.cbrt(linear @ to_cone.T) @ [0.2104542553, 0.7936177850, -0.0040720468]  # Ottosson's OKLab
    np.testing.assert_allclose(lightness, np.linspace(0.12, 0.97, 256), atol=0.01)


def test_colors_take_numbers_of_any_shape_and_clip():
    assert colorize(np.zeros((2, 3, 4))).shape == (2, 3, 4, 3)
    np.testing.assert_array_equal(colorize(np.array([-5.0, 7.0])), color_table()[[0, -1]])
    np.testing.assert_array_equal(colorize(np.array([3.0]), 3.0, 3.0), color_table()[[0]])


# Views


def test_classes_are_those_of_the_logits():
    logits = feature_maps(photo(16, 16), TINY, "classes").maps.reshape(-1)
    odds = softmax(logits.astype(np.float64))
    named = top_classes(photo(16, 16), TINY, k=5)
    assert [label for label, _ in named] == [LABELS[k] for k in np.argsort(-odds)]
    np.testing.assert_allclose([share for _, share in named], sorted(odds, reverse=True), atol=1e-5)


def test_a_network_without_labels_names_nothing():
    import dataclasses

    with pytest.raises(NetworkError, match="no labels"):
        top_classes(photo(), dataclasses.replace(TINY, labels=()))


def test_grad_cam_of_the_last_layer_is_a_weighted_sum_by_the_class_weights():
    """Behind the last maps stand a mean and a dense layer, so the gradient is known without any tape."""
    a = feature_maps(photo(), TINY, "third").maps
    weights = kernels()["classes/kernel"][0, 0, :, 2] / a[..., 0].size
    np.testing.assert_allclose(grad_cam(photo(), TINY, "third", 2), np.maximum(a @ weights, 0), atol=1e-6)


def test_grad_cam_of_an_earlier_layer_equals_central_differences():
    from deepdream.engine.compile import run
    from deepdream.engine.graph import Graph

    image, label = photo(12, 12), LABELS.index("cliff")
    a = feature_maps(image, TINY, "second").maps
    operations = TINY.graph.operations
    rest = Graph(operations[[each.name for each in operations].index("second") + 1 :])

    def logit(values):
        return float(run(rest, {"second": tf.constant(values[None], tf.float32)})["classes"][0, 0, 0, label])

    slopes = []
    for channel in range(a.shape[-1]):
        shift = np.zeros(a.shape[-1])
        shift[channel] = 1e-2
        slopes.append((logit(a + shift) - logit(a - shift)) / 2e-2 / a[..., 0].size)  # all places at once
    np.testing.assert_allclose(grad_cam(image, TINY, "second", "Cliff"), np.maximum(a @ np.array(slopes), 0), atol=2e-5)


def test_grad_cam_refuses_what_does_not_lead_to_a_class():
    with pytest.raises(LayerError, match="do not depend"):
        grad_cam(photo(), TINY, "classes", 0)
    with pytest.raises(LayerError, match='"newts" is not a class of tiny; nearest: newt'):
        grad_cam(photo(), TINY, "third", "newts")


def test_histograms_count_every_pixel():
    image = np.zeros((4, 5, 3), np.float32)
    image[0, 0] = (1.0, 0.5, 0.0)
    counts = histograms(image)
    assert counts.shape == (3, 256)
    assert counts.sum(axis=1).tolist() == [20, 20, 20]
    assert (counts[0, 255], counts[1, 128], counts[2, 0]) == (1, 1, 20)


def test_a_trace_keeps_parts_apart_and_knows_what_was_missing():
    def frame(losses):
        return Frame(np.zeros((1, 1, 3)), 1, 1, 1, 2, 0.0, losses, 0.25, 0.0)

    trace = LossTrace()
    for losses in ({"a": 1.0}, {"a": 2.0, "b": 5.0}, {}):
        trace.add(frame(losses))
    assert trace.steps == [1, 2, 3] and set(trace.parts) == {"a", "b"}
    np.testing.assert_array_equal(trace.parts["a"], [1.0, 2.0, np.nan])
    np.testing.assert_array_equal(trace.parts["b"], [np.nan, 5.0, np.nan])
    assert trace.clipped == [0.25] * 3


def test_the_compact_network_names_the_espresso():
    from pathlib import Path

    from deepdream.images import read_image

    coffee = read_image(Path(__file__).parent.parent / "assets" / "coffee.jpg")
    assert top_classes(coffee, load_network("compact"))[0][0] == "espresso"
