"""What a setting is: its kinds, the checks of each kind, and its text as a person types it and as a link carries it.

The table of settings itself is the class `Recipe`, whose fields are made by `whole`, `number`, `choice`, `switch` and
`setting` below.
"""

import dataclasses
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from deepdream.errors import RecipeError, nearest, shown

MAX_LAYERS = 64
MAX_OCTAVES = 16
MAX_SIDE = 16_384  # pixels
MAX_WEIGHT = 1000.0


@dataclass(frozen=True)
class Setting:
    """Describe one field of a recipe: what it means and what it may be.

    kind: "whole" or "number" (low to high, both allowed), "choice" (one of `choices`), "switch", "name", "layers" or
    "sizes". usual: the part of low..high that a slider should offer, None for all of it. step: a slider's step.
    optional: None is allowed, for "off". advanced: hidden until asked for.
    """

    help: str
    kind: str
    default: Any
    group: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    usual: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    advanced: bool = False

    @property
    def allowed(self) -> str:
        """Say in words what values are allowed."""
        words = {
            "whole": f"whole numbers from {self.low} to {self.high}",
            "number": f"numbers from {self.low} to {self.high}",
            "choice": ", ".join(self.choices),
            "switch": "true or false",
            "name": "a name of letters, digits and _, at most 64",
            "layers": f"1 to {MAX_LAYERS} pairs of a layer's name and a weight from -1000 to 1000",
            "sizes": f"up to {MAX_OCTAVES} pairs of height and width, each from 1 to {MAX_SIDE}",
        }[self.kind]
        return f"{words}, or none" if self.optional else words

    @property
    def slider(self) -> tuple[float | None, float | None]:
        """Return the lowest and highest value that a slider should offer."""
        return self.usual if self.usual is not None else (self.low, self.high)


@dataclass(frozen=True)
class Target:
    """Name what a dream makes larger: a layer, of it perhaps one channel, and perhaps at one place.

    channel: an index, a rank on the photo ("strongest", "weakest3", "middle"), a label when layer is "classes", or None
    for all channels. place: (x, y) as shares of width and height in [0, 1], or None for everywhere.
    """

    layer: str
    channel: int | str | None = None
    place: tuple[float, float] | None = None


def setting(default: Any, kind: str, help: str, *, group: str, advanced: bool = False) -> Any:
    """Make a recipe's field of a kind that needs no range: "name", "layers" or "sizes"."""
    return _field(Setting(help=help, kind=kind, default=default, group=group, advanced=advanced))


def whole(
    default: int,
    help: str,
    low: int,
    high: int,
    *,
    group: str,
    usual: tuple[int, int] | None = None,
    advanced: bool = False,
) -> Any:
    """Make a recipe's field for whole numbers from low to high."""
    about = Setting(help, "whole", default, group, low=low, high=high, step=1, usual=usual, advanced=advanced)
    return _field(about)


def number(
    default: float | None,
    help: str,
    low: float,
    high: float,
    *,
    group: str,
    step: float = 0.01,
    usual: tuple[float, float] | None = None,
    advanced: bool = False,
) -> Any:
    """Make a recipe's field for numbers from low to high; with the default None it may be off."""
    about = Setting(help, "number", default, group, low=low, high=high, step=step, usual=usual, advanced=advanced)
    return _field(dataclasses.replace(about, optional=default is None))


def choice(help: str, *choices: str, group: str, advanced: bool = False) -> Any:
    """Make a recipe's field for one of a few words; the first is the default."""
    return _field(Setting(help, "choice", choices[0], group, choices=choices, advanced=advanced))


def switch(help: str, *, group: str, advanced: bool = False) -> Any:
    """Make a recipe's field that is on or off, off by default."""
    return _field(Setting(help, "switch", False, group, advanced=advanced))


def check(name: str, about: Setting, value: Any) -> Any:
    """Return `value` as a recipe stores it: hashable, 3 for a whole number's 3.0, pairs for a mapping of layers.

    Raises:
        RecipeError: the value is not what `about` allows.
    """
    if value is None and about.optional:
        return None
    try:
        return _CHECKS[about.kind](about, value)
    except (TypeError, ValueError, OverflowError):
        hint = f" {nearest(value, about.choices)}" if isinstance(value, str) and about.choices else ""
        raise RecipeError(f"{name}: received {shown(value)}; allowed: {about.allowed}.{hint}", name) from None


