"""What all films share: a dream's last frame, a frame that was made, and the state between two frames."""

from dataclasses import dataclass, field

import numpy as np

from deepdream.dreaming import dream
from deepdream.networks import Network, load_network
from deepdream.recipe import Recipe

LAST_ONLY = 10**9  # steps between two frames of a dream of which only the last is wanted


@dataclass(frozen=True, eq=False)
class State:
    """Hold all that the next frame needs of those before it, to go on with a film after a break.

    frame: the next one's number. change, limit: what was dreamed into the newest picture. picture: the newest of a
    clip. run_in: the changes that the end of a closing flight fades into, float16.
    """

    frame: int
    change: np.ndarray | None = None
    limit: float = 0.0
    picture: np.ndarray | None = None
    run_in: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """Hold a finished picture, its number, its time in the film's units, and the state after it."""

    image: np.ndarray
    index: int
    pts: int
    state: State = field(repr=False)


class Dreamer:
    """Dream on pictures with one network, or with those that the recipes name."""

    def __init__(self, network: Network | None = None, precision: str = "auto") -> None:
        self._network = network
        self._precision = precision

    def __call__(self, picture: np.ndarray, recipe: Recipe) -> np.ndarray:
        """Return the finished dream on a picture (h, w, 3) in [0, 1]."""
        network = self._network if self._network is not None else load_network(recipe.network)
        frames = dream(picture, recipe, network=network, every=LAST_ONLY, precision=self._precision)
        for frame in frames:
            last = frame
        return last.image
