"""The server is told to end while pages are open and dreams run."""

import base64
import json
import threading
import time

import httpx
import pytest

from .conftest import ASSETS
from .running import running
from .tabs import Tab

LONG = json.dumps({"octaves": 4, "steps": 400})


def upload(server):
    name = "sky.jpg"
    files = {"files": (name, (ASSETS / name).read_bytes(), "image/jpeg")}
    (path,) = httpx.post(f"{server.local_url}gradio_api/upload", files=files, timeout=60).json()
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def ask(server):
    """Ask for a dream of many steps, and return the address of its stream."""
    body = {"data": [upload(server), "", LONG, 256]}
    answer = httpx.post(f"{server.local_url}gradio_api/call/dream", json=body, timeout=60)
    return f"{server.local_url}gradio_api/call/dream/{answer.json()['event_id']}"


def follow(address, said):
    """Note what a dream's stream says, line by line, and fetch the last picture."""
    with httpx.stream("GET", address, timeout=120) as lines:
        for line in lines.iter_lines():
            said.append(line)
    outputs = [json.loads(line[5:]) for line in said if line.startswith("data: [")]
    files = [each[2]["url"] for each in outputs if len(each) > 2 and "url" in (each[2] or {})]
    said.extend(httpx.get(url, timeout=30).content for url in files)


@pytest.mark.slow
def test_told_to_end_it_keeps_what_runs_refuses_what_comes_and_leaves_in_time(tmp_path):
    """Three pages are open, and two dreams under way, of which one waits."""
    grace = 9.0
    with running(tmp_path, DEEPDREAM_GRACE=str(grace), DEEPDREAM_JOURNAL="yes") as server:
        server.wait_until_ready()
        assert httpx.get(f"{server.local_url}healthz").text == "ok" and server.folders()
        pages = [Tab(server) for _ in range(3)]
        for page in pages:
            page.connect()
        streams = [[], []]
        threads = [threading.Thread(target=follow, args=(ask(server), said), daemon=True) for said in streams]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while "dreaming" not in str(streams) and time.monotonic() < until:
            time.sleep(0.05)
        server.end()
        began = time.monotonic()
        while server.readiness() != (503, "closing"):
            assert time.monotonic() < began + 5
        refused = []
        follow(ask(server), refused)
        assert "starts anew" in str(refused), refused
        server.process.wait(grace + 10)
        lasted = time.monotonic() - began
        for thread in threads:
            thread.join(10)
        assert server.process.returncode == 0 and lasted < grace, (lasted, server.log.read_text())
        pictures = [said[-1] for said in streams if said and isinstance(said[-1], bytes)]
        assert pictures and pictures[0][:8] == base64.b64decode("iVBORw0KGgo="), streams
        assert '"outcome": "kept"' in server.log.read_text()
        assert not server.folders() and "Traceback" not in server.log.read_text()
