"""Networks to dream on: `load_network` by name or by file, and what a Network is."""

from __future__ import annotations

import functools
from collections.abc import Callable

from deepdream.errors import NetworkError, nearest
from deepdream.networks import compact
from deepdream.networks.network import CLASSES, DEPTHS, Layer, Network

__all__ = ["CLASSES", "DEPTHS", "Layer", "Network", "load_network", "network_names"]

Progress = Callable[[int, int], None]  # (bytes so far, bytes in all; 0 where that is unknown)


def network_names() -> tuple[str, ...]:
    """Return the names that `load_network` knows, the embedded network first."""
    return ("compact",)


def load_network(name: str, *, weights: str | None = "imagenet", progress: Progress | None = None) -> Network:
    """Return a network by its name or by the path of a Keras model; the same call gives the same network again.

    `weights` is "imagenet" (downloaded once, checked), None for random ones, or the path of a weights file.

    Raises: NetworkError for an unknown name, DownloadError where the weights cannot be had.
    """
    return _load(name, weights)


@functools.lru_cache(maxsize=4)
def _load(name: str, weights: str | None) -> Network:
    if name == "compact":
        return compact.load()
    raise NetworkError(f'"{name}" is not a network; {nearest(name, network_names())}')
