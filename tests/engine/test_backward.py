"""The way back through each operation, by its rule or without one, against automatic differentiation in float64."""

from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import picture, tiny_graph

from deepdream.engine import backward
from deepdream.engine.backward import BACKWARD, Derivative, differentiate, given
from deepdream.engine.compile import run
from deepdream.engine.graph import INPUT, KINDS, AveragePool, Conv, DepthwiseConv, Graph, MaxPool, Multiply
from deepdream.engine.kernels import KERNELS

RANDOM = np.random.default_rng(0)


def gradients(graph, x):
    """Return the gradient of a random product with the outputs: by the backward graph, and by TensorFlow."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = run(graph, {INPUT: x})
        handed = [
            tf.constant(np.random.default_rng(3).normal(size=values[name].shape), x.dtype) for name in graph.outputs
        ]
        total = tf.add_n([tf.reduce_sum(g * values[name]) for name, g in zip(graph.outputs, handed, strict=True)])
    values.update({given(name): g for name, g in zip(graph.outputs, handed, strict=True)})
    back = differentiate(graph)
    return run(back, values)[back.outputs[0]].numpy(), tape.gradient(total, x).numpy()


def assert_right(graph, x, tolerance=1e-12):
    found, expected = gradients(graph, x)
    np.testing.assert_allclose(found, expected, atol=tolerance * np.abs(expected).max())


def test_the_tiny_network_has_every_operation_and_each_has_a_kernel():
    assert set(KINDS.values()) == {type(operation) for operation in tiny_graph().operations} <= set(KERNELS)


@pytest.mark.parametrize("rules", [BACKWARD, {}], ids=["with the rules", "without any"])
def test_the_gradient_is_that_of_automatic_differentiation(rules, monkeypatch):
    monkeypatch.setattr(backward, "BACKWARD", rules)
    assert_right(tiny_graph().cut(["block_b", "sum", "patches", "classes"]), picture(45, 52, n=2), 1e-5)


@pytest.mark.parametrize(("kh", "kw"), product((1, 2, 3, 5), repeat=2))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_convolution_of_any_size_stride_and_padding_goes_back(kh, kw, stride):
    x = RANDOM.normal(size=(1, 11, 13, 3))  # odd, so that windows of an even size leave a row over
    for padding in ("same", "valid", ((1, 0), (0, 2)), ((kh, 0), (0, kw))):
        conv = Conv("y", (INPUT,), RANDOM.normal(size=(kh, kw, 3, 4)), None, stride, padding)
        assert_right(Graph((conv,), ("y",)), x)


@pytest.mark.parametrize(("kh", "kw"), product((1, 2, 3, 4), repeat=2))
def test_a_depthwise_convolution_of_any_size_stride_and_padding_goes_back(kh, kw):
    x = RANDOM.normal(size=(1, 11, 12, 3))
    for stride, padding in product((1, 2), ("same", "valid")):
        conv = DepthwiseConv("y", (INPUT,), RANDOM.normal(size=(kh, kw, 3, 1)), None, stride, padding)
        assert_right(Graph((conv,), ("y",)), x)


@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
def test_a_pool_of_any_size_stride_and_padding_goes_back(kind):
    x = RANDOM.normal(size=(1, 11, 12, 3))
    for size, stride, padding in product((1, 2, 3), (1, 2, 3), ("same", "valid")):
        assert_right(Graph((kind("y", (INPUT,), size, stride, padding),), ("y",)), x)


def test_a_value_multiplied_by_itself_counts_twice():
    assert_right(Graph((Multiply("y", (INPUT, INPUT)),), ("y",)), RANDOM.normal(size=(1, 5, 6, 3)))


def test_an_export_finds_convolutions_relus_pools_and_sums_as_data():
    graph = tiny_graph().cut(["a3", "a4"])  # no other operations, but for the local response
    automatic = [o.operation.name for o in differentiate(graph).operations if isinstance(o, Derivative)]
    assert automatic == ["response"]
