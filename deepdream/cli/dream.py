"""The verb `dream`: photos into pictures."""

import argparse
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from deepdream.cli.engines import add_engines_option
from deepdream.cli.files import FORMATS, find_photos, interrupts_told, make_folder, place_outputs, save
from deepdream.cli.job import Job, prepare
from deepdream.cli.network import add_network_options, read_network
from deepdream.cli.options import (
    Verb,
    add_limit_option,
    add_mask_option,
    add_quiet_option,
    add_recipe_options,
)
from deepdream.cli.progress import Progress, complain, complain_of
from deepdream.errors import DreamError, ImageError
from deepdream.recipe import Recipe

if TYPE_CHECKING:  # these load TensorFlow or Pillow, for which --help shall not wait
    from deepdream.frames import Frame


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the files, the engine's options, and the settings."""
    parser.usage = f"{parser.prog} PHOTO [PHOTO ...] -o OUT [options]"  # naming them all would fill a screen
    parser.add_argument("photos", metavar="PHOTO", nargs="+", type=Path, help="photos, or folders of photos")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the picture's file, or a folder for them")
    files = parser.add_argument_group("files")
    files.add_argument("--format", choices=FORMATS, help="of the pictures in a folder (default: png)")
    files.add_argument("--octaves-to", metavar="DIR", type=Path, help="keep each octave's picture in this folder")
    files.add_argument("--guide", metavar="FILE", type=Path, help="a picture whose features steer the dream")
    add_mask_option(files, "dreams")
    add_limit_option(files)
    add_quiet_option(files)
    files.add_argument("--resume", action="store_true", help="leave out photos whose picture is there, of this recipe")
    engine = parser.add_argument_group("engine")
    add_network_options(engine)
    add_engines_option(engine, "dreams")
    add_recipe_options(parser, {"network": read_network})


def run(options: argparse.Namespace) -> int:
    """Dream on each photo and write the pictures; go on after a bad photo, and name it."""
    photos = find_photos(options.photos)
    outputs = place_outputs(photos, options)
    job = prepare(options)
    for folder in {outputs[0].parent, job.octaves_to or outputs[0].parent}:
        make_folder(folder)
    pairs = list(zip(photos, outputs, strict=True))
    if options.resume:
        pairs = [pair for pair in pairs if not is_dreamed(pair[1], job.recipe)]
    written: list[Path] = []
    with interrupts_told(written):
        if options.engines == "here":
            return dream_here(job, pairs, written, alone=len(photos) == 1, quiet=options.quiet)
        from deepdream.cli.batch import dream_elsewhere

        return say_failed(dream_elsewhere(job, pairs, written, options), len(pairs))


def dream_here(job: Job, pairs: list[tuple[Path, Path]], written: list[Path], *, alone: bool, quiet: bool) -> int:
    """Dream on one photo after the other, and collect what is `written`; return the exit status.

    Raises:
        ImageError: the photo is `alone`, and cannot be read, or its picture not be written.
    """
    failed = []
    for number, (photo, output) in enumerate(pairs, start=1):
        label = photo.name if alone else f"{number}/{len(pairs)} {photo.name}"
        try:
            status = dream_photo(job, photo, output, Progress(label, quiet=quiet))
        except ImageError as error:
            if alone:
                raise
            complain_of(photo, error)
            failed.append(photo.name)
        else:
            written.append(output)
            if status:
                return status
    return say_failed(failed, len(pairs))


def is_dreamed(output: Path, recipe: Recipe) -> bool:
    """Say whether a picture is there that a recipe made, to its end."""
    from deepdream.images import read_recipe, read_record

    try:
        return read_recipe(output) == recipe and read_record(output).get("finished") is True
    except DreamError:
        return False


def say_failed(failed: list[str], photos: int) -> int:
    """Print which photos failed, and return the exit status."""
    if failed:
        complain(f"{len(failed)} of {photos} photos failed: {', '.join(failed)}")
    return 2 if failed else 0


def dream_photo(job: Job, source: Path, output: Path, progress: "Progress") -> int:
    """Dream on one photo and write the picture, as far as it came where it was interrupted; return the exit status.

    Raises:
        ImageError: the photo cannot be read, or the picture not be written.
        KeyboardInterrupt: interrupted before there was anything to keep.
    """
    from deepdream.dreaming import deliver
    from deepdream.images import read_image
    from deepdream.workers import Dream

    started = time.monotonic()
    photo = read_image(source, max_megapixels=job.max_megapixels)
    asked = Dream(photo.pixels, job.recipe, job.guide, job.mask, job.precision, loaded=job.network)
    keep = partial(keep_octave, job, output.stem) if job.octaves_to is not None else None
    newest = follow(asked.frames(), progress, keep)
    image = newest.image if newest.is_last else deliver(newest, photo, job.recipe)
    save(output, image, recipe=job.recipe, record=job.record(newest.is_last), alpha=photo.alpha)
    about = f"{time.monotonic() - started:.1f} s, {job.precision}"
    return progress.end(output, about, finished=newest.is_last)


def follow(frames: "Iterable[Frame]", progress: "Progress", keep: "Callable[[Frame], None] | None" = None) -> "Frame":
    """Take all frames, showing the progress, and return the newest one.

    `keep` is called with the newest frame of each octave. An interrupt ends the work and keeps what is there.

    Raises:
        KeyboardInterrupt: interrupted before the first frame.
    """
    newest = None
    try:
        for frame in frames:
            if keep is not None and newest is not None and frame.octave != newest.octave:
                keep(newest)
            newest = frame
            progress.show(frame)
    except KeyboardInterrupt:
        if newest is None:
            raise
    finally:
        progress.close()
    assert newest is not None
    if keep is not None:
        keep(newest)
    return newest


def keep_octave(job: Job, stem: str, frame: "Frame") -> None:
    """Write the picture of one octave into the job's folder, as STEM-octave-N.png."""
    assert job.octaves_to is not None
    save(job.octaves_to / f"{stem}-octave-{frame.octave}.png", frame.image, recipe=job.recipe)


DREAM = Verb("dream on photos, and write the pictures", add_options, run)
