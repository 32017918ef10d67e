"""Inception5h: a small frozen graph with the names and the kinds of node of the real one."""

import hashlib
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import MeanSquare, autodiff, correlation, picture

from deepdream.engine.compile import activations, compile_gradient
from deepdream.engine.graph import LocalResponse
from deepdream.errors import NetworkError
from deepdream.networks import CLASSES, inception5h, load_network

LABELS = ("dummy", "kit fox", "English setter")
BLOCKS = {"3a": 16, "3b": 16, "4a": 24, "4b": 24, "4c": 24, "4d": 24, "4e": 24, "5a": 32, "5b": 32}


def small_frozen_graph():
    """Return a GraphDef as bytes: conv2d0 to mixed5b, a side head, and logits, a few channels wide."""
    rng = np.random.default_rng(0)
    v1 = tf.compat.v1
    graph = tf.Graph()
    with graph.as_default():

        def conv(name, x, size, c, stride=1):
            c_in = x.shape[-1]
            weights = (rng.normal(size=(size, size, c_in, c)) * np.sqrt(2 / (size * size * c_in))).astype("f")
            w = tf.constant(weights, name=f"{name}_w")
            b = tf.constant(rng.uniform(-0.1, 0.1, c).astype("f"), name=f"{name}_b")
            product = v1.nn.conv2d(x, w, [1, stride, stride, 1], "SAME", name=f"{name}_pre_relu/conv")
            return v1.nn.relu(v1.nn.bias_add(product, b, name=f"{name}_pre_relu"), name=name)

        def norm(name, x):
            return v1.nn.lrn(x, depth_radius=5, bias=2.0, alpha=1e-4 * 0.5, beta=0.75, name=name)

        def old_concat(name, *parts):
            axis = tf.constant(3, name=f"{name}/concat_dim")
            return tf.raw_ops.Concat(concat_dim=axis, values=list(parts), name=name)

        def block(name, x, c):
            a = conv(f"{name}_1x1", x, 1, c // 4)
            b = conv(f"{name}_3x3", conv(f"{name}_3x3_bottleneck", x, 1, c // 4), 3, c // 4)
            d = conv(f"{name}_5x5", conv(f"{name}_5x5_bottleneck", x, 1, 4), 5, c // 4)
            pool = v1.nn.max_pool2d(x, 3, 1, "SAME", name=f"{name}_pool")
            return old_concat(name, a, b, d, conv(f"{name}_pool_reduce", pool, 1, c // 4))

        def dense(name, x, c):
            w = tf.constant((rng.normal(size=(x.shape[-1], c)) * 0.2).astype("f"), name=f"{name}_w")
            b = tf.constant(rng.uniform(-0.1, 0.1, c).astype("f"), name=f"{name}_b")
            return v1.nn.bias_add(tf.raw_ops.MatMul(a=x, b=w, name=f"{name}/matmul"), b, name=name)

        x = start = v1.placeholder(tf.float32, (1, 224, 224, 3), name="input")
        x = conv("conv2d0", x, 7, 8, 2)
        x = v1.nn.max_pool2d(x, 3, 2, "SAME", name="maxpool0")
        x = conv("conv2d2", conv("conv2d1", norm("localresponsenorm0", x), 1, 8), 3, 12)
        x = v1.nn.max_pool2d(norm("localresponsenorm1", x), 3, 2, "SAME", name="maxpool1")
        for name, c in BLOCKS.items():
            x = block(f"mixed{name}", x, c)
            if name in ("3b", "4e"):
                x = v1.nn.max_pool2d(x, 3, 2, "SAME", name="maxpool4" if name == "3b" else "maxpool10")
            if name == "4a":
                side = v1.nn.avg_pool2d(x, 5, 3, "VALID", name="head0_pool")
                side = conv("head0_bottleneck", side, 1, 4)
                dense("softmax0_pre_activation", tf.reshape(side, [-1, 4 * 4 * 4], name="head0/reshape"), 6)
        x = v1.nn.avg_pool2d(x, 7, 1, "VALID", name="avgpool0")
        x = tf.reshape(x, [-1, 32], name="avgpool0/reshape")
        tf.identity(v1.nn.softmax(dense("softmax2_pre_activation", x, 6), name="softmax2"), name="output2")
    assert start.name == "input:0"
    return graph.as_graph_def().SerializeToString(), graph


@pytest.fixture(scope="module")
def frozen():
    return small_frozen_graph()


@pytest.fixture(scope="module")
def network(frozen):
    return inception5h.network("inception5h", inception5h.convert(frozen[0], LABELS))


def test_every_layer_has_the_value_that_tensorflow_computes(frozen, network):
    x = (picture(224, 224) + 1) * 127.5 - 117
    names = [layer.name for layer in network.layers if layer.name != CLASSES]
    with tf.compat.v1.Session(graph=frozen[1]) as session:
        expected = session.run([f"{name}:0" for name in names], {"input:0": x})
    ours = activations(network, x, names, precision="fp32")
    for name, value in zip(names, expected, strict=True):
        np.testing.assert_allclose(
            np.reshape(ours[name], value.shape), value, atol=1e-4 * np.abs(value).max(), err_msg=name
        )


def test_the_layers_of_the_notebooks_are_there(network):
    names = {layer.name for layer in network.layers}
    blocks = {f"mixed{block}" for block in BLOCKS}
    assert blocks | {"conv2d0", "conv2d2", "localresponsenorm0", "localresponsenorm1", CLASSES} <= names
    assert {"mixed4d_3x3_bottleneck_pre_relu", "mixed4d_3x3_bottleneck"} <= names
    assert not any(name.startswith(("head0", "softmax0")) or "/" in name for name in names)
    assert network.layer("mixed4c").depth == "parts"


def test_local_response_keeps_its_numbers(network):
    norm = network.graph.by_name["localresponsenorm0"]
    assert isinstance(norm, LocalResponse)
    assert (norm.radius, norm.bias, norm.beta) == (5, 2.0, 0.75) and norm.alpha == pytest.approx(5e-5)


@pytest.mark.parametrize("layer", ["localresponsenorm1", "mixed4c", "mixed4d_3x3_bottleneck_pre_relu"])
def test_gradients_are_right_in_both_precisions(network, layer):
    x, objective = (picture(90, 107) + 1) * 127.5 - 117, MeanSquare(layer)
    _, expected = autodiff(network, objective, x)
    assert correlation(compile_gradient(network, objective, precision="fp32")(x)[1], expected) > 0.9999
    assert correlation(compile_gradient(network, objective, precision="bf16")(x)[1], expected) > 0.95


def test_the_two_names_differ_in_what_is_subtracted(frozen):
    conversion = inception5h.convert(frozen[0], LABELS)
    white = np.ones((1, 1, 3))
    assert inception5h.network("inception5h", conversion).to_input(white).tolist() == [[[138.0] * 3]]
    assert inception5h.network("inception5h_raw", conversion).to_input(white).tolist() == [[[255.0] * 3]]


def test_the_classes_are_the_logits_with_their_labels(network):
    assert network.layer(CLASSES).channels == 6
    assert network.labels == LABELS


def test_of_the_archive_only_the_graph_and_the_labels_are_taken(frozen, tmp_path, monkeypatch):
    path = tmp_path / "inception5h.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../escape.txt", "no")
        archive.writestr(inception5h.GRAPH_MEMBER, frozen[0])
        archive.writestr(inception5h.LABELS_MEMBER, "\n".join(LABELS))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(NetworkError, match=rf"is not inception5h\.zip: its SHA-256 is {found}, not d13569f6"):
        inception5h.load("inception5h", str(path))
    monkeypatch.setattr(inception5h, "SHA256", found)
    assert inception5h.load("inception5h", str(path)).labels == LABELS
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["inception5h.zip"]


def test_a_downloaded_archive_is_kept_as_a_graph(frozen, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "source.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(inception5h.GRAPH_MEMBER, frozen[0])
        archive.writestr(inception5h.LABELS_MEMBER, "\n".join(LABELS))
    asked = []

    def fetch(url, path, *, digest, progress):
        asked.append((url, digest))
        return source

    monkeypatch.setattr(inception5h, "fetch", fetch)
    first, second = (inception5h.load("inception5h_raw", "imagenet") for _ in range(2))
    assert asked == [(inception5h.ADDRESS, inception5h.SHA256)]
    assert first.layers == second.layers and first.labels == second.labels == LABELS


def test_wrong_files_are_refused(tmp_path):
    broken, other = tmp_path / "broken.pb", tmp_path / "other.pb"
    broken.write_bytes(b"\xff\xff\xff no graph")
    with tf.Graph().as_default() as graph:
        tf.constant(1.0)
    other.write_bytes(graph.as_graph_def().SerializeToString())
    with pytest.raises(NetworkError, match="the file is not a frozen TensorFlow graph"):
        load_network("inception5h", weights=str(broken))
    with pytest.raises(NetworkError, match="the frozen graph is not that of Inception5h: it has no conv2d0, mixed3a"):
        load_network("inception5h", weights=str(other))
    with pytest.raises(NetworkError, match='inception5h is a frozen graph and has no random weights; give "imagenet"'):
        load_network("inception5h", weights=None)
    with pytest.raises(NetworkError, match=r"is not an archive with tensorflow_inception_graph\.pb"):
        inception5h.read_archive(broken)
