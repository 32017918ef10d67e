"""Write a picture with its note inside, and never the photo's own notes, which hold the place where it was taken."""

import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from deepdream.errors import ImageError
from deepdream.images.metadata import KEY, note_of
from deepdream.images.photo import Photo, as_photo, to_uint8
from deepdream.recipe import Recipe
from deepdream.replacing import replacing

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


def write_image(
    path: str | os.PathLike[str],
    image: "Photo | np.ndarray",
    *,
    recipe: Recipe | None = None,
    record: Mapping[str, Any] | None = None,
    alpha: np.ndarray | None = None,
    quality: int = 92,
) -> None:
    """Write a picture as PNG, JPEG or WebP, by the path's ending, with the recipe and the run's record inside.

    image: (h, w, 3) in [0, 1], or a Photo, whose alpha is then the default of alpha. alpha: (h, w) in [0, 1], put back
    in PNG and WebP; JPEG has none. record: a small dict of JSON's types. quality: 1 to 100, for JPEG and WebP. A file
    is replaced only once it is whole.

    Raises:
        ImageError: an unknown ending, a folder that cannot be written to, or a picture too large for the format.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ImageError(f"{path.name!r} does not end in {', '.join(ENDINGS)}; the ending chooses the format.")
    photo = as_photo(image)
    alpha = alpha if alpha is not None else photo.alpha
    picture = _picture(photo.pixels, alpha if ending in (".png", ".webp") else None)
    note, (height, width) = note_of(recipe, record), photo.size
    write_whole(path, f"{width} x {height}", lambda file: _save(picture, file, ending, note=note, quality=quality))


def write_moving(
    path: Path,
    pictures: Sequence[np.ndarray],
    seconds: Sequence[float],
    *,
    recipe: Recipe | None = None,
    record: Mapping[str, Any] | None = None,
) -> None:
    """Write pictures (h, w, 3) in [0, 1] of one size as an animated WebP that repeats for ever, with the note inside.

    A GIF of the same would take six times as much room, and thirty times as long for its 256 colors. seconds: for
    which each is shown.

    Raises:
        ImageError: as `write_image`.
    """
    first, *others = [Image.fromarray(to_uint8(picture)) for picture in pictures]
    about: dict[str, Any] = {"duration": [round(1000 * each) for each in seconds], "loop": 0, "quality": 80}
    about |= {"save_all": True, "append_images": others, "exif": noted(note_of(recipe, record))}
    write_whole(path, f"{first.width} x {first.height}", lambda file: first.save(file, "WEBP", **about))


def encode_jpeg(image: np.ndarray, quality: int = 85) -> bytes:
    """Return a picture (h, w, 3) in [0, 1] as the bytes of a JPEG without notes: a frame for the page."""
    file = io.BytesIO()
    Image.fromarray(to_uint8(image)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def write_whole(path: Path, pixels: str, save: Callable[[BinaryIO], None]) -> None:
    """Write a file, which gets its name once it is whole; pixels: of its picture, for the message."""
    try:
        with replacing(path) as part, open(part, "xb") as file:
            save(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ImageError(f"{path.name!r} cannot be written: {reason}; the picture has {pixels} pixels.") from error


def _picture(pixels: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    picture = Image.fromarray(to_uint8(pixels))
    if alpha is None:
        return picture
    if alpha.shape != pixels.shape[:2]:
        raise ImageError(f"alpha has the shape {alpha.shape}, the picture {pixels.shape[:2]}; they must be equal.")
    picture.putalpha(Image.fromarray(to_uint8(alpha)))
    return picture


def _save(picture: Image.Image, file: BinaryIO, ending: str, *, note: str | None, quality: int) -> None:
    if ending == ".png":
        text = PngImagePlugin.PngInfo()
        if note is not None:
            text.add_text(KEY, note)
        # Level 6 takes five times as long for a twentieth of the size.
        picture.save(file, "PNG", compress_level=1, pnginfo=text)
        return
    exif = noted(note)
    if ending == ".webp":
        picture.save(file, "WEBP", quality=quality, exif=exif)
    else:
        picture.save(file, "JPEG", quality=quality, subsampling=0, exif=exif)  # dreams are full of fine color


def noted(note: str | None) -> Image.Exif:
    """Return the EXIF of a picture that holds a note."""
    exif = Image.Exif()
    if note is not None:  # UserComment; its first eight bytes name the character set
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + note.encode("ascii")
    return exif
