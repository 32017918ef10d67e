"""Tracks: how a number changes over a film, by keys in seconds or beats, by a formula, or by what is heard."""

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.film.formula import Formula
from deepdream.film.hearing import Hearing
from deepdream.settings.kinds import Setting, read_typed

EASES = ("linear", "smooth", "hold")
FEATURES = ("onset", "loudness", "bass", "middle", "treble")
MAX_KEYS = 500
_TIME = Setting("", "number", 0.0, low=0.0, high=36_000.0)  # seconds or beats
_VALUE = Setting("", "number", 0.0, low=-1e9, high=1e9)
_FOLLOWING = Setting("", "number", 0.0, low=0.0, high=60.0)  # seconds


@dataclass(frozen=True)
class Keys:
    """Hold keys: (time, value, ease to the next key), in seconds, or in beats from 0.

    Before the first key and after the last the value stays; a film that closes goes on from the last key to the first.

    Raises:
        RecipeError: no keys, too many, a time twice, or a value that is no number.
    """

    points: tuple[tuple[float, float, str], ...]
    beats: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _checked_points(self.points))

    def values(self, times: np.ndarray, period: float | None = None) -> np.ndarray:
        """Return the value at each time (in the keys' unit); with a `period` the last key leads on to the first."""
        points = self.points
        if period is not None:
            points = tuple(point for point in points if point[0] < period) or points[:1]
            first, last = points[0], points[-1]
            points = ((last[0] - period, *last[1:]), *points, (first[0] + period, *first[1:]))
        starts = np.array([point[0] for point in points])
        index = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(points) - 1)
        after = np.minimum(index + 1, len(points) - 1)
        levels = np.array([point[1] for point in points])
        length = np.where(after > index, starts[after] - starts[index], 1.0)
        share = np.clip((times - starts[index]) / length, 0.0, 1.0)
        eases = np.array([EASES.index(point[2]) for point in points])[index]
        share = np.choose(eases, [share, share * share * (3 - 2 * share), np.zeros_like(share)])
        return levels[index] + share * (levels[after] - levels[index])


@dataclass(frozen=True)
class Heard:
    """Hold a number that goes from `low` in silence to `high` where the sound's `feature` is strongest.

    attack, release: seconds in which it rises and falls.
    """

    feature: str
    low: float
    high: float
    attack: float = 0.02
    release: float = 0.3

    def __post_init__(self) -> None:
        if self.feature not in FEATURES:
            raise RecipeError(f"{quoted(self.feature)} cannot be heard; {nearest(str(self.feature), FEATURES)}")
        for name, about in {"low": _VALUE, "high": _VALUE, "attack": _FOLLOWING, "release": _FOLLOWING}.items():
            object.__setattr__(self, name, _number(name, about, getattr(self, name)))


Track: TypeAlias = Keys | Formula | Heard


def listens(track: Track) -> bool:
    """Say whether a track follows a sound, or its beats where there is one."""
    return isinstance(track, Heard) or (isinstance(track, Keys) and track.beats)


def track_values(
    track: Track, times: np.ndarray, *, sound: Hearing | None = None, bpm: float = 120.0, period: float | None = None
) -> np.ndarray:
    """Return a track's value at each time in seconds, (n,) float64.

    Args:
        sound: what is heard; its beats count the keys in beats, else `bpm` does.
        period: seconds after which a film begins again; None where it ends.

    Raises:
        RecipeError: something shall be heard and there is no sound.
    """
    if isinstance(track, Formula):
        return track.values(times)
    if isinstance(track, Heard):
        if sound is None:
            raise RecipeError(f"a key follows the {track.feature} of a sound, but the film has none; give it one.")
        return track.low + (track.high - track.low) * sound.heard(track.feature, times, track.attack, track.release)
    if not track.beats:
        return track.values(times, period)
    counted = beats_at(times, sound, bpm)
    return track.values(counted, None if period is None else float(beats_at(np.array([period]), sound, bpm)[0]))


def beats_at(times: np.ndarray, sound: Hearing | None, bpm: float) -> np.ndarray:
    """Return how many beats have passed at each time; before the first and after the last they go on as they were."""
    beats = sound.beat_times if sound is not None else np.zeros(0)
    if len(beats) < 2:
        return times * bpm / 60
    inside = np.interp(times, beats, np.arange(len(beats)))
    before, after = beats[1] - beats[0], beats[-1] - beats[-2]
    early, late = np.minimum(times - beats[0], 0.0), np.maximum(times - beats[-1], 0.0)
    return inside + early / before + late / after


