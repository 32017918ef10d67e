"""Films from a clip: what was dreamed follows the clip's own motion, and begins anew where a scene begins."""

from collections.abc import Iterator

import cv2
import numpy as np

from deepdream.film.change import Change, kept_share
from deepdream.film.clip import Clip
from deepdream.film.dreamer import Dreamer, Made, State
from deepdream.film.flow import Way, way_of_flow
from deepdream.film.score import Score
from deepdream.finishing import finish

CUT_TRUST, CUT_DIFFERENCE = 0.35, 0.06  # a scene ends where less is trusted, and small pictures differ by more


class ClipFilm:
    """Make a film of a clip's pictures."""

    before = 0  # frames that are made before the first

    def __init__(self, clip: Clip, dreamer: Dreamer, score: Score) -> None:
        self.size = clip.size
        self._clip = clip
        self._dreamer = dreamer
        self._score = score

    def __len__(self) -> int:
        return self._clip.length

    def frames(self, state: State) -> Iterator[Made]:
        """Make the frames from the state's on."""
        change = Change(state.change, state.limit) if state.change is not None else None
        before = state.picture
        for index, frame in enumerate(self._clip.frames()):
            if index < state.frame:
                continue
            picture = frame.picture
            moment = min(round(float(frame.pts * self._clip.time_base * self._clip.rate)), len(self) - 1)
            change = self._next(change, before, picture, moment)
            image = finish(np.clip(picture + change.array, 0.0, 1.0), picture, self._score.recipe(moment))
            before = picture
            yield Made(image, index, frame.pts, State(index + 1, change.array, change.limit, picture))

    def _next(self, change: Change | None, before: np.ndarray | None, picture: np.ndarray, moment: int) -> Change:
        recipe = self._score.recipe(moment)
        if change is None or before is None:
            return Change.first(picture, recipe, self._dreamer)
        way = way_of_flow(before, picture)
        if is_cut(before, picture, way):
            return Change.first(picture, recipe, self._dreamer)
        fps = float(self._clip.rate)
        keep = kept_share(self._score.memory(moment), fps)
        return change.next(picture, way, recipe, self._dreamer, keep=keep, fps=fps)


def is_cut(before: np.ndarray, picture: np.ndarray, way: Way) -> bool:
    """Say whether another scene begins: most of the way is not trusted, and the pictures differ as a whole."""
    if way.trust.mean() > CUT_TRUST:
        return False
    small = [cv2.resize(each, (16, 9), interpolation=cv2.INTER_AREA) for each in (before, picture)]
    return float(np.abs(small[0] - small[1]).mean()) > CUT_DIFFERENCE
