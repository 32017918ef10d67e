"""A style transfer as a job for workers."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from deepdream.frames import Frame
from deepdream.images import Photo
from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.style.settings import StyleSettings


@dataclass(frozen=True, eq=False)
class StyleTransfer:
    """A style transfer that can be sent; see `stylize` for the arguments. One that lost its worker begins anew.

    Args:
        loaded: goes before the network that the settings name, in this process alone.
    """

    content: np.ndarray
    styles: tuple[np.ndarray, ...]
    settings: StyleSettings
    shares: tuple[float, ...] | None = None
    mask: Photo | np.ndarray | None = None
    dream: Recipe | None = None
    precision: str = "auto"
    raw: bool = False
    loaded: Network | None = None

    @property
    def network(self) -> str:
        """Return the settings' network."""
        return self.settings.network

    def goes_on_from(self, frame: Frame) -> bool:
        """Say no: Adam's memory and the averaged pictures are in no frame."""
        return False

    def frames(self, resume: Frame | None = None) -> Generator[Frame, None, None]:
        """Begin the style transfer."""
        from deepdream.style.paint import stylize

        return stylize(
            self.content, self.styles, self.settings, style_shares=self.shares, network=self.loaded, mask=self.mask,
            dream=self.dream, precision=self.precision, raw=self.raw,
        )  # fmt: skip
