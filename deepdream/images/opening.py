"""Open a stranger's file: only the formats that are allowed, only so many bytes, and every failure in words."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

from PIL import Image

from deepdream.errors import DamagedError, EmptyError, FormatError, ImageError, LargeError, quoted

Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MAX_BYTES = 512 * 2**20  # of a file; 40 megapixels of 16-bit RGBA without compression are 320 MB


def name_of(source: Source) -> str:
    """Name a source in a message: the file's own name, never the folders of a server."""
    if isinstance(source, (str, os.PathLike)):
        return quoted(Path(source).name or str(source))
    return "the picture"


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into an ImageError."""
    try:
        yield
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LargeError(f"{name} is too large a picture to be opened.") from None
    except MemoryError:
        raise LargeError(f"{name} needs more memory than there is; make it smaller.") from None
    except Image.UnidentifiedImageError:
        known = ", ".join((*FORMATS, "HEIC", "AVIF"))
        raise FormatError(f"{name} is not a picture that can be read; allowed: {known}.") from None
    except Exception as error:  # decoders raise nearly anything on damaged files: OSError, SyntaxError, KeyError ...
        raise DamagedError(f"{name} is damaged or cut off: {str(error)[:100] or type(error).__name__}.") from error


@contextmanager
def opened(source: Source, name: str) -> Iterator[Image.Image]:
    """Open a picture's header; only formats that are allowed, and only files that are not too long."""
    with stream(source, name) as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        if length == 0:
            raise EmptyError(f"{name} is empty.")
        if length > MAX_BYTES:
            raise LargeError(f"{name} has {length / 2**20:.0f} MiB; allowed: {MAX_BYTES / 2**20:.0f} MiB.")
        formats = (*FORMATS, *_extra_formats(file.read(32), name))
        file.seek(0)
        with explained(name):
            image = Image.open(file, formats=formats)
        with image:
            yield image


@contextmanager
def stream(source: Source, name: str) -> Iterator[BinaryIO]:
    """Open a source for reading, and close it again if it was a path.

    Raises:
        ImageError: it cannot be opened, or is a folder.
    """
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
