"""Which network a verb runs: its options, and how it is loaded."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepdream.cli.options import UsageError, number_pair
from deepdream.cli.progress import load_tensorflow, show_download
from deepdream.recipe import Recipe

if TYPE_CHECKING:  # this loads NumPy, for which --help shall not wait
    from deepdream.networks import Network


def add_network_choice(parser: argparse.ArgumentParser, name: str, metavar: str, **more: Any) -> None:
    """Add the network itself, where no setting names it."""
    about = "its name, or a Keras model's file (default: compact)"
    parser.add_argument(name, metavar=metavar, type=read_network, default="compact", help=about, **more)


def add_network_options(parser: argparse._ActionsContainer, *, precision: bool = True) -> None:
    """Add --weights and --value-range, and --precision where the verb computes."""
    parser.add_argument("--weights", metavar="FILE", help='a file, or "none" for random ones (default: its own)')
    parser.add_argument(
        "--value-range",
        metavar="BLACK,WHITE",
        type=number_pair,
        help="what black and white are in the input of a Keras model's file, 0,255 say (default: guessed, and said)",
    )
    if precision:
        parser.add_argument(
            "--precision",
            choices=("auto", "fp32", "bf16"),
            default="auto",
            help="arithmetic: auto (the default) goes by the processor",
        )


def read_network(text: str) -> Any:
    """Read a network's name, or the path of a Keras model.

    Raises:
        RecipeError: it can be neither.
    """
    from deepdream.networks import MODEL_SUFFIXES

    return Path(text) if text.lower().endswith(MODEL_SUFFIXES) else Recipe.parse("network", text)


def network_name(network: str | Path) -> str:
    """Return what a recipe calls a network: a name is itself, of a file it is the stem; a recipe never holds a path."""
    return network if isinstance(network, str) else re.sub("[^A-Za-z0-9_]", "_", network.stem)[:64]


def load(network: str | Path, options: argparse.Namespace, *, quiet: bool = False) -> "Network":
    """Return the network with the weights and value range that the options name, showing its download.

    Raises:
        UsageError, NetworkError: there is no such network, or the options do not fit it.
    """
    if network == "compact" and options.weights == "none":
        raise UsageError("--weights none: the compact network comes with its weights; choose another network.")
    load_tensorflow()
    from deepdream.networks import load_network

    return load_network(
        str(network),
        weights={None: "imagenet", "none": None}.get(options.weights, options.weights),
        value_range=options.value_range,
        progress=None if quiet else show_download,
    )
