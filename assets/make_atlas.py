"""Make the atlas of a network: what each layer wants to see, and a sheet of what each of its channels wants to see.

    python assets/make_atlas.py [--network compact] [--layers conv4_2 ...] [--to assets/atlas]

Writes for each layer `<network>/<layer>.jpg`, what four of its channels want to see, and
`<network>/<layer>-channels.jpg`, a small tile for every channel. Channels that were grown before come from the user's
cache.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the repository need not be installed

import numpy as np

from deepdream import load_network, write_image
from deepdream.portrait import Portrait
from deepdream.sheets import Tile, contact_sheet
from deepdream.visualization import visualize, visualize_layer

ASSETS = Path(__file__).parent
TILE = 40  # pixels that a channel is kept at: a sheet of 256 has about 250 kB
ACROSS = 16  # tiles a row
CHANNEL = Portrait(size=64, steps=64, vividness=0.6, smoothness=1.5, finest_wave=3.0)
WHOLE = Portrait(size=256, steps=128, vividness=0.6, smoothness=1.5, finest_wave=3.0)
MIXED = 4  # channels in a layer's own picture


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="compact")
    parser.add_argument("--layers", nargs="*", help="default: all but the classes")
    parser.add_argument("--classes", type=int, default=0, help="also a sheet of so many classes")
    parser.add_argument("--to", type=Path, default=ASSETS / "atlas")
    options = parser.parse_args()
    network = load_network(options.network)
    folder = options.to / network.name
    folder.mkdir(parents=True, exist_ok=True)
    for layer in options.layers or [each.name for each in network.layers if each.name != "classes"]:
        begun = time.monotonic()
        pictures = list(visualize_layer(network, layer, CHANNEL))
        tiles = [Tile(each.image) for each in pictures]
        caption = f"{layer}: channels 0 to {len(tiles) - 1}, {ACROSS} a row"
        sheet = contact_sheet(tiles, side=TILE, columns=ACROSS, caption=caption)
        write_image(folder / f"{layer}-channels.jpg", sheet, quality=75)
        write_image(folder / f"{layer}.jpg", whole_picture(network, layer, pictures), quality=85)
        dead = [each.channel for each in pictures if each.dead]
        print(f"{layer}: {len(pictures)} channels, dead {dead}, {time.monotonic() - begun:.0f} s", flush=True)
    if options.classes:
        labels = np.linspace(0, len(network.labels) - 1, options.classes).astype(int)
        sheet = contact_sheet([class_tile(network, label) for label in labels], side=96, columns=5)
        write_image(folder / "classes.jpg", sheet, quality=85)


def whole_picture(network, layer, pictures):
    """Return four pictures in one: of living channels from the one that rose highest to the middle one."""
    order = sorted(pictures, key=lambda each: -each.activation)
    living = [each for each in order if not each.dead]
    chosen = [living[round(place)] for place in np.linspace(0, len(living) // 2, MIXED)]
    tiles = []
    for picture in chosen:
        for frame in visualize(network, f"{layer}:{picture.channel}", WHOLE, every=10_000):
            last = frame
        tiles.append(Tile(last.image))
    return contact_sheet(tiles, side=192, columns=2)


def class_tile(network, label):
    for frame in visualize(network, f"classes:{label}", WHOLE, every=10_000):
        last = frame
    return Tile(last.image, network.labels[label])


if __name__ == "__main__":
    main()
