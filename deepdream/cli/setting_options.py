"""Options made from any table of settings: one for each, with its help and its bounds."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from deepdream.settings.kinds import Setting, format_setting, read_typed

_METAVARS = {"whole": "N", "number": "X", "name": "NAME", "layers": "NAME=WEIGHT,...", "sizes": "HxW,..."}
PREFIX = "setting "  # keeps settings apart from the other options: --guide and --recipe are none
_NONE: Mapping[str, Any] = MappingProxyType({})


def add_setting_options(
    parser: argparse.ArgumentParser,
    table: Mapping[str, Setting],
    *,
    flags: Mapping[str, str] = _NONE,
    readers: Mapping[str, Callable[[str], Any]] = _NONE,
) -> None:
    """Add one option for each setting, in the table's groups and order.

    flags, readers: by the setting's name, where the option is not called as the setting, or takes more than it does.
    """
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, about in table.items():
        if about.group not in groups:
            groups[about.group] = parser.add_argument_group(f"settings: {about.group}")
        # None is a value (--max-loss none), so that an option not given must leave nothing.
        flag = flags.get(name, flag_of(name))
        add = partial(groups[about.group].add_argument, flag, dest=PREFIX + name, default=argparse.SUPPRESS)
        text = f"{about.help} ({allowed_text(about)})".replace("%", "%%")
        if about.kind == "switch":
            add(action=argparse.BooleanOptionalAction, help=text)
        else:
            read = readers.get(name, partial(read_typed, name, about))
            add(type=read, metavar=_METAVARS.get(about.kind) or f"{{{','.join(about.choices)}}}", help=text)


def settings_given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options name, with their values."""
    return {name.removeprefix(PREFIX): value for name, value in vars(options).items() if name.startswith(PREFIX)}


def flag_of(name: str) -> str:
    """Return the option of a setting: --octave-scale for octave_scale."""
    return f"--{name.replace('_', '-')}"


def allowed_text(about: Setting) -> str:
    """Return what a setting may be and what it is by default, in a few words."""
    default = f"default {format_setting(about.default) or 'none'}"
    bounds = f"{about.low:.10g} to {about.high:.10g}, " if about.kind in ("whole", "number") else ""
    return f"{bounds}{default}"
