"""The command line: `python -m deepdream VERB ...`. It prints and exits; no other module does.

Every setting of a recipe is an option, made from `Recipe.settings()`. A value comes from, the later the stronger: the
defaults, the preset, the recipe file, the options.

Exit status: 0 done, 2 wrong input (one line says what), 130 interrupted (the newest frame is kept).
"""

import argparse
import os
import re
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from deepdream import __version__
from deepdream.cli.dream import DREAM
from deepdream.cli.explore import FEATURES, VISUALIZE
from deepdream.cli.files import handled
from deepdream.cli.film import FILM, MORPH
from deepdream.cli.lists import LAYERS, PRESET_LIST, RECIPE, SETTINGS
from deepdream.cli.options import UsageError
from deepdream.cli.progress import complain
from deepdream.cli.site import SITE
from deepdream.cli.style import STYLE
from deepdream.errors import DreamError

VERBS = {
    "dream": DREAM,
    "style": STYLE,
    "film": FILM,
    "morph": MORPH,
    "features": FEATURES,
    "visualize": VISUALIZE,
    "layers": LAYERS,
    "presets": PRESET_LIST,
    "settings": SETTINGS,
    "recipe": RECIPE,
    "site": SITE,
}


def run() -> NoReturn:
    """Run the command line on the process's own arguments, and exit with its status."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit status; `argv` None means the process's own arguments.

    Expected errors end as one line on standard error and status 2; a reader that went away ends quietly. A request to
    terminate is an interrupt, which keeps the newest frame.
    """
    try:
        options = build_parser().parse_args(argv)
        with handled(signal.default_int_handler, signal.SIGTERM):
            status = VERBS[options.verb].run(options)
        sys.stdout.flush()
        return status
    except DreamError as error:
        complain(str(error))
        return 2
    except BrokenPipeError:
        # Python flushes standard output once more at exit, and would complain a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE, which Windows does not name
    except Exception as error:
        if not _is_short_of_memory(error):
            raise
        complain("the memory is short for this; take a smaller picture, a smaller --tile-size or another network.")
        return 2
    except KeyboardInterrupt as interrupt:
        complain(f"interrupted; {str(interrupt) or 'nothing was kept'}.")
        return 128 + signal.SIGINT


def _is_short_of_memory(error: Exception) -> bool:
    """Say whether Python, NumPy or TensorFlow found no memory; the last by name, for it may never have been loaded."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs; made without TensorFlow, so that --help is instant."""
    about = "Dream on photos: make more of what a network sees in them."
    parser = Parser(prog="deepdream", description=about, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"deepdream {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name, verb in VERBS.items():
        verb.add_options(verbs.add_parser(name, help=verb.help, description=verb.help, allow_abbrev=False))
    return parser


class Parser(argparse.ArgumentParser):
    """Parse as argparse does, but report a mistake as one line instead of the whole usage."""

    def __init__(self, *arguments: Any, **about: Any) -> None:
        super().__init__(*arguments, **about)
        self._negative_number_matcher = re.compile(r"-[0-9.]")  # "-1,1" is a value as well as "-1"

    def error(self, message: str) -> NoReturn:
        """Raise what `main` prints as one line."""
        raise UsageError(f"{message}; see {self.prog} --help.")
