"""What strangers leave on the disk goes again, and there is only so much of it."""

import os
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from .client import Stranger
from .test_files import picture

pytestmark = pytest.mark.attack

FOLDERS = 60  # that one caller gets


def wait_until(true, seconds=15.0):
    """Wait for something to become true; return whether it did."""
    until = time.monotonic() + seconds
    while not (held := true()) and time.monotonic() < until:
        time.sleep(0.1)
    return held


def begun_upload(address, *, length, sent):
    """Send the head of an upload of so many bytes, and the first of them."""
    place = urlsplit(address)
    body = b'--cut\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + bytes(sent)
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {length}\r\n"
    head += "Content-Type: multipart/form-data; boundary=cut\r\n\r\n"
    connection = socket.create_connection((place.hostname, place.port))
    connection.sendall(head.encode() + body)
    return connection


def aged(path):
    """Make a file or folder a day old; return it, or None where it is gone."""
    try:
        os.utime(path, (time.time() - 86_400,) * 2)
    except FileNotFoundError:
        return None
    return path


def test_an_upload_that_broke_off_goes(attacked):
    """Once five of 30 MB stayed until the server ended."""
    before = set(attacked.served.glob("tmp*"))
    connection = begun_upload(attacked.address, length=30_000_000, sent=2_000_000)
    wait_until(lambda: set(attacked.served.glob("tmp*")) - before)
    connection.close()
    left = set(attacked.served.glob("tmp*")) - before
    assert wait_until(lambda: all(aged(path) is None for path in left))


def test_an_upload_that_nobody_opens_goes(attacked):
    path = attacked.stranger().upload("unopened.png", picture((1, 77, 3)))
    folder = aged(attacked.served / path.split("/")[-2])
    assert wait_until(lambda: not folder.exists())


def test_one_request_brings_only_so_much(attacked):
    """Once twelve files of 39 MB were taken at once."""
    with begun_upload(attacked.address, length=468_000_000, sent=0) as connection:
        connection.settimeout(5)
        assert b" 413 " in connection.recv(100)


def test_one_request_brings_only_so_many_files(attacked):
    files = [("files", (f"{number}.png", picture((number, 5, 5)))) for number in range(40)]
    assert httpx.post(f"{attacked.address}gradio_api/upload", files=files).status_code == 413


def test_names_that_were_made_up_get_only_so_many_folders(attacked):
    """Once 300 requests of one line made 600."""
    stranger = Stranger(attacked.address, source="127.0.0.8")
    before = set(attacked.served.glob("visitor-*"))
    for number in range(FOLDERS + 15):
        body = {"data": [None, "", "", 64], "session_hash": f"made-up-{number}"}
        stranger.http.post(f"{stranger.api}/call/preview", json=body)
    stranger.call("preview", [None, "", "", 64])
    assert len(set(attacked.served.glob("visitor-*")) - before) <= FOLDERS
