"""What Explore grows comes to its end, and a class glows as far as the network holds it for likely."""

from types import SimpleNamespace

import numpy as np

from deepdream.images import read_image, shrink
from deepdream.networks import load_network
from deepdream.visualization.presets import PORTRAIT_PRESETS
from deepdream.web.rooms.explore import growing
from deepdream.web.rooms.explore.exploring import class_heat
from deepdream.web.server.scheduler import Turns

from .conftest import ASSETS


def test_what_has_grown_says_that_it_is_done(monkeypatch, tmp_path):
    """It stood at "step 96 of 96"."""
    monkeypatch.setattr(growing, "PORTRAIT_PRESETS", {"soft": PORTRAIT_PRESETS["soft"].replace(steps=2)})
    visitor = SimpleNamespace(write_picture=lambda image: tmp_path / "grown.jpg")
    compact, turn = load_network("compact"), Turns().render_step
    told = list(growing.grown_target(compact, visitor, turn, target="conv2:3", preset="soft"))
    assert told[-1]["status"]["key"] == "grown" and told[-1]["progress"] is None
    assert all(each["progress"] is not None for each in told[:-1])


def test_a_class_that_is_hardly_there_glows_fainter():
    photo, network = shrink(read_image(ASSETS / "cat.jpg"), 128), load_network("compact")
    glow, shares = {}, {}
    for label in ("tabby", "school bus"):
        shown, shares[label] = class_heat(network, photo, "conv5_2", label, Turns())
        glow[label] = np.max(shown - 0.45 * photo.pixels)
    assert shares["school bus"] < 0.1 * shares["tabby"]
    assert glow["school bus"] < 0.6 * glow["tabby"]
