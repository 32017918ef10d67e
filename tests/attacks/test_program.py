"""The command line keeps what was dreamed, and stored networks are believed in nothing."""

import signal
import sys

import pytest
from PIL import Image

from .conftest import Confined

pytestmark = pytest.mark.attack

DREAM = [sys.executable, "-m", "deepdream", "dream"]

# Stores a network, has its file say something else, and asks for it as a dream does; older trees have that elsewhere.
STORED = """
import io, os, sys, zipfile
import numpy as np
sys.path.insert(0, os.getcwd())
try:
    from deepdream.engine.graph import INPUT, Conv, Graph
    from deepdream.networks import cache
    from deepdream.networks.conversion import Conversion
except ImportError:
    from deepdream.networks import stored as cache
    from deepdream.networks.graph import INPUT, Conv, Graph
    from deepdream.networks.keras_graph import Conversion
made = Conversion(Graph((Conv("stem", (INPUT,), np.ones((3, 3, 3, 4), "f")),)), {"stem": "Conv2D"}, None)
def damaged(change):
    cache.write("tiny", made)
    with zipfile.ZipFile(cache.place("tiny")) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = {name: change(name, data) for name, data in members.items()}
    assert changed != members
    with zipfile.ZipFile(cache.place("tiny"), "w") as archive:
        for name, data in changed.items():
            archive.writestr(name, data)
    try:
        return cache.read("tiny")
    except BaseException as error:
        return type(error).__name__
def nested(name, data):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.frombuffer(b"[" * 100_000, np.uint8))
    return file.getvalue() if name == "about.npy" else data
print(damaged(lambda name, data: data.replace(b"'descr': '<f4'", b"'descr': '<f4((")))
print(damaged(lambda name, data: data.replace(b'"labels": []', b'"labels": 11')))
print(damaged(lambda name, data: data.replace(b'"kind": "Conv"', b'"kind": "Nono"')))
print(damaged(nested))
cache.write("tiny", made)
whole = bytearray(cache.place("tiny").read_bytes())
place = whole.find(np.ones(4, "f").tobytes())
whole[place + 5] ^= 1
cache.place("tiny").write_bytes(whole)
print(cache.read("tiny"))
"""


@pytest.fixture
def photo(confined: Confined):
    path = confined.scratch / "photo.png"
    Image.radial_gradient("L").resize((480, 320)).convert("RGB").save(path)
    return path


def test_a_folder_that_may_only_be_read_is_told_in_one_line(confined, photo, tmp_path):
    """Once a traceback after the whole dream, and the picture lost; where the whole disk is read-only, as here."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    status, said = confined.run([*DREAM, str(photo), "-o", str(closed / "dream.png"), "--octaves", "1", "--steps", "1"])
    assert status == 2 and "cannot write into the folder" in said and said.count("\n") == 1, said


def test_a_request_to_end_keeps_what_was_dreamed(confined, photo):
    """Once SIGTERM kept nothing."""
    out = confined.scratch / "tmp" / "dream.png"
    process = confined.start([*DREAM, str(photo), "-o", str(out), "--octaves", "3", "--steps", "60"])
    heard = ""
    while "octave" not in heard and (heard := process.stdout.readline()):
        pass
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    with Image.open(out) as kept:
        assert kept.size == (480, 320)


def test_a_stored_network_that_was_damaged_is_made_anew(confined):
    """In its words, with right checksums; nested without end; and a flipped bit of a weight, once taken for it."""
    status, said = confined.run([sys.executable, "-c", STORED])
    answers = [line for line in said.splitlines() if not line.startswith("Ignoring")]
    assert status == 0 and answers == ["None"] * 5, said
