"""A film as a render of the page, and what it will cost."""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.film.film import Film
from deepdream.web.rooms.film.state import BroughtClip, FilmState, MadeFilm, Source
from deepdream.web.server.costs import Cost, Costs, Dearer, priced_film
from deepdream.web.server.render import Render
from deepdream.web.server.renders import lasted
from deepdream.web.server.visitors import Visitor

if TYPE_CHECKING:
    from deepdream.film.production import Production

HALF_WAY = 0.18  # of a morph's steps are dreamed anew at each frame, on the average


@dataclass(frozen=True)
class FilmPlan:
    """Hold a film with what follows from it for its source: height and width, megapixel-steps, cost."""

    film: Film
    size: tuple[int, int]
    work: float
    cost: Cost


def plan_of(costs: Costs, film: Film, source: Source) -> FilmPlan:
    """Plan a film, and tell its cost."""
    from deepdream.film.clip import fitted_size
    from deepdream.film.making import film_length

    clip = isinstance(source, BroughtClip)
    photo = source.photo if isinstance(source, BroughtClip) else source
    size = fitted_size(photo.size, film.side)
    frames = source.frames_in(film.seconds) if isinstance(source, BroughtClip) else film_length(film)
    work = _carried_work(costs, film, size, frames) if film.moves or clip else _still_work(costs, film, size, frames)
    seconds = work * costs.rate(priced_film(film.all_recipes[0]))
    octaves = [each for recipe in film.all_recipes for each in costs.plan(recipe, size).octaves.sizes]
    largest = max((size, *octaves), key=math.prod)
    return FilmPlan(film, size, work, costs.judged(seconds, size, math.prod(largest), costs.memory(largest)))


def _carried_work(costs: Costs, film: Film, size: tuple[int, int], frames: int) -> float:
    """Return the megapixel-steps of a film in which each frame goes on from the one before."""
    from deepdream.film.change import kept_share, part_of
    from deepdream.film.flights import FADE

    run_in = 2 * min(round(FADE * film.fps), frames // 2) if film.loop == "close" else 0
    dreamed = frames // 2 + 1 if film.loop == "pingpong" else frames
    recipe, keep = film.recipe, kept_share(film.memory, film.fps)
    return costs.plan(recipe, size).work + (dreamed + run_in - 1) * costs.plan(part_of(recipe, 1 - keep), size).work


def _still_work(costs: Costs, film: Film, size: tuple[int, int], frames: int) -> float:
    """Return the megapixel-steps of a film whose camera rests."""
    from deepdream.film.change import part_of

    whole = sum(costs.plan(each, size).work for each in film.all_recipes)
    if len(film.stops) < 2:
        return whole
    between = [costs.plan(part_of(each, HALF_WAY), size).work for each in film.stops]
    return whole + frames * sum(between) / len(between)


@dataclass(eq=False)
class FilmRender(Render):
    """Make one film; `photo`: its first picture at the film's size; `folder`: where its parts lie until it is whole."""

    film: Film = field(default_factory=Film)
    source: Source | None = None
    output: Path = Path("film.mp4")
    folder: Path = Path("film.parts")
    most: int = 0  # bytes of its parts
    production: "Production | None" = None

    @property
    def preset(self) -> str:
        """What the log names it."""
        return "film"

    @property
    def priced(self) -> Dearer:
        """The settings by which the cost model knows it."""
        return priced_film(self.film.all_recipes[0])

    def frames(self) -> Iterator[Any]:
        """Begin the work; a film whose parts become too large is stopped and kept."""
        from deepdream.film.production import Order, Production

        assert self.source is not None
        source = self.source.file if isinstance(self.source, BroughtClip) else self.source
        order = Order(source, self.film, self.output, folder=self.folder)
        self.production = Production(order, workers=self.workers)
        whole = 0
        for frame in self.production.frames():
            segments = self.production.reel.segments()
            if len(segments) > whole:
                whole = len(segments)
                if sum(each.path.stat().st_size for each in segments) > self.most:
                    self.stop(keep=True)
            yield frame

    def take(self, frame: Any) -> None:
        """Take in the newest frame."""
        self.frame = frame

    def told(self, frame: Any) -> dict[str, Any]:
        """Return what a frame tells of how far the film is."""
        return {"frame": max(0, frame.index + 1), "frames": frame.frames, "progress": frame.progress}

    def deliver(self, frame: Any) -> np.ndarray:
        """Return the newest picture."""
        return np.asarray(frame.image, np.float32)

    def so_far(self, path: Path) -> int:
        """Write the parts that are whole by now into a file, and return how many frames that is; 0 writes nothing."""
        return self.production.write(path) if self.production is not None else 0

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            if self.production is not None:
                with contextlib.suppress(OSError):  # such as a visitor's folder that is gone
                    self.production.reel.remove()


def keep_film(visitor: Visitor, about: tuple[str, ...], render: Render) -> MadeFilm | None:
    """Write a film as far as it came, and make it the visitor's newest; None where there is no frame."""
    assert isinstance(render, FilmRender) and render.production is not None and render.source is not None
    frames = render.production.finish()
    if not frames or visitor.closed:
        return None
    made = MadeFilm(render.output, render.source, about, frames, lasted(render), render.stopped)
    visitor.of(FilmState).keep(made)
    return made
