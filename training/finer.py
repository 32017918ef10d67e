"""Go on with the finished network on finer pictures among the old ones: real texture in place of stipple.

    python -m training.finer --archive tiny-imagenet-200.zip --fine fine-pictures.zip --run ~/compact-finer

Each step learns from both sets, each with a head of its own: Tiny ImageNet at 64 pixels, and the finer pictures at a
side drawn from 64, 96 and 128, so that the scales of both overlap. Shifts grow with the side: the same change a pixel.
Batch norm stays folded away. The same command goes on from the run's newest checkpoint, as in `train`; `compact.npz`
beside it is the running average as the package would load it.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

# Before Keras is imported, which reads it once.
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from training.attack import shift_once
from training.augment import augment, to_network
from training.checkpoint import NEWEST, load_checkpoint, save_arrays, save_checkpoint, take_part
from training.data import SIZE, ClassNames, Pictures, load_fine_pictures, load_pictures
from training.export import PACKAGED, load_exported, pack
from training.settings import Settings
from training.train import LOG, Record, Trainer, make_optimizer, prepare_keras

FINE = "fine"  # the head of the finer pictures
FINE_CROPS = (72, 144)  # of 144 pixels and a mirrored margin
CHECKED = 128  # side at which the finer validation pictures are measured
LONGEST = 2.0  # L2 norm to which a step's gradient is cut: without batch norm a rare batch would throw the weights


@dataclass(frozen=True)
class FinerSettings(Settings):
    """Add what a finer run decides besides: its length in steps, and how many finer pictures a step has, of what sides.

    `batch` counts the pictures of Tiny ImageNet.
    """

    batch: int = 64
    rate: float = 0.02
    warmup: float = 0.04
    steps: int = 5_000
    fine_batch: int = 32
    fine_sides: tuple[int, ...] = (64, 96, 128, 128)


class FinerTrainer(Trainer):
    """Train the folded network, with a second head, on two sets of pictures at once."""

    settings: FinerSettings

    def __init__(self, settings: FinerSettings, tiny: Pictures, fine: Pictures, *, start: Path) -> None:
        self.settings, self.pictures, self.fine, self.step = settings, tiny, fine, 0
        keras.utils.set_random_seed(settings.seed)
        self.model, self.average = (_build(start, heads=int(fine.classes.max()) + 1) for _ in range(2))
        self.optimizer = make_optimizer(self.model, settings)

    @property
    def steps(self) -> int:
        return self.settings.steps

    def take_step(self) -> float:
        """Move the weights by one batch of each set; return the sum of both losses, on shifted pictures."""
        random = np.random.default_rng((self.settings.seed, self.step))
        loss = self._measure_tiny(random) + self._measure_fine(random)
        self._descend(loss, longest=LONGEST)
        return loss.item()

    def _measure_tiny(self, random: np.random.Generator) -> torch.Tensor:
        chosen = self._choose_pictures()
        pictures = augment(self.pictures.pixels[chosen], size=SIZE, random=random)
        return self._measure(pictures, self.pictures.classes[chosen], head=0, random=random)

    def _measure_fine(self, random: np.random.Generator) -> torch.Tensor:
        chosen = np.sort(random.choice(len(self.fine), self.settings.fine_batch, replace=False))
        side = int(random.choice(self.settings.fine_sides))
        pictures = augment(self.fine.pixels[chosen], size=side, crops=FINE_CROPS, random=random)
        return self._measure(pictures, self.fine.classes[chosen], head=1, random=random)

    def _measure(
        self, pictures: torch.Tensor, numbers: np.ndarray, *, head: int, random: np.random.Generator
    ) -> torch.Tensor:
        def name(seen: torch.Tensor) -> torch.Tensor:
            return self._forward(seen)[head]

        classes = torch.from_numpy(numbers)
        sizes = random.uniform(self.settings.smallest_shift, self.settings.largest_shift, len(pictures))
        sizes = torch.from_numpy((sizes * pictures.shape[-1] / SIZE).astype(np.float32))
        shifted = shift_once(name, pictures, classes, sizes=sizes, random=random)
        return cross_entropy(name(shifted), classes, label_smoothing=self.settings.label_smoothing)


def train(
    trainer: FinerTrainer, run: Path, names: ClassNames, valid: tuple[Pictures, Pictures], *, minutes_between: float
) -> Iterator[Record]:
    """Train to the end; yield a record every 100 steps, with quick accuracies every 500."""
    losses = list[float]()
    began = saved = time.monotonic()
    while trainer.step < trainer.steps:
        losses.append(trainer.take_step())
        if trainer.step == trainer.steps or time.monotonic() - saved > 60 * minutes_between:
            save(trainer, run, names)
            saved = time.monotonic()
        if trainer.step % 100 == 0 or trainer.step == trainer.steps:
            checked = check(trainer, *valid) if trainer.step % 500 == 0 else {}
            yield {"step": trainer.step, "loss": float(np.mean(losses)), "seconds": time.monotonic() - began} | checked
            losses = []


def save(trainer: FinerTrainer, run: Path, names: ClassNames) -> None:
    """Replace the run's newest checkpoint, and beside it the averaged network as the package loads it."""
    state = trainer.read_state()
    save_checkpoint(state, trainer.settings, run=run, epoch=None)
    folded = {path: array for path, array in take_part(state, "average").items() if not path.startswith(FINE)}
    save_arrays(run / PACKAGED.name, pack(folded, names, pool=trainer.settings.pool))


