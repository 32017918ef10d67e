"""Many jobs on all workers at once, their results in order, with a bounded number of them under way."""

import contextlib
import math
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from deepdream.errors import DreamError
from deepdream.frames import Frame
from deepdream.turns import LeftError, until
from deepdream.workers.jobs import CLOSED, Job, Workers

AHEAD = 2  # jobs begun for each worker: one at work, one whose result waits for a slower one before it
T = TypeVar("T")


def in_order(workers: Workers, jobs: Iterable[Job]) -> Generator[Frame | DreamError, None, None]:
    """Yield the last frame of each job, or what was wrong with it, in the order of the jobs.

    Jobs are taken from their iterable as workers become free, so that neither all photos nor all results are held at
    once. Closing the stream stops what is under way: within LOOK seconds its readers look up.
    """
    left = threading.Event()
    yield from all_at_once(workers, (partial(_outcome, workers, job, left) for job in jobs), leaving=left.set)


def all_at_once(
    workers: Workers, tasks: Iterable[Callable[[], T]], *, leaving: Callable[[], None] = lambda: None
) -> Generator[T, None, None]:
    """Yield what tasks return, in their order; so many run at once, in threads, as there are workers for their jobs.

    With this process as the only worker nothing is begun before it is asked for. Closing the stream waits for the
    tasks that are under way, which `leaving` may tell to end.
    """
    if not workers.elsewhere:
        yield from (task() for task in tasks)
        return
    under_way: deque[Future[T]] = deque()
    with ThreadPoolExecutor(workers.count, thread_name_prefix="batch") as readers:
        try:
            for task in tasks:
                under_way.append(readers.submit(task))
                if len(under_way) >= AHEAD * workers.count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            leaving()
            for future in under_way:
                future.cancel()


def _outcome(workers: Workers, job: Job, left: threading.Event) -> Frame | DreamError:
    """Return a job's last frame, or what was wrong with it."""
    newest = None
    try:
        with contextlib.closing(workers.frames(job, pace=math.inf)) as frames, until(left.is_set):
            for frame in frames:
                newest = frame
    except DreamError as error:
        return error
    except LeftError:
        return DreamError(CLOSED)
    assert newest is not None
    return newest
