"""What all films share: who dreams for them, a frame that was made, and the state between two frames."""

import math
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

import numpy as np

from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.workers import Dream, Workers, open_workers
from deepdream.workers.batch import all_at_once


@dataclass(frozen=True, eq=False)
class State:
    """Hold all that the next frame needs of those before it, to go on with a film after a break.

    frame: the next one's number. change, limit: what was dreamed into the newest picture, see `Change`. picture: the
    newest of a clip. run_in: the changes that the end of a closing flight fades into, float16.
    """

    frame: int
    change: np.ndarray | None = None
    limit: np.ndarray = field(default_factory=lambda: np.zeros(2))
    picture: np.ndarray | None = None
    run_in: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """Hold a finished picture of a film, and what is needed to go on after it.

    Args:
        image: float32 RGB in [0, 1], (h, w, 3).
        index: its number from 0; below 0 it belongs to a run-in, and is not shown.
        pts: when it is shown, in units of the film's time base.
        state: what is needed to go on after this frame.
    """

    image: np.ndarray
    index: int
    pts: int
    state: State = field(repr=False)


class Dreamer:
    """Dream on pictures with one network, or with those that the recipes name, here or on other workers."""

    def __init__(self, network: Network | None = None, precision: str = "auto", workers: Workers | None = None) -> None:
        self._network = network
        self._precision = precision
        self._workers = workers if workers is not None else open_workers()

    def __call__(self, picture: np.ndarray, recipe: Recipe) -> np.ndarray:
        """Return the finished dream on a picture (h, w, 3) in [0, 1]."""
        job = Dream(picture, recipe, precision=self._precision, loaded=self._network)
        *_, last = self._workers.frames(job, pace=math.inf)
        return last.image

    def all_at_once(self, pictures: Iterable[Callable[[], np.ndarray]]) -> Generator[np.ndarray, None, None]:
        """Yield pictures in order, of which several are dreamed at once where there are several workers."""
        return all_at_once(self._workers, pictures)
