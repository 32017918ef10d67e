"""The verbs `film` and `morph`: a photo or a clip into a film that dreams."""

import argparse
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from deepdream.cli.engines import add_engines_option, engines_of
from deepdream.cli.files import check_folder, keep_inputs
from deepdream.cli.network import add_network_options, load, network_name, read_network
from deepdream.cli.options import (
    UsageError,
    Verb,
    add_number_option,
    add_quiet_option,
    add_recipe_options,
    base_recipe,
    recipe_of,
)
from deepdream.cli.progress import Progress, complain, duration
from deepdream.cli.setting_options import PREFIX, add_setting_options, settings_given
from deepdream.film.settings import FilmSettings
from deepdream.recipe import Recipe
from deepdream.settings.kinds import format_setting
from deepdream.settings.targets import parse_target

if TYPE_CHECKING:  # these load Pillow, PyAV and OpenCV, for which --help shall not wait
    from deepdream.film.film import Film
    from deepdream.film.production import Production
    from deepdream.film.tracks import Track
    from deepdream.networks import Network

MISSING = 'films need two more libraries; add them with: pip install "av>=15,<20" "opencv-python-headless>=4.10,<6"'


def add_film_options(parser: argparse.ArgumentParser) -> None:
    """Add the source, the output, the film's settings and a recipe's."""
    parser.usage = f"{parser.prog} PHOTO|CLIP -o OUT [options]"
    parser.add_argument("source", metavar="PHOTO|CLIP", type=Path, help="a photo, or a video")
    parser.add_argument(
        "--through", metavar="PRESET,...", dest="stops", type=lambda text: text.split(","), default=[],
        help="presets that the film goes through, in place of one recipe",
    )  # fmt: skip
    _add_options(parser)


def add_morph_options(parser: argparse.ArgumentParser) -> None:
    """Add the photo, the presets, the output, and the rest of a film's options."""
    parser.usage = f"{parser.prog} PHOTO PRESET PRESET [PRESET ...] -o OUT [options]"
    parser.add_argument("source", metavar="PHOTO", type=Path, help="a photo")
    parser.add_argument("stops", metavar="PRESET", nargs="+", help="presets, or pictures and files with a recipe")
    _add_options(parser)


def _add_options(parser: argparse.ArgumentParser) -> None:
    files = parser.add_argument_group("files")
    files.add_argument(
        "-o", "--output", metavar="OUT", type=Path, required=True,
        help="mp4, webm, webp, avif or gif by its ending; without one a folder of PNG files",
    )  # fmt: skip
    files.add_argument("--sound", metavar="FILE", type=Path, help="a sound to put in, and for keys to listen to")
    files.add_argument("--resume", action="store_true", help="go on with a film that was interrupted")
    files.add_argument("--codec", choices=("h264", "vp9", "av1"), help="of a video (default: h264, in webm vp9)")
    about = "of a video's colors (default: 8); 10 with h264 and av1, which is then webm's default"
    files.add_argument("--bits", type=int, choices=(8, 10), default=8, help=about)
    about = (
        "of a video 0 to 51 with h264, to 63 with vp9 and av1, smaller is better (default: 18, 28 and 28); of webp and "
        "avif 0 to 100, larger is better"
    )
    add_number_option(files, "--quality", 0, 100, about)
    add_number_option(files, "--kilobits", 1, 100_000, "a second, in place of --quality")
    add_quiet_option(files)
    motion = parser.add_argument_group("keys")
    motion.add_argument(
        "--keys", metavar="FILE", type=Path, help="a film's JSON or Deforum's, or a film that was made here"
    )
    motion.add_argument(
        "--key", metavar="NAME=TEXT", action="append", default=[],
        help='keys of one number: "zoom=0:1.2, 4:1.5 smooth", in beats "zoom=0b:1, 4b:2", by a formula '
        '"turn=10*sin(t)", or by what is heard, from and to, "zoom=bass 1.1 1.6"',
    )  # fmt: skip
    motion.add_argument(
        "--loop", dest=f"{PREFIX}loop", nargs="?", choices=FilmSettings.settings()["loop"].choices, const="close",
        default=argparse.SUPPRESS, help="close upon the first frame, or come back (pingpong)",
    )  # fmt: skip
    engine = parser.add_argument_group("engine")
    add_network_options(engine)
    add_engines_option(engine, "dreams")
    add_recipe_options(parser, {"network": read_network})
    add_setting_options(parser, {name: about for name, about in FilmSettings.settings().items() if name != "loop"})


