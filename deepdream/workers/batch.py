"""Many jobs on all workers at once, their results in order, with a bounded number of them under way."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from deepdream.errors import DreamError
from deepdream.workers.jobs import Job, Workers

if TYPE_CHECKING:
    from deepdream.frames import Frame

AHEAD = 2  # jobs begun for each worker: one at work, one whose result waits for a slower one before it


def in_order(workers: Workers, jobs: Iterable[Job]) -> Generator[Frame | DreamError, None, None]:
    """Yield the last frame of each job, or what was wrong with it, in the order of the jobs.

    Jobs are taken from their iterable as workers become free, so that neither all photos nor all results are held at
    once. Closing the stream stops what is under way within a step.
    """
    left = threading.Event()
    under_way: deque[Future[Frame | DreamError]] = deque()
    with ThreadPoolExecutor(workers.count, thread_name_prefix="batch") as readers:
        try:
            for job in jobs:
                under_way.append(readers.submit(_outcome, workers, job, left))
                if len(under_way) >= AHEAD * workers.count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            left.set()
            for future in under_way:
                future.cancel()


def _outcome(workers: Workers, job: Job, left: threading.Event) -> Frame | DreamError:
    """Return a job's last frame, the newest one if the reader has left, or its error."""
    newest = None
    try:
        with contextlib.closing(workers.frames(job)) as frames:
            for frame in frames:
                newest = frame
                if left.is_set():
                    break
    except DreamError as error:
        return error
    assert newest is not None
    return newest
