"""The verb `style`: a photo in the manner of other pictures."""

import argparse
import contextlib
import time
from functools import partial
from pathlib import Path

from deepdream import __version__
from deepdream.cli.dream import follow
from deepdream.cli.engines import add_engines_option, engines_of
from deepdream.cli.files import check_file, save
from deepdream.cli.network import add_network_options, load, network_name, read_network
from deepdream.cli.options import UsageError, Verb, add_limit_option, add_mask_option, add_quiet_option, recipe_of
from deepdream.cli.progress import Progress
from deepdream.cli.setting_options import add_setting_options, settings_given
from deepdream.style.settings import STYLE_PRESETS, StyleSettings, from_record


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the pictures, the engine's options, and the settings."""
    parser.usage = f"{parser.prog} PHOTO STYLE [STYLE ...] -o OUT [options]"
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="what to paint")
    parser.add_argument("styles", metavar="STYLE", nargs="+", type=Path, help="in whose manner to paint it")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="the picture's file")
    parser.add_argument(
        "--shares", metavar="X,...", type=read_shares, help="how much each style counts (default: all alike)"
    )
    add_mask_option(parser, "is painted")
    parser.add_argument(
        "--dream", metavar="PRESET|FILE", help="dream at the same time: a preset, or a picture's or file's recipe"
    )
    add_limit_option(parser)
    add_network_options(parser)
    add_engines_option(parser, "paints")
    add_quiet_option(parser)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--preset",
        choices=tuple(STYLE_PRESETS),
        help="vgg19 (default; its weights are downloaded once), compact (no download), or the published run",
    )
    source.add_argument(
        "--like", metavar="FILE", type=Path, help="take the settings of a picture that was painted before"
    )
    add_setting_options(parser, StyleSettings.settings(), readers={"network": read_network})


def run(options: argparse.Namespace) -> int:
    """Paint the photo and write the picture; an interrupt keeps the newest frame."""
    from deepdream.images import read_image, read_record

    output = check_file(options.output, inputs=[options.photo, *options.styles, options.mask])
    changes = settings_given(options)
    of_network = (name for name, each in STYLE_PRESETS.items() if each.network == changes.get("network"))
    look = options.preset or next(of_network, "vgg19")
    base = from_record(read_record(options.like)) if options.like is not None else STYLE_PRESETS[look]
    named = changes.get("network", base.network)
    settings = base.replace(**changes | {"network": network_name(named)})
    read = partial(read_image, max_megapixels=options.max_megapixels)
    photo, styles = read(options.photo), tuple(read(path).pixels for path in options.styles)
    mask = read(options.mask) if options.mask is not None else None
    dream = recipe_of(options.dream) if options.dream is not None else None
    network = load(named, options, quiet=options.quiet)
    from deepdream.finishing import fitted_mask
    from deepdream.style.job import StyleTransfer
    from deepdream.style.paint import deliver_style

    started = time.monotonic()
    progress = Progress(options.photo.name, quiet=options.quiet)
    with contextlib.closing(engines_of(options, named)) as engines:
        job = StyleTransfer(
            photo.pixels,
            styles,
            settings,
            options.shares,
            mask,
            dream,
            options.precision,
            loaded=None if engines.elsewhere else network,
        )
        newest = follow(engines.frames(job), progress)
    changed = settings.changes(STYLE_PRESETS[look])
    record = {"deepdream": __version__, "style": look, "settings": changed, "finished": newest.is_last}
    image = deliver_style(newest, photo, settings, mask)
    save(output, image, recipe=dream, record=record, alpha=fitted_mask(photo.alpha, image.shape[:2]))
    return progress.end(output, f"{time.monotonic() - started:.1f} s", finished=newest.is_last)


def read_shares(text: str) -> tuple[float, ...]:
    """Read numbers with commas between them.

    Raises:
        UsageError: it is something else.
    """
    try:
        return tuple(float(each) for each in text.split(","))
    except ValueError:
        raise UsageError(f"--shares: {text!r} is not numbers with commas between them, as in 2,1.") from None


STYLE = Verb("paint a photo in the manner of other pictures", add_options, run)
