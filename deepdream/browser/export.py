"""The step of a dream as ONNX graphs: what the device runs, one after the other, while the picture stays on it.

    gradient    picture -> gradient, losses     the network, forward and back, under a shift
    smooth      gradient -> gradient            three Gaussians and their mixture of colors
    band        image -> low, band              one level of a Laplacian pyramid, its band evened out
    join        low, band -> image              the way back up
    move        picture, gradient -> next       divided, stepped, clipped

Height and width are free. Whatever depends on them or on a recipe is an input, so that one set of graphs serves every
recipe: rolls are lists of indices, blurs banded matrices, and what is made larger is a few numbers a layer. With m the
activations of a layer where its mask lets them count, n their norm and n_k that of channel k, both over all places,
`gradient` climbs the sum over layers of

    sum over k of  squares_k * |m_k|^2  +  values_k * sum(m_k)  +  norms_k * n_k  +  norm * n

where, as in the objective unit_norm, the norms' own change is left out of the gradient.
"""

from collections.abc import Callable

import onnx
from onnx import TensorProto

from deepdream.browser.operations import Scribe
from deepdream.browser.writer import Dims, Writer
from deepdream.engine.backward import given
from deepdream.engine.graph import INPUT
from deepdream.engine.network import Network
from deepdream.engine.rewrites import plan

FLOAT32_EPSILON = 1.1920929e-07  # as in the objective unit_norm
PICTURE: Dims = [1, 3, "h", "w"]


def export_all(network: Network) -> dict[str, onnx.ModelProto]:
    """Return all graphs of a step by name.

    Raises:
        NetworkError: the network has operations that the export does not know.
    """
    return {"gradient": export_gradient(network), **{name: export() for name, export in TREATMENTS.items()}}


def export_gradient(network: Network) -> onnx.ModelProto:
    """Return the graph of value and gradient of every objective over all layers of a network.

    Raises:
        NetworkError: the network has no graph, or one with operations that the export does not know.
    """
    w = Writer()
    layers = [layer.name for layer in network.layers]
    forward, backward = plan(network.cut(layers))
    scribe = Scribe(w, **{INPUT: _seen(w, network)})
    scribe.write(forward)
    losses = []
    for layer in network.layers:
        gradient, loss = _climbed(w, layer.name, layer.channels, scribe.values[layer.name])
        scribe.values[given(layer.name)] = gradient
        losses.append(loss)
    scribe.write(backward)
    w.gives(_rolled(w, scribe.values[backward.outputs[0]], "up", "left"), "gradient", PICTURE)
    w.gives(w.add("Concat", *losses, axis=0), "losses", [len(losses)])
    return w.model("gradient")


def _seen(w: Writer, network: Network) -> str:
    """Write the picture as the network sees it: rolled, in its own units."""
    w.takes("picture", PICTURE)
    seen = {"down": "seen h", "right": "seen w", "up": "h", "left": "w"}  # more is seen than there is with a mirror
    for name, length in seen.items():
        w.takes(name, [length], TensorProto.INT32)
    rolled = _rolled(w, "picture", "down", "right")
    scale = w.constant("scale", network.scale.reshape(1, 3, 1, 1))
    offset = w.constant("offset", network.offset.reshape(1, 3, 1, 1))
    return w.add("Add", w.add("Mul", rolled, scale), offset)


def _rolled(w: Writer, picture: str, rows: str, columns: str) -> str:
    return w.add("Gather", w.add("Gather", picture, rows, axis=2), columns, axis=3)


def _climbed(w: Writer, layer: str, channels: int, a: str) -> tuple[str, str]:
    """Write what a layer adds to the loss, (1,), and the gradient of that at the layer; see the module."""
    mask = w.takes(f"mask of {layer}", [1, 1, f"rows of {layer}", f"columns of {layer}"])
    squares, values, norms = (
        w.takes(f"{kind} of {layer}", [1, channels, 1, 1]) for kind in ("squares", "values", "norms")
    )
    norm = w.takes(f"norm of {layer}", [1, 1, 1, 1])
    m = w.add("Mul", a, mask)
    sums, channel_squares = w.total(m, 2, 3), w.add("ReduceSumSquare", m, w.ints(2, 3), keepdims=1)
    all_squares = w.total(channel_squares, 1)
    by_norm = w.add("Add", _over_root(w, norms, channel_squares), _over_root(w, norm, all_squares))
    slope = w.add("Add", w.add("Add", squares, squares), by_norm)
    gradient = w.add("Add", w.add("Mul", m, slope), w.add("Mul", values, mask))
    by_squares = w.add("Mul", channel_squares, w.add("Add", squares, by_norm))
    loss = w.total(w.add("Add", by_squares, w.add("Mul", values, sums)), 1)
    return gradient, w.add("Reshape", loss, w.ints(1))


def _over_root(w: Writer, weight: str, squares: str) -> str:
    return w.add("Div", weight, w.add("Add", w.add("Sqrt", squares), w.number(FLOAT32_EPSILON)))


