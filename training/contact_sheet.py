"""Dream several photos with several networks and presets, on one sheet to look at: a network is judged by its dreams.

    python -m training.contact_sheet PHOTO... --networks start.npz robust.npz --presets compact_default -o sheet.jpg

The photos come first; then a row for each other network and look, and a row for each preset on the shipped network.
Where another network lacks a layer, the deepest one that it has before that stands in.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from deepdream import Recipe, dream, load_network, preset, read_image
from deepdream.images import resize
from deepdream.networks import Network
from deepdream.networks.compact import ROWS

CAPTION = 18  # pixels


def main() -> None:
    """Read the command line, dream, write the sheet."""
    arguments = _arguments()
    photos = [_fitted(read_image(path).pixels, arguments.side) for path in arguments.photos]
    rows = [("photo", photos)]
    rows += [
        (Path(file).stem, _dreams(photos, preset(name), file))
        for file in arguments.networks
        for name in arguments.looks
    ]
    rows += [(name, _dreams(photos, preset(name), None)) for name in arguments.presets]
    sheet(rows).save(arguments.output, quality=90)


def sheet(rows: list[tuple[str, list[np.ndarray]]]) -> Image.Image:
    """Return a picture of rows of pictures, (h, w, 3) in [0, 1], each row under its caption; columns line up."""
    widths = [
        max(picture.shape[1] for picture in column) for column in zip(*(pictures for _, pictures in rows), strict=True)
    ]
    heights = [max(picture.shape[0] for picture in pictures) + CAPTION for _, pictures in rows]
    canvas = Image.new("RGB", (sum(widths), sum(heights)), "white")
    pen = ImageDraw.Draw(canvas)
    for (caption, pictures), top in zip(rows, np.cumsum([0, *heights]), strict=False):
        pen.text((4, int(top) + 3), caption, fill="black")
        for picture, left in zip(pictures, np.cumsum([0, *widths]), strict=False):
            canvas.paste(Image.fromarray(np.uint8(picture * 255 + 0.5)), (int(left), int(top) + CAPTION))
    return canvas


def _dreams(photos: list[np.ndarray], recipe: Recipe, weights: str | None) -> list[np.ndarray]:
    network = load_network("compact", weights=weights)
    recipe = recipe.replace(layers=tuple((_held(network, name), weight) for name, weight in recipe.layers))
    return [_last(dream(photo, recipe, network=network)) for photo in photos]


def _held(network: Network, target: str) -> str:
    """Return the target itself, or on the deepest layer of the network up to it: older weights lack some layers."""
    layer, colon, channel = target.partition(":")
    names = [name for name, *_ in ROWS]
    held = {each.name for each in network.layers}
    return next(name for name in reversed(names[: names.index(layer) + 1]) if name in held) + colon + channel


def _last(frames) -> np.ndarray:
    *_, last = frames
    return last.image


def _fitted(picture: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(picture.shape[:2])
    return resize(picture, (round(picture.shape[0] * scale), round(picture.shape[1] * scale)), "lanczos")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    parser.add_argument(
        "--networks", nargs="*", default=[], metavar="NPZ", help="further weights for the compact network"
    )
    parser.add_argument(
        "--looks", nargs="*", default=["compact_default"], metavar="PRESET", help="presets for the further networks"
    )
    parser.add_argument(
        "--presets", nargs="*", default=["compact_default"], metavar="PRESET", help="presets for the shipped network"
    )
    parser.add_argument("--side", type=int, default=384, help="longer side of each picture in pixels")
    parser.add_argument("-o", "--output", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
