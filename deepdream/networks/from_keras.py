"""Take a Keras model apart into a Graph: one operation a layer, then batch norms and paddings folded into convolutions.

Names are those of the Keras layers, as a fresh session would number them. A layer with an activation of its own becomes
two operations; the value that bears the layer's name is the one after the activation, as in Keras.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepdream.engine.graph import (
    ACTIVATIONS,
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
    MaxPool,
    Multiply,
    Operation,
    Pad,
    Scale,
)

_log = logging.getLogger(__name__)


class UnknownLayerError(Exception):
    """Report a Keras layer that graphs have no operation for; the message says which, and what of it."""


@dataclass(frozen=True, eq=False)
class Conversion:
    """Hold a model's graph, the Keras class of each value, the name of its logits, and the names of its classes."""

    graph: Graph
    classes: dict[str, str]
    logits: str | None
    labels: tuple[str, ...] = ()


def convert(model: Any) -> Conversion:
    """Return the graph of a Keras functional or sequential model, with everything folded that can be.

    What follows a Flatten, and the softmax at the end, is left out: it fits one size of picture, or is no place to
    dream.

    Raises: UnknownLayerError for a layer that has no equal here.
    """
    walk = _Walk()
    outputs = walk.model(model, [INPUT])
    logits = walk.dense.get(outputs[0]) if len(outputs) == 1 else None
    return Conversion(fold(Graph(tuple(walk.operations))), walk.classes, logits)


def fold(graph: Graph) -> Graph:
    """Return an equal graph in which paddings and scales have gone into the convolutions beside them.

    The names that remain still mean the same values.
    """
    operations: dict[str, Operation] = {}
    for operation in graph.operations:
        before = operations.get(operation.inputs[0])
        if before is not None and graph.used_once(before.name):
            folded = _fold(before, operation)
            if folded is not None:
                del operations[before.name]
                operation = folded
        operations[operation.name] = operation
    return Graph(tuple(operations.values()), graph.outputs)


def _fold(before: Operation, operation: Operation) -> Operation | None:
    """Return one operation that does both, or None."""
    match before, operation:
        case Pad(), Conv(
            padding="valid"
        ):  # not into a depthwise one: TensorFlow's fused kernel aborts on explicit padding
            return replace(operation, inputs=before.inputs, padding=before.padding)
        case Conv() | DepthwiseConv(), Scale(scale=scale, offset=offset):
            # In float64: a channel whose variance is tiny has a huge scale.
            shaped = scale.astype(np.float64)
            kernel = before.kernel * (shaped if isinstance(before, Conv) else shaped[:, None])
            bias = shaped * (before.bias if before.bias is not None else 0) + (offset if offset is not None else 0)
            return replace(
                before, name=operation.name, kernel=kernel.astype(np.float32), bias=np.asarray(bias).astype(np.float32)
            )
    return None


