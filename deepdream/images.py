"""Read, write and resize pictures; everything here is float32 RGB in [0, 1], (h, w, 3), and no TensorFlow.

Reading checks a file's header before it decodes anything. Writing puts the recipe inside the file and never the
photo's own notes, which hold the place where it was taken.
"""

import io
import json
import math
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from deepdream.errors import ImageError, RecipeError, shown
from deepdream.json_text import MAX_JSON, parse_json
from deepdream.recipe import Recipe

Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
MAX_BYTES = 512 * 2**20  # of a file; 40 megapixels of 16-bit RGBA without compression are 320 MB
MAX_MEGAPIXELS = 40.0
RESIZES = ("bilinear", "zoom", "lanczos")
_KEY = "deepdream"
_BLOCK = 2**17  # numbers worked on at a time, half a megabyte: fits the cache, and no second picture is held


@dataclass(frozen=True, eq=False)
class Photo:
    """Hold a photo that was read, upright and in sRGB.

    pixels: float32 RGB in [0, 1], (h, w, 3). alpha: float32 in [0, 1], (h, w), 1 is opaque; None when all of it is.
    """

    pixels: np.ndarray  # (h, w, 3)
    alpha: np.ndarray | None = None  # (h, w)

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def as_photo(image: "Photo | np.ndarray") -> Photo:
    """Take a photo as it is, or make one of an array: (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), uint8 or float in [0,
    1].

    Raises:
        ImageError: another shape or type, no pixels, or values that are not finite or outside [0, 1].
    """
    if isinstance(image, Photo):
        return image
    array = np.asarray(image)
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise ImageError(
            f"a picture is an array (h, w, 3), received the shape {np.shape(image)}; leave out a batch axis."
        )
    if array.dtype == np.uint8:
        array = np.divide(array, 255, dtype=np.float32)
    elif array.dtype.kind != "f":
        raise ImageError(f"a picture is uint8 in 0..255 or float in 0..1, received {array.dtype}.")
    low, high = float(array.min()), float(array.max())
    if not (low >= -1e-3 and high <= 1.001):  # also true for NaN
        raise ImageError(f"a float picture lies in 0..1, received {low:g} to {high:g}; divide 0..255 by 255.")
    return _photo(np.clip(array, 0.0, 1.0).astype(np.float32, copy=False))


