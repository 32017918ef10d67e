"""Derive the graph that carries a gradient from the layers of a network back to its picture, as data.

The gradient of a graph is a graph again: the same engine runs it, the same kind of rewriting makes it faster, and an
export can write it down. An operation has a rule here only where the rule earns its place; every other one goes back
through TensorFlow's automatic differentiation of its kernel (`Derivative`). The rules are those that

- are quicker: a convolution goes back as a forward convolution over a turned and transposed constant kernel, whose
  layout is prepared once; a stride of s becomes a convolution to s * s * c channels, then interleaved to places. ReLUs
  and max pools have records of their own so that a mask can be moved before a pool spreads it. With one tape over the
  forward graph instead, a step of InceptionV3 in bf16 takes 7 % longer (benchmarks/README.md);
- are read by others: what a network in a browser needs of its way back is these operations, with no TensorFlow at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deepdream.engine import graph as ops
from deepdream.engine.graph import INPUT, Graph, Operation, Padding


@dataclass(frozen=True, eq=False)
class Mask(Operation):
    """Keep the gradient where the value read second is above 0: the way back through a ReLU, given its result."""


@dataclass(frozen=True, eq=False)
class MaxPoolGradient(ops.Windowed):
    """Give each gradient to the largest of its window; reads the gradient, the pool's input and its result."""


@dataclass(frozen=True, eq=False)
class AveragePoolGradient(ops.Windowed):
    """Spread each gradient over its window; reads the gradient and the pool's input."""


@dataclass(frozen=True, eq=False)
class GlobalMeanGradient(Operation):
    """Spread the gradient over all places; reads the gradient and the mean's input."""


@dataclass(frozen=True, eq=False)
class Unstride(Operation):
    """Interleave stride * stride groups of channels to places, then cut to the size of the value read second."""

    size: tuple[int, int]  # of the forward kernel
    stride: int
    padding: Padding  # of the forward convolution


@dataclass(frozen=True, eq=False)
class Derivative(Operation):
    """Go back through an operation to its input of that number; reads the gradient and all that the operation reads."""

    operation: Operation
    number: int


def gradient_of(name: str) -> str:
    """Return the name that the gradient at a value has in the backward graph."""
    return f"gradient of {name}"


def differentiate(graph: Graph) -> Graph:
    """Return the backward graph: from given(each output), the gradients that an objective hands in, to its one output.

    The operations also read values of the forward graph by their names. What does not lie between the outputs and the
    picture is left out.
    """
    reaching = _reached_by_input(graph)
    received: dict[str, list[str]] = {name: [given(name)] for name in graph.outputs}
    steps: list[Operation] = []
    for operation in reversed(graph.operations):
        if operation.name not in received:
            continue
        gradient = _gather(operation.name, received[operation.name], steps)
        for number, source in enumerate(operation.inputs):
            if source in reaching:
                path = BACKWARD.get(type(operation), _automatic)(operation, gradient, number)
                steps.extend(path)
                received.setdefault(source, []).append(path[-1].name if path else gradient)
    result = _gather(INPUT, received.get(INPUT, []), steps)
    return Graph(tuple(steps), (result,))


def given(name: str) -> str:
    """Return the name under which the objective's gradient at a layer enters the backward graph."""
    return f"given {gradient_of(name)}"


def _gather(name: str, received: list[str], steps: list[Operation]) -> str:
    if len(received) == 1:
        return received[0]
    steps.append(ops.Add(gradient_of(name), tuple(received)))
    return gradient_of(name)


def _reached_by_input(graph: Graph) -> set[str]:
    reached = {INPUT}
    for operation in graph.operations:
        if reached.intersection(operation.inputs):
            reached.add(operation.name)
    return reached


# The rules: an operation, the name of its gradient and the number of one of its inputs in, out the short chain of
# operations that leads to that input. An empty chain hands the gradient on as it is.

Path = list[Operation]


def _automatic(operation: Operation, gradient: str, number: int) -> Path:
    return [Derivative(_name(operation, number), (gradient, *operation.inputs), operation, number)]


def _name(operation: Operation, number: int = 0) -> str:
    return f"{gradient_of(operation.inputs[number])} through {operation.name}" + f", input {number}" * (number > 0)


