"""The tools for language models, spoken to over HTTP by strangers who forge, flood and leave."""

import asyncio
import base64
import io
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
from PIL import Image

from deepdream.recipe import Recipe
from deepdream.web.server import tools

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


def photo(name="cat.jpg"):
    return "data:image/jpeg;base64," + base64.b64encode((ASSETS / name).read_bytes()).decode()


def shown(told):
    """Return the picture in an answer: one, a JPEG."""
    (picture,) = (each for each in told["content"] if each["type"] == "image")
    assert picture["mimeType"] == "image/jpeg"
    return Image.open(io.BytesIO(base64.b64decode(picture["data"])))


def request(method, **params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def ask(server, method, headers=None, **params):
    """Return the result of a request, read from its stream."""
    last = messages(server, method, headers, **params)[-1]
    return last.get("result", last)


def messages(server, method, headers=None, **params):
    """Return every message in the answer to a request."""
    address = f"{server.local_url}gradio_api/mcp/"
    answer = httpx.post(address, json=request(method, **params), headers=HEADERS | (headers or {}), timeout=90)
    assert answer.status_code == 200, answer.text
    return [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]


def under_way(server):
    """Return how many renders run."""
    text = httpx.get(f"{server.local_url}metrics", headers={"Authorization": "Bearer t"}, timeout=30).text
    return next(float(line.split()[1]) for line in text.splitlines() if 'queue="running"' in line)


def wait_for(server, count, seconds):
    began = time.monotonic()
    while under_way(server) != count:
        assert time.monotonic() < began + seconds
        time.sleep(0.1)


def test_the_tools_are_listed_with_what_they_take(server):
    tools = {each["name"]: each["inputSchema"] for each in ask(server, "tools/list")["tools"]}
    assert set(tools) == {"dream", "preview", "surprise", "describe", "presets", "recipe", "recipe_of"}
    assert "compact_eyes" in tools["dream"]["properties"]["preset"]["enum"]
    _, settings = tools["dream"]["properties"]["recipe"]["anyOf"]
    assert settings["properties"]["steps"]["maximum"] == Recipe.settings()["steps"].high


def test_a_dream_comes_as_a_jpeg_with_its_recipe_and_link_and_tells_how_far_it_is(server):
    """The JPEG is the one that lies on the server, not compressed once more."""
    about = {"arguments": {"photo": photo(), "preset": "compact_eyes", "recipe": {"steps": 8}, "size": 128}}
    told = messages(server, "tools/call", name="dream", _meta={"progressToken": 7}, **about)
    assert any(each.get("method") == "notifications/progress" for each in told[:-1])
    picture, words = shown(told[-1]["result"]), str(told[-1]["result"]["content"])
    assert max(picture.size) == 128
    assert picture.quantization == saved(92).quantization
    assert "compact_eyes*steps-8" in words and ".png" in words


def saved(quality):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    return Image.open(file)


def test_two_callers_at_once_get_their_own(server):
    def described(name):
        return ask(server, "tools/call", name="describe", arguments={"photo": photo(name)})["content"][0]["text"]

    with ThreadPoolExecutor(2) as both:
        together = list(both.map(described, ("cat.jpg", "coffee.jpg")))
    assert together == [described("cat.jpg"), described("coffee.jpg")] and together[0] != together[1]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("recipe", {"preset": "", "recipe": {"octaves": 99}}, "99"),
        ("recipe", {"preset": "compact_eye", "recipe": ""}, "compact_eye"),
        ("recipe", {"preset": "", "recipe": {"no_such": 1}}, "no_such"),
        ("dream", {"photo": "file:///etc/passwd", "preset": "", "recipe": ""}, ""),
        ("describe", {"photo": "http://127.0.0.1:9/x.jpg"}, ""),
    ],
)
def test_a_wrong_value_is_refused_in_words(server, name, arguments, words):
    told = ask(server, "tools/call", name=name, arguments=arguments)
    assert told["isError"] and words in str(told["content"]), told
    assert "Traceback" not in str(told) and "root:" not in str(told)


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


def test_a_call_whose_caller_leaves_at_once_ends_when_it_has_a_number():
    """What Gradio is asked to end before it told the call's number goes on."""
    job = SimpleNamespace(communicator=SimpleNamespace(event_id=None), ended=[], done=lambda: bool(job.ended))
    job.cancel = lambda: job.ended.append(job.communicator.event_id)

    async def leaves_at_once():
        async with tools.one_call(60):
            tools._jobs.get().append(job)
            asyncio.get_running_loop().call_later(0.2, setattr, job.communicator, "event_id", "7")

    asyncio.run(leaves_at_once())
    assert job.ended == ["7"]


def test_a_call_has_so_many_seconds(server):
    began = time.monotonic()
    told = ask(
        server, "tools/call", name="dream", arguments={"photo": photo(), "preset": "", "recipe": LONG, "size": 256}
    )
    assert SECONDS - 1 < time.monotonic() - began < SECONDS + 10 and "error" in str(told).lower(), told
    wait_for(server, 0, 5)
