"""Options made from any table of settings: one for each, with its help and its bounds."""

import argparse
from collections.abc import Mapping
from functools import partial
from typing import Any

from deepdream.cli.options import allowed_text
from deepdream.settings import Setting, read_typed

_METAVARS = {"whole": "N", "number": "X", "name": "NAME", "layers": "NAME=WEIGHT,..."}


def add_setting_options(parser: argparse.ArgumentParser, table: Mapping[str, Setting]) -> None:
    """Add one option for each setting, in the table's groups and order."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, about in table.items():
        if about.group not in groups:
            groups[about.group] = parser.add_argument_group(f"settings: {about.group}")
        groups[about.group].add_argument(
            f"--{name.replace('_', '-')}",
            dest=f"setting {name}",
            default=argparse.SUPPRESS,
            type=partial(read_typed, name, about),
            metavar=_METAVARS.get(about.kind) or f"{{{','.join(about.choices)}}}",
            help=f"{about.help} ({allowed_text(about)})".replace("%", "%%"),
        )


def settings_given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options name, with their values."""
    prefix = "setting "
    return {name.removeprefix(prefix): value for name, value in vars(options).items() if name.startswith(prefix)}
