"""Each rewriting of a graph against the graph that it came from."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import picture

from deepdream.engine import rewrites
from deepdream.engine.backward import Mask, MaxPoolGradient, differentiate, given
from deepdream.engine.compile import run
from deepdream.engine.graph import INPUT, Activation, Add, AveragePool, Concat, Conv, Graph, MaxPool


def mixed_blocks(seed=0):
    """Return two Inception blocks in float64: 1x1 siblings, an average pool, a max pool of ReLUs, and a stride."""
    rng = np.random.default_rng(seed)

    def unit(name, source, k, c_in, c_out, stride=1):
        kernel = rng.normal(size=(k, k, c_in, c_out)) * np.sqrt(2 / (k * k * c_in))
        return [
            Conv(f"{name}_sum", (source,), kernel, rng.uniform(-0.2, 0.2, c_out), stride),
            Activation(name, (f"{name}_sum",)),
        ]

    return Graph(
        (
            *unit("stem", INPUT, 3, 3, 12, 2),
            MaxPool("stem_pool", ("stem",), 3, 2, "valid"),
            *unit("a1", "stem_pool", 1, 12, 4),
            *unit("a2", "stem_pool", 1, 12, 5),
            *unit("a3", "a2", 3, 5, 6),
            AveragePool("a4_pool", ("stem_pool",), 3, 1, "same"),
            *unit("a4", "a4_pool", 1, 12, 3),
            Concat("a", ("a1", "a3", "a4")),
            *unit("b1", "a", 3, 13, 7, 2),
            MaxPool("b2", ("a",), 3, 2, "same"),
            Concat("b", ("b1", "b2")),
            *unit("c1", "b", 1, 20, 4),
            *unit("c2", "b", 1, 20, 4),
            Concat("c", ("c1", "c2")),
        ),
        ("b", "c"),
    )


def gradient(forward, backward, x):
    values = run(forward, {INPUT: tf.constant(x)})
    for name in forward.outputs:
        values[given(name)] = tf.constant(np.random.default_rng(3).normal(size=values[name].shape))
    return run(backward, values)[backward.outputs[0]].numpy()


@pytest.mark.parametrize(
    ("rewriting", "kind", "fewer"),
    [
        (lambda f, b: (f, rewrites.mask_after_pooling(b)), Mask, 0),
        (lambda f, b: (f, rewrites.merge_siblings(b)), Conv, 2),
        (lambda f, b: (rewrites.pool_after_convolution(f), differentiate(rewrites.pool_after_convolution(f))), Conv, 0),
        (lambda f, b: (rewrites.relu_in_convolution(f), b), Conv, 0),
        (lambda f, b: rewrites.plan(f), Conv, 3),
    ],
    ids=[
        "mask_after_pooling",
        "merge_siblings",
        "pool_after_convolution",
        "relu_in_convolution",
        "plan",
    ],
)
@pytest.mark.parametrize("size", [(40, 40), (45, 52)])
def test_a_rewritten_graph_gives_the_same_values_and_the_same_gradient(rewriting, kind, fewer, size):
    forward = mixed_blocks()
    backward = differentiate(forward)
    new_forward, new_backward = rewriting(forward, backward)
    x = picture(*size, n=2).astype(np.float64)
    before, after = run(forward, {INPUT: tf.constant(x)}), run(new_forward, {INPUT: tf.constant(x)})
    for name in forward.outputs:
        np.testing.assert_allclose(after[name], before[name], rtol=1e-12, atol=1e-12)
    expected = gradient(forward, backward, x)
    np.testing.assert_allclose(gradient(new_forward, new_backward, x), expected, atol=1e-12 * np.abs(expected).max())
    assert count(backward, kind) - count(new_backward, kind) == fewer


def test_a_relu_goes_into_its_convolution_unless_somebody_reads_what_lies_between():
    forward = mixed_blocks()
    fused = rewrites.relu_in_convolution(forward)
    assert count(fused, Activation) == 0 and count(fused, rewrites.ConvRelu) == count(forward, Activation) == 8
    wanted = Graph(forward.operations, ("b", "c", "a2_sum"))
    kept = rewrites.relu_in_convolution(wanted)
    assert [o.name for o in kept.operations if isinstance(o, Activation)] == ["a2"]
    others = Graph(
        tuple(replace(o, function="gelu") if o.name == "a1" else o for o in forward.operations), forward.outputs
    )
    kept = rewrites.relu_in_convolution(others)
    assert [o.name for o in kept.operations if isinstance(o, Activation)] == ["a1"]


def count(graph, kind):
    return sum(isinstance(operation, kind) for operation in graph.operations)


def test_no_mask_is_left_behind_a_max_pool():
    _, backward = rewrites.plan(mixed_blocks())
    masks = [operation for operation in backward.operations if isinstance(operation, Mask)]
    assert masks and not any(isinstance(backward.by_name.get(mask.inputs[0]), MaxPoolGradient) for mask in masks)


def test_an_output_is_never_fused_away():
    forward = mixed_blocks().cut(["a4_pool", "c"])
    assert rewrites.pool_after_convolution(forward) is not forward
    assert "a4_pool" in rewrites.pool_after_convolution(forward).by_name


def test_a_sum_of_pointwise_convolutions_alone_needs_no_sum():
    _, backward = rewrites.plan(mixed_blocks().cut(["c"]))
    assert not any(isinstance(o, Add) and o.name == "gradient of b" for o in backward.operations)
