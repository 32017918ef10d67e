"""The command line: `python -m deepdream VERB ...`. It prints and exits; no other module does.

Every setting of a recipe is an option, made from `Recipe.settings()`. A value comes from, the later the stronger: the
defaults, the preset, the recipe file, the options.

Exit status: 0 done, 2 wrong input (one line says what), 130 interrupted (the newest frame is kept).
"""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from deepdream.errors import DreamError, ImageError
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe, Setting, format_setting, parse_setting

if TYPE_CHECKING:  # the rest loads TensorFlow or Pillow, for which --help shall not wait
    from deepdream.dreaming import Frame
    from deepdream.images import Photo
    from deepdream.networks import Network

INTERRUPTED = 128 + signal.SIGINT
FORMATS = ("png", "jpg", "webp")
PHOTO_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".gif")  # in folders


@dataclass(frozen=True)
class Verb:
    """One thing that the command line does: a line of help, its options, and the function that does it."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class UsageError(DreamError):
    """Report options that are wrong or do not fit together."""


def run() -> NoReturn:
    """Run the command line on the process's own arguments, and exit with its status."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit status; `argv` None means the process's own arguments.

    Expected errors end as one line on standard error and status 2; a reader that went away ends quietly.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # before TensorFlow is imported: its notes are not for people
    try:
        options = build_parser().parse_args(argv)
        status = VERBS[options.verb].run(options)
        sys.stdout.flush()
        return status
    except DreamError as error:
        complain(str(error))
        return 2
    except KeyboardInterrupt:
        complain("interrupted; nothing was kept.")
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more at exit, and would complain a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs; made without TensorFlow, so that --help is instant."""
    about = "Dream on photos: make more of what a network sees in them."
    parser = Parser(prog="deepdream", description=about, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"deepdream {version()}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name, verb in VERBS.items():
        verb.add_options(verbs.add_parser(name, help=verb.help, description=verb.help, allow_abbrev=False))
    return parser


class Parser(argparse.ArgumentParser):
    """Parse as argparse does, but report a mistake as one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Raise what `main` prints as one line."""
        raise UsageError(f"{message}; see {self.prog} --help.")


def complain(message: str) -> None:
    """Print `message` as one line on standard error."""
    print(f"deepdream: {' '.join(message.split())}", file=sys.stderr)


def version() -> str:
    """Return the package's version."""
    from deepdream import __version__

    return __version__


# dream: photos into pictures -----------------------------------------------------------------------------------------


def add_dream_options(parser: argparse.ArgumentParser) -> None:
    """Add the files, where the settings come from, the engine's options, and one option for each setting."""
    parser.usage = f"{parser.prog} PHOTO [PHOTO ...] -o OUT [options]"  # naming them all would fill a screen
    parser.add_argument("photos", metavar="PHOTO", nargs="+", type=Path, help="photos, or folders of photos")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the picture's file, or a folder for them")
    files = parser.add_argument_group("files")
    files.add_argument("--format", choices=FORMATS, help="of the pictures in a folder (default: png)")
    files.add_argument("--octaves-to", metavar="DIR", type=Path, help="keep each octave's picture in this folder")
    files.add_argument("--guide", metavar="FILE", type=Path, help="a picture whose features steer the dream")
    files.add_argument("--mask", metavar="FILE", type=Path, help="a grey picture: white dreams, black stays as it is")
    files.add_argument(
        "--max-megapixels", metavar="N", type=positive_number, default=40.0, help="refuse larger pictures (default: 40)"
    )
    files.add_argument("--quiet", action="store_true", help="print nothing but errors")
    source = parser.add_argument_group(
        "where settings come from", "the defaults, the preset, the recipe file and the options, the later the stronger"
    )
    source.add_argument("--preset", metavar="NAME", help="a look; `deepdream presets` lists them")
    source.add_argument("--recipe", metavar="FILE", type=Path, help="the recipe in a picture, or a JSON file")
    engine = parser.add_argument_group("engine")
    engine.add_argument(
        "--weights", metavar="FILE", help='the network\'s weights: a file, or "none" for random ones (default: its own)'
    )
    precision = "arithmetic: auto (the default) goes by the processor"
    engine.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto", help=precision)
    add_recipe_options(parser)


