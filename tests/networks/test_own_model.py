"""Models of one's own, by the path of a .keras or .h5 file."""

import logging

import keras
import numpy as np
import pytest
from keras import layers
from tiny_graphs import MeanSquare, correlation, picture

from deepdream.engine.compile import IMAGE, activations, compile_gradient
from deepdream.engine.precision import resolve_precision
from deepdream.errors import LayerError, NetworkError
from deepdream.networks import CLASSES, load_network


def own_model(*, activation="relu", rescale=True, size=48):
    """Return a small classifier such as a beginner's text trains."""
    x = start = keras.Input((size, size, 3))
    if rescale:
        x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for number, c in enumerate((8, 12, 16)):
        x = layers.Conv2D(c, 3, padding="same", name=f"conv{number}")(x)
        x = layers.LeakyReLU(name=f"act{number}")(x) if activation == "leaky" else layers.ReLU(name=f"act{number}")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(10, activation="softmax")(layers.Flatten()(x))
    return keras.Model(start, x)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_model_runs_as_a_graph_for_pictures_of_any_size(tmp_path, suffix):
    model = own_model()
    path = tmp_path / f"own{suffix}"
    model.save(path)
    network = load_network(str(path))
    assert network.graph is not None and network.name == "own"
    assert [layer.name for layer in network.layers] == ["conv0", "act0", "conv1", "act1", "conv2", "act2"]
    assert network.default_layers == (("act1", 1.0),)
    x = network.to_input((picture(48, 48) + 1) / 2)
    expected = keras.Model(model.input, model.get_layer("act2").output)(x)
    np.testing.assert_allclose(activations(network, x, ["act2"], precision="fp32")["act2"], expected, atol=1e-4)
    assert compile_gradient(network, MeanSquare("act2"))(picture(70, 41))[1].shape == (1, 70, 41, 3)


def test_the_value_range_is_guessed_and_said_or_given(tmp_path, caplog):
    rescaling, plain = tmp_path / "rescaling.keras", tmp_path / "plain.keras"
    own_model().save(rescaling)
    own_model(rescale=False).save(plain)
    with caplog.at_level(logging.WARNING, logger="deepdream"):
        assert load_network(str(rescaling)).to_input(np.ones((1, 1, 3))).tolist() == [[[255.0] * 3]]
        assert load_network(str(plain)).to_input(np.ones((1, 1, 3))).tolist() == [[[1.0] * 3]]
    assert "Taking the input of rescaling.keras to go from 0 to 255, since it begins by rescaling" in caplog.text
    assert "Taking the input of plain.keras to go from 0 to 1, since it does not begin by rescaling" in caplog.text
    given = load_network(str(plain), value_range=(-1.0, 1.0))
    assert given.to_input(np.zeros((1, 1, 3))).tolist() == [[[-1.0] * 3]]
    with pytest.raises(NetworkError, match=r"value range is \(1\.0, 0\.0\); it must be \(black, white\)"):
        load_network(str(plain), value_range=(1.0, 0.0))


def test_unknown_operations_run_through_keras_with_the_right_gradient(tmp_path, caplog):
    model = own_model(activation="leaky")
    path = tmp_path / "leaky.keras"
    model.save(path)
    with caplog.at_level(logging.INFO, logger="deepdream"):
        network = load_network(str(path))
    assert network.graph is None and resolve_precision("bf16", network) == "fp32"
    assert 'leaky.keras has LeakyReLU "act0", which the fast engine does not know' in caplog.text
    assert network.layer("act2").stride == 4 and network.layer("conv1").channels == 12
    x = network.to_input((picture(80, 70) + 1) / 2)
    seen = activations(network, x, ["act1", IMAGE])
    assert seen["act1"].shape == (1, 40, 35, 12) and seen[IMAGE].shape == x.shape
    function = compile_gradient(network, MeanSquare("act1", IMAGE))
    losses, gradient = function(x)
    direction = (gradient.numpy() / np.linalg.norm(gradient) * 30).astype(np.float32)
    above, below = (sum(float(v) for v in function(x + s * direction)[0].values()) for s in (1, -1))
    assert (above - below) / 2 == pytest.approx(float(np.sum(gradient * direction)), rel=5e-2)
    assert set(losses) == {"act1", IMAGE}
    assert function(x[:, :9, :1])[1].shape == (1, 9, 1, 3)
    with pytest.raises(LayerError, match='"act9" is not a layer of leaky; nearest: act'):
        compile_gradient(network, MeanSquare("act9"))
    with pytest.raises(LayerError, match="leaky has no classes here; choose a network that has, as compact"):
        compile_gradient(network, MeanSquare("classes"))


def test_the_slow_way_equals_the_fast_one(tmp_path):
    path = tmp_path / "own.keras"
    own_model().save(path)
    fast = load_network(str(path))
    from deepdream.networks.own_model import _through_keras

    slow = _through_keras(path, keras.saving.load_model(path), (0.0, 255.0))
    x = fast.to_input((picture(80, 70) + 1) / 2)
    objective = MeanSquare("act2")
    gradients = [compile_gradient(n, objective, precision="fp32")(x)[1] for n in (fast, slow)]
    assert correlation(*gradients) > 0.9999


def test_a_global_mean_head_gives_classes(tmp_path):
    x = start = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="conv")(x))
    path = tmp_path / "headed.keras"
    keras.Model(start, layers.Dense(7, activation="softmax")(x)).save(path)
    assert load_network(str(path)).layer(CLASSES).channels == 7


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.keras", r'there is no file "missing\.keras"'),
        ("text.keras", r"text\.keras cannot be read as a Keras model: "),
        ("gray.keras", r"gray\.keras takes an input of shape \(None, 8, 8, 1\); it must take one RGB picture"),
        ("flat.keras", r"flat\.keras has no layer to dream on"),
    ],
)
def test_unusable_files_are_refused(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.keras").write_text("no model")
    start = keras.Input((8, 8, 1))
    keras.Model(start, layers.Conv2D(2, 3)(start)).save("gray.keras")
    start = keras.Input((8, 8, 3))
    keras.Model(start, layers.Dense(2)(layers.Flatten()(start))).save("flat.keras")
    with pytest.raises(NetworkError, match=message):
        load_network(name)


def test_code_inside_a_file_is_refused(tmp_path):
    start = keras.Input((8, 8, 3))
    path = tmp_path / "code.keras"
    keras.Model(start, layers.Lambda(lambda x: x + 1)(start)).save(path)
    with pytest.raises(NetworkError, match=r"cannot be read as a Keras model: .*[Ll]ambda"):
        load_network(str(path))
