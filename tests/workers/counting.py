"""Jobs for tests: one that counts, and can be slow, wrong, or deadly to its worker, and two around a dream."""

import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import RecipeError
from deepdream.frames import Frame


@dataclass(frozen=True)
class Counting:
    """Count to `steps`, `wait` seconds a step, in octaves of five.

    log: a file that gets a line for each step taken. dies_at: the step before which the worker is killed, while the
    file `trigger` is there. wrong_at: the step that raises. uneven: some workers are
    up to four times as slow as others.
    """

    steps: int
    wait: float = 0.0
    log: str | None = None
    dies_at: int | None = None
    trigger: str | None = None
    wrong_at: int | None = None
    size: int = 4
    uneven: bool = False
    network: str = "compact"

    def frames(self, resume=None):
        for step in range(resume.step if resume else 0, self.steps):
            self.suffer(step)
            time.sleep(self.wait * (1 + os.getpid() % 4 if self.uneven else 1))
            if self.log:
                with Path(self.log).open("a") as log:
                    log.write(f"{step}\n")
            yield self.frame(step + 1)

    def goes_on_from(self, frame):
        return True

    def suffer(self, step):
        if step == self.wrong_at:
            raise RecipeError("steps: received 13; that is unlucky.", "steps")
        if step == self.dies_at and (self.trigger is None or Path(self.trigger).exists()):
            if self.trigger is not None:
                Path(self.trigger).unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    def frame(self, step):
        picture = np.full((self.size, self.size, 3), step, np.float32)
        return Frame(
            image=picture, octave=1 + (step - 1) // 5, octaves=1 + (self.steps - 1) // 5, step=step, steps=self.steps,
            loss=None, losses={}, clipped=0.0, seconds=0.0, is_last=step == self.steps,
            ends_octave=step % 5 == 0 or step == self.steps,
        )  # fmt: skip


@dataclass(frozen=True)
class Deadly:
    """Another job, whose worker is killed before its frame `dies_at` while the file `trigger` is there."""

    job: Any
    dies_at: int
    trigger: str

    @property
    def network(self):
        return self.job.network

    def goes_on_from(self, frame):
        return self.job.goes_on_from(frame)

    def frames(self, resume=None):
        for number, frame in enumerate(self.job.frames(resume)):
            if number == self.dies_at and Path(self.trigger).exists():
                Path(self.trigger).unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            yield frame


@dataclass(frozen=True)
class Processors:
    """Another job; the last frame's losses tell how many processors its worker used at once after its third frame.

    Read from /proc: the time that all of the process's threads computed, by the time that went by; and how many of
    them computed at all, more than a tenth of that.
    """

    job: Any

    @property
    def network(self):
        return self.job.network

    def goes_on_from(self, frame):
        return False

    def frames(self, resume=None):
        for number, frame in enumerate(self.job.frames()):
            if number == 3:
                begun, before = time.monotonic(), computed()
            if not frame.is_last:
                yield frame
        used = {thread: ticks - before.get(thread, 0) for thread, ticks in computed().items()}
        seconds = (time.monotonic() - begun) * os.sysconf("SC_CLK_TCK")
        many = sum(ticks > sum(used.values()) / 10 for ticks in used.values())
        yield replace(frame, losses={"processors": sum(used.values()) / seconds, "threads": many})


def computed():
    """Return the ticks of processor time of each thread of this process."""
    ticks = {}
    for thread in Path("/proc/self/task").iterdir():
        fields = (thread / "stat").read_text().rpartition(")")[2].split()
        ticks[thread.name] = int(fields[11]) + int(fields[12])
    return ticks
