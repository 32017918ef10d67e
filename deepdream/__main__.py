"""Run the command line: `python -m deepdream`."""

from deepdream.cli import run

run()