def _snake_case(name: str) -> str:
    """Return the word from which Keras makes a layer's name: Conv2D conv2d, BatchNormalization batch_normalization."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


Shape = tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Call:
    """Hold one use of a Keras layer: its name, the names and shapes of what it reads, and the shape of its result."""

    layer: Any
    name: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape

    @property
    def channels(self) -> int:
        """Return the channels of the result."""
        return int(self.shape[-1] or 0)

    def require(self, holds: bool, what: str) -> None:
        """Refuse the layer for what it has, unless `holds`."""
        if not holds:
            raise UnknownLayerError(f'{type(self.layer).__name__} "{self.layer.name}" with {what}')

    def stride(self) -> int:
        """Return the one stride of a convolution or pool, and refuse what windows here cannot be."""
        layer = self.layer
        self.require(layer.data_format == "channels_last", "channels first")
        self.require(tuple(getattr(layer, "dilation_rate", (1, 1))) == (1, 1), "dilation")
        self.require(layer.strides[0] == layer.strides[1], f"strides {layer.strides}")
        return int(layer.strides[0])

    def size(self) -> int:
        """Return the side of a pool's window."""
        self.require(self.layer.pool_size[0] == self.layer.pool_size[1], f"pool_size {self.layer.pool_size}")
        return int(self.layer.pool_size[0])

    def bias(self) -> np.ndarray | None:
        """Return the layer's bias, if it has one."""
        return _array(self.layer.bias) if self.layer.use_bias else None

    def each(self, values: np.ndarray) -> np.ndarray:
        """Return one value a channel, from one for all or one each."""
        return np.broadcast_to(values, self.channels).astype(np.float32)

    def function(self) -> str | None:
        """Return our word for the layer's activation, None for linear and for the softmax at the end."""
        activation = getattr(self.layer, "activation", None)
        word = getattr(activation, "__name__", type(activation).__name__) if activation is not None else "linear"
        self.require(word in FUNCTIONS, f"activation {word}")
        return FUNCTIONS[word]

    def activated(self, operation: Operation) -> list[Operation]:
        """Return the operation that bears the call's name, followed by the layer's own activation where it has one."""
        function = self.function()
        if function is None:
            return [operation]
        linear = replace(operation, name=f"{self.name} before activation")
        return [linear, Activation(self.name, (linear.name,), function)]


# Keras's word for an activation -> ours.
FUNCTIONS: dict[str, str | None] = {
    **{name: name for name in ACTIVATIONS},
    "linear": None,
    "softmax": None,
    "swish": "silu",
    "hard_swish": "hard_silu",
}


class _Walk:
    """Collect operations along a model; `values` maps the Keras tensors seen so far to names."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.classes: dict[str, str] = {}
        self.dense: dict[
            str | None, str
        ] = {}  # the result of each dense layer without places: its value before the activation
        self.values: dict[int, str | None] = {}  # None: behind a Flatten
        self.names: dict[int, str] = {}

    def model(self, model: Any, inputs: list[str | None], prefix: str = "") -> list[str | None]:
        """Add the operations of a model that reads these values, and return the names of its outputs.

        `prefix` goes before the numbered names of a model inside a model.
        """
        self.names.update({layer: prefix + name for layer, name in _fresh_names(model).items()})
        self.values.update({id(tensor): name for tensor, name in zip(model.inputs, inputs, strict=True)})
        # Keras has no public list of a functional model's calls in their order; this one has been there since 3.0.
        function = model._functional if type(model).__name__ == "Sequential" else model
        if function is not model:
            self.values.update({id(tensor): name for tensor, name in zip(function.inputs, inputs, strict=True)})
        for depth in sorted(function._nodes_by_depth, reverse=True):
            for node in function._nodes_by_depth[depth]:
                if not node.is_input:
                    self._node(node)
        return [self.values[id(tensor)] for tensor in function.outputs]

    def _node(self, node: Any) -> None:
        layer = node.operation
        sources = [self.values[id(tensor)] for tensor in node.input_tensors]
        kind = type(layer).__name__
        if None in sources or kind == "Flatten":
            results: list[str | None] = [None] * len(node.outputs)
        elif hasattr(layer, "_nodes_by_depth") or kind == "Sequential":
            results = self.model(layer, sources, f"{layer.name}/")
        else:
            name = self.names.get(id(layer), layer.name)
            shape = tuple(node.outputs[0].shape)
            if kind not in LAYERS:
                raise UnknownLayerError(f'{kind} "{layer.name}"')
            shapes = tuple(tuple(tensor.shape) for tensor in node.input_tensors)
            made = LAYERS[kind](Call(layer, name, tuple(str(source) for source in sources), shapes, shape))
            self.operations.extend(made)
            if name in self.classes:
                raise UnknownLayerError(f'a second {kind} "{name}"')
            if made:
                self.classes[made[-1].name] = kind
            if kind == "Dense" and len(shape) == 2:
                self.dense[made[-1].name] = made[0].name
            results = [made[-1].name if made else sources[0]]
        self.values.update({id(tensor): result for tensor, result in zip(node.outputs, results, strict=True)})


def _fresh_names(model: Any) -> dict[int, str]:
    """Return the names by id of the layers that Keras numbered, counted from the model's first, as in a new session."""
    numbered: dict[str, list[tuple[int, Any]]] = {}
    for layer in getattr(model, "operations", model.layers):
        snake = _snake_case(type(layer).__name__)
        found = re.fullmatch(rf"{snake}(?:_(\d+))?", layer.name)
        if found:
            numbered.setdefault(snake, []).append((int(found[1] or 0), layer))
    names = {}
    for snake, layers in numbered.items():
        first = min(number for number, _ in layers)
        for number, layer in layers:
            names[id(layer)] = snake if number == first else f"{snake}_{number - first}"
    return names


