"""A job that needs no network: it counts, and can be slow, wrong, or deadly to its worker."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.errors import RecipeError
from deepdream.frames import Frame


@dataclass(frozen=True)
class Counting:
    """Count to `steps`, `wait` seconds a step, in octaves of five.

    log: a file that gets a line for each step taken. dies_at: the step before which the worker is killed, while the
    file `trigger` is there. wrong_at: the step that raises.
    """

    steps: int
    wait: float = 0.0
    log: str | None = None
    dies_at: int | None = None
    trigger: str | None = None
    wrong_at: int | None = None
    size: int = 4
    network: str = "compact"

    def frames(self, resume=None):
        for step in range(resume.step if resume else 0, self.steps):
            self.suffer(step)
            time.sleep(self.wait)
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
