"""Deforum's strings of numbers, "0:(1.02), 30:(1.05)", as keys: its frames become seconds, its motion per second.

zoom           factor a frame            v ** fps
angle          degrees a frame           -v * fps, for theirs are OpenCV's, counter-clockwise
translation_x  pixels a frame            v * fps / width; likewise y by the height
rotation_3d_x  degrees a frame (tilt)    v * fps
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from deepdream.errors import RecipeError, quoted
from deepdream.film.tracks import MAX_KEYS, Keys, Track
from deepdream.settings.kinds import Setting, check

_POSITIVE = Setting("", "number", 1.0, low=1e-3, high=1e6)
_PART = re.compile(r"\s*([0-9]{1,7})\s*:\s*\(\s*([-+]?[0-9.]{1,15}(?:[eE][-+]?[0-9]{1,2})?)\s*\)\s*")
_UNITS: dict[str, tuple[str, Callable[[float, float, float, float], float]]] = {
    "zoom": ("zoom", lambda v, fps, w, h: max(v, 1e-3) ** fps),
    "angle": ("turn", lambda v, fps, w, h: -v * fps),
    "translation_x": ("x", lambda v, fps, w, h: v * fps / w),
    "translation_y": ("y", lambda v, fps, w, h: v * fps / h),
    "rotation_3d_x": ("tilt", lambda v, fps, w, h: v * fps),
}


def is_deforum(values: Mapping[str, Any]) -> bool:
    """Say whether a JSON object holds Deforum's strings."""
    return any(isinstance(values.get(name), str) and "(" in values[name] for name in _UNITS)


def read_deforum(text: str, fps: float) -> Keys:
    """Read "0:(1.02), 30:(1.05)": frames and numbers, as keys in seconds with the numbers as they are.

    Raises:
        RecipeError: it is something else; expressions are not read.
    """
    matches = [_PART.fullmatch(part) for part in text.split(",")] if len(text) <= 40 * MAX_KEYS else [None]
    if not all(matches):
        raise RecipeError(f'{quoted(text)} is not a Deforum string of numbers, as "0:(1.02), 30:(1.05)".')
    return Keys(tuple((int(match[1]) / fps, float(match[2]), "linear") for match in matches if match))


def from_deforum(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Track]]:
    """Return a film's settings and its tracks from Deforum's: fps, max_frames, W, H, and the strings of the camera.

    Raises:
        RecipeError: one of them cannot be read.
    """
    usual = {"fps": 15.0, "W": 512.0, "H": 512.0, "max_frames": 120.0}
    fps, width, height, frames = (check(name, _POSITIVE, values.get(name, each)) for name, each in usual.items())
    tracks: dict[str, Track] = {}
    for theirs, (ours, convert) in _UNITS.items():
        if theirs in values:
            points = read_deforum(str(values[theirs]), fps).points
            try:
                converted = tuple((time, convert(v, fps, width, height), ease) for time, v, ease in points)
            except OverflowError:
                raise RecipeError(f"{theirs}: {quoted(values[theirs])} is too much at {fps:g} a second.") from None
            tracks[ours] = Keys(converted)
    return {"fps": fps, "seconds": frames / fps}, tracks
