"""What is sent to a worker, and the interface that all workers have.

    workers = open_workers("4")
    with contextlib.closing(workers.frames(Dream(photo, recipe))) as frames:
        for frame in frames:
            show(frame.image)

A stream that is closed stops its worker within a step. One whose worker dies goes on with another from the newest
frame, and ends in the same picture: a dream's randomness comes from its seed, octave and step, not from who computes.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from deepdream.errors import DreamError
from deepdream.frames import Frame
from deepdream.images import Photo
from deepdream.networks import Network
from deepdream.recipe import Recipe

LOOK = 0.1  # seconds from one look to the next at whether somebody wants a step to end
CLOSED = "the engines were closed over this dream."
LOSS = 2.0  # seconds of work that may be lost with a worker, where nobody wants to see it grow
LIVES = 4  # workers that one job may wear out: a job that kills each of them must not kill them all


class Job(Protocol):
    """Work that can be sent: a value that pickles, and knows how to begin, or how to go on from a frame."""

    @property
    def network(self) -> str:
        """The network that it needs: a worker that holds it is preferred."""

    def goes_on_from(self, frame: Frame) -> bool:
        """Say whether `frames` can go on from a frame and end in the same picture."""

    def frames(self, resume: Frame | None = None) -> Generator[Frame, None, None]:
        """Begin the stream of frames, or go on after `resume`."""


@dataclass(frozen=True, eq=False)
class Dream:
    """A dream as a job; see `dream` for the arguments.

    Args:
        photo: (h, w, 3), uint8 or float in [0, 1]; uint8 travels in a quarter of the bytes.
        begun: a frame of it from which it goes on, if it was begun elsewhere.
        loaded: goes before the network that the recipe names, in this process alone.
    """

    photo: np.ndarray
    recipe: Recipe
    guide: np.ndarray | None = None
    mask: Photo | np.ndarray | None = None
    precision: str = "auto"
    raw: bool = False
    begun: Frame | None = None
    loaded: Network | None = None

    @property
    def network(self) -> str:
        """Return the recipe's network."""
        return self.recipe.network

    def goes_on_from(self, frame: Frame) -> bool:
        """Say whether a frame holds all that the next step depends on."""
        from deepdream.dreaming import hidden_state

        return frame.ends_octave or hidden_state(self.recipe) is None

    def frames(self, resume: Frame | None = None) -> Generator[Frame, None, None]:
        """Begin the dream, or go on after a frame of it."""
        from deepdream.dreaming import dream

        settled: dict[str, Any] = {"precision": self.precision, "raw": self.raw, "resume": resume or self.begun}
        return dream(self.photo, self.recipe, network=self.loaded, guide=self.guide, mask=self.mask, **settled)


class Workers(Protocol):
    """So many dreams at once as there are workers, in whatever place they are computed."""

    @property
    def elsewhere(self) -> bool:
        """Whether jobs are computed outside the thread that takes their frames."""

    @property
    def count(self) -> int:
        """How many jobs are computed at once."""

    def frames(
        self, job: Job, *, pace: float = 0.0, moved: Callable[[], None] | None = None
    ) -> Generator[Frame, None, None]:
        """Return the stream of a job's frames, from the first free worker; closing it stops the work within a step.

        Args:
            pace: seconds between two frames, at least; the last frame of an octave always comes. Infinity is for who
                wants the last frame alone: an octave's comes only where LOSS would be lost with a worker.
            moved: called when a worker died and another one goes on.

        Raises:
            DreamError: as the job does, at the first frame; or its workers died, one after another.
        """

    def close(self) -> None:
        """End the workers; what they still compute is lost."""


class WorkerLostError(Exception):
    """A worker died, or can no longer be reached, in the middle of a job."""


class Elsewhere:
    """Compute jobs outside of this process; where a worker dies, another one goes on from the newest frame."""

    elsewhere = True

    def frames(
        self, job: Job, *, pace: float = 0.0, moved: Callable[[], None] | None = None
    ) -> Generator[Frame, None, None]:
        """See `Workers.frames`.

        Raises:
            DreamError: the job wore out its LIVES.
        """
        newest = None
        for life in range(LIVES):
            if life and moved is not None:
                moved()
            try:
                with contextlib.closing(self.attempt(job, newest, pace)) as frames:
                    for frame in frames:
                        newest = frame if job.goes_on_from(frame) else newest
                        yield frame
                return
            except WorkerLostError:
                continue
        raise DreamError(f"{LIVES} workers died over this dream, one after another; try a smaller one.")

    def attempt(self, job: Job, resume: Frame | None, pace: float) -> Generator[Frame, None, None]:
        """Yield the frames of a job, from the first or after `resume`, as one worker computes them.

        Raises:
            WorkerLostError: it died.
        """
        raise NotImplementedError


def at_pace(frames: Iterator[Frame], pace: float) -> Iterator[Frame | None]:
    """Yield after each step, for who wants to stop it: the frame if it is to be shown, or saves LOSS, else None."""
    endless = pace == np.inf
    shown_at = time.monotonic() if endless else -np.inf
    for frame in frames:
        waited = time.monotonic() - shown_at
        due = frame.is_last or waited >= (pace if not frame.ends_octave else LOSS if endless else 0.0)
        shown_at = time.monotonic() if due else shown_at
        yield frame if due else None


def packed(frame: Frame) -> Frame:
    """Return a frame without what its reader has at home: the mask."""
    return replace(frame, mask=None)
