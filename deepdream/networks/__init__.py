"""Networks to dream on: `load_network` by name or by file, and what a Network is."""

import threading
from pathlib import Path

from deepdream.engine.network import CLASSES, DEPTHS, Layer, Network
from deepdream.errors import NetworkError, nearest
from deepdream.networks import compact, imagenet, inception5h, own_model
from deepdream.networks.download import Progress

__all__ = [
    "CLASSES",
    "DEPTHS",
    "MODEL_SUFFIXES",
    "Layer",
    "Network",
    "load_network",
    "megabytes_to_fetch",
    "network_names",
]

MODEL_SUFFIXES = (".keras", ".h5", ".hdf5")  # of whole Keras models
_HELD = 4  # networks kept in memory
_held: dict[tuple[str, str | None, tuple[float, float] | None], Network] = {}
_lock = threading.Lock()
_loading: dict[tuple[str, str | None, tuple[float, float] | None], threading.Lock] = {}


def network_names() -> tuple[str, ...]:
    """Return the names that `load_network` knows, the embedded network first."""
    return ("compact", *imagenet.TABLE, *inception5h.NAMES)


def megabytes_to_fetch(name: str) -> int:
    """Return about how many megabytes have to be fetched before a network by that name can be loaded; 0 for none."""
    if name in imagenet.TABLE:
        row = imagenet.TABLE[name]
        return 0 if imagenet.weights_file(row).is_file() else row.megabytes
    return inception5h.MEGABYTES if name in inception5h.NAMES and not inception5h.weights_file().is_file() else 0


def load_network(
    name: str,
    *,
    weights: str | None = "imagenet",
    value_range: tuple[float, float] | None = None,
    progress: Progress | None = None,
) -> Network:
    """Return a network by its name, or by the path of a whole Keras model; the same call gives the same network again.

    `weights` is "imagenet" (downloaded once and checked), None for random ones, or the path of a weights file; the
    compact network has its own. `value_range` is what black and white are in the input of a model given by path.
    `progress` is called with the bytes so far and in all while something is downloaded; an error that it raises stops
    the download.

    Raises:
        NetworkError: the name is unknown, or a file is unusable or does not fit.
        DownloadError: the weights cannot be had.
    """
    key = (name, weights, value_range)
    with _lock:
        if key in _held:
            _held[key] = _held.pop(key)  # the one that was longest not asked for goes first
            return _held[key]
        loading = _loading.setdefault(key, threading.Lock())
    with loading:  # a lock each, so that nobody waits for somebody else's download
        with _lock:
            loaded = _held.get(key)
        if loaded is None:
            loaded = _load(name, weights, value_range, progress)
            with _lock:
                while len(_held) >= _HELD:
                    del _held[next(iter(_held))]
                _held[key] = loaded
        return loaded


def _load(
    name: str, weights: str | None, value_range: tuple[float, float] | None, progress: Progress | None
) -> Network:
    is_file = Path(name).suffix.lower() in MODEL_SUFFIXES
    if value_range is not None and not is_file:
        raise NetworkError(f"{name} has a value range of its own; only a model's file takes another.")
    if name == "compact":
        return compact.load(None if weights in (None, "imagenet") else Path(weights))
    if name in imagenet.TABLE:
        return imagenet.load(imagenet.TABLE[name], weights, progress)
    if name in inception5h.NAMES:
        return inception5h.load(name, weights, progress)
    if is_file:
        path = Path(name).expanduser()
        if not path.is_file():
            raise NetworkError(f'there is no file "{name}".')
        if weights != "imagenet":
            raise NetworkError(f"{path.name} holds its weights; leave the other ones out.")
        return own_model.load(path, value_range)
    raise NetworkError(f'"{name}" is not a network; {nearest(name, network_names())}')
