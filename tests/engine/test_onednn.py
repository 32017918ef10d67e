"""Convolutions with weights as arguments: the same numbers as with constants, or else constants."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import MeanSquare, picture, tiny_network

from deepdream.engine import compile as engine
from deepdream.engine import onednn
from deepdream.engine.compile import compile_gradient
from deepdream.engine.graph import INPUT, Conv
from deepdream.engine.kernels import KERNELS
from deepdream.engine.rewrites import ConvRelu

here = pytest.mark.skipif(onednn.kernels() is KERNELS, reason="TensorFlow has no such operation on this machine")


def conv(seed, stride=1, padding="same", kind=Conv, bias=True):
    random = np.random.default_rng(seed)
    kernel, shift = random.normal(size=(3, 3, 8, 16)).astype("f"), random.normal(size=16).astype("f")
    return kind("conv", (INPUT,), kernel, shift if bias else None, stride, padding)


@here
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["same", "valid", ((0, 2), (1, 1))])
@pytest.mark.parametrize(("kind", "bias"), [(Conv, False), (Conv, True), (ConvRelu, True)])
def test_it_is_tensorflows_convolution_at_any_size(dtype, stride, padding, kind, bias):
    operation = conv(1, stride, padding, kind, bias)
    signature = (tf.TensorSpec([None, None, None, 8], dtype),)
    ours, known = (
        tf.function(partial(table[kind], operation), input_signature=signature, autograph=False)
        for table in (onednn.kernels(), KERNELS)
    )
    for h, w in ((21, 34), (64, 64), (21, 34)):  # kept weights may be laid out for another size
        x = tf.cast(np.random.default_rng(h).normal(size=(1, h, w, 8)), dtype)
        there, here = np.asarray(ours(x), np.float32), np.asarray(known(x), np.float32)
        np.testing.assert_allclose(there, here, atol=(2e-2 if dtype == tf.bfloat16 else 1e-5) * np.abs(here).max())


@here
def test_functions_keep_their_own_weights():
    x = tf.random.stateless_normal((1, 20, 20, 8), (1, 2))
    functions = [tf.function(partial(onednn.kernels()[Conv], conv(seed)), autograph=False) for seed in (1, 2)]
    for _ in range(2):
        for seed, function in zip((1, 2), functions, strict=True):
            np.testing.assert_allclose(function(x), KERNELS[Conv](conv(seed), x), atol=1e-4)


def test_where_there_is_no_such_operation_weights_are_constants(monkeypatch):
    x, objective = picture(40, 33), MeanSquare("block_b", "sum")
    expected = compile_gradient(tiny_network(), objective, precision="fp32")(x)[1]

    def missing(*_):
        raise ValueError("op type not registered")

    monkeypatch.setattr(onednn, "_conv", missing)
    onednn.kernels.cache_clear()
    try:
        assert onednn.kernels() is KERNELS
        found = compile_gradient(tiny_network(), objective, precision="fp32")(x)[1]
    finally:
        onednn.kernels.cache_clear()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@here
def test_one_that_computes_something_else_is_not_used(monkeypatch):
    monkeypatch.setattr(onednn, "_conv", lambda operation, x: KERNELS[Conv](operation, x) * tf.cast(1.5, x.dtype))
    onednn.kernels.cache_clear()
    try:
        assert onednn.kernels() is KERNELS
    finally:
        onednn.kernels.cache_clear()


@here
def test_the_engine_uses_them_whoever_asks_first():
    onednn.kernels.cache_clear()
    engine._compiled_gradient.cache_clear()
    network = tiny_network()
    compile_gradient(network, MeanSquare("sum"), precision="fp32")(picture(32, 32))
    assert onednn.kernels.cache_info().currsize == 1 and onednn.kernels() is not KERNELS
