"""Films with a still camera: each frame is a dream on the photo by the recipe of its moment, and needs none before it.

Between two stops the dream starts from both their dreams, faded into one another, and a share of the steps of the mixed
recipe is dreamed anew: most of them half way, none at the stops, which are the two dreams themselves.
"""

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache, partial

import numpy as np

from deepdream.film.camera import fitted
from deepdream.film.change import part_of, unfinished
from deepdream.film.dreamer import Dreamer, Made, State
from deepdream.film.score import Score
from deepdream.finishing import finish
from deepdream.recipe import Recipe

FRESH = 0.3  # share of the steps dreamed anew half way between two stops
KEPT = 3  # stops whose dreams are held: of two ways that pictures dreamed at once lie on


class StillFilm:
    """Make a film whose recipe changes while the camera rests."""

    before = 0  # frames that are made before the first

    def __init__(self, photo: np.ndarray, size: tuple[int, int], dreamer: Dreamer, score: Score) -> None:
        self.size = size
        self._photo = fitted(photo, size)
        self._dreamer = dreamer
        self._score = score
        self._dreamed_change = lru_cache(KEPT)(partial(_dreamed_change, self._photo, dreamer))
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._score)

    def frames(self, state: State) -> Iterator[Made]:
        """Make the frames from the state's on."""
        first, image = state.frame, self._photo
        anew = dict.fromkeys(index for index in range(first, len(self)) if index == first or self._differs(index))
        with closing(self._dreamer.all_at_once(partial(self.picture, index) for index in anew)) as pictures:
            for index in range(first, len(self)):
                if index in anew:
                    image = next(pictures)
                yield Made(image.copy(), index, index, State(index + 1))

    def _differs(self, index: int) -> bool:
        """Say whether a frame is another picture than the one before it."""
        return bool(self._score.film.stops) or self._score.recipe(index) != self._score.recipe(index - 1)

    def picture(self, index: int) -> np.ndarray:
        """Return one frame's picture, (h, w, 3) in [0, 1]."""
        recipe = self._score.recipe(index)
        if not self._score.film.stops:
            return self._dreamer(self._photo, recipe)
        first, second, way = self._score.place(index)
        fresh = FRESH * 4 * way * (1 - way)
        start = (1 - way) * self._change(first) + (way * self._change(second) if way > 0 else 0.0)
        dreamed = np.clip(self._photo + (1 - fresh) * start, 0.0, 1.0).astype(np.float32)
        if fresh > 0:
            dreamed = self._dreamer(dreamed, part_of(recipe, fresh))
        return finish(dreamed, self._photo, recipe)

    def _change(self, stop: int) -> np.ndarray:
        with self._lock:  # one dreams it, the others wait for it
            return self._dreamed_change(self._score.film.stops[stop])


def _dreamed_change(photo: np.ndarray, dreamer: Dreamer, recipe: Recipe) -> np.ndarray:
    return dreamer(photo, unfinished(recipe)) - photo