def parse_target(text: str) -> Target:
    """Read "layer", "layer:channel", "layer@x,y" or "layer:channel@x,y".

    Raises:
        RecipeError: the text is none of these, or the place is outside the picture.
    """
    match = _TARGET.fullmatch(text) if text.isprintable() else None
    if match is None:
        raise _layers_error(
            f"{shown(text)} does not name a layer; allowed: a name as in conv4_2, with a channel as in conv4_2:17 or "
            "conv4_2:strongest, with a place as in conv4_2:17@0.5,0.3 or conv4_2@0.5,0.3, or a class as in classes:207."
        )
    layer, channel = match["layer"], match["channel"]
    if layer == "classes" and (channel is None or match["x"] is not None):
        raise _layers_error(f"{shown(text)} needs one class and no place, as in classes:207 or classes:school bus.")
    place = (_share(match["x"], text), _share(match["y"], text)) if match["x"] is not None else None
    return Target(layer, _channel(layer, channel, text), place)


def read_typed(name: str, about: Setting, text: str) -> Any:
    """Read what a person types: "30", "0.5", "true", "none", "mixed3=1,mixed5=1.5", "100x150,200x300".

    Raises:
        RecipeError: the text is not a value that `about` allows.
    """
    text = text.strip()
    if about.optional and text.lower() in ("none", "off", ""):
        return None
    return check(name, about, _READERS.get(about.kind, str)(text))


