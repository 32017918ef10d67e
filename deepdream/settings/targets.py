"""What a recipe's layers name: a layer, one of its channels, a place in the picture, or a class."""

import math
import re
from dataclasses import dataclass

from deepdream.errors import RecipeError, quoted


@dataclass(frozen=True)
class Target:
    """Name what a dream makes larger: a layer, of it perhaps one channel, and perhaps at one place.

    channel: an index, a rank on the photo ("strongest", "weakest3", "middle"), a label when layer is "classes", or None
    for all channels. place: (x, y) as shares of width and height in [0, 1], or None for everywhere.
    """

    layer: str
    channel: int | str | None = None
    place: tuple[float, float] | None = None


def parse_target(text: str) -> Target:
    """Read "layer", "layer:channel", "layer@x,y" or "layer:channel@x,y".

    Raises:
        RecipeError: the text is none of these, or the place is outside the picture.
    """
    match = _TARGET.fullmatch(text) if text.isprintable() else None
    if match is None:
        raise layers_error(
            f"{quoted(text)} does not name a layer; allowed: a name as in conv4_2, with a channel as in conv4_2:17 or "
            "conv4_2:strongest, with a place as in conv4_2:17@0.5,0.3 or conv4_2@0.5,0.3, or a class as in classes:207."
        )
    layer, channel = match["layer"], match["channel"]
    if layer == "classes" and (channel is None or match["x"] is not None):
        raise layers_error(f"{quoted(text)} needs one class and no place, as in classes:207 or classes:school bus.")
    place = (_share(match["x"], text), _share(match["y"], text)) if match["x"] is not None else None
    return Target(layer, _channel(layer, channel, text), place)


_TARGET = re.compile(
    r"(?P<layer>[^\s:@,=]{1,100})(?::(?P<channel>[^:@,=]{1,60}))?(?:@(?P<x>[^@,=]{1,30}),(?P<y>[^@,=]{1,30}))?"
)
_RANK = re.compile(r"(?:strongest|weakest|middle)[0-9]{0,4}")


def layers_error(message: str) -> RecipeError:
    """Make the error about a recipe's layers."""
    return RecipeError(f"layers: {message}", "layers")


def _channel(layer: str, channel: str | None, text: str) -> int | str | None:
    if channel is None:
        return None
    if re.fullmatch("[0-9]{1,6}", channel):
        return int(channel)
    if channel != channel.strip() or (layer != "classes" and not _RANK.fullmatch(channel)):
        raise layers_error(
            f"{quoted(text)} has the channel {quoted(channel)}; allowed: a number from 0, or strongest, weakest, "
            "middle, strongest2 and so on."
        )
    return channel


def _share(number: str, text: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = math.nan
    if not 0.0 <= share <= 1.0:
        raise layers_error(f"the place in {quoted(text)} is outside the picture; allowed: x and y from 0 to 1.")
    return share
