"""Small random changes of view: at each step the network sees the picture shifted, turned, zoomed or mirrored.

What is the same in all views survives the steps, and no grid shows (Mordvintsev's jitter, 2015; Lucid's "transformation
robustness", 2017).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deepdream.recipe import Recipe

PullBack = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class View:
    """Say how the picture is seen in one step.

    Args:
        shift: rows and columns by which it is rolled, in pixels.
        cuts: shares in [0, 1) of a tile by which it is rolled further where it is cut into tiles.
        angle: degrees, counter-clockwise.
        zoom: factor of enlargement about the middle.
        mirrored: left and right are swapped.
    """

    shift: tuple[int, int] = (0, 0)
    cuts: tuple[float, float] = (0.0, 0.0)
    angle: float = 0.0
    zoom: float = 1.0
    mirrored: bool = False

    @property
    def bends(self) -> bool:
        """Say whether pixels are seen between pixels."""
        return self.angle != 0.0 or self.zoom != 1.0

    def warp(self, picture: np.ndarray) -> tuple[np.ndarray, PullBack]:
        """Return a picture (h, w, c) turned, zoomed and mirrored, and the way back for a gradient, the adjoint."""
        if self.bends:
            bent, unbend = _bend(picture, *self._sources(*picture.shape[:2]))
        else:
            bent, unbend = picture, lambda g: g
        return (bent[:, ::-1], lambda g: unbend(g[:, ::-1])) if self.mirrored else (bent, unbend)

    def place(self, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
        """Return where the point (x, y), in pixels of a picture of `size` = (h, w), is seen by `warp`."""
        middle_y, middle_x = size[0] / 2, size[1] / 2
        cosine, sine = self.zoom * math.cos(math.radians(self.angle)), self.zoom * math.sin(math.radians(self.angle))
        dx, dy = x - middle_x, y - middle_y
        seen_x, seen_y = middle_x + cosine * dx + sine * dy, middle_y - sine * dx + cosine * dy
        return (size[1] - seen_x if self.mirrored else seen_x), seen_y

    def _sources(self, h: int, w: int) -> tuple[np.ndarray, np.ndarray]:
        """Return for each pixel of the view the row and column of the picture from which it comes, (h, w) each."""
        cosine, sine = math.cos(math.radians(self.angle)) / self.zoom, math.sin(math.radians(self.angle)) / self.zoom
        y = np.arange(h, dtype=np.float32)[:, None] - (h - 1) / 2
        x = np.arange(w, dtype=np.float32)[None, :] - (w - 1) / 2
        return (h - 1) / 2 + sine * x + cosine * y, (w - 1) / 2 + cosine * x - sine * y


def draw_view(recipe: Recipe, random: np.random.Generator) -> View:
    """Draw the view of one step. It always takes as many numbers, so that one option does not change another's draw."""
    up, left, cut_y, cut_x, turn, zoom, side = random.random(7)
    return View(
        shift=(_whole(up, recipe.jitter), _whole(left, recipe.jitter)),
        cuts=(cut_y, cut_x),
        angle=recipe.rotate * (2 * turn - 1),
        zoom=(1 + recipe.zoom_jitter) ** (2 * zoom - 1),
        mirrored=recipe.flip and side < 0.5,
    )


def _whole(share: float, limit: int) -> int:
    """Return a whole number from -limit to limit, all equally likely."""
    return int(share * (2 * limit + 1)) - limit


def _bend(picture: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, PullBack]:
    """Sample a picture between its pixels (bilinear, edges continued)."""
    h, w, channels = picture.shape
    rows, columns = np.clip(rows, 0, h - 1), np.clip(columns, 0, w - 1)
    top, left = np.minimum(rows.astype(np.int32), max(h - 2, 0)), np.minimum(columns.astype(np.int32), max(w - 2, 0))
    down, right = (rows - top).ravel().astype(np.float32), (columns - left).ravel().astype(np.float32)
    corners = [
        (((top + dy) * w + left + dx).ravel(), (down if dy else 1 - down) * (right if dx else 1 - right))
        for dy in ((0, 1) if h > 1 else (0,))
        for dx in ((0, 1) if w > 1 else (0,))
    ]
    flat = picture.reshape(-1, channels)
    bent = sum(share[:, None] * flat[index] for index, share in corners)

    def unbend(g: np.ndarray) -> np.ndarray:
        result = np.zeros((h * w, channels), np.float32)
        for index, share in corners:
            for channel in range(channels):
                weights = share * g[..., channel].ravel()
                result[:, channel] += np.bincount(index, weights, minlength=h * w)
        return result.reshape(picture.shape)

    return np.asarray(bent, np.float32).reshape(picture.shape), unbend
