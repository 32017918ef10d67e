"""A network as data: a short ordered list of operations, each a frozen record of its arrays and sizes.

Values between operations are pictures of shape (n, h, w, c) and carry the name of the operation that made them; the
picture that goes in is called INPUT. Nothing here computes: `compile` runs a graph, `backward` derives the graph of its
gradient, and `rewrites` makes both faster.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from deepdream.errors import LayerError, nearest

INPUT = "input"

# "same" and "valid" as TensorFlow means them, or ((top, bottom), (left, right)) rows and columns of zeros.
Padding = str | tuple[tuple[int, int], tuple[int, int]]
Shape = tuple[int, int, int]  # (h, w, c)


@dataclass(frozen=True, eq=False)
class Operation:
    """Hold what all operations have: the name of their result and the names of what they read."""

    name: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Conv(Operation):
    """Convolve with `kernel` and add `bias`; a dense layer is a 1x1 convolution here."""

    kernel: np.ndarray  # (kh, kw, c_in, c_out)
    bias: np.ndarray | None = None  # (c_out,)
    stride: int = 1
    padding: Padding = "same"


@dataclass(frozen=True, eq=False)
class DepthwiseConv(Operation):
    """Convolve each channel with a kernel of its own."""

    kernel: np.ndarray  # (kh, kw, c, 1)
    bias: np.ndarray | None = None  # (c,)
    stride: int = 1
    padding: str = "same"


@dataclass(frozen=True, eq=False)
class Activation(Operation):
    """Apply `function`, one of FUNCTIONS in `kernels`, to every element; softmax goes over each place's channels."""

    function: str = "relu"


@dataclass(frozen=True, eq=False)
class Windowed(Operation):
    """Go over windows of `size` by `size`."""

    size: int = 2
    stride: int = 2
    padding: str = "valid"


@dataclass(frozen=True, eq=False)
class MaxPool(Windowed):
    """Take the largest of each window."""


@dataclass(frozen=True, eq=False)
class AveragePool(Windowed):
    """Take the mean of each window; with "same", of that part of the window that lies on the picture."""


@dataclass(frozen=True, eq=False)
class GlobalMean(Operation):
    """Take the mean over all places: (n, h, w, c) to (n, 1, 1, c)."""


@dataclass(frozen=True, eq=False)
class Concat(Operation):
    """Join along the channels."""


@dataclass(frozen=True, eq=False)
class Add(Operation):
    """Add two or more values of one shape."""


@dataclass(frozen=True, eq=False)
class Multiply(Operation):
    """Multiply two values; the second may be (n, 1, 1, c), as in squeeze and excitation."""


@dataclass(frozen=True, eq=False)
class Scale(Operation):
    """Multiply each channel by `scale` and add `offset`: a batch norm that no convolution could take in."""

    scale: np.ndarray  # (c,)
    offset: np.ndarray | None = None  # (c,)


@dataclass(frozen=True, eq=False)
class Pad(Operation):
    """Surround with zeros."""

    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))


@dataclass(frozen=True, eq=False)
class LayerNorm(Operation):
    """Bring the channels of each place to mean 0 and deviation 1, then scale and shift them."""

    scale: np.ndarray  # (c,)
    offset: np.ndarray  # (c,)
    epsilon: float = 1e-6


@dataclass(frozen=True, eq=False)
class LocalResponse(Operation):
    """Divide by (bias + alpha * sum of squares over 2 * radius + 1 channels) ** beta (Krizhevsky et al. 2012)."""

    radius: int = 5
    bias: float = 1.0
    alpha: float = 1.0
    beta: float = 0.5