# One function a Keras layer: a call of it in, operations out, the last of which bears the call's name.
# No operation means that the layer hands on what it gets.


def _array(variable: Any) -> np.ndarray:
    return np.asarray(variable.numpy(), np.float32)


def _convolution(call: Call) -> list[Operation]:
    layer, stride, kernel = call.layer, call.stride(), _array(call.layer.kernel)
    if layer.groups == layer.filters > 1 and kernel.shape[2] == 1:
        deep = kernel.transpose(0, 1, 3, 2)  # (kh, kw, c, 1)
        return call.activated(DepthwiseConv(call.name, call.inputs, deep, call.bias(), stride, layer.padding))
    call.require(layer.groups == 1, f"{layer.groups} groups")
    return call.activated(Conv(call.name, call.inputs, kernel, call.bias(), stride, layer.padding))


def _depthwise(call: Call) -> list[Operation]:
    call.require(call.layer.depth_multiplier == 1, f"depth_multiplier {call.layer.depth_multiplier}")
    kernel, stride = _array(call.layer.kernel), call.stride()
    return call.activated(DepthwiseConv(call.name, call.inputs, kernel, call.bias(), stride, call.layer.padding))


def _separable(call: Call) -> list[Operation]:
    layer = call.layer
    call.require(layer.depth_multiplier == 1, f"depth_multiplier {layer.depth_multiplier}")
    deep_name, deep_kernel = f"{call.name} depthwise", _array(layer.depthwise_kernel)
    deep = DepthwiseConv(deep_name, call.inputs, deep_kernel, None, call.stride(), layer.padding)
    return [deep, *call.activated(Conv(call.name, (deep_name,), _array(layer.pointwise_kernel), call.bias()))]


def _dense(call: Call) -> list[Operation]:
    kernel = _array(call.layer.kernel)[None, None]  # (1, 1, c_in, c_out)
    return call.activated(Conv(call.name, call.inputs, kernel, call.bias()))


def _batch_norm(call: Call) -> list[Operation]:
    layer = call.layer
    call.require(layer.axis in (-1, 3), f"axis {layer.axis}")
    gamma = layer.gamma.numpy().astype(np.float64) if layer.scale else 1.0
    beta = layer.beta.numpy().astype(np.float64) if layer.center else 0.0
    scale = gamma / np.sqrt(layer.moving_variance.numpy().astype(np.float64) + layer.epsilon)
    offset = beta - layer.moving_mean.numpy() * scale
    return [Scale(call.name, call.inputs, scale.astype(np.float32), offset.astype(np.float32))]


def _layer_norm(call: Call) -> list[Operation]:
    layer = call.layer
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0] if len(layer.axis) == 1 else None
    call.require(axis in (-1, len(call.shape) - 1), f"axis {layer.axis}")
    call.require(not getattr(layer, "rms_scaling", False), "rms_scaling")
    scale = _array(layer.gamma) if layer.scale else np.ones(call.channels, np.float32)
    offset = _array(layer.beta) if layer.center else np.zeros(call.channels, np.float32)
    return [LayerNorm(call.name, call.inputs, scale, offset, float(layer.epsilon))]


def _layer_scale(call: Call) -> list[Operation]:
    return [Scale(call.name, call.inputs, _array(call.layer.gamma))]


