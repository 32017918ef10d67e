"""What was done here, in numbers that name nobody; and one line of the log a render.

The numbers are plain, so that counting needs no library; `metrics.py` shows them to Prometheus.
"""

import bisect
import json
import logging
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field

LOG = logging.getLogger("deepdream.renders")
STEP_BOUNDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
RENDER_BOUNDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 900.0)


@dataclass(eq=False)
class Distribution:
    """Count values by the first of `bounds` that they do not pass; the last count is of those beyond all."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count one more."""
        with self._lock:
            self.counts[bisect.bisect_left(self.bounds, value)] += 1
            self.total += value


class Ledger:
    """Count renders by outcome, refusals by the key of their text, and seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.dreams: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.seconds = Distribution(RENDER_BOUNDS)  # of a whole render
        self.steps = Distribution(STEP_BOUNDS)
        self.waits = Distribution(RENDER_BOUNDS)  # in the queue, before the first step

    def refused(self, key: str) -> None:
        """Note that somebody was refused something."""
        with self._lock:
            self.refusals[key] += 1

    def ended(self, outcome: str, preset: str, size: tuple[int, int], seconds: float) -> None:
        """Note here and in the log that a render of a preset has ended, and how; its photo is of `size` (h, w)."""
        with self._lock:
            self.dreams[outcome] += 1
            if seconds:  # it had its turn
                self.seconds.add(seconds)
        about = {
            "id": secrets.token_hex(4),
            "seconds": round(seconds, 2),
            "pixels": size[0] * size[1],
            "preset": preset,
            "outcome": outcome,
        }
        LOG.info(json.dumps(about))
