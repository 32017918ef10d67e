"""The embedded network: a few wide 3x3 convolutions, trained on Tiny ImageNet against adversarial shifts.

Its arrays lie beside this file: `<layer>/kernel` (kh, kw, in, out) and `<layer>/bias`, batch norm folded in,
`classes/*` and `labels`; `pool` says whether its 2x2 pools take the average or the maximum.
"""

import zipfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import numpy as np

from deepdream.engine import graph as ops
from deepdream.engine.graph import INPUT, Graph, Operation
from deepdream.engine.network import CLASSES, Layer, Network, channel_range
from deepdream.errors import NetworkError

# In order: name, form, depth, title. A row whose arrays the file lacks is left out, so that older and newer files both
# load.
#   plain: relu(conv(x));  residual: relu(x + conv(x));
#   bottleneck: relu(x + conv_b(relu(conv_a(x)))), with kernels <name>a and <name>b.
ROWS = (
    ("conv1", "plain", "edges", "flat colors and coarse edges"),
    ("conv2", "plain", "edges", "fine lines and borders of color"),
    ("conv3_1", "plain", "textures", "bands, stripes and weaves"),
    ("conv3_2", "plain", "textures", "drops, scales and swirls"),
    ("conv4_1", "plain", "patterns", "nets, spots and first eyes"),
    ("conv4_2", "plain", "parts", "eyes, arches, mushrooms and branches"),
    ("conv4_3", "residual", "parts", "heads, shells, mushrooms and houses"),
    ("conv5_1", "plain", "objects", "animals, vessels and gates"),
    ("conv5_2", "bottleneck", "objects", "whole animals, people and buildings"),
)
FIRST_STRIDE = 2
POOLED = ("conv3_1", "conv4_1", "conv5_1")  # a 2x2 pool comes before these


def load(path: Path | None = None) -> Network:
    """Return the compact network, of the embedded arrays or of a file with the same layout.

    Raises:
        NetworkError: the file has another layout.
    """
    source = path if path is not None else files("deepdream.networks") / "compact.npz"
    try:
        with source.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            held = {name: arrays[name] for name in arrays.files}
        graph, labels = build(held), tuple(str(label) for label in held["labels"])
    except (OSError, ValueError, KeyError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise NetworkError(
            f"{Path(str(source)).name} does not hold weights of the compact network; give a file that "
            "`python -m training.export` wrote."
        ) from error
    scale, offset = channel_range(2.0, -1.0)
    shapes, strides = graph.shapes(64, 64), graph.strides()
    rows = {name: (depth, title) for name, _, depth, title in ROWS}
    rows[CLASSES] = ("objects", "one thing of the list of labels")
    return Network(
        name="compact",
        title="Compact (embedded)",
        layers=tuple(
            Layer(name, shapes[name][2], title, depth, strides[name])
            for name, (depth, title) in rows.items()
            if name in graph.by_name
        ),
        default_layers=(("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2", 0.1)),
        minimum_size=32,
        scale=scale,
        offset=offset,
        labels=labels,
        graph=graph,
    )


def build(arrays: Mapping[str, np.ndarray]) -> Graph:
    """Return the graph of the rows whose arrays are there."""
    operations: list[Operation] = []
    last = INPUT
    # Files from before the key are max.
    pool = ops.AveragePool if str(arrays.get("pool", "max")) == "average" else ops.MaxPool

    def conv(name: str, source: str, result: str, *, stride: int = 1) -> str:
        kernel, bias = (arrays[f"{name}/{kind}"].astype(np.float32) for kind in ("kernel", "bias"))
        half = kernel.shape[0] // 2
        padding = "same" if stride == 1 else ((half, half), (half, half))
        operations.append(ops.Conv(result, (source,), kernel, bias, stride, padding))
        return result

    def relu(source: str, result: str) -> str:
        operations.append(ops.Activation(result, (source,)))
        return result

    def add(first: str, second: str, result: str) -> str:
        operations.append(ops.Add(result, (first, second)))
        return result

    for name, form, _, _ in ROWS:
        if f"{name}/kernel" not in arrays and f"{name}a/kernel" not in arrays:
            continue
        if name in POOLED:
            operations.append(pool(f"before_{name}", (last,), 2, 2))
            last = f"before_{name}"
        if form == "plain":
            last = relu(conv(name, last, f"{name}_pre_relu", stride=FIRST_STRIDE if last == INPUT else 1), name)
        elif form == "residual":
            last = relu(add(last, conv(name, last, f"{name}_conv"), f"{name}_pre_relu"), name)
        else:
            inner = relu(conv(f"{name}a", last, f"{name}a_pre_relu"), f"{name}a")
            last = relu(add(last, conv(f"{name}b", inner, f"{name}b"), f"{name}_pre_relu"), name)
    operations.append(ops.GlobalMean("mean", (last,)))
    kernel = arrays["classes/kernel"].astype(np.float32)[None, None]  # (1, 1, c, labels)
    operations.append(ops.Conv(CLASSES, ("mean",), kernel, arrays["classes/bias"].astype(np.float32)))
    return Graph(tuple(operations))
