"""Photos as the page holds them: 8 bits a channel, large ones on the disk, from which the system maps what is read."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from deepdream.images import Photo, fit_size, shrunk_size, to_uint8

LARGE = 12_000_000  # bytes of a picture that is worth a file
BOX, LANCZOS = Image.Resampling.BOX, Image.Resampling.LANCZOS


class HeldPhoto(Photo):
    """Be a photo whose floats are made anew each time that somebody asks for them; `planes` are uint8 (h, w, 3 | 4)."""

    planes: np.ndarray

    def __init__(self, planes: np.ndarray) -> None:
        object.__setattr__(self, "planes", planes)

    @property
    def pixels(self) -> np.ndarray:
        """Return the colors, float32 (h, w, 3) in [0, 1]."""
        return np.divide(self.planes[..., :3], 255, dtype=np.float32)

    @property
    def alpha(self) -> np.ndarray | None:
        """Return the opacity, float32 (h, w) in [0, 1], or None."""
        return np.divide(self.planes[..., 3], 255, dtype=np.float32) if self.planes.shape[2] == 4 else None

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width in pixels."""
        return self.planes.shape[0], self.planes.shape[1]


def held(photo: Photo) -> HeldPhoto:
    """Return a photo in memory at 8 bits a channel; one that is held already as it is."""
    return photo if isinstance(photo, HeldPhoto) else HeldPhoto(planes_of(photo))


def held_at(photo: Photo, side: int, *, larger: bool = False) -> HeldPhoto:
    """Return a photo, held, with a longer side of at most `side` pixels (0: its own), averaged over areas.

    With `larger` a small one grows to that size, by Lanczos. At 8 bits a large photo takes a tenth of the time and of
    the memory. Colors and alpha apart: Pillow would weigh the one by the other.
    """
    whole = held(photo)
    height, width = fit_size(whole.size, side) if larger and side else shrunk_size(whole.size, side)
    if (height, width) == whole.size:
        return whole
    planes = whole.planes
    parts = [planes[..., :3], planes[..., 3]] if planes.shape[2] == 4 else [planes]
    way = LANCZOS if height > whole.size[0] or width > whole.size[1] else BOX
    sized = [Image.fromarray(np.ascontiguousarray(part)).resize((width, height), way) for part in parts]
    return HeldPhoto(np.dstack([np.asarray(part) for part in sized]))


def planes_of(photo: Photo) -> np.ndarray:
    """Return colors and alpha of a photo as uint8 (h, w, 3), or (h, w, 4)."""
    if isinstance(photo, HeldPhoto):
        return photo.planes
    colors = to_uint8(photo.pixels)
    return colors if photo.alpha is None else np.concatenate([colors, to_uint8(photo.alpha)[..., None]], axis=2)


def laid_aside(pixels: np.ndarray, folder: Path) -> np.ndarray:
    """Return a large picture as it is, mapped from a file of a folder that has no name and goes with it.

    The newest result keeps the precision of floats, so that it can be finished anew, and takes no memory for that. It
    stays in memory where it is small, or the disk is full, or its visitor has gone.
    """
    if pixels.nbytes < LARGE:
        return pixels
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            pixels.tofile(file)  # not by the mapping: on a full disk that would end the process
            file.flush()
            return np.memmap(file, pixels.dtype, "r", shape=pixels.shape)
    except OSError:
        return pixels


def load_photo(file: Path) -> HeldPhoto:
    """Map a stored photo: it takes no memory until it is read, and then only what the system can spare."""
    return HeldPhoto(np.load(file, mmap_mode="r", allow_pickle=False))
