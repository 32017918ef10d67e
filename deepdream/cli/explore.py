"""The verbs `features` and `visualize`: what a network sees in a photo, and what it wants to see."""

import argparse
import contextlib
import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from deepdream.cli.dream import follow
from deepdream.cli.files import check_file, save
from deepdream.cli.network import add_network_choice, add_network_options, load
from deepdream.cli.options import (
    UsageError,
    Verb,
    add_limit_option,
    add_number_option,
    add_quiet_option,
    number_pair,
    refuse_given,
)
from deepdream.cli.progress import Progress
from deepdream.cli.setting_options import add_setting_options, settings_given
from deepdream.errors import DeadChannelError
from deepdream.recipe import Recipe
from deepdream.visualization.presets import PORTRAIT_PRESETS, Portrait

if TYPE_CHECKING:  # these load TensorFlow or Pillow, for which --help shall not wait
    import numpy as np

    from deepdream.inspection.contact_sheet import Cell
    from deepdream.networks import Network


def add_features_options(parser: argparse.ArgumentParser) -> None:
    """Add the photo, the layer, and what to show of it."""
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="the photo to look at")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="the picture's file")
    add_network_choice(parser, "--network", "NAME|FILE")
    add_network_options(parser)
    parser.add_argument("--layer", metavar="NAME", help="the layer (default: the network's first default layer)")
    parser.add_argument(
        "--channel", metavar="K", type=int, help="one channel at full size, in place of the contact sheet"
    )
    parser.add_argument(
        "--at", metavar="X,Y", type=number_pair, help="rank the channels at a place, shares from 0 to 1"
    )
    add_number_option(parser, "--count", 1, 4096, "channels on the sheet (default: 64)")
    parser.add_argument("--scale", choices=("own", "shared"), help="of the colors (default: own)")
    add_number_option(parser, "--over", 0.0, 1.0, "share of the photo, beneath a channel or class (default: 0.6)")
    parser.add_argument("--class", metavar="NAME|N", help="show where the layer sees this class (Grad-CAM)")
    add_number_option(parser, "--top", 0, 1000, "print the N classes that the network names", default=0)
    add_limit_option(parser)


def run_features(options: argparse.Namespace) -> int:
    """Write a contact sheet of channels, one channel, or where a class is seen; print the classes that are named."""
    from deepdream.images import read_image

    if options.output is None and not options.top:
        raise UsageError("say where to write with -o OUT, or what to print with --top N.")
    _refuse_ignored(options)
    output = check_file(options.output, inputs=[options.photo]) if options.output is not None else None
    photo = read_image(options.photo, max_megapixels=options.max_megapixels)
    network = load(options.network, options)
    from deepdream.inspection.views import top_classes

    for label, share in top_classes(photo, network, options.top) if options.top else ():
        print(f"{share:6.1%}  {label}")
    if output is not None:
        save(output, _features_picture(photo.pixels, network, options))
    return 0


def _refuse_ignored(options: argparse.Namespace) -> None:
    """Refuse what the picture that is asked for does not depend on."""
    if options.precision == "bf16" and (options.output is None or vars(options)["class"] is not None):
        raise UsageError("--precision bf16: classes are seen in fp32; it is for maps of channels.")
    if options.output is None:
        picture = ("--layer", "--channel", "--at", "--count", "--scale", "--over", "--class")
        refuse_given(options, picture, "of a picture; say where to write it with -o OUT")
    elif vars(options)["class"] is not None:
        refuse_given(options, ("--channel", "--at", "--count", "--scale"), "not of a class; leave that or --class out")
    elif options.channel is not None:
        refuse_given(options, ("--at", "--count", "--scale"), "of a sheet; leave that or --channel out")
    else:
        refuse_given(options, ("--over",), "of a channel or a class; a sheet shows no photo")


def _features_picture(photo: "np.ndarray", network: "Network", options: argparse.Namespace) -> "np.ndarray":
    from deepdream.inspection.maps import FeatureMaps, feature_maps
    from deepdream.inspection.views import grad_cam

    layer = options.layer if options.layer is not None else network.default_layers[0][0]
    over = 0.6 if options.over is None else options.over
    if (label := vars(options)["class"]) is not None:
        label = int(label) if label.isdecimal() else label
        map_of_class = grad_cam(photo, network, layer, label)[..., None]
        return FeatureMaps(layer, photo, map_of_class).picture(0, over=over)
    maps = feature_maps(photo, network, layer, precision=options.precision)
    if options.channel is not None:
        return maps.picture(options.channel, over=over)
    return maps.sheet(options.count or 64, place=options.at, scale=options.scale or "own")


