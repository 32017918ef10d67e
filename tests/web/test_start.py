"""`python app.py` as people start it, and the folders that it claims and leaves clean."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from deepdream.web.server import folders

ROOT = Path(__file__).parents[2]


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    return tmp_path / folders.BASE


def test_claiming_makes_two_halves_and_sweeps_those_of_processes_that_are_gone(base):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (str(gone.pid), "no-number", str(os.getppid())):
        (base / name).mkdir(parents=True)
    own = folders.claim()
    assert own == base / str(os.getpid())
    assert os.environ["GRADIO_TEMP_DIR"] == str(own / "served") and (own / "served").is_dir()
    assert folders.private_folder() == own / "private"
    assert {folder.name for folder in base.iterdir()} == {str(os.getpid()), str(os.getppid())}
    assert own.stat().st_mode & 0o077 == 0 or (own / "private").stat().st_mode & 0o077 == 0


def test_without_a_claim_the_private_folder_is_elsewhere(base):
    folder = folders.private_folder()
    assert folder.is_dir() and base not in folder.parents


def test_the_page_starts_answers_and_leaves_nothing(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("GRADIO_TEMP_DIR", None)
    command = [sys.executable, "app.py", "--port", str(port), "--root-path", "/dream"]
    page = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 90
        answer = None
        while answer is None and time.monotonic() < deadline:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
            except httpx.HTTPError:
                time.sleep(0.1)
        assert answer is not None and answer.status_code == 200 and "DeepDream" in answer.text
        assert "/dream" in httpx.get(f"http://127.0.0.1:{port}/config", timeout=5).json()["root"]
        assert (tmp_path / folders.BASE / str(page.pid) / "served").is_dir()
    finally:
        page.send_signal(signal.SIGTERM)
        page.wait(30)
    assert not list((tmp_path / folders.BASE).iterdir())


def test_tensorflow_is_not_loaded_before_the_page_is_built():
    code = "import sys; from deepdream.web import build; build(); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
