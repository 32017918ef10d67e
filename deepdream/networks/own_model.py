"""Load a Keras model of one's own from a .keras or .h5 file, to dream on."""

import logging
import math
from pathlib import Path
from typing import Any

from deepdream.engine.graph import INPUT, Graph, Scale
from deepdream.engine.network import Layer, Network, channel_range, depth_of
from deepdream.errors import NetworkError
from deepdream.networks.conversion import list_layers, name_classes
from deepdream.networks.from_keras import convert
from deepdream.networks.keras_layers import UnknownLayerError

_log = logging.getLogger(__name__)


def load(path: Path, value_range: tuple[float, float] | None = None) -> Network:
    """Return the network in a file, read in Keras's safe mode: code inside the file is refused.

    `value_range` is what black and white are in the model's input, (0, 255) say. Where it is None it is guessed: 0 to
    255 for a model that begins by rescaling, 0 to 1 for others; the log says which.

    Raises:
        NetworkError: the file is no Keras model, or none that takes RGB pictures of any size.
    """
    import keras

    try:
        model = keras.saving.load_model(str(path), compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever h5py, zipfile or its own checks raise
        reason = str(error).strip().partition("\n")[0][:200]
        raise NetworkError(f"{path} cannot be read as a Keras model: {reason}") from error
    shape = getattr(model, "input_shape", None)
    if not (isinstance(shape, tuple) and len(shape) == 4 and shape[3] == 3):
        raise NetworkError(f"{path} takes an input of shape {shape}; it must take one RGB picture, (None, h, w, 3).")
    try:
        conversion = convert(model)
    except UnknownLayerError as error:
        _log.warning("%s has %s, which the fast engine does not know; it runs through Keras, slower.", path.name, error)
        return _through_keras(path, model, value_range)
    graph, _ = name_classes(conversion)
    layers = list_layers(graph, conversion.kinds)
    ends = _range(path, _takes_bytes(graph), value_range)
    return _network(path, layers, ends, minimum_size=max(32, graph.smallest_size()), graph=graph)


def _network(path: Path, layers: tuple[Layer, ...], ends: tuple[float, float], **about: Any) -> Network:
    scale, offset = channel_range(ends[1] - ends[0], ends[0])
    named: dict[str, Any] = {"name": path.stem, "title": path.name, "default_layers": _middle(path, layers)}
    return Network(**named, layers=layers, scale=scale, offset=offset, **about)


def _range(path: Path, takes_bytes: bool, given: tuple[float, float] | None) -> tuple[float, float]:
    if given is not None:
        if not -math.inf < given[0] < given[1] < math.inf:
            raise NetworkError(
                f"the value range is {given}; it must be (black, white), finite, with black below white, as (0, 255)."
            )
        return given
    guess = (0.0, 255.0) if takes_bytes else (0.0, 1.0)
    _log.warning(
        "Taking the input of %s to go from %g to %g, %s. If that is wrong, say what black and white are: value_range "
        "in Python, --value-range on the command line.",
        path.name,
        *guess,
        "since it begins by rescaling" if takes_bytes else "since it does not begin by rescaling",
    )
    return guess


def _takes_bytes(graph: Graph) -> bool:
    """Say whether the first operation makes values of 0 to 255 small."""
    return any(INPUT in o.inputs and isinstance(o, Scale) and abs(float(o.scale[0])) < 0.1 for o in graph.operations)


def _middle(path: Path, layers: tuple[Layer, ...]) -> tuple[tuple[str, float], ...]:
    if not layers:
        raise NetworkError(f"{path} has no layer to dream on: no convolution, activation or sum with places.")
    return ((layers[len(layers) * 2 // 3 - (len(layers) > 2)].name, 1.0),)


def _through_keras(path: Path, model: Any, value_range: tuple[float, float] | None) -> Network:
    model, shapes = _any_size(path, model)
    takes_bytes = any(
        type(layer).__name__ == "Rescaling" and abs(float(layer.scale)) < 0.1 for layer in model.layers[:3]
    )
    ends = _range(path, takes_bytes, value_range)
    layers = tuple(Layer(name, c, depth_of(stride), depth_of(stride), stride) for name, (c, stride) in shapes.items())
    return _network(path, layers, ends, minimum_size=64, keras_model=model)


def _any_size(path: Path, model: Any) -> tuple[Any, dict[str, tuple[int, int]]]:
    """Return the model for any size, without what fits one size only, and (channels, stride) of its layers."""
    import keras

    spatial = [
        layer
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer) and len(layer.output.shape) == 4
    ]
    if not spatial:
        raise NetworkError(f"{path} has no layer to dream on: none keeps the places of the picture.")
    part = keras.Model(model.inputs, [layer.output for layer in spatial])
    try:
        free = keras.models.clone_model(part, input_tensors=[keras.Input((None, None, 3))])
        free.set_weights(part.get_weights())
        side = 512
        found = free.compute_output_shape((1, side, side, 3))
    except Exception as error:  # whatever a layer of somebody's own raises
        raise NetworkError(f"{path} takes pictures of one size only: {str(error)[:200]}") from error
    found = found if isinstance(found, list) else [found]
    sizes = {layer.name: shape for layer, shape in zip(spatial, found, strict=True)}
    return free, {name: (int(shape[3]), max(1, side // int(shape[1]))) for name, shape in sizes.items() if shape[1] > 1}
