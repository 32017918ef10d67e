"""The networks of Keras Applications that are good to dream on: one row each, and how to load one.

Weights are those that Keras itself downloads, from the same address to the same place and checked by the same hash.
"""

import json
import logging
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.engine.graph import INPUT, Conv, Graph
from deepdream.engine.network import CLASSES, Network, channel_range, told_apart
from deepdream.errors import DownloadError, NetworkError
from deepdream.networks import cache
from deepdream.networks.conversion import Conversion, list_layers, name_classes
from deepdream.networks.download import Patience, Progress, fetch, hash_file, keras_home, own_file
from deepdream.networks.from_keras import convert

ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications/"
LABELS_ADDRESS = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
LABELS_MD5 = "c2c37ea517e94d9795004a39431a14cb"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Range:
    """Say what a network was trained on: image in [0, 1] * scale + offset per channel of RGB, then RGB or BGR."""

    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bgr: bool = False


# The three of keras.applications.imagenet_utils, there called "tf", "caffe" and "torch".
MINUS_ONE_TO_ONE = Range((2.0,), (-1.0,))
MEAN_SUBTRACTED_BGR = Range((255.0,), (-123.68, -116.779, -103.939), bgr=True)
STANDARDIZED = Range((1 / 0.229, 1 / 0.224, 1 / 0.225), (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225))


@dataclass(frozen=True)
class Row:
    """Describe one network of Keras Applications.

    `builder` is its function in keras.applications, `weights` the address below ADDRESS, and `digest` its MD5 or
    SHA-256 as Keras states it; `range` is what it takes, `minimum_size` the least side in pixels that Keras allows.
    `top` says whether the file has the classes too; where they would make the download several times larger (VGG) it
    has not.
    """

    name: str
    title: str
    builder: str
    default_layers: tuple[tuple[str, float], ...]
    weights: str
    digest: str | None
    megabytes: int  # of that file, about
    range: Range = MINUS_ONE_TO_ONE
    minimum_size: int = 32
    top: bool = True


_KERNELS = "_weights_tf_dim_ordering_tf_kernels"

ROWS = (
    Row(
        "inception_v3",
        "Inception v3 (2015)",
        "InceptionV3",
        (("mixed3", 1.0), ("mixed5", 1.0)),
        f"inception_v3/inception_v3{_KERNELS}.h5",
        "9a0d58056eeedaa3f26cb7ebd46da564",
        96,
        minimum_size=75,
    ),
    Row(
        "vgg16",
        "VGG 16 (2014)",
        "VGG16",
        (("block4_conv3", 1.0),),
        f"vgg16/vgg16{_KERNELS}_notop.h5",
        "6d6bbae143d832006294945121d1f1fc",
        59,
        range=MEAN_SUBTRACTED_BGR,
        top=False,
    ),
    Row(
        "vgg19",
        "VGG 19 (2014)",
        "VGG19",
        (("block4_conv4", 1.0),),
        f"vgg19/vgg19{_KERNELS}_notop.h5",
        "253f8cb515780f3b799900260a226db6",
        80,
        range=MEAN_SUBTRACTED_BGR,
        top=False,
    ),
    Row(
        "resnet50_v2",
        "ResNet 50 v2 (2016)",
        "ResNet50V2",
        (("conv4_block3_out", 1.0),),
        f"resnet/resnet50v2{_KERNELS}.h5",
        "3ef43a0b657b3be2300d5770ece849e0",
        103,
    ),
    Row(
        "xception",
        "Xception (2016)",
        "Xception",
        (("block8_sepconv3_act", 1.0),),
        f"xception/xception{_KERNELS}.h5",
        "0a58e3b7378bc2990ea3b43d5981f1f6",
        92,
        minimum_size=71,
    ),
    Row(
        "inception_resnet_v2",
        "Inception ResNet v2 (2016)",
        "InceptionResNetV2",
        (("block17_8_ac", 1.0),),
        f"inception_resnet_v2/inception_resnet_v2{_KERNELS}.h5",
        "e693bd0210a403b3192acc6073ad2e96",
        225,
        minimum_size=75,
    ),
    Row(
        "densenet121",
        "DenseNet 121 (2016)",
        "DenseNet121",
        (("conv4_block12_concat", 1.0),),
        f"densenet/densenet121{_KERNELS}.h5",
        "9d60b8095a5708f2dcce2bca79d332c7",
        33,
        range=STANDARDIZED,
    ),
    Row(
        "mobilenet_v2",
        "MobileNet v2 (2018)",
        "MobileNetV2",
        (("block_10_expand_relu", 1.0),),
        f"mobilenet_v2/mobilenet_v2{_KERNELS}_1.0_224.h5",
        None,  # Keras states no hash for it; that it loads into the network is all the check there is
        15,
    ),
    Row(
        "efficientnet_v2_b0",
        "EfficientNet v2 B0 (2021)",
        "EfficientNetV2B0",
        (("block5d_add", 1.0),),
        "efficientnet_v2/efficientnetv2-b0.h5",
        "21ecbf6da12460d5c40bb2f29ceb2188",
        29,
        range=STANDARDIZED,
    ),
    Row(
        "convnext_tiny",
        "ConvNeXt Tiny (2022)",
        "ConvNeXtTiny",
        (("convnext_tiny_stage_2_block_4_gelu", 1.0),),
        "convnext/convnext_tiny.h5",
        "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
        115,
        range=STANDARDIZED,
    ),
)

