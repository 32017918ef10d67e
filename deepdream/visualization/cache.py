"""Keep pictures of channels on disk: a folder for each network and way of making them, in the user's cache folder."""

import functools
import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.engine.graph import pack
from deepdream.errors import ImageError
from deepdream.images import read_image, read_record, write_image
from deepdream.networks import Network
from deepdream.networks.download import cache_home

VERSION = 2  # raised when the same settings give other pictures

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """Read and write the pictures of one layer's channels in a folder, which is made when it is first needed."""

    folder: Path

    @classmethod
    def of(cls, network: Network, layer: str, settings: object) -> "Store":
        """Return the store for a network's weights, a layer, and settings, told apart by their repr."""
        key = f"{VERSION} {weights_digest(network)} {layer} {settings!r}"
        return cls(cache_home() / "channels" / hashlib.sha256(key.encode()).hexdigest()[:24])

    def read(self, channel: int) -> tuple[np.ndarray, float] | None:
        """Return a channel's picture, (h, w, 3) in [0, 1], and its activation; None where there is no sound one."""
        path = self._path(channel)
        if not path.is_file():
            return None
        try:
            return read_image(path).pixels, float(read_record(path)["activation"])
        except (ImageError, KeyError, TypeError, ValueError):
            return None

    def write(self, channel: int, image: np.ndarray, activation: float) -> None:
        """Keep a picture; a disk that is full or read-only is no reason to fail."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_image(self._path(channel), image, record={"activation": activation})
        except (ImageError, OSError) as error:
            _log.warning("The picture of channel %d is not kept: %s", channel, error)

    def _path(self, channel: int) -> Path:
        return self.folder / f"{channel}.png"


@functools.lru_cache(maxsize=4)
def weights_digest(network: Network) -> str:
    """Return the SHA-256 of a network's structure, weights and value range in hexadecimal, worked out once."""
    digest = hashlib.sha256()
    if network.graph is not None:
        records, arrays = pack(network.graph)
        digest.update(json.dumps(records, sort_keys=True).encode())
    else:
        arrays = {str(index): array for index, array in enumerate(network.keras_model.get_weights())}
    for name, array in sorted({**arrays, "scale": network.scale, "offset": network.offset}.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
