"""Finished pictures: a visitor's history of them, and each as its recipe finishes it, without another run."""

import math
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from deepdream.finishing import finish, soften_mask
from deepdream.frames import Frame, LossTrace
from deepdream.images import Photo, rescale, shrink, to_uint8
from deepdream.recipe import Recipe
from deepdream.web.server.previews import Preview
from deepdream.web.server.visitors import State, Visitor

MOST = 24  # results in a history
THUMBNAIL = 220  # pixels of the longer side of the small picture by which the history shows one
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
    trace: LossTrace | None = None
    mask: np.ndarray | None = None
    frames: dict[int, Frame] = field(default_factory=dict)
    film: list[tuple[int, Path]] = field(default_factory=list)  # (octave, small picture)
    picked: int | None = None  # an octave from the filmstrip, instead of the end
    final: np.ndarray | None = None  # `raw` as it was before one was picked
    thumbnail: Path | None = None
    photo_name: str = ""  # as it was uploaded
    mark: str = field(default_factory=lambda: secrets.token_urlsafe(9))  # by which a browser that keeps it knows it

    @property
    def source(self) -> Photo:
        """The visitor's photo of which it was made."""
        return self.photo

    @property
    def source_mask(self) -> np.ndarray | None:
        """What was painted on that photo."""
        return self.mask

    def parts(self) -> dict[int, int]:
        """Return the bytes of its pictures in memory, each by what it is: several results may share one."""
        return {id(self): self.raw.nbytes} | ({id(self.mask): self.mask.nbytes} if self.mask is not None else {})

    def pixels(self) -> np.ndarray:
        """Return `raw` as float32 in [0, 1]."""
        return self.raw if self.raw.dtype != np.uint8 else np.divide(self.raw, 255, dtype=np.float32)

    def note(self) -> dict[str, Any]:
        """Return what a file of it holds inside: its recipe, and the record of how it came about."""
        picked = {"octave": self.picked} if self.picked is not None else {}
        return {"recipe": self.recipe, "record": self.record | picked}

    def pick(self, octave: int) -> None:
        """Be the dream as it was at the end of an octave of the filmstrip."""
        if self.final is None:
            self.final = self.raw
        if octave not in self.frames:  # the end of the run
            self.raw, self.picked = self.final, None
        else:
            self.raw, self.picked = self.at_octave(octave), octave

    def at_octave(self, octave: int) -> np.ndarray:
        """Return the dream (h, w, 3) as it was at the end of an octave, at the photo's size and not yet finished."""
        from deepdream.dreaming import deliver

        frame = self.frames[octave]
        frame = replace(frame, image=np.divide(frame.image, 255, dtype=np.float32))
        return np.asarray(deliver(frame, self.photo, self.recipe, raw=True), np.float32)

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


Made = TypeVar("Made", bound=Result)


@dataclass(eq=False)
class History(State, Generic[Made]):
    """Hold a visitor's dreams, oldest first, which of them is shown, and the newest preview until a dream covers it."""

    kind: ClassVar[str] = "dream"
    results: list[Made] = field(default_factory=list)
    current: Made | None = None
    preview: Preview | None = None
    preview_file: Path | None = None  # as it was last shown
    shown: tuple[tuple[str, Recipe, int | None], Path] | None = None  # the picture on the stage, and of what it is
    counted: int = 0  # results so far: numbers are never used twice

    def kept_bytes(self) -> int:
        """Return the bytes of the pictures in memory."""
        return sum(_parts(list(self.results)).values())

    def renew(self) -> None:
        """Show the photo again."""
        self.current = self.preview = None

    def new_name(self) -> str:
        """Return the name of the next result."""
        self.counted += 1
        return f"{self.kind}-{self.counted}"

    def remember(self, result: Made, *, on_stage: bool = True) -> None:
        """Put a result on top, and show it unless another photo is on the stage by now; the oldest ones fall off."""
        for older in self.results:
            older.settle()
        self.results.append(result)
        self.current = result if on_stage else None
        if on_stage:
            self.preview = None
        while len(self.results) > 1 and (len(self.results) > MOST or _bytes(self.results) > MOST_BYTES):
            gone = self.results.pop(0)
            if gone.thumbnail is not None:
                gone.thumbnail.unlink(missing_ok=True)

    def before(self) -> Made | None:
        """Return what Undo shows: the result before the one that is shown, or the newest where none is.

        Where a preview of other settings covers it, the one that is shown is first shown with its own again.
        """
        if not self.results:
            return None
        index = self.results.index(self.current) if self.current in self.results else len(self.results)
        covered = self.preview is not None and self.current is not None
        return self.results[max(0, index if covered else index - 1)]

    def fitting(self, older: Sequence[Made]) -> list[Made]:
        """Return the newest of some older results for which there is room below those that are here."""
        fit = list[Made]()
        for result in reversed(older):
            if len(self.results) + len(fit) == MOST or _bytes([result, *fit, *self.results]) > MOST_BYTES:
                break
            fit.insert(0, result)
        return fit

    def newest_of(self, photo: Photo | None) -> Made | None:
        """Return the newest dream of a photo, the one that is shown before all others."""
        dreams = [self.current, *reversed(self.results)]
        return next((each for each in dreams if each is not None and each.photo is photo), None)


def _bytes(results: Sequence[Result]) -> int:
    photos = {id(result.source): math.prod(result.source.size) * 3 for result in results}
    return sum((photos | _parts(results)).values())


def _parts(results: Sequence[Result]) -> dict[int, int]:
    return {which: size for result in results for which, size in result.parts().items()}


def finished(result: Result, *, side: int = 0) -> np.ndarray:
    """Return a result as its recipe finishes it, at full size or with a longer side of at most `side` pixels."""
    raw, photo, recipe, mask = result.pixels(), result.photo, result.recipe, result.mask
    if side and max(photo.size) > side:
        raw, photo = shrink(Photo(raw), side).pixels, shrink(photo, side)
        if mask is not None:  # softened before it is shrunk: the width is in pixels of the full size
            mask = rescale(soften_mask(mask, recipe.mask_softness), photo.size)
            recipe = recipe.replace(mask_softness=0.0)
    return finish(raw, photo.pixels, recipe, mask)


def add_thumbnail(visitor: Visitor, result: Result) -> None:
    """Write the small picture by which the history shows a result."""
    small = shrink(Photo(finished(result, side=2 * THUMBNAIL)), THUMBNAIL).pixels
    result.thumbnail = visitor.write_picture(small, keep=True)


def growth(result: Result, side: int) -> Iterator[np.ndarray]:
    """Yield the pictures on the way to a result, each finished, with a longer side of at most `side` pixels."""
    for octave in sorted(result.frames):
        if result.picked is None or octave < result.picked:
            yield finished(replace(result, raw=result.at_octave(octave)), side=side)
