"""Films with a still camera: each frame is a dream on the photo by the recipe of its moment, and needs none before it.

Between two stops the dream starts from both their dreams, faded into one another, and a share of the steps of the mixed
recipe is dreamed anew: most of them half way, none at the stops, which are the two dreams themselves.
"""

from collections.abc import Iterator

import numpy as np

from deepdream.film.camera import World
from deepdream.film.change import part_of, unfinished
from deepdream.film.dreamer import Dreamer, Made, State
from deepdream.film.score import Score
from deepdream.finishing import finish
from deepdream.recipe import Recipe

FRESH = 0.3  # share of the steps dreamed anew half way between two stops


class StillFilm:
    """Make a film whose recipe changes while the camera rests."""

    def __init__(self, photo: np.ndarray, size: tuple[int, int], dreamer: Dreamer, score: Score) -> None:
        self.size = size
        self._photo = World(photo, size).whole()
        self._dreamer = dreamer
        self._score = score
        self._changes: dict[int, np.ndarray] = {}  # of the two stops that are needed now

    def __len__(self) -> int:
        return len(self._score)

    def frames(self, state: State) -> Iterator[Made]:
        """Make the frames from the state's on."""
        recipe: Recipe | None = None
        image = self._photo
        for index in range(state.frame, len(self)):
            before, recipe = recipe, self._score.recipe(index)
            if recipe != before or self._score.film.stops:
                image = self.picture(index)
            yield Made(image.copy(), index, index, State(index + 1))

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
        self._changes = {stop: each for stop, each in self._changes.items() if stop in (first, second)}
        return finish(dreamed, self._photo, recipe)

    def _change(self, stop: int) -> np.ndarray:
        if stop not in self._changes:
            recipe = unfinished(self._score.film.stops[stop])
            self._changes[stop] = self._dreamer(self._photo, recipe) - self._photo
        return self._changes[stop]
