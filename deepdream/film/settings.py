"""The settings of a film beside its recipe: how long it is, how it ends, and how the camera moves."""

from dataclasses import dataclass

from deepdream.settings.table import Settings, choice, number, whole


@dataclass(frozen=True, kw_only=True, repr=False)
class _Length(Settings, group="film", basic=("seconds", "fps", "side", "loop", "memory")):
    """How long a film is, how large, and how it ends."""

    seconds: float | None = number(
        None,
        "How long the film is; without it five seconds from a photo, and all of a clip.",
        0.1,
        3600.0,
        step=0.1,
        usual=(1.0, 30.0),
    )
    fps: float = number(24.0, "Frames a second of a film from a photo; a clip keeps its own.", 1.0, 120.0, step=1.0)
    side: int = whole(
        640, "Pixels of the longer side; a smaller photo or clip keeps its own.", 32, 4096, usual=(160, 1280)
    )
    loop: str = choice(
        "How a film from a photo ends: as it ends, closing upon its first frame, or going back the way it came.",
        "none",
        "close",
        "pingpong",
    )
    memory: float = number(
        0.4,
        "Seconds that what was dreamed lives on: more is calmer, less follows the picture sooner.",
        0.0,
        10.0,
        usual=(0.0, 2.0),
    )
    bpm: float = number(
        120.0,
        "Beats a minute, for keys in beats where no sound tells them.",
        20.0,
        400.0,
        step=1.0,
        usual=(60.0, 180.0),
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Motion(Settings, group="camera"):
    """How the camera moves over a photo in a second."""

    zoom: float = number(
        1.0, "Factor a second by which the camera comes nearer; below 1 it draws back.", 0.25, 4.0, usual=(0.5, 2.0)
    )
    turn: float = number(
        0.0, "Degrees a second that the picture turns, clockwise.", -720.0, 720.0, step=1.0, usual=(-45.0, 45.0)
    )
    x: float = number(
        0.0, "Share of its width by which the picture moves to the right each second.", -2.0, 2.0, usual=(-0.5, 0.5)
    )
    y: float = number(
        0.0, "Share of its height by which the picture moves down each second.", -2.0, 2.0, usual=(-0.5, 0.5)
    )
    tilt: float = number(
        0.0, "Degrees a second by which the top of the picture leans back.", -90.0, 90.0, step=1.0, usual=(-20.0, 20.0)
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class FilmSettings(Motion, _Length):
    """Hold the settings of a film that are numbers and words."""

    TITLE = "film"
