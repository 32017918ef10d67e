"""Write the operations of a forward or backward graph as ONNX nodes: one function each, in one table.

A kernel is stored once. The way back through a convolution is a convolution over the same kernel, turned and with its
channels swapped, which the session does once as it loads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from deepdream.browser.writer import Writer
from deepdream.engine import backward as back
from deepdream.engine import graph as ops
from deepdream.engine.rewrites import ConvRelu
from deepdream.errors import NetworkError


class Scribe:
    """Write the operations of graphs into a Writer, and know under which names their values are there."""

    def __init__(self, writer: Writer, **values: str) -> None:
        self.writer = writer
        self.values = dict(values)  # value of the graph -> value of the ONNX graph
        self._kernels: dict[bytes, str] = {}

    def write(self, graph: ops.Graph) -> None:
        """Write all operations of a graph.

        Raises:
            NetworkError: an operation is one that ONNX is not taught here.
        """
        for operation in graph.operations:
            function = WRITERS.get(type(operation))
            if function is None:
                raise NetworkError(f"the export does not know {type(operation).__name__}; use the compact network.")
            inputs = (self.values[name] for name in operation.inputs)
            self.values[operation.name] = function(self, operation, *inputs)

    def kernel(self, operation: ops.Conv) -> str:
        """Return a kernel as ONNX lies it out, (c_out, c_in, kh, kw); of one that is there already, the turned one."""
        forward = np.ascontiguousarray(operation.kernel[::-1, ::-1].transpose(0, 1, 3, 2))
        stored = self._kernels.get(forward.tobytes())
        if stored is not None:
            return _turned(self.writer, stored, operation.kernel.shape)
        name = self.writer.halves(f"{operation.name} kernel", operation.kernel.transpose(3, 2, 0, 1))
        self._kernels[operation.kernel.tobytes()] = name
        return name


def _turned(w: Writer, kernel: str, shape: tuple[int, ...]) -> str:
    swapped = w.add("Transpose", kernel, perm=[1, 0, 2, 3])
    if shape[:2] == (1, 1):
        return swapped
    return w.add("Slice", swapped, w.ints(-1, -1), w.ints(-(2**31), -(2**31)), w.ints(2, 3), w.ints(-1, -1))


def _conv(s: Scribe, o: ops.Conv, x: str) -> str:
    bias = [] if o.bias is None else [s.writer.constant(f"{o.name} bias", o.bias.astype(np.float32))]
    return s.writer.add("Conv", x, s.kernel(o), *bias, pads=_pads(o), strides=[o.stride] * 2)


def _pads(o: ops.Conv) -> list[int]:
    if o.stride != 1 and o.padding == "same":
        raise NetworkError(f"{o.name}: a strided convolution needs a padding in numbers.")
    (top, bottom), (left, right) = back.zeros(o.kernel.shape[:2], o.padding)
    return [top, left, bottom, right]


def _conv_relu(s: Scribe, o: ConvRelu, x: str) -> str:
    return s.writer.add("Relu", _conv(s, o, x))


def _activation(s: Scribe, o: ops.Activation, x: str) -> str:
    if o.function != "relu":
        raise NetworkError(f"the export does not know {o.function}; use the compact network.")
    return s.writer.add("Relu", x)


def _average_pool(s: Scribe, o: ops.AveragePool, x: str) -> str:
    _refuse_overlap(o)
    return s.writer.add("AveragePool", x, kernel_shape=[o.size] * 2, strides=[o.stride] * 2)


def _refuse_overlap(o: Any) -> None:
    if o.size != o.stride or o.padding != "valid":
        raise NetworkError(f"{o.name}: the export takes pools whose windows lie side by side.")


def _global_mean(s: Scribe, o: ops.GlobalMean, x: str) -> str:
    return s.writer.mean(x, 2, 3)


def _add(s: Scribe, o: ops.Add, *parts: str) -> str:
    total = parts[0]
    for part in parts[1:]:
        total = s.writer.add("Add", total, part)
    return total


def _mask(s: Scribe, o: back.Mask, gradient: str, y: str) -> str:
    zero = s.writer.number(0.0)
    return s.writer.add("Where", s.writer.add("Greater", y, zero), gradient, zero)


def _average_pool_gradient(s: Scribe, o: back.AveragePoolGradient, gradient: str, x: str) -> str:
    _refuse_overlap(o)
    w = s.writer
    shared = w.add("Mul", gradient, w.number(1 / o.size**2))  # while it is small
    scales = w.constant(f"scales {o.size}", np.array([1, 1, o.size, o.size], np.float32))
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    spread = w.add("Resize", shared, "", scales, **how)
    missing = [w.add("Sub", w.size(x, axis), w.add("Mul", w.size(gradient, axis), w.ints(o.size))) for axis in (2, 3)]
    return w.add("Pad", spread, w.add("Concat", w.ints(0, 0, 0, 0, 0, 0), *missing, axis=0))


def _global_mean_gradient(s: Scribe, o: back.GlobalMeanGradient, gradient: str, x: str) -> str:
    w = s.writer
    places = w.add("Cast", w.add("Mul", w.size(x, 2), w.size(x, 3)), to=1)
    return w.add("Expand", w.add("Div", gradient, places), w.add("Shape", x))


def _unstride(s: Scribe, o: back.Unstride, parts: str, like: str) -> str:
    if isinstance(o.padding, str) or o.stride > 2 or not (o.size[0] % 2 and o.size[1] % 2):
        raise NetworkError(f"{o.name}: the export takes strides of 2 over kernels of an odd size.")
    w = s.writer
    whole = w.add("DepthToSpace", parts, blocksize=o.stride, mode="DCR")
    starts = w.ints(o.padding[0][0], o.padding[1][0])
    stops = w.add("Add", starts, w.add("Shape", like, start=2, end=4))
    return w.add("Slice", whole, starts, stops, w.ints(2, 3))


WRITERS: dict[type[ops.Operation], Callable[..., str]] = {
    ops.Conv: _conv,
    ConvRelu: _conv_relu,
    ops.Activation: _activation,
    ops.AveragePool: _average_pool,
    ops.GlobalMean: _global_mean,
    ops.Add: _add,
    back.Mask: _mask,
    back.AveragePoolGradient: _average_pool_gradient,
    back.GlobalMeanGradient: _global_mean_gradient,
    back.Unstride: _unstride,
}
