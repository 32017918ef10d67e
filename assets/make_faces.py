"""Make the small pictures of the page and the README: what each look, each preset and each layer makes of the sky.

    python assets/make_faces.py [NAME ...]

All dream on the same part of `sky.jpg` with the compact network. Writes for the page, within the package,
`looks/<preset>.jpg` for its own looks and `layers/compact/<layer>.jpg` for each layer alone, near the photo's colors
(the classes have no picture of their own); and for the README the sheets `looks.jpg` and `presets.jpg`, of the
published presets on this network. With names of looks it makes those and the looks' sheet alone.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the repository need not be installed

from deepdream import Recipe, dream, load_network, read_image, write_image
from deepdream.images import resize
from deepdream.inspection.contact_sheet import Cell, contact_sheet
from deepdream.presets.looks import LOOKS
from deepdream.presets.published import ON_COMPACT
from deepdream.web.components.pictures import LAYER_FACES, PRESET_FACES

ASSETS = Path(__file__).parent
SIDE = 384  # dreamed at
SHOWN = 192  # kept at


def main(names: list[str]) -> None:
    sky = read_image(ASSETS / "sky.jpg").pixels[150:630, 180:660]
    photo = resize(sky, (SIDE, SIDE), "lanczos")
    for each in LOOKS:
        if not names or each.name in names:
            save(dreamed(photo, each.recipe), each.recipe, PRESET_FACES / f"{each.name}.jpg")
    looks = [Cell(read_image(PRESET_FACES / f"{each.name}.jpg").pixels, each.title) for each in LOOKS]
    write_image(ASSETS / "readme" / "looks.jpg", contact_sheet(looks, side=SHOWN, columns=6), quality=80)
    if not names:
        make_presets(photo)
        make_layers(photo)


def make_presets(photo):
    tiles = [Cell(photo, "the photo"), *(Cell(dreamed(photo, each.recipe), each.name) for each in ON_COMPACT)]
    write_image(ASSETS / "readme" / "presets.jpg", contact_sheet(tiles, side=224, columns=6), quality=80)


def make_layers(photo):
    for layer in load_network("compact").layers:
        if layer.name != "classes":
            recipe = Recipe(layers=((layer.name, 1.0),), steps=12, smoothing=0.6, keep_colors=0.5, seed=1)
            save(dreamed(photo, recipe), recipe, LAYER_FACES / "compact" / f"{layer.name}.jpg")


def dreamed(photo, recipe):
    for frame in dream(photo, recipe):  # noqa: B007  # the last one counts
        pass
    print(f"{frame.seconds:5.1f} s  {recipe}")
    return frame.image


def save(picture, recipe, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, resize(picture, (SHOWN, SHOWN), "lanczos"), recipe=recipe, quality=88)


if __name__ == "__main__":
    main(sys.argv[1:])
