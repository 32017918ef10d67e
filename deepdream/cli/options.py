"""What the verbs' options are made with, above all one option for each setting of a recipe."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.cli.setting_options import add_setting_options, flag_of, settings_given
from deepdream.errors import DreamError, RecipeError
from deepdream.presets import preset
from deepdream.recipe import Recipe
from deepdream.settings.kinds import Setting, format_setting, read_typed

FLAGS = {"guide": "--guide-mode"}  # of settings not called by their own name: --guide is the picture itself


@dataclass(frozen=True)
class Verb:
    """One thing that the command line does: a line of help, its options, and the function that does it."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class UsageError(DreamError):
    """Report options that are wrong or do not fit together."""


def refuse_given(options: argparse.Namespace, flags: Iterable[str], reason: str) -> None:
    """Refuse options that would change nothing; `reason` goes on after their names.

    Raises:
        UsageError: one of them is given.
    """
    values = {flag_of(name): value for name, value in {**vars(options), **settings_given(options)}.items()}
    if given := [flag for flag in flags if values.get(flag) is not None and values[flag] is not False]:
        raise UsageError(f"{', '.join(given)}: {reason}.")


def add_mask_option(parser: argparse._ActionsContainer, done: str) -> None:
    """Add --mask, whose white part is what is `done`."""
    about = f"a gray picture: white {done}, black stays as it is"
    parser.add_argument("--mask", metavar="FILE", type=Path, help=about)


def add_limit_option(parser: argparse._ActionsContainer) -> None:
    """Add --max-megapixels, for each picture that is read."""
    about = "refuse larger pictures (default: 40)"
    parser.add_argument("--max-megapixels", metavar="N", type=positive_number, default=40.0, help=about)


def add_quiet_option(parser: argparse._ActionsContainer) -> None:
    """Add --quiet."""
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def add_number_option(
    parser: argparse._ActionsContainer, flag: str, low: float, high: float, help: str, default: float | None = None
) -> None:
    """Add an option of a number from low to high, both allowed: a whole one where these are."""
    whole = isinstance(high, int)
    about = Setting(help, "whole" if whole else "number", default, low=low, high=high)

    def read(text: str) -> Any:
        try:
            return read_typed(flag, about, text)
        except RecipeError:
            raise UsageError(f"{flag}: received {text!r}; allowed: {about.allowed}.") from None

    parser.add_argument(flag, metavar="N" if whole else "X", type=read, default=default, help=help)


def add_recipe_options(parser: argparse.ArgumentParser, readers: Mapping[str, Callable[[str], Any]]) -> None:
    """Add --preset, --recipe, and one option for each setting of a recipe, in the table's groups and order.

    readers: by the setting's name, where its option takes more than the setting does.
    """
    source = parser.add_argument_group(
        "where settings come from", "the defaults, the preset, the recipe file and the options, the later the stronger"
    )
    source.add_argument("--preset", metavar="NAME", help="a look; `deepdream presets` lists them")
    source.add_argument("--recipe", metavar="FILE", type=Path, help="the recipe in a picture, or a JSON file")
    add_setting_options(parser, Recipe.settings(), flags=FLAGS, readers=readers)


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


def recipe_of(named: str) -> Recipe:
    """Return the recipe of a preset, or the one that a file holds.

    Raises:
        DreamError: there is no such preset, or the file holds none.
    """
    from deepdream.images import read_recipe

    return read_recipe(named) if Path(named).is_file() else preset(named.strip())


def arguments_of(settings: Mapping[str, Any]) -> list[str]:
    """Return the arguments that give these settings of a recipe, by name: what `settings_given` reads back."""
    arguments = []
    for name, value in settings.items():
        flag = FLAGS.get(name, flag_of(name))
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
