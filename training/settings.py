"""The settings of a training run, and the schedules that follow from them."""

import math
from dataclasses import dataclass
from pathlib import Path

from training.data import SIZE


@dataclass(frozen=True)
class Settings:
    """Everything that decides the result of a run, apart from the data and the weights it starts from.

    Shifts are L2 sizes for 64 x 64 pictures on -1..1, drawn evenly for each picture; a largest of 0 trains plainly.
    `warmup` and `small_share` are shares of the run: the learning rate's rise, and the pictures of `small_size`.
    """

    architecture: str = "compact"
    pool: str = "average"
    epochs: int = 14
    batch: int = 128
    rate: float = 0.08
    warmup: float = 0.02
    weight_decay: float = 5e-4
    label_smoothing: float = 0.05
    smallest_shift: float = 0.6
    largest_shift: float = 2.0
    small_size: int = 48
    small_share: float = 0.4
    average_decay: float = 0.999
    seed: int = 0


@dataclass(frozen=True)
class Paths:
    """Where a run reads and writes: the public archive, decoded arrays, checkpoints and log, and starting weights."""

    archive: Path
    run: Path
    cache: Path
    init: Path | None = None


def choose_rate(progress: float, settings: Settings) -> float:
    """Return the learning rate at a share of the run: a linear rise, then a half cosine to zero."""
    if progress < settings.warmup:
        return settings.rate * (progress + 0.01 * settings.warmup) / settings.warmup
    rest = (progress - settings.warmup) / (1 - settings.warmup)
    return settings.rate * 0.5 * (1 + math.cos(math.pi * min(rest, 1)))


def choose_size(progress: float, settings: Settings) -> int:
    """Return the pictures' side at a share of the run: small ones first, as they cost half."""
    return settings.small_size if progress < settings.small_share else SIZE
