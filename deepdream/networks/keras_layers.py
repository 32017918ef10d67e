"""What each Keras layer is as operations of a graph: one small function each, in one table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepdream.engine import graph as ops
from deepdream.engine.graph import Operation


class UnknownLayerError(Exception):
    """Report a Keras layer that graphs have no operation for; the message says which, and what of it."""


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
        """Return our word for the layer's activation, None for linear."""
        from deepdream.engine.kernels import FUNCTIONS

        activation = getattr(self.layer, "activation", None)
        word = getattr(activation, "__name__", type(activation).__name__) if activation is not None else "linear"
        self.require(word == "linear" or word in FUNCTIONS, f"activation {word}")
        return word if word != "linear" else None

    def activated(self, operation: Operation) -> list[Operation]:
        """Return the operation that bears the call's name, followed by the layer's own activation where it has one."""
        function = self.function()
        if function is None:
            return [operation]
        linear = replace(operation, name=linear_name(self.name))
        return [linear, ops.Activation(self.name, (linear.name,), function)]


def linear_name(name: str) -> str:
    """Return the name of a layer's value before its own activation."""
    return f"{name} before activation"


# One function a Keras layer: a call of it in, operations out, the last of which bears the call's name.
# No operation means that the layer hands on what it gets.


def _array(variable: Any) -> np.ndarray:
    return np.asarray(variable.numpy(), np.float32)


def _convolution(call: Call) -> list[Operation]:
    layer, stride, kernel = call.layer, call.stride(), _array(call.layer.kernel)
    if layer.groups == layer.filters > 1 and kernel.shape[2] == 1:
        deep = kernel.transpose(0, 1, 3, 2)  # (kh, kw, c, 1)
        return call.activated(ops.DepthwiseConv(call.name, call.inputs, deep, call.bias(), stride, layer.padding))
    call.require(layer.groups == 1, f"{layer.groups} groups")
    return call.activated(ops.Conv(call.name, call.inputs, kernel, call.bias(), stride, layer.padding))


def _depthwise(call: Call) -> list[Operation]:
    call.require(call.layer.depth_multiplier == 1, f"depth_multiplier {call.layer.depth_multiplier}")
    kernel, stride = _array(call.layer.kernel), call.stride()
    return call.activated(ops.DepthwiseConv(call.name, call.inputs, kernel, call.bias(), stride, call.layer.padding))


def _separable(call: Call) -> list[Operation]:
    layer = call.layer
    call.require(layer.depth_multiplier == 1, f"depth_multiplier {layer.depth_multiplier}")
    deep_name, deep_kernel = f"{call.name} depthwise", _array(layer.depthwise_kernel)
    deep = ops.DepthwiseConv(deep_name, call.inputs, deep_kernel, None, call.stride(), layer.padding)
    return [deep, *call.activated(ops.Conv(call.name, (deep_name,), _array(layer.pointwise_kernel), call.bias()))]


def _dense(call: Call) -> list[Operation]:
    kernel = _array(call.layer.kernel)[None, None]  # (1, 1, c_in, c_out)
    return call.activated(ops.Conv(call.name, call.inputs, kernel, call.bias()))


def _batch_norm(call: Call) -> list[Operation]:
    layer = call.layer
    call.require(layer.axis in (-1, 3), f"axis {layer.axis}")
    gamma = layer.gamma.numpy().astype(np.float64) if layer.scale else 1.0
    beta = layer.beta.numpy().astype(np.float64) if layer.center else 0.0
    scale = gamma / np.sqrt(layer.moving_variance.numpy().astype(np.float64) + layer.epsilon)
    offset = beta - layer.moving_mean.numpy() * scale
    return [ops.Scale(call.name, call.inputs, scale.astype(np.float32), offset.astype(np.float32))]


def _layer_norm(call: Call) -> list[Operation]:
    layer = call.layer
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0] if len(layer.axis) == 1 else None
    call.require(axis in (-1, len(call.shape) - 1), f"axis {layer.axis}")
    call.require(not getattr(layer, "rms_scaling", False), "rms_scaling")
    scale = _array(layer.gamma) if layer.scale else np.ones(call.channels, np.float32)
    offset = _array(layer.beta) if layer.center else np.zeros(call.channels, np.float32)
    return [ops.LayerNorm(call.name, call.inputs, scale, offset, float(layer.epsilon))]


