"""Count how often a network, and an independent judge, name the pictures that the network's classes want to see.

    python -m training.name_classes --judge judge.npz [--labels 20] [--seed 1] [--sheet classes.png]

Each picture is grown from noise by the package's own visualization (Fourier image, changing views) and shown to the
network as it is and to the judge at 64 x 64, which both were trained on. The judge shares no weights, no seed and no
architecture with the network, so it cannot be fooled by what only this network's weights answer to.
"""

import argparse
import os
from pathlib import Path

# Before Keras is imported, which reads it once: the package dreams on TensorFlow.
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

from deepdream import load_network, visualize, write_image
from deepdream.images import resize
from deepdream.inspection.contact_sheet import Cell, contact_sheet
from deepdream.inspection.views import top_classes
from deepdream.visualization.presets import PORTRAIT_PRESETS
from training.export import load_exported

SIDE = 64  # pixels, of the pictures that the judge was trained on


def main() -> None:
    """Grow the pictures, print who names which, and how many."""
    given = _parse()
    network = load_network("compact")
    judge = load_exported(given.judge, architecture="judge")
    chosen = np.random.default_rng(given.seed).choice(len(network.labels), given.labels, replace=False)
    own, judged, tiles = 0, 0, []
    for label in chosen:
        *_, frame = visualize(network, f"classes:{label}", PORTRAIT_PRESETS["soft"], every=10_000)
        wished = network.labels[label]
        said = top_classes(frame.image, network, k=1, side=frame.image.shape[0])[0][0]
        ruled = network.labels[_named(judge, frame.image)]
        own, judged = own + (said == wished), judged + (ruled == wished)
        tiles.append(Cell(frame.image, f"{wished} / {ruled}"))
        print(f"{wished}: the network says {said}, the judge {ruled}", flush=True)
    print(f"of {len(chosen)}: the network names {own}, the judge {judged}")
    if given.sheet is not None:
        write_image(given.sheet, contact_sheet(tiles, side=160, columns=5))


def _named(judge: keras.Model, image: np.ndarray) -> int:
    x = resize(image, (SIDE, SIDE), "lanczos") * 2 - 1  # RGB on -1..1
    return int(np.argmax(judge(x[None], training=False)))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True, help="the judge, exported")
    parser.add_argument("--labels", type=int, default=20, help="how many classes, drawn by the seed (default: 20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheet", type=Path, help="write the pictures too, each with its class and the judge's word")
    return parser.parse_args()


if __name__ == "__main__":
    main()