def _rescaling(call: Call) -> list[Operation]:
    scale, offset = (np.asarray(value, np.float32) for value in (call.layer.scale, call.layer.offset))
    return [Scale(call.name, call.inputs, call.each(scale), call.each(offset))]


def _normalization(call: Call) -> list[Operation]:
    call.require(not call.layer.invert, "invert")
    mean, variance = (np.ravel(np.asarray(value, np.float64)) for value in (call.layer.mean, call.layer.variance))
    deviation = np.maximum(np.sqrt(variance), 1e-7)  # Keras divides by no less than its fuzz
    return [Scale(call.name, call.inputs, call.each(1 / deviation), call.each(-mean / deviation))]


def _scaled_sum(call: Call) -> list[Operation]:
    scaled = Scale(f"{call.name} scaled", call.inputs[1:], call.each(np.asarray(call.layer.scale)))
    return [scaled, Add(call.name, (call.inputs[0], scaled.name))]


def _relu(call: Call) -> list[Operation]:
    layer = call.layer
    call.require(not layer.negative_slope and not layer.threshold, "a slope or a threshold")
    call.require(layer.max_value in (None, 6), f"max_value {layer.max_value}")
    return [Activation(call.name, call.inputs, "relu" if layer.max_value is None else "relu6")]


def _activation(call: Call) -> list[Operation]:
    function = call.function()
    return [] if function is None else [Activation(call.name, call.inputs, function)]


def _max_pool(call: Call) -> list[Operation]:
    return [MaxPool(call.name, call.inputs, call.size(), call.stride(), call.layer.padding)]


def _average_pool(call: Call) -> list[Operation]:
    return [AveragePool(call.name, call.inputs, call.size(), call.stride(), call.layer.padding)]


def _global_mean(call: Call) -> list[Operation]:
    return [GlobalMean(call.name, call.inputs)]


def _pad(call: Call) -> list[Operation]:
    (top, bottom), (left, right) = call.layer.padding
    return [Pad(call.name, call.inputs, ((top, bottom), (left, right)))]


def _concat(call: Call) -> list[Operation]:
    call.require(call.layer.axis in (-1, 3), f"axis {call.layer.axis}")
    return [Concat(call.name, call.inputs)]


def _add(call: Call) -> list[Operation]:
    call.require(len(call.inputs) > 1 and len(set(call.input_shapes)) == 1, f"inputs of {call.input_shapes}")
    return [Add(call.name, call.inputs)]


def _multiply(call: Call) -> list[Operation]:
    call.require(len(call.inputs) == 2, f"{len(call.inputs)} inputs")
    (first, second), gate = call.input_shapes, (1, 1)
    if first[1:3] == gate != second[1:3]:
        return [Multiply(call.name, call.inputs[::-1])]
    call.require(first == second or second[1:3] == gate, f"inputs of {call.input_shapes}")
    return [Multiply(call.name, call.inputs)]


def _reshape(call: Call) -> list[Operation]:
    # Only that of a global mean to (1, 1, c), as squeeze and excitation has it: here it has that shape already.
    call.require(len(call.shape) == 4 and call.shape[1:3] == (1, 1), f"target shape {call.shape[1:]}")
    return []


def _nothing(call: Call) -> list[Operation]:
    return []


LAYERS: dict[str, Callable[[Call], list[Operation]]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "LayerScale": _layer_scale,
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "CustomScaleLayer": _scaled_sum,
    "ReLU": _relu,
    "Activation": _activation,
    "Softmax": _nothing,
    "MaxPooling2D": _max_pool,
    "AveragePooling2D": _average_pool,
    "GlobalAveragePooling2D": _global_mean,
    "ZeroPadding2D": _pad,
    "Concatenate": _concat,
    "Add": _add,
    "Multiply": _multiply,
    "Reshape": _reshape,
    "Dropout": _nothing,
    "SpatialDropout2D": _nothing,
    "GaussianNoise": _nothing,
    "StochasticDepth": _nothing,
}
