"""Derive the graph that carries a gradient from the layers of a network back to its picture.

The gradient of a graph is a graph again, so that the same engine runs it and the same kind of rewriting makes it fast.
Convolutions go back as forward convolutions over turned and transposed constant kernels, which run several times faster
than the transposed ones of TensorFlow (the layout of the constants is prepared once). A stride of s becomes a
convolution to s * s * c channels that are then interleaved to places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

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
    Operation,
    Pad,
    Padding,
    Scale,
)


@dataclass(frozen=True, eq=False)
class Mask(Operation):
    """Keep the gradient where the value read second is above 0: the way back through a ReLU, given its result."""


@dataclass(frozen=True, eq=False)
class ActivationGradient(Operation):
    """Go back through an activation that is not a plain ReLU; reads the gradient and the activation's input."""

    function: str


@dataclass(frozen=True, eq=False)
class MaxPoolGradient(Operation):
    """Give each gradient to the largest of its window; reads the gradient, the pool's input and its result."""

    size: int
    stride: int
    padding: str


@dataclass(frozen=True, eq=False)
class AveragePoolGradient(Operation):
    """Spread each gradient over its window; reads the gradient and the pool's input."""

    size: int
    stride: int
    padding: str


@dataclass(frozen=True, eq=False)
class GlobalMeanGradient(Operation):
    """Spread the gradient over all places; reads the gradient and the mean's input."""


@dataclass(frozen=True, eq=False)
class MultiplyGradient(Operation):
    """Multiply the gradient by the other factor, summed to the shape of the value read third."""


@dataclass(frozen=True, eq=False)
class Slice(Operation):
    """Take the channels from `start` to `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Crop(Operation):
    """Take off what a Pad put around."""

    padding: tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Unstride(Operation):
    """Interleave stride * stride groups of channels to places, then cut to the size of the value read second."""

    size: tuple[int, int]  # of the forward kernel
    stride: int
    padding: Padding  # of the forward convolution


@dataclass(frozen=True, eq=False)
class DepthwiseConvGradient(Operation):
    """Go back through a depthwise convolution with a stride; reads the gradient and the convolution's input."""

    kernel: np.ndarray  # (kh, kw, c, 1)
    stride: int
    padding: str


@dataclass(frozen=True, eq=False)
class LayerNormGradient(Operation):
    """Go back through a layer norm; reads the gradient and the norm's input."""

    scale: np.ndarray  # (c,)
    epsilon: float


@dataclass(frozen=True, eq=False)
class LocalResponseGradient(Operation):
    """Go back through a local response normalisation; reads the gradient, its input and its result."""

    radius: int
    bias: float
    alpha: float
    beta: float


def gradient_of(name: str) -> str:
    """Return the name that the gradient at a value has in the backward graph."""
    return f"gradient of {name}"


def differentiate(graph: Graph) -> Graph:
    """Return the backward graph: from given(each output), the gradients that an objective hands in, to its one output.

    The operations also read values of the forward graph by their names. What does not lie between the outputs and the
    picture is left out.
    """
    channels = {name: shape[2] for name, shape in graph.shapes(1, 1).items()}
    reaching = _reached_by_input(graph)
    received: dict[str, list[str]] = {name: [given(name)] for name in graph.outputs}
    steps: list[Operation] = []
    for operation in reversed(graph.operations):
        if operation.name not in received:
            continue
        gradient = _gather(operation.name, received[operation.name], steps)
        contributions = BACKWARD[type(operation)](operation, gradient, channels)
        for source, path in zip(operation.inputs, contributions, strict=True):
            if source in reaching:
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
    steps.append(Add(gradient_of(name), tuple(received)))
    return gradient_of(name)


def _reached_by_input(graph: Graph) -> set[str]:
    reached = {INPUT}
    for operation in graph.operations:
        if reached.intersection(operation.inputs):
            reached.add(operation.name)
    return reached


# One function an operation: its gradient's name in, one short chain of operations for each of its inputs out.
# An empty chain hands the gradient on as it is.

Path = list[Operation]


def _name(operation: Operation, part: str = "") -> str:
    return f"{gradient_of(operation.inputs[0])} through {operation.name}{part}"


def _conv(operation: Conv, gradient: str, channels: dict[str, int]) -> list[Path]:
    kh, kw, _, _ = operation.kernel.shape
    if operation.stride == 1:
        turned = np.ascontiguousarray(operation.kernel[::-1, ::-1].transpose(0, 1, 3, 2))
        padding = _turned_padding((kh, kw), operation.padding)
        if padding is not None:
            return [[Conv(_name(operation), (gradient,), turned, None, 1, padding)]]
    kernel, padding = _unstrided_kernel(operation.kernel, operation.stride)
    parts = Conv(_name(operation, ", parts"), (gradient,), kernel, None, 1, padding)
    like = operation.inputs[0]
    whole = Unstride(_name(operation), (parts.name, like), (kh, kw), operation.stride, operation.padding)
    return [[parts, whole]]


