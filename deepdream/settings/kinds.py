"""What a setting of each kind may be, and its text as a person types it and as a link carries it."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.settings.targets import layers_error, parse_target

MAX_LAYERS = 64
MAX_OCTAVES = 16
MAX_SIDE = 16_384  # pixels
MAX_WEIGHT = 1000.0


@dataclass(frozen=True)
class Setting:
    """Describe one setting: what it means and what it may be.

    kind: "whole" or "number" (low to high, both allowed), "choice" (one of `choices`), "switch", "name", "layers" or
    "sizes". usual: the part of low..high that a slider should offer, None for all of it. step: a slider's step.
    optional: None is allowed, for "off". advanced: hidden until asked for. typed: a number for which a slider would be
    no help.
    """

    help: str
    kind: str
    default: Any
    group: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    usual: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    advanced: bool = False
    typed: bool = False

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


def check(name: str, about: Setting, value: Any) -> Any:
    """Return `value` as it is stored: hashable, 3 for a whole number's 3.0, pairs for a mapping of layers.

    Raises:
        RecipeError: the value is not what `about` allows.
    """
    if value is None and about.optional:
        return None
    try:
        return _CHECKS[about.kind](about, value)
    except (TypeError, ValueError, OverflowError):
        hint = f" {nearest(value, about.choices)}" if isinstance(value, str) and about.choices else ""
        raise RecipeError(f"{name}: received {quoted(value)}; allowed: {about.allowed}.{hint}", name) from None


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
    layers = [
        (unquote(layer.replace(".", ":")), _read_number(weight) if dash else 1.0) for layer, dash, weight in items
    ]
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


# Checks: each kind has one, from a value to its stored form; they raise ValueError, or RecipeError with a reason.

_WEIGHT = Setting(help="", kind="number", default=1.0, low=-MAX_WEIGHT, high=MAX_WEIGHT)
_SIDE = Setting(help="", kind="whole", default=1, low=1, high=MAX_SIDE)


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
        raise layers_error(f"{twice} is named twice; give it one weight.")
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


def _plain(value: Any) -> str:
    """Return the shortest text that reads back as the same number: 1 for 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e9 else str(value)