TABLE = {row.name: row for row in ROWS}


def load(row: Row, weights: str | None, progress: Progress | None = None) -> Network:
    """Return the network of a row with weights "imagenet", random ones (None), or those of a file.

    Raises:
        DownloadError: the weights cannot be had.
        NetworkError: a file does not hold weights of this network.
    """
    if weights is None:
        return _network(row, convert(random_model(row)), labels(download=False))
    if weights == "imagenet":
        key = f"{row.name}-{row.digest or 'imagenet'}"
        conversion = cache.kept(key, lambda: _converted(row, _download(row, progress)))
        return _network(row, conversion, labels(download=True))
    path = own_file(weights, '"imagenet", "none" or the path of a weights file')
    conversion = cache.kept(f"{row.name}-{hash_file(path, 'sha256')}", lambda: _converted(row, path))
    return _network(row, conversion, labels(download=False))


def build(row: Row, *, top: bool) -> Any:
    """Return the Keras model of a row, not yet with weights that mean anything."""
    import keras

    builder = getattr(keras.applications, row.builder)
    # Some builders would put the value range into the network, and can be told not to.
    asked = {"include_preprocessing": False} if "include_preprocessing" in signature(builder).parameters else {}
    return builder(weights=None, include_top=top, **asked)


def random_model(row: Row) -> Any:
    """Return the Keras model with random weights, always the same: He's normal kernels, batch norms as new."""
    model = build(row, top=row.top)
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if variable.path.endswith("kernel"):
            # A depthwise kernel is (kh, kw, c, 1): each result sees one channel, not c.
            fan_in = np.prod(variable.shape[: 2 if "depthwise" in variable.path else -1])
            variable.assign(rng.normal(size=variable.shape) * np.sqrt(2 / fan_in))
    return model


def labels(*, download: bool) -> tuple[str, ...]:
    """Return the 1000 class names of ImageNet in words, or nothing where they are not at hand and cannot be fetched."""
    path = keras_home() / "models" / "imagenet_class_index.json"
    if not path.is_file() and not download:
        return ()
    try:
        # One short try: dreams are possible without, and whoever is offline should not wait at each start.
        once = Patience(silence=5.0, in_all=30.0, tries=1)
        index = json.loads(fetch(LABELS_ADDRESS, path, digest=LABELS_MD5, patience=once).read_text())
    except DownloadError as error:
        _log.warning("The names of the classes are missing, only their numbers can be used: %s", error)
        return ()
    return told_apart(index[str(number)][1].replace("_", " ") for number in range(len(index)))


def weights_file(row: Row) -> Path:
    """Return where Keras keeps a network's weights, fetched or not."""
    return keras_home() / "models" / row.weights.rpartition("/")[2]


def _download(row: Row, progress: Progress | None) -> Path:
    return fetch(ADDRESS + row.weights, weights_file(row), digest=row.digest, progress=progress)


def _converted(row: Row, weights: Path) -> Conversion:
    model = build(row, top=row.top)
    reasons = []
    # A file of one's own may come with the classes or without.
    for top in (row.top, not row.top):
        candidate = model if top == row.top else build(row, top=top)
        try:
            candidate.load_weights(str(weights))
        except Exception as error:  # Keras raises whatever h5py, zipfile or its own checks raise
            reasons.append(str(error).strip().partition("\n")[0][:200])
            continue
        return convert(candidate)
    raise NetworkError(f"{weights} does not hold weights of {row.name}: {reasons[0]}")


def _network(row: Row, conversion: Conversion, names: tuple[str, ...]) -> Network:
    graph, logits = name_classes(conversion)
    if row.range.bgr:
        graph = reverse_channels(graph)
    scale, offset = channel_range(row.range.scale, row.range.offset)
    channels = graph.shapes(row.minimum_size, row.minimum_size)[CLASSES][2] if logits else 0
    return Network(
        name=row.name,
        title=row.title,
        layers=list_layers(graph, conversion.kinds),
        default_layers=row.default_layers,
        minimum_size=row.minimum_size,
        scale=scale,
        offset=offset,
        labels=names if len(names) == channels else (),
        graph=graph,
    )


def reverse_channels(graph: Graph) -> Graph:
    """Return the graph that takes RGB where the given one takes BGR, or the other way round."""
    operations = []
    for operation in graph.operations:
        if INPUT in operation.inputs:
            if not isinstance(operation, Conv):
                raise ValueError(f"the first operation is a {type(operation).__name__}, not a convolution")
            operation = replace(operation, kernel=np.ascontiguousarray(operation.kernel[:, :, ::-1]))
        operations.append(operation)
    return Graph(tuple(operations), graph.outputs)
