"""What is done to the raw result of a run, without running again: contrast, the photo's colors, strength and mask.

NumPy only.
"""

import numpy as np

from deepdream.errors import ImageError
from deepdream.images import Photo, resize, row_blocks
from deepdream.settings.finish import Finish

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709, of the values as they are stored


def finish(raw: np.ndarray, photo: np.ndarray, settings: Finish, mask: np.ndarray | None = None) -> np.ndarray:
    """Return the finished picture, (h, w, 3) in [0, 1], from the raw result of a run and the photo, (h, w, 3) float32.

    In this order: `contrast` stretches the result about its mean; `keep_colors` k gives each pixel the result's luma
    and k of the photo's chroma; `strength` s mixes (1 - s) * photo + s * result; `mask`, (h, w), 1 where the result
    shows and 0 where the photo stays, its edge softened by `mask_softness` pixels. Strength 1 and no other change give
    the raw result itself, strength 0 or mask 0 the photo itself. What is finished must not be finished again: a soft
    edge would be softened twice.

    Raises:
        ImageError: the result, the photo and the mask differ in size.
    """
    if raw.shape != photo.shape or (mask is not None and mask.shape != photo.shape[:2]):
        shapes = f"result {raw.shape}, photo {photo.shape}" + (f", mask {mask.shape}" if mask is not None else "")
        raise ImageError(f"the result, the photo and the mask need one size, received {shapes}.")
    middle = np.float32(raw.mean(dtype=np.float64)) if settings.contrast != 1.0 else np.float32(0.0)
    soft = soften_mask(mask, settings.mask_softness) if mask is not None else None
    result = np.empty(photo.shape, np.float32)
    for rows in row_blocks(photo.shape):
        dream = _colored(_contrasted(raw[rows], middle, settings.contrast), photo[rows], settings.keep_colors)
        share = np.float32(settings.strength) * (soft[rows][..., None] if soft is not None else np.float32(1.0))
        result[rows] = (1 - share) * photo[rows] + share * dream
    return np.clip(result, 0.0, 1.0, out=result)


def fitted_mask(mask: Photo | np.ndarray | None, size: tuple[int, int]) -> np.ndarray | None:
    """Return a mask as float32 (h, w) in [0, 1], brought to that size; None where there is none.

    mask: an array (h, w), uint8, bool or float in [0, 1], or a picture that was read: of that the mean of its colors.

    Raises:
        ImageError: another shape, or values outside [0, 1].
    """
    if mask is None:
        return None
    given = mask.pixels.mean(axis=2) if isinstance(mask, Photo) else np.asarray(mask)
    if given.ndim == 3 and given.shape[2] == 1:
        given = given[..., 0]
    if given.ndim != 2 or not given.size:
        raise ImageError(f"a mask is an array (h, w), received the shape {given.shape}; use one channel of a picture.")
    if given.dtype == np.uint8:
        given = given / np.float32(255)
    given = given.astype(np.float32)
    if not (given.min() >= -1e-3 and given.max() <= 1.001):  # also true for NaN
        raise ImageError(f"a mask lies in 0..1, received {given.min():g} to {given.max():g}; divide 0..255 by 255.")
    given = np.clip(given, 0.0, 1.0)
    return given if given.shape == size else resize(given, size)


def soften_mask(mask: np.ndarray, softness: float) -> np.ndarray:
    """Return a mask (h, w) in [0, 1] whose hard edges fade over `softness` pixels: two box blurs of half that width."""
    soft = np.clip(mask, 0.0, 1.0).astype(np.float32)
    for _ in range(2 if softness > 2 else 0):  # up to two pixels a window lies within its own pixel
        soft = _averaged(_averaged(soft, softness / 4).T, softness / 4).T
    return np.clip(soft, 0.0, 1.0)


def _contrasted(dream: np.ndarray, middle: np.float32, contrast: float) -> np.ndarray:
    return dream if contrast == 1.0 else np.clip(middle + np.float32(contrast) * (dream - middle), 0.0, 1.0)


def _colored(dream: np.ndarray, photo: np.ndarray, keep: float) -> np.ndarray:
    """Adding one number to red, green and blue changes luma by it and leaves chroma alone: so the photo gets the
    dream's luma."""
    if keep == 0.0:
        return dream
    kept = photo + ((dream - photo) @ _LUMA)[..., None]
    return dream + np.float32(keep) * (np.clip(kept, 0.0, 1.0) - dream)


def _averaged(image: np.ndarray, radius: float) -> np.ndarray:
    """Average each row over [x - radius, x + radius], edges continued; any radius at the same cost, by running sums."""
    width = image.shape[1]
    margin = int(np.ceil(radius)) + 1
    centers = np.arange(width) + margin + 0.5
    result = np.empty(image.shape, np.float32)
    for rows in row_blocks((image.shape[0], width + 2 * margin)):
        padded = np.pad(image[rows], ((0, 0), (margin, margin)), mode="edge")
        sums = np.pad(np.cumsum(padded, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
        result[rows] = (_between(sums, centers + radius) - _between(sums, centers - radius)) / (2 * radius)
    return result


def _between(sums: np.ndarray, places: np.ndarray) -> np.ndarray:
    low = np.floor(places).astype(np.intp)
    return sums[:, low] + (places - low) * (sums[:, low + 1] - sums[:, low])
