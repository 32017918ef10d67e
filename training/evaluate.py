"""Measure an exported network on the 10,000 validation pictures: clean, and against shifts of L2 size 0.6 and 1.5.

    python -m training.evaluate deepdream/networks/compact.npz --archive tiny-imagenet-200.zip --record

Pictures are 64 x 64, RGB on -1..1, not clipped after a shift. A shift starts at an even random share of its size in a
random direction, then takes seven steps of 2.5 * size / 7 along the gradient of the cross entropy (scaled to unit L2
norm for each picture), projected back to the size after each. One start, seed 0. Accuracy is top-1 after the last step.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

# Before Keras is imported, which reads it once.
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

from training.data import Pictures, load_pictures
from training.export import load_exported
from training.model import ARCHITECTURES
from training.train import measure_accuracy, prepare_keras

SHIFTS = (0.6, 1.5)


def evaluate(model: keras.Model, pictures: Pictures, *, shifts: tuple[float, ...] = SHIFTS) -> dict[str, float]:
    """Return top-1 accuracy in [0, 1]: "clean", and "shifted_<size>" for each size."""
    measured = {"clean": measure_accuracy(model, pictures, shift=0.0)}
    return measured | {f"shifted_{size}": measure_accuracy(model, pictures, shift=size) for size in shifts}


def main() -> None:
    """Measure from the command line, print the accuracy, and keep it beside the network if asked."""
    given = _parse()
    prepare_keras(given.precision)
    with tempfile.TemporaryDirectory() as made:
        valid = load_pictures("valid", archive=given.archive, cache=given.cache or Path(made)).first(given.first)
        measured = evaluate(load_exported(given.network, architecture=given.architecture), valid)
    measured |= {"pictures": len(valid), "precision": given.precision}
    print(json.dumps(measured))
    if given.record:
        beside = given.network.with_suffix(".json")
        beside.write_text(json.dumps(json.loads(beside.read_text()) | {"accuracy": measured}, indent=2) + "\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path, help="exported npz")
    parser.add_argument("--archive", type=Path, required=True, help="tiny-imagenet-200.zip")
    parser.add_argument("--cache", type=Path, help="folder of decoded pictures, kept; none by default")
    parser.add_argument("--architecture", default="compact", choices=sorted(ARCHITECTURES))
    parser.add_argument("--precision", default="float32", choices=("float32", "mixed_bfloat16"))
    parser.add_argument("--first", type=int, default=10_000, help="measure on the first pictures only")
    parser.add_argument("--record", action="store_true", help="write the accuracy into the JSON beside the network")
    return parser.parse_args()


if __name__ == "__main__":
    main()
