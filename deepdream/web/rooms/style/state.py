"""What the Style room keeps of a visitor: the newest painting, and the pictures that they brought to paint like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deepdream import __version__
from deepdream.errors import RecipeError
from deepdream.finishing import finish
from deepdream.images import Photo, read_image, shrink
from deepdream.style.settings import STYLE_PRESETS, StyleSettings
from deepdream.web.components.pictures import ASSETS, thumbnail
from deepdream.web.rooms.shared.photos import told_of_file
from deepdream.web.rooms.shared.sending import Finished
from deepdream.web.server.visitors import State

STYLES = ASSETS / "styles"
MOST_STYLES = 4  # at once, and uploads kept for a visitor
PRESET = "compact"  # what records count from


@dataclass(frozen=True, eq=False)
class OwnStyle:
    """Hold a style picture of a visitor, (h, w, 3), its small picture as a data URL, and which file it was."""

    pixels: np.ndarray
    picture: str
    file: dict[str, str] = field(default_factory=dict)


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
    styles: list[dict[str, Any]] = field(default_factory=list)  # which files, and their weights

    def finished(self) -> np.ndarray:
        """Return the picture (h, w, 3) in [0, 1]."""
        return finish(self.raw, self.photo.pixels, self.settings, self.mask)

    def files(self) -> Finished:
        """Return what its files are made of: the picture, the photo beside it, and its settings."""
        record = {
            "deepdream": __version__,
            "style": PRESET,
            "settings": self.settings.changes(STYLE_PRESETS[PRESET]),
            "styles": self.styles,
            "seconds": round(self.seconds, 1),
            "finished": not self.stopped,
        }
        return Finished(shown=self.at, photo=self.photo, record=record)

    def at(self, side: int) -> np.ndarray:
        """Return the picture with a longer side of at most `side` pixels, 0 for its own."""
        return shrink(Photo(self.finished()), side).pixels


@dataclass(eq=False)
class StyleState(State):
    """Hold the newest painting, and style pictures of the visitor's own by their names."""

    painting: Painting | None = None
    own: dict[str, OwnStyle] = field(default_factory=dict)

    def add(self, name: str, style: OwnStyle) -> None:
        """Take one more; the oldest goes where there are too many."""
        self.own[name] = style
        while len(self.own) > MOST_STYLES:
            del self.own[next(iter(self.own))]

    def chosen(self, chosen: Any) -> tuple[list[np.ndarray], list[float]]:
        """Return the pictures and shares of the styles that a browser names as pairs of an id and a weight.

        Raises:
            RecipeError: none, too many, an unknown one, or a weight that is no number from 0 to 10.
        """
        pairs = chosen if isinstance(chosen, list) else []
        pictures, shares = [], []
        for pair in pairs[: MOST_STYLES + 1]:
            name, weight = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
            if not isinstance(weight, (int, float)) or not 0 <= weight <= 10:
                raise RecipeError("styles: a weight is a number from 0 to 10.")
            pictures.append(self._pixels(name))
            shares.append(float(weight))
        if not 1 <= len(pictures) <= MOST_STYLES or not sum(shares):
            raise RecipeError(f"styles: choose one to {MOST_STYLES} pictures, not all with the weight 0.")
        return pictures, shares

    def files(self, chosen: Any) -> list[dict[str, Any]]:
        """Tell which files the chosen styles are, by name and SHA-256, with their weights."""
        ours = {path.stem: path for path in STYLES.glob("*.jpg")}
        told = [
            (self.own[name].file if name in self.own else told_of_file(ours[name]), share) for name, share in chosen
        ]
        return [{**file, "weight": float(share)} for file, share in told]

    def _pixels(self, name: Any) -> np.ndarray:
        if name in self.own:
            return self.own[name].pixels
        ours = {path.stem: path for path in STYLES.glob("*.jpg")}
        if name not in ours:
            raise RecipeError("styles: one of the chosen pictures is no longer here; choose again.")
        return read_image(ours[name]).pixels


def gallery(own: Mapping[str, OwnStyle]) -> list[dict[str, Any]]:
    """Return the styles on offer, ours and then a visitor's own, as {"id", "key", "picture"}."""
    ours = [
        {"id": path.stem, "key": f"style.{path.stem}", "picture": thumbnail(path)}
        for path in sorted(STYLES.glob("*.jpg"))
    ]
    return ours + [{"id": name, "key": "own_style", "picture": each.picture} for name, each in own.items()]
