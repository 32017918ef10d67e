"""What does the network see here? The channels that answer most strongly at a point of the photo."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from deepdream.images import Photo, at_point, shrink
from deepdream.networks import Layer, Network
from deepdream.web.components import atlas
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.server.scheduler import Turns

SIDE = 448  # pixels: enough for the deepest layer to have some twenty points across
LAYERS = 4
CHANNELS = 3  # of each layer


def strongest_at(network: Network, photo: Photo, point: tuple[float, float], turns: Turns) -> list[dict[str, Any]]:
    """Return the channels that stand out most at `point` (x, y as shares), deepest layers first, as items for a row."""
    from deepdream.engine.compile import activations

    small = shrink(photo, SIDE)
    layers = [layer for layer in network.layers if layer.name != "classes"]
    spread = np.linspace(len(layers) * 0.4, len(layers) - 1, min(LAYERS, len(layers)))
    chosen = list(dict.fromkeys(layers[round(index)] for index in spread))
    with turns.preview_step():
        found = activations(network, network.to_input(small.pixels)[None], tuple(layer.name for layer in chosen))
    return [
        _item(network.name, layer, channel)
        for layer in reversed(chosen)
        for channel in _standing_out(np.asarray(found[layer.name], np.float32)[0], point)
    ]


def _standing_out(active: np.ndarray, point: tuple[float, float]) -> list[int]:
    """Return the channels of a layer's activations (h, w, c) that stand out at a point.

    A channel stands out by how far its activity there lies above its own mean over the photo, in standard deviations:
    some channels are loud everywhere, and say nothing about one point.
    """
    here = at_point(active, point)
    standing = (here - active.mean(axis=(0, 1))) / (active.std(axis=(0, 1)) + 1e-6)
    return [int(channel) for channel in np.argsort(-standing)[:CHANNELS] if here[channel] > 0]


def _item(network: str, layer: Layer, channel: int) -> dict[str, Any]:
    target = f"{layer.name}:{channel}"
    return {
        "id": target,
        "key": atlas.channel_key(network, target),
        "layer": layer.name,
        "title": layer.title,
        "channel": channel,
        "picture": atlas.tile(network, layer.name, channel) if atlas.has_atlas(network) else None,
    }


def with_portraits(network: Network, items: list[dict[str, Any]], turns: Turns) -> Iterator[list[dict[str, Any]]]:
    """Yield the items again as they get pictures of what their channels want to see, layer after layer.

    Those that the atlas has given a picture keep it.
    A picture that was grown before, by anyone here, comes from the cache at once. Closing it ends the work.
    """
    from deepdream.visualization.visualize import visualize_layer

    items = [dict(item) for item in items]
    for layer in dict.fromkeys(item["layer"] for item in items if item["picture"] is None):
        chosen = [item for item in items if item["layer"] == layer]
        channels = [item["channel"] for item in chosen]
        pictures = visualize_layer(network, layer, atlas.PORTRAIT, channels=channels, turn=turns.preview_step)
        for item, picture in zip(chosen, pictures, strict=True):
            item["picture"] = inline_jpeg(picture.image)
        yield [dict(item) for item in items]
