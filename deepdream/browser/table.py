"""The one table that the device and Python share, as JSON: settings, presets, layers, and what is lacking."""

import dataclasses
import math
from typing import Any

from deepdream.engine.graph import Conv, Graph
from deepdream.engine.network import CLASSES, Network
from deepdream.errors import DreamError
from deepdream.networks.channel_names import channel_names
from deepdream.octaves import octave_sizes
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.settings.codec import MAX_QUERY
from deepdream.settings.json_text import MAX_JSON
from deepdream.settings.kinds import MAX_LAYERS, MAX_OCTAVES, MAX_SIDE, MAX_WEIGHT
from deepdream.settings.targets import parse_target

# The settings that the device obeys. Of all others, also of one that is new, it knows the default alone; but see KNOWN.
WHOLE = (
    "layers", "cosine_power", "guide", "balance", "octaves", "largest", "octave_scale", "octaves_above",
    "octave_rounding", "min_size", "octave_sizes", "carry", "blend", "resize", "steps", "step_size", "steps_growth",
    "step_size_growth", "headroom", "max_loss", "max_loss_stop", "normalize", "epsilon", "smoothing",
    "smoothing_growth", "smoothing_mode", "laplacian_levels", "jitter", "mirror", "tile_size", "start", "strength",
    "keep_colors", "contrast", "mask_softness", "seed",
)  # fmt: skip
KNOWN: dict[str, tuple[Any, ...]] = {
    **{name: (about.default,) for name, about in Recipe.settings().items() if name not in WHOLE},
    "objective": ("mean_square", "mean", "caffe_l2", "keras_l2", "unit_norm"),
}
MEGAPIXELS = 16.0  # of the largest octave: WebAssembly has 4 GB, and a step takes some 200 bytes a pixel
TILE_EPSILON = 1e-6  # with normalize tile_std: above it, dividing by a tile's deviation first shows in the picture


def lacking(recipe: Recipe, size: tuple[int, int] | None = None) -> list[str]:
    """Return the settings by which a recipe asks for what the device does not know; none where it can dream it.

    size: height and width of the photo, for what depends on it: one in several tiles, or with huge octaves, is not for
        the device.

    Raises:
        RecipeError: an octave larger than the photo is more than anyone dreams.
    """
    lacks = [name for name, known in KNOWN.items() if getattr(recipe, name) not in known]
    if not _layers_known(recipe):
        lacks.append("layers")
    if recipe.normalize == "tile_std" and recipe.epsilon > TILE_EPSILON:
        lacks.append("epsilon")
    return lacks + (_too_large(recipe, size) if size is not None else [])


def _too_large(recipe: Recipe, size: tuple[int, int]) -> list[str]:
    sizes = octave_sizes(size, recipe)
    longest = max(max(each) for each in sizes) + 2 * recipe.mirror
    tiled = recipe.tile_size > 0 and longest >= 1.5 * recipe.tile_size
    huge = max(map(math.prod, sizes)) > MEGAPIXELS * 1e6
    reason = "octave_sizes" if recipe.octave_sizes else "octaves_above"
    return ["tile_size"] * tiled + [reason] * huge


def _layers_known(recipe: Recipe) -> bool:
    """Say whether no channel is a rank on the photo, and each layer lets its places count in one way only."""
    targets = [parse_target(name) for name, _ in recipe.layers]
    ranked = [each for each in targets if isinstance(each.channel, str) and each.layer != CLASSES]
    places: dict[str, set[object]] = {}
    for target in targets:
        places.setdefault(target.layer, set()).add(target.place)
    return not ranked and all(len(each) == 1 for each in places.values())


def shared_table(network: Network) -> dict[str, Any]:
    """Return the table for the page: JSON's types only."""
    return {
        "version": Recipe.VERSION,
        "earlier": {version: dict(defaults) for version, defaults in Recipe.EARLIER.items()},
        "limits": {"query": MAX_QUERY, "json": MAX_JSON, "layers": MAX_LAYERS, "octaves": MAX_OCTAVES, "side": MAX_SIDE,
                   "weight": MAX_WEIGHT, "megapixels": MEGAPIXELS, "tile_epsilon": TILE_EPSILON},
        "settings": {name: {**dataclasses.asdict(about), "allowed": about.allowed, "slider": about.slider}
                     for name, about in Recipe.settings().items()},
        "presets": {name: {"title": each.title, "sentence": each.sentence, "changes": each.recipe.changes()}
                    for name, each in PRESETS.items()},
        "known": KNOWN,
        "network": _network(network),
    }  # fmt: skip


def _network(network: Network) -> dict[str, Any]:
    assert network.graph is not None
    return {
        "name": network.name,
        "minimum": network.minimum_size,
        "layers": [
            {
                "name": each.name,
                "channels": each.channels,
                "depth": each.depth,
                "windows": _windows(network.graph, each.name),
            }
            for each in network.layers
        ],
        "labels": network.labels,
        "names": channel_names(network.name),
    }


def _windows(graph: Graph, layer: str) -> list[list[int]] | None:
    """Return the windows, [size, stride, zeros on both sides], by which a side's places become a layer's.

    None stands for a single place.
    """
    if layer == CLASSES:
        return None
    windows: list[list[int]] = []
    name = layer
    while name in graph.by_name:
        operation = graph.by_name[name]
        stride = getattr(operation, "stride", 1)
        if stride > 1:
            windows.insert(0, _window(operation, stride))
        name = operation.inputs[0]
    return windows


def _window(operation: Any, stride: int) -> list[int]:
    if isinstance(operation, Conv):
        if isinstance(operation.padding, str):
            raise DreamError(f"{operation.name}: the device takes paddings in numbers.")
        return [operation.kernel.shape[0], stride, sum(operation.padding[0])]
    return [operation.size, stride, 0]
