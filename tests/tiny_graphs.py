"""A tiny network with every operation that graphs know, and the plain things that the tests of networks share."""

import numpy as np
import tensorflow as tf

from deepdream.engine.compile import IMAGE, run
from deepdream.engine.graph import (
    INPUT,
    Activation,
    Add,
    AveragePool,
    Concat,
    Conv,
    DepthwiseConv,
    GlobalMean,
    Graph,
    LayerNorm,
    LocalResponse,
    MaxPool,
    Multiply,
    Pad,
    Scale,
)
from deepdream.engine.network import channel_range
from deepdream.networks import Layer, Network


class MeanSquare:
    """The sum of the layers' mean squares; the smallest thing that is an objective to the engine."""

    def __init__(self, *layers):
        self.layers = layers

    def losses(self, activations, targets):
        return {name: tf.reduce_mean(activations[name] ** 2) for name in self.layers}


class Towards:
    """Minus the squared distance to target arrays, one a layer."""

    def __init__(self, *layers):
        self.layers = layers

    def losses(self, activations, targets):
        return {name: -tf.reduce_mean((activations[name] - targets[name]) ** 2) for name in self.layers}


def tiny_graph(seed=0):
    """Return a graph with strides of all kinds, odd and even kernels, and two mixed blocks as Inception has them."""
    rng = np.random.default_rng(seed)

    def kernel(kh, kw, c_in, c_out):
        return (rng.normal(size=(kh, kw, c_in, c_out)) * np.sqrt(2 / (kh * kw * c_in))).astype(np.float32)

    def vector(c, low=-0.2, high=0.2):
        return rng.uniform(low, high, c).astype(np.float32)

    return Graph(
        (
            Conv("stem_sum", (INPUT,), kernel(3, 3, 3, 8), vector(8), 2, "valid"),
            Activation("stem", ("stem_sum",)),
            LocalResponse("response", ("stem",), 2, 1.0, 0.1, 0.5),
            # A mixed block: three 1x1 siblings, one behind an average pool, and a max pool.
            Conv("a1_sum", ("response",), kernel(1, 1, 8, 4), vector(4)),
            Activation("a1", ("a1_sum",)),
            Conv("a2_sum", ("response",), kernel(1, 1, 8, 5), vector(5)),
            Activation("a2", ("a2_sum",)),
            Conv("a3_sum", ("a2",), kernel(3, 3, 5, 6), vector(6)),
            Activation("a3", ("a3_sum",)),
            AveragePool("a4_pool", ("response",), 3, 1, "same"),
            Conv("a4_sum", ("a4_pool",), kernel(1, 1, 8, 3), vector(3)),
            Activation("a4", ("a4_sum",)),
            Concat("block_a", ("a1", "a3", "a4")),
            Conv("b1_sum", ("block_a",), kernel(3, 3, 13, 7), vector(7), 2, "same"),
            Activation("b1", ("b1_sum",)),
            MaxPool("b2", ("block_a",), 3, 2, "same"),
            Concat("block_b", ("b1", "b2")),
            Conv("wide_sum", ("block_b",), kernel(1, 5, 20, 8), vector(8)),
            Activation("wide", ("wide_sum",), "relu6"),
            # A residual block with squeeze and excitation.
            DepthwiseConv("deep_sum", ("wide",), kernel(3, 3, 8, 1), vector(8)),
            Activation("deep", ("deep_sum",), "silu"),
            GlobalMean("squeeze", ("deep",)),
            Conv("excite_sum", ("squeeze",), kernel(1, 1, 8, 8), vector(8)),
            Activation("excite", ("excite_sum",), "sigmoid"),
            Multiply("gated", ("deep", "excite")),
            Scale("scaled", ("gated",), vector(8, 0.5, 1.5), vector(8)),
            Add("residual", ("wide", "scaled")),
            LayerNorm("normal", ("residual",), vector(8, 0.5, 1.5), vector(8)),
            Activation("soft", ("normal",), "gelu"),
            Pad("padded", ("soft",), ((1, 2), (0, 1))),
            DepthwiseConv("sparse", ("padded",), kernel(3, 3, 8, 1), None, 2, "valid"),
            Conv("even", ("sparse",), kernel(4, 2, 8, 8), None, 1, "same"),
            Conv("shortcut", ("even",), kernel(1, 1, 8, 9), None, 2, "valid"),
            Conv("far", ("even",), kernel(5, 5, 8, 9), vector(9), 2, ((2, 2), (2, 2))),
            Add("sum", ("shortcut", "far")),
            Conv("patches", ("soft",), kernel(4, 4, 8, 6), vector(6), 4, "valid"),
            AveragePool("pooled", ("patches",), 2, 1, "same"),
            GlobalMean("mean", ("sum",)),
            Conv("classes", ("mean",), kernel(1, 1, 9, 5), vector(5)),
        )
    )


def tiny_network(graph=None):
    graph = graph if graph is not None else tiny_graph()
    shapes, strides = graph.shapes(64, 64), graph.strides()
    scale, offset = channel_range(2.0, (-1.0, -0.9, -1.1))
    return Network(
        name="tiny",
        title="Tiny",
        layers=tuple(Layer(o.name, shapes[o.name][2], o.name, "edges", strides[o.name]) for o in graph.operations),
        default_layers=(("block_b", 1.0),),
        minimum_size=32,
        scale=scale,
        offset=offset,
        labels=("one", "two", "three", "four", "five"),
        graph=graph,
    )


def picture(height, width, *, n=1, seed=0):
    """Return smooth noise in -1..1, float32 (n, h, w, 3): networks see nothing in white noise."""
    rng = np.random.default_rng(seed)
    coarse = tf.image.resize(rng.uniform(-1, 1, (n, height // 8 + 2, width // 8 + 2, 3)), (height, width), "bicubic")
    return np.clip(0.7 * coarse.numpy() + 0.3 * rng.uniform(-1, 1, (n, height, width, 3)), -1, 1).astype(np.float32)


def autodiff(network, objective, x, targets=None):
    """Return losses and gradient by TensorFlow's own differentiation of the graph as it stands."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = run(network.graph, {INPUT: x})
        values[IMAGE] = (x - network.offset) / network.scale
        losses = objective.losses(values, targets or {})
        total = tf.add_n(list(losses.values()))
    return losses, tape.gradient(total, x).numpy()


def correlation(a, b):
    return float(np.corrcoef(np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64))[0, 1])
