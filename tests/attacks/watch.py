"""Somebody else on the page while it is attacked: how long they wait, and how much memory the server takes."""

import io
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from PIL import Image

from .client import META, Stranger


@dataclass
class Watch:
    """Ask a server small things, again and again, until the block ends; its figures are the worst of each."""

    address: str
    process: int
    trivial: float = 0.0  # seconds
    preview: float = 0.0
    memory: float = 0.0  # GB of the server's processes together
    previews: int = 0
    refused: str = ""  # what a preview got instead of a picture
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._threads = [threading.Thread(target=work) for work in (self._ask, self._look, self._weigh)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        until = time.monotonic() + 60
        while self.previews < 2 and time.monotonic() < until:  # some that began within the attack
            time.sleep(0.1)
        self._over.set()
        for thread in self._threads:
            thread.join(300)
        assert self.previews >= 2 and not self.refused, f"{self} {self.refused}"

    def __str__(self) -> str:
        waits = f"trivial {self.trivial:.2f} s, preview {self.preview:.2f} s, memory {self.memory:.2f} GB"
        return f"{waits} (of the machine: load {os.getloadavg()[0]:.1f})"

    def _ask(self) -> None:
        with httpx.Client(timeout=300) as client:
            while not self._over.wait(0.05):
                began = time.perf_counter()
                client.get(f"{self.address}gradio_api/app_id")
                self.trivial = max(self.trivial, time.perf_counter() - began)

    def _look(self) -> None:
        visitor, number = Stranger(self.address, source="127.0.0.2"), 0
        while not self._over.wait(0.1):
            number += 1
            file = io.BytesIO()
            Image.new("RGB", (96, 64), (number % 256, 90, 120)).save(file, "PNG")
            began = time.perf_counter()
            path = visitor.upload("own.png", file.getvalue())
            answer = visitor.call("preview", [{"path": path, **META}, "", "", 1024])
            self.preview = max(self.preview, time.perf_counter() - began)
            self.previews += 1
            self.refused = self.refused if "event: complete" in answer else answer

    def _weigh(self) -> None:
        while not self._over.wait(0.03):
            self.memory = max(self.memory, sum(map(resident, family(self.process))))


def family(process: int) -> list[int]:
    """Return a process and all that it started."""
    found = [process]
    for parent in found:
        for listed in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in listed.read_text().split())
            except OSError:
                continue
    return found


def resident(process: int) -> float:
    """Return the gigabytes of memory that a process has to itself: without files that it maps."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:"))) / 1e6