def _conv(operation: ops.Conv, gradient: str, number: int) -> Path:
    size = operation.kernel.shape[:2]
    around = _turned_padding(size, operation.padding) if operation.stride == 1 else None
    if around is not None:
        turned = np.ascontiguousarray(operation.kernel[::-1, ::-1].transpose(0, 1, 3, 2))
        return [ops.Conv(_name(operation), (gradient,), turned, None, 1, around)]
    kernel, padding = _unstrided_kernel(operation.kernel, operation.stride)
    parts = ops.Conv(f"{_name(operation)}, parts", (gradient,), kernel, None, 1, padding)
    read = (parts.name, operation.inputs[0])
    return [parts, Unstride(_name(operation), read, size, operation.stride, operation.padding)]


def _turned_padding(size: tuple[int, int], padding: Padding) -> Padding | None:
    if padding == "same" and size[0] % 2 and size[1] % 2:
        return "same"
    around = []
    for k, (before, after) in zip(size, zeros(size, padding), strict=True):
        if before > k - 1 or after > k - 1:
            return None
        around.append((k - 1 - before, k - 1 - after))
    return (around[0], around[1])


def zeros(size: tuple[int, int], padding: Padding) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the rows and columns of zeros that a padding means at stride 1."""
    if padding == "same":
        return tuple(((k - 1) // 2, k // 2) for k in size)  # type: ignore[return-value]
    return ((0, 0), (0, 0)) if padding == "valid" else padding  # type: ignore[return-value]


def _unstrided_kernel(kernel: np.ndarray, stride: int) -> tuple[np.ndarray, Padding]:
    # dx[s*i + a, s*j + b] = sum over p, q of dy[i - p, j - q] . kernel[s*p + a, s*q + b]: a plain convolution for each
    # of the s*s places (a, b), all of them done as one with s*s groups of channels.
    kh, kw, c_in, c_out = kernel.shape
    rows, columns = -(-kh // stride), -(-kw // stride)
    full = np.zeros((rows * stride, columns * stride, c_in, c_out), kernel.dtype)
    full[:kh, :kw] = kernel
    split = full.reshape(rows, stride, columns, stride, c_in, c_out)
    split = split.transpose(0, 2, 5, 1, 3, 4)  # (p, q, c_out, a, b, c_in)
    turned = np.ascontiguousarray(split[::-1, ::-1]).reshape(rows, columns, c_out, stride * stride * c_in)
    return turned, ((rows - 1, rows - 1), (columns - 1, columns - 1))


def _depthwise(operation: ops.DepthwiseConv, gradient: str, number: int) -> Path:
    odd = operation.kernel.shape[0] % 2 and operation.kernel.shape[1] % 2
    if operation.stride > 1 or operation.padding != "same" or not odd:
        return _automatic(operation, gradient, number)
    turned = np.ascontiguousarray(operation.kernel[::-1, ::-1])
    return [ops.DepthwiseConv(_name(operation), (gradient,), turned, None, 1, "same")]


def _activation(operation: ops.Activation, gradient: str, number: int) -> Path:
    if operation.function != "relu":
        return _automatic(operation, gradient, number)
    return [Mask(_name(operation), (gradient, operation.name))]


def _max_pool(operation: ops.MaxPool, gradient: str, number: int) -> Path:
    read = (gradient, operation.inputs[0], operation.name)
    return [MaxPoolGradient(_name(operation), read, operation.size, operation.stride, operation.padding)]


def _average_pool(operation: ops.AveragePool, gradient: str, number: int) -> Path:
    read = (gradient, operation.inputs[0])
    return [AveragePoolGradient(_name(operation), read, operation.size, operation.stride, operation.padding)]


def _global_mean(operation: ops.GlobalMean, gradient: str, number: int) -> Path:
    return [GlobalMeanGradient(_name(operation), (gradient, operation.inputs[0]))]


def _add(operation: ops.Add, gradient: str, number: int) -> Path:
    return []


BACKWARD: dict[type[Operation], Callable[..., Path]] = {
    ops.Conv: _conv,
    ops.DepthwiseConv: _depthwise,
    ops.Activation: _activation,
    ops.MaxPool: _max_pool,
    ops.AveragePool: _average_pool,
    ops.GlobalMean: _global_mean,
    ops.Add: _add,
}
