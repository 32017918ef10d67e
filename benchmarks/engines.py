"""What other engines cost and give: throughput, overhead of a dream and of a frame, Stop, and a tile's way.

    python -m benchmarks.engines processes                 or only what one engine costs, or two give: processes 1
    python -m benchmarks.engines ray                       the same on a Ray of this machine

Engines have one processor each, and so has the dream here that they are compared with. Medians, in turns, in one
process.
"""

import argparse
import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.update(
    TF_CPP_MIN_LOG_LEVEL="2", TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1"
)  # before TensorFlow loads

import numpy as np

from benchmarks.machine import lines_of
from deepdream.frames import Frame
from deepdream.recipe import Recipe
from deepdream.workers import Dream, Workers, open_workers
from deepdream.workers.batch import in_order

PHOTOS, SMALL, USUAL, TILE = 64, (160, 240), (384, 512), (512, 512)
ROUNDS, TURNS = 7, 3
PACE = 0.2  # the page's


@dataclass(frozen=True, eq=False)
class Pictures:
    """A job that computes nothing: so many frames of one picture, `wait` seconds each."""

    picture: np.ndarray
    count: int
    wait: float = 0.0
    network: str = "compact"

    def goes_on_from(self, frame: Frame) -> bool:
        """Say no."""
        return False

    def frames(self, resume: Frame | None = None) -> Generator[Frame, None, None]:
        """Yield the frames."""
        for step in range(1, self.count + 1):
            time.sleep(self.wait)
            yield Frame(
                image=self.picture, octave=1, octaves=1, step=step, steps=self.count, loss=None, losses={},
                clipped=0.0, seconds=0.0, is_last=step == self.count, ends_octave=step == self.count,
            )  # fmt: skip


def photo(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Return a photo (h, w, 3) uint8 of soft noise."""
    from deepdream.images import resize

    coarse = np.random.default_rng(seed).random((size[0] // 16, size[1] // 16, 3), np.float32)
    return (np.clip(resize(coarse, size), 0, 1) * 255).astype(np.uint8)


def opened(kind: str, count: int) -> Workers:
    """Return so many engines of one processor each."""
    if kind == "processes":
        from deepdream.workers.processes import ProcessWorkers

        return ProcessWorkers(count, threads=1)
    from deepdream.workers.on_ray import RayWorkers

    return RayWorkers(count=count)


def seconds_of(frames: Iterable[Frame]) -> float:
    """Return how long a stream takes to its end."""
    begun = time.perf_counter()
    for _ in frames:
        pass
    return time.perf_counter() - begun


@contextlib.contextmanager
def idling(workers: Workers, count: int) -> Iterator[None]:
    """Keep so many engines from work, which take no processor meanwhile."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stream = stack.enter_context(
                contextlib.closing(workers.frames(Pictures(photo((16, 16)), 10**6, 0.1), pace=3600))
            )
            next(stream)
        yield


@dataclass
class Batch:
    """What one run through all small photos took: seconds, and those of processor time by process, and of strangers."""

    seconds: float
    spent: dict[str, float]
    strangers: float

    @property
    def engines(self) -> float:
        """Return the processor time of the engines, which take more of it than any other process."""
        return max(self.spent.values())

    @property
    def others(self) -> float:
        """Return the processor time of all else."""
        return sum(self.spent.values()) - self.engines


def batch(two: Any, count: int, jobs: list[Dream]) -> Batch:
    """Dream all photos on one or both of two engines."""
    with idling(two, 2 - count):
        two.count = count  # as many are asked at once
        before, busy, begun = spent(), machine_spent(), time.perf_counter()
        list(in_order(two, jobs))
        seconds, busy = time.perf_counter() - begun, machine_spent() - busy
        used = {name: after - before.get(name, 0.0) for name, after in spent().items()}
        return Batch(seconds, used, busy - sum(used.values()))


def throughput(two: Any) -> dict[int, list[Batch]]:
    """Return runs by one and by both of two warm engines, by turns."""
    jobs = [Dream(photo(SMALL, seed), Recipe()) for seed in range(PHOTOS)]
    for _ in range(2):
        list(in_order(two, jobs[:4]))
    runs: dict[int, list[Batch]] = {1: [], 2: []}
    for count in (1, 2) * TURNS:
        runs[count].append(batch(two, count, jobs))
    return runs


def overhead(workers: Workers) -> tuple[float, float]:
    """Return the median seconds of a usual dream in this process and on an engine, by turns."""
    here, job = open_workers(), Dream(photo(USUAL), Recipe())
    seconds_of(here.frames(job)), seconds_of(workers.frames(job, pace=PACE))
    rounds = [(seconds_of(here.frames(job)), seconds_of(workers.frames(job, pace=PACE))) for _ in range(ROUNDS)]
    one, other = np.median(rounds, axis=0)
    return float(one), float(other)


