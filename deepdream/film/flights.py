"""Films with a moving camera: a flight through a photo that holds itself; what was dreamed flies along.

A flight that closes has run in before its first frame, and its last frames fade into that run-in: they show the same
places, so only what was dreamed there is faded.
"""

from collections.abc import Generator, Iterator

import numpy as np

from deepdream.film.camera import Flight, World, smooth
from deepdream.film.change import Change, kept_share
from deepdream.film.dreamer import Dreamer, Made, State
from deepdream.film.flow import way_of_matrix
from deepdream.film.score import Score
from deepdream.finishing import finish

FADE = 1.0  # seconds in which a flight that closes goes over into its run-in, and in which that finds its pace


class FlightFilm:
    """Make a film of a camera that moves over a photo."""

    def __init__(self, photo: np.ndarray, size: tuple[int, int], dreamer: Dreamer, score: Score) -> None:
        self.size = size
        self._world = World(photo, size)
        self._flight = Flight(score, size)
        self._dreamer = dreamer
        self._score = score
        closes = score.film.loop == "close"
        self._fade = min(round(FADE * score.film.fps), len(score) // 2) if closes else 0
        self.before = 2 * self._fade

    def __len__(self) -> int:
        return len(self._score)

    def frames(self, state: State) -> Iterator[Made]:
        """Make the frames from the state's on; where a film that closes begins, those of its run-in first."""
        run_in = state.run_in
        change = Change(state.change, state.limit) if state.change is not None else None
        if change is None and self._fade:
            change, run_in = yield from self._run_in()
        for index in range(state.frame, len(self)):
            view = self._world.show(self._flight.poses(index))
            change = self._next(change, view, index)
            image = self._finished(self._faded(change.array, run_in, index), view, index)
            yield Made(image, index, index, State(index + 1, change.array, change.limit, run_in=run_in))

    def _run_in(self) -> Generator[Made, None, tuple[Change | None, np.ndarray]]:
        """Make the frames before the first, as many as the fade needs; return the last change and those kept."""
        change, kept = None, []
        for index in range(-self.before, 0):
            view = self._world.show(self._flight.poses(index))
            change = self._next(change, view, index)
            if index >= -self._fade:
                kept.append(change.array.astype(np.float16))
            yield Made(self._finished(change.array, view, index), index, 0, State(0))
        return change, np.stack(kept)

    def _next(self, before: Change | None, view: np.ndarray, index: int) -> Change:
        index %= len(self)
        recipe = self._score.recipe(index)
        if before is None:
            return Change.first(view, recipe, self._dreamer)
        way = way_of_matrix(self._flight.step(index - 1), self.size)
        fps = self._score.film.fps
        keep = kept_share(self._score.memory(index), fps)
        return before.next(view, way, recipe, self._dreamer, keep=keep, fps=fps)

    def _faded(self, change: np.ndarray, run_in: np.ndarray | None, index: int) -> np.ndarray:
        """Return what shows of a change: in the last frames of a film that closes, more and more of the run-in's."""
        left = len(self) - index
        if run_in is None or left > self._fade:
            return change
        share = np.float32(smooth(1 - left / (self._fade + 1)))
        return (1 - share) * change + share * run_in[self._fade - left].astype(np.float32)

    def _finished(self, change: np.ndarray, view: np.ndarray, index: int) -> np.ndarray:
        return finish(np.clip(view + change, 0.0, 1.0), view, self._score.recipe(index % len(self)))
