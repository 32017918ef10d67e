"""Inception5h: the GoogLeNet of TensorFlow's DeepDream notebook of 2015, read from its frozen graph.

Input is 0..255, from which the notebook subtracts 117 ("inception5h") and Hvass's tutorial does not
("inception5h_raw"). Names are those of the frozen graph: conv2d0 ... mixed5b after their ReLU, *_pre_relu before it.
"""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.engine import graph as ops
from deepdream.engine.graph import INPUT, Graph, Operation
from deepdream.engine.network import CLASSES, Network, channel_range, told_apart
from deepdream.errors import NetworkError
from deepdream.networks import cache
from deepdream.networks.conversion import Conversion, list_layers
from deepdream.networks.download import Progress, cache_home, fetch, hash_file, own_file

ADDRESS = "https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip"
MEGABYTES = 50  # of that file, about
SHA256 = "d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364"
GRAPH_MEMBER = "tensorflow_inception_graph.pb"
LABELS_MEMBER = "imagenet_comp_graph_label_strings.txt"
LOGITS = "softmax2_pre_activation"
OFFSETS = {"inception5h": -117.0, "inception5h_raw": 0.0}
NAMES = tuple(OFFSETS)

_DEFAULT_LAYERS = (("mixed4c", 1.0),)
_MOST_BYTES = 1 << 28  # of a member, unpacked; the real graph has 54 million


def load(name: str, weights: str | None, progress: Progress | None = None) -> Network:
    """Return one of NAMES, from the download ("imagenet"), the archive as a file, or its frozen graph as a .pb file.

    Raises:
        DownloadError: the archive cannot be had.
        NetworkError: a file is not it, or random weights are asked for, which a frozen graph has not.
    """
    if weights is None:
        raise NetworkError(
            f'{name} is a frozen graph and has no random weights; give "imagenet" or the path of its file.'
        )
    if weights == "imagenet":
        return network(name, cache.kept(f"inception5h-{SHA256}", lambda: convert(*read_archive(_download(progress)))))
    path = own_file(weights, '"imagenet" or the path of inception5h.zip')
    if path.suffix == ".pb":
        return network(name, convert(path.read_bytes(), ()))
    found = hash_file(path, SHA256)
    if found != SHA256:
        raise NetworkError(f"{path} is not inception5h.zip: its SHA-256 is {found}, not {SHA256}.")
    return network(name, convert(*read_archive(path)))


def weights_file() -> Path:
    """Return where its weights are kept, fetched or not."""
    return cache_home() / "inception5h.zip"


def _download(progress: Progress | None) -> Path:
    return fetch(ADDRESS, weights_file(), digest=SHA256, progress=progress)


def read_archive(path: Path) -> tuple[bytes, tuple[str, ...]]:
    """Return the frozen graph and the labels out of the archive, and nothing else of it.

    Raises:
        NetworkError: they are not in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [archive.getinfo(GRAPH_MEMBER), archive.getinfo(LABELS_MEMBER)]
            if any(member.file_size > _MOST_BYTES for member in members):
                raise NetworkError(f"{path} unpacks to more than {_MOST_BYTES} bytes.")
            graph, labels = (archive.read(member) for member in members)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise NetworkError(f"{path} is not an archive with {GRAPH_MEMBER} and {LABELS_MEMBER}: {error}") from error
    return graph, tuple(labels.decode("utf-8", "replace").splitlines())


def network(name: str, conversion: Conversion) -> Network:
    """Return the network around a converted graph; `name` decides what is subtracted from the picture."""
    scale, offset = channel_range(255.0, OFFSETS[name])
    return Network(
        name=name,
        title="Inception 5h (2014)" if name == "inception5h" else "Inception 5h, input as it is",
        layers=list_layers(conversion.graph, conversion.kinds),
        default_layers=_DEFAULT_LAYERS,
        minimum_size=32,
        scale=scale,
        offset=offset,
        labels=conversion.labels,
        graph=conversion.graph,
    )


def convert(frozen: bytes, labels: tuple[str, ...] = ()) -> Conversion:
    """Return the graph of a frozen GraphDef, without the nodes that fit one size only, as the two side heads.

    Raises:
        NetworkError: the bytes are no GraphDef, or lack the layers of Inception5h.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorflow.core.framework import graph_pb2

    definition = graph_pb2.GraphDef()
    try:
        definition.ParseFromString(frozen)
    except DecodeError as error:
        raise NetworkError("the file is not a frozen TensorFlow graph.") from error
    reader = _GraphDefReader(definition)
    missing = [name for name in ("conv2d0", "mixed3a", "mixed4c", "mixed5b") if name not in reader.values]
    if missing:
        raise NetworkError(f"the frozen graph is not that of Inception5h: it has no {', '.join(missing)}.")
    operations = list(reader.values.values())
    if LOGITS not in reader.values:
        return Conversion(Graph(Graph(tuple(operations)).cut(["mixed5b"]).operations), reader.kinds(), None)
    operations.append(ops.GlobalMean(CLASSES, (LOGITS,)))  # of one place: the logits under their general name
    graph = Graph(Graph(tuple(operations)).cut(["mixed5b", CLASSES]).operations)
    return Conversion(graph, reader.kinds(), LOGITS, told_apart(labels[: graph.shapes(64, 64)[CLASSES][2]]))


