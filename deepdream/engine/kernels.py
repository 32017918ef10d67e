"""What each operation of a forward or backward graph computes: one small TensorFlow function each, in one table.

A function takes the operation and the values that it reads, (n, h, w, c) of one float type, and gives its value in the
same type.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from deepdream.engine import backward as back
from deepdream.engine import graph as ops
from deepdream.engine.rewrites import ConvRelu


def constant(array: np.ndarray, dtype: tf.DType) -> tf.Tensor:
    """Return an array as a constant of the compiled function in the compute type."""
    values = array.astype(dtype.as_numpy_dtype)
    if tf.executing_eagerly() or not values.ndim:
        return tf.constant(values)
    # As raw bytes: TensorFlow would write bfloat16 as a list of integers, of which a function holds several copies.
    proto = tf.make_tensor_proto(0, dtype, shape=())
    return tf.constant(
        type(proto)(
            dtype=proto.dtype, tensor_shape=tf.TensorShape(values.shape).as_proto(), tensor_content=values.tobytes()
        )
    )


def _conv(operation: ops.Conv, x: tf.Tensor) -> tf.Tensor:
    y = tf.nn.conv2d(x, constant(operation.kernel, x.dtype), operation.stride, spelled(operation.padding))
    return y if operation.bias is None else tf.nn.bias_add(y, constant(operation.bias, x.dtype))


def _conv_relu(operation: ConvRelu, x: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(_conv(operation, x))


def _depthwise(operation: ops.DepthwiseConv, x: tf.Tensor) -> tf.Tensor:
    strides = [1, operation.stride, operation.stride, 1]
    y = tf.nn.depthwise_conv2d(x, constant(operation.kernel, x.dtype), strides, operation.padding.upper())
    return y if operation.bias is None else tf.nn.bias_add(y, constant(operation.bias, x.dtype))


def spelled(padding: ops.Padding) -> str | list[list[int]]:
    """Return a padding as TensorFlow's convolutions spell it."""
    if isinstance(padding, str):
        return padding.upper()
    return [[0, 0], list(padding[0]), list(padding[1]), [0, 0]]


def _activation(operation: ops.Activation, x: tf.Tensor) -> tf.Tensor:
    return FUNCTIONS[operation.function](x)


def _hard_sigmoid(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu6(x + tf.cast(3, x.dtype)) / tf.cast(6, x.dtype)


def _softmax(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.nn.softmax(tf.cast(x, tf.float32)), x.dtype)


FUNCTIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "relu": tf.nn.relu,
    "relu6": tf.nn.relu6,
    "silu": lambda x: x * tf.sigmoid(x),
    "gelu": lambda x: tf.nn.gelu(x, approximate=False),
    "sigmoid": tf.sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "tanh": tf.tanh,
    "softmax": _softmax,
}


def _max_pool(operation: ops.MaxPool, x: tf.Tensor) -> tf.Tensor:
    return tf.nn.max_pool2d(x, operation.size, operation.stride, operation.padding.upper())


