"""The atlas of the compact network: a small picture of what each channel and each class wants to see, found by name.

The pictures are sheets of tiles in `assets/atlas/<network>/<layer>.jpg`, made by `assets/make_atlas.py`.
"""

import functools
import json
from importlib.resources import files

from deepdream.web.pictures import ASSETS
from deepdream.web.texts import PAGE, say

ATLAS = ASSETS / "atlas"
TILE = 48  # pixels, height and width
ACROSS = 16  # tiles in a row


@functools.cache
def channel_names(network: str) -> dict[str, str]:
    """Return the short English names of a network's channels, as {"conv4_2:17": "eyes"}; {} where none were given."""
    source = files("deepdream.networks") / f"{network}_names.json"
    return json.loads(source.read_text("utf-8")) if source.is_file() else {}


def channel_name(network: str, target: str, language: str | None) -> str:
    """Return the short name of a channel in the visitor's language, or ""."""
    name = channel_names(network).get(target)
    return say(f"channel.{name}", language) if f"channel.{name}" in PAGE else name or ""
