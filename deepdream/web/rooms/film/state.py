"""What the Film room keeps of a visitor: the clip that they brought, and the newest film."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.film.film import Film
from deepdream.images import Photo
from deepdream.web.server.visitors import State

FORMATS = {"mp4": ".mp4", "webm": ".webm", "webp": ".webp", "gif": ".gif"}
KINDS: dict[str, dict[str, Any]] = {  # what a film is, and where the controls then begin
    "loop": {"zoom": 1.3, "turn": 0.0, "loop": "close", "seconds": 3.0},
    "flight": {"zoom": 1.3, "turn": 0.0, "loop": "none", "seconds": 5.0},
    "turn": {"zoom": 1.1, "turn": 20.0, "loop": "none", "seconds": 5.0},
    "morph": {"zoom": 1.0, "turn": 0.0, "loop": "close", "seconds": 4.0},
    "clip": {"zoom": 1.0, "turn": 0.0, "loop": "none"},
}
REST = {"zoom": 1.0, "turn": 0.0, "x": 0.0, "y": 0.0, "tilt": 0.0}  # of the camera


@dataclass(frozen=True, eq=False)
class BroughtClip:
    """Hold a clip, decoded and coded anew: its name as uploaded, the file, its first picture, and that on the page.

    rate: frames a second.
    """

    name: str
    file: Path
    photo: Photo
    poster: Path
    frames: int
    rate: float

    def frames_in(self, seconds: float | None) -> int:
        """Return how many frames a film of that length has; None is all of the clip."""
        return self.frames if seconds is None else min(self.frames, math.ceil(seconds * self.rate))


Source = Photo | BroughtClip


@dataclass(frozen=True, eq=False)
class MadeFilm:
    """Hold a visitor's newest film: its file, what it was made of, and how it went."""

    path: Path
    source: Source
    about: tuple[str, ...]  # what its file is named after
    frames: int
    seconds: float
    stopped: bool

    @property
    def plays(self) -> bool:
        """Say whether it is a video, not an animated picture."""
        return self.path.suffix in (".mp4", ".webm")


@dataclass(eq=False)
class FilmState(State):
    """Hold the clip and the film."""

    clip: BroughtClip | None = None
    made: MadeFilm | None = None

    def kept_bytes(self) -> int:
        """Return the bytes of the clip's first picture and of its file."""
        return self.clip.photo.pixels.nbytes + _size(self.clip.file) if self.clip is not None else 0

    def renew(self) -> None:
        """Let the clip go: a photo was brought."""
        self.take(None)

    def take(self, clip: BroughtClip | None) -> None:
        """Keep another clip, or none."""
        if self.clip is not None:
            self.clip.file.unlink(missing_ok=True)
            self.clip.poster.unlink(missing_ok=True)
        self.clip = clip

    def keep(self, made: MadeFilm) -> None:
        """Keep a new film in place of the one before."""
        if self.made is not None:
            self.made.path.unlink(missing_ok=True)
        self.made = made


def kind_of(film: Film) -> str:
    """Return what a film is; one whose camera rests was made of a clip."""
    if len(film.stops) > 1:
        return "morph"
    if not film.moves:
        return "clip"
    if film.loop == "close":
        return "loop"
    return "turn" if film.turn and film.zoom <= KINDS["turn"]["zoom"] else "flight"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
