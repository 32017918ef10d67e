"""Keras models taken apart: every layer that is known, folding, names, and what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from calibrated import calibrate
from keras import layers
from tiny_graphs import MeanSquare, picture, tiny_graph, tiny_network

from deepdream.engine.compile import activations, compile_gradient, run
from deepdream.engine.graph import INPUT, Activation, Conv, DepthwiseConv, Graph, Pad, Scale
from deepdream.networks.from_keras import convert, fold
from deepdream.networks.keras_layers import LAYERS, UnknownLayerError

SIDE = 33


class LayerScale(layers.Layer):
    """Named as in ConvNeXt, by which the conversion knows it."""

    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.gamma


class CustomScaleLayer(layers.Layer):
    """Named as in InceptionResNetV2."""

    scale = 0.3

    def call(self, inputs):
        return inputs[0] + inputs[1] * self.scale


class StochasticDepth(layers.Layer):
    """Named as in ConvNeXt; does nothing outside training."""

    def call(self, x):
        return x


def every_layer_model():
    """Return a model with each Keras layer that the conversion knows."""
    x = start = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(0.5, offset=0.1)(x)
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5])(x)
    x = layers.ZeroPadding2D(((1, 0), (2, 1)))(x)
    x = layers.Conv2D(8, 3, strides=2, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = y = layers.Activation("relu")(x)
    x = layers.SeparableConv2D(8, 3, padding="same", activation="swish", name="separable")(x)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu6", name="deep")(x)
    x = layers.BatchNormalization(scale=False)(x)
    x = CustomScaleLayer()([y, x])
    x = layers.Conv2D(8, 5, groups=8, padding="same")(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.Dense(12, activation="gelu", name="pointwise")(x)
    x = LayerScale()(x)
    x = StochasticDepth()(x)
    gate = layers.GlobalAveragePooling2D()(x)
    gate = layers.Reshape((1, 1, 12))(gate)
    gate = layers.Conv2D(12, 1, activation="sigmoid")(gate)
    x = layers.Multiply()([gate, x])
    x = layers.Add()([x, layers.ReLU(6.0)(x)])
    x = layers.SpatialDropout2D(0.1)(layers.GaussianNoise(0.1)(x))
    x = layers.Concatenate()([layers.MaxPooling2D(3, 2)(x), layers.AveragePooling2D(3, 2)(x)])
    block = keras.Sequential([layers.Conv2D(6, 2, strides=2), layers.Activation("hard_sigmoid")], name="block")
    x = block(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(5, name="predictions")(x)
    return keras.Model(start, layers.Softmax()(x))


def randomized(model, seed=0):
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        variable.assign(rng.normal(0.05, 0.4, variable.shape))
    calibrate(model, side=SIDE)
    return model


def test_the_model_has_every_layer_that_the_conversion_knows():
    model = every_layer_model()
    kinds = {type(layer).__name__ for layer in (*model.layers, *model.get_layer("block").layers)}
    assert set(LAYERS) == kinds - {"InputLayer", "Sequential"}


def test_every_value_that_keeps_its_name_is_what_keras_computes():
    model = randomized(every_layer_model())
    conversion = convert(model)
    x = picture(SIDE, SIDE)
    values = run(conversion.graph, {INPUT: tf.constant(x)})
    kept = [layer for layer in model.layers if layer.name in values and layer.name != "block"]
    assert {"separable", "deep", "pointwise", "predictions"} <= {layer.name for layer in kept}
    for layer, expected in zip(kept, keras.Model(model.input, [layer.output for layer in kept])(x), strict=True):
        ours = np.reshape(values[layer.name], expected.shape)
        np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max(), err_msg=layer.name)


def test_the_logits_are_those_before_the_softmax():
    conversion = convert(every_layer_model())
    assert conversion.logits == "predictions"
    assert conversion.kinds["predictions"] == "Dense"


def test_numbers_in_names_count_from_the_first_layer_of_the_model():
    def names():
        start = keras.Input((None, None, 3))
        x = layers.Activation("relu")(layers.Conv2D(4, 3)(start))
        x = layers.Activation("relu")(layers.Conv2D(4, 3)(x))
        return list(convert(keras.Model(start, x)).graph.by_name)

    assert names() == names() == ["conv2d", "activation", "conv2d_1", "activation_1"]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.LeakyReLU(name="leaky"), 'LeakyReLU "leaky"'),
        (layers.Conv2D(4, 3, dilation_rate=2, name="far"), 'Conv2D "far" with dilation'),
        (layers.Conv2D(6, 3, groups=3, name="grouped"), 'Conv2D "grouped" with 3 groups'),
        (layers.Activation("elu", name="elu"), 'Activation "elu" with activation elu'),
        (layers.ReLU(2.0, name="low"), 'ReLU "low" with max_value 2.0'),
        (layers.MaxPooling2D((1, 2), name="flat"), r'MaxPooling2D "flat" with'),
    ],
)
def test_what_graphs_cannot_do_is_refused_by_name(layer, message):
    start = keras.Input((16, 16, 3))
    with pytest.raises(UnknownLayerError, match=message):
        convert(keras.Model(start, layer(start)))


def softmax_inside(by_layer):
    start = keras.Input((SIDE, SIDE, 3))
    if by_layer:
        gate = layers.Softmax(name="gate")(layers.Conv2D(8, 1)(start))
    else:
        gate = layers.Conv2D(8, 1, activation="softmax", name="gate")(start)
    return keras.Model(start, layers.Conv2D(4, 3, name="after")(layers.Dropout(0.1)(gate)))


def gate_of_one_channel(_):
    start = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, name="seen")(start)
    gate = layers.Dense(1, name="gate")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    return keras.Model(start, layers.Multiply(name="after")([x, gate]))


@pytest.mark.parametrize(
    ("build", "way"), [(softmax_inside, True), (softmax_inside, False), (gate_of_one_channel, None)]
)
def test_gates_of_softmax_and_of_one_channel_are_as_in_keras(build, way):
    model = randomized(build(way))
    network, x = tiny_network(convert(model).graph), picture(SIDE, SIDE)
    names = ["gate", "after"]
    outputs = keras.Model(model.input, [model.get_layer(name).output for name in names])
    for name, expected in zip(names, outputs(x), strict=True):
        found = activations(network, x, [name], precision="fp32")[name]
        np.testing.assert_allclose(found, expected, atol=1e-5)
    with tf.GradientTape() as tape:
        seen = tf.constant(x)
        tape.watch(seen)
        loss = tf.reduce_mean(outputs(seen)[1] ** 2)
    found = compile_gradient(network, MeanSquare("after"), precision="fp32")(x)[1]
    expected = tape.gradient(loss, seen)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_a_softmax_that_nobody_reads_is_left_out_and_leaves_its_name():
    start = keras.Input((SIDE, SIDE, 3))
    last = layers.Conv2D(4, 1, activation="softmax", name="parts")(layers.Conv2D(4, 3, name="seen")(start))
    graph = convert(keras.Model(start, last)).graph
    assert [(type(o).__name__, o.name) for o in graph.operations] == [("Conv", "seen"), ("Conv", "parts")]


def test_a_reshape_of_more_than_one_place_is_refused():
    start = keras.Input((4, 4, 3))
    x = layers.Reshape((1, 1, 32), name="flat")(layers.Conv2D(8, 3)(start))
    with pytest.raises(UnknownLayerError, match=r'Reshape "flat" with target shape \(1, 1, 32\)'):
        convert(keras.Model(start, x))


def test_what_follows_a_flatten_is_left_out():
    start = keras.Input((16, 16, 3))
    x = layers.Dense(3, activation="softmax")(layers.Flatten()(layers.Conv2D(4, 3, name="seen")(start)))
    conversion = convert(keras.Model(start, x))
    assert list(conversion.graph.by_name) == ["seen"] and conversion.logits is None


def test_folding_keeps_every_remaining_value():
    rng = np.random.default_rng(0)

    def scale(name, source, c):
        return Scale(name, (source,), rng.uniform(0.5, 2, c).astype("f"), rng.normal(size=c).astype("f"))

    tiny = tiny_graph().cut(["block_a"]).operations
    kernel, deep = rng.normal(size=(3, 3, 13, 4)).astype("f"), rng.normal(size=(3, 3, 4, 1)).astype("f")
    graph = Graph(
        (
            *tiny,
            scale("before", "block_a", 13),
            Pad("pad", ("before",), ((1, 2), (0, 1))),
            Conv("conv", ("pad",), kernel, None, 2, "valid"),
            scale("norm", "conv", 4),
            Activation("relu", ("norm",)),
            DepthwiseConv("deep", ("relu",), deep, None, 1, "same"),
            scale("deep_norm", "deep", 4),
            Conv("linear", ("relu",), rng.normal(size=(1, 1, 4, 4)).astype("f")),
            scale("after_a_shared_value", "linear", 4),
            scale("another", "linear", 4),
        )
    )
    folded = fold(graph)
    assert set(graph.by_name) - set(folded.by_name) == {"pad", "conv", "deep"}
    x = tf.constant(picture(40, 37))
    before, after = run(graph, {INPUT: x}), run(folded, {INPUT: x})
    for name in folded.by_name:
        np.testing.assert_allclose(after[name], before[name], atol=1e-4 * np.abs(before[name]).max(), err_msg=name)
