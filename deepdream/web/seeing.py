"""What does the network see here? The channels that answer most strongly at a place of the photo."""

from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.images import Photo
from deepdream.web.previews import shrunk
from deepdream.web.turns import Turns

if TYPE_CHECKING:
    from deepdream.networks import Network

SIDE = 448  # pixels: enough for the deepest layer to have some twenty places
LAYERS = 4
CHANNELS = 3  # of each layer


def strongest_at(network: "Network", photo: Photo, place: tuple[float, float], turns: Turns) -> list[dict[str, Any]]:
    """Return the channels that stand out most at `place` (x, y as shares), deepest layers first, as items for a row.

    A channel stands out by how far its activity there lies above its own mean over the photo, in standard deviations:
    some channels are loud everywhere, and say nothing about one place.
    """
    from deepdream.networks.engine import activations

    small = shrunk(photo, SIDE)
    layers = [layer for layer in network.layers if layer.name != "classes"]
    chosen = [
        layers[round(index)] for index in np.linspace(len(layers) * 0.4, len(layers) - 1, min(LAYERS, len(layers)))
    ]
    unique = list(dict.fromkeys(chosen))
    with turns.preview_step():
        found = activations(network, network.to_input(small.pixels)[None], tuple(layer.name for layer in unique))
    items = []
    for layer in reversed(unique):
        active = np.asarray(found[layer.name], np.float32)[0]  # (h, w, c)
        row = min(active.shape[0] - 1, int(min(1.0, max(0.0, place[1])) * active.shape[0]))
        column = min(active.shape[1] - 1, int(min(1.0, max(0.0, place[0])) * active.shape[1]))
        spread = active.std(axis=(0, 1)) + 1e-6
        standing = (active[row, column] - active.mean(axis=(0, 1))) / spread
        for channel in np.argsort(-standing)[:CHANNELS]:
            if active[row, column, channel] > 0:
                target = f"{layer.name}:{int(channel)}"
                items.append({"id": target, "name": f"{layer.title} · {int(channel)}", "picture": None})
    return items