def read_image(source: Source, *, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Read a photo from a path, bytes or an open binary file: upright, sRGB, alpha aside, the first frame of an
    animation.

    JPEG, PNG, WebP, GIF, BMP and TIFF; HEIC with the extra `deepdream[heic]`, AVIF where Pillow has it. Grey, palette,
    CMYK and 16 bits are converted. The size is limited from the header, before anything is decoded.

    Raises:
        ImageError: no such file, not a picture, damaged, or larger than `max_megapixels`.
    """
    name = _name_of(source)
    with _opened(source, name) as image:
        width, height = image.size
        if width * height > max_megapixels * 1e6:
            raise ImageError(
                f"{name} has {width} x {height} pixels, that is {width * height / 1e6:.1f} megapixels; allowed: "
                f"{max_megapixels:g}. Make it smaller, or raise the limit."
            )
        with _explained(name):
            image.load()
            return _photo(_upright(_decoded(image), _orientation(image)))


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
    note = _note(recipe, record)
    temporary = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with open(temporary, "xb") as file:
            _save(picture, file, ending, note=note, quality=quality)
        os.replace(temporary, path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ImageError(
            f"{path.name!r} cannot be written: {reason}; the picture has {photo.size[1]} x {photo.size[0]} pixels."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def read_recipe(source: Source) -> Recipe:
    """Read the recipe in a picture that `write_image` wrote, or in a JSON file.

    Raises:
        ImageError: the file cannot be read, or is a picture without a recipe.
        RecipeError: it holds a recipe that is not allowed.
    """
    name = _name_of(source)
    notes = _read_notes(source, name)
    if not isinstance(notes, dict) or ("recipe" in notes and notes["recipe"] is None):
        raise ImageError(f"{name} holds no recipe.")
    return Recipe.from_dict(notes.get("recipe", notes))


def read_record(source: Source) -> dict[str, Any]:
    """Read the record of the run in a picture that `write_image` wrote; {} when there is none.

    Raises:
        ImageError: the file cannot be read, or is a picture without a recipe.
    """
    notes = _read_notes(source, _name_of(source))
    record = notes.get("record") if isinstance(notes, dict) else None
    return record if isinstance(record, dict) else {}


def encode_jpeg(image: np.ndarray, quality: int = 85) -> bytes:
    """Return a picture (h, w, 3) in [0, 1] as the bytes of a JPEG without notes: a frame for the page."""
    file = io.BytesIO()
    Image.fromarray(to_uint8(image)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Return a picture in [0, 1] as uint8 in 0..255, rounded; values outside are clipped. Any shape."""
    result = np.empty(image.shape, np.uint8)
    for rows in row_blocks(image.shape):
        block = np.clip(image[rows], 0.0, 1.0)
        block *= 255.0
        result[rows] = np.rint(block, out=block)
    return result


def resize(image: np.ndarray, size: tuple[int, int], method: str = "bilinear") -> np.ndarray:
    """Resize (h, w) or (h, w, c), any number of channels, to `size` = (height, width); always a new float32 array.

    "bilinear": half-pixel centers and no antialias, as tf.image.resize. "zoom": first and last pixels stay at the
    edges, as scipy.ndimage.zoom of order 1. "lanczos": clipped to [0, 1], cut to 8 bits, Pillow's Lanczos, as in
    Pedersen's tutorial; it shrinks without aliasing.

    Raises:
        ImageError: an unknown method or a size below 1 x 1.
    """
    if method not in RESIZES:
        raise ImageError(f"{shown(method)} is not a way to resize; allowed: {', '.join(RESIZES)}.")
    if min(size) < 1:
        raise ImageError(f"a picture cannot have the size {size[0]} x {size[1]}; each side is at least 1.")
    if method == "lanczos":
        return _resized_by_pillow(image, size)
    if tuple(image.shape[:2]) == tuple(size):
        return np.array(image, np.float32)
    return _interpolated(image, _Axis.of(image.shape[0], size[0], method), _Axis.of(image.shape[1], size[1], method))


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut a picture's rows into slices of about a million numbers, for work that must not need a second picture's
    memory."""
    height = max(1, _BLOCK // max(1, math.prod(shape[1:])))
    for top in range(0, shape[0], height):
        yield slice(top, top + height)


# Resizing


@dataclass(frozen=True)
class _Axis:
    """Hold, for each new row or column, the two old ones it lies between, and how far it is towards the second."""

    low: np.ndarray  # (new,) indices
    high: np.ndarray  # (new,) indices
    share: np.ndarray  # (new,) float32

    @classmethod
    def of(cls, old: int, new: int, method: str) -> "_Axis":
        if method == "zoom":
            place = np.arange(new) * ((old - 1) / max(new - 1, 1))
        else:
            place = (np.arange(new) + 0.5) * (old / new) - 0.5
        place = np.clip(place, 0, old - 1)
        low = np.floor(place).astype(np.intp)
        return cls(low, np.minimum(low + 1, old - 1), (place - low).astype(np.float32))


def _interpolated(image: np.ndarray, rows: _Axis, columns: _Axis) -> np.ndarray:
    """Interpolate blocks of rows, first down and then across, so that no second picture is held."""
    result = np.empty((len(rows.low), len(columns.low), *image.shape[2:]), np.float32)
    share = columns.share.reshape(-1, *[1] * (image.ndim - 2))
    widest = (len(rows.low), max(image.shape[1], len(columns.low)), *image.shape[2:])
    for block in row_blocks(widest):
        down = _mixed(
            image[rows.low[block]], image[rows.high[block]], rows.share[block].reshape(-1, *[1] * (image.ndim - 1))
        )
        result[block] = _mixed(np.take(down, columns.low, axis=1), np.take(down, columns.high, axis=1), share)
    return result


def _mixed(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return first + share * (second - first), in the memory of `second`; exact where both are equal."""
    second = second.astype(np.float32, copy=False)
    second -= first
    second *= share
    second += first
    return second


def _resized_by_pillow(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    cut = _cut_to_8_bits(image)
    channels = [cut] if image.ndim == 2 else [cut[..., k] for k in range(image.shape[2])]
    result = np.empty((*size, len(channels)), np.float32)
    for k, channel in enumerate(channels):
        small = Image.fromarray(np.ascontiguousarray(channel)).resize((size[1], size[0]), Image.Resampling.LANCZOS)
        np.divide(np.asarray(small), 255, out=result[..., k], dtype=np.float32)
    return result.reshape(*size, *image.shape[2:])


def _cut_to_8_bits(image: np.ndarray) -> np.ndarray:
    """Cut, not round, as the tutorial's astype does; k / 255 in float32 gives back k for every k."""
    result = np.empty(image.shape, np.uint8)
    for rows in row_blocks(image.shape):
        result[rows] = np.clip(image[rows], 0.0, 1.0) * np.float32(255.0)
    return result


# Reading


def _name_of(source: Source) -> str:
    """Name a source in a message: the file's own name, never the folders of a server."""
    if isinstance(source, (str, os.PathLike)):
        return shown(Path(source).name or str(source))
    return "the picture"


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into an ImageError."""
    try:
        yield
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"{name} is too large a picture to be opened.") from None
    except MemoryError:
        raise ImageError(f"{name} needs more memory than there is; make it smaller.") from None
    except (
        Exception
    ) as error:  # decoders raise nearly anything on damaged files: OSError, SyntaxError, struct.error, KeyError ...
        raise ImageError(f"{name} is damaged or cut off: {str(error)[:100] or type(error).__name__}.") from error


@contextmanager
def _opened(source: Source, name: str) -> Iterator[Image.Image]:
    """Open a picture's header; only formats that are allowed, and only files that are not too long."""
    with _stream(source, name) as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        if length == 0:
            raise ImageError(f"{name} is empty.")
        if length > MAX_BYTES:
            raise ImageError(f"{name} has {length / 2**20:.0f} MiB; allowed: {MAX_BYTES / 2**20:.0f} MiB.")
        formats = (*FORMATS, *_extra_formats(file.read(32), name))
        file.seek(0)
        try:
            with _explained(name):
                image = Image.open(file, formats=formats)
        except ImageError as error:
            if isinstance(error.__cause__, Image.UnidentifiedImageError):
                raise ImageError(f"{name} is not a picture that can be read; allowed: {', '.join(formats)}.") from None
            raise
        with image:
            yield image


@contextmanager
def _stream(source: Source, name: str) -> Iterator[BinaryIO]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source)
        try:
            if path.is_dir():
                raise ImageError(f"{name} is a folder, not a picture.")
            if path.exists() and not path.is_file():
                raise ImageError(f"{name} is not a plain file.")
            file = open(path, "rb")  # noqa: SIM115  # closed below; its errors are told apart from the reader's
        except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file's name"
            raise ImageError(f"{name} cannot be opened: {reason}.") from None
        with file:
            yield file
    elif source.seekable():
        yield source
    else:
        yield io.BytesIO(source.read(MAX_BYTES + 1))


def _extra_formats(head: bytes, name: str) -> tuple[str, ...]:
    """Allow HEIC where the extra is installed and AVIF where Pillow can, but only for files that say they are that."""
    if head[4:8] != b"ftyp":
        return ()
    if head[8:12] in (b"avif", b"avis"):
        return ("AVIF",) if "AVIF" in Image.registered_extensions().values() else ()
    if head[8:12] not in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"):
        return ()
    try:
        import pillow_heif
    except ImportError:
        raise ImageError(
            f"{name} is a HEIC photo; to read these: pip install 'deepdream[heic]'. Or save it as JPEG."
        ) from None
    pillow_heif.register_heif_opener()
    return ("HEIF",)


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8; 1 when there is none or the notes are broken."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken notes are no reason to refuse a photo
        return 1
    return value if value in range(1, 9) else 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo EXIF's orientation: 2 mirrors, 3 turns by 180 degrees, 4 flips, 5 to 8 swap the axes first."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _decoded(image: Image.Image) -> np.ndarray:
    """Return a loaded picture as float32 (h, w, 3) or, with transparency, (h, w, 4)."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep_grey(image)
    transparent = image.has_transparency_data
    if image.mode in ("P", "PA", "1", "La", "RGBa") or (transparent and image.mode not in ("RGBA", "LA")):
        profile = image.info.get("icc_profile")
        image = image.convert("RGBA" if transparent else "RGB")
        image.info["icc_profile"] = profile
    color = _to_srgb(image)
    if not transparent:
        return np.divide(np.asarray(color), 255, dtype=np.float32)
    alpha = np.asarray(image.getchannel("A"))
    return np.divide(np.dstack([np.asarray(color), alpha]), 255, dtype=np.float32)


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert the color channels to RGB in sRGB; a profile that is broken or does not fit is ignored."""
    color = image.convert("RGB") if image.mode == "RGBA" else image.convert("L") if image.mode == "LA" else image
    profile = image.info.get("icc_profile")
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(given).lower():
                converted = ImageCms.profileToProfile(color, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
                color = converted if converted is not None else color
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return color if color.mode == "RGB" else color.convert("RGB")


def _from_deep_grey(image: Image.Image) -> np.ndarray:
    """Scale grey of 12, 16 or 32 bits or of floats to [0, 1]; Pillow itself would cut it all to white."""
    grey = np.asarray(image).astype(np.float32)
    if not np.isfinite(grey).all():
        raise ValueError("it holds values that are not numbers")
    highest = float(grey.max())
    tags = getattr(image, "tag_v2", {})
    if image.mode == "F":
        white = next((each for each in (1.0, 255.0, 65535.0) if highest <= each), highest)
    elif 258 in tags:  # BitsPerSample of a TIFF
        white = float(2 ** int(tags[258][0]) - 1)
    else:
        white = 65535.0
    grey = np.clip(grey / np.float32(white), 0.0, 1.0)
    key = image.info.get("transparency")
    if isinstance(key, int):
        alpha = np.not_equal(np.asarray(image), key).astype(np.float32)
        return np.dstack([grey, grey, grey, alpha])
    return np.dstack([grey] * 3)


def _photo(array: np.ndarray) -> Photo:
    """Make a photo of float32 (h, w, 1 | 3 | 4)."""
    pixels = np.ascontiguousarray(array[..., :3] if array.shape[2] > 1 else np.repeat(array, 3, axis=2))
    alpha = np.ascontiguousarray(array[..., 3]) if array.shape[2] == 4 else None
    return Photo(pixels, alpha if alpha is not None and alpha.min() < 1.0 else None)


# Writing, and the note inside a file


def _picture(pixels: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    picture = Image.fromarray(to_uint8(pixels))
    if alpha is None:
        return picture
    if alpha.shape != pixels.shape[:2]:
        raise ImageError(f"alpha has the shape {alpha.shape}, the picture {pixels.shape[:2]}; they must be equal.")
    picture.putalpha(Image.fromarray(to_uint8(alpha)))
    return picture


def _note(recipe: Recipe | None, record: Mapping[str, Any] | None) -> str | None:
    if recipe is None and record is None:
        return None
    about = {
        _KEY: 1,
        "recipe": recipe.to_dict() if recipe is not None else None,
        "record": dict(record) if record is not None else {},
    }
    text = json.dumps(about)
    if len(text) > MAX_JSON:
        raise ImageError(
            f"the recipe and the record have {len(text)} characters; a picture holds {MAX_JSON}. Shorten the record."
        )
    return text


def _save(picture: Image.Image, file: BinaryIO, ending: str, *, note: str | None, quality: int) -> None:
    if ending == ".png":
        text = PngImagePlugin.PngInfo()
        if note is not None:
            text.add_text(_KEY, note)
        picture.save(
            file, "PNG", compress_level=1, pnginfo=text
        )  # level 6 takes five times as long for a twentieth of the size
        return
    exif = Image.Exif()
    if note is not None:  # UserComment; its first eight bytes name the character set
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + note.encode("ascii")
    if ending == ".webp":
        picture.save(file, "WEBP", quality=quality, exif=exif)
    else:
        picture.save(file, "JPEG", quality=quality, subsampling=0, exif=exif)  # dreams are full of fine color


def _read_notes(source: Source, name: str) -> Any:
    """Return the parsed note of a picture or JSON file; a picture without one is an error."""
    with _stream(source, name) as file:
        head = file.read(MAX_JSON + 1)
        file.seek(0)
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return parse_json(head)
        with _opened(file, name) as image, _explained(name):
            text = _text_in(image)
    if text is None:
        raise ImageError(
            f"{name} holds no recipe: it was not made by deepdream, or the program that saved it dropped the note."
        )
    try:
        notes = parse_json(text)
    except RecipeError as error:
        raise ImageError(f"{name} holds a note that cannot be read: {error}") from None
    if not isinstance(notes, dict) or _KEY not in notes:
        raise ImageError(f"{name} holds no recipe.")
    return notes


def _text_in(image: Image.Image) -> str | None:
    text = image.info.get(_KEY)
    if isinstance(text, str):
        return text
    comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
    if not isinstance(comment, bytes) or not comment[8:].lstrip().startswith(b'{"' + _KEY.encode()):
        return None
    return comment[8:].decode("ascii", "replace")
