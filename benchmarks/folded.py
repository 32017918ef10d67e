"""The same folded network as a plain Keras model, differentiated by TensorFlow: what our backward graph must beat."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from deepdream.engine.graph import INPUT, Activation, Add, AveragePool, Concat, Conv, Graph, MaxPool, Operation


def folded_steps(
    graph: Graph, layers: tuple[str, ...], precision: str
) -> Callable[[np.ndarray, int, float], np.ndarray]:
    """Return run(image, steps, step_size) -> image (h, w, 3): means of the layers, std, step, clip; one call a step.

    Weights and activations are in the precision, the picture and its gradient float32.
    """
    model = folded_model(graph.cut(layers), precision)

    @tf.function(input_signature=(tf.TensorSpec([1, None, None, 3]), tf.TensorSpec([])), autograph=False)
    def step(image: tf.Tensor, step_size: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            means = [tf.reduce_mean(tf.cast(layer, tf.float32)) for layer in tf.nest.flatten(model(image))]
            total = tf.add_n(means)
        gradient = tape.gradient(total, image)
        return tf.clip_by_value(image + gradient * (step_size / (tf.math.reduce_std(gradient) + 1e-8)), -1, 1)

    def run(image: np.ndarray, steps: int, step_size: float) -> np.ndarray:
        x = tf.constant(image[None])
        for _ in range(steps):
            x = step(x, step_size)
        return x.numpy()[0]

    return run


def folded_model(graph: Graph, precision: str) -> keras.Model:
    """Return a graph of convolutions, ReLUs, pools, sums and concatenations as a Keras model, in one float type."""
    dtype = "bfloat16" if precision == "bf16" else "float32"
    start = keras.Input((None, None, 3))
    values = {INPUT: keras.ops.cast(start, dtype)}
    for operation in graph.operations:
        inputs = [values[name] for name in operation.inputs]
        values[operation.name] = _value(operation, inputs, dtype)
    return keras.Model(start, [values[name] for name in graph.outputs])


def _value(operation: Operation, inputs: list, dtype: str):
    layers = keras.layers
    match operation:
        case Conv(kernel=kernel, bias=bias, stride=stride, padding=padding):
            around = padding if isinstance(padding, tuple) else ((0, 0), (0, 0))
            x = layers.ZeroPadding2D(around, dtype=dtype)(inputs[0]) if np.any(around) else inputs[0]
            window, word = kernel.shape[:2], "valid" if isinstance(padding, tuple) else padding
            conv = layers.Conv2D(kernel.shape[3], window, stride, word, use_bias=bias is not None, dtype=dtype)
            y = conv(x)
            conv.set_weights([kernel] if bias is None else [kernel, bias])
            return y
        case Activation(function="relu"):
            return layers.Activation("relu", dtype=dtype)(inputs[0])
        case MaxPool(size=size, stride=stride, padding=padding):
            return layers.MaxPooling2D(size, stride, padding, dtype=dtype)(inputs[0])
        case AveragePool(size=size, stride=stride, padding=padding):
            return layers.AveragePooling2D(size, stride, padding, dtype=dtype)(inputs[0])
        case Concat():
            return layers.Concatenate(dtype=dtype)(inputs)
        case Add():
            return layers.Add(dtype=dtype)(inputs)
    raise NotImplementedError(type(operation).__name__)
