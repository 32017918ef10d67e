"""Finished dreams: a visitor's history of them, and each as its recipe finishes it, without another run."""

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.finishing import finish, soften_mask
from deepdream.images import Photo, rescale, shrink, to_uint8
from deepdream.recipe import Recipe
from deepdream.web.server.visitors import State

if TYPE_CHECKING:
    from deepdream.frames import Frame, LossTrace

MOST = 24  # results in a history
MOST_BYTES = 400e6  # of their pictures in memory; the newest result stays in any case


@dataclass(eq=False)
class Result:
    """Hold one finished dream: the raw picture, what it was made from and how, and its small pictures.

    `raw` is the dream before `finish`, at the photo's size; as 8-bit once it is no longer the newest. `frames` are
    the last frames of its octaves, of the newest result alone.
    """

    name: str
    recipe: Recipe
    photo: Photo
    raw: np.ndarray  # (h, w, 3) float32 in [0, 1], or uint8
    record: dict[str, Any] = field(default_factory=dict)
    trace: "LossTrace | None" = None
    mask: np.ndarray | None = None
    frames: dict[int, "Frame"] = field(default_factory=dict)
    film: list[tuple[int, Path]] = field(default_factory=list)  # (octave, small picture)
    picked: int | None = None  # an octave from the filmstrip, instead of the end
    final: np.ndarray | None = None  # `raw` as it was before one was picked
    thumbnail: Path | None = None
    photo_name: str = ""  # as it was uploaded
    mark: str = field(default_factory=lambda: secrets.token_urlsafe(9))  # by which a browser that keeps it knows it

    def pixels(self) -> np.ndarray:
        """Return `raw` as float32 in [0, 1]."""
        return self.raw if self.raw.dtype != np.uint8 else np.divide(self.raw, 255, dtype=np.float32)

    def settle(self) -> None:
        """Give up what only the newest result needs."""
        self.frames.clear()
        if self.final is not None:
            self.raw, self.final, self.picked = self.final, None, None
        if self.raw.dtype != np.uint8:
            self.raw = to_uint8(self.raw)
        for _, file in self.film:
            if file != self.thumbnail:  # the history goes on showing that one
                file.unlink(missing_ok=True)
        self.film = []


@dataclass(eq=False)
class History(State):
    """Hold a visitor's dreams, oldest first, and which of them is shown."""

    results: list[Result] = field(default_factory=list)
    current: Result | None = None
    shown: tuple[tuple[str, Recipe, int | None], Path] | None = None  # the picture on the stage, and of what it is
    counted: int = 0  # results so far: numbers are never used twice

    def held(self) -> int:
        """Return the bytes of the pictures in memory."""
        return sum(result.raw.nbytes for result in list(self.results))

    def renew(self) -> None:
        """Show the photo again."""
        self.current = None

    def new_name(self) -> str:
        """Return the name of the next result."""
        self.counted += 1
        return f"dream-{self.counted}"

    def remember(self, result: Result) -> None:
        """Put a result on top, and show it; the oldest ones fall off."""
        for older in self.results:
            older.settle()
        self.results.append(result)
        self.current = result
        while len(self.results) > 1 and (len(self.results) > MOST or _bytes(self.results) > MOST_BYTES):
            gone = self.results.pop(0)
            if gone.thumbnail is not None:
                gone.thumbnail.unlink(missing_ok=True)

    def fitting(self, older: Sequence[Result]) -> list[Result]:
        """Return the newest of some older results for which there is room below those that are here."""
        fit = list[Result]()
        for result in reversed(older):
            if len(self.results) + len(fit) == MOST or _bytes([result, *fit, *self.results]) > MOST_BYTES:
                break
            fit.insert(0, result)
        return fit

    def newest_of(self, photo: Photo | None) -> Result | None:
        """Return the newest dream of a photo, the one that is shown before all others."""
        dreams = [self.current, *reversed(self.results)]
        return next((each for each in dreams if each is not None and each.photo is photo), None)


def _bytes(results: Sequence[Result]) -> int:
    photos = {id(result.photo): math.prod(result.photo.size) * 3 for result in results}
    return sum(photos.values()) + sum(result.raw.nbytes for result in results)


def finished(result: Result, *, side: int = 0) -> np.ndarray:
    """Return a result as its recipe finishes it, at full size or with a longer side of at most `side` pixels."""
    raw, photo, recipe, mask = result.pixels(), result.photo, result.recipe, result.mask
    if side and max(photo.size) > side:
        raw, photo = shrink(Photo(raw), side).pixels, shrink(photo, side)
        if mask is not None:  # softened before it is shrunk: the width is in pixels of the full size
            mask = rescale(soften_mask(mask, recipe.mask_softness), photo.size)
            recipe = recipe.replace(mask_softness=0.0)
    return finish(raw, photo.pixels, recipe, mask)
