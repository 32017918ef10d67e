"""How a table of settings is written: as JSON, in pictures and files, and as the short text of a link.

Both hold a version and only what differs. Neither is ever evaluated, and sizes are limited before parsing.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.settings.json_text import parse_json
from deepdream.settings.kinds import format_linked, read_linked
from deepdream.settings.table import Settings

MAX_QUERY = 2_000  # characters, what every browser and chat program carries in a link

Table = TypeVar("Table")


class Coded(Settings):
    """Be a table of settings that can be written and read."""

    VERSION: ClassVar[int] = 1  # of the written form; raised when a text's meaning changes, as where a default does
    EARLIER: ClassVar[Mapping[int, Mapping[str, Any]]] = MappingProxyType({})  # by version: defaults that were others

    def to_dict(self) -> dict[str, Any]:
        """Return the version and what differs from the defaults, as JSON's types."""
        return {"version": self.VERSION, **{name: _listed(value) for name, value in self.changes().items()}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make the settings from what `to_dict` gives; "version" may be left out.

        Raises:
            RecipeError: an unknown name, a value that is not allowed, or a version that is too new.
        """
        if not isinstance(values, Mapping):
            raise RecipeError(f"a {cls.TITLE} is a JSON object of settings, received {quoted(values)}.")
        defaults = cls._defaults(values.get("version", cls.VERSION))
        changes = {name: value for name, value in values.items() if name != "version"}
        cls.refuse_unknown(changes)
        return cls(**defaults | changes)

    def to_json(self) -> str:
        """Return the JSON text of `to_dict`, in ASCII."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            RecipeError: not JSON, longer than 32,000 characters, nested too deeply, or not such settings.
        """
        return cls.from_dict(parse_json(text))

    def to_query(self, name: str = "", base: Self | None = None) -> str:
        """Return the short text for a link: the version, the preset `name` and what differs from its settings `base`.

        "1*keras_example*layers-mixed4..mixed5-1.5*steps-30" needs no percent-encoding in a URL. Leave both out for a
        text that leans on no preset.

        Raises:
            RecipeError: the text would be longer than 2,000 characters.
        """
        changed = [f"{key}-{format_linked(value)}" for key, value in self.changes(base).items()]
        text = "*".join([str(self.VERSION), *([name] if name else []), *changed])
        if len(text) > MAX_QUERY:
            raise RecipeError(
                f"the link would have {len(text)} characters; allowed: {MAX_QUERY}. "
                f"Save the {self.TITLE} as a file instead."
            )
        return text

    @classmethod
    def from_query(cls, text: str, presets: Mapping[str, Self] | None = None) -> Self:
        """Read what `to_query` wrote; `presets` are the settings that it may lean on, by name.

        Raises:
            RecipeError: too long, not such settings, an unknown preset or setting, or a value that is not allowed.
        """
        if len(text) > MAX_QUERY:
            raise RecipeError(f"the {cls.TITLE} in the link has {len(text)} characters; allowed: {MAX_QUERY}.")
        version, *parts = text.strip().split("*")
        defaults = cls._defaults(int(version) if re.fullmatch("[0-9]{1,6}", version) else version)
        base = _named(parts.pop(0), presets or {}) if parts and "-" not in parts[0] else cls(**defaults)
        changes: dict[str, Any] = {}
        for part in parts:
            key, dash, value = part.partition("-")
            cls.refuse_unknown([key])
            if not dash or key in changes:
                raise RecipeError(f"{key}: the link gives it {'twice' if key in changes else 'no value'}.", key)
            changes[key] = read_linked(key, cls.settings()[key], value)
        return base.replace(**changes)

    @classmethod
    def _defaults(cls, version: Any) -> dict[str, Any]:
        """Return the defaults of a version that are no longer ours; raise RecipeError where we don't read it."""
        if version in (cls.VERSION, *cls.EARLIER) and type(version) is int:
            return dict(cls.EARLIER.get(version, {}))
        if isinstance(version, int) and version > cls.VERSION:
            raise RecipeError(
                f"the {cls.TITLE} has version {quoted(version)}, this program reads up to {cls.VERSION}: "
                "update deepdream."
            )
        allowed = " and ".join(map(str, (*cls.EARLIER, cls.VERSION)))
        raise RecipeError(f"the {cls.TITLE}'s version is {quoted(version)}; allowed: {allowed}.")


def _named(name: str, presets: Mapping[str, Table]) -> Table:
    if name not in presets:
        raise RecipeError(f"{quoted(name)} is not a preset; {nearest(name, presets)}")
    return presets[name]


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value
