"""Processors: how many this process may use, and how a worker leaves them to others.

Those it is bound to, and no more than a container's quota gives it: TensorFlow counts the machine's, and in a container
with a quota its threads then wait for each other (tensorflow#17206).
"""

import contextlib
import math
import os
import time
from pathlib import Path

NICENESS = 10  # of a worker's process: on the page's own machine previews and answers go before whole dreams
GROUP = Path("/proc/self/autogroup")  # of the processes of a session, with a niceness of its own
TRIES, PAUSE = 10, 0.15  # Linux takes one such wish in a tenth of a second, of all users together
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "max 100000" or "200000 100000": microseconds of each period


def processors(quota: Path = QUOTA) -> int:
    """Return how many there are, at least 1."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        given, period = quota.read_text().split()
        return max(1, min(bound, math.ceil(int(given) / int(period))))
    except (OSError, ValueError, ZeroDivisionError):  # no cgroup of version 2, or no quota ("max")
        return bound


def give_way() -> None:
    """Let this machine's other processes go first.

    A desktop's Linux counts a process's niceness within its session alone, and shares the processors among sessions: so
    this one gets a session of its own, as nice as itself.
    """
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # this is no Linux
        os.setpgid(0, os.getpgid(os.getppid()))  # who leads a group, as Ray's workers do, can't begin a session
        os.setsid()
        for _ in range(TRIES):
            try:
                GROUP.write_text(str(NICENESS))
                return
            except BlockingIOError:
                time.sleep(PAUSE)
