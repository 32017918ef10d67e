"""A style transfer on the page: its render, what it leaves, and the pictures in whose manner it paints."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream import __version__
from deepdream.errors import RecipeError
from deepdream.finishing import finish
from deepdream.images import Photo, read_image, resize, shrink, write_image
from deepdream.recipe import Recipe
from deepdream.style.job import StyleTransfer
from deepdream.style.settings import STYLE_PRESETS, StyleSettings
from deepdream.web.components.pictures import ASSETS, thumbnail
from deepdream.web.rooms.results import FORMATS
from deepdream.web.server.render import Render
from deepdream.web.server.visitors import Visitor
from deepdream.workers import Job

if TYPE_CHECKING:
    from deepdream.frames import Frame

STYLES = ASSETS / "styles"
STYLE_SIDE = 1024  # pixels of the longer side of a style picture
MOST_STYLES = 4  # at once, and uploads kept for a visitor
LOOK = "compact"  # what records count from


@dataclass(eq=False)
class StyleRender(Render):
    """Run one style transfer; `photo` is the content at the result's size, `recipe` holds what finishes it."""

    styles: Sequence[np.ndarray] = ()
    shares: Sequence[float] = ()
    settings: StyleSettings = field(default_factory=lambda: STYLE_PRESETS[LOOK])
    dream: Recipe | None = None

    def job(self) -> Job:
        """Return what workers are asked for."""
        return StyleTransfer(
            self.photo.pixels, tuple(self.styles), self.settings, tuple(self.shares), dream=self.dream, raw=True
        )

    def deliver(self, frame: "Frame") -> np.ndarray:
        """Bring any of its frames to the result's size, (h, w, 3) in [0, 1]."""
        from deepdream.style.paint import deliver_style

        return deliver_style(frame, self.photo, self.settings, raw=True)


@dataclass(eq=False)
class Painting:
    """Hold a visitor's newest painting: as it was delivered, what it was painted from and how."""

    raw: np.ndarray  # (h, w, 3) in [0, 1], before it is finished
    photo: Photo  # at the painting's size
    original: Photo  # the visitor's, of which it was made
    settings: StyleSettings
    mask: np.ndarray | None  # (h, w), where the style shows
    seconds: float
    stopped: bool
    lines: dict[str, list[float | None]]  # of its losses

    def finished(self) -> np.ndarray:
        """Return the picture (h, w, 3) in [0, 1]."""
        return finish(self.raw, self.photo.pixels, self.settings, self.mask)

    def write(self, visitor: Visitor, format: str) -> Path:
        """Write the picture in full size with its settings inside, and return the file."""
        path = visitor.new_file(FORMATS[format])
        record = {
            "deepdream": __version__,
            "style": LOOK,
            "settings": self.settings.changes(STYLE_PRESETS[LOOK]),
            "seconds": round(self.seconds, 1),
            "finished": not self.stopped,
        }
        write_image(path, self.finished(), record=record, alpha=self.photo.alpha)
        with visitor.lock:
            visitor.frames.append(path)
        return path


def content_of(photo: Photo, size: tuple[int, int]) -> Photo:
    """Bring the content photo to the result's size: averaged where it shrinks, smooth where it grows."""
    if size[0] <= photo.size[0]:
        return shrink(photo, max(size)) if max(size) < max(photo.size) else photo
    alpha = resize(photo.alpha, size) if photo.alpha is not None else None
    return Photo(resize(photo.pixels, size), alpha)


def gallery(visitor: Visitor | None = None) -> list[dict[str, Any]]:
    """Return the styles on offer, ours and then the visitor's own, as {"id", "key" or "name", "picture"}."""
    ours = [
        {"id": path.stem, "key": f"style.{path.stem}", "picture": thumbnail(path)}
        for path in sorted(STYLES.glob("*.jpg"))
    ]
    own = visitor.styles if visitor is not None else {}
    return ours + [{"id": name, "key": "own_style", "picture": each.picture} for name, each in own.items()]


def chosen_styles(visitor: Visitor, chosen: Any) -> tuple[list[np.ndarray], list[float]]:
    """Return the pictures and shares of the styles that a browser names as pairs of an id and a weight.

    Raises:
        RecipeError: none, too many, an unknown one, or a weight that is no number from 0 to 10.
    """
    pairs = chosen if isinstance(chosen, list) else []
    pictures, shares = [], []
    ours = {path.stem: path for path in STYLES.glob("*.jpg")}
    for pair in pairs[: MOST_STYLES + 1]:
        name, weight = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if not isinstance(weight, (int, float)) or not 0 <= weight <= 10:
            raise RecipeError("styles: a weight is a number from 0 to 10.")
        if name in visitor.styles:
            pictures.append(visitor.styles[name].pixels)
        elif name in ours:
            pictures.append(read_image(ours[name]).pixels)
        else:
            raise RecipeError("styles: one of the chosen pictures is no longer here; choose again.")
        shares.append(float(weight))
    if not 1 <= len(pictures) <= MOST_STYLES or not sum(shares):
        raise RecipeError(f"styles: choose one to {MOST_STYLES} pictures, not all with the weight 0.")
    return pictures, shares
