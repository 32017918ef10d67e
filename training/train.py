"""Train the compact network, or its judge, against adversarial shifts.

    python -m training.train --archive tiny-imagenet-200.zip --run ~/compact-run --init start.npz

The step number alone decides the learning rate, the pictures and every random draw, so a run that was stopped and
goes on from its checkpoint gives the same weights as one that was not.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

# Before Keras is imported, which reads it once.
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from training.attack import shift_often, shift_once
from training.augment import augment, to_network
from training.checkpoint import NEWEST, State, load_checkpoint, save_checkpoint, take_part
from training.data import SIZE, Pictures, load_pictures
from training.model import ARCHITECTURES, build_model, read_weights, unfold, write_weights
from training.settings import Paths, Settings, choose_rate, choose_size

LOG = "log.jsonl"
CALIBRATION = 512  # pictures on which a warm start measures its batch norm

Record = dict[str, float]


class Trainer:
    """A network in training, its running average, its optimizer, and the number of steps taken."""

    def __init__(self, settings: Settings, pictures: Pictures) -> None:
        self.settings = settings
        self.pictures = pictures
        self.step = 0
        stages = ARCHITECTURES[settings.architecture]
        keras.utils.set_random_seed(settings.seed)
        self.model = build_model(stages, pool=settings.pool)
        self.average = build_model(stages, pool=settings.pool)
        write_weights(self.average, read_weights(self.model))
        self.optimizer = make_optimizer(self.model, settings)

    @property
    def steps_an_epoch(self) -> int:
        return len(self.pictures) // self.settings.batch

    @property
    def steps(self) -> int:
        return self.steps_an_epoch * self.settings.epochs

    @property
    def progress(self) -> float:
        """The share of the run that is done, on 0..1."""
        return self.step / self.steps

    @property
    def finished_epoch(self) -> int | None:
        """The number of epochs done, if one has just ended."""
        epochs, rest = divmod(self.step, self.steps_an_epoch)
        return epochs if rest == 0 else None

    def start_from(self, folded: State) -> None:
        """Take folded weights, with batch norm calibrated on some of the training pictures."""
        random = np.random.default_rng(self.settings.seed)
        num = min(CALIBRATION, len(self.pictures))
        chosen = np.sort(random.choice(len(self.pictures), num, replace=False))
        sample = to_network(self.pictures.pixels[chosen]).numpy()
        unfold(folded, self.model, ARCHITECTURES[self.settings.architecture], pictures=sample)
        write_weights(self.average, read_weights(self.model))

    def take_step(self) -> float:
        """Move the weights by one batch; return its loss, on shifted pictures."""
        pictures, classes = self._make_batch()
        loss = cross_entropy(self._forward(pictures), classes, label_smoothing=self.settings.label_smoothing)
        self._descend(loss)
        return loss.item()

    def read_state(self) -> State:
        """Return everything needed to go on: weights, their average, momentum, and the step."""
        momentum = {
            variable.path: self.optimizer.state[variable.value]["momentum_buffer"].numpy().copy()
            for variable in self.model.trainable_variables
            if "momentum_buffer" in self.optimizer.state[variable.value]
        }
        parts = {"weights": read_weights(self.model), "average": read_weights(self.average), "momentum": momentum}
        state = {f"{part}/{path}": array for part, arrays in parts.items() for path, array in arrays.items()}
        return state | {"step": np.array(self.step)}

    def write_state(self, state: State) -> None:
        """Go on from what `read_state` returned."""
        write_weights(self.model, take_part(state, "weights"))
        write_weights(self.average, take_part(state, "average"))
        momentum = take_part(state, "momentum")
        for variable in self.model.trainable_variables:
            if variable.path in momentum:
                buffer = torch.empty_like(variable.value.data).copy_(torch.from_numpy(momentum[variable.path]))
                self.optimizer.state[variable.value]["momentum_buffer"] = buffer
        self.step = int(state["step"])

    def _descend(self, loss: torch.Tensor, *, longest: float = math.inf) -> None:
        """Step along the loss's gradient, cut to a norm of `longest`, and let the running average follow."""
        for group in self.optimizer.param_groups:
            group["lr"] = choose_rate(self.progress, self.settings)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if math.isfinite(longest):
            torch.nn.utils.clip_grad_norm_([v.value for v in self.model.trainable_variables], longest)
        self.optimizer.step()
        self.step += 1
        self._follow()

    def _make_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        random = np.random.default_rng((self.settings.seed, self.step))
        chosen = self._choose_pictures()
        size = choose_size(self.progress, self.settings)
        pictures = augment(self.pictures.pixels[chosen], size=size, random=random)
        classes = torch.from_numpy(self.pictures.classes[chosen])
        if self.settings.largest_shift > 0:
            pictures = self._shift(pictures, classes, random)
        return pictures, classes

    def _choose_pictures(self) -> np.ndarray:
        epoch, place = divmod(self.step, self.steps_an_epoch)
        order = np.random.default_rng((self.settings.seed, 1, epoch)).permutation(len(self.pictures))
        batch = self.settings.batch
        # Sorted, as the pictures are read from disk.
        return np.sort(order[place * batch : (place + 1) * batch])

    def _shift(self, pictures: torch.Tensor, classes: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
        sizes = random.uniform(self.settings.smallest_shift, self.settings.largest_shift, len(pictures))
        # The same change a pixel for smaller pictures.
        sizes = torch.from_numpy((sizes * pictures.shape[-1] / SIZE).astype(np.float32))
        return shift_once(self._forward, pictures, classes, sizes=sizes, random=random)

    def _forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.model(pictures, training=True)

    @torch.no_grad()
    def _follow(self) -> None:
        # Early in a run a slow average would still hold the start.
        decay = min(self.settings.average_decay, (1 + self.step) / (10 + self.step))
        averages = [variable.value.data for variable in self.average.variables]
        values = [variable.value.data for variable in self.model.variables]
        torch._foreach_lerp_(averages, values, 1 - decay)


def train(settings: Settings, paths: Paths, *, minutes_between: float = 5.0) -> Iterator[Record]:
    """Train to the end, from the run's checkpoint if it has one; yield a record every 100 steps and every epoch."""
    paths.run.mkdir(parents=True, exist_ok=True)
    trainer = _start_trainer(settings, paths)
    valid = load_pictures("valid", archive=paths.archive, cache=paths.cache)
    losses, first, began = [], trainer.step, time.monotonic()
    saved = began
    while trainer.step < trainer.steps:
        losses.append(trainer.take_step())
        epoch = trainer.finished_epoch
        if epoch is not None or time.monotonic() - saved > 60 * minutes_between:
            save_checkpoint(trainer.read_state(), settings, run=paths.run, epoch=epoch)
            saved = time.monotonic()
        if epoch is not None or trainer.step % 100 == 0:
            seconds = time.monotonic() - began
            speed = {"seconds": seconds, "pictures_a_second": (trainer.step - first) * settings.batch / seconds}
            yield _describe(trainer, losses) | speed | (check(trainer, valid) if epoch is not None else {})
            losses = []


def check(trainer: Trainer, valid: Pictures) -> Record:
    """Measure the averaged network quickly: clean on the first 2,000 pictures, seven steps of 1.5 on the first 500."""
    record = {"clean_2000": measure_accuracy(trainer.average, valid.first(2000), shift=0.0)}
    if trainer.settings.largest_shift > 0:
        record["shifted_1.5_500"] = measure_accuracy(trainer.average, valid.first(500), shift=1.5)
    return record


def measure_accuracy(model: keras.Model, pictures: Pictures, *, shift: float, seed: int = 0, batch: int = 250) -> float:
    """Return top-1 accuracy in [0, 1]; with a shift, after seven steps against the model from a random start."""
    random = np.random.default_rng((seed, 7))
    right = 0
    for begin in range(0, len(pictures), batch):
        x = to_network(pictures.pixels[begin : begin + batch])
        classes = torch.from_numpy(pictures.classes[begin : begin + batch])
        if shift > 0:
            x = shift_often(model, x, classes, size=shift, random=random)
        with torch.no_grad():
            right += int((model(x).argmax(1) == classes).sum())
    return right / len(pictures)


def prepare_keras(precision: str = "mixed_bfloat16") -> None:
    """Set Keras to what the trainer needs: channels first by shape, innermost in memory, which PyTorch runs fastest.

    Raises:
        RuntimeError: Keras runs on another backend than torch.
    """
    if keras.backend.backend() != "torch":
        raise RuntimeError(
            f"Training needs Keras's torch backend; it runs on {keras.backend.backend()}. Set KERAS_BACKEND=torch."
        )
    keras.config.set_image_data_format("channels_first")
    keras.config.set_dtype_policy(precision)


def main() -> None:
    """Run from the command line: print each record and append it to the run's log."""
    settings, paths = _parse()
    prepare_keras()
    for record in train(settings, paths):
        line = json.dumps({key: round(value, 5) for key, value in record.items()})
        print(line, flush=True)
        with (paths.run / LOG).open("a") as log:
            log.write(line + "\n")


def _start_trainer(settings: Settings, paths: Paths) -> Trainer:
    trainer = Trainer(settings, load_pictures("train", archive=paths.archive, cache=paths.cache))
    if (paths.run / NEWEST).exists():
        trainer.write_state(load_checkpoint(paths.run / NEWEST)[0])
    elif paths.init is not None:
        with np.load(paths.init, allow_pickle=False) as folded:
            trainer.start_from(dict(folded))
    return trainer


def _describe(trainer: Trainer, losses: list[float]) -> Record:
    return {
        "step": trainer.step,
        "steps": trainer.steps,
        "epoch": trainer.step / trainer.steps_an_epoch,
        "loss": float(np.mean(losses)),
        "rate": choose_rate(trainer.progress, trainer.settings),
    }


def make_optimizer(model: keras.Model, settings: Settings) -> torch.optim.Optimizer:
    """Return SGD with Nesterov momentum, whose weight decay spares biases and norms."""
    kernels = [v.value for v in model.trainable_variables if v.path.endswith("/kernel")]
    others = [v.value for v in model.trainable_variables if not v.path.endswith("/kernel")]
    groups = [{"params": kernels, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=settings.rate, momentum=0.9, nesterov=True)


def _parse() -> tuple[Settings, Paths]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, required=True, help="tiny-imagenet-200.zip")
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of checkpoints and log; goes on from its newest"
    )
    parser.add_argument("--cache", type=Path, help="folder of decoded pictures; <run>/arrays by default")
    parser.add_argument("--init", type=Path, help="folded weights to start from")
    for field in fields(Settings):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=type(field.default), default=field.default, help=f"default {field.default}")
    given = vars(parser.parse_args())
    settings = Settings(**{field.name: given[field.name] for field in fields(Settings)})
    return settings, Paths(given["archive"], given["run"], given["cache"] or given["run"] / "arrays", given["init"])


if __name__ == "__main__":
    main()
