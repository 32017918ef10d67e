"""The table of Keras Applications: its rows against Keras itself, its layers' values and gradients against Keras's."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from calibrated import calibrated_model
from tiny_graphs import MeanSquare, autodiff, correlation, picture, tiny_graph, tiny_network

from deepdream.engine.backward import given
from deepdream.engine.compile import activations, compile_gradient, run
from deepdream.engine.graph import INPUT, pack
from deepdream.engine.rewrites import plan
from deepdream.errors import DownloadError, NetworkError
from deepdream.networks import CLASSES, Network, cache, imagenet, load_network
from deepdream.networks.conversion import Conversion
from deepdream.networks.from_keras import convert
from deepdream.networks.imagenet import ADDRESS, MEAN_SUBTRACTED_BGR, MINUS_ONE_TO_ONE, ROWS, STANDARDIZED, TABLE
from deepdream.networks.keras_layers import Call
from deepdream.settings.targets import parse_target

MARKS = {"inception_v3": (), "inception_resnet_v2": pytest.mark.long}  # of the same layers; all others take a minute
EACH_ROW = [pytest.param(row.name, marks=MARKS.get(row.name, pytest.mark.slow)) for row in ROWS]


@dataclass
class Built:
    """Hold a network with calibrated random weights, the Keras model it was made from, and its layers by our names."""

    name: str
    network: Network
    model: keras.Model
    layers: dict[str, keras.layers.Layer]


def built(name):
    layers, model = {}, calibrated_model(name)

    class Remember(Call):  # the walk knows which name it gave to which layer
        def __init__(self, layer, name, *rest):
            layers[name] = layer
            super().__init__(layer, name, *rest)

    with mock.patch("deepdream.networks.from_keras.Call", Remember):
        return Built(name, imagenet._network(TABLE[name], convert(model), ()), model, layers)


@pytest.fixture(scope="module", params=EACH_ROW)
def each(request):
    """Build each network once, for all tests of it, and hold one at a time: together they take gigabytes."""
    return built(request.param)


def for_keras(name, x):
    """Return the picture as the Keras model takes it: our networks always take RGB."""
    return x[..., ::-1] if TABLE[name].range.bgr else x


def keras_values(made, x, layers):
    # A layer of a model inside the model (ConvNeXt's stem) has no output there; those after it would show its errors.
    outer = {id(layer) for layer in made.model.operations}
    layers = [layer for layer in layers if id(made.layers[layer]) in outer]
    outputs = [made.layers[layer].output for layer in layers]
    values = keras.Model(made.model.inputs, outputs)(for_keras(made.name, x))
    return dict(zip(layers, values if isinstance(values, list) else [values], strict=True))


def some(layers, most):
    """Return up to `most` layers, evenly spread, the last among them."""
    return layers[:: -max(1, -(-len(layers) // most))][::-1]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=[] if row.name in ("vgg16", "mobilenet_v2") else pytest.mark.slow)
        for row in ROWS
    ],
)
def test_weights_and_hashes_are_those_of_the_installed_keras(row):
    class StopHereError(Exception):
        pass

    def recorded(name, origin, **options):
        asked.append((origin, options.get("file_hash"), options["cache_subdir"]))
        raise StopHereError

    asked = []
    builder = getattr(keras.applications, row.builder)
    with mock.patch("keras.src.utils.file_utils.get_file", recorded), pytest.raises(StopHereError):
        builder(weights="imagenet", include_top=row.top, input_shape=None if row.top else (224, 224, 3))
    assert asked == [(ADDRESS + row.weights, row.digest, "models")]


@pytest.mark.parametrize(
    ("value_range", "mode"), [(MINUS_ONE_TO_ONE, "tf"), (MEAN_SUBTRACTED_BGR, "caffe"), (STANDARDIZED, "torch")]
)
def test_value_ranges_are_those_of_keras(value_range, mode):
    image = np.random.default_rng(0).uniform(size=(5, 4, 3)).astype(np.float32)
    ours = image * np.float32(value_range.scale) + np.float32(value_range.offset)
    if value_range.bgr:
        ours = ours[..., ::-1]
    expected = keras.applications.imagenet_utils.preprocess_input(image * 255, mode=mode)
    np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())


def test_every_listed_layer_has_the_value_that_keras_gives_it(each):
    x = picture(107, 96)
    layers = [layer.name for layer in each.network.layers]
    ours = activations(each.network, x, layers, precision="fp32")
    for layer, expected in keras_values(each, x, layers).items():
        # Random squeeze and excitation magnifies the rounding of float32.
        tolerance = 5e-4 if each.name == "efficientnet_v2_b0" else 1e-4
        np.testing.assert_allclose(ours[layer], expected, atol=tolerance * np.abs(expected).max(), err_msg=layer)
        assert ours[layer].shape[-1] == each.network.layer(layer).channels


def test_default_layers_are_listed_and_the_gradient_there_is_right_in_both_precisions(each):
    x = picture(107, 96)
    for layer, _ in each.network.default_layers:
        objective = MeanSquare(each.network.layer(layer).name)
        _, expected = autodiff(each.network, objective, x)
        assert correlation(compile_gradient(each.network, objective, precision="fp32")(x)[1], expected) > 0.9999
        assert correlation(compile_gradient(each.network, objective, precision="bf16")(x)[1], expected) > 0.95


@pytest.mark.slow
def test_the_gradient_at_layers_of_all_depths_is_that_of_automatic_differentiation(each):
    x = tf.constant(picture(75, 80) if each.network.minimum_size > 70 else picture(64, 59))
    wrong = {}
    for layer in some([layer.name for layer in each.network.layers], 6):
        forward = each.network.cut([layer])
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = run(forward, {INPUT: x})
            loss = tf.reduce_mean(values[layer] ** 2)
        expected = tape.gradient(loss, x)
        ahead, backward = plan(forward)
        # Random networks are rough: rounding nothing but the picture to bfloat16 already gives 0.98 at deep layers.
        for dtype, least in ((tf.float32, 0.9999), (tf.bfloat16, 0.9)):
            values = run(ahead, {INPUT: tf.cast(x, dtype)})
            values[given(layer)] = 2 * values[layer] / tf.cast(tf.size(values[layer]), dtype)
            ours = tf.cast(run(backward, values)[backward.outputs[0]], tf.float32)
            if (found := correlation(ours, expected)) <= least:
                wrong[layer, dtype.name] = found
    assert not wrong


def test_random_weights_are_the_same_every_time():
    first, second = (imagenet.load(TABLE["mobilenet_v2"], None) for _ in range(2))
    x = picture(64, 64)
    np.testing.assert_array_equal(*(activations(n, x, [CLASSES], precision="fp32")[CLASSES] for n in (first, second)))


def test_inception_has_the_names_of_a_fresh_session():
    names = [layer.name for layer in load_network("inception_v3", weights=None).layers]
    assert names[0] == "activation" and {"activation_93", "mixed0", "mixed10"} <= set(names)


def test_depths_follow_the_stride():
    loaded = load_network("vgg16", weights=None)
    assert [loaded.layer(name).depth for name in ("block1_conv1", "block3_conv1", "block4_conv3", "block5_conv3")] == [
        "edges", "textures", "patterns", "parts",
    ]  # fmt: skip
    assert loaded.layer("block4_conv3").title == "patterns, late"


def test_a_weights_file_gives_the_network_that_was_saved(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = built("mobilenet_v2")
    path = tmp_path / "own.weights.h5"
    made.model.save_weights(path)
    x = picture(64, 64)
    expected = keras_values(made, x, ["block_10_expand_relu"])["block_10_expand_relu"]
    for _ in range(2):  # converted, then from the disk
        loaded = imagenet.load(TABLE["mobilenet_v2"], str(path))
        ours = activations(loaded, x, ["block_10_expand_relu"], precision="fp32")["block_10_expand_relu"]
        np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())
    assert len(list((tmp_path / "deepdream" / "networks").glob("mobilenet_v2-*.npz"))) == 1


def test_a_stored_network_needs_no_keras_and_a_damaged_one_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    conversion = convert(imagenet.build(TABLE["vgg16"], top=False))
    cache.write(f"vgg16-{TABLE['vgg16'].digest}", conversion)
    with mock.patch("deepdream.networks.imagenet.build", side_effect=AssertionError("Keras was asked")):
        loaded = imagenet.load(TABLE["vgg16"], "imagenet") if _labels_offline(monkeypatch) else None
    assert loaded is not None and loaded.layer("block5_conv3").channels == 512
    place = cache.place(f"vgg16-{TABLE['vgg16'].digest}")
    del loaded  # which reads from the file as long as it lives
    place.write_bytes(place.read_bytes()[:1000])
    assert cache.read(f"vgg16-{TABLE['vgg16'].digest}") is None


def test_what_is_stored_comes_back_as_it_was_and_stays_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    conversion = Conversion(tiny_graph(), {"out": "in"}, "logits", ("a", "b"))
    cache.write("tiny", conversion)
    found = cache.read("tiny")
    assert (found.kinds, found.logits, found.labels) == (conversion.kinds, "logits", ("a", "b"))
    (records, arrays), (found_records, found_arrays) = pack(conversion.graph), pack(found.graph)
    assert records == found_records and set(arrays) == set(found_arrays) and len(arrays) > 5
    for name, array in arrays.items():
        np.testing.assert_array_equal(found_arrays[name], array)
        assert isinstance(found_arrays[name].base, np.memmap) and found_arrays[name].dtype == array.dtype
    if Path("/proc/self/fd").is_dir():  # one file is held open, not one for each array
        before = len(list(Path("/proc/self/fd").iterdir()))
        again = cache.read("tiny")
        assert again is not None and len(list(Path("/proc/self/fd").iterdir())) <= before + 1
    whole = cache.place("tiny").read_bytes()
    cache.place("tiny").write_bytes(whole.replace(b"NUMPY", b"HUMPY", 1))
    assert cache.read("tiny") is None


def _labels_offline(monkeypatch):
    monkeypatch.setattr(imagenet, "labels", lambda *, download: ())
    return True


def test_a_file_of_other_weights_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)]).save_weights(path)
    with pytest.raises(NetworkError, match=r"other\.weights\.h5 does not hold weights of mobilenet_v2: "):
        imagenet.load(TABLE["mobilenet_v2"], str(path))
    with pytest.raises(
        NetworkError, match=r'weights "nowhere\.h5" are not a file; give "imagenet", "none" or the path'
    ):
        imagenet.load(TABLE["mobilenet_v2"], "nowhere.h5")


def test_offline_the_error_names_the_network_that_needs_no_download(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(imagenet, "ADDRESS", "http://127.0.0.1:9/")  # a port that nobody listens to
    monkeypatch.setattr("deepdream.networks.download.time.sleep", lambda seconds: None)
    with pytest.raises(DownloadError, match=r"could not download http://127\.0\.0\.1:9/vgg16.*--network compact"):
        load_network("vgg16")


def test_an_unknown_network_is_refused_with_the_nearest_names():
    with pytest.raises(NetworkError, match=r'"inception_v4" is not a network; nearest: inception_v3'):
        load_network("inception_v4")


def test_the_same_call_gives_the_same_network():
    assert load_network("compact") is load_network("compact")


def test_each_of_two_classes_with_one_name_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    names = ["crane", "maillot", "school_bus", "crane", "maillot"]  # ImageNet has these two twice
    index = {str(number): [f"n{number}", name] for number, name in enumerate(names)}
    path = tmp_path / "models" / "imagenet_class_index.json"
    path.parent.mkdir()
    path.write_text(json.dumps(index))
    monkeypatch.setattr(imagenet, "LABELS_MD5", hashlib.md5(path.read_bytes()).hexdigest())
    labels = imagenet.labels(download=False)
    assert labels == ("crane", "maillot", "school bus", "crane (2)", "maillot (2)")
    assert [replace(tiny_network(), labels=labels).class_index(label) for label in labels] == [0, 1, 2, 3, 4]
    assert parse_target("classes:crane (2)").channel == "crane (2)"