def track_from(value: Any) -> Track:
    """Make a track of its JSON: {"keys": [[0, 1.2], [4, 1.5, "smooth"]], "beats": true}, {"formula": "1 + t / 10"}, or
    {"hear": "bass", "from": 1.1, "to": 1.6, "attack": 0.05, "release": 0.3}.

    Raises:
        RecipeError: it is something else.
    """
    match value:
        case str():
            return read_track(value)
        case list():
            return Keys(tuple(value))
        case {"formula": text} if set(value) == {"formula"}:
            return Formula(text)
        case {"keys": points} if set(value) <= {"keys", "beats"}:
            return Keys(points, value.get("beats", False) is True)
        case {"hear": feature} if set(value) <= {"hear", "from", "to", "attack", "release"}:
            rest = {name: value[name] for name in ("attack", "release") if name in value}
            return Heard(feature, value.get("from", 0.0), value.get("to", 1.0), **rest)
    raise RecipeError(f'{quoted(value)} is not a key; allowed: {{"keys": [[0, 1.2], [4, 1.5]]}}, "formula", "hear".')


def track_to(track: Track) -> dict[str, Any]:
    """Return a track as JSON's types: what `track_from` reads."""
    if isinstance(track, Formula):
        return {"formula": track.text}
    if isinstance(track, Heard):
        heard = {"hear": track.feature, "from": track.low, "to": track.high}
        return heard | {"attack": track.attack, "release": track.release}
    points = [list(point[:2]) if point[2] == "linear" else list(point) for point in track.points]
    return {"keys": points, "beats": True} if track.beats else {"keys": points}


_POINT = re.compile(r"\s*([-+0-9.eE]{1,20})(b?)\s*:\s*([-+0-9.eE]{1,20})(?:\s+(linear|smooth|hold))?\s*")


def read_track(text: str) -> Track:
    """Read what a person types: keys as "0:1.2, 4:1.5 smooth", in beats as "0b:1, 4b:2", a sound's feature as
    "bass 1.1 1.6", or a formula.

    Raises:
        RecipeError: it is none of these.
    """
    words: list[Any] = text.split()
    if words and words[0] in FEATURES:
        if not 3 <= len(words) <= 5:
            raise RecipeError(f"{quoted(text)}: a feature wants 2 to 4 numbers: from, to, attack, release.")
        return Heard(words[0], *words[1:])
    if ":" not in text:
        return Formula(text)
    matches = [_POINT.fullmatch(part) for part in text.split(",")]
    found = [match for match in matches if match is not None]
    if len(found) < len(matches) or len({match[2] for match in found}) > 1:
        raise RecipeError(f'{quoted(text)} is not keys; allowed: "0:1.2, 4:1.5 smooth", all in seconds or all as 4b.')
    points: Any = tuple((match[1], match[3], match[4] or "linear") for match in found)
    return Keys(points, found[0][2] == "b")


def _checked_points(points: Any) -> tuple[tuple[float, float, str], ...]:
    if not isinstance(points, (list, tuple)) or not 1 <= len(points) <= MAX_KEYS:
        raise RecipeError(f"keys: received {quoted(points)}; allowed: 1 to {MAX_KEYS} pairs of a time and a value.")
    checked = sorted(_checked_point(point) for point in points)
    if len({point[0] for point in checked}) < len(checked):
        raise RecipeError("keys: two keys have the same time; give each its own.")
    return tuple(checked)


def _checked_point(point: Any) -> tuple[float, float, str]:
    if not isinstance(point, (list, tuple)) or not 2 <= len(point) <= 3 or (len(point) == 3 and point[2] not in EASES):
        raise RecipeError(
            f"keys: received {quoted(point)}; allowed: [time, value] or [time, value, ease], ease one of "
            f"{', '.join(EASES)}."
        )
    time, value = _number("a key's time", _TIME, point[0]), _number("a key's value", _VALUE, point[1])
    return time, value, point[2] if len(point) == 3 else "linear"


def _number(name: str, about: Setting, value: Any) -> float:
    """Return a number, or what the text of one says, within its bounds."""
    return float(read_typed(name, about, str(value)))
