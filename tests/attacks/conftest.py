"""A server to attack: in a process of its own, as nobody, where only a scratch folder can be written."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from .client import Stranger
from .confine import NOBODY, command_in

HERE = Path(__file__).parent
TREE = Path(os.environ.get("DEEPDREAM_ATTACKED", HERE.parents[1]))  # another checkout, to see what it would have done
SCALE = int(os.environ.get("DEEPDREAM_ATTACKS", "1"))  # how many times as much as in an ordinary run of the tests


@dataclass
class Attacked:
    """Hold a running server: its address, its process, and the scratch folder that is all it can write."""

    address: str
    process: subprocess.Popen
    scratch: Path

    @property
    def served(self) -> Path:
        """Return the folder that Gradio serves."""
        return self.scratch / "served"

    def stranger(self) -> Stranger:
        """Return somebody new."""
        return Stranger(self.address)

    def canary(self, name: str, content: bytes) -> Path:
        """Put a file beside the served folder that the server could read and remove, but must not."""
        path = self.scratch / "canaries" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.give(path.parent)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Make a file the server's own."""
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def touched(self) -> str:
        """Return the server's notes of the files that it has opened, listed, moved or removed."""
        return (self.scratch / "audit.txt").read_text()


@pytest.fixture(scope="session")
def attacked() -> Iterator[Attacked]:
    """Start a server and yield it; it goes with its folder."""
    scratch = Path(tempfile.mkdtemp(prefix="deepdream-attacked-"))
    for name in ("served", "home", "tmp", "canaries"):
        (scratch / name).mkdir()
    command = command_in(scratch, [sys.executable, str(HERE / "serve.py"), str(scratch)])
    places = {"GRADIO_TEMP_DIR": "served", "HOME": "home", "XDG_CACHE_HOME": "home", "TMPDIR": "tmp"}
    environment = os.environ | {name: str(scratch / place) for name, place in places.items()}
    environment["KERAS_HOME"] = str(scratch / "home")
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    log = (scratch / "log.txt").open("wb")
    process = subprocess.Popen(command, cwd=TREE, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield Attacked(_address(scratch, process), process, scratch)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(scratch, ignore_errors=True)


def _address(scratch: Path, process: subprocess.Popen) -> str:
    until = time.monotonic() + 150
    while not (scratch / "address.txt").is_file():
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"the server did not start: {(scratch / 'log.txt').read_text()[-2000:]}")
        time.sleep(0.1)
    address = (scratch / "address.txt").read_text()
    httpx.get(address, timeout=30).raise_for_status()
    return address
