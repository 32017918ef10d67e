"""How many processors this process may use: those it is bound to, and no more than a container's quota gives it.

TensorFlow counts the machine's; in a container with a quota its threads then wait for each other (tensorflow#17206).
"""

import math
import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "max 100000" or "200000 100000": microseconds of each period


def processors(quota: Path = QUOTA) -> int:
    """Return how many there are, at least 1."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        given, period = quota.read_text().split()
        return max(1, min(bound, math.ceil(int(given) / int(period))))
    except (OSError, ValueError, ZeroDivisionError):  # no cgroup of version 2, or no quota ("max")
        return bound
