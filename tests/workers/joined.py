"""A program that joins a cluster and dreams on it: says when the dream has begun, and whether it ended as it should."""

import sys

import numpy as np

from deepdream.recipe import Recipe
from deepdream.workers import Dream, open_workers

PHOTO = np.random.default_rng(5).integers(0, 256, (192, 256, 3), np.uint8)
RECIPE = Recipe(octaves=2, steps=60, layers=(("conv2", 1.0),), seed=4)

if __name__ == "__main__":
    workers, moves = open_workers(sys.argv[1]), []
    *_, wanted = open_workers().frames(Dream(PHOTO, RECIPE))
    frames = workers.frames(Dream(PHOTO, RECIPE), moved=lambda: moves.append(1))
    print("begun at step", [next(frames).step for _ in range(10)][-1], flush=True)
    *_, dreamed = frames
    print(f"moved {len(moves)}, equal {np.array_equal(dreamed.image, wanted.image)}", flush=True)
    workers.close()
