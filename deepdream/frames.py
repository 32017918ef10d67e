"""Frames: what every run, a dream, a style or a portrait, gives as a stream, and how they are taken.

check_every(every)                    # at once, before the stream begins
camera = Camera(sizes, steps, every)  # when it begins
if camera.is_due(octave, step):
    yield camera.take(picture, octave, step, losses)
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deepdream.errors import RecipeError, quoted
from deepdream.octaves import OctavePlan, Size


@dataclass(frozen=True, eq=False)
class Frame:
    """Hold one picture of a run on its way.

    Args:
        image: float32 RGB in [0, 1], (h, w, 3) of its octave; the last frame has the result's size. No two frames share
            memory.
        octave: which octave (or scale), from 1 to `octaves`, smallest first.
        step: how many steps this octave has taken, up to `steps`.
        loss: what is made larger (of a style: smaller), before that step; None where no step was taken.
        losses: its parts, by the names that the settings give them.
        clipped: share of the picture's values that are 0 or 1.
        seconds: since the run began.
        progress: share of the whole work done, in [0, 1]; octaves count by their pixels.
        is_last: True for the result alone.
        ends_octave: True where this octave takes no more steps.
        plan, mask: what `deliver` needs to know of a dream.
        chance: the state of the dream's source of randomness, from which it can go on.
    """

    image: np.ndarray
    octave: int
    octaves: int
    step: int
    steps: int
    loss: float | None
    losses: dict[str, float]
    clipped: float
    seconds: float
    progress: float = 0.0
    is_last: bool = False
    ends_octave: bool = False
    plan: OctavePlan | None = field(default=None, repr=False)
    mask: np.ndarray | None = field(default=None, repr=False)
    chance: Mapping[str, Any] | None = field(default=None, repr=False)


def check_every(every: int) -> None:
    """Check that frames can be taken of every n-th step.

    Raises:
        RecipeError: it is not a whole number from 1.
    """
    if not isinstance(every, int) or every < 1:
        raise RecipeError(f"every: received {quoted(every)}; allowed: whole numbers from 1.", "every")


class Camera:
    """Take the frames of a run: it knows the time, and how far the work has come.

    sizes, steps: of each octave, its (h, w) and how many steps it takes at most. every: a frame each so many steps.
    seconds: what the run has lasted before.
    """

    def __init__(self, sizes: Sequence[Size], steps: Sequence[int], every: int = 1, *, seconds: float = 0.0) -> None:
        self._steps = list(steps)
        self._work = [math.prod(size) * max(count, 1) for size, count in zip(sizes, steps, strict=True)]
        self._every = every
        self._begun = time.perf_counter() - seconds

    def is_due(self, octave: int, step: int) -> bool:
        """Say whether a step within an octave (from 0) is one to be shown; its last one is shown in any case."""
        return step % self._every == 0 and step < self._steps[octave]

    def take(
        self,
        picture: np.ndarray,
        octave: int,
        step: int,
        losses: dict[str, float],
        *,
        ends_octave: bool = False,
        is_last: bool = False,
    ) -> Frame:
        """Return the frame of a picture after a step of an octave (from 0); only the last one shares its memory."""
        return Frame(
            image=picture if is_last else np.array(picture, np.float32),
            octave=octave + 1,
            octaves=len(self._steps),
            step=step,
            steps=self._steps[octave],
            loss=sum(losses.values()) if losses else None,
            losses=losses,
            clipped=float(np.count_nonzero(picture <= 0) + np.count_nonzero(picture >= 1)) / picture.size,
            seconds=time.perf_counter() - self._begun,
            progress=1.0 if is_last else self._progress(octave, step),
            is_last=is_last,
            ends_octave=ends_octave or is_last,
            **self.more(),
        )

    def more(self) -> dict[str, Any]:
        """Return what a frame of this kind of run holds besides."""
        return {}

    def _progress(self, octave: int, step: int) -> float:
        done = step / self._steps[octave] if self._steps[octave] else 1.0
        return (sum(self._work[:octave]) + done * self._work[octave]) / sum(self._work)


@dataclass(eq=False)
class LossTrace:
    """Collect the losses of a run, frame by frame, for a plot.

    `steps` counts the frames seen from 1; `parts` has for each part of the loss one value a frame, NaN where a frame
    lacks the part; `clipped` is the share of pixels at black or white, in [0, 1].
    """

    steps: list[int] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)
    clipped: list[float] = field(default_factory=list)

    def add(self, frame: Frame) -> None:
        """Take one frame's losses."""
        before = len(self.steps)
        self.steps.append(before + 1)
        self.clipped.append(float(frame.clipped))
        for part in frame.losses:
            self.parts.setdefault(part, [float("nan")] * before)
        for part, values in self.parts.items():
            values.append(float(frame.losses.get(part, float("nan"))))
