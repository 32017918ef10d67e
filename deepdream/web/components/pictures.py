"""The small pictures that the page brings along: sample photos, and a face for each preset."""

import base64
import functools
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from deepdream.images import encode_jpeg
from deepdream.presets import PRESETS
from deepdream.web.files import publish

ASSETS = Path(__file__).parents[3] / "assets"
SAMPLES = ("sky", "cat", "coffee", "rocket")
THUMBNAIL = 168
FACES = Path(__file__).parents[1] / "static"  # within the package, so that an installed page has them too
PRESET_FACES = FACES / "looks"
LAYER_FACES = FACES / "layers"


@functools.cache
def samples() -> tuple[dict[str, Any], ...]:
    """Return the sample photos as {"name", "file", "picture"}; none where the assets are not at hand."""
    files = [ASSETS / f"{name}.jpg" for name in SAMPLES]
    return tuple({"name": file.stem, "file": file, "picture": thumbnail(file)} for file in files if file.is_file())


@functools.cache
def preset_chips() -> list[dict[str, Any]]:
    """Return the presets of the compact network for the chips; one without a picture gets colors of its own."""
    own = [each for each in PRESETS.values() if each.name.startswith("compact_")]
    return [
        {
            "name": each.name,
            "key": f"look.{each.name}",
            "title": each.title,
            "sentence": each.sentence,
            "family": each.family,
            "hue": 250 + round(index * 360 / len(own)),
            "picture": face(PRESET_FACES / each.name),
        }
        for index, each in enumerate(own)
    ]


def face(name: Path) -> str | None:
    """Return the address of the small picture of a look or a layer, or None where there is none."""
    file = name.with_suffix(".jpg")
    return thumbnail(file) if file.is_file() else None


def inline_jpeg(image: np.ndarray) -> str:
    """Return a small picture (h, w, 3) in [0, 1] as a data URL."""
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(image)).decode("ascii")


@functools.cache
def thumbnail(file: Path) -> str:
    """Return the address of a small square of a picture: a few kilobytes."""
    with Image.open(file) as picture:
        small = ImageOps.fit(picture.convert("RGB"), (THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return publish(buffer.getvalue(), ".jpg")
