"""The verb `dream`: photos into pictures."""

import argparse
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepdream import __version__
from deepdream.cli.files import FORMATS, find_photos, make_folder, place_outputs, save
from deepdream.cli.network import add_network_options, load, network_name, read_network
from deepdream.cli.options import (
    Verb,
    add_limit_option,
    add_mask_option,
    add_quiet_option,
    add_recipe_options,
    base_recipe,
)
from deepdream.cli.progress import Progress, complain
from deepdream.cli.tables import settings_given
from deepdream.errors import ImageError
from deepdream.recipe import Recipe
from deepdream.settings.kinds import format_setting

if TYPE_CHECKING:  # these load TensorFlow or Pillow, for which --help shall not wait
    import numpy as np

    from deepdream.frames import Frame
    from deepdream.images import Photo
    from deepdream.networks import Network


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
    engine.add_argument(
        "--engines",
        "--ray",
        metavar="WHERE",
        default="here",
        help="who dreams several photos: here (the default), a number of processes, ray, auto or ray://HOST:PORT",
    )
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
    if options.engines != "here":
        from deepdream.cli.batch import dream_elsewhere

        return say_failed(dream_elsewhere(job, pairs, options), len(photos))
    failed = []
    for number, (photo, output) in enumerate(pairs, start=1):
        label = photo.name if len(photos) == 1 else f"{number}/{len(pairs)} {photo.name}"
        try:
            finished = dream_photo(job, photo, output, Progress(label, quiet=options.quiet))
        except ImageError as error:
            if len(photos) == 1:
                raise
            complain_of(photo, error)
            failed.append(photo.name)
        else:
            if not finished:
                return 128 + signal.SIGINT
    return say_failed(failed, len(photos))


def is_dreamed(output: Path, recipe: Recipe) -> bool:
    """Say whether a picture is there that a recipe made, to its end."""
    from deepdream.errors import DreamError
    from deepdream.images import read_recipe, read_record

    try:
        return read_recipe(output) == recipe and read_record(output).get("finished") is True
    except DreamError:
        return False


def complain_of(photo: Path, error: Exception) -> None:
    """Print what is wrong with a photo, with its name."""
    complain(str(error) if photo.name in str(error) else f"{photo.name}: {error}")


def say_failed(failed: list[str], photos: int) -> int:
    """Print which photos failed, and return the exit status."""
    if failed:
        complain(f"{len(failed)} of {photos} photos failed: {', '.join(failed)}")
    return 2 if failed else 0


@dataclass(frozen=True, eq=False)
class Job:
    """What all photos of one command share."""

    recipe: Recipe
    network: "Network"
    weights: str
    precision: str
    guide: "Photo | None"
    mask: "np.ndarray | None"  # (h, w) in [0, 1]
    max_megapixels: float
    octaves_to: Path | None

    def record(self, finished: bool) -> dict[str, Any]:
        """Return what a picture tells of its making beside the recipe."""
        return {
            "deepdream": __version__,
            "network": self.network.name,
            "weights": self.weights,
            "precision": self.precision,
            "finished": finished,
        }


def prepare(options: argparse.Namespace) -> Job:
    """Read all that the photos share, so that a mistake in it is found before the first dream.

    Raises:
        DreamError: a setting, the network, the guide or the mask is wrong.
    """
    from deepdream.images import read_image

    base, changes = base_recipe(options), settings_given(options)
    named = changes.get("network", base.network)
    recipe = base.replace(**changes | {"network": network_name(named)})
    guide, mask = (
        read_image(path, max_megapixels=options.max_megapixels) if path is not None else None
        for path in (options.guide, options.mask)
    )
    network = load(named, options, quiet=options.quiet)
    if named != base.network and "layers" not in changes:
        recipe = recipe.replace(layers=network.default_layers)
        if not options.quiet and base.layers != Recipe().layers:
            layers = format_setting(recipe.layers)
            complain(f"the layers named are those of {base.network}; {recipe.network} dreams with its own, {layers}.")

    from deepdream.engine.precision import resolve_precision

    return Job(
        recipe=recipe,
        network=network,
        weights=name_weights(named, options),
        precision=resolve_precision(options.precision, network),
        guide=guide,
        mask=mask.pixels.mean(axis=2) if mask is not None else None,
        max_megapixels=options.max_megapixels,
        octaves_to=options.octaves_to,
    )


def name_weights(network: str | Path, options: argparse.Namespace) -> str:
    """Return what the file's record says of the weights: where they come from, never a path."""
    if options.weights is not None:
        return "random" if options.weights == "none" else Path(options.weights).name
    if isinstance(network, Path):
        return "of the model"
    return "embedded" if network == "compact" else "imagenet"


def dream_photo(job: Job, source: Path, output: Path, progress: "Progress") -> bool:
    """Dream on one photo and write the picture; return False when it was interrupted, with what was there written.

    Raises:
        ImageError: the photo cannot be read, or the picture not be written.
        KeyboardInterrupt: interrupted before there was anything to keep.
    """
    from deepdream.dreaming import deliver, dream
    from deepdream.images import read_image

    started = time.monotonic()
    photo = read_image(source, max_megapixels=job.max_megapixels)
    frames = dream(photo, job.recipe, network=job.network, guide=job.guide, mask=job.mask, precision=job.precision)
    keep = partial(keep_octave, job, output.stem) if job.octaves_to is not None else None
    newest, finished = follow(frames, progress, keep)
    image = newest.image if newest.is_last else deliver(newest, photo, job.recipe)
    save(output, image, recipe=job.recipe, record=job.record(finished), alpha=photo.alpha)
    kept = "" if finished else "interrupted, newest frame kept: "
    progress.say(f"{kept}{output}, {time.monotonic() - started:.1f} s, {job.precision}")
    return finished


def follow(
    frames: "Iterable[Frame]", progress: "Progress", keep: "Callable[[Frame], None] | None" = None
) -> "tuple[Frame, bool]":
    """Take all frames, showing the progress; return the newest one, and whether it is the last.

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
    return newest, newest.is_last


def keep_octave(job: Job, stem: str, frame: "Frame") -> None:
    """Write the picture of one octave into the job's folder, as STEM-octave-N.png."""
    assert job.octaves_to is not None
    save(job.octaves_to / f"{stem}-octave-{frame.octave}.png", frame.image, recipe=job.recipe)


DREAM = Verb("dream on photos, and write the pictures", add_options, run)
