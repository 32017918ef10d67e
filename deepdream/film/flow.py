"""Where each pixel comes from: dense optical flow, and where it can be trusted.

Flow: Kroeger, Timofte, Dai, Van Gool, Fast Optical Flow using Dense Inverse Search, 2016 (OpenCV's, medium).
Trust: Ruder, Dosovitskiy, Brox, Artistic style transfer for videos, 2016: forward and backward flow agree, and the flow
has no edge.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from deepdream.images import to_uint8


@dataclass(frozen=True, eq=False)
class Way:
    """Hold how a picture came about from the one before it.

    sources: (h, w, 2) float32, where (x, y) of each pixel was. trust: (h, w) float32 in [0, 1], 0 where nothing of the
    picture before is to be seen. moved: (h, w) float32, by how many pixels.
    """

    sources: np.ndarray
    trust: np.ndarray
    moved: np.ndarray

    def carry(self, change: np.ndarray) -> np.ndarray:
        """Return an array (h, w, c) of the picture before, where it lies now."""
        return cv2.remap(change, self.sources, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)


def way_of_flow(before: np.ndarray, now: np.ndarray) -> Way:
    """Find the way from one picture (h, w, 3) in [0, 1] to the next."""
    gray_before, gray_now = _gray(before), _gray(now)
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    back = estimator.calc(gray_now, gray_before, None)
    forth = estimator.calc(gray_before, gray_now, None)
    sources = _grid((back.shape[0], back.shape[1])) + back
    return Way(sources, trusted(back, forth), np.hypot(back[..., 0], back[..., 1]))


def way_of_matrix(matrix: np.ndarray, size: tuple[int, int]) -> Way:
    """Return the way of a known motion: `matrix` takes each place (x, y, 1) of the picture before to its new one."""
    grid = _grid(size)
    places = np.concatenate([grid, np.ones((*size, 1), np.float32)], axis=2) @ np.linalg.inv(matrix).T
    sources = (places[..., :2] / places[..., 2:]).astype(np.float32)
    moved = np.hypot(*np.moveaxis(sources - grid, 2, 0))
    return Way(sources, _softened(_inside(sources)), moved)


def trusted(back: np.ndarray, forth: np.ndarray) -> np.ndarray:
    """Return where the flow from now `back` is to be trusted, (h, w) in [0, 1]; `forth` leads from then to now.

    Not trusted: what comes from outside; |back + forth|² ≥ 0.01 (|back|² + |forth|²) + 0.5, forth taken where back
    leads; and edges of the motion, |∇back|² > 0.01 |back|² + 0.002. The mask's own edge is softened by 0.8 pixels.
    """
    sources = _grid((back.shape[0], back.shape[1])) + back
    returned = cv2.remap(forth, sources, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lengths = _square(back) + _square(returned)
    agrees = _square(back + returned) < 0.01 * lengths + 0.5
    down, across = np.gradient(back, axis=0), np.gradient(back, axis=1)
    smooth = _square(down) + _square(across) <= 0.01 * _square(back) + 0.002
    return _softened(_inside(sources) & agrees & smooth)


def _inside(sources: np.ndarray) -> np.ndarray:
    height, width = sources.shape[:2]
    x, y = sources[..., 0], sources[..., 1]
    return (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)


def _softened(mask: np.ndarray) -> np.ndarray:
    """Soften a mask inwards: where it was 0 it stays 0, as in the published checker."""
    signed = np.where(mask, np.float32(1), np.float32(-1))
    return np.clip(cv2.GaussianBlur(signed, (0, 0), 0.8), 0.0, 1.0)


def _square(flow: np.ndarray) -> np.ndarray:
    return flow[..., 0] ** 2 + flow[..., 1] ** 2


def _grid(size: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    return np.stack([x, y], axis=2)


def _gray(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(to_uint8(picture), cv2.COLOR_RGB2GRAY)
