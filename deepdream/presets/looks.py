"""Looks of the compact network: worlds that it draws well, made of its channels by the atlas, and of whole layers.

Each says how large its largest things are, so that a preview and a print show the same things in the same places.
"""

from typing import Any

from deepdream.presets.preset import Preset
from deepdream.recipe import Recipe

FAMILIES = ("creatures", "buildings", "nature", "things", "patterns")

Layers = tuple[tuple[str, float], ...]


def _of(layer: str, *channels: int, weight: float = 1.0) -> Layers:
    return tuple((f"{layer}:{channel}", weight) for channel in channels)


def _deep(*channels: int) -> Layers:
    return _of("conv5_2", *channels)


def _look(name: str, title: str, sentence: str, family: str, layers: Layers, **changes: Any) -> Preset:
    return Preset(f"compact_{name}", title, sentence, Recipe(layers=layers, **changes), family)


LOOKS = (
    Preset(
        "compact_default",
        "Dream",
        "The default look: arches grow where there is ground, animals look out of walls, trees and clouds.",
        Recipe(),
        "creatures",
    ),
    _look(
        "animals",
        "Animals",
        "Dogs, cats, bears and apes look out of everything, as in the first dreams of 2015.",
        "creatures",
        _deep(39, 103, 107, 171, 186, 191, 212, 222, 226, 262, 418, 464),
    ),
    _look(
        "cats",
        "Kittens",
        "Kittens with round eyes settle on clouds, rocks and roofs.",
        "creatures",
        _deep(149, 171, 186, 191),
    ),
    _look("lions", "Lions", "Lions with golden manes rise from stone and cloud.", "creatures", _deep(39, 138, 363)),
    _look(
        "penguins",
        "Penguins",
        "A colony of king penguins stands wherever there is room.",
        "creatures",
        _deep(50, 290, 360, 454),
    ),
    _look(
        "apes",
        "Apes",
        "Old, thoughtful faces of apes, carved into what is there.",
        "creatures",
        _deep(262, 291, 319, 392),
    ),
    _look(
        "spiders",
        "Spiders",
        "Dark, hairy legs come out of every corner; not for everyone.",
        "creatures",
        _deep(0, 140, 204, 282),
    ),
    _look(
        "butterflies",
        "Butterflies",
        "Veined wings in orange and black, like stained glass.",
        "creatures",
        (*_deep(132, 306), *_of("conv4_2", 235)),
    ),
    _look(
        "eyes",
        "Eyes",
        "Eyeballs with lids and a glint, wherever there is something round.",
        "creatures",
        _deep(148, 207, 324, 478),
    ),
    _look(
        "temples",
        "Temples",
        "Arcades, gates and domes grow wherever there is something to build on.",
        "buildings",
        _deep(1, 8, 217, 229, 257, 266, 293, 304, 347, 401),
    ),
    _look(
        "bridges",
        "Bridges",
        "Suspension bridges and viaducts span the sky in fine lines.",
        "buildings",
        _deep(51, 147, 245, 395),
    ),
    _look(
        "village",
        "Village",
        "Barns, huts and thatched roofs make a small village.",
        "buildings",
        (*_deep(272, 403, 413), *_of("conv4_3", 86, 197, 252)),
    ),
    _look(
        "mushrooms",
        "Mushrooms",
        "Caps on stems: a forest of mushrooms, and now and then a straw hat.",
        "nature",
        _deep(391, 438, 508),
    ),
    _look(
        "blossoms",
        "Blossoms",
        "Flower heads in yellow, orange and white, as close as in a bed.",
        "nature",
        _deep(84, 276, 482),
    ),
    _look(
        "orchard",
        "Orchard",
        "Round fruit hangs from stalks and lies in heaps.",
        "nature",
        _deep(102, 239, 358, 440, 470),
    ),
    _look(
        "palms",
        "Palms",
        "Rays from one point: palm leaves, webs and fireworks.",
        "nature",
        (*_of("conv4_3", 191), *_of("conv4_3", 17, weight=0.5)),
    ),
    _look("fountains", "Fountains", "Water rises in jets and falls in veils.", "nature", _deep(137, 161, 288)),
    _look(
        "vessels", "Vessels", "Cups, goblets and teapots, a cupboard of them.", "things", _deep(53, 71, 119, 315, 449)
    ),
    _look(
        "cars", "Cars", "Old cars with round fenders park on clouds and walls.", "things", _deep(23, 243, 331, 388, 423)
    ),
    _look(
        "crowd", "Crowd", "Small figures walk across the picture in a crowd.", "things", _deep(21, 58, 104, 439, 461)
    ),
    _look(
        "scales",
        "Scales",
        "A skin of scales, as of dragons and fish; the photo's own shapes stay.",
        "patterns",
        (*_of("conv4_1", 167), *_of("conv4_2", 137, 170, 172), *_of("conv4_3", 137, 172)),
    ),
    _look(
        "swirls",
        "Swirls",
        "Smooth bands and drops like poured paint, near the photo's own colors.",
        "patterns",
        (("conv3_2", 1.0), ("conv4_1", 1.0)),
        keep_colors=0.5,
    ),
    _look(
        "whisper",
        "Whisper",
        "Only a hint: the photo stays, things appear at a second look.",
        "patterns",
        (("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2", 0.1)),
        steps=8,
        strength=0.6,
        keep_colors=0.8,
        balance=False,
    ),
    _look(
        "portrait",
        "Portrait",
        "Kind to faces: a fine, painted grain, and nothing that grows eyes or mouths.",
        "patterns",
        (("conv3_1", 1.0), ("conv3_2", 1.0)),
        largest=0.12,
        keep_colors=0.7,
        steps=8,
    ),
)
