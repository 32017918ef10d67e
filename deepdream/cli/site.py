"""The verb that writes the static site, which dreams in the visitor's browser."""

import argparse
from pathlib import Path

from deepdream.cli.files import make_folder
from deepdream.cli.options import UsageError, Verb
from deepdream.errors import DreamError


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """Add the folder."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new folder, or one of an older site")


def run_site(options: argparse.Namespace) -> int:
    """Write the site and print what there is to publish."""
    try:
        from deepdream.browser.site import write_site
    except ModuleNotFoundError as error:
        raise DreamError(f"the site needs {error.name}; pip install 'deepdream[browser]'.") from None
    make_folder(options.folder)
    try:
        sizes = write_site(options.folder)
    except OSError as error:
        raise UsageError(f'cannot write the site into "{options.folder}": {error.strerror or error}.') from None
    plain = sum(size for path, size in sizes.items() if not path.endswith(".br"))
    print(f"{options.folder}: {len(sizes)} files, {plain / 1e6:.1f} MB; publish the folder, or try it with")
    print(f"  python -m http.server -d {options.folder}")
    return 0


SITE = Verb("write a static site that dreams in the visitor's browser", add_site_options, run_site)