def _turned_padding(size: tuple[int, int], padding: Padding) -> Padding | None:
    if padding == "same" and size[0] % 2 and size[1] % 2:
        return "same"
    around = []
    for k, (before, after) in zip(size, _zeros(size, padding), strict=True):
        if before > k - 1 or after > k - 1:
            return None
        around.append((k - 1 - before, k - 1 - after))
    return (around[0], around[1])


def _zeros(size: tuple[int, int], padding: Padding) -> tuple[tuple[int, int], tuple[int, int]]:
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


def _depthwise(operation: DepthwiseConv, gradient: str, channels: dict[str, int]) -> list[Path]:
    kh, kw, _, _ = operation.kernel.shape
    if operation.stride == 1 and operation.padding == "same" and kh % 2 and kw % 2:
        turned = np.ascontiguousarray(operation.kernel[::-1, ::-1])
        return [[DepthwiseConv(_name(operation), (gradient,), turned, None, 1, "same")]]
    inputs = (gradient, operation.inputs[0])
    return [[DepthwiseConvGradient(_name(operation), inputs, operation.kernel, operation.stride, operation.padding)]]


def _activation(operation: Activation, gradient: str, channels: dict[str, int]) -> list[Path]:
    if operation.function == "relu":
        return [[Mask(_name(operation), (gradient, operation.name))]]
    return [[ActivationGradient(_name(operation), (gradient, operation.inputs[0]), operation.function)]]


def _max_pool(operation: MaxPool, gradient: str, channels: dict[str, int]) -> list[Path]:
    inputs = (gradient, operation.inputs[0], operation.name)
    return [[MaxPoolGradient(_name(operation), inputs, operation.size, operation.stride, operation.padding)]]


def _average_pool(operation: AveragePool, gradient: str, channels: dict[str, int]) -> list[Path]:
    inputs = (gradient, operation.inputs[0])
    return [[AveragePoolGradient(_name(operation), inputs, operation.size, operation.stride, operation.padding)]]


def _global_mean(operation: GlobalMean, gradient: str, channels: dict[str, int]) -> list[Path]:
    return [[GlobalMeanGradient(_name(operation), (gradient, operation.inputs[0]))]]


def _concat(operation: Concat, gradient: str, channels: dict[str, int]) -> list[Path]:
    paths: list[Path] = []
    start = 0
    for number, source in enumerate(operation.inputs):
        stop = start + channels[source]
        paths.append([Slice(part_name(operation, number), (gradient,), start, stop)])
        start = stop
    return paths


def part_name(concat: Concat, number: int) -> str:
    """Return the name of the slice of a concatenation's gradient that goes to its input of that number."""
    return _name(concat, f", part {number}")


def _add(operation: Add, gradient: str, channels: dict[str, int]) -> list[Path]:
    return [[] for _ in operation.inputs]


def _multiply(operation: Multiply, gradient: str, channels: dict[str, int]) -> list[Path]:
    first, second = operation.inputs
    return [
        [MultiplyGradient(_name(operation, ", first"), (gradient, second, first))],
        [MultiplyGradient(_name(operation, ", second"), (gradient, first, second))],
    ]


def _scale(operation: Scale, gradient: str, channels: dict[str, int]) -> list[Path]:
    return [[Scale(_name(operation), (gradient,), operation.scale)]]


def _pad(operation: Pad, gradient: str, channels: dict[str, int]) -> list[Path]:
    return [[Crop(_name(operation), (gradient,), operation.padding)]]


def _layer_norm(operation: LayerNorm, gradient: str, channels: dict[str, int]) -> list[Path]:
    inputs = (gradient, operation.inputs[0])
    return [[LayerNormGradient(_name(operation), inputs, operation.scale, operation.epsilon)]]


def _local_response(operation: LocalResponse, gradient: str, channels: dict[str, int]) -> list[Path]:
    inputs = (gradient, operation.inputs[0], operation.name)
    settings = (operation.radius, operation.bias, operation.alpha, operation.beta)
    return [[LocalResponseGradient(_name(operation), inputs, *settings)]]


BACKWARD: dict[type[Operation], Callable[..., list[Path]]] = {
    Conv: _conv,
    DepthwiseConv: _depthwise,
    Activation: _activation,
    MaxPool: _max_pool,
    AveragePool: _average_pool,
    GlobalMean: _global_mean,
    Concat: _concat,
    Add: _add,
    Multiply: _multiply,
    Scale: _scale,
    Pad: _pad,
    LayerNorm: _layer_norm,
    LocalResponse: _local_response,
}
