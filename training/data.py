"""Tiny ImageNet's pictures as arrays, decoded once from its public archive.

The archive (tiny-imagenet-200.zip, Stanford's CS231n) holds 200 classes of 64 x 64 JPEGs: 500 pictures of each to
train on and 50 to validate with. Classes are numbered in the order of its `wnids.txt`.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 64
ROOT = "tiny-imagenet-200"
PARTS = ("train", "valid")


@dataclass(frozen=True)
class Pictures:
    """Pictures of one part of the archive: `pixels` uint8 (n, side, side, 3), `classes` int64 (n,)."""

    pixels: np.ndarray
    classes: np.ndarray

    def __len__(self) -> int:
        return len(self.classes)

    def first(self, num: int) -> "Pictures":
        """Return the first `num` pictures, without a copy."""
        return Pictures(self.pixels[:num], self.classes[:num])


@dataclass(frozen=True)
class ClassNames:
    """The classes in the network's order: WordNet ids and short human labels."""

    wnids: tuple[str, ...]
    labels: tuple[str, ...]


def load_pictures(part: str, *, archive: Path, cache: Path) -> Pictures:
    """Load "train" or "valid", decoding the archive into `cache` on the first call.

    Decoded, both parts take 1.4 GB; the pixels stay on disk and are mapped into memory.
    """
    _check(part)
    return _kept(cache, part, lambda: _decode_part(part, archive))


def load_fine_pictures(part: str, *, archive: Path, cache: Path) -> Pictures:
    """Load "train" or "valid" of finer pictures: a zip of <part>/<class>/<name>, all of one size, in a class's order
    of name; decoded once, as `load_pictures` does."""
    _check(part)
    return _kept(cache, f"fine-{part}", lambda: _decode_fine(part, archive))


def load_class_names(archive: Path) -> ClassNames:
    """Read the classes' ids and, for each, the first synonym that WordNet gives."""
    with zipfile.ZipFile(archive) as opened:
        wnids = tuple(_read_lines(opened, "wnids.txt"))
        words = dict(line.split("\t", 1) for line in _read_lines(opened, "words.txt"))
    return ClassNames(wnids, tuple(words[wnid].split(",")[0].strip() for wnid in wnids))


def _check(part: str) -> None:
    if part not in PARTS:
        raise ValueError(f'"{part}" is not a part of the archive; allowed: {", ".join(PARTS)}.')


def _kept(cache: Path, name: str, decode: Callable[[], Pictures]) -> Pictures:
    pixels, classes = cache / f"{name}-pixels.npy", cache / f"{name}-classes.npy"
    if not (pixels.exists() and classes.exists()):
        cache.mkdir(parents=True, exist_ok=True)
        decoded = decode()
        np.save(pixels, decoded.pixels)
        np.save(classes, decoded.classes)
    return Pictures(np.load(pixels, mmap_mode="r"), np.load(classes))


def _decode_fine(part: str, archive: Path) -> Pictures:
    with zipfile.ZipFile(archive) as opened:
        paths = sorted(name for name in opened.namelist() if name.startswith(f"{part}/") and not name.endswith("/"))
        names = sorted({path.split("/")[1] for path in paths})
        return _decode(opened, [(path, names.index(path.split("/")[1])) for path in paths])


def _decode_part(part: str, archive: Path) -> Pictures:
    with zipfile.ZipFile(archive) as opened:
        numbers = {wnid: number for number, wnid in enumerate(_read_lines(opened, "wnids.txt"))}
        listed = _list_training(opened, numbers) if part == "train" else _list_validation(opened, numbers)
        return _decode(opened, listed)


def _list_training(opened: zipfile.ZipFile, numbers: dict[str, int]) -> list[tuple[str, int]]:
    paths = (n for n in opened.namelist() if n.startswith(f"{ROOT}/train/") and n.endswith(".JPEG"))
    return [(path, numbers[path.split("/")[2]]) for path in sorted(paths)]


def _list_validation(opened: zipfile.ZipFile, numbers: dict[str, int]) -> list[tuple[str, int]]:
    rows = (line.split("\t") for line in _read_lines(opened, "val/val_annotations.txt"))
    return [(f"{ROOT}/val/images/{row[0]}", numbers[row[1]]) for row in rows]


def _decode(opened: zipfile.ZipFile, listed: list[tuple[str, int]]) -> Pictures:
    # Some pictures are gray; convert repeats their one channel.
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(opened.read(path))).convert("RGB")) for path, _ in listed])
    return Pictures(pixels, np.array([number for _, number in listed], np.int64))


def _read_lines(opened: zipfile.ZipFile, name: str) -> list[str]:
    return opened.read(f"{ROOT}/{name}").decode("utf-8").splitlines()
