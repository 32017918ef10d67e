"""How the page is served: one table of settings, read from the command line, the environment and a TOML file.

The command line counts before the environment (DEEPDREAM_NAME), the environment before the file, the file before the
default. Every limit of the host is one of these settings, by its own name.
"""

import argparse
import json
import logging
import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from configparser import RawConfigParser
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from deepdream.errors import RecipeError, nearest, quoted
from deepdream.networks import network_names
from deepdream.web.server.callers import LOOPBACK, Callers, is_network
from deepdream.web.server.limits import Limits, limit
from deepdream.web.texts import LANGUAGES

LOG = logging.getLogger(__name__)
PREFIX = "DEEPDREAM_"
GRADIOS = {"host": "GRADIO_SERVER_NAME", "port": "GRADIO_SERVER_PORT"}  # names of Gradio's, which count less than ours
PORT_MOST = 65535
EMBEDDED, *OTHERS = network_names()
PUBLIC: dict[str, Any] = {"networks": (EMBEDDED,), "seconds_an_hour": 1800.0}  # where others come in


@dataclass(frozen=True)
class Hosting:
    """Say how the page is served; what it takes on is in `Limits`."""

    host: str = limit("127.0.0.1", "the address to listen at; 0.0.0.0 lets other machines in")
    port: int = limit(0, "the port; 0 is the first free one from 7860")
    share: bool = limit(False, "also make a public address for a week, through gradio.live")
    root_path: str = limit("", "the path below which a proxy serves the page, such as /dream")
    mcp: bool = limit(False, "offer the endpoints as tools to language models; needs gradio[mcp]")
    name: tuple[str, ...] = limit((), "a name that the page is called by, such as dream.example.org")
    proxy: tuple[str, ...] = limit((), "a proxy's address or network; its X-Forwarded headers are believed")
    frame: tuple[str, ...] = limit((), "a page that may show this one in a frame, such as https://example.org")
    grace: float = limit(20.0, "seconds that running dreams have to end or to be kept once the server is told to end")
    journal: bool = limit(
        False, "write a line of JSON for each render: seconds, pixels, preset, outcome; nobody's name"
    )
    metrics_port: int = limit(
        0, "a port of its own at which Prometheus reads /metrics; 0 for none; needs the extra serve"
    )
    metrics_token: str = limit("", "or: who sends this as a bearer token reads /metrics at the page's own port")
    title: str = limit("", "the page's name in tabs and in links that are shared; empty for DeepDream studio")
    languages: tuple[str, ...] = limit(
        LANGUAGES, "the languages that the page speaks, the first of them to who reads none"
    )
    legal: str = limit("", "a line on the privacy page, such as who runs this and how they can be reached")
    device: bool = limit(
        False,
        "have npm fetch, once, the runtime by which visitors' own devices dream previews (33 MB); without this they do "
        "where it was fetched before",
    )
    engines: str = limit(
        "here",
        "who computes whole dreams: here (this process), a number of processes of this machine, ray or auto or "
        "ray://HOST:PORT (a Ray cluster; needs the extra ray)",
    )

    @property
    def public(self) -> bool:
        """Whether anybody but the owner of this machine comes in."""
        return self.share or self.host not in LOOPBACK or bool(self.proxy or self.name)

    def callers(self) -> Callers:
        """Return who may call."""
        names = (*self.name, *(("*.gradio.live",) if self.share else ()))
        return Callers(names, self.proxy, ("'self'", *self.frame))


ROWS = {each.name: each for each in (*fields(Hosting), *fields(Limits))}
PORT_SETTINGS = ("port", "metrics_port")
FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {  # what a value must be besides its type, and how that is said
    "upload": (lambda size: re.fullmatch(r"\d+ ?[kmg]?b", size, re.IGNORECASE) is not None, "bytes such as 40mb"),
    "proxy": (lambda proxies: all(map(is_network, proxies)), "a list of addresses or networks such as 10.0.0.0/8"),
    "networks": (
        lambda names: names == ("all",) or (EMBEDDED in names and {*names} <= {EMBEDDED, *OTHERS}),
        f"all, or {EMBEDDED} and any of {', '.join(OTHERS)}",
    ),
}
LISTS = [name for name, row in ROWS.items() if isinstance(row.default, tuple)]


