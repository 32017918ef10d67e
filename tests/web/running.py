"""`python app.py` as a process of its own, with a temp folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deepdream.web.server import folders

OLDER = os.environ.get("DEEPDREAM_PAGE", "")  # another checkout, to see what its page would have done
TREE = Path(OLDER or Path(__file__).parents[2])


@dataclass
class Running:
    """Hold a server: its address (with a slash), its process, its temp folder, and what it wrote."""

    local_url: str
    process: subprocess.Popen
    temp: Path
    log: Path

    def readiness(self) -> tuple[int, str]:
        """Return the status of /readyz, and why it is not ready."""
        answer = httpx.get(f"{self.local_url}readyz", timeout=30)
        assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
        return answer.status_code, answer.json()["why"]

    def ready(self) -> bool:
        """Return whether it takes on work; an older page cannot tell, and does once it answers."""
        return httpx.get(self.local_url, timeout=30).status_code == 200 if OLDER else self.readiness()[0] == 200

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Wait until the server takes on work."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ready():
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready after {seconds} s: {self.log.read_text()}")

    def end(self) -> None:
        """Tell it to end, as a service manager does."""
        self.process.send_signal(signal.SIGTERM)

    def folders(self) -> list[Path]:
        """Return the folders of processes that it claimed and has not removed."""
        return list(self.temp.glob(f"{folders.BASE}-*/page-*"))


@contextmanager
def running(temp: Path, *arguments: str, port: int = 0, **environment: str) -> Iterator[Running]:
    """Start the page and yield it at once; at the end of the block it is killed if it still runs."""
    if not port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    around = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    around |= {"TMPDIR": str(temp), **environment}
    log = temp / "log.txt"
    with log.open("a") as written:
        command = [sys.executable, "app.py", "--port", str(port), *arguments]
        process = subprocess.Popen(command, cwd=TREE, env=around, stdout=written, stderr=written)
    try:
        yield Running(f"http://127.0.0.1:{port}/", process, temp, log)
    finally:
        process.kill()
        process.wait(30)
