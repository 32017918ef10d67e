"""The score of a film: the recipe and the camera's motion at every frame, all tracks worked out."""

from typing import Any

import numpy as np

from deepdream.film.film import CAMERA, WEIGHT, Film
from deepdream.film.hearing import Hearing
from deepdream.film.settings import Motion
from deepdream.film.tracks import track_values
from deepdream.recipe import Recipe
from deepdream.settings.kinds import Setting

AUTOMATIC = ("octaves", "tile_size", "min_size")  # settings of which 0 says that the program chooses


class Score:
    """Tell the recipe, the motion and the memory of each frame of a film, shown at `times` in seconds.

    Raises:
        RecipeError: a track has no value at one of the times, or wants a sound and there is none.
    """

    def __init__(self, film: Film, times: np.ndarray, sound: Hearing | None = None) -> None:
        self.film = film
        self.times = times
        self._numbers = {**Recipe.settings(), **Film.settings()}
        period = len(times) / film.fps if film.loop == "close" else None
        self._values = {
            name: self._bounded(name, track_values(track, times, sound=sound, bpm=film.bpm, period=period))
            for name, track in film.tracks
        }

    def __len__(self) -> int:
        return len(self.times)

    def motion(self, frame: int) -> Motion:
        """Return how the camera moves from this frame to the next."""
        return Motion(**{name: self._at(name, frame) for name in CAMERA})

    def memory(self, frame: int) -> float:
        """Return the seconds that what was dreamed lives on."""
        return self._at("memory", frame)

    def place(self, frame: int) -> tuple[int, int, float]:
        """Return the two stops that a frame lies between, and how far it is from the first to the second."""
        stops = len(self.film.stops)
        if stops < 2:
            return 0, 0, 0.0
        closes = self.film.loop == "close"
        legs = stops if closes else stops - 1
        share = frame / len(self) if closes else frame / max(len(self) - 1, 1)
        leg = min(int(share * legs), legs - 1)
        way = share * legs - leg
        return leg, (leg + 1) % stops, way * way * (3 - 2 * way)

    def recipe(self, frame: int) -> Recipe:
        """Return the recipe of a frame: mixed of the stops it lies between, with its tracks' values."""
        recipes = self.film.all_recipes
        first, second, way = self.place(frame)
        recipe = mixed(recipes[first], recipes[second], way)
        values = {name: float(values[frame]) for name, values in self._values.items()}
        changes = {name: _fitting(Recipe.settings()[name], value) for name, value in values.items()
                   if name in Recipe.settings()}  # fmt: skip
        layers = tuple((name, values.get(WEIGHT + name, weight)) for name, weight in recipe.layers)
        return recipe.replace(layers=layers, **changes)

    def _at(self, name: str, frame: int) -> float:
        values = self._values.get(name)
        return float(values[frame] if values is not None else getattr(self.film, name))

    def _bounded(self, name: str, values: np.ndarray) -> np.ndarray:
        """Keep a track within what its setting allows: a formula or a sound may overshoot."""
        about = self._numbers.get(name)
        low, high = (about.low, about.high) if about is not None else (-1000.0, 1000.0)
        return np.clip(values, low, high)


def mixed(first: Recipe, second: Recipe, way: float) -> Recipe:
    """Return the recipe between two: numbers and layers' weights in between, words and switches change half way.

    So does a number of which 0 stands for "as fits", where one of the two has that. Layers of two networks do not mix:
    they change half way too.
    """
    if way <= 0 or first == second:
        return first
    if way >= 1:
        return second
    nearer = first if way < 0.5 else second
    changes: dict[str, Any] = {}
    for name, about in Recipe.settings().items():
        one, other = getattr(first, name), getattr(second, name)
        if name in AUTOMATIC and not (one and other):
            continue  # 0 is no small number there: nothing lies between
        if about.kind in ("whole", "number") and name != "seed" and one is not None and other is not None:
            changes[name] = _fitting(about, one + way * (other - one))
    if first.network == second.network:
        weights = {name: (1 - way) * weight for name, weight in first.layers}
        for name, weight in second.layers:
            weights[name] = weights.get(name, 0.0) + way * weight
        changes["layers"] = tuple(weights.items())
    return nearer.replace(**changes)


def _fitting(about: Setting, value: float) -> float:
    return round(value) if about.kind == "whole" else value
