"""A training step's parts: shifts of the size asked, schedules, and a run that goes on as if it had not stopped."""

import itertools
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from training.attack import measure_norm, shift_often, shift_once
from training.checkpoint import NEWEST, load_checkpoint, save_checkpoint
from training.data import Pictures
from training.model import COMPACT
from training.settings import Paths, Settings, choose_rate, choose_size
from training.train import Trainer, prepare_keras, train

TINY = Settings(epochs=2, batch=8, small_share=0.5, small_size=32)


@pytest.fixture(autouse=True)
def _float32():
    prepare_keras("float32")
    torch.set_num_threads(1)


@pytest.fixture
def pictures():
    random = np.random.default_rng(0)
    return Pictures(random.integers(0, 256, (24, 64, 64, 3), dtype=np.uint8), random.integers(0, 200, 24))


@pytest.fixture
def toy():
    """A small smooth network, the loss of which any honest gradient step raises."""
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 5, 2), torch.nn.GELU(), torch.nn.Flatten(), torch.nn.LazyLinear(10)
    )


@pytest.fixture
def batch():
    random = np.random.default_rng(1)
    pictures = torch.from_numpy(random.uniform(-1, 1, (6, 3, 16, 16)).astype(np.float32))
    return pictures, torch.from_numpy(random.integers(0, 10, 6))


def measure_losses(model, pictures, classes):
    with torch.no_grad():
        return cross_entropy(model(pictures), classes, reduction="none")


def test_one_step_from_near_the_picture_reaches_the_size_asked(toy, batch):
    pictures, classes = batch
    sizes = torch.tensor([0.1, 0.2, 0.5, 0.6, 1.5, 2.0])
    shifted = shift_once(toy, pictures, classes, sizes=sizes, random=Still())
    assert torch.allclose(measure_norm(shifted - pictures).flatten(), sizes, rtol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_no_shift_is_longer_than_its_size(toy, batch, seed):
    pictures, classes = batch
    sizes = torch.tensor([0.1, 0.2, 0.5, 0.6, 1.5, 2.0])
    once = shift_once(toy, pictures, classes, sizes=sizes, random=np.random.default_rng(seed))
    often = shift_often(toy, pictures, classes, size=0.6, random=np.random.default_rng(seed))
    assert (measure_norm(once - pictures).flatten() <= sizes * 1.0001).all()
    assert (measure_norm(often - pictures) <= 0.6001).all()


def test_a_shift_raises_every_loss_and_seven_steps_raise_it_more(toy, batch):
    pictures, classes = batch
    before = measure_losses(toy, pictures, classes)
    sizes = torch.full((6,), 0.5)
    once = measure_losses(toy, shift_once(toy, pictures, classes, sizes=sizes, random=Still()), classes)
    often = measure_losses(toy, shift_often(toy, pictures, classes, size=0.5, random=Still()), classes)
    assert (once > before).all()
    assert often.mean() >= once.mean() * 0.999


def test_shifts_leave_the_weights_without_gradients(toy, batch):
    shift_often(toy, *batch, size=0.5, random=Still())
    assert all(parameter.grad is None for parameter in toy.parameters())


def test_a_run_that_was_stopped_ends_with_the_same_weights(pictures, tmp_path):
    whole = Trainer(TINY, pictures)
    losses = [whole.take_step() for _ in range(whole.steps)]

    stopped = Trainer(TINY, pictures)
    for _ in range(2):
        stopped.take_step()
    save_checkpoint(stopped.read_state(), TINY, run=tmp_path, epoch=None)
    state, settings = load_checkpoint(tmp_path / NEWEST)
    resumed = Trainer(settings, pictures)
    resumed.write_state(state)
    assert [resumed.take_step() for _ in range(whole.steps - 2)] == losses[2:]

    expected, found = whole.read_state(), resumed.read_state()
    assert expected.keys() == found.keys()
    for key in expected:
        np.testing.assert_array_equal(expected[key], found[key], err_msg=key)


def test_another_seed_gives_other_weights(pictures):
    first, second = (Trainer(replace(TINY, seed=seed), pictures) for seed in (0, 1))
    first.take_step(), second.take_step()
    assert not np.array_equal(first.read_state()["weights/conv2/kernel"], second.read_state()["weights/conv2/kernel"])


def test_training_writes_an_epoch_and_goes_on_from_it(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr("training.train.load_pictures", lambda part, **_: pictures)
    paths = Paths(archive=tmp_path / "none.zip", run=tmp_path / "run", cache=tmp_path)
    records = list(train(replace(TINY, epochs=1), paths))
    assert [record["epoch"] for record in records] == [1.0]
    assert {"loss", "clean_2000", "shifted_1.5_500", "pictures_a_second"} <= records[0].keys()
    assert (tmp_path / "run" / "epoch-01.npz").exists()
    assert [record["step"] for record in train(TINY, paths)] == [6]


def test_a_step_trains_every_stage_but_those_behind_a_zero_gamma(pictures):
    trainer = Trainer(TINY, pictures)
    before = trainer.read_state()
    trainer.take_step()
    after = trainer.read_state()
    for stage in COMPACT:
        name = f"weights/{stage.name}a/kernel" if stage.squeeze else f"weights/{stage.name}/kernel"
        assert not np.array_equal(before[name], after[name]), name


def test_the_rate_rises_then_falls_to_zero():
    settings = Settings(rate=0.1, warmup=0.1)
    rates = [choose_rate(progress, settings) for progress in np.linspace(0, 1, 101)]
    assert 0 < rates[0] < 0.01
    assert rates.index(max(rates)) == 10 and max(rates) == pytest.approx(0.1)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:])) and rates[-1] == pytest.approx(0)


def test_small_pictures_come_first():
    settings = Settings(small_share=0.4, small_size=48)
    assert [choose_size(progress, settings) for progress in (0, 0.39, 0.4, 1)] == [48, 48, 64, 64]


def test_another_backend_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(sys.modules["training.train"].keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match=r"it runs on jax\. Set KERAS_BACKEND=torch\."):
        prepare_keras()


class Still:
    """A random generator whose start is nearly the picture itself."""

    def random(self, shape, dtype):
        noise = np.full(shape, 0.75, dtype)
        noise[:, 0, 0, 0] = 0.5 + 1e-3
        return noise
