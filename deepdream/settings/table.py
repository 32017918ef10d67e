"""Tables of settings: a frozen value whose fields describe themselves.

A table is a dataclass below `Settings` whose fields are made by `whole`, `number`, `choice`, `switch` and `setting`.
Its checks, the options of the command line and the sliders of the page follow from the fields. A long table is put
together from sections, each a class with a heading:

    class Steps(Settings, group="steps", basic=("steps",)): ...
    class Recipe(Octaves, Steps): ...
"""

import dataclasses
import functools
import inspect
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.settings.kinds import Setting, check, read_typed


class Settings:
    """Be a frozen value that is checked when it is made; lists become tuples, 3.0 becomes 3 where a whole number is
    meant.

    Raises:
        RecipeError: a value has the wrong type, is not finite, or is outside what `settings()` allows.
    """

    TITLE: ClassVar[str]  # what these are the settings of, in messages: "recipe"
    _heading: ClassVar[tuple[str, tuple[str, ...] | None]]

    def __init_subclass__(cls, *, group: str = "", basic: tuple[str, ...] | None = None) -> None:
        """Take the heading of a class's own fields: their group, and which are shown at once; by default all."""
        cls._heading = group, basic

    def __post_init__(self) -> None:
        for name, about in self.settings().items():
            object.__setattr__(self, name, check(name, about, getattr(self, name)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.changes().items())})"

    @classmethod
    @functools.cache
    def settings(cls) -> Mapping[str, Setting]:
        """Return the table of settings, by name, section after section, in the order in which they are shown."""
        every = dataclasses.fields(cls)  # type: ignore[arg-type]
        fields = {field.name: field.metadata["setting"] for field in every if "setting" in field.metadata}
        table = {}
        for section in (each for each in cls.__mro__ if issubclass(each, Settings) and each is not Settings):
            group, basic = section._heading
            for name in inspect.get_annotations(section):
                if name in fields:
                    advanced = basic is not None and name not in basic
                    table[name] = dataclasses.replace(fields[name], group=group, advanced=advanced)
        return MappingProxyType(table)

    def replace(self, **changes: Any) -> Self:
        """Return this value with some settings changed.

        Raises:
            RecipeError: a name is not a setting, or a value is not allowed.
        """
        self.refuse_unknown(changes)
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def changes(self, base: Self | None = None) -> dict[str, Any]:
        """Return the settings that differ from those of `base`, or from the defaults."""
        base = base if base is not None else type(self)()
        return {name: getattr(self, name) for name in self.settings() if getattr(self, name) != getattr(base, name)}

    @classmethod
    def parse(cls, name: str, text: str) -> Any:
        """Read a setting's value from the text that a person types, as "30", "none" or "mixed3=1,mixed5=1.5".

        Raises:
            RecipeError: `name` is not a setting, or the text is not a value for it.
        """
        cls.refuse_unknown([name])
        return read_typed(name, cls.settings()[name], text)

    @classmethod
    def refuse_unknown(cls, names: Iterable[Any]) -> None:
        """Check that all names are settings.

        Raises:
            RecipeError: one is not; the message names the nearest.
        """
        table = cls.settings()
        for name in names:
            if name not in table:
                message = f"{quoted(name)} is not a setting of a {cls.TITLE}; {nearest(str(name), table)}"
                raise RecipeError(message, str(name)[:60])


def setting(default: Any, kind: str, help: str) -> Any:
    """Make a field of a kind that needs no range: "name", "layers" or "sizes"."""
    return _field(Setting(help, kind, default))


def whole(
    default: int, help: str, low: int, high: int, *, usual: tuple[int, int] | None = None, typed: bool = False
) -> Any:
    """Make a field for whole numbers from low to high."""
    return _field(Setting(help, "whole", default, low=low, high=high, step=1, usual=usual, typed=typed))


def number(
    default: float | None,
    help: str,
    low: float,
    high: float,
    *,
    step: float = 0.01,
    usual: tuple[float, float] | None = None,
    typed: bool = False,
) -> Any:
    """Make a field for numbers from low to high; with the default None it may be off."""
    optional = default is None
    about = Setting(help, "number", default, low=low, high=high, step=step, usual=usual, optional=optional)
    return _field(dataclasses.replace(about, typed=typed or optional))


def choice(help: str, *choices: str) -> Any:
    """Make a field for one of a few words; the first is the default."""
    return _field(Setting(help, "choice", choices[0], choices=choices))


def switch(help: str, *, on: bool = False) -> Any:
    """Make a field that is on or off, off by default."""
    return _field(Setting(help, "switch", on))


def _field(about: Setting) -> Any:
    return dataclasses.field(default=about.default, metadata={"setting": about})
