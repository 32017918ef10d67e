"""The option --engines: who computes what a command asks for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from deepdream.cli.options import UsageError

if TYPE_CHECKING:  # this loads NumPy, for which --help shall not wait
    from deepdream.workers import Workers


def add_engines_option(parser: argparse._ActionsContainer, what: str) -> None:
    """Add the option; `what` says what is computed there."""
    parser.add_argument(
        "--engines",
        metavar="WHERE",
        default="here",
        help=f"who {what}: here (the default), a number of processes, ray, auto or ray://HOST:PORT",
    )


def engines_of(options: argparse.Namespace, network: str | Path) -> "Workers":
    """Return the engines that the options name; the caller closes them.

    Raises:
        UsageError: they would need a network that this process alone knows.
        DreamError: they cannot be had.
    """
    if options.engines != "here" and (options.weights is not None or isinstance(network, Path)):
        raise UsageError("--engines: other engines load networks by name; leave out --weights and a model's file.")
    from deepdream.workers import open_workers

    return open_workers(options.engines)