def _average_pool(operation: ops.AveragePool, x: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(x, operation.size, operation.stride, operation.padding.upper())


def _global_mean(operation: ops.GlobalMean, x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(x, [1, 2], keepdims=True)


def _concat(operation: ops.Concat, *parts: tf.Tensor) -> tf.Tensor:
    return tf.concat(parts, -1)


def _add(operation: ops.Add, *parts: tf.Tensor) -> tf.Tensor:
    return tf.add_n(parts)


def _multiply(operation: ops.Multiply, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return x * y


def _scale(operation: ops.Scale, x: tf.Tensor) -> tf.Tensor:
    y = x * constant(operation.scale, x.dtype)
    return y if operation.offset is None else tf.nn.bias_add(y, constant(operation.offset, x.dtype))


def _pad(operation: ops.Pad, x: tf.Tensor) -> tf.Tensor:
    return tf.pad(x, spelled(operation.padding))


def _layer_norm(operation: ops.LayerNorm, x: tf.Tensor) -> tf.Tensor:
    wide = tf.cast(x, tf.float32)
    mean, variance = tf.nn.moments(wide, [-1], keepdims=True)
    normal = (wide - mean) * tf.math.rsqrt(variance + operation.epsilon)
    return tf.cast(normal * operation.scale + operation.offset, x.dtype)


def _local_response(operation: ops.LocalResponse, x: tf.Tensor) -> tf.Tensor:
    # TensorFlow's kernels take float32 and float16 only.
    y = tf.nn.local_response_normalization(
        tf.cast(x, tf.float32), operation.radius, operation.bias, operation.alpha, operation.beta
    )
    return tf.cast(y, x.dtype)


def _mask(operation: back.Mask, gradient: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.ReluGrad(gradients=gradient, features=y)


def _window(operation: ops.Windowed) -> dict[str, Any]:
    """Return a pool's window as TensorFlow's raw operations take it."""
    ksize, strides = ([1, length, length, 1] for length in (operation.size, operation.stride))
    return {"ksize": ksize, "strides": strides, "padding": operation.padding.upper()}


def _max_pool_gradient(operation: back.MaxPoolGradient, gradient: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=y, grad=gradient, **_window(operation))


def _average_pool_gradient(operation: back.AveragePoolGradient, gradient: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.AvgPoolGrad(orig_input_shape=tf.shape(x), grad=gradient, **_window(operation))


def _global_mean_gradient(operation: back.GlobalMeanGradient, gradient: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    places = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], gradient.dtype)
    return tf.broadcast_to(gradient / places, tf.shape(x))


def _unstride(operation: back.Unstride, parts: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    whole = tf.nn.depth_to_space(parts, operation.stride) if operation.stride > 1 else parts
    starts, lengths, missing = [], [], []
    for axis in (0, 1):
        length, size, stride = tf.shape(like)[axis + 1], operation.size[axis], operation.stride
        if operation.padding == "same":
            start = tf.maximum((-(-length // stride) - 1) * stride + size - length, 0) // 2
        else:
            start = tf.constant(0 if operation.padding == "valid" else operation.padding[axis][0])
        starts.append(start)
        lengths.append(length)
        missing.append(tf.maximum(start + length - tf.shape(whole)[axis + 1], 0))
    if operation.stride > 2 or operation.size[0] % 2 == 0 or operation.size[1] % 2 == 0:
        # Only then can the last rows lie beyond every window of the forward convolution.
        whole = tf.pad(whole, [[0, 0], [0, missing[0]], [0, missing[1]], [0, 0]])
    return whole[:, starts[0] : starts[0] + lengths[0], starts[1] : starts[1] + lengths[1]]


def _derivative(operation: back.Derivative, gradient: tf.Tensor, *inputs: tf.Tensor) -> tf.Tensor:
    apart = [tf.identity(x) for x in inputs]  # the same value may be read twice
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(apart[operation.number])
        y = KERNELS[type(operation.operation)](operation.operation, *apart)
    return tape.gradient(y, apart[operation.number], output_gradients=gradient)


KERNELS: dict[type[ops.Operation], Callable[..., tf.Tensor]] = {
    ops.Conv: _conv,
    ConvRelu: _conv_relu,
    ops.DepthwiseConv: _depthwise,
    ops.Activation: _activation,
    ops.MaxPool: _max_pool,
    ops.AveragePool: _average_pool,
    ops.GlobalMean: _global_mean,
    ops.Concat: _concat,
    ops.Add: _add,
    ops.Multiply: _multiply,
    ops.Scale: _scale,
    ops.Pad: _pad,
    ops.LayerNorm: _layer_norm,
    ops.LocalResponse: _local_response,
    back.Mask: _mask,
    back.MaxPoolGradient: _max_pool_gradient,
    back.AveragePoolGradient: _average_pool_gradient,
    back.GlobalMeanGradient: _global_mean_gradient,
    back.Unstride: _unstride,
    back.Derivative: _derivative,
}
