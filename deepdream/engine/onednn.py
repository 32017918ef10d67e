"""Convolutions whose weights are no constants of the compiled function, and yet laid out by oneDNN only once.

TensorFlow lets oneDNN keep the laid-out weights of a convolution where they are constants of the graph alone; and of a
constant, which goes through several graphs on its way, a process holds nine copies. The operation by which TensorFlow
itself replaces such convolutions can be told the same of weights that are an argument. It has no public name, so it is
tried against `tf.nn.conv2d` before it is used; where it is missing, weights are constants.
"""

import functools
import itertools
import logging
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.attr_value_pb2 import AttrValue

from deepdream.engine import graph as ops
from deepdream.engine.kernels import KERNELS, spelled
from deepdream.engine.rewrites import ConvRelu

_log = logging.getLogger(__name__)


@functools.cache
def kernels() -> Mapping[type[ops.Operation], Callable[..., tf.Tensor]]:
    """Return the table of what operations compute in a compiled function on this machine.

    Automatic differentiation does not know these convolutions, so it needs `KERNELS`.
    """
    with tf.init_scope():  # whoever asks first may be tracing
        return {**KERNELS, ops.Conv: _conv, ConvRelu: _conv} if _works() else KERNELS


def _conv(operation: ops.Conv, x: tf.Tensor) -> tf.Tensor:
    with tf.init_scope():  # outside of the function, which then takes them as arguments
        arrays = [array for array in (operation.kernel, operation.bias) if array is not None]
        weights = [tf.constant(array.astype(x.dtype.as_numpy_dtype)) for array in arrays]
    padding = spelled(operation.padding)
    sides = [] if isinstance(padding, str) else [side for pair in padding for side in pair]
    after = [b"BiasAdd"] * (operation.bias is not None) + [b"Relu"] * isinstance(operation, ConvRelu)
    attributes = {
        "T": AttrValue(type=x.dtype.as_datatype_enum),
        "strides": _numbers(1, operation.stride, operation.stride, 1),
        "padding": _text(padding if isinstance(padding, str) else "EXPLICIT"),
        "explicit_paddings": _numbers(*sides),
        "is_filter_const": AttrValue(b=True),
        "_kernel": _text("MklNameChangeOp"),
    }
    if after:
        attributes |= {
            "TArgs": AttrValue(list=AttrValue.ListValue(type=[x.dtype.as_datatype_enum])),
            "num_args": AttrValue(i=1),
            "num_host_args": AttrValue(i=0),
            "fused_ops": AttrValue(list=AttrValue.ListValue(s=after)),
        }
    kind = "_MklNativeFusedConv2D" if after else "_MklNativeConv2D"
    graph = tf.compat.v1.get_default_graph()
    return graph.create_op(kind, [x, *weights], [x.dtype], attrs=attributes, name="conv").outputs[0]


def _numbers(*numbers: int) -> AttrValue:
    return AttrValue(list=AttrValue.ListValue(i=numbers))


def _text(text: str) -> AttrValue:
    return AttrValue(s=text.encode())


def _works() -> bool:
    """Say whether the operation is there and computes what it should, in both compute types, at two sizes."""
    if tf.config.list_physical_devices("GPU"):
        return False
    random = np.random.default_rng(0)
    kernel, bias = random.normal(size=(3, 3, 16, 24)).astype("f"), random.normal(size=24).astype("f")
    plain, fused = (
        kind("trial", (ops.INPUT,), kernel, bias, 2, ((1, 2), (0, 1)))
        for kind, bias in ((ops.Conv, None), (ConvRelu, bias))
    )
    try:
        for operation, dtype in itertools.product((plain, fused), (tf.float32, tf.bfloat16)):
            signature = (tf.TensorSpec([None, None, None, 16], dtype),)
            tried, known = (
                tf.function(functools.partial(conv, operation), input_signature=signature, autograph=False)
                for conv in (_conv, KERNELS[type(operation)])
            )
            for side in (9, 14):
                x = tf.constant(random.normal(size=(2, side, side, 16)), dtype)
                there, here = (np.asarray(function(x), np.float32) for function in (tried, known))
                if there.shape != here.shape or np.abs(there - here).max() > 0.02 * np.abs(here).max():
                    raise ValueError(f"a convolution in {dtype.name} differs")
    except Exception as error:  # whatever TensorFlow raises where the operation is not what it was
        _log.info("Weights are constants of the compiled functions: %s", str(error).partition("\n")[0])
        return False
    return True
