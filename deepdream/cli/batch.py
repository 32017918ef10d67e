"""Several photos at once, on engines of their own: what `dream --engines` does."""

import argparse
import contextlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from deepdream.cli.engines import engines_of
from deepdream.cli.files import save
from deepdream.cli.job import Job
from deepdream.cli.options import UsageError
from deepdream.cli.progress import complain, complain_of
from deepdream.cli.setting_options import settings_given
from deepdream.errors import DreamError, ImageError
from deepdream.workers import Dream
from deepdream.workers.batch import in_order

if TYPE_CHECKING:
    from deepdream.images import Photo

Pair = tuple[Path, Path]  # a photo, and where its picture goes


def dream_elsewhere(job: Job, pairs: list[Pair], written: list[Path], options: argparse.Namespace) -> list[str]:
    """Dream on all photos and write the pictures as they are done; return the names of the photos that failed.

    written: gets the files of the pictures.

    Raises:
        UsageError: the network is known to this process alone, or octaves shall be kept.
        DreamError: the engines cannot be had.
    """
    if job.octaves_to is not None:
        raise UsageError("--engines: other engines keep no octaves; leave out --octaves-to.")
    named = settings_given(options).get("network", job.recipe.network)
    failed: list[str] = []
    begun: deque[tuple[Path, Path, Photo]] = deque()
    with contextlib.closing(engines_of(options, named)) as workers:
        outcomes = in_order(workers, _jobs(job, pairs, begun, failed))
        with contextlib.closing(outcomes):
            for number, outcome in enumerate(outcomes, start=1):
                source, output, photo = begun.popleft()
                try:
                    if isinstance(outcome, DreamError):
                        raise outcome
                    save(output, outcome.image, recipe=job.recipe, record=job.record(True), alpha=photo.alpha)
                except DreamError as error:
                    complain_of(source, error)
                    failed.append(source.name)
                    continue
                written.append(output)
                if not options.quiet:
                    complain(f"{number}/{len(pairs)} {output}")
    return failed


def _jobs(job: Job, pairs: list[Pair], begun: "deque[tuple[Path, Path, Photo]]", failed: list[str]) -> Iterator[Dream]:
    """Read photo after photo, as engines become free."""
    from deepdream.images import read_image

    for source, output in pairs:
        try:
            photo = read_image(source, max_megapixels=job.max_megapixels)
        except ImageError as error:
            complain_of(source, error)
            failed.append(source.name)
            continue
        begun.append((source, output, photo))
        yield Dream(photo.pixels, job.recipe, guide=job.guide, mask=job.mask, precision=job.precision)
