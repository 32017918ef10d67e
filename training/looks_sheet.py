"""Dream all looks on several photos at several sizes: sheets to look at, and the figures of each look.

    python -m training.looks_sheet PHOTO... --sizes 512 2048 -o FOLDER

Writes FOLDER/looks-SIZE.jpg, a row a look, and prints for each look the means over the photos of what `calm` measures
at the first size, and, with several sizes, the least and the mean agreement of the first with each other. A photo is
brought to a size by Lanczos, also where that enlarges it.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from deepdream import Recipe, dream, preset, read_image
from deepdream.presets.looks import LOOKS
from training.calm import agreement, measure
from training.contact_sheet import sheet

SHOWN = 256  # longer side on the sheet

Row = tuple[str, list[np.ndarray]]


def main() -> None:
    """Read the command line; dream, print and write."""
    given = _arguments()
    given.output.mkdir(parents=True, exist_ok=True)
    photos = {side: [_fitted(read_image(path).pixels, side) for path in given.photos] for side in given.sizes}
    rows: dict[int, list[Row]] = {side: [("photo", [_fitted(each, SHOWN) for each in photos[side]])] for side in photos}
    for name, dreams in dream_all(given.looks, photos, given.precision):
        print(json.dumps({"look": name} | figures(photos, dreams)), flush=True)
        for side, pictures in dreams.items():
            rows[side].append((name, [_fitted(each, SHOWN) for each in pictures]))
            sheet(rows[side]).save(given.output / f"looks-{side}.jpg", quality=88)


def dream_all(
    names: list[str], photos: dict[int, list[np.ndarray]], precision: str
) -> Iterator[tuple[str, dict[int, list[np.ndarray]]]]:
    """Yield each look's name and its dreams, by size."""
    for name in names:
        yield (
            name,
            {side: [_last(each, preset(name), precision) for each in of_size] for side, of_size in photos.items()},
        )


def figures(photos: dict[int, list[np.ndarray]], dreams: dict[int, list[np.ndarray]]) -> dict[str, float]:
    """Return the means of a look's figures at the first size, and how far the other sizes agree with it."""
    first, *others = photos
    measured = [measure(*pair) for pair in zip(photos[first], dreams[first], strict=True)]
    means = {name: round(float(np.mean([each[name] for each in measured])), 3) for name in measured[0]}
    for side in others:
        agreed = [_agreement(photos, dreams, index, (first, side)) for index in range(len(measured))]
        means |= {
            f"least_agreement_{side}": round(min(agreed), 3),
            f"agreement_{side}": round(float(np.mean(agreed)), 3),
        }
    return means


def _agreement(
    photos: dict[int, list[np.ndarray]], dreams: dict[int, list[np.ndarray]], index: int, sides: tuple[int, int]
) -> float:
    return agreement([dreams[side][index] - photos[side][index] for side in sides])


def _last(photo: np.ndarray, recipe: Recipe, precision: str) -> np.ndarray:
    *_, frame = dream(photo, recipe, every=10_000, precision=precision)
    return frame.image


def _fitted(picture: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(picture.shape[:2])
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    cut = Image.fromarray(np.uint8(np.clip(picture, 0, 1) * 255 + 0.5))
    return np.asarray(cut.resize(size, Image.Resampling.LANCZOS), np.float32) / 255


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--sizes", nargs="+", type=int, default=[512, 2048], metavar="SIDE", help="longer sides")
    parser.add_argument("--looks", nargs="+", default=[each.name for each in LOOKS], metavar="PRESET")
    parser.add_argument("--precision", default="auto", choices=("auto", "fp32", "bf16"))
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    return parser.parse_args()


if __name__ == "__main__":
    main()