def read_hosting(
    arguments: list[str], environment: Mapping[str, str] = os.environ, *, public: bool = False
) -> tuple[Hosting, Limits]:
    """Return the settings that arguments, environment and file give, and the limits; `--config FILE` names the file.

    Where others come in, as the settings or `public` say, the defaults of PUBLIC hold, such as the embedded network
    alone.

    Raises:
        RecipeError: a setting is unknown or wrong; the message names it, and where it stands.
        SystemExit: the arguments are wrong, or ask for help.
    """
    given = vars(parser().parse_args(arguments))
    file = given.pop("config") or environment.get(f"{PREFIX}CONFIG")
    found = _of_file(Path(file)) if file else {}
    found |= {name: environment[other] for name, other in GRADIOS.items() if other in environment}
    found |= {name: environment[PREFIX + name.upper()] for name in ROWS if PREFIX + name.upper() in environment}
    found |= {name: value for name, value in given.items() if name in ROWS and value is not None}
    _tell_of_strangers(environment)
    values = {name: _checked(name, value) for name, value in found.items()}
    hosting = Hosting(**{each.name: values[each.name] for each in fields(Hosting) if each.name in values})
    limits = {each.name: values[each.name] for each in fields(Limits) if each.name in values}
    return hosting, Limits(**(PUBLIC if public or hosting.public else {}) | limits)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: the table of how the page is served, and the networks."""
    made = argparse.ArgumentParser(prog="app.py", description="Start the DeepDream studio page.")
    made.add_argument("--config", metavar="FILE", help="a TOML file with any of the settings that --settings prints")
    made.add_argument("--settings", action="store_true", help="print every setting with its default, and end")
    for name in (*(each.name for each in fields(Hosting)), "networks"):
        option, help = f"--{name.replace('_', '-')}", ROWS[name].metadata["help"]
        if isinstance(ROWS[name].default, bool):
            made.add_argument(option, action="store_const", const=True, help=help)
        else:
            made.add_argument(option, action="append" if name in LISTS else "store", help=help)
    return made


def described() -> str:
    """Return the whole table as a TOML file with the defaults, each under its sentence and its environment's name."""
    lines = ["# DeepDream studio: every setting of the server, with its default. The same names in capitals after"]
    lines.append(f"# {PREFIX} are read from the environment, which counts before this file.")
    for name, row in ROWS.items():
        lines += ["", f"# {row.metadata['help']}  ({PREFIX}{name.upper()})"]
        lines.append(f"# {name} = {json.dumps(row.default)}")  # as TOML writes it, too
    return "\n".join(lines)


def _tell_of_strangers(environment: Mapping[str, str]) -> None:
    """Warn of what has our prefix and is no setting: it may be another program's, or a slip of the owner's."""
    for name in environment:
        ours = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and ours not in (*ROWS, "config"):
            LOG.warning("%s is not a setting and does nothing here; %s", name, nearest(ours, ROWS))


def _of_file(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(f"{file}: {error}") from None
    for name in found:
        if name not in ROWS:
            raise RecipeError(f"{file}: {quoted(name)} is not a setting; {nearest(name, ROWS)}")
    return found


def _checked(name: str, value: Any) -> Any:
    """Return a value as its setting has it, from what a file, the environment or the command line says."""
    default: Any = ROWS[name].default
    try:
        if name in LISTS:
            parts = value.split(",") if isinstance(value, str) else [part for each in value for part in each.split(",")]
            return _in_form(name, tuple(part.strip() for part in parts if part.strip()))
        if isinstance(default, bool):
            return RawConfigParser.BOOLEAN_STATES[str(value).lower()]  # 1, true, yes, on and their contraries
        if isinstance(default, str):
            return _in_form(name, str(value))
        number = int(value) if isinstance(default, int) else float(value)
        if not 0 <= number <= (PORT_MOST if name in PORT_SETTINGS else math.inf) or isinstance(value, bool):
            raise ValueError
        return number
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        number_kind = f"a number from 0 to {PORT_MOST}" if name in PORT_SETTINGS else "a number from 0"
        kind = "true or false" if isinstance(default, bool) else "a list" if name in LISTS else number_kind
        kind = FORMS[name][1] if name in FORMS else kind
        raise RecipeError(f"{name}: {quoted(value)} is not {kind}; {ROWS[name].metadata['help']}.", name) from None


def _in_form(name: str, value: Any) -> Any:
    if name in FORMS and not FORMS[name][0](value):
        raise ValueError
    return value
