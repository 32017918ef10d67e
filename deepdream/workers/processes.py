"""Workers as processes of this machine, each with its share of the processors, spoken to through a pipe.

A process answers a job with ("frame", frame) again and again, then with ("end", None) or ("error", an exception). Any
word that comes while it works stops it after the step it is in, or between two tiles of it.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import Any

from deepdream.errors import DreamError
from deepdream.frames import Frame
from deepdream.turns import LeftError, heed, until
from deepdream.workers.jobs import CLOSED, LOOK, Elsewhere, Job, WorkerLostError, at_pace, packed
from deepdream.workers.processors import give_way, processors

SPAWN = multiprocessing.get_context("spawn")  # a fork would share TensorFlow's threads, which do not survive it
PATIENCE = 10.0  # seconds that a process has to end by itself


class ProcessWorkers(Elsewhere):
    """Compute in `count` processes, which are started at once and replaced when they die."""

    def __init__(self, count: int, *, threads: int | None = None) -> None:
        """Start the processes, of so many threads each; by default they share this process's processors."""
        self.count = count
        self._threads = threads if threads is not None else max(1, processors() // count)
        self._idle: queue.Queue[_Process | None] = queue.Queue()  # None once they are closed, for all who wait
        self._all: set[_Process] = set()
        self._closed = False
        self._lock = threading.Lock()
        for _ in range(count):
            self._idle.put(self._start())

    @property
    def busy(self) -> list[int]:
        """Return the numbers of the processes that are at work."""
        idle = list(self._idle.queue)
        return [each.process.pid or 0 for each in self._all if each not in idle]

    def close(self) -> None:
        """See `Workers.close`."""
        with self._lock:
            self._closed = True
            ending, self._all = self._all, set()
        self._idle.put(None)
        for each in ending:
            each.end()

    def attempt(self, job: Job, resume: Frame | None, pace: float) -> Generator[Frame, None, None]:
        """See `Elsewhere.attempt`."""
        worker = self._taken()
        try:
            if not worker.process.is_alive():
                worker = self._replacement(worker)
            yield from worker.work(job, resume, pace)
        except WorkerLostError:
            worker = self._replacement(worker)
            raise
        finally:
            self._idle.put(worker)

    def _taken(self) -> "_Process":
        """Wait for a worker that has nothing to do."""
        worker = self._idle.get()
        if worker is None:
            self._idle.put(None)
            raise DreamError(CLOSED)
        return worker

    def _replacement(self, lost: "_Process") -> "_Process":
        with self._lock:
            if self._closed:  # that is why it was lost
                raise DreamError(CLOSED)
            self._all.discard(lost)
        lost.end()
        return self._start()

    def _start(self) -> "_Process":
        with self._lock:
            if self._closed:
                raise DreamError(CLOSED)
            worker = _Process(self._threads)
            self._all.add(worker)
        return worker


class _Process:
    """One process, and our end of its pipe."""

    def __init__(self, threads: int) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_serve, args=(theirs, threads), name="deepdream-worker", daemon=True)
        self.process.start()
        theirs.close()

    def work(self, job: Job, resume: Frame | None, pace: float) -> Generator[Frame, None, None]:
        """Yield a job's frames; a reader who leaves early waits until the process has left its step.

        Raises:
            WorkerLostError: the process died.
            DreamError: as the job does.
        """
        self._send((job, resume, pace))
        word, value = "frame", None
        try:
            while (answer := self._awaited())[0] == "frame":
                yield answer[1]
            word, value = answer
        finally:
            if word == "frame":
                self._stop()
        if word == "error":
            raise value

    def end(self) -> None:
        """End the process; who reads from it learns that it is lost."""
        self.process.terminate()
        self.process.join(PATIENCE)
        self._pipe.close()

    def _stop(self) -> None:
        with contextlib.suppress(WorkerLostError):
            self._send("stop")
            while self._receive()[0] == "frame":
                pass

    def _send(self, message: Any) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            raise WorkerLostError from None

    def _awaited(self) -> tuple[str, Any]:
        """Receive, and heed meanwhile what is to be done between tiles: it may end a step that lasts long."""
        while not self._waiting():
            heed()
        return self._receive()

    def _waiting(self) -> bool:
        try:
            return self._pipe.poll(LOOK)
        except (EOFError, OSError):
            raise WorkerLostError from None

    def _receive(self) -> tuple[str, Any]:
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            raise WorkerLostError from None


def _serve(pipe: Connection, threads: int) -> None:
    """Work on what comes through the pipe until its other end is closed: the whole of a worker process."""
    os.environ.update(TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS="1")  # before TensorFlow loads
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches all; our reader decides
    with contextlib.suppress(EOFError, OSError):
        while True:
            message = pipe.recv()
            if message != "stop":  # a stop that came after the end
                pipe.send(_answer(pipe, *message))


def _stopped(pipe: Connection) -> bool:
    """Say whether the word that stops a job has come, and take it."""
    return pipe.poll() and pipe.recv() == "stop"


def _answer(pipe: Connection, job: Job, resume: Frame | None, pace: float) -> tuple[str, Any]:
    """Send a job's frames, and return the word that ends them."""
    try:
        with contextlib.closing(job.frames(resume)) as frames, until(lambda: _stopped(pipe)):
            for frame in at_pace(frames, pace):
                if frame is not None:
                    pipe.send(("frame", packed(frame)))
                if _stopped(pipe):
                    break
    except LeftError:
        pass
    except DreamError as error:
        return "error", error
    except OSError:  # the reader is gone
        raise
    except Exception as error:
        return "error", RuntimeError(f"{type(error).__name__}: {error}")
    return "end", None