def add_visualize_options(parser: argparse.ArgumentParser) -> None:
    """Add the network, the targets, and how their pictures are grown."""
    parser.usage = f"{parser.prog} TARGET [TARGET ...] -o OUT [options]"
    parser.add_argument(
        "targets",
        metavar="TARGET",
        nargs="+",
        help="a layer (conv4_2), a channel (conv4_2:17), a neuron (conv4_2:17@0.5,0.5) or a class (classes:school bus);"
        " several fill a sheet",
    )
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="the picture's file")
    add_network_choice(parser, "--network", "NAME|FILE")
    add_network_options(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--each-channel", action="store_true", help="a sheet of every channel of the layers named")
    what.add_argument(
        "--mix", action="store_true", help="one picture for all targets together, each a TARGET or TARGET=WEIGHT"
    )
    add_number_option(parser, "--tile", 16, 1024, "pixels of a tile on a sheet (default: 96)")
    add_number_option(parser, "--columns", 0, 256, "tiles a row (default: as many as rows)")
    parser.add_argument("--no-cache", action="store_true", help="neither keep pictures of channels nor use kept ones")
    add_quiet_option(parser)
    parser.add_argument(
        "--preset",
        choices=tuple(PORTRAIT_PRESETS),
        default="soft",
        help="how pictures are grown: soft (default), or as published: lucid, maco, chollet; the settings change it",
    )
    add_setting_options(parser, Portrait.settings())


def run_visualize(options: argparse.Namespace) -> int:
    """Grow the picture of each target from noise, and write it, or a sheet of them."""
    from deepdream.inspection.contact_sheet import contact_sheet

    output = check_file(options.output)
    alone = options.mix or (len(options.targets) == 1 and not options.each_channel)
    if alone:
        refuse_given(options, ("--tile", "--columns"), "of a sheet; this is one picture")
    if options.each_channel:
        refuse_given(options, ("--variants", "--diversity"), "not of --each-channel, which shows each channel once")
    else:
        refuse_given(options, ("--no-cache",), "of --each-channel; no other pictures are kept")
    portrait = dataclasses.replace(PORTRAIT_PRESETS[options.preset], **settings_given(options))
    network = load(options.network, options)
    if alone:
        return _write_one(options, network, portrait, output)
    _check_targets(options, network, portrait)
    tiles: list[Cell] = []
    finished = True
    try:
        for tile in _tiles(options, network, portrait):
            tiles.append(tile)
    except KeyboardInterrupt:
        finished = False
        if not tiles:
            raise
    caption = f"{network.name}: {', '.join(options.targets)}"[:200]
    save(output, contact_sheet(tiles, side=options.tile or 96, columns=options.columns or 0, caption=caption))
    return Progress(caption[:60], quiet=options.quiet).end(output, f"{len(tiles)} pictures", finished=finished)


def _check_targets(options: argparse.Namespace, network: "Network", portrait: Portrait) -> None:
    """Check all targets before the first is grown."""
    from deepdream.visualization.job import Visualization

    for target in options.targets:
        if options.each_channel:
            network.layer(target)
        else:
            with contextlib.suppress(DeadChannelError):  # known once it is grown
                Visualization(network.name, target, portrait, options.precision, loaded=network).frames().close()


def _write_one(options: argparse.Namespace, network: "Network", portrait: Portrait, output: Path) -> int:
    from deepdream.visualization.job import Visualization

    mix = tuple(pair for target in options.targets for pair in Recipe.parse("layers", target))
    progress = Progress(", ".join(options.targets)[:60], quiet=options.quiet)
    job = Visualization(network.name, mix, portrait, options.precision, loaded=network)
    newest = follow(job.frames(), progress)
    record = {"network": network.name, "targets": options.targets, "portrait": dataclasses.asdict(portrait)}
    save(output, newest.image, record=record)
    return progress.end(output, f"{newest.seconds:.1f} s", finished=newest.is_last)


def _tiles(options: argparse.Namespace, network: "Network", portrait: Portrait) -> "Iterator[Cell]":
    """Yield the sheet's tiles as they are done, and say how far the work is."""
    import numpy as np

    from deepdream.inspection.contact_sheet import Cell
    from deepdream.visualization.job import Visualization
    from deepdream.visualization.visualize import visualize_layer
    from deepdream.workers import open_workers

    for target in options.targets:
        if not options.each_channel:
            name = re.sub("^classes:", "", target)
            try:
                job = Visualization(network.name, target, portrait, options.precision, loaded=network)
                *_, last = open_workers().frames(job, pace=math.inf)
                yield Cell(last.image, name)
            except DeadChannelError:  # the others are not worth less for it
                yield Cell(np.full((portrait.size, portrait.size, 3), 0.5, np.float32), f"{name} dead")
            continue
        progress = Progress(target, quiet=options.quiet)
        count = network.layer(target).channels
        pictures = visualize_layer(network, target, portrait, cached=not options.no_cache, precision=options.precision)
        for number, picture in enumerate(pictures, start=1):
            label = f"{picture.channel}{' dead' if picture.dead else ''}"
            yield Cell(picture.image, label if len(options.targets) == 1 else f"{target}:{label}")
            if number % 32 == 0 or number == count:
                progress.say(f"{number} of {count} channels")


FEATURES = Verb("show what a network sees in a photo", add_features_options, run_features)
VISUALIZE = Verb("show what channels, neurons and classes want to see", add_visualize_options, run_visualize)
