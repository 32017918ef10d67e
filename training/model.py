"""The compact network as a Keras model: a table of stages, built with batch norm to train or folded to use.

Every stage is a convolution with zero padding of kernel // 2 on all sides, so its output at place i is centerd on
input place i * stride. A `residual` stage adds its input before the last ReLU. Whatever the table says can be run
with six operations: convolution with bias, ReLU, 2 x 2 average pool, add, mean over places, matrix product.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

Arrays = Mapping[str, np.ndarray]

CLASSES = 200
NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class Stage:
    """One named layer of the network.

    `pooled`: a 2 x 2 pool goes before it. `residual`: its input is added before its ReLU. `squeeze`: where not zero,
    the convolution is two: kernel x kernel to that many channels with a ReLU ("<name>a"), then 1 x 1 ("<name>b").
    """

    name: str
    channels: int
    kernel: int = 3
    stride: int = 1
    pooled: bool = False
    residual: bool = False
    squeeze: int = 0


@dataclass(frozen=True)
class Convolution:
    """One convolution of a stage; `relu` tells whether a ReLU follows it at once."""

    name: str
    channels: int
    kernel: int
    stride: int
    relu: bool


COMPACT = (
    Stage("conv1", 32, kernel=5, stride=2),
    Stage("conv2", 64),
    Stage("conv3_1", 128, pooled=True),
    Stage("conv3_2", 128),
    Stage("conv4_1", 256, pooled=True),
    Stage("conv4_2", 256),
    Stage("conv4_3", 256, residual=True),
    Stage("conv5_1", 512, pooled=True),
    Stage("conv5_2", 512, residual=True, squeeze=128),
)

# Another architecture with nothing in common but the data: it judges pictures made with the first.
JUDGE = (
    Stage("stem", 48, stride=2),
    Stage("mix2", 48, residual=True),
    Stage("wide3", 96, stride=2),
    Stage("mix3_1", 96, residual=True),
    Stage("mix3_2", 96, residual=True),
    Stage("wide4", 192, stride=2),
    Stage("mix4_1", 192, residual=True),
    Stage("mix4_2", 192, residual=True, squeeze=96),
    Stage("wide5", 384, pooled=True),
)

ARCHITECTURES = {"compact": COMPACT, "judge": JUDGE}


def build_model(stages: tuple[Stage, ...], *, folded: bool = False, pool: str = "average") -> keras.Model:
    """Build the network from pictures on -1..1 of any size to 200 logits.

    `folded`: convolutions with a bias and no batch norm, as exported. Follows Keras's image_data_format.
    """
    shape = (3, None, None) if _is_channels_first() else (None, None, 3)
    inputs = x = keras.Input(shape, name="pictures")
    for stage in stages:
        x = _run_stage(x, stage, folded=folded, pool=pool)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    # Logits in float32 under a mixed policy: a bfloat16 softmax over 200 classes is too coarse.
    return keras.Model(inputs, layers.Dense(CLASSES, name="classes", dtype="float32")(x))


def list_convolutions(stages: tuple[Stage, ...]) -> Iterator[Convolution]:
    """Yield every convolution in the order of computation."""
    for stage in stages:
        if stage.squeeze:
            yield Convolution(f"{stage.name}a", stage.squeeze, stage.kernel, stage.stride, relu=True)
            yield Convolution(f"{stage.name}b", stage.channels, 1, 1, relu=not stage.residual)
        else:
            yield Convolution(stage.name, stage.channels, stage.kernel, stage.stride, relu=not stage.residual)


def fold(weights: Arrays, stages: tuple[Stage, ...]) -> dict[str, np.ndarray]:
    """Fold batch norm into the convolutions: kernel * s and beta - mean * s, with s = gamma / sqrt(variance + 1e-5).

    `weights` is keyed by variable path ("conv1/kernel", "conv1_norm/gamma", ...), as `read_weights` returns it.
    """
    folded = {}
    for name in (convolution.name for convolution in list_convolutions(stages)):
        gamma, beta, mean, variance = (
            np.asarray(weights[f"{name}_norm/{part}"], np.float64)
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + NORM_EPSILON)
        folded[f"{name}/kernel"] = (weights[f"{name}/kernel"] * scale).astype(np.float32)
        folded[f"{name}/bias"] = (beta - mean * scale).astype(np.float32)
    return folded | {path: np.asarray(weights[path], np.float32) for path in ("classes/kernel", "classes/bias")}


def unfold(folded: Arrays, model: keras.Model, stages: tuple[Stage, ...], *, pictures: np.ndarray) -> None:
    """Start `model`, built with batch norm, from folded weights, so that it computes what they compute.

    Each filter is scaled to unit norm, as batch norm undoes its scale and one learning rate then fits all layers.
    Means and variances are measured on `pictures`, in the model's data format. Residual stages that `folded` lacks
    get a zero gamma, and so change nothing until they are trained.
    """
    for convolution in list_convolutions(stages):
        if f"{convolution.name}/kernel" in folded:
            _unfold_convolution(folded, model, convolution.name, pictures=pictures)
        elif not convolution.relu:
            norm = model.get_layer(f"{convolution.name}_norm")
            norm.gamma.assign(ops.zeros_like(norm.gamma))
    for part, variable in zip(("kernel", "bias"), model.get_layer("classes").weights, strict=True):
        variable.assign(np.asarray(folded[f"classes/{part}"], np.float32))


def read_weights(model: keras.Model) -> dict[str, np.ndarray]:
    """Return copies of all the model's arrays by variable path."""
    return {variable.path: np.array(ops.convert_to_numpy(variable), copy=True) for variable in model.variables}