def run_dream(options: argparse.Namespace) -> int:
    """Dream on each photo and write the pictures; go on after a bad photo, and name it."""
    photos = find_photos(options.photos)
    outputs = place_outputs(photos, options)
    job = prepare(options)
    failed = []
    for number, (photo, output) in enumerate(zip(photos, outputs, strict=True), start=1):
        label = photo.name if len(photos) == 1 else f"{number}/{len(photos)} {photo.name}"
        try:
            finished = dream_photo(job, photo, output, Progress(label, quiet=options.quiet))
        except ImageError as error:
            if len(photos) == 1:
                raise
            complain(f"{photo}: {error}")
            failed.append(photo.name)
        else:
            if not finished:
                return INTERRUPTED
    if failed:
        complain(f"{len(failed)} of {len(photos)} photos failed: {', '.join(failed)}")
    return 2 if failed else 0


@dataclass(frozen=True, eq=False)
class Job:
    """What all photos of one command share."""

    recipe: Recipe
    network: "Network"
    weights: str
    precision: str
    guide: "Photo | None"
    mask: "Photo | None"
    max_megapixels: float
    octaves_to: Path | None


def prepare(options: argparse.Namespace) -> Job:
    """Read all that the photos share, so that a mistake in it is found before the first dream.

    Raises:
        DreamError: a setting, the network, the guide or the mask is wrong.
    """
    from deepdream.images import read_image
    from deepdream.networks import load_network

    base, changes = base_recipe(options), options_given(options)
    recipe = base.replace(**changes)
    guide, mask = (
        read_image(path, max_megapixels=options.max_megapixels) if path is not None else None
        for path in (options.guide, options.mask)
    )
    weights = {None: "imagenet", "none": None}.get(options.weights, options.weights)
    network = load_network(recipe.network, weights=weights, progress=None if options.quiet else show_download)
    if recipe.network != base.network and "layers" not in changes:
        recipe = recipe.replace(layers=network.default_layers)  # those named so far belong to another network

    from deepdream.networks.engine import resolve_precision

    return Job(
        recipe=recipe,
        network=network,
        weights={None: "own", "none": "random"}.get(options.weights, str(options.weights)),
        precision=resolve_precision(options.precision),
        guide=guide,
        mask=mask,
        max_megapixels=options.max_megapixels,
        octaves_to=options.octaves_to,
    )


def base_recipe(options: argparse.Namespace) -> Recipe:
    """Return the recipe below the options: the defaults, the preset over them, the recipe file over both.

    Raises:
        RecipeError: the preset or the file is wrong.
    """
    recipe = preset(options.preset) if options.preset is not None else Recipe()
    if options.recipe is None:
        return recipe
    from deepdream.images import read_recipe

    stated = read_recipe(options.recipe)
    names = stated.to_dict().keys() - {"version"}  # a recipe holds what differs from the defaults, and no more
    return recipe.replace(**{name: getattr(stated, name) for name in names})


def options_given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options name, with their values."""
    values = {name: vars(options)[_place(name)] for name in Recipe.settings()}
    return {name: value for name, value in values.items() if value is not _NOT_GIVEN}


def dream_photo(job: Job, source: Path, output: Path, progress: "Progress") -> bool:
    """Dream on one photo and write the picture; return False when it was interrupted, with what was there written.

    Raises:
        ImageError: the photo cannot be read, or the picture not be written.
        KeyboardInterrupt: interrupted before there was anything to keep.
    """
    from deepdream.dreaming import deliver, dream
    from deepdream.images import read_image, write_image

    started = time.monotonic()
    photo = read_image(source, max_megapixels=job.max_megapixels)
    frames = dream(photo, job.recipe, network=job.network, guide=job.guide, mask=job.mask, precision=job.precision)
    keep = partial(keep_octave, job, source.stem) if job.octaves_to is not None else None
    newest, finished = follow(frames, progress, keep)
    image = newest.image if newest.is_last else deliver(newest, photo, job.recipe)
    record = {
        "deepdream": version(),
        "network": job.network.name,
        "weights": job.weights,
        "precision": job.precision,
        "seconds": round(time.monotonic() - started, 1),
        "finished": finished,
    }
    write_image(output, image, recipe=job.recipe, record=record, alpha=photo.alpha)
    progress.say(f"{'' if finished else 'interrupted, newest frame kept: '}{output}, {record['seconds']} s")
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
    from deepdream.images import write_image

    assert job.octaves_to is not None
    job.octaves_to.mkdir(parents=True, exist_ok=True)
    write_image(job.octaves_to / f"{stem}-octave-{frame.octave}.png", frame.image, recipe=job.recipe)


# The settings as options ---------------------------------------------------------------------------------------------

_NOT_GIVEN = object()  # None is a value: --max-loss none
_FLAGS = {"guide": "--guide-mode"}  # --guide is the picture itself
_METAVARS = {"whole": "N", "number": "X", "name": "NAME", "layers": "NAME=WEIGHT,...", "sizes": "HxW,..."}


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add one option for each setting of a recipe, in the table's groups and order."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, setting in Recipe.settings().items():
        if setting.group not in groups:
            groups[setting.group] = parser.add_argument_group(f"settings: {setting.group}")
        flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
        add_option = partial(groups[setting.group].add_argument, flag, dest=_place(name), default=_NOT_GIVEN)
        text = f"{setting.help} ({allowed_text(setting)})".replace("%", "%%")
        if setting.kind == "switch":
            add_option(action=argparse.BooleanOptionalAction, help=text)
        else:
            metavar = _METAVARS.get(setting.kind) or f"{{{','.join(setting.choices)}}}"
            add_option(type=partial(parse_setting, name), metavar=metavar, help=text)


def _place(name: str) -> str:
    return f"setting {name}"  # apart from the other options: --guide and --recipe are no settings


def allowed_text(setting: Setting) -> str:
    """Return what a setting may be and what it is by default, in a few words."""
    default = f"default {format_setting(setting.default) or 'none'}"
    bounds = {
        "whole": f"{setting.low} to {setting.high}, ",
        "number": f"{_plain(setting.low)} to {_plain(setting.high)}, ",
        "choice": "",  # the metavar and the table's own column name them
    }
    return f"{bounds.get(setting.kind, '')}{default}"


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def positive_number(text: str) -> float:
    """Read a number above 0.

    Raises:
        UsageError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UsageError(f"{text!r} is not a number above 0.")
    return number


