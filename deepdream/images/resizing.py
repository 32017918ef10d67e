"""Bring a picture to another size, block by block, so that no second one is held."""

import numpy as np
from PIL import Image

from deepdream.errors import ImageError, quoted
from deepdream.images.photo import Photo, row_blocks

Places = tuple[np.ndarray, np.ndarray, np.ndarray]  # of rows or columns: see `_places`
RESIZES = ("bicubic", "bilinear", "zoom", "lanczos")


def resize(image: np.ndarray, size: tuple[int, int], method: str = "bilinear") -> np.ndarray:
    """Resize (h, w) or (h, w, c), any number of channels, to `size` = (height, width); always a new float32 array.

    "bilinear": half-pixel centers and no antialias, as tf.image.resize. "zoom": first and last pixels stay at the
    edges, as scipy.ndimage.zoom of order 1. "lanczos": clipped to [0, 1], cut to 8 bits, Pillow's Lanczos, as in
    Pedersen's tutorial; it shrinks without aliasing. "bicubic": Pillow's, on float32, which shrinks without aliasing
    too, so that the same photo at two sizes shrinks to the same picture.

    Raises:
        ImageError: an unknown method or a size below 1 x 1.
    """
    if method not in RESIZES:
        raise ImageError(f"{quoted(method)} is not a way to resize; allowed: {', '.join(RESIZES)}.")
    if min(size) < 1:
        raise ImageError(f"a picture cannot have the size {size[0]} x {size[1]}; each side is at least 1.")
    if method == "lanczos":
        result = _resampled(_cut_to_8_bits(image), size, Image.Resampling.LANCZOS, np.uint8)
        return np.divide(result, 255, out=result)
    if tuple(image.shape[:2]) == tuple(size):
        return np.array(image, np.float32)
    if method == "bicubic":
        return _resampled(image, size, Image.Resampling.BICUBIC)
    rows, columns = (_places(image.shape[axis], size[axis], method) for axis in (0, 1))
    return _interpolated(image, rows, columns)


def fit_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return (h, w) scaled to a longer side of `side` pixels, each at least 1."""
    scale = side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrunk_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return (h, w) scaled to a longer side of at most `side` pixels; 0 or a larger side leaves it."""
    return size if side <= 0 or max(size) <= side else fit_size(size, side)


def rescale(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bring (h, w) or (h, w, c) to `size` without aliasing, as float32: averaged over areas where it shrinks, smooth
    where it grows. What the program itself shrinks goes this way; the filters of `resize` are those of the sources."""
    if tuple(image.shape[:2]) == tuple(size):
        return image
    if size[0] > image.shape[0] or size[1] > image.shape[1]:
        return resize(image, size)
    return _resampled(image, size, Image.Resampling.BOX)


def shrink(photo: Photo, side: int) -> Photo:
    """Return the photo with a longer side of at most `side` pixels, averaged over areas."""
    size = shrunk_size(photo.size, side)
    if size == photo.size:
        return photo
    return Photo(rescale(photo.pixels, size), rescale(photo.alpha, size) if photo.alpha is not None else None)


def _places(old: int, new: int, method: str) -> Places:
    """Return, for each new row or column, the two old ones it lies between, and how far it is towards the second."""
    if method == "zoom":
        place = np.arange(new) * ((old - 1) / max(new - 1, 1))
    else:
        place = (np.arange(new) + 0.5) * (old / new) - 0.5
    place = np.clip(place, 0, old - 1)
    low = np.floor(place).astype(np.intp)
    return low, np.minimum(low + 1, old - 1), (place - low).astype(np.float32)


def _interpolated(image: np.ndarray, rows: Places, columns: Places) -> np.ndarray:
    """Interpolate blocks of rows, first down and then across, so that no second picture is held."""
    (upper, lower, down), (left, right, across) = rows, columns
    result = np.empty((len(upper), len(left), *image.shape[2:]), np.float32)
    down, across = down.reshape(-1, *[1] * (image.ndim - 1)), across.reshape(-1, *[1] * (image.ndim - 2))
    widest = (len(upper), max(image.shape[1], len(left)), *image.shape[2:])
    for block in row_blocks(widest):
        mixed = _mixed(image[upper[block]], image[lower[block]], down[block])
        result[block] = _mixed(np.take(mixed, left, axis=1), np.take(mixed, right, axis=1), across)
    return result


def _mixed(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return first + share * (second - first), in the memory of `second`; exact where both are equal."""
    second = second.astype(np.float32, copy=False)
    second -= first
    second *= share
    second += first
    return second


def _resampled(
    image: np.ndarray, size: tuple[int, int], method: Image.Resampling, kind: type = np.float32
) -> np.ndarray:
    """Resize by Pillow, channel by channel, in numbers of a kind; always float32."""
    channels = image.reshape(*image.shape[:2], -1)
    result = np.empty((*size, channels.shape[2]), np.float32)
    for k in range(channels.shape[2]):
        resized = Image.fromarray(np.ascontiguousarray(channels[..., k], kind)).resize(size[::-1], method)
        for rows in row_blocks(result.shape):  # Pillow hands out what it holds by way of two copies
            result[rows, :, k] = np.asarray(resized.crop((0, rows.start, size[1], min(rows.stop, size[0]))))
    return result.reshape(*size, *image.shape[2:])


def _cut_to_8_bits(image: np.ndarray) -> np.ndarray:
    """Cut, not round, as the tutorial's astype does; k / 255 in float32 gives back k for every k."""
    result = np.empty(image.shape, np.uint8)
    for rows in row_blocks(image.shape):
        result[rows] = np.clip(image[rows], 0.0, 1.0) * np.float32(255.0)
    return result
