"""How long visitors wait: the page's own queue in simulated time, by load, number of engines and their speeds.

    python -m benchmarks.queueing                  a table of waits, within a minute
    python -m benchmarks.queueing --plot FILE.svg  the waits by load, as a picture
    python -m benchmarks.queueing --measure        the seconds of a dream at three sizes on this machine, kept for both

Arrivals are Poisson, or bursts of BURST visitors at once with the same mean; one visitor in GREEDY asks for three
dreams. What orders the renders is `deepdream.web.server.scheduler.Turns`, the very object of the page: simulated is
only the time.
"""

import argparse
import heapq
import itertools
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deepdream.web.server.scheduler import Ticket, Turns

MEASURED = Path(__file__).with_name("results") / "queueing.json"  # seconds of a dream, by its width
SHARES = {512: 0.3, 1024: 0.6, 1536: 0.1}  # how often each width is asked for: assumed
ROUNDS = 3
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
    turns, waits, number = Turns(engines=lambda: len(speeds)), Waits(), itertools.count()
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
    seconds, shares = service(), list(SHARES.values())
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


def service() -> list[float]:
    """Return the measured seconds of a dream of each width."""
    measured = json.loads(MEASURED.read_text())["seconds"]
    return [measured[str(width)] for width in SHARES]


def measure() -> str:
    """Measure a default dream at three sizes with the processors that this process may use, and keep the medians."""
    from deepdream.dreaming import dream
    from deepdream.images import read_image, resize

    photo = read_image("assets/sky.jpg").pixels
    seconds = {}
    for width in SHARES:
        small = resize(photo, (round(photo.shape[0] * width / photo.shape[1]), width))
        times = []
        for _ in range(1 + ROUNDS):  # the first one compiles
            begun = time.perf_counter()
            list(dream(small, every=1000))
            times.append(time.perf_counter() - begun)
        seconds[width] = round(float(np.median(times[1:])), 2)
    MEASURED.write_text(json.dumps({"rounds": ROUNDS, "seconds": seconds}) + "\n")
    return "\n".join(f"{width} pixels: {each} s" for width, each in seconds.items())


LOADS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAST, MOST = 0.1, 1000.0  # seconds, of the plot's height
LEFT, TOP, WIDE, HIGH = 60, 20, 560, 320  # pixels
COLORS = {"1": "#c0392b", "2": "#2471a3", "4": "#1e8449"}


def plot(path: str) -> None:
    """Draw what 19 of 20 visitors wait less than, by load, with Poisson arrivals (lines) and bursts (dashes)."""
    drawn = [_axes()]
    for (name, speeds), bursts in itertools.product([row for row in ROWS if row[0] in COLORS], (False, True)):
        waits = [np.percentile(simulate(speeds, load, bursts=bursts).seconds, 95) for load in LOADS]
        points = " ".join(f"{_x(load):.1f},{_y(wait):.1f}" for load, wait in zip(LOADS, waits, strict=True))
        style = f'stroke="{COLORS[name]}"' + (' stroke-dasharray="6 5"' if bursts else "")
        drawn.append(f'<polyline points="{points}" fill="none" stroke-width="2" {style}/>')
        if not bursts:
            label = f"{name} engine{'s' if name != '1' else ''}"
            drawn.append(f'<text x="{_x(0.91):.0f}" y="{_y(waits[-1]):.0f}" fill="{COLORS[name]}">{label}</text>')
    size = f'width="{LEFT + WIDE + 90}" height="{TOP + HIGH + 45}"'
    about = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"'
    Path(path).write_text(f'<svg {about} {size}>\n<rect {size} fill="#fff"/>\n' + "\n".join(drawn) + "\n</svg>\n")


def _axes() -> str:
    lines = []
    for seconds in (0.1, 1, 10, 100, 1000):
        y = _y(seconds)
        lines.append(f'<path d="M{LEFT} {y:.0f}h{WIDE}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{seconds:g} s</text>')
    for load in LOADS:
        lines.append(f'<text x="{_x(load):.0f}" y="{TOP + HIGH + 18}" text-anchor="middle">{load:.0%}</text>')
    about = f"load; 19 of 20 wait less; dashes: bursts of {BURST}"
    lines.append(f'<text x="{LEFT + WIDE / 2:.0f}" y="{TOP + HIGH + 38}" text-anchor="middle">{about}</text>')
    return "\n".join(lines)


def _x(load: float) -> float:
    return LEFT + WIDE * load


def _y(seconds: float) -> float:
    share = np.log(max(LEAST, min(MOST, seconds)) / LEAST) / np.log(MOST / LEAST)
    return float(TOP + HIGH * (1 - share))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure a dream at three sizes instead")
    parser.add_argument("--plot", metavar="FILE", help="draw the waits instead")
    options = parser.parse_args()
    if options.plot:
        plot(options.plot)
    else:
        print(measure() if options.measure else table())
