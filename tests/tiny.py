"""A tiny network to dream on: three convolutions and class logits, with random weights, in milliseconds."""

import numpy as np

from deepdream.engine.graph import INPUT, Activation, Conv, GlobalMean, Graph
from deepdream.engine.network import channel_range
from deepdream.networks import Layer, Network

LABELS = ("newt", "barn", "acorn", "cliff", "bison")


def kernels(seed=0):
    """Return the arrays of the network by name, for those who compute it by themselves."""
    rng = np.random.default_rng(seed)
    shapes = {"first": (3, 3, 3, 8), "second": (3, 3, 8, 12), "third": (3, 3, 12, 10), "classes": (1, 1, 10, 5)}
    arrays = {}
    for name, (kh, kw, c_in, c_out) in shapes.items():
        arrays[f"{name}/kernel"] = rng.normal(size=(kh, kw, c_in, c_out), scale=(2 / (kh * kw * c_in)) ** 0.5).astype(
            "f"
        )
        arrays[f"{name}/bias"] = rng.uniform(0.0, 0.2, c_out).astype(np.float32)
    return arrays


def tiny_network(scale=2.0, offset=-1.0, *, name="tiny", minimum_size=8):
    """Return the network; its layers are first, second (stride 2) and third, each after its ReLU, and classes."""
    arrays = kernels()

    def conv(layer, source, stride=1):
        pre = Conv(f"{layer}_pre_relu", (source,), arrays[f"{layer}/kernel"], arrays[f"{layer}/bias"], stride)
        return pre, Activation(layer, (pre.name,))

    graph = Graph(
        (
            *conv("first", INPUT),
            *conv("second", "first", stride=2),
            *conv("third", "second"),
            GlobalMean("mean", ("third",)),
            Conv("classes", ("mean",), arrays["classes/kernel"], arrays["classes/bias"]),
        )
    )
    shapes, strides = graph.shapes(64, 64), graph.strides()
    factor, addend = channel_range(scale, offset)
    return Network(
        name=name,
        title="Tiny",
        layers=tuple(Layer(o.name, shapes[o.name][2], o.name, "edges", strides[o.name]) for o in graph.operations),
        default_layers=(("third", 1.0),),
        minimum_size=minimum_size,
        scale=factor,
        offset=addend,
        labels=LABELS,
        graph=graph,
    )


def photo(h=40, w=48, seed=0):
    """Return a smooth photo with some grain, float32 (h, w, 3), away from 0 and 1 so that clipping hides nothing."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w] / max(h, w)
    waves = [np.sin(2 * np.pi * (rng.uniform(1, 4) * x + rng.uniform(1, 4) * y + rng.uniform())) for _ in range(3)]
    return (0.5 + 0.2 * np.stack(waves, axis=-1) + rng.uniform(-0.05, 0.05, (h, w, 3))).astype(np.float32)
