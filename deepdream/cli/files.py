"""Where the pictures of a command come from, and where they go."""

import argparse
import contextlib
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import count
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from deepdream.cli.options import UsageError
from deepdream.errors import ImageError

if TYPE_CHECKING:  # this loads NumPy, for which --help shall not wait
    import numpy as np

ENDINGS = (signal.SIGINT, signal.SIGTERM)
FORMATS = ("png", "jpg", "webp")
PHOTO_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".gif", ".avif")


def find_photos(paths: Iterable[Path]) -> list[Path]:
    """Return the photos named, and those in the folders named, by name; not in folders of folders.

    Raises:
        UsageError: a folder holds no picture.
    """
    photos: list[Path] = []
    for path in paths:
        if not path.is_dir():
            photos.append(path)
            continue
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() in PHOTO_SUFFIXES and each.is_file())
        if not inside:
            raise UsageError(f'the folder "{path}" holds no picture; looked for {", ".join(PHOTO_SUFFIXES)}.')
        photos += inside
    return photos


def place_outputs(photos: Sequence[Path], options: argparse.Namespace) -> list[Path]:
    """Return the file to write for each photo.

    OUT is a folder when several photos or a folder are given, when it is one, or when it ends in a slash.

    Raises:
        UsageError: OUT cannot be what it has to be, or a photo would be overwritten.
    """
    output = Path(options.output)
    several = len(photos) > 1 or any(path.is_dir() for path in options.photos)
    if several or output.is_dir() or options.output.endswith(("/", os.sep)):
        outputs = name_in_folder(photos, output, options.format or "png")
    else:
        outputs = [check_file(output, options.format)]
    keep_inputs(outputs, (*photos, options.guide, options.mask))
    return outputs


def keep_inputs(outputs: Iterable[Path], inputs: Iterable[Path | None]) -> None:
    """Let no output take the place of what the work reads; None is not given.

    Raises:
        UsageError: one would.
    """
    read = {each.resolve() for each in inputs if each is not None}
    for each in outputs:
        if each.resolve() in read:
            raise UsageError(f'"{each}" is one of the inputs, and would be overwritten; choose another OUT.')


def name_in_folder(photos: Sequence[Path], folder: Path, suffix: str) -> list[Path]:
    """Return a file in the folder for each photo, under its name; a second photo of one name gets a number."""
    taken: set[str] = set()
    outputs = []
    for photo in photos:
        names = (photo.stem if number == 1 else f"{photo.stem}-{number}" for number in count(1))
        name = next(name for name in names if name.lower() not in taken)  # some file systems know no case
        taken.add(name.lower())
        outputs.append(folder / f"{name}.{suffix}")
    return outputs


def check_file(output: Path, suffix: str | None = None, inputs: Iterable[Path | None] = ()) -> Path:
    """Return OUT when a picture can be written there.

    Raises:
        UsageError: its ending is none of a picture's, or not --format's; there is no such folder; or it is one of the
            inputs.
    """
    from deepdream.images import ENDINGS

    ending = output.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f'"{output}" names no kind of picture; end it in {", ".join(ENDINGS)}, or in / for a folder.')
    if suffix is not None and ending.replace("jpeg", "jpg") != f".{suffix}":
        raise UsageError(f'"{output}" does not end in .{suffix}, which --format asks for.')
    check_folder(output)
    keep_inputs([output], inputs)
    return output


def check_folder(output: Path) -> None:
    """Check, before the work, that the folder of OUT is there and can be written to.

    Raises:
        UsageError: it is not, or cannot.
    """
    folder = output.absolute().parent
    if not folder.is_dir():
        raise UsageError(f'there is no folder "{output.parent}" to write "{output.name}" into.')
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f'cannot write into the folder "{output.parent}": {reason}; choose another OUT.') from None


def save(path: Path, image: "np.ndarray", **about: Any) -> None:
    """Write a picture as `write_image` does; where it cannot, write it into the folder for temporary files.

    Raises:
        ImageError: it lies there instead, or could not be written at all.
        KeyboardInterrupt: somebody asked to end meanwhile; the picture is written.
    """
    from deepdream.images import write_image

    with undisturbed():
        try:
            write_image(path, image, **about)
        except ImageError as error:
            shelter = Path(tempfile.mkdtemp(prefix="deepdream-")) / path.name
            write_image(shelter, image, **about)
            raise ImageError(f'{error} So that it is not lost, it lies in "{shelter}".') from None


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Have requests to end wait: a picture that took minutes is not lost in the seconds in which it is written."""
    heard = list[int]()
    with handled(lambda number, _: heard.append(number), *ENDINGS):
        yield
    if heard:
        raise KeyboardInterrupt("what was done is kept")


@contextlib.contextmanager
def interrupts_told(written: Sized) -> Iterator[None]:
    """Have an interrupt say how many pictures were written before it."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if str(interrupt) or not written:
            raise
        raise KeyboardInterrupt(f"pictures that were done and are kept: {len(written)}") from None


@contextlib.contextmanager
def handled(handler: Callable[[int, FrameType | None], None], *signals: signal.Signals) -> Iterator[None]:
    """Have signals handled so meanwhile, where we are in the main thread, which alone may handle them."""
    ours = signals if threading.current_thread() is threading.main_thread() else ()
    before = {each: signal.signal(each, handler) for each in ours}
    try:
        yield
    finally:
        for each, former in before.items():
            signal.signal(each, former)


def make_folder(folder: Path) -> None:
    """Make a folder, and those around it, unless it is there, and check that it can be written to.

    Raises:
        UsageError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f'cannot make the folder "{folder}": {error.strerror}.') from None
    check_folder(folder / "picture")
