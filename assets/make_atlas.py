"""Make the atlas of a network: what each of its channels and classes wants to see.

    python assets/make_atlas.py [--network compact] [--layers conv4_2 classes ...]

Writes `deepdream/web/static/atlas/<network>/<layer>.jpg` for each layer and for the classes: a sheet of small tiles,
ACROSS in a row, in the order of the channels. Channels that were grown before come from the user's cache; the compact
network's take ten minutes on two cores.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the repository need not be installed

import numpy as np

from deepdream import load_network, write_image
from deepdream.inspection.contact_sheet import Cell, contact_sheet
from deepdream.networks import CLASSES
from deepdream.visualization.presets import Portrait
from deepdream.visualization.visualize import visualize, visualize_layer
from deepdream.web.components.atlas import ACROSS, ATLAS, PORTRAIT, TILE

CLASS = Portrait(size=96, steps=96, vividness=0.6, smoothness=1.5, finest_wave=3.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="compact")
    parser.add_argument("--layers", nargs="*", help="default: all, the classes among them")
    options = parser.parse_args()
    network = load_network(options.network)
    for layer in options.layers or [each.name for each in network.layers]:
        begun = time.monotonic()
        if layer == CLASSES:
            images = [last(visualize(network, f"{CLASSES}:{each}", CLASS)) for each in range(len(network.labels))]
        else:
            images = [each.image for each in visualize_layer(network, layer, PORTRAIT)]
        folder = ATLAS / network.name
        folder.mkdir(parents=True, exist_ok=True)
        write_image(folder / f"{layer}.jpg", sheet(images), quality=75)
        print(f"{layer}: {len(images)} pictures, {time.monotonic() - begun:.0f} s", flush=True)


def sheet(images):
    """Return the pictures as tiles side by side, without gaps, so that their places need no table."""
    rows = -(-len(images) // ACROSS)
    result = np.full((rows * TILE, ACROSS * TILE, 3), 0.5, np.float32)
    for index, image in enumerate(images):
        top, left = index // ACROSS * TILE, index % ACROSS * TILE
        result[top : top + TILE, left : left + TILE] = contact_sheet([Cell(image)], side=TILE)[4:-4, 4:-4]
    return result


def last(frames):
    *_, frame = frames
    return frame.image


if __name__ == "__main__":
    main()
