"""Downloads against a local server that is slow, breaks off, sends the wrong bytes, or has no such file."""

import hashlib
import time
from http.server import BaseHTTPRequestHandler

import pytest
from listening import listening

from deepdream.errors import DownloadError
from deepdream.networks.download import Patience, fetch

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
HASTE = Patience(silence=0.5, in_all=20.0, tries=3, pause=0.01)


class Handler(BaseHTTPRequestHandler):
    """Serve CONTENT in the manner that the path names; the server counts the requests."""

    def do_GET(self):
        self.server.requests.append(self.headers.get("Range"))
        number = len(self.server.requests)
        manner = self.path.strip("/")
        if manner == "missing" or (manner == "busy" and number == 1):
            self.send_error(404 if manner == "missing" else 503)
            return
        body = CONTENT[::-1] if manner == "wrong" or (manner == "wrong_once" and number == 1) else CONTENT
        start = 0
        asked = self.headers.get("Range")
        if asked and manner != "breaks_without_ranges":
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if manner.startswith("breaks") and number == 1:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
        elif manner == "silent":
            time.sleep(1.2)
        elif manner == "drips":
            for place in range(start, len(body), 4096):
                self.wfile.write(body[place : place + 4096])
                time.sleep(0.05)
        else:
            self.wfile.write(body[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with listening(Handler) as running:
        running.requests = []
        running.address = f"http://127.0.0.1:{running.server_port}/"
        yield running


@pytest.mark.parametrize("digest", [SHA256, MD5, None])
def test_a_file_arrives_whole_with_its_progress(server, tmp_path, digest):
    seen = []
    path = fetch(
        server.address + "file",
        tmp_path / "new" / "file",
        digest=digest,
        progress=lambda *n: seen.append(n),
        patience=HASTE,
    )
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [n for n, _ in seen] == sorted(n for n, _ in seen)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_not_fetched_again(server, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    fetch(server.address + "file", path, digest=MD5, patience=HASTE)
    assert server.requests == []
    path.write_bytes(CONTENT[:-1])
    fetch(server.address + "file", path, digest=MD5, patience=HASTE)
    assert path.read_bytes() == CONTENT


def test_a_broken_download_goes_on_where_it_stopped(server, tmp_path):
    path = fetch(server.address + "breaks", tmp_path / "file", digest=SHA256, patience=HASTE)
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, f"bytes={len(CONTENT) // 2}-"]


def test_a_broken_download_starts_again_where_the_server_knows_no_ranges(server, tmp_path):
    path = fetch(server.address + "breaks_without_ranges", tmp_path / "file", digest=SHA256, patience=HASTE)
    assert path.read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(server, tmp_path):
    assert fetch(server.address + "busy", tmp_path / "file", digest=SHA256, patience=HASTE).read_bytes() == CONTENT


def test_wrong_bytes_are_fetched_again_and_never_kept(server, tmp_path):
    assert (
        fetch(server.address + "wrong_once", tmp_path / "file", digest=SHA256, patience=HASTE).read_bytes() == CONTENT
    )
    with pytest.raises(DownloadError, match=f"its hash is [0-9a-f]{{64}}, not {SHA256}"):
        fetch(server.address + "wrong", tmp_path / "other", digest=SHA256, patience=HASTE)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_missing_file_is_reported_at_once(server, tmp_path):
    with pytest.raises(DownloadError, match=r"missing: the server answers 404 Not Found\. Check .*--network compact"):
        fetch(server.address + "missing", tmp_path / "file", digest=SHA256, patience=HASTE)
    assert len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_silent_server_is_given_up(server, tmp_path):
    patience = Patience(silence=0.2, in_all=20.0, tries=2, pause=0.01)
    with pytest.raises(DownloadError, match=r"silent: (no answer in time|timed out)"):
        fetch(server.address + "silent", tmp_path / "file", digest=SHA256, patience=patience)


def test_a_slow_server_is_given_up_after_the_time_in_all(server, tmp_path):
    patience = Patience(silence=1.0, in_all=0.3, tries=3, pause=0.01)
    began = time.monotonic()
    with pytest.raises(DownloadError, match=rf"drips: it took too long; \d+ of {len(CONTENT)} bytes came"):
        fetch(server.address + "drips", tmp_path / "file", digest=SHA256, patience=patience)
    assert time.monotonic() - began < 3


def test_a_caller_can_stop_a_download(server, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server.address + "file", tmp_path / "file", digest=SHA256, progress=stop, patience=HASTE)
    assert list(tmp_path.iterdir()) == []


def test_nobody_there_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(DownloadError, match=r"could not download .*refused.*--network compact"):
        fetch("http://127.0.0.1:9/file", tmp_path / "file", digest=SHA256, patience=HASTE)


def test_other_kinds_of_address_are_refused(tmp_path):
    with pytest.raises(DownloadError, match=r'cannot download "file:///etc/hosts": the address must begin with http'):
        fetch("file:///etc/hosts", tmp_path / "file", digest=SHA256)