class _GraphDefReader:
    """Make operations of nodes; `values` holds what was made, `same` the nodes that only hand on another."""

    def __init__(self, definition: Any) -> None:
        self.constants: dict[str, np.ndarray] = {}
        self.values: dict[str, Operation] = {}
        self.same: dict[str, str] = {}
        self.readers: dict[str, list[Any]] = {}
        for node in definition.node:
            for source in node.input:
                self.readers.setdefault(_plain(source), []).append(node)
        for node in definition.node:
            self._node(node)

    def kinds(self) -> dict[str, str]:
        """Return Keras's word for what each value is, by which the layers to list are chosen."""
        words = {
            ops.Conv: "Conv2D",
            ops.Activation: "Activation",
            ops.Concat: "Concatenate",
            ops.LocalResponse: "Activation",
        }
        return {name: words[type(o)] for name, o in self.values.items() if type(o) in words and "/" not in name}

    def _node(self, node: Any) -> None:
        if node.op == "Const":
            import tensorflow as tf

            self.constants[node.name] = tf.make_ndarray(node.attr["value"].tensor)
        elif node.op in ("Placeholder", "PlaceholderV2"):
            self.same[node.name] = INPUT
        else:
            sources = [
                self.same.get(_plain(source), _plain(source)) for source in node.input if not source.startswith("^")
            ]
            if all(source in self.values or source in self.constants or source == INPUT for source in sources):
                made = NODES[node.op](self, node, sources) if node.op in NODES else None
                if isinstance(made, str):
                    self.same[node.name] = made
                elif made is not None:
                    self.values[made.name] = made


def _plain(source: str) -> str:
    return source.lstrip("^").removesuffix(":0")


# One function a kind of node: (reader, node, names of its inputs) -> an operation, the name of what it hands on, or
# None to leave it out.


def _convolution(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation:
    kernel = reader.constants[sources[1]].astype(np.float32)
    return ops.Conv(node.name, (sources[0],), kernel, None, node.attr["strides"].list.i[1], _padding(node))


def _padding(node: Any) -> str:
    return node.attr["padding"].s.decode().lower()


def _product(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation | None:
    kernel = reader.constants.get(sources[1])
    if kernel is None or not isinstance(reader.values.get(sources[0]), ops.GlobalMean):
        return None
    return ops.Conv(node.name, (sources[0],), kernel.astype(np.float32)[None, None])


def _bias(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation | None:
    """Put the bias into the convolution, which takes this node's name."""
    before, bias = reader.values.get(sources[0]), reader.constants.get(sources[1])
    if not isinstance(before, ops.Conv) or before.bias is not None or bias is None:
        return None
    del reader.values[before.name]
    return replace(before, name=node.name, bias=bias.astype(np.float32))


def _relu(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation:
    return ops.Activation(node.name, (sources[0],))


def _window(node: Any) -> tuple[int, int, str]:
    """Return a pool's size, stride and padding."""
    return node.attr["ksize"].list.i[1], node.attr["strides"].list.i[1], _padding(node)


def _max_pool(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation:
    return ops.MaxPool(node.name, (sources[0],), *_window(node))


def _average_pool(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation:
    # The last pool before the classes covers all 7x7 places of a 224 pixel picture: for other sizes, too, all places
    # are meant.
    if all(after.op == "Reshape" for after in reader.readers.get(node.name, [])):
        return ops.GlobalMean(node.name, (sources[0],))
    return ops.AveragePool(node.name, (sources[0],), *_window(node))


def _local_response(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation:
    given = node.attr
    return ops.LocalResponse(
        node.name,
        (sources[0],),
        given["depth_radius"].i if "depth_radius" in given else 5,
        given["bias"].f if "bias" in given else 1.0,
        given["alpha"].f if "alpha" in given else 1.0,
        given["beta"].f if "beta" in given else 0.5,
    )


def _concat(reader: _GraphDefReader, node: Any, sources: list[str]) -> Operation | None:
    # The old Concat has its axis first, ConcatV2 last.
    axis, parts = (sources[0], sources[1:]) if node.op == "Concat" else (sources[-1], sources[:-1])
    if axis not in reader.constants or int(reader.constants[axis]) not in (3, -1):
        return None
    return ops.Concat(node.name, tuple(parts))


def _reshape(reader: _GraphDefReader, node: Any, sources: list[str]) -> str | None:
    return sources[0] if isinstance(reader.values.get(sources[0]), ops.GlobalMean) else None


def _same(reader: _GraphDefReader, node: Any, sources: list[str]) -> str:
    return sources[0]


NODES: dict[str, Callable[[_GraphDefReader, Any, list[str]], Operation | str | None]] = {
    "Conv2D": _convolution,
    "MatMul": _product,
    "BiasAdd": _bias,
    "Add": _bias,
    "Relu": _relu,
    "MaxPool": _max_pool,
    "AvgPool": _average_pool,
    "LRN": _local_response,
    "Concat": _concat,
    "ConcatV2": _concat,
    "Reshape": _reshape,
    "Identity": _same,
    "CheckNumerics": _same,
}
