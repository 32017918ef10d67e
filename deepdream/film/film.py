"""Film: every setting of a film as one frozen value: a recipe, its tracks, the camera, seconds, frames and loop."""

import base64
import dataclasses
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.film.deforum import from_deforum, is_deforum
from deepdream.film.settings import FilmSettings, Motion
from deepdream.film.tracks import Track, track_from, track_to
from deepdream.recipe import Recipe
from deepdream.settings.codec import MAX_QUERY
from deepdream.settings.json_text import MAX_JSON, parse_json

VERSION = 1
MAX_STOPS = 32
MAX_TRACKS = 64
MAX_FRAMES = 36_000  # 20 minutes at 30 frames a second
SECONDS = 5.0  # of a film from a photo that does not say

CAMERA = tuple(Motion.settings())
WEIGHT = "layers."  # before a layer's name, in the name of the track of its weight


@dataclass(frozen=True, kw_only=True, repr=False)
class Film(FilmSettings):
    """Hold what makes a film of a photo or a clip; `settings()` is the table of its own settings.

    recipe: of the dream. stops: recipes that the film goes through at even times, in place of the one. tracks: pairs
    of a name and a Track; a name is a number of the recipe, "layers." and a target of it, a motion of the camera, or
    "memory".

    Raises:
        RecipeError: a value, a name or a track is not allowed, or the film would have too many frames.
    """

    recipe: Recipe = field(default_factory=Recipe)
    stops: tuple[Recipe, ...] = ()
    tracks: tuple[tuple[str, Track], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.recipe, Recipe) or not all(isinstance(each, Recipe) for each in self.stops):
            raise RecipeError("a film's recipe and stops are recipes.")
        if len(self.stops) > MAX_STOPS or len(self.tracks) > MAX_TRACKS:
            raise RecipeError(f"a film has at most {MAX_STOPS} stops and {MAX_TRACKS} tracks.")
        object.__setattr__(self, "stops", tuple(self.stops))
        tracks = self.tracks.items() if isinstance(self.tracks, Mapping) else self.tracks
        object.__setattr__(
            self, "tracks", tuple(sorted(((name, track) for name, track in tracks), key=lambda pair: pair[0]))
        )
        self._check_tracks()
        if (self.seconds or 0) * self.fps > MAX_FRAMES:
            raise RecipeError(
                f"seconds: {self.seconds:g} s at {self.fps:g} frames a second are more than {MAX_FRAMES} frames; make "
                "it shorter.",
                "seconds",
            )

    @property
    def moves(self) -> bool:
        """Say whether the camera moves."""
        return not {*self.changes(), *(name for name, _ in self.tracks)}.isdisjoint(CAMERA)

    def replace(self, **changes: Any) -> "Film":
        """Return this film with some values changed.

        Raises:
            RecipeError: a name is not one of a film, or a value is not allowed.
        """
        self.refuse_unknown(set(changes) - {"recipe", "stops", "tracks"})
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the version and what differs from `Film()`, as JSON's types."""
        values: dict[str, Any] = {"film": VERSION, **self.changes(), "recipe": self.recipe.to_dict()}
        if self.stops:
            values["stops"] = [each.to_dict() for each in self.stops]
        if self.tracks:
            values["tracks"] = {name: track_to(track) for name, track in self.tracks}
        return values

    @classmethod
    def from_dict(cls, values: Any) -> "Film":
        """Make a film from what `to_dict` gives; Deforum's settings are read too.

        Raises:
            RecipeError: an unknown name, a value that is not allowed, or a version that is too new.
        """
        if not isinstance(values, Mapping):
            raise RecipeError(f"a film is a JSON object of settings, received {quoted(values)}.")
        if is_deforum(values):
            settings, found = from_deforum(values)
            return cls(tracks=tuple(found.items()), **settings)
        if values.get("film", VERSION) != VERSION:
            raise RecipeError(f"the film has version {quoted(values['film'])}; this program reads {VERSION}.")
        settings = {name: each for name, each in values.items() if name not in ("film", "recipe", "stops", "tracks")}
        cls.refuse_unknown(settings)
        tracks = values.get("tracks", {})
        if not isinstance(tracks, Mapping) or not isinstance(values.get("stops", []), list):
            raise RecipeError("a film's tracks are a JSON object, its stops a list of recipes.")
        return cls(
            recipe=Recipe.from_dict(values.get("recipe", {})),
            stops=tuple(Recipe.from_dict(each) for each in values.get("stops", [])[: MAX_STOPS + 1]),
            tracks=tuple((name, track_from(each)) for name, each in list(tracks.items())[: MAX_TRACKS + 1]),
            **settings,
        )

    def to_json(self) -> str:
        """Return the JSON text of `to_dict`, in ASCII."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Film":
        """Read what `to_json` wrote.

        Raises:
            RecipeError: not JSON, longer than 32,000 characters, nested too deeply, or not a film.
        """
        return cls.from_dict(parse_json(text))

    def to_link(self) -> str:
        """Return a text for a link, of letters, digits, - and _: the JSON, packed.

        Raises:
            RecipeError: it would be longer than 2,000 characters.
        """
        packed = base64.urlsafe_b64encode(zlib.compress(self.to_json().encode("ascii"), 9)).decode().rstrip("=")
        if len(packed) > MAX_QUERY:
            raise RecipeError(
                f"the link would have {len(packed)} characters; allowed: {MAX_QUERY}. Save the film as a file instead."
            )
        return packed

    @classmethod
    def from_link(cls, text: str) -> "Film":
        """Read what `to_link` wrote.

        Raises:
            RecipeError: too long, not a film, or a value that is not allowed.
        """
        if len(text) > MAX_QUERY:
            raise RecipeError(f"the film in the link has {len(text)} characters; allowed: {MAX_QUERY}.")
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
            unpacker = zlib.decompressobj()
            unpacked = unpacker.decompress(packed, MAX_JSON + 1)  # a few bytes can hold gigabytes
            if not unpacker.eof:
                raise ValueError
        except (ValueError, zlib.error):
            raise RecipeError(f"{quoted(text)} is not the link of a film; copy all of it.") from None
        return cls.from_json(unpacked)

    def _check_tracks(self) -> None:
        names = [name for name, _ in self.tracks]
        if len(set(names)) < len(names):
            raise RecipeError("a film's tracks have a name twice; give each its own.")
        weights = (WEIGHT + layer for each in self.all_recipes for layer, _ in each.layers)
        known = [*track_names(), *weights]
        for name in names:
            if name not in known:
                raise RecipeError(f"{quoted(name)} cannot have keys; {nearest(name, known)}")

    @property
    def all_recipes(self) -> tuple[Recipe, ...]:
        """Return the stops, or the one recipe."""
        return self.stops or (self.recipe,)


def track_names() -> list[str]:
    """Return the names that a track may have, without those of layers."""
    numbers = [name for name, about in Recipe.settings().items() if about.kind in ("whole", "number")]
    return [*CAMERA, "memory", *numbers]
