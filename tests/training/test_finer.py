"""Going on with finer pictures: it starts from what the network knows, and a stopped run ends as an unstopped one."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.data import Pictures, load_fine_pictures
from training.export import load_exported
from training.finer import FinerSettings, FinerTrainer
from training.train import prepare_keras

NETWORK = Path("deepdream/networks/compact.npz")
TINY = FinerSettings(batch=8, fine_batch=2, fine_sides=(64, 96), steps=4)


@pytest.fixture(autouse=True)
def _float32():
    prepare_keras("float32")
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def sets():
    random = np.random.default_rng(0)
    tiny = Pictures(random.integers(0, 256, (16, 64, 64, 3), dtype=np.uint8), random.integers(0, 200, 16))
    return tiny, Pictures(random.integers(0, 256, (4, 144, 144, 3), dtype=np.uint8), np.arange(4) % 3)


def test_finer_pictures_are_read_by_class(tmp_path):
    with zipfile.ZipFile(tmp_path / "fine.zip", "w") as archive:
        for name, gray in (("train/owl/1.webp", 200), ("train/cat/2.webp", 50), ("valid/cat/1.webp", 90)):
            file = io.BytesIO()
            Image.new("RGB", (12, 12), (gray,) * 3).save(file, "WEBP", lossless=True)
            archive.writestr(name, file.getvalue())
    pictures = load_fine_pictures("train", archive=tmp_path / "fine.zip", cache=tmp_path)
    assert pictures.classes.tolist() == [0, 1] and pictures.pixels[:, 0, 0, 0].tolist() == [50, 200]


def test_it_begins_with_what_the_network_knows(sets):
    trainer = FinerTrainer(TINY, *sets, start=NETWORK)
    pictures = torch.rand(2, 3, 64, 64)
    named, fine = trainer.model(pictures)
    torch.testing.assert_close(named, load_exported(NETWORK)(pictures), atol=1e-4, rtol=1e-4)
    assert fine.shape == (2, 3) and not fine.abs().max()


def test_a_stopped_run_ends_as_one_that_was_not(sets):
    whole = FinerTrainer(TINY, *sets, start=NETWORK)
    losses = [whole.take_step() for _ in range(3)]
    first = FinerTrainer(TINY, *sets, start=NETWORK)
    first.take_step()
    then = FinerTrainer(TINY, *sets, start=NETWORK)
    then.write_state(first.read_state())
    assert [then.take_step() for _ in range(2)] == losses[1:]
