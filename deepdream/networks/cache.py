"""Keep converted networks on disk, so that a second start needs neither Keras nor the weights file.

One uncompressed .npz a network, keyed by the hash of its weights: the arrays, and beside them the graph as JSON. Read
arrays stay in the file until somebody looks at them: layers deeper than any in use take no memory. A file whose
checksums are wrong, or that is damaged in any other way, is made anew.
"""

import json
import logging
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from deepdream.engine.graph import pack, unpack
from deepdream.networks.conversion import Conversion
from deepdream.networks.download import cache_home
from deepdream.replacing import replacing

# Raise this when conversion or folding changes what a file would hold.
FORMAT = 2

_log = logging.getLogger(__name__)


def place(key: str) -> Path:
    """Return the path of the file for a key."""
    return cache_home() / "networks" / f"{key}-v{FORMAT}.npz"


def kept(key: str, make: Callable[[], Conversion]) -> Conversion:
    """Return the stored network, or else make it and store it."""
    conversion = read(key)
    if conversion is None:
        conversion = make()
        write(key, conversion)
    return conversion


def read(key: str) -> Conversion | None:
    """Return the stored network, or None where there is none that can be read."""
    path = place(key)
    if not path.is_file():
        return None
    try:
        arrays = _mapped(path)
        about = json.loads(bytes(arrays.pop("about")))
        graph = unpack(about["operations"], arrays)
        return Conversion(graph, dict(about["kinds"]), about["logits"], tuple(about["labels"]))
    except Exception as error:  # a damaged file raises anything: zipfile, NumPy's header, JSON and our records read it
        _log.warning("Ignoring %s, which cannot be read (%s); it will be written again.", path, error)
        return None


def _mapped(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an uncompressed .npz, mapped from the file: NumPy itself maps only those of an .npy."""
    arrays: dict[str, np.ndarray] = {}
    whole = np.memmap(path, np.uint8, "r")  # once: each mapping keeps a file open
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        damaged = archive.testzip()  # which reads past the mapping: that would keep all in memory
        if damaged is not None:
            raise ValueError(f"{damaged} has another checksum")
        for entry in archive.infolist():
            file.seek(entry.header_offset)
            *_, name_length, extra_length = struct.unpack("<26x2H", file.read(30))  # of the local header
            file.seek(name_length + extra_length, os.SEEK_CUR)
            if entry.compress_type != zipfile.ZIP_STORED or np.lib.format.read_magic(file) != (1, 0):
                raise ValueError(f"{entry.filename} is not stored as this program does")
            shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
            mapped = np.ndarray(shape, dtype, whole, file.tell(), order="F" if by_column else "C")
            arrays[entry.filename.removesuffix(".npy")] = mapped
    return arrays


def write(key: str, conversion: Conversion) -> None:
    """Store a network; where the folder cannot be written to, only say so in the log."""
    path = place(key)
    records, arrays = pack(conversion.graph)
    about = {
        "operations": records,
        "kinds": conversion.kinds,
        "logits": conversion.logits,
        "labels": conversion.labels,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        with replacing(path) as part:
            np.savez(part, allow_pickle=False, **arrays)
    except OSError as error:
        _log.warning("Cannot keep the converted network in %s: %s.", path.parent, error)
