"""Strangers' pictures are decoded by a few processes that can be ended, callers taking turns.

Each decoder is a thread with a process of `deepdream.images.apart`. The first one takes only pictures that are quickly
decoded, so that those never wait for large ones. Among the pictures that wait, one whose caller has fewer before it
goes first.
"""

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import deepdream
from deepdream import errors
from deepdream.errors import DreamError, ImageError, LargeError
from deepdream.images.opening import name_of
from deepdream.web.server.limits import Limits
from deepdream.web.server.uploads import Upload

QUICK = 30.0  # megapixels of work: a phone's photo, some tenths of a second


class BusyError(DreamError):
    """Too many pictures wait to be opened."""


@dataclass(eq=False)
class Job:
    """Stand for one picture that waits."""

    file: Upload
    asked: dict[str, Any]
    caller: str
    rank: tuple[int, int]  # how many its caller had before it; which it was of all
    weight: float = 0.0  # megapixels of work, once they were looked at
    result: Future = field(default_factory=Future)


class Decoders:
    """Decode what visitors upload, within the limits; `process` makes what does the jobs."""

    def __init__(self, limits: Limits, process: "Callable[[], Process] | None" = None) -> None:
        self.limits = limits
        self._process = process if process is not None else lambda: photo_process(limits)
        self._condition = threading.Condition()
        self._waiting: list[Job] = []
        self._callers: Counter[str] = Counter()
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []

    async def photo(self, file: Upload, into: Path, *, caller: str) -> None:
        """Decode a picture into a file of planes, (h, w, 3) or (h, w, 4) of uint8, as numpy.save writes it.

        Raises:
            ImageError: it is not a picture, damaged, too large, or costs too much to decode.
            BusyError: too many wait.
        """
        await self.answer(file, {"job": "photo", "into": str(into)}, caller)

    async def notes(self, file: Upload, kind: str, *, caller: str) -> dict[str, Any]:
        """Return the "recipe" or the "record" in a picture or a JSON file.

        Raises:
            ImageError, RecipeError: there is none, or it cannot be read.
            BusyError: too many wait.
        """
        return (await self.answer(file, {"job": kind}, caller))[kind]

    async def answer(self, file: Upload, asked: dict[str, Any], caller: str) -> dict[str, Any]:
        """Have a job done on an upload, once it is its caller's turn.

        Raises:
            DreamError: what was wrong with the file.
            BusyError: too many wait.
        """
        return await asyncio.wrap_future(self._enter(file, asked, caller).result)

    def _enter(self, file: Upload, asked: dict[str, Any], caller: str) -> Job:
        with self._condition:
            if len(self._waiting) >= self.limits.opening:
                raise BusyError("too many pictures are being opened here; try again in a moment.")
            job = Job(file, asked, caller, (self._callers[caller], next(self._numbers)))
            self._callers[caller] += 1
            self._waiting.append(job)
            self._condition.notify_all()
            self._start()
            return job

    def _start(self) -> None:
        """Start the threads that are not there yet."""
        while len(self._threads) < max(1, self.limits.decoders):
            most = QUICK if not self._threads and self.limits.decoders > 1 else float("inf")
            thread = threading.Thread(target=self._work, args=(most,), name="decoder", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self, most: float) -> None:
        process = self._process()
        while True:
            job = self._next(most)
            if not job.result.cancelled() and not self._do(process, job, most):
                continue
            with self._condition:
                self._callers[job.caller] -= 1
                self._callers += Counter()  # drops those at 0

    def _next(self, most: float) -> Job:
        with self._condition:
            while not (fitting := [job for job in self._waiting if job.weight <= most]):
                self._condition.wait()
            job = min(fitting, key=lambda each: each.rank)
            self._waiting.remove(job)
            return job

    def _do(self, process: "Process", job: Job, most: float) -> bool:
        """Do a job; False where it turned out to be too large for this decoder, and waits again."""
        try:
            if not job.weight:
                limits = {name: getattr(self.limits, name) for name in ("megapixels", "side", "scans")}
                job.weight = process.ask({"job": "weigh", "file": str(job.file), **limits})["weight"]
                if job.weight > most:
                    self._put_back(job)
                    return False
            answer = process.ask({**job.asked, "file": str(job.file)})
        except Exception as error:
            with contextlib.suppress(InvalidStateError):  # the caller has gone
                job.result.set_exception(error)
        else:
            with contextlib.suppress(InvalidStateError):
                job.result.set_result(answer)
        return True

    def _put_back(self, job: Job) -> None:
        with self._condition:
            self._waiting.append(job)
            self._condition.notify_all()


class Process:
    """Hold one process that does jobs, made anew where the one before had to be ended."""

    def __init__(self, module: str, *, seconds: float, memory: float, remedy: str) -> None:
        self._module, self._seconds, self._memory, self._remedy = module, seconds, memory, remedy
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Have a job done.

        Raises:
            DreamError: what was wrong with the picture; also that it took too long, or ended the process.
        """
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        line = b""
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            if wait([process.stdout.fileno()], self._seconds):
                line = process.stdout.readline()
        except OSError:
            pass
        if not line.endswith(b"\n"):
            self._end()
            raise LargeError(
                f"{name_of(job['file'])} takes longer than {self._seconds:g} seconds or more memory to "
                f"open than is allowed here. {self._remedy}"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise getattr(errors, answer["error"], ImageError)(answer["message"])
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            home = str(Path(deepdream.__file__).parents[1])
            paths = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,  # an interrupt at the terminal is the page's to handle
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def photo_process(limits: Limits) -> Process:
    """Make a process that decodes photos."""
    seconds, memory = limits.decoding_seconds, limits.decoding_memory
    remedy = "Make it smaller, or save it as a plain JPEG or PNG."
    return Process("deepdream.images.apart", seconds=seconds, memory=memory, remedy=remedy)


def clip_process(limits: Limits) -> Process:
    """Make a process that decodes clips, and reads the films in files."""
    seconds, memory = limits.clip_seconds, limits.clip_memory
    remedy = "Make it shorter or smaller, or save it as a plain MP4."
    return Process("deepdream.film.apart", seconds=seconds, memory=memory, remedy=remedy)
