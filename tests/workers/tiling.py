"""A job of one long step in many tiles."""

import time
from dataclasses import dataclass

from counting import Counting

from deepdream.tiles import one_by_one


@dataclass(frozen=True)
class Tiling(Counting):
    """Count, but take so many tiles for each step."""

    tiles: int = 1

    def suffer(self, step):
        for _ in one_by_one(range(self.tiles)):
            time.sleep(0.02)
