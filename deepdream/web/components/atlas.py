"""The atlas of the compact network: a small picture of what each channel and each class wants to see, found by name.

The pictures are sheets of tiles, `static/atlas/<network>/<layer>.jpg`, made by `assets/make_atlas.py`.
"""

import functools
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdream.networks import CLASSES, load_network
from deepdream.networks.channel_names import channel_names
from deepdream.visualization.presets import Portrait
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.texts import in_every_language

ATLAS = Path(__file__).parents[1] / "static" / "atlas"
TILE = 48  # pixels, height and width
ACROSS = 16  # tiles in a row
MOST = 120  # pictures found at once: 250 kB
PORTRAIT = Portrait(size=64, steps=64, vividness=0.6, smoothness=1.5, finest_wave=3.0)  # a second for a dozen
LONGEST = 80  # characters of a query that count


@dataclass(frozen=True)
class Entry:
    """Hold one picture's target, the key of its name among the page's texts or "", and the words that find it."""

    target: str
    key: str
    words: frozenset[str]


def channel_key(network: str, target: str) -> str:
    """Return the key of the text that names a channel, or ""."""
    name = channel_names(network).get(target)
    return f"channel.{name}" if name is not None else ""


def has_atlas(network: str) -> bool:
    """Say whether there are pictures of a network's channels."""
    return (ATLAS / network).is_dir()


def find(query: str, network: str = "compact") -> list[dict[str, Any]]:
    """Return what a query finds, the deepest layers first, as {"target", "key", "picture"}; at most MOST.

    Each word of the query must begin a word of a channel's name (in any language of the page), its layer or its number,
    or of a class's label; accents may be left out. An empty query finds one picture for each name, what many channels
    draw first.
    """
    wanted = [_root(word) for word in query[:LONGEST].lower().replace(":", " ").split()]
    if wanted:
        found = [each for each in _entries(network) if all(_begins(word, each.words) for word in wanted)]
        found.sort(key=lambda each: not each.key)  # stable: what has a name goes first
    else:
        often = Counter(each.key for each in _entries(network))
        found = list({each.key: each for each in reversed(_entries(network)) if each.key}.values())
        found.sort(key=lambda each: -often[each.key])
    return [
        {"target": each.target, "key": each.key, "picture": tile(network, *_place(each.target, network))}
        for each in found[:MOST]
    ]


@functools.cache
def tile(network: str, layer: str, index: int) -> str:
    """Return the picture of a channel or a class as a data URL.

    Raises:
        FileNotFoundError: there are no pictures of that layer.
    """
    left, top = index % ACROSS * TILE, index // ACROSS * TILE
    picture = _sheet(network, layer).crop((left, top, left + TILE, top + TILE))
    return inline_jpeg(np.asarray(picture, np.float32) / 255)


@functools.cache
def _sheet(network: str, layer: str) -> Image.Image:
    with Image.open(ATLAS / network / f"{layer}.jpg") as sheet:
        return sheet.convert("RGB")


@functools.cache
def _entries(network: str) -> tuple[Entry, ...]:
    """Return every picture of a network, the deepest layers first."""
    if not has_atlas(network):
        return ()
    entries = []
    for layer in reversed(load_network(network).layers):
        if layer.name == CLASSES:
            continue
        for channel in range(layer.channels):
            target = f"{layer.name}:{channel}"
            key = channel_key(network, target)
            entries.append(Entry(target, key, _words(layer.name, str(channel), *in_every_language(key))))
    for label in load_network(network).labels:
        entries.append(Entry(f"{CLASSES}:{label}", "", _words(CLASSES, label, *in_every_language(f"class.{label}"))))
    return tuple(entries)


def _place(target: str, network: str) -> tuple[str, int]:
    layer, _, part = target.partition(":")
    return layer, load_network(network).labels.index(part) if layer == CLASSES else int(part)


def _words(*texts: str) -> frozenset[str]:
    return frozenset(_root(each) for text in texts for word in text.lower().split() for each in (word, _plain(word)))


def _plain(word: str) -> str:
    """Return a word as who has no accents types it, so that "cho" finds "chó"; Hangul stays."""
    parts = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return unicodedata.normalize("NFC", "".join(part for part in parts if not unicodedata.combining(part)))


def _root(word: str) -> str:
    """Return an English word without its ending, so that "butterfly" finds "butterflies"."""
    return word.removesuffix("es").removesuffix("s").removesuffix("y") if len(word) > 3 else word


def _begins(word: str, words: frozenset[str]) -> bool:
    if word.isdigit():
        return word in words  # channel 1 is not channel 17
    return any(each.startswith(word) for each in words)