def _layer_scale(call: Call) -> list[Operation]:
    return [ops.Scale(call.name, call.inputs, _array(call.layer.gamma))]


def _rescaling(call: Call) -> list[Operation]:
    scale, offset = (np.asarray(value, np.float32) for value in (call.layer.scale, call.layer.offset))
    return [ops.Scale(call.name, call.inputs, call.each(scale), call.each(offset))]


def _normalization(call: Call) -> list[Operation]:
    call.require(not call.layer.invert, "invert")
    mean, variance = (np.ravel(np.asarray(value, np.float64)) for value in (call.layer.mean, call.layer.variance))
    deviation = np.maximum(np.sqrt(variance), 1e-7)  # Keras divides by no less than its fuzz
    return [ops.Scale(call.name, call.inputs, call.each(1 / deviation), call.each(-mean / deviation))]


def _scaled_sum(call: Call) -> list[Operation]:
    scaled = ops.Scale(f"{call.name} scaled", call.inputs[1:], call.each(np.asarray(call.layer.scale)))
    return [scaled, ops.Add(call.name, (call.inputs[0], scaled.name))]


def _relu(call: Call) -> list[Operation]:
    layer = call.layer
    call.require(not layer.negative_slope and not layer.threshold, "a slope or a threshold")
    call.require(layer.max_value in (None, 6), f"max_value {layer.max_value}")
    return [ops.Activation(call.name, call.inputs, "relu" if layer.max_value is None else "relu6")]


def _activation(call: Call) -> list[Operation]:
    function = call.function()
    return [] if function is None else [ops.Activation(call.name, call.inputs, function)]


def _max_pool(call: Call) -> list[Operation]:
    return [ops.MaxPool(call.name, call.inputs, call.size(), call.stride(), call.layer.padding)]


def _average_pool(call: Call) -> list[Operation]:
    return [ops.AveragePool(call.name, call.inputs, call.size(), call.stride(), call.layer.padding)]


def _global_mean(call: Call) -> list[Operation]:
    return [ops.GlobalMean(call.name, call.inputs)]


def _pad(call: Call) -> list[Operation]:
    (top, bottom), (left, right) = call.layer.padding
    return [ops.Pad(call.name, call.inputs, ((top, bottom), (left, right)))]


def _concat(call: Call) -> list[Operation]:
    call.require(call.layer.axis in (-1, 3), f"axis {call.layer.axis}")
    return [ops.Concat(call.name, call.inputs)]


def _add(call: Call) -> list[Operation]:
    call.require(len(call.inputs) > 1 and len(set(call.input_shapes)) == 1, f"inputs of {call.input_shapes}")
    return [ops.Add(call.name, call.inputs)]


def _multiply(call: Call) -> list[Operation]:
    call.require(len(call.inputs) == 2, f"{len(call.inputs)} inputs")
    (first, second), gate = call.input_shapes, (1, 1)
    if first[1:3] == gate != second[1:3]:
        return [ops.Multiply(call.name, call.inputs[::-1])]
    call.require(first == second or second[1:3] == gate, f"inputs of {call.input_shapes}")
    return [ops.Multiply(call.name, call.inputs)]


def _reshape(call: Call) -> list[Operation]:
    # Only that of a global mean to (1, 1, c), as squeeze and excitation has it: here it has that shape already.
    (before,) = call.input_shapes
    same = len(call.shape) == 4 and call.shape[1:3] == (1, 1) and before[-1] == call.shape[-1]
    call.require(same and before[1:-1] in ((), (1, 1)), f"target shape {call.shape[1:]}")
    return []


def _softmax(call: Call) -> list[Operation]:
    call.require(call.layer.axis in (-1, len(call.shape) - 1), f"axis {call.layer.axis}")
    return [ops.Activation(call.name, call.inputs, "softmax")]


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
    "Softmax": _softmax,
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
