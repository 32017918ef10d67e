"""A finished picture as a file: by itself, beside its photo, or growing octave by octave; its settings are inside."""

from pathlib import Path

import numpy as np

from deepdream.images import shrink, write_image, write_moving
from deepdream.web.rooms.shared.results import Result, finished, growth
from deepdream.web.server.visitors import Visitor

FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "pair": ".jpg", "moving": ".webp"}
NAMED = {"pair": "before-after", "moving": "growing"}  # what is added to the file's name
PAIR, MOVING = 1600, 640  # pixels of the longer side of each picture in them
SHARE = 0.012  # of the shorter side: the white between the two of a pair
FIRST, OTHERS, LAST = 1.2, 0.5, 2.0  # seconds


def write_result(visitor: Visitor, result: Result, format: str) -> Path:
    """Write a result into the visitor's folder, with its settings inside, and return the file."""
    path, photo, note = visitor.new_file(FORMATS[format]), result.photo, result.note()
    if format == "pair":
        write_image(path, beside(shrink(photo, PAIR).pixels, finished(result, side=PAIR)), **note)
    elif format == "moving":
        pictures = [shrink(photo, MOVING).pixels, *growth(result, MOVING), finished(result, side=MOVING)]
        write_moving(path, pictures, [FIRST, *[OTHERS] * (len(pictures) - 2), LAST], **note)
    else:
        write_image(path, finished(result), alpha=photo.alpha, **note)
    visitor.retire(path)
    return path


def beside(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return two pictures (h, w, 3) of one size as one, a white line between: side by side, wide ones below each other.

    So that the two together come nearest to a square, which a phone shows largest.
    """
    height, width = before.shape[:2]
    along = 0 if width > height else 1
    gap = list(before.shape)
    gap[along] = max(2, round(SHARE * min(height, width)))
    return np.concatenate([before, np.ones(gap, np.float32), after], axis=along)
