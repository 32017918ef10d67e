"""How like its painting a preview is: the correlation of their changes at 128 pixels, and the preview's seconds.

python -m benchmarks.style_preview PHOTO... --styles STYLE... [--size 512]

Both changes, picture minus photo, are shrunk. One line for each photo and style.
"""

import argparse
import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.preview import change, correlation
from deepdream.images import Photo, read_image, shrink
from deepdream.networks import load_network
from deepdream.style.paint import stylize
from deepdream.style.settings import STYLE_PRESETS
from deepdream.web.rooms.style.previews import run_style_preview
from deepdream.web.server.costs import Costs
from deepdream.web.server.scheduler import Turns

SIDE = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--styles", nargs="+", type=Path, required=True, metavar="STYLE")
    parser.add_argument("--size", type=int, default=512, help="pixels of the longer side (default: 512)")
    options = parser.parse_args()
    lent, found = {"turn": Turns().preview_step, "costs": Costs()}, []
    print("| photo | style | correlation | preview, seconds | painting, seconds |\n|---|---|---|---|---|")
    for path, style in itertools.product(options.photos, options.styles):
        photo = shrink(read_image(path), options.size)
        correlated, quick, whole = measure(lent, photo, read_image(style).pixels)
        found.append(correlated)
        print(f"| {path.stem} | {style.stem} | {correlated:.2f} | {quick:.2f} | {whole:.1f} |", flush=True)
    print(f"mean {np.mean(found):.2f}, least {min(found):.2f}, most {max(found):.2f}")


def measure(lent: dict[str, Any], photo: Photo, style: np.ndarray) -> tuple[float, float, float]:
    """Return the correlation, and the seconds of a preview and of the painting."""
    settings = STYLE_PRESETS["compact"].replace(size=max(photo.size))
    about = {"styles": [style], "shares": [1.0], "network": load_network("compact"), "stale": lambda: False}
    begun = time.perf_counter()
    *_, last = stylize(photo, style, settings, raw=True)
    whole = time.perf_counter() - begun
    for _ in range(2):  # the first one compiles, and teaches the costs
        begun = time.perf_counter()
        quick = run_style_preview(photo, settings, **lent, **about)
        seconds = time.perf_counter() - begun
    changes = [change(image, photo, SIDE) for image in (quick.image, last.image)]
    return correlation(*changes), seconds, whole


if __name__ == "__main__":
    main()
