"""Keras models with random weights that behave like trained ones: batch norms calibrated on pictures.

Without that the activations of a deep random network shrink or grow to where a correlation of gradients says nothing.
"""

import re

import numpy as np

from deepdream.networks.imagenet import TABLE, build
from tests.tiny_graphs import picture


def calibrated_model(name, *, side=128, seed=0):
    """Return the model of a row without its classes, for pictures of any size."""
    import keras

    model = build(TABLE[name], top=False)
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.path.endswith("kernel"):
            fan_in = np.prod(variable.shape[: 2 if "depthwise" in variable.path else -1])
            variable.assign(rng.normal(size=variable.shape) * np.sqrt(2 / fan_in))
        elif variable.path.endswith("layer_scale/gamma"):
            variable.assign(rng.uniform(0.2, 0.5, variable.shape))
    calibrate(model, side=side)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            count = layer.moving_mean.shape
            deviation = np.sqrt(layer.moving_variance.numpy())
            if layer.scale:
                layer.gamma.assign(rng.uniform(0.7, 1.2, count))
            layer.beta.assign(rng.normal(0.1, 0.4, count))
            layer.moving_mean.assign(layer.moving_mean.numpy() + deviation * rng.normal(0, 0.1, count))
    _calm_residuals(model)
    return model


def _calm_residuals(model):
    """Let each residual branch change its input a little, as training does: sums of equals have noisy gradients."""
    for layer in model.layers:
        if re.search(r"_3_conv$|_project_(BN|bn)$|sepconv[23]_bn$", layer.name):
            for variable in (layer.kernel, layer.bias) if hasattr(layer, "kernel") else (layer.gamma, layer.beta):
                variable.assign(variable.numpy() * 0.3)


def calibrate(model, *, side):
    """Set the statistics of every batch norm to those of a few pictures."""
    import keras

    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(np.concatenate([picture(side, side, seed=seed) for seed in range(4)]), training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
