"""Views that help to choose: the classes a network names, where it sees one (Grad-CAM), and histograms.

Source: Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks", 2017.
"""

import numpy as np
import tensorflow as tf

from deepdream.engine.compile import activations, mirror_to, run
from deepdream.engine.graph import INPUT, Graph
from deepdream.errors import LayerError, NetworkError
from deepdream.images import Photo, as_photo, rescale, to_uint8
from deepdream.inspection.maps import on_photo
from deepdream.networks import CLASSES, Network, load_network

NAMING_SIDES = {"compact": 64}  # pixels; about the size of the pictures that a network was trained on
NAMING_SIDE = 224


def top_classes(
    photo: Photo | np.ndarray, network: Network | str, k: int = 5, *, side: int = 0
) -> list[tuple[str, float]]:
    """Return the k labels that a network finds likeliest for a photo, (h, w, 3) in [0, 1], with their probabilities.

    The photo is shrunk to as many pixels as a square of `side` has, never enlarged; 0 stands for about the size that
    the network was trained on.

    Raises:
        NetworkError: the network has no labels.
    """
    network = _with_labels(network)
    pixels = _shrunk(as_photo(photo).pixels, side if side > 0 else NAMING_SIDES.get(network.name, NAMING_SIDE))
    seen = activations(network, network.to_input(pixels)[None], [CLASSES], precision="fp32")[CLASSES]
    logits = seen.numpy().astype(np.float64).reshape(-1)
    odds = np.exp(logits - logits.max())
    best = np.argsort(-odds, kind="stable")[:k]
    return [(network.labels[label], float(odds[label] / odds.sum())) for label in best]


def grad_cam(photo: Photo | np.ndarray, network: Network | str, layer: str, label: int | str) -> np.ndarray:
    """Return where in a photo a layer speaks for a class, float32 (h', w') that cover the photo, from 0 up.

    relu(sum over channels k of a[..., k] * mean over places of d logit / d a[..., k]), where a are the layer's
    activations and the logit is the one before softmax. `label` is an index or a name. `maps.FeatureMaps` shows how
    to lay a map over a photo.

    Raises:
        LayerError: the layer or class is unknown, or the classes do not depend on the layer.
        NetworkError: the network has no labels, or no graph.
    """
    network = _with_labels(network)
    index = network.class_index(label)
    if network.graph is None:
        raise NetworkError(f"{network.name} has no graph, which Grad-CAM needs; choose another network.")
    name = network.layer(layer).name
    operations = network.graph.cut([CLASSES]).operations
    position = next((place for place, each in enumerate(operations) if each.name == name), None)
    if position is None or name == CLASSES:
        raise LayerError(f'the classes of {network.name} do not depend on "{name}"; choose a layer before them.')
    pixels = as_photo(photo).pixels
    x = tf.convert_to_tensor(network.to_input(pixels)[None], tf.float32)
    values = run(Graph(operations[: position + 1]), {INPUT: mirror_to(x, network.minimum_size)})
    a = values[name]  # (1, h', w', c)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(a)
        logits = tf.reshape(run(Graph(operations[position + 1 :]), values)[CLASSES], [-1])
        logit = logits[index]
    weights = tf.reduce_mean(tape.gradient(logit, a), axis=(1, 2), keepdims=True)  # (1, 1, 1, c)
    return on_photo(tf.nn.relu(tf.reduce_sum(weights * a, axis=-1))[0].numpy(), pixels, network)


def histograms(photo: Photo | np.ndarray) -> np.ndarray:
    """Return how many pixels have each of the 256 levels of red, green and blue, int64 (3, 256)."""
    levels = to_uint8(as_photo(photo).pixels)
    return np.stack([np.bincount(levels[..., k].reshape(-1), minlength=256) for k in range(3)])


def _with_labels(network: Network | str) -> Network:
    network = load_network(network) if isinstance(network, str) else network
    if not network.labels:
        raise NetworkError(f"{network.name} has no labels, so it names nothing; choose one that has, as compact.")
    return network


def _shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    """Shrink to an area of side * side pixels."""
    scale = side / float(np.sqrt(pixels.shape[0] * pixels.shape[1]))
    size = (max(1, round(pixels.shape[0] * scale)), max(1, round(pixels.shape[1] * scale)))
    return rescale(pixels, size) if scale < 1.0 else pixels
