"""Films as pictures: animated WebP, AVIF and GIF, or a folder of PNG files."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from html import escape, unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from deepdream.errors import DreamError, ImageError
from deepdream.film.film import Film
from deepdream.film.reel import Segment
from deepdream.images import read_record, write_image
from deepdream.images.writing import noted, write_whole
from deepdream.settings.json_text import MAX_JSON

ENDINGS = (".webp", ".avif", ".gif")
QUALITY = {".webp": 80, ".avif": 70}
GIF_FPS = 50  # of pictures that stay for two hundredths of a second, the least that browsers keep to


def write_animation(segments: Sequence[Segment], path: Path, fps: float, *, note: str, quality: int | None) -> None:
    """Write lossless segments as one animated picture that repeats for ever; it gets its name once it is whole.

    Raises:
        ImageError: Pillow cannot write this kind here.
    """
    ending = path.suffix.lower()
    kind = Image.registered_extensions().get(ending)
    if kind is None:
        raise ImageError(f"this Pillow cannot write {ending}; allowed: {', '.join(ENDINGS)}.")
    pictures = (Image.fromarray(picture) for picture in lossless_pictures(segments))
    first = next(pictures)
    about: dict[str, Any] = {"save_all": True, "append_images": pictures, "loop": 0}
    about |= {"duration": _durations(segments[-1].end, fps, ending), **_about(ending, note, quality)}
    write_whole(path, f"{first.width} x {first.height}", lambda file: first.save(file, kind, **about))


def write_pictures(segments: Sequence[Segment], folder: Path, film: Film) -> None:
    """Write lossless segments as PNG files 00000.png, 00001.png, ... with the film in each of them; those of a longer
    film that was there go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(lossless_pictures(segments)):
        write_image(folder / f"{index:05d}.png", picture, recipe=film.recipe, record={"film": film.to_dict()})
    for path in folder.glob("[0-9]" * 5 + "*.png"):
        if path.stem.isdecimal() and int(path.stem) >= segments[-1].end and _is_of_film(path):
            path.unlink()


def _is_of_film(path: Path) -> bool:
    with suppress(DreamError):
        return "film" in read_record(path)
    return False


def lossless_pictures(segments: Sequence[Segment]) -> Iterator[np.ndarray]:
    """Return the pictures of lossless segments, (h, w, 3) uint8."""
    for segment in segments:
        with av.open(str(segment.path)) as container:
            for frame in container.decode(container.streams.video[0]):
                yield frame.to_ndarray(format="rgb24")


def wrapped(note: str) -> bytes:
    """Return a note as the XMP of a picture."""
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><note>{escape(note)}</note></x:xmpmeta>'.encode("ascii")


def unwrapped(xmp: bytes) -> str:
    """Return the note in a picture's XMP; "" where there is none."""
    match = re.search(r"<note>(.*?)</note>", xmp[: 4 * MAX_JSON].decode("utf-8", "replace"), re.DOTALL)
    return unescape(match[1]) if match is not None else ""


def _durations(count: int, fps: float, ending: str) -> list[int]:
    """Return milliseconds of each picture, such that their sum stays true; a GIF counts hundredths."""
    unit = 10 if ending == ".gif" else 1
    times = [unit * round(1000 * index / fps / unit) for index in range(count + 1)]
    return [later - earlier for earlier, later in pairwise(times)]


def _about(ending: str, note: str, quality: int | None) -> dict[str, Any]:
    if ending == ".gif":
        return {"comment": note.encode("ascii"), "optimize": False}
    kept = {"xmp": wrapped(note)} if ending == ".avif" else {"exif": noted(note)}  # Pillow leaves out an AVIF's EXIF
    return {"quality": quality if quality is not None else QUALITY[ending], **kept}
