"""No route hands out a file of the server, or asks another machine for one."""

import contextlib
import http.server
import itertools
import json
import time

import httpx
import pytest
from listening import listening

from .client import META
from .conftest import SCALE
from .test_files import picture

pytestmark = pytest.mark.attack

ROUTES = (
    "gradio_api/file=", "file=", "gradio_api/file/", "static/", "assets/", "svelte/", "gradio_api/custom_component/",
    "gradio_api/stream/", "gradio_api/proxy=", "theme.css/", "gradio_api/deep_link?session_hash=", "",
)  # fmt: skip
TURNS = (
    "", "/", "//", "../" * 12, "..%2f" * 12, "%2e%2e/" * 12, "..%252f" * 12, "..\\" * 12, "/./", "%00", "file://",
    "C:\\",
    "\\\\host\\",
)  # fmt: skip


@pytest.fixture(scope="module")
def secret(attacked):
    return attacked.canary("for-routes.txt", b"the secret of the routes")


def fetched(address, path):
    """Return the answer to a path as it is written; the client would tidy it."""
    url = httpx.URL(address).copy_with(raw_path=b"/" + path.encode("utf-8", "surrogatepass"))
    return httpx.get(url, timeout=20)


def test_no_route_reads_a_file(attacked, secret):
    """Dots, encodings, Windows' ways, the process's own files and our sources, on every route that takes a path."""
    own = ["etc/hostname", "proc/self/environ", "app.py", "deepdream/web/page.py", str(attacked.served)]
    targets = [str(secret).lstrip("/"), *own]
    tries = list(itertools.product(ROUTES, TURNS, targets))
    for route, turn, target in tries[:: 1 if SCALE > 1 else 8]:
        answer = fetched(attacked.address, f"{route}{turn}{target}")
        assert answer.status_code >= 300 or route == "", (route, turn, target)
        assert b"the secret" not in answer.content and b"import gradio" not in answer.content
        assert str(attacked.scratch) not in answer.text.replace(target, ""), "but for what was asked"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.fixture
def listener():
    """Listen on this machine, and note who asks."""
    asked = []

    class Note(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET

        def log_message(self, *about):
            pass

    with listening(Note) as server:
        yield server.server_port, asked


def test_the_server_asks_no_other_address(attacked, listener):
    """By the file route, by a record's path or url, and by the proxy; also spelled oddly."""
    port, asked = listener
    hosts = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "0x7f000001", "2130706433", "127.1", "127.0.0.1.nip.io")
    stranger = attacked.stranger()
    for host, scheme in itertools.product(hosts[:: 1 if SCALE > 1 else 2], ("http", "https", "HTTP", "ftp")):
        url = f"{scheme}://{host}:{port}/x.png"
        for route in ("gradio_api/file=", "gradio_api/proxy=", "gradio_api/file%3D"):
            assert fetched(attacked.address, route + url).status_code >= 400
        for record in ({"path": url}, {"path": url, "meta": {"_type": "gradio.FileData"}}, {"path": "x", "url": url}):
            assert "event: complete" not in stranger.call("preview", [record, "", "", 64])
    time.sleep(0.2)
    assert not asked


def test_the_server_asks_no_machine_that_a_request_names(attacked, silent):
    """Once it fetched any public address, without an end to its size; the attacked server has no way out."""
    stranger, url = attacked.stranger(), "https://192.88.99.1/x.png"
    silent.settimeout(0)
    with contextlib.suppress(BlockingIOError):  # downloads of networks that other tests asked for
        while True:
            silent.accept()[0].close()
    assert fetched(attacked.address, f"gradio_api/file={url}").status_code == 404
    for record in ({"path": url, **META}, {"path": "x", "url": url, **META}):
        assert "event: complete" not in stranger.call("preview", [record, "", "", 64])
    silent.settimeout(0.2)
    with pytest.raises(TimeoutError):
        silent.accept()
    assert "192.88.99.1" not in attacked.touched()


@pytest.mark.parametrize(
    "path", ["openapi.json", *(f"gradio_api/{name}" for name in ("queue/status", "deep_link?session_hash=a"))]
)
def test_what_the_page_does_not_need_is_closed(attacked, path):
    answer = httpx.get(attacked.address + path)
    assert answer.status_code == 404 and "detail" in answer.json()


def test_answers_bear_their_headers(attacked):
    page = httpx.get(attacked.address).headers
    assert "frame-ancestors 'self'" in page["content-security-policy"] and page["referrer-policy"] == "same-origin"
    stranger = attacked.stranger()
    said = stranger.call("preview", [{"path": stranger.upload("a.png", picture()), **META}, "", '{"steps": 0}', 64])
    found = json.loads(said.split("data: ")[-1])[0]["path"]
    shown = httpx.get(f"{attacked.address}gradio_api/file={found}")
    assert shown.status_code == 200 and shown.headers["cache-control"] == "private, no-store"
    for answer in (page, shown.headers, httpx.get(f"{attacked.address}nowhere").headers):
        assert answer["x-content-type-options"] == "nosniff"


def test_knowing_a_sessions_name_ends_nothing(attacked):
    """Once it was enough to open and close its heartbeat: the files of its visitor went."""
    owner, before = attacked.stranger(), set(attacked.served.glob("visitor-*"))
    config = owner.config()
    stage = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "stage")
    event = next(each for each in config["dependencies"] if [stage, "select"] in [list(t) for t in each["targets"]])
    values = {part["id"]: part["props"].get("value") for part in config["components"]}
    data = [values[number] for number in event["inputs"]]
    assert '"state": "ready"' in owner.trigger(event["id"], data, {"sample": "cat"}, stage)
    (folder,) = set(attacked.served.glob("visitor-*")) - before
    with httpx.stream("GET", f"{attacked.address}gradio_api/heartbeat/{owner.session}"):
        pass
    time.sleep(1.0)
    assert list(folder.iterdir())


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_foreign_page_drives_nothing(attacked, headers):
    for method, path in (
        ("POST", "upload"),
        ("POST", "queue/join"),
        ("POST", "call/preview"),
        ("GET", "heartbeat/abc"),
    ):
        answer = httpx.request(method, f"{attacked.address}gradio_api/{path}", headers=headers, json={"data": []})
        assert answer.status_code in (403, 421) and answer.json()["error"]


def test_forged_headers_change_nothing(attacked):
    """Neither who counts as caller, nor the addresses that the page names."""
    forged = {"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for path in ("", "config", "gradio_api/info"):
        assert "evil.example" not in httpx.get(attacked.address + path, headers=forged).text
    assert httpx.get(f"{attacked.address}config", headers=forged).json()["root"] == attacked.address.rstrip("/")
