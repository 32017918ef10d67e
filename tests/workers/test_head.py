"""The head of a Ray cluster dies in the middle of a dream, on a machine of its own: a network namespace."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason='ray is not installed: pip install ".[ray]"')
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("ip") is None,
        reason="another machine is made by root alone, with the command ip",
    ),
]
LONGEST = 180.0  # seconds; it takes 50
HERE, THERE, PORT = "10.213.7.1", "10.213.7.2", 6379
ALLOWED = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4, "RAY_USAGE_STATS_ENABLED": "0"}
START = f"-m ray.scripts.scripts start --head --block --num-cpus=1 --port={PORT} --include-dashboard=false"


@pytest.fixture
def machine():
    """Make another machine, with a wire to this one; yield what goes before a command that shall run there."""
    name = f"dd{os.getpid()}"
    there = ["ip", "netns", "exec", name]
    wires = [
        f"ip netns add {name}",
        f"ip link add {name} type veth peer name {name}p netns {name}",
        f"ip addr add {HERE}/24 dev {name}",
        f"ip link set {name} up",
        f"ip -n {name} addr add {THERE}/24 dev {name}p",
        f"ip -n {name} link set {name}p up",
        f"ip -n {name} link set lo up",
    ]
    try:
        for command in wires:
            made = subprocess.run(command.split(), capture_output=True, text=True)
            if made.returncode:
                pytest.skip(f"no other machine can be made here: {made.stderr.strip()}")
        yield there
    finally:
        end(name)
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def end(name):
    """Kill all that runs on the machine, as a power cut does, and what was being started meanwhile."""
    while pids := subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.05)


def head(there, folder):
    """Start the head of a cluster, and wait until it takes calls."""
    command = [*there, sys.executable, *START.split(), f"--node-ip-address={THERE}", f"--temp-dir={folder}"]
    about = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
    process = subprocess.Popen(command, env=os.environ | ALLOWED, **about)
    said = ""
    while "Ray runtime started" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line


def test_a_dream_waits_for_a_head_that_died_and_ends_as_if_undisturbed(machine):
    program = [sys.executable, str(Path(__file__).with_name("joined.py")), f"ray://{THERE}:{PORT}"]
    around = os.environ | ALLOWED | {"PYTHONPATH": str(Path(__file__).parents[2])}
    around.pop("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", None)  # set by the tests whose machines are all this one
    with tempfile.TemporaryDirectory(prefix="dd") as first, tempfile.TemporaryDirectory(prefix="dd") as second:
        head(machine, first)
        dreaming = subprocess.Popen(program, env=around, stdout=subprocess.PIPE, text=True)
        late = threading.Timer(LONGEST, lambda: (dreaming.kill(), end(machine[-1])))  # which ends all reading below
        late.start()
        try:
            assert dreaming.stdout.readline() == "begun at step 10\n"
            end(machine[-1])
            head(machine, second)
            assert dreaming.stdout.read() == "moved 1, equal True\n"
            assert dreaming.wait(60) == 0
        finally:
            late.cancel()
            dreaming.kill()
            dreaming.wait()
            end(machine[-1])
