"""The beginning of a dream: what a preview becomes while the hand rests, and what Dream then goes on from.

The composition of a dream is made in its first octaves, at a fraction of its cost. So a preview that is looked at goes
on as the dream itself, with all its steps, until the time for it is up. Nothing of it is lost: the dream that is asked
for afterwards begins where this stands, and ends with the same bytes as one that began anew.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from deepdream.frames import Frame
from deepdream.images import Photo, resize, shrink, to_uint8
from deepdream.networks import Network
from deepdream.octaves import plan_octaves
from deepdream.recipe import Recipe
from deepdream.settings.finish import Finish
from deepdream.turns import LeftError, until
from deepdream.web.server.previews import SIDE, Preview
from deepdream.web.server.scheduler import Turns
from deepdream.workers import Dream

SECONDS = 4.0  # in the engine, for one rest of the hand
MOMENT = 0.3  # seconds between two pictures


@dataclass(eq=False)
class Beginning:
    """Begin a dream on `photo` in the engine's idle time, picture after picture.

    `frame` is the newest from which the dream can go on; `every_octave` holds the last of each octave that is done,
    with pictures of 8 bits a channel.
    """

    photo: Photo
    recipe: Recipe
    network: Network
    turns: Turns
    guide: np.ndarray | None = None
    mask: np.ndarray | None = None
    frame: Frame | None = None
    every_octave: dict[int, Frame] = field(default_factory=dict)
    seconds: float = 0.0  # that it took of the engine
    dreamed: float = 0.0  # shares of the dream in that time, also what `frame` does not hold yet or was dreamed again
    _whole: bool = False  # the last frame is there
    _frames: Generator[Frame, None, None] | None = None
    _at: float = 0.0  # the progress of their newest

    def __post_init__(self) -> None:
        self._shown = shrink(self.photo, SIDE)
        self._mask = resize(self.mask, self._shown.size) if self.mask is not None else None

    @property
    def progress(self) -> float:
        """Return the share of the dream that is done, in [0, 1]."""
        return self.frame.progress if self.frame is not None else 0.0

    def is_of(self, photo: Photo, recipe: Recipe, guide: np.ndarray | None, mask: np.ndarray | None) -> bool:
        """Say whether a dream of these begins so; how it is finished does not matter."""
        same_mask = mask is self.mask or (mask is not None and np.array_equal(mask, self.mask))  # type: ignore[arg-type]
        same = self.photo is photo and self.guide is guide and same_mask
        return same and self.recipe.with_finish(Finish()) == recipe.with_finish(Finish())

    def go_on(self, stale: Callable[[], bool]) -> Preview | None:
        """Dream on for a moment and return the picture, or None at the end: time is up, `stale`, or others want it."""
        newest, end = None, time.monotonic() + MOMENT
        try:
            while not self._whole and self.seconds < SECONDS and self.turns.idle and time.monotonic() < end:
                if stale():
                    raise LeftError
                with self.turns.preview_step(), until(stale):
                    before = time.perf_counter()
                    frame = next(self._stream(), None)
                    self.seconds += time.perf_counter() - before
                if frame is None:
                    break
                newest = frame
                self.dreamed, self._at = self.dreamed + frame.progress - self._at, frame.progress
                self._take(frame)
        except LeftError:
            newest = None
        if newest is None:
            self._close()
            return None
        image = _at_once(newest, self._shown, self.recipe)
        return Preview(image, self._shown, self._mask)

    def _stream(self) -> Generator[Frame, None, None]:
        """Return the dream's frames, from where it was left."""
        if self._frames is None:  # the photo's floats are held while it runs and no longer
            about: dict[str, Any] = {"raw": True, "loaded": self.network, "begun": self.frame}
            self._at = self.progress
            self._frames = Dream(self.photo.pixels, self.recipe, self.guide, self.mask, **about).frames()
        return self._frames

    def _close(self) -> None:
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _take(self, frame: Frame) -> None:
        from deepdream.dreaming import hidden_state

        if frame.is_last:  # from which nothing goes on
            self._whole = True
            return
        if frame.ends_octave:
            self.every_octave[frame.octave] = replace(frame, image=to_uint8(frame.image))
        if frame.ends_octave or hidden_state(self.recipe) is None:
            self.frame = frame


def _at_once(frame: Frame, shown: Photo, recipe: Recipe) -> np.ndarray:
    """Return a frame at the size that is shown, with the photo's own detail, float32 (h, w, 3)."""
    from deepdream.dreaming import deliver

    if frame.is_last or frame.plan is None or min(frame.image.shape[:2]) >= min(shown.size):
        return np.asarray(resize(frame.image, shown.size), np.float32)
    below = frame.plan.sizes[: frame.octave]
    small = recipe.replace(octave_sizes=(*below, shown.size), octaves_above=0, min_size=0)
    plan = plan_octaves(shown.size, small)
    return np.asarray(deliver(replace(frame, plan=plan), shown, small, raw=True), np.float32)