def export_smooth() -> onnx.ModelProto:
    """Return the graph that blurs a gradient: `rows` (3, 1, h, h) and `columns` (3, 1, w, w) are the three Gaussians as
    banded matrices, edges and all; `colors` (3, 9, 1, 1) mixes what they give; `centered` is 1 to take off the mean."""
    w = Writer()
    g = w.takes("gradient", PICTURE)
    w.takes("rows", [3, 1, "h", "h"])
    w.takes("columns", [3, 1, "w", "w"])
    w.takes("colors", [3, 9, 1, 1])
    w.takes("centered", [])
    blurred = w.add("MatMul", w.add("MatMul", "rows", g), "columns")  # (3, 3, h, w): a Gaussian, a color
    joined = w.add("Reshape", blurred, w.add("Concat", w.ints(1, 9), w.size(g, 2), w.size(g, 3), axis=0))
    mixed = w.add("Conv", joined, "colors")
    w.gives(w.add("Sub", mixed, w.add("Mul", w.mean(mixed, 1, 2, 3), "centered")), "smoothed", PICTURE)
    return w.model("smooth")


def export_band() -> onnx.ModelProto:
    """Return the graph that halves an image by `halve_rows` (h', h) and `halve_columns` (w, w'), and brings what that
    lost to a root mean square of 1, `least` being the least that it is divided by."""
    w = Writer()
    image = w.takes("image", PICTURE)
    _takes_halves(w)
    w.takes("least", [])
    low = w.add("MatMul", w.add("MatMul", "halve_rows", image), "halve_columns")
    band = w.add("Sub", image, _doubled(w, low))
    rms = w.add("Sqrt", w.mean(w.add("Mul", band, band), 1, 2, 3))
    w.gives(low, "low", [1, 3, "h'", "w'"])
    w.gives(w.add("Div", band, _not_zero(w, w.add("Max", rms, "least"))), "band", PICTURE)
    return w.model("band")


def export_join() -> onnx.ModelProto:
    """Return the graph that doubles a low image and adds a band: the inverse of the halving in `band`."""
    w = Writer()
    low, band = w.takes("low", [1, 3, "h'", "w'"]), w.takes("band", PICTURE)
    _takes_halves(w)
    w.gives(w.add("Add", _doubled(w, low), band), "joined", PICTURE)
    return w.model("join")


def _takes_halves(w: Writer) -> None:
    w.takes("halve_rows", ["h'", "h"])
    w.takes("halve_columns", ["w", "w'"])


def _doubled(w: Writer, low: str) -> str:
    """Write the adjoint of the halving, times 4."""
    up, across = w.add("Transpose", "halve_rows", perm=[1, 0]), w.add("Transpose", "halve_columns", perm=[1, 0])
    return w.add("Mul", w.add("MatMul", w.add("MatMul", up, low), across), w.number(4.0))


def export_move() -> onnx.ModelProto:
    """Return the graph of the step itself: the gradient is divided by `deviation` times its standard deviation plus
    `magnitude` times its mean absolute value plus `added`, at least `least`; then `length` times it is added, less
    within `headroom` of black and white unless `free` is large, and the picture clipped."""
    w = Writer()
    picture, g = w.takes("picture", PICTURE), w.takes("gradient", PICTURE)
    for name in ("deviation", "magnitude", "added", "least", "length", "headroom", "free"):
        w.takes(name, [])
    centered = w.add("Sub", g, w.mean(g, 1, 2, 3))
    deviation = w.add("Sqrt", w.mean(w.add("Mul", centered, centered), 1, 2, 3))
    magnitude = w.mean(w.add("Abs", g), 1, 2, 3)
    both = w.add("Add", w.add("Mul", deviation, "deviation"), w.add("Mul", magnitude, "magnitude"))
    divisor = _not_zero(w, w.add("Max", w.add("Add", both, "added"), "least"))
    step = w.add("Mul", w.add("Div", g, divisor), "length")
    up = w.add("Greater", step, w.number(0.0))
    room = w.add("Where", up, w.add("Sub", w.number(1.0), picture), picture)
    share = w.add("Min", w.add("Add", w.add("Div", room, "headroom"), "free"), w.number(1.0))
    moved = w.add("Add", picture, w.add("Mul", step, share))
    w.gives(w.add("Clip", moved, w.number(0.0), w.number(1.0)), "next", PICTURE)
    return w.model("move")


def _not_zero(w: Writer, divisor: str) -> str:
    """Write a divisor that is 1 where it would be 0: what is divided is 0 too, or next to it."""
    return w.add("Where", w.add("Greater", divisor, w.number(0.0)), divisor, w.number(1.0))


TREATMENTS: dict[str, Callable[[], onnx.ModelProto]] = {
    "smooth": export_smooth,
    "band": export_band,
    "join": export_join,
    "move": export_move,
}
