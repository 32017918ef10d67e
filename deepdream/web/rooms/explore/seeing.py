"""What does the network see here? The channels that answer most strongly at a place of the photo."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.images import Photo, shrink
from deepdream.networks.channel_names import channel_names
from deepdream.visualization.presets import Portrait
from deepdream.web.components import atlas
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.server.scheduler import Turns

if TYPE_CHECKING:
    from deepdream.networks import Network

SIDE = 448  # pixels: enough for the deepest layer to have some twenty places
LAYERS = 4
CHANNELS = 3  # of each layer
PORTRAIT = Portrait(size=64, steps=64, vividness=0.6, smoothness=1.5, finest_wave=3.0)  # a second for all of a place


def strongest_at(network: "Network", photo: Photo, place: tuple[float, float], turns: Turns) -> list[dict[str, Any]]:
    """Return the channels that stand out most at `place` (x, y as shares), deepest layers first, as items for a row.

    A channel stands out by how far its activity there lies above its own mean over the photo, in standard deviations:
    some channels are loud everywhere, and say nothing about one place.
    """
    from deepdream.engine.compile import activations

    small = shrink(photo, SIDE)
    layers = [layer for layer in network.layers if layer.name != "classes"]
    chosen = [
        layers[round(index)] for index in np.linspace(len(layers) * 0.4, len(layers) - 1, min(LAYERS, len(layers)))
    ]
    unique = list(dict.fromkeys(chosen))
    with turns.preview_step():
        found = activations(network, network.to_input(small.pixels)[None], tuple(layer.name for layer in unique))
    items, pictured = [], atlas.has_atlas(network.name)
    for layer in reversed(unique):
        active = np.asarray(found[layer.name], np.float32)[0]  # (h, w, c)
        row = min(active.shape[0] - 1, int(min(1.0, max(0.0, place[1])) * active.shape[0]))
        column = min(active.shape[1] - 1, int(min(1.0, max(0.0, place[0])) * active.shape[1]))
        spread = active.std(axis=(0, 1)) + 1e-6
        standing = (active[row, column] - active.mean(axis=(0, 1))) / spread
        for channel in np.argsort(-standing)[:CHANNELS]:
            if active[row, column, channel] > 0:
                target = f"{layer.name}:{int(channel)}"
                name = channel_names(network.name).get(target)
                items.append(
                    {
                        "id": target,
                        "key": f"channel.{name}" if name is not None else "",
                        "layer": layer.name,
                        "title": layer.title,
                        "channel": int(channel),
                        "picture": atlas.tile(network.name, layer.name, int(channel)) if pictured else None,
                    }
                )
    return items


def with_portraits(network: "Network", items: list[dict[str, Any]], turns: Turns) -> Iterator[list[dict[str, Any]]]:
    """Yield the items again as they get pictures of what their channels want to see, layer after layer.

    Those that the atlas has given a picture keep it.
    A picture that was grown before, by anyone here, comes from the cache at once. Closing it ends the work.
    """
    from deepdream.visualization.visualize import visualize_layer

    items = [dict(item) for item in items]
    for layer in dict.fromkeys(item["layer"] for item in items if item["picture"] is None):
        chosen = [item for item in items if item["layer"] == layer]
        channels = [item["channel"] for item in chosen]
        pictures = visualize_layer(network, layer, PORTRAIT, channels=channels, turn=turns.preview_step)
        for item, picture in zip(chosen, pictures, strict=True):
            item["picture"] = inline_jpeg(picture.image)
        yield [dict(item) for item in items]
