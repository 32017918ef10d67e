"""A server to attack: in a process of its own, as nobody, where only a scratch folder can be written."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from .client import Stranger
from .confine import NOBODY, command_in
from .watch import Watch

HERE = Path(__file__).parent
TREE = Path(os.environ.get("DEEPDREAM_ATTACKED", HERE.parents[1]))  # another checkout, to see what it would have done
SCALE = int(os.environ.get("DEEPDREAM_ATTACKS", "1"))  # how many times as much as in an ordinary run of the tests
# The longest waits of another visitor, in seconds: for a trivial request, for a preview. Those of a calm machine are
# what is promised; before the faults were mended the wider ones of a busy machine were passed many times over.
TRIVIAL, PREVIEW = (1.0, 3.0) if SCALE > 1 else (4.0, 12.0)
MEMORY = 3.0  # GB of the server's processes together


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


@dataclass(frozen=True)
class Confined:
    """Run programs of the attacked tree that can write to one scratch folder alone."""

    scratch: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return their environment: all that they write by default goes into the scratch folder."""
        places = {"HOME": "home", "XDG_CACHE_HOME": "home", "KERAS_HOME": "home", "TMPDIR": "tmp"}
        return (
            os.environ
            | {name: str(self.scratch / place) for name, place in places.items()}
            | {"PYTHONDONTWRITEBYTECODE": "1"}
        )

    def start(self, command: list[str], *, before: tuple[str, ...] = (), user: int = NOBODY) -> subprocess.Popen:
        """Start a program, perhaps by another one, or as another user than nobody."""
        return subprocess.Popen(
            [*before, *command_in(self.scratch, command, user)],
            cwd=TREE,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def run(self, command: list[str]) -> tuple[int, str]:
        """Run a program; return its status and all that it said."""
        process = self.start(command)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said


def scratch_folder() -> Path:
    """Make a folder for one confined program or several."""
    scratch = Path(tempfile.mkdtemp(prefix="deepdream-attacked-"))
    for name in ("served", "home", "tmp", "canaries"):
        (scratch / name).mkdir()
    return scratch


@pytest.fixture
def confined() -> Iterator[Confined]:
    """Yield a place for programs to attack, without a server."""
    scratch = scratch_folder()
    yield Confined(scratch)
    shutil.rmtree(scratch, ignore_errors=True)


@pytest.fixture(scope="package")
def silent() -> Iterator[socket.socket]:
    """Listen, and say nothing: what the attacked server takes for the way to all other machines."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener


@pytest.fixture(scope="package")
def attacked(silent: socket.socket) -> Iterator[Attacked]:
    """Start a server and yield it; it goes with its folder."""
    scratch = scratch_folder()
    command = command_in(scratch, [sys.executable, str(HERE / "serve.py"), str(scratch)])
    environment = Confined(scratch).environment | {"GRADIO_TEMP_DIR": str(scratch / "served")}
    environment |= dict.fromkeys(("http_proxy", "https_proxy"), f"http://127.0.0.1:{silent.getsockname()[1]}")
    environment["no_proxy"] = "127.0.0.1,localhost"
    log = (scratch / "log.txt").open("wb")
    process = subprocess.Popen(command, cwd=TREE, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield Attacked(_address(scratch, process), process, scratch)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(scratch, ignore_errors=True)


@pytest.fixture
def watched(attacked: Attacked) -> Callable[[str, Callable[[], None]], None]:
    """Attack within it: meanwhile nobody else may wait long, and the server may not grow beyond its bounds."""

    def watch(what: str, attack: Callable[[], None]) -> None:
        with Watch(attacked.address, attacked.process.pid) as seen:
            attack()
        print(f"\n{what}: {seen}")
        assert seen.trivial <= TRIVIAL and seen.preview <= PREVIEW, str(seen)
        assert seen.memory <= MEMORY, str(seen)

    return watch


def _address(scratch: Path, process: subprocess.Popen) -> str:
    until = time.monotonic() + 150
    while not (scratch / "address.txt").is_file():
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"the server did not start: {(scratch / 'log.txt').read_text()[-2000:]}")
        time.sleep(0.1)
    address = (scratch / "address.txt").read_text()
    httpx.get(address, timeout=30).raise_for_status()
    return address
