"""A photo in memory: float32 RGB in [0, 1], (h, w, 3), upright and in sRGB, its alpha kept aside."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from deepdream.errors import ImageError

BLOCK = 2**17  # numbers worked on at a time, half a megabyte: fits the cache, and no second picture is held


@dataclass(frozen=True, eq=False)
class Photo:
    """Hold a photo that was read, upright and in sRGB.

    pixels: float32 RGB in [0, 1], (h, w, 3). alpha: float32 in [0, 1], (h, w), 1 is opaque; None when all of it is.
    """

    pixels: np.ndarray  # (h, w, 3)
    alpha: np.ndarray | None = None  # (h, w)

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def as_photo(image: "Photo | np.ndarray") -> Photo:
    """Take a photo as it is, or make one of an array: (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), uint8 or float in [0,
    1].

    Raises:
        ImageError: another shape or type, no pixels, or values that are not finite or outside [0, 1].
    """
    if isinstance(image, Photo):
        return image
    array = np.asarray(image)
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise ImageError(
            f"a picture is an array (h, w, 3), received the shape {np.shape(image)}; leave out a batch axis."
        )
    if array.dtype == np.uint8:
        array = np.divide(array, 255, dtype=np.float32)
    elif array.dtype.kind != "f":
        raise ImageError(f"a picture is uint8 in 0..255 or float in 0..1, received {array.dtype}.")
    low, high = float(array.min()), float(array.max())
    if not (low >= -1e-3 and high <= 1.001):  # also true for NaN
        raise ImageError(f"a float picture lies in 0..1, received {low:g} to {high:g}; divide 0..255 by 255.")
    return photo_of(np.clip(array, 0.0, 1.0).astype(np.float32, copy=False))


def photo_of(array: np.ndarray) -> Photo:
    """Make a photo of float32 (h, w, 1 | 3 | 4)."""
    pixels = np.ascontiguousarray(array[..., :3] if array.shape[2] > 1 else np.repeat(array, 3, axis=2))
    alpha = np.ascontiguousarray(array[..., 3]) if array.shape[2] == 4 else None
    return Photo(pixels, alpha if alpha is not None and alpha.min() < 1.0 else None)


def at_point(values: np.ndarray, point: tuple[float, float]) -> np.ndarray:
    """Return what a map (h, w, ...) holds at a point, x and y as shares of width and height; 1.0 is the last cell."""
    h, w = values.shape[:2]
    x, y = point
    return values[min(int(y * h), h - 1), min(int(x * w), w - 1)]


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Return a picture in [0, 1] as uint8 in 0..255, rounded; values outside are clipped. Any shape."""
    result = np.empty(image.shape, np.uint8)
    for rows in row_blocks(image.shape):
        block = np.clip(image[rows], 0.0, 1.0)
        block *= 255.0
        result[rows] = np.rint(block, out=block)
    return result


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut a picture's rows into slices of BLOCK numbers, for work that must not need a second picture's memory."""
    height = max(1, BLOCK // max(1, math.prod(shape[1:])))
    for top in range(0, shape[0], height):
        yield slice(top, top + height)
