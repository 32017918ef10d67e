"""What is measured of a dream beside its photo: how strong it is, and how calm where it should be calm.

Pictures are (h, w, 3) in [0, 1]. "Change" is dream - photo.
"""

import numpy as np

from deepdream.gradients import gaussian
from deepdream.images import resize

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709
PATCH = 16  # pixels
FLAT = 0.25  # share of the photo's patches, the flattest, in which grain is measured
FINE = 1.5  # pixels; the high band is what a Gaussian of this width takes away
EDGE = 16  # pixels from the picture's edge
COMPARED = 256  # longer side at which changes at two sizes are compared


def measure(photo: np.ndarray, dream: np.ndarray) -> dict[str, float]:
    """Return the figures of a dream on its photo.

    strength: root mean square of the change, in gray levels of 255. grain: that of the high band of the change's
    luma in the photo's flattest quarter of patches, in gray levels. edge: mean change within 16 pixels of the
    edge, as a share of that in the middle. clipped: per cent of values at 0 or 1, beyond the photo's own.
    """
    change = dream - photo
    return {
        "strength": 255 * float(np.sqrt(np.mean(change**2))),
        "grain": 255 * float(np.sqrt(np.mean(_high_band(change)[_flat_patches(photo)] ** 2))),
        "edge": _at_edge(np.abs(change).mean(axis=-1)),
        "clipped": 100 * (_clipped(dream) - _clipped(photo)),
    }


def agreement(changes: list[np.ndarray]) -> float:
    """Return the correlation of the changes of one dream at two sizes, both shrunk to 256 pixels."""
    height, width = changes[0].shape[:2]
    size = round(height * COMPARED / max(height, width)), round(width * COMPARED / max(height, width))
    one, other = (resize(change, size, "bicubic") for change in changes)
    return float(np.corrcoef((one - one.mean((0, 1))).ravel(), (other - other.mean((0, 1))).ravel())[0, 1])


def _high_band(picture: np.ndarray) -> np.ndarray:
    luma, weights = picture @ LUMA, gaussian(FINE, radius=6)
    rows = np.apply_along_axis(np.convolve, 0, np.pad(luma, 6, "symmetric"), weights, "valid")
    return luma - np.apply_along_axis(np.convolve, 1, rows, weights, "valid")


def _flat_patches(photo: np.ndarray) -> np.ndarray:
    """Return where the photo's flattest patches lie, (h, w) of bool."""
    luma = photo @ LUMA
    rows, columns = luma.shape[0] // PATCH, luma.shape[1] // PATCH
    patches = luma[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH)
    spread = patches.std(axis=(1, 3))
    flat = np.zeros(luma.shape, bool)
    chosen = (spread <= np.quantile(spread, FLAT)).repeat(PATCH, axis=0).repeat(PATCH, axis=1)
    flat[: rows * PATCH, : columns * PATCH] = chosen
    return flat


def _at_edge(change: np.ndarray) -> float:
    middle = np.zeros(change.shape, bool)
    middle[EDGE:-EDGE, EDGE:-EDGE] = True
    return float(change[~middle].mean() / max(change[middle].mean(), 1e-9))


def _clipped(picture: np.ndarray) -> float:
    return float(np.mean((picture <= 0) | (picture >= 1)))
