"""What the verbs' options are made with, above all one option for each setting of a recipe."""

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from deepdream.errors import DreamError
from deepdream.presets import preset
from deepdream.recipe import Recipe, parse_setting
from deepdream.settings import Setting, format_setting

MODEL_ENDINGS = (".keras", ".h5", ".hdf5")
_NOT_GIVEN = object()  # None is a value: --max-loss none
_FLAGS = {"guide": "--guide-mode"}  # --guide is the picture itself
_METAVARS = {"whole": "N", "number": "X", "name": "NAME|FILE", "layers": "NAME=WEIGHT,...", "sizes": "HxW,..."}


@dataclass(frozen=True)
class Verb:
    """One thing that the command line does: a line of help, its options, and the function that does it."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class UsageError(DreamError):
    """Report options that are wrong or do not fit together."""


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add --preset, --recipe, and one option for each setting of a recipe, in the table's groups and order."""
    source = parser.add_argument_group(
        "where settings come from", "the defaults, the preset, the recipe file and the options, the later the stronger"
    )
    source.add_argument("--preset", metavar="NAME", help="a look; `deepdream presets` lists them")
    source.add_argument("--recipe", metavar="FILE", type=Path, help="the recipe in a picture, or a JSON file")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, setting in Recipe.settings().items():
        if setting.group not in groups:
            groups[setting.group] = parser.add_argument_group(f"settings: {setting.group}")
        add_option = partial(groups[setting.group].add_argument, _flag(name), dest=_place(name), default=_NOT_GIVEN)
        text = f"{setting.help} ({allowed_text(setting)})".replace("%", "%%")
        if setting.kind == "switch":
            add_option(action=argparse.BooleanOptionalAction, help=text)
        else:
            metavar = _METAVARS.get(setting.kind) or f"{{{','.join(setting.choices)}}}"
            read = read_network if name == "network" else partial(parse_setting, name)
            add_option(type=read, metavar=metavar, help=text)


def allowed_text(setting: Setting) -> str:
    """Return what a setting may be and what it is by default, in a few words."""
    default = f"default {format_setting(setting.default) or 'none'}"
    bounds = f"{_plain(setting.low)} to {_plain(setting.high)}, " if setting.kind in ("whole", "number") else ""
    return f"{bounds}{default}"


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
    """Return the settings that the options name, with their values; a network's file gives its name alone."""
    values = {name: vars(options)[_place(name)] for name in Recipe.settings()}
    file = network_file(options)
    if file is not None:
        values["network"] = re.sub("[^A-Za-z0-9_]", "_", file.stem)[:64]  # a recipe never holds a path
    return {name: value for name, value in values.items() if value is not _NOT_GIVEN}


def network_file(options: argparse.Namespace) -> Path | None:
    """Return the file that --network names; None when it names a network, or is not given."""
    value = vars(options)[_place("network")]
    return value if isinstance(value, Path) else None


def read_network(text: str) -> Any:
    """Read a network's name, or the path of a Keras model.

    Raises:
        RecipeError: it can be neither.
    """
    return Path(text) if text.lower().endswith(MODEL_ENDINGS) else parse_setting("network", text)


def arguments_of(settings: Mapping[str, Any]) -> list[str]:
    """Return the arguments that give these settings of a recipe, by name: what `options_given` reads back."""
    arguments = []
    for name, value in settings.items():
        flag = _flag(name)
        if isinstance(value, bool):
            arguments.append(flag if value else flag.replace("--", "--no-", 1))
        else:
            arguments.append(f"{flag}={format_setting(value)}")  # = keeps -1 from looking like an option
    return arguments


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


def number_pair(text: str) -> tuple[float, float]:
    """Read two numbers with a comma between them.

    Raises:
        UsageError: it is something else.
    """
    try:
        low, high = (float(each) for each in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} is not two numbers with a comma between them, as in 0,255.") from None
    return low, high


def _flag(name: str) -> str:
    return _FLAGS.get(name, f"--{name.replace('_', '-')}")


def _place(name: str) -> str:
    return f"setting {name}"  # apart from the other options: --guide and --recipe are no settings


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"