def run(options: argparse.Namespace) -> int:
    """Make the film; an interrupt keeps what is there, and --resume goes on with it."""
    try:
        from deepdream.film.production import Order, Production
    except ImportError as error:
        if error.name not in ("av", "cv2"):
            raise
        raise UsageError(MISSING) from None
    check_kind(options.output)
    check_folder(options.output)
    keep_inputs([options.output], [options.source, options.sound])
    film, given = film_of(options), settings_given(options)
    named = given.get("network", film.all_recipes[0].network)
    network = load(named, options, quiet=options.quiet)
    if "network" in given and "layers" not in given:
        film = with_own_layers(film, network, quiet=options.quiet)
    order = Order(
        options.source, film, options.output, options.sound, options.codec, options.bits, options.quality,
        options.kilobits, precision=options.precision,
    )  # fmt: skip
    with contextlib.closing(engines_of(options, named)) as engines:
        own = network if isinstance(named, Path) or options.weights is not None else None
        production = Production(order, network=own, workers=engines, resume=options.resume)
        return follow_film(production, Progress(options.source.name, quiet=options.quiet))


def check_kind(output: Path) -> None:
    """Check, before the work, that what is there under OUT's name can be replaced.

    Raises:
        UsageError: it is a folder where a file is to come, or a file where a folder is.
    """
    if not output.name:
        raise UsageError(f'"{output}" has no name; choose a file, or a folder of its own for pictures.')
    if output.suffix and output.is_dir():
        raise UsageError(f'"{output}" is a folder; choose another OUT, or one without an ending for pictures.')
    if not output.suffix and output.is_file():
        raise UsageError(f'"{output}" is a file; end OUT as a film, such as .mp4, or choose another folder.')


def follow_film(production: "Production", progress: Progress) -> int:
    """Make all frames, showing the progress, and write the film; return the exit status."""
    width, height, there = production.size[1], production.size[0], production.reel.frames
    about = f"{production.length} frames of {width} x {height}"
    progress.say(f"{about}{f', {there} of them there' if there else ''}, about {duration(production.estimate())}")
    finished = False
    try:
        for frame in production.frames():
            progress.show_film(frame)
        finished = True
    except KeyboardInterrupt:
        pass
    finally:
        progress.close()
    try:
        count = production.finish()
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the film's parts are kept, and --resume goes on with them") from None
    kept = "" if finished else "interrupted; --resume goes on. Kept: "
    progress.say(f"{kept}{production.order.output}, {count} frames" if count else "interrupted; nothing was kept.")
    if not finished:
        return 128 + signal.SIGINT
    production.reel.remove()
    return 0


def film_of(options: argparse.Namespace) -> "Film":
    """Return the film that the options ask for: the file of keys, over it the recipe and the options.

    Raises:
        DreamError: one of them is wrong.
    """
    from deepdream.film.film import Film
    from deepdream.film.notes import read_film

    film = read_film(options.keys) if options.keys is not None else Film()
    given = settings_given(options)
    own = {name: value for name, value in given.items() if name in Film.settings()}
    changes = {name: value for name, value in given.items() if name not in own}
    stops = tuple(recipe_of(name) for name in options.stops) or film.stops
    if options.preset is not None or options.recipe is not None:
        if stops:
            raise UsageError("--preset and --recipe are of a film with one recipe; this one goes through several.")
        film = film.replace(recipe=base_recipe(options))
    if "network" in changes:
        changes["network"] = network_name(changes["network"])
    tracks = dict(film.tracks) | dict(_read_key(text) for text in options.key)
    stops = tuple(stop.replace(**changes) for stop in stops)
    return film.replace(recipe=film.recipe.replace(**changes), stops=stops, tracks=tuple(tracks.items()), **own)


def with_own_layers(film: "Film", network: "Network", *, quiet: bool) -> "Film":
    """Return the film with the network's own layers in recipes that name others, and say so."""
    known = {layer.name for layer in network.layers}

    def dreamed(recipe: Recipe) -> Recipe:
        if known.issuperset(parse_target(name).layer for name, _ in recipe.layers):
            return recipe
        if not quiet and recipe.layers != Recipe().layers:
            own = format_setting(network.default_layers)
            complain(f"the layers named are those of another network; {recipe.network} dreams with its own, {own}.")
        return recipe.replace(layers=network.default_layers)

    return film.replace(recipe=dreamed(film.recipe), stops=tuple(map(dreamed, film.stops)))


def _read_key(text: str) -> "tuple[str, Track]":
    from deepdream.film.tracks import read_track

    name, equals, track = text.partition("=")
    if not equals:
        raise UsageError(f"--key {text!r} is not NAME=TEXT, as in zoom=0:1.2,4:1.5.")
    return name.strip(), read_track(track.strip())


FILM = Verb("make a film of a photo or a clip", add_film_options, run)
MORPH = Verb("make a film from one look to the next", add_morph_options, run)
