"""The engine: hand-written gradients against TensorFlow's own and against central differences."""

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import MeanSquare, Towards, autodiff, correlation, picture, tiny_graph, tiny_network

from deepdream.engine.compile import IMAGE, activations, compile_gradient
from deepdream.engine.graph import INPUT, Activation, Graph
from deepdream.engine.kernels import FUNCTIONS
from deepdream.engine.precision import chosen_precision, processor_flags, resolve_precision
from deepdream.errors import LayerError, NetworkError
from deepdream.networks import load_network

TINY = tiny_network()
NAMES = [operation.name for operation in tiny_graph().operations]


@pytest.mark.parametrize("layer", NAMES)
def test_the_gradient_is_that_of_automatic_differentiation(layer):
    x, objective = picture(61, 54, n=2), MeanSquare(layer)
    losses, gradient = compile_gradient(TINY, objective, precision="fp32")(x)
    expected_losses, expected = autodiff(TINY, objective, x)
    np.testing.assert_allclose(losses[layer], expected_losses[layer], rtol=1e-4)
    assert correlation(gradient, expected) > 0.9999
    assert np.abs(gradient - expected).max() <= 1e-3 * np.abs(expected).max()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_activation_has_its_derivative(function):
    graph = Graph((*tiny_graph().cut(["stem_sum"]).operations, Activation("out", ("stem_sum",), function)))
    network, objective, x = tiny_network(graph), MeanSquare("out"), picture(33, 40)
    _, gradient = compile_gradient(network, objective, precision="fp32")(x)
    assert correlation(gradient, autodiff(network, objective, x)[1]) > 0.9999


@pytest.mark.parametrize("size", [(33, 33), (32, 45), (50, 37), (51, 52)])
def test_strides_fit_odd_and_even_sizes(size):
    x, objective = picture(*size), MeanSquare("sum", "patches")
    _, gradient = compile_gradient(TINY, objective, precision="fp32")(x)
    assert correlation(gradient, autodiff(TINY, objective, x)[1]) > 0.9999


def test_the_gradient_agrees_with_central_differences():
    objective, x = MeanSquare("block_b", "sum"), picture(32, 35)
    function = compile_gradient(TINY, objective, precision="fp32")
    _, gradient = function(x)
    rng = np.random.default_rng(1)
    for _ in range(5):
        # Half along the gradient: across it the difference drowns in the rounding of a float32 loss.
        direction = rng.normal(size=x.shape) / np.sqrt(x.size) + gradient.numpy() / np.linalg.norm(gradient)
        direction = (2e-2 * direction).astype(np.float32)
        above, below = (sum(float(v) for v in function(x + s * direction)[0].values()) for s in (1, -1))
        assert (above - below) / 2 == pytest.approx(float(np.sum(gradient * direction)), rel=5e-2)


@pytest.mark.parametrize("layer", [layer.name for layer in load_network("compact").layers])
def test_the_compact_network_has_the_right_gradient_in_both_precisions(layer):
    network, objective, x = load_network("compact"), MeanSquare(layer), picture(75, 66)
    _, expected = autodiff(network, objective, x)
    assert correlation(compile_gradient(network, objective, precision="fp32")(x)[1], expected) > 0.9999
    assert correlation(compile_gradient(network, objective, precision="bf16")(x)[1], expected) > 0.95


def test_the_image_itself_is_a_layer():
    objective, x = MeanSquare(IMAGE, "stem"), picture(40, 40)
    losses, gradient = compile_gradient(TINY, objective, precision="fp32")(x)
    expected_losses, expected = autodiff(TINY, objective, x)
    np.testing.assert_allclose(losses[IMAGE], expected_losses[IMAGE], rtol=1e-5)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_an_objective_on_the_image_alone_needs_no_network():
    x = picture(40, 40)
    _, gradient = compile_gradient(TINY, MeanSquare(IMAGE), precision="fp32")(x)
    np.testing.assert_allclose(gradient, 2 * TINY.to_image(x) / TINY.scale / x.size, atol=1e-7)


