"""Make the small pictures of the page: what each look of the compact network, and each layer, makes of the sky.

    python assets/make_faces.py

Writes `looks/<preset>.jpg`, the same part of `sky.jpg` dreamed with each preset, and `layers/compact/<layer>.jpg`,
dreamed with each layer alone, near the photo's colours; the classes have no picture of their own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the repository need not be installed

from deepdream import Recipe, dream, load_network, presets, read_image, write_image
from deepdream.images import resize

ASSETS = Path(__file__).parent
SIDE = 384  # dreamed at
SHOWN = 192  # kept at


def main() -> None:
    sky = read_image(ASSETS / "sky.jpg").pixels[150:630, 180:660]
    part = resize(sky, (SIDE, SIDE), "lanczos")
    for each in presets.PRESETS.values():
        if each.name.startswith("compact_"):
            save(part, each.recipe, ASSETS / "looks" / f"{each.name}.jpg")
    for layer in load_network("compact").layers:
        if layer.name != "classes":
            recipe = Recipe(layers=((layer.name, 1.0),), steps=12, smoothing=0.6, keep_colors=0.5, seed=1)
            save(part, recipe, ASSETS / "layers" / "compact" / f"{layer.name}.jpg")


def save(photo, recipe, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    for frame in dream(photo, recipe):  # noqa: B007  # the last one is kept
        pass
    write_image(path, resize(frame.image, (SHOWN, SHOWN), "lanczos"), recipe=recipe, quality=88)
    print(path.relative_to(ASSETS))


if __name__ == "__main__":
    main()
