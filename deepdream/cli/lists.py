"""The verbs that print what there is: layers, presets, settings, and the recipe in a picture."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deepdream.cli.network import add_network_choice, add_network_options, load
from deepdream.cli.options import FLAGS, Verb, refuse_given
from deepdream.errors import LayerError, nearest, quoted
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe
from deepdream.settings.kinds import format_setting


def add_layers_options(parser: argparse.ArgumentParser) -> None:
    """Add the network's name."""
    add_network_choice(parser, "network", "NETWORK", nargs="?")
    add_network_options(parser, precision=False)
    parser.add_argument("--find", metavar="WORD", help="print instead the channels and classes whose names hold this")


def run_layers(options: argparse.Namespace) -> int:
    """Print a network's layers, from the shallowest to the deepest; or the channels and classes of a name."""
    from deepdream.networks import CLASSES, imagenet, load_network
    from deepdream.networks.channel_names import channel_names

    if options.network in imagenet.TABLE and options.weights is None:
        options.weights = "none"  # random ones have the same layers, and need no download
    if options.network == "compact" and options.weights is options.value_range is None:
        network = load_network("compact")  # which needs no TensorFlow, and is here in a moment
    else:
        network = load(options.network, options)
    if options.find is not None:
        names = {**channel_names(network.name), **{f"{CLASSES}:{label}": label for label in network.labels}}
        found = [(target, name) for target, name in names.items() if options.find.lower() in name.lower()]
        if not found:
            known = nearest(options.find, sorted(set(names.values())))
            raise LayerError(f"no channel or class is named {quoted(options.find)}; {known}")
        print_table(("target", "what it draws"), found, markdown=False)
        return 0
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
        refuse_given(options, ("--markdown",), "of the table; a recipe is JSON")
        print_json(preset(options.name).to_dict())
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
        (name, format_setting(setting.default) or "none", setting.allowed, _with_flag(name, setting.help))
        for name, setting in Recipe.settings().items()
    ]
    print_table(("setting", "default", "allowed", "what it does"), rows, markdown=options.markdown)
    return 0


def _with_flag(name: str, text: str) -> str:
    return f"{text} On the command line it is {FLAGS[name]}." if name in FLAGS else text


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add the file, the choice of the run's record, and a surprise in its place."""
    parser.add_argument("--record", action="store_true", help="print the record of the run instead")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", metavar="FILE", type=Path, nargs="?", help="a picture dreamed here, or a JSON file")
    source.add_argument("--surprise", metavar="SEED", type=int, help="print a recipe that this whole number draws")


def run_recipe(options: argparse.Namespace) -> int:
    """Print the recipe in a picture, or a surprise, as JSON, which --recipe reads; or the record of the run."""
    from deepdream.images import read_recipe, read_record

    if options.surprise is not None:
        refuse_given(options, ("--record",), "of a file; a surprise has none")
        from deepdream.variations import surprise

        print_json(surprise(options.surprise).to_dict())
        return 0
    print_json(read_record(options.file) if options.record else read_recipe(options.file).to_dict())
    return 0


def print_json(values: Mapping[str, Any]) -> None:
    """Print a JSON object, one value a line."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
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


LAYERS = Verb("list the layers of a network", add_layers_options, run_layers)
PRESET_LIST = Verb("list the presets, or print the recipe of one", add_presets_options, run_presets)
SETTINGS = Verb("list every setting of a recipe", add_settings_options, run_settings)
RECIPE = Verb("print the recipe in a picture as JSON", add_recipe_options, run_recipe)