def write_weights(model: keras.Model, weights: Arrays) -> None:
    """Assign the arrays that `read_weights` returned, or folded ones to a folded model."""
    for variable in model.variables:
        if variable.path not in weights:
            raise ValueError(f'The weights hold no "{variable.path}", which the model needs; was it another network?')
        variable.assign(np.asarray(weights[variable.path], np.float32))


class Norm(layers.BatchNormalization):
    """Batch norm that takes PyTorch's fused kernel in training: Keras's own makes a step longer by a seventh."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not training or keras.backend.backend() != "torch":
            return super().call(inputs, training=training, mask=mask)
        # PyTorch is needed for training only, and Keras's other backends do without it.
        from torch.nn.functional import batch_norm

        x = inputs if self.axis == 1 else inputs.movedim(-1, 1)
        statistics = (self.moving_mean.value.data, self.moving_variance.value.data)
        x = batch_norm(x, *statistics, self.gamma.value, self.beta.value, True, 1 - self.momentum, self.epsilon)
        return x if self.axis == 1 else x.movedim(1, -1)


def _run_stage(x: Any, stage: Stage, *, folded: bool, pool: str) -> Any:
    if stage.pooled:
        x = (layers.AveragePooling2D if pool == "average" else layers.MaxPooling2D)(2, name=f"{stage.name}_pool")(x)
    carried = x
    for convolution in list_convolutions((stage,)):
        x = _run_convolution(x, convolution, folded=folded)
    if not stage.residual:
        return x
    return layers.ReLU(name=f"{stage.name}_relu")(layers.Add(name=f"{stage.name}_add")([carried, x]))


def _run_convolution(x: Any, convolution: Convolution, *, folded: bool) -> Any:
    padding = "same"
    if convolution.stride > 1:
        # "same" pads an even side by one less at the start, and differently from backend to backend.
        x = layers.ZeroPadding2D(convolution.kernel // 2, name=f"{convolution.name}_pad")(x)
        padding = "valid"
    options = {"strides": convolution.stride, "padding": padding, "use_bias": folded, "name": convolution.name}
    x = layers.Conv2D(convolution.channels, convolution.kernel, kernel_initializer="he_normal", **options)(x)
    if not folded:
        axis = 1 if _is_channels_first() else -1
        x = Norm(axis=axis, epsilon=NORM_EPSILON, name=f"{convolution.name}_norm")(x)
    return layers.ReLU(name=f"{convolution.name}_relu")(x) if convolution.relu else x


def _unfold_convolution(folded: Arrays, model: keras.Model, name: str, *, pictures: np.ndarray) -> None:
    kernel = np.asarray(folded[f"{name}/kernel"], np.float32)
    length = np.sqrt((kernel**2).sum((0, 1, 2)) + 1e-12)
    model.get_layer(name).kernel.assign(kernel / length)
    outputs = keras.Model(model.inputs, model.get_layer(name).output).predict(pictures, batch_size=128, verbose=0)
    outputs = np.asarray(outputs, np.float32)
    outputs = np.moveaxis(outputs, 1, -1) if _is_channels_first() else outputs
    norm = model.get_layer(f"{name}_norm")
    mean, variance = outputs.mean((0, 1, 2)), outputs.var((0, 1, 2))
    norm.moving_mean.assign(mean)
    norm.moving_variance.assign(variance)
    norm.gamma.assign(length * np.sqrt(variance + NORM_EPSILON))
    norm.beta.assign(folded[f"{name}/bias"] + length * mean)


def _is_channels_first() -> bool:
    return keras.config.image_data_format() == "channels_first"
