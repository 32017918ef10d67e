"""The exported graphs, run by ONNX Runtime, against the engine and against plain NumPy."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from deepdream import gradients
from deepdream.engine.compile import compile_gradient
from deepdream.errors import NetworkError
from deepdream.networks import load_network
from deepdream.objectives.terms import Measure
from deepdream.recipe import Recipe

onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
onnx = pytest.importorskip("onnx", reason="onnx is not installed")

from deepdream.browser import export  # noqa: E402

SIZES = ((32, 32), (61, 77), (97, 131), (131, 97), (160, 240), (223, 301))


@pytest.fixture(scope="module")
def network():
    return load_network("compact")


@pytest.fixture(scope="module")
def sessions(network):
    """Return the graphs as functions of named arrays."""
    return {name: _session(model) for name, model in export.export_all(network).items()}


def _session(model):
    running = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def run(**feeds):
        feeds = {name.replace("__", " of "): np.asarray(value) for name, value in feeds.items()}
        return running.run(None, feeds)

    return run


def picture_of(size, seed=0):
    """Return a smooth picture with some grain, (h, w, 3) in [0, 1]."""
    random = np.random.default_rng(seed)
    h, w = size
    y, x = np.mgrid[0:h, 0:w] / 40
    waves = np.stack([np.sin(x + k) * np.cos(1.3 * y - k) for k in range(3)], axis=-1)
    return np.clip(0.5 + 0.3 * waves + 0.1 * random.standard_normal((h, w, 3)), 0, 1).astype(np.float32)


def planar(image):
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])


def rolls(size, down=0, right=0):
    indices = {"down": (0, down), "right": (1, right), "up": (0, -down), "left": (1, -right)}
    return {name: ((np.arange(size[axis]) - by) % size[axis]).astype(np.int32) for name, (axis, by) in indices.items()}


def nothing(network):
    """Return the inputs of all layers that make nothing larger."""
    feeds = {}
    for layer in network.layers:
        feeds[f"mask of {layer.name}"] = np.ones((1, 1, 1, 1), np.float32)
        feeds[f"norm of {layer.name}"] = np.zeros((1, 1, 1, 1), np.float32)
        for kind in ("squares", "values", "norms"):
            feeds[f"{kind} of {layer.name}"] = np.zeros((1, layer.channels, 1, 1), np.float32)
    return feeds


def places_of(network, layer, size):
    h, w, _ = network.graph.shapes(*size)[layer]
    return h * w


def wishes(network, size):
    """Return (objective, inputs) for every kind of objective that the graph knows: what a device is to feed."""
    count = places_of(network, "conv4_2", size)
    mask = np.zeros((1, 1, *network.graph.shapes(*size)["conv4_2"][:2]), np.float32)
    mask[..., mask.shape[2] // 2, mask.shape[3] // 3] = 1
    inside = np.zeros_like(mask)
    inside[..., 2:-2, 2:-2] = 1
    at = ((mask.shape[3] // 3 + 0.5) / mask.shape[3], (mask.shape[2] // 2 + 0.5) / mask.shape[2])
    one = np.eye(256, dtype=np.float32)[17].reshape(1, 256, 1, 1)
    all_of = np.ones((1, 256, 1, 1), np.float32)
    label = np.eye(network.layer("classes").channels, dtype=np.float32)[7].reshape(1, -1, 1, 1)
    layer = {
        "squared": (Measure("conv4_2", "mean_square"), {"squares": all_of / 256 / count}),
        "channel": (Measure("conv4_2", "mean_square", 17), {"squares": one / count}),
        "mean": (Measure("conv4_2", "mean"), {"values": all_of / 256 / count}),
        "caffe": (Measure("conv4_2", "caffe_l2"), {"squares": all_of / 2}),
        "keras": (Measure("conv4_2", "keras_l2"), {"squares": all_of / 256 / count, "mask": inside}),
        "norm": (Measure("conv4_2", "unit_norm"), {"norm": np.ones((1, 1, 1, 1), np.float32)}),
        "channel's norm": (Measure("conv4_2", "unit_norm", 17), {"norms": one}),
        "place": (Measure("conv4_2", "mean_square", None, at), {"squares": all_of / 256, "mask": mask}),
    }
    inputs = {
        key: (what, {f"{k} of conv4_2": v.astype(np.float32) for k, v in fed.items()})
        for key, (what, fed) in layer.items()
    }
    return {**inputs, "class": (Measure("classes", "mean", 7), {"values of classes": label})}


def ours(network, sessions, picture, fed, shift=(0, 0)):
    feeds = {**nothing(network), **fed, **rolls(picture.shape[:2], *shift), "picture": planar(picture)}
    gradient, losses = sessions["gradient"](**feeds)
    return gradient[0].transpose(1, 2, 0), float(losses.sum())


def compared(network, sessions, size, wish):
    """Return the relative error of the loss, and of the gradient at each pixel against its largest value."""
    picture = picture_of(size)
    objective, fed = wishes(network, size)[wish]
    losses, wanted = compile_gradient(network, objective, precision="fp32")(network.to_input(picture)[None])
    wanted, loss = wanted[0].numpy(), float(sum(losses.values()))
    gradient, own = ours(network, sessions, picture, fed)
    error = np.abs(gradient - wanted).max(axis=2) / np.abs(wanted).max()
    return abs(own - loss) / abs(loss), error


def assert_equal_but_for_flips(loss_error, error):
    """Where an activation lies within rounding of 0, one ReLU lets a gradient through that the other does not, and the
    pixels below it differ: here none, or up to 1.1 % of them. Elsewhere the two are equal to 1e-5."""
    assert loss_error < 1e-5
    assert np.median(error) < 1e-6
    assert np.mean(error > 1e-5) < 0.02


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("wish", ["squared", "norm"])
def test_gradient_and_loss_are_those_of_the_engine_at_every_size(network, sessions, size, wish):
    assert_equal_but_for_flips(*compared(network, sessions, size, wish))


@pytest.mark.parametrize("wish", ["channel", "mean", "caffe", "keras", "channel's norm", "place", "class"])
def test_every_kind_of_wish_is_that_of_the_engine(network, sessions, wish):
    assert_equal_but_for_flips(*compared(network, sessions, (131, 97), wish))


def test_a_rolled_picture_gives_the_gradient_rolled_back(network, sessions):
    picture = picture_of((61, 77))
    _, fed = wishes(network, (61, 77))["squared"]
    rolled, _ = ours(network, sessions, np.roll(picture, (5, -9), (0, 1)), fed)
    gradient, _ = ours(network, sessions, picture, fed, (5, -9))
    np.testing.assert_allclose(gradient, np.roll(rolled, (-5, 9), (0, 1)))


def banded(length, sigma):
    return ndimage.gaussian_filter1d(np.eye(length), sigma, axis=0, mode="reflect").astype(np.float32)


def test_smoothing_by_matrices_is_that_of_the_gradients_module(sessions):
    g = np.random.default_rng(1).standard_normal((23, 31, 3)).astype(np.float32)
    sigmas = (1.5, 3.0, 0.75)
    colors = np.concatenate([banded(3, sigma) for sigma in sigmas], axis=1).reshape(3, 9, 1, 1)
    rows = np.stack([banded(23, sigma) for sigma in sigmas])[:, None]
    columns = np.stack([banded(31, sigma).T for sigma in sigmas])[:, None]
    given = {"gradient": planar(g), "rows": rows, "columns": columns, "colors": colors}
    (smoothed,) = sessions["smooth"](**given, centered=np.float32(0))
    wanted = gradients.smooth(g[None], 1.5, "color")[0]
    np.testing.assert_allclose(smoothed[0].transpose(1, 2, 0), wanted, atol=2e-6)


def halving(length):
    """Return the matrix of TensorFlow's 5-tap halving with "SAME": odd lengths begin two pixels outside, even one."""
    first, matrix = (-2 if length % 2 else -1), np.zeros((-(-length // 2), length), np.float32)
    for row in range(len(matrix)):
        for tap, weight in enumerate((1, 4, 6, 4, 1)):
            if 0 <= (place := 2 * row + first + tap) < length:
                matrix[row, place] = weight / 16
    return matrix


def test_bands_and_joins_are_the_laplacian_normalization(sessions):
    image = np.random.default_rng(2).standard_normal((1, 3, 23, 34)).astype(np.float32)
    low, bands, least = image, [], np.float32(1e-10)
    for _ in range(3):
        halves = {"halve_rows": halving(low.shape[2]), "halve_columns": halving(low.shape[3]).T}
        low, band = sessions["band"](image=low, **halves, least=least)
        bands.append((band, halves))
    no_halves = {"halve_rows": np.zeros((1, low.shape[2]), np.float32)}
    no_halves["halve_columns"] = np.zeros((low.shape[3], 1), np.float32)
    _, joined = sessions["band"](image=low, **no_halves, least=least)
    for band, halves in reversed(bands):
        (joined,) = sessions["join"](low=joined, band=band, **halves)
    wanted = gradients.by_laplacian(image.transpose(0, 2, 3, 1), 3, 1e-10)
    np.testing.assert_allclose(joined.transpose(0, 2, 3, 1), wanted, atol=1e-5)


MOVES = {
    "std": {"deviation": 1.0, "added": 1e-3},
    "mean_abs": {"magnitude": 1.0, "added": 1e-3},
    "mean_abs_floor": {"magnitude": 1.0, "least": 0.5},
    "none": {"added": 1.0},
}


@pytest.mark.parametrize("rule", MOVES)
def test_a_move_divides_steps_and_clips(sessions, rule):
    picture = 1.3 * picture_of((20, 30)) - np.float32(0.15)  # as an octave begins, before the first step clips it
    g = 0.1 * np.random.default_rng(3).standard_normal((20, 30, 3)).astype(np.float32)
    numbers = (
        dict.fromkeys(("deviation", "magnitude", "added", "least"), 0.0)
        | MOVES[rule]
        | {"length": 0.3, "headroom": 1.0, "free": 9.0}
    )
    given = {name: np.float32(value) for name, value in numbers.items()}
    (moved,) = sessions["move"](picture=planar(picture), gradient=planar(g), **given)
    epsilon = MOVES[rule].get("least", MOVES[rule].get("added"))
    divided = gradients.normalize(g[None].copy(), Recipe(normalize=rule, epsilon=epsilon))[0]
    wanted = np.clip(picture + np.float32(0.3) * divided, 0, 1)
    np.testing.assert_allclose(moved[0].transpose(1, 2, 0), wanted, atol=1e-6)


def test_a_gradient_of_zero_moves_nothing(sessions):
    picture = planar(picture_of((8, 9)))
    numbers = dict.fromkeys(
        ("deviation", "magnitude", "added", "least", "length", "headroom", "free"), np.float32(1)
    ) | {
        "added": np.float32(0),
        "least": np.float32(0),
    }
    (moved,) = sessions["move"](picture=picture, gradient=np.zeros_like(picture), **numbers)
    np.testing.assert_array_equal(moved, picture)


def test_every_kernel_is_stored_once_in_half_the_bytes(network):
    model = export.export_gradient(network)
    stored = [each for each in model.graph.initializer if each.data_type == onnx.TensorProto.FLOAT16]
    kernels = [each for each in network.graph.operations if hasattr(each, "kernel")]
    assert sum(np.prod(each.dims) for each in stored) < 1.002 * sum(each.kernel.size for each in kernels)
    assert model.ByteSize() < 7.5e6


def test_an_operation_that_onnx_is_not_taught_is_named(network):
    tanh = dataclasses.replace(network.graph.by_name["conv2"], function="tanh")
    changed = tuple(tanh if each.name == "conv2" else each for each in network.graph.operations)
    other = dataclasses.replace(network, graph=dataclasses.replace(network.graph, operations=changed))
    with pytest.raises(NetworkError, match="the export does not know"):
        export.export_gradient(other)
