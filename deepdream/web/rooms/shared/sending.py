"""A finished picture as a file: by itself, beside its photo, or growing octave by octave; its settings are inside."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.images import Photo, shrink, write_image, write_moving
from deepdream.recipe import Recipe
from deepdream.web.server.visitors import Visitor

FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "pair": ".jpg", "moving": ".webp"}
NAMED = {"pair": "before-after", "moving": "growing"}  # what is added to the file's name
PAIR, MOVING = 1600, 640  # pixels of the longer side of each picture in them
SHARE = 0.012  # of the shorter side: the white between the two of a pair
FIRST, OTHERS, LAST = 1.2, 0.5, 2.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Finished:
    """Hold a finished picture for its files; what is costly is made when it is asked for.

    shown: makes the picture (h, w, 3) with a longer side of at most so many pixels, 0 for its own. photo: of the same
    size. growth: makes the pictures on the way to it, with such a side.
    """

    shown: Callable[[int], np.ndarray]
    photo: Photo
    growth: Callable[[int], Iterable[np.ndarray]] = lambda _: ()
    recipe: Recipe | None = None
    record: Mapping[str, Any] = field(default_factory=dict)

    def write(self, visitor: Visitor, format: str) -> Path:
        """Write it into the visitor's folder, with its settings inside, and return the file."""
        path = visitor.new_file(FORMATS[format])
        note: dict[str, Any] = {"recipe": self.recipe, "record": self.record}
        if format == "pair":
            write_image(path, beside(shrink(self.photo, PAIR).pixels, self.shown(PAIR)), **note)
        elif format == "moving":
            pictures = [shrink(self.photo, MOVING).pixels, *self.growth(MOVING), self.shown(MOVING)]
            write_moving(path, pictures, [FIRST, *[OTHERS] * (len(pictures) - 2), LAST], **note)
        else:
            write_image(path, self.shown(0), alpha=self.photo.alpha, **note)
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
