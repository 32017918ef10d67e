"""What takes long on a large photo is done away from the event loop, which serves everybody."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from deepdream.web.rooms.dream import material
from deepdream.web.rooms.dream.dreams import DreamActions
from deepdream.web.rooms.shared.actions import Actions
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.style import actions as style
from deepdream.web.server import renders

from .tabs import Tab

LONG = [
    (Actions, "standing"),
    (Actions, "ask"),
    (DreamActions, "render"),
    (Material, "mask_for"),
    (material, "told_of_file"),
    (style, "told_of_file"),
    (renders, "resize"),
]


def on_the_loop():
    try:
        return asyncio.get_running_loop() is not None
    except RuntimeError:
        return False


@pytest.fixture
def done(monkeypatch):
    """What was done of all that takes long, and whether it was on the event loop."""
    found = {name: set() for _, name in LONG}

    def watch(owner, name):
        real = getattr(owner, name)

        def watched(*given, **named):
            found[name].add(on_the_loop())
            return real(*given, **named)

        monkeypatch.setattr(owner, name, watched)

    for owner, name in LONG:
        watch(owner, name)
    return found


def sent(tab, name, picture):
    """Upload a picture, and return its place."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return tab.http.post(f"{tab.api}/upload", files={"files": (name, file.getvalue())}).raise_for_status().json()[0]


def test_nothing_that_takes_long_is_done_on_the_event_loop(page_server, done):
    """A mask of 50 megapixels once held it, and so everybody, for more than a second."""
    tab = Tab(page_server)
    tab.connect()
    tab.values |= {tab.component("setting-steps"): 1, tab.component("painting-steps"): 1}
    tab.values[tab.component("painting-size")] = 256
    tab.last("stage", "select", {"sample": "cat"})
    half = np.zeros((8, 12, 4), np.uint8)
    half[:, :6, 3] = 255
    tab.last("stage", "mask", {"path": sent(tab, "mask.png", half)})
    guide = sent(tab, "guide.png", half[..., :3])
    tab.values[tab.component("guide-picture")] = {"path": guide, "meta": {"_type": "gradio.FileData"}}
    tab.last("guide-picture", "upload")
    tab.values[tab.component("guide-picture")] = None
    tab.last("stage", "drop", {"what": "guide"})
    for button in ("dream", "continue"):
        tab.last(button, "click")
    tab.last("styles", "bring", {"path": sent(tab, "style.png", half[..., :3])})
    tab.last("paint", "click")
    tab.disconnect()
    assert done == {name: {False} for name in done}
