"""The temp folder belongs to everybody on the machine: what others put there leads nobody astray."""

import os
import subprocess
import sys

import pytest

from .confine import NOBODY
from .conftest import Confined

pytestmark = pytest.mark.attack

# Claims a folder as the page does when it starts, says which, and goes on until its input ends. The module is loaded by
# itself: Gradio would take seconds, and older trees have it elsewhere.
CLAIM = """
import importlib.util, os, sys
sys.path.insert(0, os.getcwd())
places = ("deepdream/web/server/folders.py", "deepdream/web/folders.py")
spec = importlib.util.spec_from_file_location("folders", next(filter(os.path.exists, places)))
folders = importlib.util.module_from_spec(spec)
spec.loader.exec_module(folders)
print(folders.claim(), flush=True)
sys.stdin.read()
"""
OWN_PROCESSES = ("unshare", "--pid", "--fork", "--mount-proc")  # as a container has


def claimed(process: subprocess.Popen) -> str:
    """Return the folder that a process claimed, or what went wrong."""
    line = process.stdout.readline().strip()
    return line if line.startswith("/") else line + process.stdout.read()


@pytest.fixture
def claim(confined: Confined):
    """Start processes that claim folders; they end with the test."""
    started = []

    def start(**how):
        started.append(confined.start([sys.executable, "-c", CLAIM], **how))
        return claimed(started[-1])

    yield start
    for process in started:
        process.communicate(timeout=30)


def test_a_link_that_somebody_put_into_the_temp_folder_leads_nowhere(confined, claim):
    """Once each folder below its target was removed that had not a running process's number."""
    house = confined.scratch / "canaries"
    (house / "kept").mkdir()
    (house / "kept" / "letter.txt").write_text("mine")
    for name in ("deepdream-studio", f"deepdream-studio-{NOBODY if os.geteuid() == 0 else os.geteuid()}"):
        (confined.scratch / "tmp" / name).symlink_to(house)
    assert os.path.isabs(claim())
    assert (house / "kept" / "letter.txt").is_file()


@pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run([*OWN_PROCESSES, "true"], check=False, capture_output=True).returncode != 0,
    reason="only root may give a process a view of its own processes alone",
)
def test_a_second_container_leaves_the_first_ones_folder(confined, claim):
    first = claim()
    second = claim(before=OWN_PROCESSES)
    assert os.path.isdir(first) and os.path.isdir(second), second


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a process of another user")
def test_a_second_user_of_the_machine_has_a_folder_too(confined, claim):
    (confined.scratch / "tmp").chmod(0o1777)
    first = claim()
    (confined.scratch / "tmp").chmod(0o1777)
    second = claim(user=NOBODY - 1)
    assert os.path.isdir(first) and os.path.isdir(second), second
