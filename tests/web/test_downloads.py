"""Networks that have to be fetched hold up nobody who wants another one."""

import asyncio
import threading
import time

import loops
import pytest

from deepdream.errors import DownloadError, NetworkError
from deepdream.web.server import host as hosts
from deepdream.web.server.host import make_host
from deepdream.web.server.limits import Limits

from .tabs import Tab


@pytest.fixture
def silent(monkeypatch):
    """All networks but the embedded one come from an address that accepts and says nothing."""
    real, answer, asked = hosts.load_network, threading.Event(), []

    def load(name, **about):
        if name == "compact":
            return real(name, **about)
        asked.append(name)
        answer.wait(60)
        raise DownloadError(f"{name} could not be fetched")

    monkeypatch.setattr(hosts, "load_network", load)
    yield asked
    answer.set()


def test_another_visitors_preview_does_not_wait_for_downloads(page_server, silent, monkeypatch):
    """Eight requests for networks that are not here once took the threads of all previews for 87 s."""
    host = page_server.host
    known = [name for name in host.networks() if name != "compact"][:8]
    monkeypatch.setattr(host, "loaded", {"compact"})
    monkeypatch.setattr(host, "_missed", {})

    async def all_at_once():
        waiting = [asyncio.ensure_future(host.fetch(name)) for name in known]
        await asyncio.sleep(0.2)
        tab, started = Tab(page_server), time.monotonic()
        await asyncio.to_thread(tab.last, "stage", "select", {"sample": "cat"})
        opened = time.monotonic() - started
        await asyncio.wait_for(host.fetch("compact"), 3)
        for each in waiting:
            each.cancel()
        return opened

    assert len(known) == 8 and loops.run(all_at_once()) < 10
    assert 1 <= len(silent) <= hosts.DOWNLOADS


def test_an_address_that_gave_nothing_is_not_asked_again_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    asked = []

    def load(name, **about):
        asked.append(name)
        raise DownloadError("no answer")

    monkeypatch.setattr(hosts, "load_network", load)
    host = make_host()
    for _ in range(5):
        with pytest.raises(DownloadError, match="no answer"):
            loops.run(host.fetch("vgg16"))
    assert asked == ["vgg16"]
    clock = time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: clock() + hosts.REMEMBERED + 1)
    with pytest.raises(DownloadError):
        loops.run(host.fetch("vgg16"))
    assert len(asked) == 2


def test_a_host_offers_what_its_limits_say(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    host = make_host(Limits(networks=("compact",)))
    with pytest.raises(NetworkError, match="compact"):
        loops.run(host.fetch("vgg16"))


def test_a_render_does_not_queue_before_its_network_is_there(page_server, silent, monkeypatch):
    host = page_server.host
    monkeypatch.setattr(host, "loaded", {"compact"})
    monkeypatch.setattr(host, "_missed", {})
    tab = Tab(page_server)
    tab.connect()
    tab.last("stage", "select", {"sample": "cat"})
    network = next(name for name in host.networks() if name != "compact")
    tab.values[tab.component("setting-network")] = network
    stage = tab.last("dream", "click")[0]
    assert stage["remedy"] == "network" and stage["status"]["n"] > 10 and not silent, "it asks first"
    tab.last("stage", "drop", {"what": "network"})
    tab.send("dream", "click")
    deadline = time.monotonic() + 20
    while not silent and time.monotonic() < deadline:
        time.sleep(0.02)
    assert silent == [network] and not host.turns._queue
    tab.disconnect()
