"""How long visitors wait: the page's own queue in simulated time, by load, number of engines and their speeds.

    python -m benchmarks.queueing                  a table of waits, within a minute
    python -m benchmarks.queueing --measure        the seconds of a dream at three sizes on this machine

Arrivals are Poisson, or bursts of BURST visitors at once with the same mean; one visitor in GREEDY asks for three
dreams. What orders the renders is `deepdream.web.server.scheduler.Turns`, the very object of the page: simulated is
only the time.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import time
from dataclasses import dataclass, field

import numpy as np

from deepdream.web.server.scheduler import Ticket, Turns

# Seconds of a small, a usual and a large dream, and how often each is asked for: assumed, not measured. What matters to
# the table is their ratio; for a host of your own put in what --measure prints there.
SERVICE = ((2.1, 0.3), (7.4, 0.6), (16.0, 0.1))
BURST, GREEDY = 12, 8
HOURS = 20.0  # of arrivals in each row
ROWS = (("1", (1.0,)), ("2", (1.0, 1.0)), ("4", (1.0,) * 4), ("4, one at half speed", (1.0, 1.0, 1.0, 0.5)))


@dataclass(order=True)
class Event:
    """Something that happens: a visitor comes, or an engine is done."""

    when: float
    number: int
    ticket: Ticket | None = field(default=None, compare=False)
    engine: int = field(default=-1, compare=False)
    caller: str = field(default="", compare=False)
    seconds: float = field(default=0.0, compare=False)


@dataclass
class Waits:
    """What visitors met with: seconds until their render began, and how many were told to come later."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def row(self) -> str:
        """Return median, 95th percentile and worst wait, and the share of refusals."""
        median, p95, worst = np.percentile(self.seconds, [50, 95, 100]) if self.seconds else (0.0, 0.0, 0.0)
        asked = len(self.seconds) + self.refused
        return f"{median:.1f} s | {p95:.1f} s | {worst:.0f} s | {100 * self.refused / max(asked, 1):.1f} %"


def simulate(speeds: tuple[float, ...], load: float, *, bursts: bool, seed: int = 0) -> Waits:
    """Let visitors come for HOURS at a share `load` of what engines of these speeds can do; return their waits."""
    random = np.random.default_rng(seed)
    turns, waits, number = Turns(engines=len(speeds)), Waits(), itertools.count()
    events = [Event(when, next(number), caller=caller, seconds=seconds) for when, caller, seconds in
              arrivals(random, load * sum(speeds), bursts)]  # fmt: skip
    heapq.heapify(events)
    idle = sorted(range(len(speeds)), key=lambda engine: -speeds[engine])
    waiting: dict[Ticket, tuple[float, float]] = {}  # since when, and for how much work
    while events:
        event = heapq.heappop(events)
        if event.ticket is not None:
            turns.leave(event.ticket)
            idle.append(event.engine)
        else:
            ticket = turns.enter(event.seconds, event.caller)
            if ticket is None:
                waits.refused += 1
            else:
                waiting[ticket] = (event.when, event.seconds)
        for ticket in [each for each in waiting if each.ready.is_set()][: len(idle)]:
            since, work = waiting.pop(ticket)
            engine = idle.pop(0)
            waits.seconds.append(event.when - since)
            heapq.heappush(events, Event(event.when + work / speeds[engine], next(number), ticket, engine))
    return waits


def arrivals(random: np.random.Generator, work: float, bursts: bool) -> list[tuple[float, str, float]]:
    """Return (when, caller, seconds of work) of all dreams, whose work comes at so many seconds a second."""
    seconds, shares = zip(*SERVICE, strict=True)
    together = BURST if bursts else 1
    dreams = 1 + 2 / GREEDY
    gap = together * dreams * float(np.dot(seconds, shares)) / work
    found, when = [], 0.0
    for visit in itertools.count():
        when += random.exponential(gap)
        if when > HOURS * 3600:
            return found
        for visitor in range(together):
            for _ in range(3 if random.integers(GREEDY) == 0 else 1):
                found.append((when, f"{visit}-{visitor}", float(random.choice(seconds, p=shares))))


def table() -> str:
    """Return the waits by engines, load and kind of arrivals, as a table of Markdown."""
    lines = ["| engines | load | arrivals | median wait | 95 % wait less than | worst | told to come later |"]
    lines.append("|---|---|---|---|---|---|---|")
    for (name, speeds), load, bursts in itertools.product(ROWS, (0.5, 0.8, 0.95), (False, True)):
        kind = f"bursts of {BURST}" if bursts else "Poisson"
        lines.append(f"| {name} | {load:.0%} | {kind} | {simulate(speeds, load, bursts=bursts).row()} |")
    return "\n".join(lines)


def measure() -> str:
    """Return the seconds of a default dream at three sizes, with the processors that this process may use."""
    from deepdream.dreaming import dream
    from deepdream.images import read_image, resize

    photo = read_image("assets/sky.jpg").pixels
    rows = []
    for width in (512, 1024, 1536):
        small = resize(photo, (round(photo.shape[0] * width / photo.shape[1]), width))
        list(dream(small, every=1000))
        begun = time.perf_counter()
        list(dream(small, every=1000))
        rows.append(f"{width} pixels: {time.perf_counter() - begun:.1f} s")
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure a dream at three sizes instead")
    print(measure() if parser.parse_args().measure else table())