def test_targets_are_arguments_not_constants():
    objective, x = Towards("stem"), picture(40, 40)
    function = compile_gradient(TINY, objective, precision="fp32")
    here = activations(TINY, x, ["stem"], precision="fp32")["stem"]
    assert float(function(x, {"stem": here})[0]["stem"]) == pytest.approx(0, abs=1e-9)
    assert float(function(x, {"stem": here + 1})[0]["stem"]) == pytest.approx(-1, rel=1e-5)


def test_new_sizes_need_no_new_trace():
    class Counting(MeanSquare):
        traces = 0

        def losses(self, activations, targets):
            Counting.traces += 1
            return super().losses(activations, targets)

    function = compile_gradient(TINY, Counting("block_a"), precision="fp32")
    for size in [(40, 40), (64, 33), (35, 90)]:
        assert function(picture(*size))[1].shape == (1, *size, 3)
    assert Counting.traces == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (9, 70), (31, 31)])
def test_small_pictures_are_mirrored_and_their_gradient_is_exact(size):
    objective, x = MeanSquare("block_b"), picture(*size)
    function = compile_gradient(TINY, objective, precision="fp32")
    _, gradient = function(x)
    assert gradient.shape == x.shape
    mirrored = np.pad(x, [(0, 0), *((0, max(0, 32 - side)) for side in size), (0, 0)], mode="symmetric")
    np.testing.assert_allclose(function(mirrored)[0]["block_b"], function(x)[0]["block_b"], rtol=1e-6)
    noise = np.random.default_rng(2).normal(size=x.shape) / np.sqrt(x.size)
    direction = (2e-2 * (noise + gradient.numpy() / np.linalg.norm(gradient))).astype(np.float32)
    above, below = (float(function(x + s * direction)[0]["block_b"]) for s in (1, -1))
    assert (above - below) / 2 == pytest.approx(float(np.sum(gradient * direction)), rel=5e-2)


def test_a_batch_is_its_pictures_one_by_one():
    x, objective = picture(40, 44, n=2), MeanSquare("block_b")
    function = compile_gradient(TINY, objective, precision="fp32")
    one_by_one = np.concatenate([function(x[i : i + 1])[1] for i in range(2)])
    np.testing.assert_allclose(function(x)[1], one_by_one / 2, atol=1e-6 * np.abs(one_by_one).max())


def test_activations_are_float32_and_keep_their_names():
    found = activations(TINY, picture(40, 40), ["classes", IMAGE, "stem"], precision="bf16")
    assert set(found) == {"classes", IMAGE, "stem"}
    assert found["classes"].shape == (1, 1, 1, 5)
    assert all(value.dtype == tf.float32 for value in found.values())


def test_an_unlisted_layer_is_refused_with_the_nearest_names():
    with pytest.raises(LayerError, match=r'"conv4_9" is not a layer of compact; nearest: conv4_'):
        compile_gradient(load_network("compact"), MeanSquare("conv4_9"))


def test_an_unknown_precision_is_refused():
    with pytest.raises(NetworkError, match=r'precision is "fp8"; it must be one of auto, fp32, bf16'):
        resolve_precision("fp8")


def test_the_precision_follows_the_flags(tmp_path, monkeypatch):
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor : 0\nflags\t\t: fpu avx512f avx512_bf16\n\nprocessor : 1\nflags : fpu\n")
    assert processor_flags(listing) == {"fpu", "avx512f", "avx512_bf16"}
    assert processor_flags(tmp_path / "missing") == frozenset()
    monkeypatch.setattr("deepdream.engine.precision.processor_flags", lambda: frozenset({"fpu", "avx512f"}))
    assert chosen_precision.__wrapped__() == "fp32"
    monkeypatch.setattr("deepdream.engine.precision.processor_flags", lambda: frozenset({"avx512_bf16"}))
    assert chosen_precision.__wrapped__() == "bf16"


def test_the_same_call_gives_the_same_function():
    objective = MeanSquare("stem")
    assert compile_gradient(TINY, objective) is compile_gradient(TINY, objective)
    fp32, bf16 = (compile_gradient(TINY, objective, precision=precision) for precision in ("fp32", "bf16"))
    assert fp32 is not bf16


def test_the_input_name_is_no_layer():
    with pytest.raises(LayerError):
        TINY.layer(INPUT)
