"""The tools for language models, spoken to over HTTP by strangers who forge, flood and leave."""

import base64
import json
import socket
import time

import httpx
import pytest

from .conftest import ASSETS
from .running import running

pytest.importorskip("mcp", reason="gradio[mcp] is not installed")
pytestmark = pytest.mark.slow
LONG = json.dumps({"octaves": 4, "steps": 400})
HEADERS = {"Accept": "application/json, text/event-stream"}
SECONDS = 12.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    known = {"DEEPDREAM_METRICS_TOKEN": "t", "DEEPDREAM_TOOL_SECONDS": str(SECONDS)}
    with running(tmp_path_factory.mktemp("tools"), "--mcp", **known) as started:
        started.wait_until_ready()
        yield started


def photo():
    return "data:image/jpeg;base64," + base64.b64encode((ASSETS / "cat.jpg").read_bytes()).decode()


def request(method, **params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def ask(server, method, headers=None, **params):
    """Return the result of a request, read from its stream."""
    address = f"{server.local_url}gradio_api/mcp/"
    answer = httpx.post(address, json=request(method, **params), headers=HEADERS | (headers or {}), timeout=90)
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]
    return lines[-1].get("result", lines[-1])


def under_way(server):
    """Return how many renders run."""
    text = httpx.get(f"{server.local_url}metrics", headers={"Authorization": "Bearer t"}, timeout=30).text
    return next(float(line.split()[1]) for line in text.splitlines() if 'queue="running"' in line)


def wait_for(server, count, seconds):
    began = time.monotonic()
    while under_way(server) != count:
        assert time.monotonic() < began + seconds
        time.sleep(0.1)


def test_forged_headers_lead_the_server_nowhere(server):
    """The first caller of all once decided where the server connects, for all later ones."""
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.settimeout(0.2)
        evil = f"127.0.0.1:{trap.getsockname()[1]}"
        forged = {"X-Forwarded-Host": evil, "X-Forwarded-Proto": "http", "X-Gradio-Server": f"http://{evil}"}
        told = ask(server, "tools/call", forged, name="recipe", arguments={"preset": "compact_eyes", "recipe": ""})
        assert "compact_eyes" in str(told) and not told.get("isError"), told
        told = ask(server, "tools/call", {"Host": evil}, name="recipe", arguments={"preset": "", "recipe": ""})
        assert not told.get("isError")
        with pytest.raises(TimeoutError):
            trap.accept()


def test_a_call_of_fifty_megabytes_is_refused(server):
    content = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"x": "' + b"-" * 50_000_000 + b'"}}'
    address, headers = f"{server.local_url}gradio_api/mcp/", HEADERS | {"Content-Type": "application/json"}
    assert httpx.post(address, content=content, headers=headers, timeout=60).status_code == 413


def test_a_call_ends_when_its_caller_leaves(server):
    arguments = {"photo": photo(), "preset": "", "recipe": LONG, "size": 256}
    body = request("tools/call", name="dream", arguments=arguments)
    with httpx.stream("POST", f"{server.local_url}gradio_api/mcp/", json=body, headers=HEADERS, timeout=60):
        wait_for(server, 1, 30)
    wait_for(server, 0, 5)


def test_a_call_has_so_many_seconds(server):
    began = time.monotonic()
    told = ask(
        server, "tools/call", name="dream", arguments={"photo": photo(), "preset": "", "recipe": LONG, "size": 256}
    )
    assert SECONDS - 1 < time.monotonic() - began < SECONDS + 10 and "error" in str(told).lower(), told
    wait_for(server, 0, 5)
