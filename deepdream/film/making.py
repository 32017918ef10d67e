"""make_film(): from a photo or a clip to a stream of finished frames.

    for frame in make_film(read_image("photo.jpg"), Film(zoom=1.3)):
        show(frame.image)

A still camera dreams each frame by itself, so that a film that closes does so exactly (`stills.py`). A moving one, and
a clip, carry what was dreamed from frame to frame (`flights.py`, `clips.py`).
"""

import math
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from deepdream.errors import ImageError, RecipeError
from deepdream.film.clip import Clip, fitted_size
from deepdream.film.clips import ClipFilm
from deepdream.film.dreamer import Dreamer, Made, State
from deepdream.film.encoding import told_in_words
from deepdream.film.film import SECONDS, Film
from deepdream.film.flights import FlightFilm
from deepdream.film.hearing import Hearing
from deepdream.film.score import Score
from deepdream.film.stills import StillFilm
from deepdream.images import Photo, as_photo, to_uint8
from deepdream.networks import Network
from deepdream.workers import Workers

Plan: TypeAlias = StillFilm | FlightFilm | ClipFilm  # what makes a film's frames


@dataclass(frozen=True, eq=False)
class FilmFrame(Made):
    """Hold a finished picture of a film, as it was made, and how far the film is with it.

    frames: how many there will be, as far as is known. before: those of the run-in among what is made.
    """

    frames: int
    before: int

    @property
    def progress(self) -> float:
        """Return the share of the film that is done."""
        return min(1.0, (self.before + self.index + 1) / (self.before + self.frames))

    @property
    def is_shown(self) -> bool:
        """Say whether it is one of the film's, not of its run-in."""
        return self.index >= 0

    @property
    def is_last(self) -> bool:
        """Say whether the film ends with it, as far as is known."""
        return self.index + 1 >= self.frames


def make_film(
    source: Photo | np.ndarray | Clip,
    film: Film,
    *,
    sound: Hearing | None = None,
    network: Network | None = None,
    precision: str = "auto",
    workers: Workers | None = None,
    resume: State | None = None,
    store: Path | None = None,
    run_in: bool = False,
) -> Generator[FilmFrame, None, None]:
    """Check everything at once, then return the stream of a film's frames; closing it stops the work within a frame.

    Args:
        source: a photo, or what `open_clip` gave.
        film: all settings.
        sound: what tracks listen to.
        network: goes before the recipes' networks.
        precision: "auto", "fp32" or "bf16".
        workers: who dreams: see `deepdream.workers.open_workers`; None is this process. Frames that need none before
            them (of a still camera) are dreamed on all workers at once.
        resume: the state of a frame that was made before; the film goes on after it, to the same frames.
        store: a file for the frames of a film that goes back the way it came; a resumed one needs the same. None is a
            temporary one.
        run_in: yield the frames too that a flight that closes makes before its first one.

    Raises:
        DreamError: what cannot be dreamed on.
    """
    plan = plan_film(source, film, Dreamer(network, precision, workers), sound)
    return planned_frames(plan, film, resume=resume, store=store, run_in=run_in)


def planned_frames(
    plan: Plan, film: Film, *, resume: State | None = None, store: Path | None = None, run_in: bool = False
) -> Generator[FilmFrame, None, None]:
    """Make the frames of a film that is planned; see `make_film`."""
    frames, count = plan.frames(resume if resume is not None else State(0)), len(plan)
    if film.loop == "pingpong" and not isinstance(plan, ClipFilm):
        frames, count = _there_and_back(frames, plan, resume, store), film_length(film)
    for each in frames:
        if each.index >= 0 or run_in:
            yield FilmFrame(**vars(each), frames=max(count, each.index + 1), before=plan.before)


def plan_film(source: Photo | np.ndarray | Clip, film: Film, dreamer: Dreamer, sound: Hearing | None = None) -> Plan:
    """Return what makes the frames of a film on their way there.

    Raises:
        DreamError: the film's settings do not fit its source.
    """
    if isinstance(source, Clip):
        _check_for_clip(film)
        times = np.arange(source.length) / float(source.rate)
        return ClipFilm(source, dreamer, Score(film, times, sound))
    photo = as_photo(source).pixels
    length = film_length(film)
    length = length // 2 + 1 if film.loop == "pingpong" else length
    score = Score(film, np.arange(length) / film.fps, sound)
    size = fitted_size((photo.shape[0], photo.shape[1]), film.side)
    return (FlightFilm if film.moves else StillFilm)(photo, size, dreamer, score)


def film_length(film: Film) -> int:
    """Return how many frames a film from a photo has; one that goes back the way it came, an even number."""
    length = max(1, round((film.seconds or SECONDS) * film.fps))
    return max(2, 2 * (length // 2)) if film.loop == "pingpong" else length


def _check_for_clip(film: Film) -> None:
    if film.moves:
        raise RecipeError("a clip has its own camera; zoom, turn, x, y and tilt are for films from a photo.", "zoom")
    if film.loop != "none":
        raise RecipeError("loop: a clip ends as it ends; close and pingpong are for films from a photo.", "loop")


def _there_and_back(
    made: Iterator[Made], plan: StillFilm | FlightFilm, resume: State | None, store: Path | None
) -> Iterator[Made]:
    """Make the frames there, keep them in a file, and show them again on the way back, without first and last.

    Raises:
        ImageError: the frames before `resume` are not in the store, or it cannot be written.
    """
    shape, index = (*plan.size, 3), resume.frame - 1 if resume is not None else -1
    size = math.prod(shape)  # bytes of a frame
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = store if store is not None else Path(folder) / "frames.raw"
        needed = size * min(index + 1, len(plan))
        if needed and (not path.exists() or path.stat().st_size < needed):
            raise ImageError(f"{path.name!r} is damaged or gone, so the film cannot be gone on with; begin it anew.")
        with told_in_words():
            kept = stack.enter_context(open(path, "r+b" if needed else "w+b"))
        if index < len(plan) - 1:
            for each in made:
                with told_in_words():
                    kept.seek(size * each.index)
                    kept.write(to_uint8(each.image).tobytes())
                    kept.flush()
                index = each.index
                yield each
        for back in range(index + 1, 2 * len(plan) - 2):
            kept.seek(size * (2 * len(plan) - 2 - back))
            levels = np.frombuffer(kept.read(size), np.uint8).reshape(shape)
            yield Made(np.divide(levels, 255, dtype=np.float32), back, back, State(back + 1))
