"""How soon the preview tells the truth: the correlation of its change with the finished dream's, second by second.

python -m benchmarks.preview PHOTO... [--presets NAME...] [--size 1024] [--seconds 2]

Both changes, dream minus photo, are shrunk to 256 pixels. "quick" is the picture while a slider moves; then the hand
rests, and the picture is taken so many seconds of the engine later. One line for each photo and preset.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from deepdream import preset
from deepdream.dreaming import dream
from deepdream.images import Photo, read_image, rescale, shrink
from deepdream.networks import load_network
from deepdream.presets.looks import LOOKS
from deepdream.web.server import beginnings
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.costs import Costs
from deepdream.web.server.previews import run_preview
from deepdream.web.server.scheduler import Turns

SIDE = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--presets", nargs="+", default=[each.name for each in LOOKS], metavar="NAME")
    parser.add_argument("--size", type=int, default=1024, help="pixels of the longer side (default: 1024)")
    parser.add_argument("--seconds", type=float, default=2.0, help="after the hand rests (default: 2)")
    options = parser.parse_args()
    beginnings.SECONDS = options.seconds
    found = []
    print("| photo | preset | quick | rested | octaves | whole dream, seconds |\n|---|---|---|---|---|---|")
    for name in options.presets:
        for path in options.photos:
            photo = shrink(read_image(path), options.size)
            quick, rested, octaves, seconds = measure(photo, name)
            found.append((quick, rested))
            print(f"| {path.stem} | {name} | {quick:.2f} | {rested:.2f} | {octaves} | {seconds:.1f} |", flush=True)
    quick, rested = np.array(found).T
    print(f"median {np.median(quick):.2f} quick, {np.median(rested):.2f} rested; least {rested.min():.2f} rested")


def measure(photo: Photo, name: str) -> tuple[float, float, str, float]:
    """Return the correlations of the quick preview and of the rested one, how far it came, and a whole dream's time."""
    recipe = preset(name)
    network = load_network(recipe.network)
    turns, costs = Turns(), Costs()
    about = {"network": network, "turns": turns}
    lent, planned = {"turn": turns.preview_step, "costs": costs}, costs.plan(recipe, photo.size)
    for _ in range(2):  # the first one compiles, and teaches the costs
        first = run_preview(photo, planned, **lent, network=network, stale=lambda: False)
    beginning = Beginning(photo, recipe, **about)
    beginning.go_on(lambda: False)  # compiles
    beginning, rested = Beginning(photo, recipe, **about), first
    while (picture := beginning.go_on(lambda: False)) is not None:
        rested = picture
    begun = time.perf_counter()
    *_, last = dream(photo, recipe, network=network, raw=True)
    seconds = time.perf_counter() - begun
    assert first is not None and rested is not None and beginning.frame is not None
    whole = change(last.image, photo)
    came = f"{beginning.frame.octave} of {beginning.frame.octaves}"
    return (
        correlation(change(first.image, photo), whole),
        correlation(change(rested.image, photo), whole),
        came,
        seconds,
    )


def change(image: np.ndarray, photo: Photo, side: int = SIDE) -> np.ndarray:
    """Return what a dream added, at `side` pixels of the longer side."""
    height, width = photo.size
    size = (round(height * side / max(photo.size)), round(width * side / max(photo.size)))
    return rescale(image, size) - rescale(photo.pixels, size)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return the correlation of two pictures' values."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


if __name__ == "__main__":
    main()
