"""What the Style room keeps of a visitor: their paintings, and the pictures that they brought to paint like."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from deepdream import __version__
from deepdream.errors import RecipeError
from deepdream.images import Photo, read_image
from deepdream.recipe import Recipe
from deepdream.settings.finish import Finish
from deepdream.style.settings import STYLE_PRESETS, StyleSettings
from deepdream.web.components.pictures import ASSETS, thumbnail
from deepdream.web.rooms.shared.photos import told_of_file
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.server.held import held
from deepdream.web.server.visitors import State

OURS = {path.stem: path for path in sorted((ASSETS / "styles").glob("*.jpg"))}  # the pictures on offer, by name
MOST_STYLES = 4  # at once, and uploads kept for a visitor
PRESET = "compact"  # what records count from


@dataclass(frozen=True, eq=False)
class OwnStyle:
    """Hold a style picture of a visitor, (h, w, 3), its small picture as a data URL, and which file it was."""

    pixels: np.ndarray
    picture: str
    file: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Wish:
    """Hold what a painting shall be: of which photo, in whose manner, how, and where."""

    photo: Photo  # the visitor's
    settings: StyleSettings
    chosen: list[list[Any]]  # [id, weight] of each style
    dream: Recipe | None  # that is dreamed along with it
    mask: np.ndarray | None  # as it was drawn: 1 where the style may show

    def same(self, other: "Wish | None") -> bool:
        """Say whether another one is painted alike; how it is finished does not matter."""
        return (
            other is not None
            and (self.photo is other.photo and self.mask is other.mask)
            and (self.chosen == other.chosen and self.dream == other.dream)
            and self.settings.with_finish(Finish()) == other.settings.with_finish(Finish())
        )


@dataclass(eq=False, kw_only=True)
class Painting(Result):
    """Hold one painting: a result whose `photo` is at the painting's size and whose `recipe` is what finishes it."""

    wish: Wish  # of which it came
    styles: list[dict[str, Any]] = field(default_factory=list)  # which files the styles were, and their weights
    own: dict[str, OwnStyle] = field(default_factory=dict)  # those of them that the visitor brought

    @property
    def source(self) -> Photo:
        """The visitor's photo of which it was made."""
        return self.wish.photo

    @property
    def source_mask(self) -> np.ndarray | None:
        """What was painted on that photo."""
        return self.wish.mask

    def parts(self) -> dict[int, int]:
        """Return the bytes of its pictures in memory, each by what it is."""
        photo = {} if self.photo is self.source else {id(self.photo): math.prod(self.photo.size) * 3}
        mask = {} if self.wish.mask is None else {id(self.wish.mask): self.wish.mask.nbytes}
        return super().parts() | photo | mask | {id(each): each.pixels.nbytes for each in self.own.values()}

    def settle(self) -> None:
        """Give up what only the newest needs."""
        super().settle()
        self.photo = held(self.photo) if self.photo is not self.source else self.source

    def painted(self) -> StyleSettings:
        """Return its settings as it is finished now."""
        return self.wish.settings.with_finish(self.recipe)

    def note(self) -> dict[str, Any]:
        """Return what a file of it holds inside: the record, with its settings."""
        record = {
            "deepdream": __version__,
            "style": PRESET,
            "settings": self.painted().changes(STYLE_PRESETS[PRESET]),
            "styles": self.styles,
            **self.record,
        }
        return {"record": record}


@dataclass(eq=False)
class Paintings(History[Painting]):
    """Hold a visitor's paintings as a History holds dreams."""

    kind: ClassVar[str] = "painting"


@dataclass(eq=False)
class StyleState(State):
    """Hold style pictures of the visitor's own by their names, the newest wish, and that of the preview.

    page: whose controls the wish was read from, or were set to it.
    """

    own: dict[str, OwnStyle] = field(default_factory=dict)
    wish: Wish | None = None
    previewed: Wish | None = None
    page: str = ""

    def kept_bytes(self) -> int:
        """Return the bytes of those pictures."""
        return sum(each.pixels.nbytes for each in list(self.own.values()))

    def renew(self) -> None:
        """Let the photo before go."""
        self.wish = self.previewed = None

    def meets(self, page: str) -> bool:
        """Say whether a page's controls are not known here: a new page, as after a reload; from now on they are."""
        before, self.page = self.page, page
        return before != page

    def refinish(self, finish: Finish) -> None:
        """Note how the visitor wishes paintings finished."""
        if self.wish is not None:
            self.wish = replace(self.wish, settings=self.wish.settings.with_finish(finish))

    def add(self, name: str, style: OwnStyle) -> None:
        """Take one more; the oldest goes where there are too many."""
        self.own[name] = style
        while len(self.own) > MOST_STYLES:
            del self.own[next(iter(self.own))]

    def take_back(self, painting: Painting) -> None:
        """Have the visitor's own pictures that a painting was made with among those on offer again."""
        for name, style in painting.own.items():
            if name not in self.own:
                self.add(name, style)

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
        told = [(self.own[name].file if name in self.own else told_of_file(OURS[name]), each) for name, each in chosen]
        return [{**file, "weight": float(share)} for file, share in told]

    def _pixels(self, name: Any) -> np.ndarray:
        if name in self.own:
            return self.own[name].pixels
        if name not in OURS:
            raise RecipeError("styles: one of the chosen pictures is no longer here; choose again.")
        return read_image(OURS[name]).pixels


def known_styles(own: Mapping[str, OwnStyle], chosen: Any) -> list[list[Any]]:
    """Return those of chosen styles, pairs of an id and a weight, that are on offer; the first of all for none."""
    offered = [each["id"] for each in gallery(own)]
    pairs = [pair for pair in chosen if isinstance(pair, list) and len(pair) == 2] if isinstance(chosen, list) else []
    known = [pair for pair in pairs if pair[0] in offered and isinstance(pair[1], (int, float))][:MOST_STYLES]
    return known if known else [[offered[0], 1.0]]


def gallery(own: Mapping[str, OwnStyle]) -> list[dict[str, Any]]:
    """Return the styles on offer, ours and then a visitor's own, as {"id", "key", "picture"}."""
    ours = [{"id": name, "key": f"style.{name}", "picture": thumbnail(path)} for name, path in OURS.items()]
    return ours + [{"id": name, "key": "own_style", "picture": each.picture} for name, each in own.items()]
