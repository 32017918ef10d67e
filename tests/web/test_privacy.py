"""The privacy page: each of its sentences is held by a test here, or by the one that is named beside it.

A photo with marks in its pixels, its notes and its name is sent to a server of its own; afterwards the marks are
searched for in all that the server could have written.
"""

import io
import json
import secrets
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from deepdream.web.privacy import SENTENCES, Privacy
from deepdream.web.server.budgets import Budgets
from deepdream.web.server.limits import Limits

from .running import running
from .tabs import Tab

HELD = {  # a sentence, and the tests that hold it
    "photo": ["test_nothing_of_a_photo_stays", "tests/attacks/test_files.py"],
    "gone": ["test_nothing_of_a_photo_stays", "tests/web/test_lifetimes.py", "tests/web/test_ending.py"],
    "uploads": ["test_nothing_of_a_photo_stays"],
    "log": ["test_nothing_of_a_photo_stays", "tests/web/test_metrics.py"],
    "address": ["test_work_is_counted_for_an_hour"],
    "others": ["test_nothing_of_a_photo_stays", "tests/web/conftest.py"],  # `visit` watches every request
    "browser": ["tests/web/test_lifetimes.py", "tests/web/test_kept.py"],
    "link": ["tests/test_recipe.py"],
}
NAME = "secretname"
CALLER = "127.0.0.77"


def marked():
    """Return a PNG whose pixels and notes are marked, and the marks as bytes."""
    row = np.frombuffer(secrets.token_bytes(96 * 3), np.uint8).reshape(1, 96, 3)
    note, buffer = f"taken-at-{secrets.token_hex(8)}", io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = note
    Image.fromarray(np.repeat(row, 96, 0)).save(buffer, "PNG", exif=exif, compress_level=0)
    return buffer.getvalue(), [row[0, 8:40].tobytes(), note.encode(), NAME.encode(), CALLER.encode()]


def found(marks, *folders):
    """Return the files below folders that have one of the marks in their bytes or their path."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(mark in bytes_of(path) + str(path).encode() for mark in marks)]


def bytes_of(path):
    """Return a file's bytes; none of one that has gone since it was listed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def mapped(process, folder):
    """Return the files below a folder that a process has open or mapped into its memory."""
    maps = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
    opened = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir() if link.is_symlink()]
    return [line for line in maps + opened if str(folder) in line and not line.rstrip().endswith(("lock", "log.txt"))]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not tell what is mapped")
def test_nothing_of_a_photo_stays(tmp_path):
    """After "Leave" no file, log or mapping has its pixels, its notes, its name or its sender's address."""
    photo, marks = marked()
    temp, cache = tmp_path / "temp", tmp_path / "cache"
    for folder in (temp, cache):
        folder.mkdir()
    with running(temp, XDG_CACHE_HOME=str(cache), HOME=str(cache), DEEPDREAM_JOURNAL="yes") as server:
        server.wait_until_ready()
        tab = Tab(server, source=CALLER)
        sent = tab.http.post(f"{tab.api}/upload", files={"files": (f"{NAME}.png", photo, "image/png")})
        tab.last("stage", "upload", {"files": [{"path": sent.json()[0], "name": f"{NAME}.png"}]})
        assert found(marks, temp), "the test would see the marks"
        (private,) = temp.rglob("*.npy")
        assert tab.http.get(f"{tab.api}/file={private}").status_code in (403, 404)
        tab.last("dream", "click")
        page = tab.http.get(server.local_url)
        assert "set-cookie" not in page.headers and not tab.http.cookies
        tab.last("identity", "leave", {})
        until = time.monotonic() + 40
        while (found(marks, temp, cache) or mapped(server.process, temp)) and time.monotonic() < until:
            time.sleep(0.2)
        assert not found(marks, temp, cache) and not mapped(server.process, temp)
        lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
        assert lines and set(json.loads(lines[-1])) == {"id", "seconds", "pixels", "preset", "outcome"}
        server.end()
        server.process.wait(40)
        left = [path for path in temp.rglob("*") if path.is_file() and path.name not in ("log.txt", "lock")]
        assert not left and not found(marks, temp, cache)


def test_work_is_counted_for_an_hour(monkeypatch):
    budgets, now = Budgets(10.0), [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    budgets.spend("a", 20.0)
    assert budgets.wait("a") and budgets._spent
    now[0] = 3601.0
    assert not budgets.wait("a") and not budgets._spent


def test_every_sentence_is_held_by_a_test():
    assert set(HELD) == set(SENTENCES)
    root = Path(__file__).parents[2]
    for name in (name for names in HELD.values() for name in names):
        assert name in globals() or (root / name).is_file(), name


def test_the_page_says_this_hosts_numbers_in_three_languages(page_server):
    address = f"{page_server.local_url}privacy"
    texts = [httpx.get(address, headers={"Accept-Language": each}).text for each in ("en", "ko", "vi")]
    assert len(set(texts)) == 3 and all("15" in text and text.count("<li") == len(SENTENCES) for text in texts)
    assert httpx.get(f"{address}?lang=ko").text == texts[1]
    own = Privacy(Limits(remembered=120.0), "Jane <jane@example.org>").text("en")
    assert ", 2 minutes after" in own and "Jane &lt;jane@example.org&gt;" in own