@dataclass(frozen=True, eq=False)
class Graph:
    """Hold operations in an order in which each comes after what it reads.

    `outputs` are the values that must survive a rewrite; others may be renamed or fused away.
    """

    operations: tuple[Operation, ...]
    outputs: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Operation]:
        """Return the operations by the name of their result."""
        return {operation.name: operation for operation in self.operations}

    @cached_property
    def users(self) -> Mapping[str, tuple[Operation, ...]]:
        """Return, for each value, the operations that read it."""
        users: dict[str, list[Operation]] = {}
        for operation in self.operations:
            for name in dict.fromkeys(operation.inputs):
                users.setdefault(name, []).append(operation)
        return {name: tuple(found) for name, found in users.items()}

    def used_once(self, name: str) -> bool:
        """Say whether one operation alone reads the value and nobody else needs it."""
        return len(self.users.get(name, ())) == 1 and name not in self.outputs

    def cut(self, layers: Iterable[str]) -> "Graph":
        """Return the part of the graph that `layers` need, with them as its outputs.

        Raises:
            LayerError: the graph has no value of that name.
        """
        outputs = tuple(dict.fromkeys(layers))
        for name in outputs:
            if name not in self.by_name:
                raise LayerError(f'"{name}" is not a value of this graph; {nearest(name, self.by_name)}')
        needed = set(outputs)
        kept = []
        for operation in reversed(self.operations):
            if operation.name in needed:
                needed.update(operation.inputs)
                kept.append(operation)
        return Graph(tuple(reversed(kept)), outputs)

    def shapes(self, height: int, width: int) -> dict[str, Shape]:
        """Return the (h, w, c) of every value for an input of that size; 0 places mean that it is too small."""
        shapes: dict[str, Shape] = {INPUT: (height, width, 3)}
        for operation in self.operations:
            shapes[operation.name] = _output_shape(operation, [shapes[name] for name in operation.inputs])
        return shapes

    def strides(self) -> dict[str, int]:
        """Return for every value how many pixels of the picture one of its places stands for."""
        strides = {INPUT: 1}
        for operation in self.operations:
            strides[operation.name] = max(strides[name] for name in operation.inputs) * getattr(operation, "stride", 1)
        return strides

    def smallest_size(self) -> int:
        """Return the least side in pixels of a square input for which every value has at least one place."""
        size = 1
        while any(min(shape) < 1 for shape in self.shapes(size, size).values()):
            size += 1
        return size


def output_length(length: int, size: int, stride: int, padding: Padding, axis: int) -> int:
    """Return how many places a window of `size` takes along one axis (0 rows, 1 columns)."""
    if padding == "same":
        return -(-length // stride)
    before, after = (0, 0) if isinstance(padding, str) else padding[axis]
    return max(0, (length + before + after - size) // stride + 1)


def _output_shape(operation: Operation, inputs: list[Shape]) -> Shape:
    h, w, c = inputs[0]
    match operation:
        case Conv() | DepthwiseConv():
            kh, kw, c_in, c_out = operation.kernel.shape
            return (
                output_length(h, kh, operation.stride, operation.padding, 0),
                output_length(w, kw, operation.stride, operation.padding, 1),
                c_out if isinstance(operation, Conv) else c_in,
            )
        case Windowed():
            size, stride, padding = operation.size, operation.stride, operation.padding
            return output_length(h, size, stride, padding, 0), output_length(w, size, stride, padding, 1), c
        case GlobalMean():
            return min(h, 1), min(w, 1), c
        case Concat():
            return h, w, sum(shape[2] for shape in inputs)
        case Pad(padding=((top, bottom), (left, right))):
            return h + top + bottom, w + left + right, c
        case _:
            return h, w, c


def pack(graph: Graph) -> tuple[list[dict], dict[str, np.ndarray]]:
    """Return a graph as plain JSON values and arrays, for a file; `unpack` is its inverse."""
    records: list[dict] = []
    arrays: dict[str, np.ndarray] = {}
    for operation in graph.operations:
        record: dict = {"kind": type(operation).__name__}
        for item in fields(operation):
            value = getattr(operation, item.name)
            if isinstance(value, np.ndarray):
                arrays[f"{operation.name}/{item.name}"] = value
            else:
                record[item.name] = value
        records.append(record)
    return records, arrays


def unpack(records: list[dict], arrays: Mapping[str, np.ndarray]) -> Graph:
    """Build the graph that `pack` took apart.

    Raises:
        KeyError, TypeError or ValueError: the records are not those of `pack`.
    """
    operations = []
    for record in records:
        values: dict[str, Any] = {key: _tuples(value) for key, value in record.items() if key != "kind"}
        kind = KINDS[record["kind"]]
        for item in fields(kind):
            if f"{values['name']}/{item.name}" in arrays:
                values[item.name] = np.asarray(arrays[f"{values['name']}/{item.name}"])
        operations.append(kind(**values))
    return Graph(tuple(operations))


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


# Those of this module: of networks, not gradients.
_ALL = (*Operation.__subclasses__(), *Windowed.__subclasses__())
KINDS = {kind.__name__: kind for kind in _ALL if kind is not Windowed}
