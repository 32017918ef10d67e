"""Measure the memory and time of a whole dream on a large photo, through the command line, in a process of its own.

    python benchmarks/large_photo.py [--megapixels 12] [further options of `deepdream dream`]

The photo is `assets/sky.jpg` enlarged to 4:3 with that many megapixels. Prints the seconds from start to written file
and the most memory that was resident (GNU time's maximum resident set size). Not for Windows, which does not tell.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure memory and time of a dream on a large photo.")
    parser.add_argument("--megapixels", type=float, default=12.0)
    options, further = parser.parse_known_args()
    height = round((options.megapixels * 1e6 * 3 / 4) ** 0.5)
    size = (round(height * 4 / 3), height)
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder, "photo.jpg")
        Image.open(ROOT / "assets" / "sky.jpg").resize(size, Image.Resampling.BICUBIC).save(photo, quality=92)
        command = [sys.executable, "-m", "deepdream", "dream", photo, "-o", Path(folder, "dream.jpg"), *further]
        begun = time.monotonic()
        subprocess.run(command, check=True, cwd=ROOT)
        seconds = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    gibibytes = peak / 2**30 if sys.platform == "darwin" else peak / 2**20  # macOS counts bytes, Linux KiB
    print(f"{size[0]} x {size[1]} pixels: {seconds:.0f} s, {gibibytes:.2f} GiB at most, on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