def format_setting(value: Any) -> str:
    """Return the text of a setting's value that a person would type."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, tuple):
        return _plain(value)
    if value and isinstance(value[0][0], str):
        return ",".join(f"{name}={_plain(weight)}" for name, weight in value)
    return ",".join(f"{height}x{width}" for height, width in value)


def read_linked(name: str, about: Setting, text: str) -> Any:
    """Read a value out of a link.

    Raises:
        RecipeError: the text is not a value that `about` allows.
    """
    if about.kind != "layers":
        return read_typed(name, about, text.replace("..", ","))
    items = [item.partition("-") for item in text.split("..")]
    layers = [(_name_from_link(layer), _read_number(weight) if dash else 1.0) for layer, dash, weight in items]
    return check(name, about, layers)


def format_linked(value: Any) -> str:
    """Return a value's text for a link: letters, digits and * - . _ pass unchanged through a URL's query.

    So a layer's ":" is written ".", its weight follows "-", and lists are joined by "..": "mixed4.17..mixed5--0.5".
    """
    if isinstance(value, bool):
        return str(int(value))
    if value and isinstance(value, tuple) and isinstance(value[0][0], str):
        weights = ["" if weight == 1.0 else f"-{_plain(weight)}" for _, weight in value]
        return "..".join(_name_for_link(name) + weight for (name, _), weight in zip(value, weights, strict=True))
    return format_setting(value).replace(",", "..")


def _field(about: Setting) -> Any:
    return dataclasses.field(default=about.default, metadata={"setting": about})


# Targets

_TARGET = re.compile(
    r"(?P<layer>[^\s:@,=]{1,100})(?::(?P<channel>[^:@,=]{1,60}))?(?:@(?P<x>[^@,=]{1,30}),(?P<y>[^@,=]{1,30}))?"
)
_RANK = re.compile(r"(?:strongest|weakest|middle)[0-9]{0,4}")


def _layers_error(message: str) -> RecipeError:
    return RecipeError(f"layers: {message}", "layers")


def _channel(layer: str, channel: str | None, text: str) -> int | str | None:
    if channel is None:
        return None
    if re.fullmatch("[0-9]{1,6}", channel):
        return int(channel)
    if channel != channel.strip() or (layer != "classes" and not _RANK.fullmatch(channel)):
        raise _layers_error(
            f"{shown(text)} has the channel {shown(channel)}; allowed: a number from 0, or strongest, weakest, middle, "
            "strongest2 and so on."
        )
    return channel


def _share(number: str, text: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = math.nan
    if not 0.0 <= share <= 1.0:
        raise _layers_error(f"the place in {shown(text)} is outside the picture; allowed: x and y from 0 to 1.")
    return share


# Checks: each kind has one, from a value to its stored form; they raise ValueError, or RecipeError with a reason.

_WEIGHT = Setting(help="", kind="number", default=1.0, group="", low=-MAX_WEIGHT, high=MAX_WEIGHT)
_SIDE = Setting(help="", kind="whole", default=1, group="", low=1, high=MAX_SIDE)


def _checked_number(about: Setting, value: Any) -> float:
    if isinstance(value, (bool, str, bytes)) or about.low is None or about.high is None:
        raise ValueError
    number = float(value) + 0.0  # -0.0 becomes 0.0, so that equal recipes are written alike
    if not about.low <= number <= about.high:  # NaN is in no range
        raise ValueError
    return number


def _checked_whole(about: Setting, value: Any) -> int:
    number = _checked_number(about, value)
    if number != int(number):
        raise ValueError
    return int(number) if isinstance(value, float) else operator.index(value)


def _checked_choice(about: Setting, value: Any) -> str:
    if not isinstance(value, str) or value not in about.choices:
        raise ValueError
    return str(value)


def _checked_switch(about: Setting, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _checked_name(about: Setting, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z0-9_]{1,64}", value):
        raise ValueError
    return value


def _checked_layers(about: Setting, value: Any) -> tuple[tuple[str, float], ...]:
    """Take pairs, a mapping, or names alone, which weigh 1."""
    if isinstance(value, str):
        raise ValueError
    items = list(value.items() if isinstance(value, Mapping) else value)
    if not 1 <= len(items) <= MAX_LAYERS:
        raise ValueError
    layers = tuple(_checked_layer(*((item, 1.0) if isinstance(item, str) else item)) for item in items)
    names = [name for name, _ in layers]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _layers_error(f"{twice} is named twice; give it one weight.")
    return layers


def _checked_layer(name: Any, weight: Any) -> tuple[str, float]:
    if not isinstance(name, str):
        raise ValueError
    parse_target(name)
    return str(name), _checked_number(_WEIGHT, weight)


def _checked_sizes(about: Setting, value: Any) -> tuple[tuple[int, int], ...]:
    if isinstance(value, str) or len(value) > MAX_OCTAVES:
        raise ValueError
    return tuple((_checked_whole(_SIDE, height), _checked_whole(_SIDE, width)) for height, width in value)


_CHECKS: dict[str, Callable[[Setting, Any], Any]] = {
    "whole": _checked_whole,
    "number": _checked_number,
    "choice": _checked_choice,
    "switch": _checked_switch,
    "name": _checked_name,
    "layers": _checked_layers,
    "sizes": _checked_sizes,
}


# Texts: a reader gives a value, or the text itself for the check to refuse.


def _read_number(text: str) -> Any:
    try:
        return float(text) if len(text) <= 40 else text
    except ValueError:
        return text


def _read_switch(text: str) -> Any:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    return words.get(text.lower(), text)


def _read_layers(text: str) -> Any:
    pairs = [part.partition("=") for part in _layer_texts(text)]
    return [(name.strip(), _read_number(weight.strip()) if equals else 1.0) for name, equals, weight in pairs]


def _layer_texts(text: str) -> list[str]:
    """Split at commas, but not at the one inside a place."""
    parts: list[str] = []
    for part in text.split(","):
        if parts and "@" in parts[-1] and "," not in parts[-1]:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return parts


def _read_sizes(text: str) -> Any:
    return [[_read_number(side) for side in size.split("x")] for size in text.split(",")] if text else []


_READERS: dict[str, Callable[[str], Any]] = {
    "whole": _read_number,
    "number": _read_number,
    "switch": _read_switch,
    "layers": _read_layers,
    "sizes": _read_sizes,
}


def _name_for_link(name: str) -> str:
    escaped = quote(name, safe=":").replace(".", "%2E").replace("-", "%2D").replace("~", "%7E")
    return escaped.replace(":", ".")


def _name_from_link(text: str) -> str:
    return unquote(text.replace(".", ":"))


def _plain(value: Any) -> str:
    """Return the shortest text that reads back as the same number: 1 for 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e9 else str(value)