def frame(workers: Workers, size: tuple[int, int]) -> float:
    """Return the seconds that a streamed frame costs, float32 and whole."""
    picture = photo(size).astype(np.float32)
    few, many = Pictures(picture, 1), Pictures(picture, 101)
    seconds_of(workers.frames(few))
    rounds = [(seconds_of(workers.frames(few)), seconds_of(workers.frames(many))) for _ in range(ROUNDS)]
    return float(np.median([long - short for short, long in rounds]) / 100)


def stop(workers: Workers) -> list[float]:
    """Return the seconds from Stop, in the middle of a dream on the only engine, to the next job's first frame."""
    waits = []
    for seed in range(ROUNDS):
        dreamed = workers.frames(Dream(photo(USUAL, seed), Recipe()))
        for _ in range(12 + seed):
            next(dreamed)
        begun = time.perf_counter()
        dreamed.close()
        seconds_of(workers.frames(Pictures(photo((16, 16)), 1)))
        waits.append(time.perf_counter() - begun)
    return sorted(waits)


def tile(workers: Workers) -> tuple[float, float]:
    """Return the seconds of a tile's step on one engine, and of its way there and back."""
    seconds = []
    for frame in open_workers().frames(Dream(photo(TILE), Recipe(octaves=1, steps=12, tile_size=0))):
        seconds.append(frame.seconds)
    job = Pictures(photo(TILE).astype(np.float32), 1)
    ways = [seconds_of(workers.frames(job)) for _ in range(3 * ROUNDS)]
    return float(np.median(np.diff(seconds)[3:])), float(np.median(ways))


def one_engine(kind: str) -> Iterator[str]:
    """Measure what one engine costs, and yield it as lines of text."""
    size = "{1}x{0}".format
    with contextlib.closing(opened(kind, 1)) as one:
        here, there = overhead(one)
        yield f"a dream of {size(*USUAL)}: {here:.3f} s here, {there:.3f} s there, {there / here - 1:+.1%}"
        small, usual = frame(one, SMALL), frame(one, USUAL)
        yield f"a streamed frame: {1000 * small:.1f} ms of {size(*SMALL)}, {1000 * usual:.1f} ms of {size(*USUAL)}"
        waits = stop(one)
        yield f"from Stop to the next job's frame: {1000 * np.median(waits):.0f} ms, at most {1000 * waits[-1]:.0f}"
        step, way = tile(one)
        yield f"a tile of {size(*TILE)}: {1000 * step:.0f} ms its step, {1000 * way:.0f} ms its way there and back"


def machine_spent() -> float:
    """Return the seconds of processor time of all processes, and of what its host gave to other machines."""
    user, nice, system, _, _, *interrupts_and_stolen = map(int, lines_of("/proc/stat")[0].split()[1:9])
    return (user + nice + system + sum(interrupts_and_stolen)) / os.sysconf("SC_CLK_TCK")


def spent() -> dict[str, float]:
    """Return the seconds of processor time of this process and of all that descend from it, by their names."""
    seconds, parents, names = defaultdict[str, float](float), dict[int, int](), dict[int, tuple[str, float]]()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
            fields = rest.split()
            parents[int(folder.name)] = int(fields[1])
            ticks = int(fields[11]) + int(fields[12])
            names[int(folder.name)] = name, ticks / os.sysconf("SC_CLK_TCK")
    inside = {os.getpid()}
    while new := {child for child, parent in parents.items() if parent in inside} - inside:
        inside |= new
    for each in inside:
        name, ticked = names[each]
        seconds["this process" if each == os.getpid() else name] += ticked
    return seconds


def two_engines(kind: str) -> Iterator[str]:
    """Measure what a second engine gives, and what all processes take for it, and yield it as lines of text."""
    with contextlib.closing(opened(kind, 2)) as two:
        runs = throughput(two)
    yield f"{PHOTOS} photos of {SMALL[1]}x{SMALL[0]}, by turns; seconds of processor time"
    for one, both in zip(runs[1], runs[2], strict=True):
        for count, run in ((1, one), (2, both)):
            rate = f"by {count}: {PHOTOS / run.seconds:.2f} a second"
            yield f"  {rate}; engines {run.engines:.2f}, others {run.others:.2f}, strangers {run.strangers:.2f}"
        share, own = one.seconds / both.seconds / 2, one.engines / both.engines
        yield f"  {share:.3f} of linear; engines' time by 1 over that by 2: {own:.3f}"
    least = min(runs[2], key=lambda run: run.seconds)
    others = sorted((took, name) for name, took in least.spent.items() if 0.03 < took < least.engines)
    yield "  others by 2: " + ", ".join(f"{name} {took:.2f}" for took, name in reversed(others))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("processes", "ray"))
    parser.add_argument(
        "engines", type=int, nargs="?", choices=(1, 2), help="measure one engine's costs, or two's gain"
    )
    options = parser.parse_args()
    for number, measured in ((1, one_engine), (2, two_engines)):
        if options.engines in (None, number):
            for line in measured(options.kind):
                print(line, flush=True)