# Where pictures come from and go to ----------------------------------------------------------------------------------


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
    """Return the file to write for each photo, and make the folder for them.

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
    inputs = {photo.resolve() for photo in photos}
    for each in outputs:
        if each.resolve() in inputs:
            raise UsageError(f'"{each}" is one of the photos, and would be overwritten; choose another OUT.')
    return outputs


def name_in_folder(photos: Sequence[Path], folder: Path, suffix: str) -> list[Path]:
    """Return a file in the folder for each photo, under its name; a second photo of one name gets a number.

    Raises:
        UsageError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f'cannot make the folder "{folder}": {error.strerror}.') from None
    taken: set[str] = set()
    outputs = []
    for photo in photos:
        names = (photo.stem if number == 1 else f"{photo.stem}-{number}" for number in count(1))
        name = next(name for name in names if name.lower() not in taken)  # some file systems know no case
        taken.add(name.lower())
        outputs.append(folder / f"{name}.{suffix}")
    return outputs


def check_file(output: Path, suffix: str | None) -> Path:
    """Return OUT when a picture can be written there.

    Raises:
        UsageError: its suffix is none of a picture's, or not --format's; or there is no such folder.
    """
    suffixes = {"jpeg": "jpg"}
    given = output.suffix.lower().lstrip(".")
    if suffixes.get(given, given) not in FORMATS:
        raise UsageError(f'"{output}" names no kind of picture; end it in {", ".join(f".{each}" for each in FORMATS)}.')
    if suffix is not None and suffixes.get(given, given) != suffix:
        raise UsageError(f'"{output}" does not end in .{suffix}, which --format asks for.')
    if not output.absolute().parent.is_dir():
        raise UsageError(f'there is no folder "{output.parent}" to write "{output.name}" into.')
    return output


# What is said while it works -----------------------------------------------------------------------------------------


