"""Read a photo: its size is checked in the header before anything is decoded."""

import io

import numpy as np
from PIL import ExifTags, Image, ImageCms

from deepdream.errors import LargeError
from deepdream.images.opening import Source, explained, name_of, opened
from deepdream.images.photo import Photo, photo_of

MAX_MEGAPIXELS = 40.0


def read_image(source: Source, *, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Read a photo from a path, bytes or an open binary file: upright, sRGB, alpha aside, the first frame of an
    animation.

    JPEG, PNG, WebP, GIF, BMP and TIFF; HEIC with the extra `deepdream[heic]`, AVIF where Pillow has it. Gray, palette,
    CMYK and 16 bits are converted. The size is limited from the header, before anything is decoded.

    Raises:
        ImageError: no such file, not a picture, damaged, or larger than `max_megapixels`.
    """
    planes = read_planes(source, max_megapixels=max_megapixels)
    with explained(name_of(source)):
        return photo_of(np.divide(planes, 255, dtype=np.float32) if planes.dtype == np.uint8 else planes)


def read_planes(source: Source, *, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """Read a photo as `read_image` does, and return its planes (h, w, 3) or, with alpha, (h, w, 4): uint8 in 0..255, or
    float32 in [0, 1] where the file has more than 8 bits of gray.

    Raises:
        ImageError: as `read_image`.
    """
    name = name_of(source)
    with opened(source, name) as image:
        width, height = image.size
        if width * height > max_megapixels * 1e6:
            raise LargeError(
                f"{name} has {width} x {height} pixels, that is {width * height / 1e6:.1f} megapixels; allowed: "
                f"{max_megapixels:g}. Make it smaller, or raise the limit."
            )
        with explained(name):
            image.load()
            return _upright(_decoded(image), _orientation(image))


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
    """Return a loaded picture as (h, w, 3) or, with transparency, (h, w, 4): uint8, or float32 of deep gray."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep_gray(image)
    transparent = image.has_transparency_data
    if image.mode in ("P", "PA", "1", "La", "RGBa") or (transparent and image.mode not in ("RGBA", "LA")):
        profile = image.info.get("icc_profile")
        image = image.convert("RGBA" if transparent else "RGB")
        image.info["icc_profile"] = profile
    color = _to_srgb(image)
    if not transparent:
        return np.asarray(color)
    return np.dstack([np.asarray(color), np.asarray(image.getchannel("A"))])


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


def _from_deep_gray(image: Image.Image) -> np.ndarray:
    """Scale gray of 12, 16 or 32 bits or of floats to [0, 1]; Pillow itself would cut it all to white."""
    gray = np.asarray(image).astype(np.float32)
    if not np.isfinite(gray).all():
        raise ValueError("it holds values that are not numbers")
    highest = float(gray.max())
    tags = getattr(image, "tag_v2", {})
    if image.mode == "F":
        white = next((each for each in (1.0, 255.0, 65535.0) if highest <= each), highest)
    elif 258 in tags:  # BitsPerSample of a TIFF
        white = float(2 ** int(tags[258][0]) - 1)
    else:
        white = 65535.0
    gray = np.clip(gray / np.float32(white), 0.0, 1.0)
    key = image.info.get("transparency")
    if isinstance(key, int):
        alpha = np.not_equal(np.asarray(image), key).astype(np.float32)
        return np.dstack([gray, gray, gray, alpha])
    return np.dstack([gray] * 3)
