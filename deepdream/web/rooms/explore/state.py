"""What Explore keeps of a visitor: what they look at, and which of the things they let grow is the newest."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deepdream.images import Photo
from deepdream.web.server.visitors import State

if TYPE_CHECKING:
    from deepdream.inspection.maps import FeatureMaps


@dataclass(eq=False)
class Exploration:
    """Hold what one visitor looks at: a layer's answers to the photo, one of its channels, and perhaps a point."""

    network: str
    photo: Photo
    maps: "FeatureMaps"
    channel: int
    point: tuple[float, float] | None = None

    def shows(self, photo: Photo | None, network: str, layer: str) -> bool:
        """Say whether this is the exploration of a photo by a layer."""
        return self.photo is photo and (self.network, self.maps.layer) == (network, layer)

    def rank_at(self, point: tuple[float, float] | None) -> None:
        """Rank the channels at a point, x and y as shares, or over the whole photo; the strongest is chosen."""
        self.point = point
        ranking = self.maps.ranking(point)
        if len(ranking):
            self.channel = int(ranking[0])

    @property
    def target(self) -> str:
        """Return the channel as a recipe names it."""
        return f"{self.maps.layer}:{self.channel}"


@dataclass(eq=False)
class ExploreState(State):
    """Hold the visitor's exploration, the number of what grows for them, and that at which Stop was pressed."""

    exploration: Exploration | None = None
    growing: int = 0
    halted: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def kept_bytes(self) -> int:
        """Return the bytes of the maps."""
        return self.exploration.maps.maps.nbytes if self.exploration is not None else 0

    def renew(self) -> None:
        """Let the photo before go, and what was seen in it."""
        self.exploration = None

    def begin(self) -> int:
        """Return the number of a new piece of work; that of an older number ends."""
        self.growing = next(self._numbers)
        return self.growing