class Progress:
    """Show how far a dream is, on standard error: a bar on a terminal, else a line an octave."""

    def __init__(self, label: str, *, quiet: bool) -> None:
        self._label = label
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._begun: tuple[float, float] | None = None  # the first frame's time and progress: starting up is no guide
        self._octave_said = 0
        self._drawn = 0.0

    def show(self, frame: "Frame") -> None:
        """Show this frame's place and the time left."""
        if self._quiet:
            return
        now = time.monotonic()
        self._begun = self._begun or (now, frame.progress)
        place = f"octave {frame.octave} of {frame.octaves}, step {frame.step} of {frame.steps}"
        text = f"{frame.progress:4.0%}  {place}{self._time_left(now, frame.progress)}"
        if self._terminal and (now - self._drawn > 0.1 or frame.is_last):
            self._drawn = now
            filled = round(24 * frame.progress)
            line = f"{self._label} [{'#' * filled}{'.' * (24 - filled)}] {text}"
            print(f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K", end="", file=sys.stderr, flush=True)
        elif not self._terminal and frame.step == frame.steps and frame.octave != self._octave_said:
            self._octave_said = frame.octave
            self.say(text.strip())

    def say(self, text: str) -> None:
        """Print a line about this photo."""
        if not self._quiet:
            print(f"{self._label}: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = 0.0

    def _time_left(self, now: float, progress: float) -> str:
        begun, progress_then = self._begun or (now, progress)
        done = progress - progress_then
        return f", {duration((now - begun) / done * (1 - progress))} left" if done > 0 and progress < 1 else ""


def duration(seconds: float) -> str:
    """Return a time as people say it: 8 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def show_download(received: int, total: int) -> None:
    """Show how much of a network's weights has come."""
    share = f"{received / total:4.0%} of {total / 1e6:.0f} MB" if total else f"{received / 1e6:.0f} MB"
    if sys.stderr.isatty():
        end = "\n" if received == total else ""
        print(f"\rdownloading weights: {share}\x1b[K", end=end, file=sys.stderr, flush=True)
    elif received == total:
        print(f"downloaded weights: {share}", file=sys.stderr, flush=True)


# What there is: layers, presets, settings, recipes -------------------------------------------------------------------


def add_layers_options(parser: argparse.ArgumentParser) -> None:
    """Add the network's name."""
    parser.add_argument("network", metavar="NETWORK", nargs="?", default="compact", help="its name (default: compact)")


def run_layers(options: argparse.Namespace) -> int:
    """Print a network's layers, from the shallowest to the deepest."""
    from deepdream.networks import load_network

    # Random weights have the same layers, and need no download; the compact network's come with the package.
    network = load_network(options.network, weights="imagenet" if options.network == "compact" else None)
    rows = [(each.name, str(each.channels), str(each.stride), each.depth, each.title) for each in network.layers]
    print_table(("layer", "channels", "stride", "depth", "what it draws"), rows, markdown=False)
    return 0


def add_presets_options(parser: argparse.ArgumentParser) -> None:
    """Add the choice of one preset, and of Markdown."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="print the recipe of this preset as JSON")
    parser.add_argument("--markdown", action="store_true", help="as the table in the README")


def run_presets(options: argparse.Namespace) -> int:
    """Print the presets, or the recipe of one."""
    if options.name is not None:
        print_recipe(preset(options.name))
        return 0
    rows = [(each.name, each.recipe.network, each.sentence) for each in PRESETS.values()]
    print_table(("preset", "network", "its look"), rows, markdown=options.markdown)
    return 0


def add_settings_options(parser: argparse.ArgumentParser) -> None:
    """Add the choice of Markdown."""
    parser.add_argument("--markdown", action="store_true", help="as the table in the README")


def run_settings(options: argparse.Namespace) -> int:
    """Print every setting of a recipe, its default, what is allowed, and what it does."""
    rows = [
        (name, format_setting(setting.default) or "none", setting.allowed, setting.help)
        for name, setting in Recipe.settings().items()
    ]
    print_table(("setting", "default", "allowed", "what it does"), rows, markdown=options.markdown)
    return 0


def add_recipe_verb_options(parser: argparse.ArgumentParser) -> None:
    """Add the file."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a picture that was dreamed here, or a JSON file")


def run_recipe(options: argparse.Namespace) -> int:
    """Print the recipe in a picture as JSON, which --recipe reads."""
    from deepdream.images import read_recipe

    print_recipe(read_recipe(options.file))
    return 0


def print_recipe(recipe: Recipe) -> None:
    """Print a recipe as JSON, one setting a line."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in recipe.to_dict().items())
    print("{\n" + ",\n".join(lines) + "\n}")


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, markdown: bool) -> None:
    """Print rows under a head: aligned for a terminal, or as Markdown, the first column as code."""
    table = [head, *rows]
    if markdown:
        rule = ["---"] * len(head)
        cells = [head, rule, *([f"`{row[0]}`", *(each.replace("|", "\\|") for each in row[1:])] for row in table[1:])]
        for row in cells:
            print(f"| {' | '.join(row)} |")
        return
    widths = [max(len(row[column]) for row in table) for column in range(len(head) - 1)]
    for row in table:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip())


VERBS = {
    "dream": Verb("dream on photos, and write the pictures", add_dream_options, run_dream),
    "layers": Verb("list the layers of a network", add_layers_options, run_layers),
    "presets": Verb("list the presets, or print one", add_presets_options, run_presets),
    "settings": Verb("list every setting of a recipe", add_settings_options, run_settings),
    "recipe": Verb("print the recipe in a picture as JSON", add_recipe_verb_options, run_recipe),
}