def check(trainer: FinerTrainer, tiny: Pictures, fine: Pictures) -> Record:
    """Measure the averaged network quickly on unshifted pictures: the first 1,000 small ones, and all finer ones."""
    edge = (fine.pixels.shape[1] - CHECKED) // 2
    middle = Pictures(fine.pixels[:, edge : edge + CHECKED, edge : edge + CHECKED], fine.classes)
    return {"clean_1000": _rate(trainer.average, tiny.first(1000), 0), "fine": _rate(trainer.average, middle, 1)}


def main() -> None:
    """Run from the command line: print each record and append it to the run's log."""
    settings, given = _parse()
    torch.set_num_threads(given.threads)
    prepare_keras()
    given.run.mkdir(parents=True, exist_ok=True)
    cache = given.cache or given.run / "arrays"
    tiny, small = (load_pictures(part, archive=given.archive, cache=cache) for part in ("train", "valid"))
    fine, large = (load_fine_pictures(part, archive=given.fine, cache=cache) for part in ("train", "valid"))
    trainer = FinerTrainer(settings, tiny, fine, start=given.init)
    if (given.run / NEWEST).exists():
        trainer.write_state(load_checkpoint(given.run / NEWEST, FinerSettings)[0])
    for record in train(trainer, given.run, _names(given.init), (small, large), minutes_between=given.minutes):
        line = json.dumps({key: round(value, 4) for key, value in record.items()})
        print(line, flush=True)
        with (given.run / LOG).open("a") as log:
            log.write(line + "\n")


def _build(start: Path, *, heads: int) -> keras.Model:
    """Return the folded network of a file with a second head, which knows nothing yet."""
    model = load_exported(start)
    seen = model.get_layer("mean").output
    head = keras.layers.Dense(heads, kernel_initializer="zeros", name=FINE, dtype="float32")
    return keras.Model(model.inputs, [model.output, head(seen)])


@torch.no_grad()
def _rate(model: keras.Model, pictures: Pictures, head: int) -> float:
    right = 0
    for begin in range(0, len(pictures), 100):
        named = model(to_network(pictures.pixels[begin : begin + 100]))[head].argmax(1)
        right += int((named.numpy() == pictures.classes[begin : begin + 100]).sum())
    return right / len(pictures)


def _names(start: Path) -> ClassNames:
    with np.load(start, allow_pickle=False) as opened:
        return ClassNames(tuple(map(str, opened["wnids"])), tuple(map(str, opened["labels"])))


def _parse() -> tuple[FinerSettings, argparse.Namespace]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, required=True, help="tiny-imagenet-200.zip")
    parser.add_argument("--fine", type=Path, required=True, help="zip of train/CLASS/*.webp and valid/CLASS/*.webp")
    parser.add_argument("--run", type=Path, required=True, help="folder of checkpoint and log; goes on from it")
    parser.add_argument("--cache", type=Path, help="folder of decoded pictures; <run>/arrays by default")
    parser.add_argument("--init", type=Path, default=PACKAGED, help=f"folded weights to start from; default {PACKAGED}")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch; default 1")
    parser.add_argument("--minutes", type=float, default=4.0, help="between checkpoints; default 4")
    for name in ("steps", "batch", "fine_batch", "rate", "seed"):
        default = getattr(FinerSettings, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = parser.parse_args()
    return FinerSettings(**{f.name: getattr(given, f.name) for f in fields(FinerSettings) if f.name in given}), given


if __name__ == "__main__":
    main()
