"""A style transfer as a render of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from deepdream.images import Photo, resize, shrink
from deepdream.recipe import Recipe
from deepdream.style.job import StyleTransfer
from deepdream.style.settings import StyleSettings
from deepdream.web.server.render import Render
from deepdream.workers import Job

if TYPE_CHECKING:
    from deepdream.frames import Frame


@dataclass(eq=False)
class StyleRender(Render):
    """Run one style transfer; `photo` is the content at the result's size, `recipe` holds what finishes it."""

    styles: Sequence[np.ndarray] = ()
    shares: Sequence[float] = ()
    settings: StyleSettings = field(default_factory=StyleSettings)
    dream: Recipe | None = None

    @property
    def priced(self) -> StyleSettings:
        """The settings by which the cost model knows it."""
        return self.settings

    def job(self) -> Job:
        """Return what workers are asked for."""
        return StyleTransfer(
            self.photo.pixels, tuple(self.styles), self.settings, tuple(self.shares), dream=self.dream, raw=True
        )

    def deliver(self, frame: "Frame") -> np.ndarray:
        """Bring any of its frames to the result's size, (h, w, 3) in [0, 1]."""
        from deepdream.style.paint import deliver_style

        return deliver_style(frame, self.photo, self.settings, raw=True)


def content_of(photo: Photo, size: tuple[int, int]) -> Photo:
    """Bring the content photo to the result's size: averaged where it shrinks, smooth where it grows."""
    if size[0] <= photo.size[0]:
        return shrink(photo, max(size)) if max(size) < max(photo.size) else photo
    alpha = resize(photo.alpha, size) if photo.alpha is not None else None
    return Photo(resize(photo.pixels, size), alpha)
