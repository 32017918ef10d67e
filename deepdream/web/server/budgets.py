"""What each caller has been given in the last hour, so that nobody takes a public page's processor for themselves."""

import threading
import time
from collections import deque

HOUR = 3600.0


class Budgets:
    """Count seconds of the engine by caller, over the last hour; `limit` is how many one caller has, 0 for no end."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._spent: deque[tuple[float, str, float]] = deque()  # (when, caller, seconds), the oldest first

    def spend(self, caller: str, seconds: float) -> None:
        """Note that a caller's render took so many seconds."""
        if self.limit and seconds > 0:
            with self._lock:
                self._spent.append((time.monotonic(), caller, seconds))

    def wait(self, caller: str) -> float:
        """Return the seconds until a caller may begin a render again: 0 where they may at once."""
        now = time.monotonic()
        with self._lock:
            while self._spent and now - self._spent[0][0] > HOUR:
                self._spent.popleft()
            spent = [(when, seconds) for when, who, seconds in self._spent if who == caller]
        over = sum(seconds for _, seconds in spent) - self.limit
        if not self.limit or over < 0:
            return 0.0
        for when, seconds in spent:
            over -= seconds
            if over < 0:
                return max(1.0, when + HOUR - now)
        return HOUR
