"""What the verbs' options are made with, above all one option for each setting of a recipe."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from deepdream.errors import DreamError
from deepdream.presets import preset
from deepdream.recipe import Recipe, parse_setting
from deepdream.settings import Setting, format_setting

_NOT_GIVEN = object()  # None is a value: --max-loss none
_FLAGS = {"guide": "--guide-mode"}  # --guide is the picture itself
_METAVARS = {"whole": "N", "number": "X", "name": "NAME", "layers": "NAME=WEIGHT,...", "sizes": "HxW,..."}


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
            add_option(type=partial(parse_setting, name), metavar=metavar, help=text)


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
    """Return the settings that the options name, with their values."""
    values = {name: vars(options)[_place(name)] for name in Recipe.settings()}
    return {name: value for name, value in values.items() if value is not _NOT_GIVEN}


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


def _flag(name: str) -> str:
    return _FLAGS.get(name, f"--{name.replace('_', '-')}")


def _place(name: str) -> str:
    return f"setting {name}"  # apart from the other options: --guide and --recipe are no settings


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"
