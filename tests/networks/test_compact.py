"""The embedded network: its file, and the layouts that its builder understands."""

import hashlib
import json
from importlib.resources import files

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import MeanSquare, autodiff, correlation, picture, tiny_network

from deepdream.engine.compile import compile_gradient, run
from deepdream.engine.graph import INPUT
from deepdream.errors import NetworkError
from deepdream.networks import CLASSES, DEPTHS, load_network
from deepdream.networks.compact import build


def arrays(pool=None):
    """Return random arrays in the layout of a file with both residual layers, half as wide as the real ones."""
    rng = np.random.default_rng(0)
    shapes = {
        "conv1": (5, 5, 3, 16),
        "conv2": (3, 3, 16, 32),
        "conv3_1": (3, 3, 32, 32),
        "conv4_1": (3, 3, 32, 48),
        "conv4_3": (3, 3, 48, 48),
        "conv5_1": (3, 3, 48, 64),
        "conv5_2a": (3, 3, 64, 16),
        "conv5_2b": (1, 1, 16, 64),
        "classes": (64, 7),
    }
    held = {}
    for name, shape in shapes.items():
        held[f"{name}/kernel"] = (rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[:-1]))).astype(np.float16)
        held[f"{name}/bias"] = rng.uniform(-0.1, 0.1, shape[-1]).astype(np.float32)
    return held if pool is None else held | {"pool": np.array(pool)}


def literal(held, x, pool):
    """Return conv4_3, conv5_2 and the classes as the layout's description says, one line a layer."""

    def conv(name, x, stride=1):
        kernel = held[f"{name}/kernel"].astype(np.float32)
        half = kernel.shape[0] // 2
        return (
            tf.nn.conv2d(tf.pad(x, [[0, 0], [half] * 2, [half] * 2, [0, 0]]), kernel, stride, "VALID")
            + held[f"{name}/bias"]
        )

    pooled = tf.nn.avg_pool2d if pool == "average" else tf.nn.max_pool2d
    x = tf.nn.relu(conv("conv2", tf.nn.relu(conv("conv1", x, 2))))
    x = tf.nn.relu(conv("conv3_1", pooled(x, 2, 2, "VALID")))
    x = tf.nn.relu(conv("conv4_1", pooled(x, 2, 2, "VALID")))
    conv4_3 = x = tf.nn.relu(x + conv("conv4_3", x))
    x = tf.nn.relu(conv("conv5_1", pooled(x, 2, 2, "VALID")))
    conv5_2 = tf.nn.relu(x + conv("conv5_2b", tf.nn.relu(conv("conv5_2a", x))))
    logits = tf.reduce_mean(conv5_2, [1, 2]) @ held["classes/kernel"].astype(np.float32) + held["classes/bias"]
    return {"conv4_3": conv4_3, "conv5_2": conv5_2, CLASSES: logits[:, None, None]}


@pytest.mark.parametrize("pool", [None, "max", "average"])
@pytest.mark.parametrize("size", [(64, 64), (53, 70)])
def test_every_layout_is_built_as_it_is_described(pool, size):
    held, x = arrays(pool), tf.constant(picture(*size))
    values = run(build(held), {INPUT: x})
    for name, expected in literal(held, x, pool).items():
        np.testing.assert_allclose(values[name], expected, atol=1e-5 * np.abs(expected).max(), err_msg=name)


@pytest.mark.parametrize("pool", ["max", "average"])
def test_residual_layers_and_both_pools_have_the_right_gradient(pool):
    network, x = tiny_network(build(arrays(pool))), picture(61, 66)
    objective = MeanSquare("conv3_1", "conv5_2", CLASSES)
    _, gradient = compile_gradient(network, objective, precision="fp32")(x)
    assert correlation(gradient, autodiff(network, objective, x)[1]) > 0.9999


def test_the_embedded_network_lists_its_layers_shallow_to_deep():
    network = load_network("compact")
    depths = [DEPTHS.index(layer.depth) for layer in network.layers]
    assert depths == sorted(depths) and network.layers[-1].name == CLASSES
    assert len(network.labels) == network.layer(CLASSES).channels == 200
    assert {name for name, _ in network.default_layers} <= {layer.name for layer in network.layers}
    assert network.graph.smallest_size() <= network.minimum_size


def test_the_embedded_network_knows_what_it_was_trained_on():
    np.testing.assert_array_equal(load_network("compact").to_input(np.array([[[0.0, 0.5, 1.0]]])), [[[-1, 0, 1]]])


def test_an_image_comes_back_from_network_units():
    network = load_network("compact")
    image = np.random.default_rng(0).uniform(size=(4, 5, 3))
    np.testing.assert_allclose(network.to_image(network.to_input(image)), image, atol=1e-6)


def test_another_file_of_the_same_layout_can_be_given(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, labels=np.array(["a"] * 7), **arrays("average"))
    assert load_network("compact", weights=str(path)).layer("conv5_2").channels == 64
    (tmp_path / "broken.npz").write_bytes(b"no arrays")
    with pytest.raises(NetworkError, match=r"broken\.npz does not hold weights of the compact network"):
        load_network("compact", weights=str(tmp_path / "broken.npz"))


def test_the_shipped_file_is_the_one_that_was_measured():
    held = (files("deepdream.networks") / "compact.npz").read_bytes()
    assert len(held) <= 8_000_000
    assert hashlib.sha256(held).hexdigest() == ("10e3de9e1e2cffba340ed2f406114fd3c3494481b250d7f7f9b7927128b949c5")
    about = json.loads((files("deepdream.networks") / "compact.json").read_text())
    assert {stage["name"] for stage in about["stages"]} < {layer.name for layer in load_network("compact").layers}
