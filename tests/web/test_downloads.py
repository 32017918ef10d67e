"""Networks that have to be fetched hold up nobody who wants another one."""

import asyncio
import itertools
import threading
import time
from types import SimpleNamespace

import loops
import pytest

from deepdream.errors import DownloadError, NetworkError
from deepdream.settings.kinds import format_setting
from deepdream.style.settings import STYLE_PRESETS
from deepdream.web.rooms.style.actions import known_layers
from deepdream.web.server import host as hosts
from deepdream.web.server.host import make_host
from deepdream.web.server.limits import Limits

from .tabs import Tab

NUMBERS = itertools.count(1)


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


@pytest.fixture
def asked_first(page_server, silent, monkeypatch):
    """A tab with a photo, and a network that is not here: whoever fetches it is found in `silent`.

    Another one each time: a thread of the test before may still note that it could not have its own.
    """
    monkeypatch.setattr(page_server.host, "loaded", {"compact"})
    monkeypatch.setattr(page_server.host, "_missed", {})
    tab = Tab(page_server)
    tab.connect()
    tab.last("stage", "select", {"sample": "cat"})
    yield tab, [name for name in page_server.host.networks() if name != "compact"][next(NUMBERS)]
    tab.disconnect()


def waits_for(silent, network, seconds=20.0):
    """Say whether somebody has begun to fetch a network, and nothing else."""
    until = time.monotonic() + seconds
    while not silent and time.monotonic() < until:
        time.sleep(0.02)
    return set(silent) == {network}


def test_a_painting_and_its_preview_ask_before_they_fetch(asked_first, silent):
    tab, network = asked_first
    tab.values[tab.component("painting-network")] = network
    changed = tab.last("painting-style_weight", "input")
    assert changed[0]["width"], "the cost is told"
    assert asks(tab.last("paint", "click"), network) and not silent
    *_, previewed = tab.outputs(tab.send("painting-style_weight", "input", then=1))
    assert asks(previewed, network) and not silent, "the preview"
    tab.last("style-stage", "drop", {"what": "network"})
    tab.send("paint", "click")
    assert waits_for(silent, network)


def asks(outputs, network):
    stage = outputs[0]
    return stage["remedy"] == "network" and stage["status"]["name"] == network and stage["status"]["n"] > 10


def test_explore_asks_before_it_fetches(asked_first, silent):
    tab, network = asked_first
    tab.values[tab.component("explore-network")] = network
    stages = {
        "chosen": tab.last("explore-network", "input")[-1],
        "entered": tab.last("room-explore", "select")[0],
        "heat": tab.last("heat", "click")[0],
    }
    assert all(asks([each], network) for each in stages.values()), stages
    assert tab.last("grow", "click")[0]["status"]["key"] == "ask_network" and not silent
    tab.last("seen-stage", "drop", {"what": "network"})
    tab.send("room-explore", "select")
    assert waits_for(silent, network)


def test_dream_asks_before_it_offers_another_networks_layers(asked_first, silent):
    tab, network = asked_first
    tab.values[tab.component("setting-network")] = network
    tab.last("setting-network", "input")
    assert asks(tab.last("stage", "point", {"x": 0.5, "y": 0.5}), network) and not silent
    tab.last("stage", "drop", {"what": "network"})
    tab.send("setting-network", "input")
    assert waits_for(silent, network)


def test_a_film_asks_before_it_fetches(asked_first, silent):
    pytest.importorskip("av"), pytest.importorskip("cv2")
    tab, network = asked_first
    tab.values[tab.component("setting-network")] = network
    assert asks(tab.last("make-film", "click"), network) and not silent
    tab.last("film-stage", "drop", {"what": "network"})
    tab.send("make-film", "click")
    assert waits_for(silent, network)


def test_another_network_paints_with_layers_that_it_has(page_server, monkeypatch):
    known, others = STYLE_PRESETS["vgg19"], (("mixed3", 1.0),)
    names = [name for name, _ in (*known.content_layers, *known.style_layers)]
    layers = [SimpleNamespace(name=name) for name in names]
    network = SimpleNamespace(name="vgg19", layers=layers, default_layers=others)

    async def fetch(name):
        return network

    monkeypatch.setattr(page_server.host, "fetch", fetch)
    monkeypatch.setattr(page_server.host, "loaded", {"compact", "vgg19"})
    tab = Tab(page_server)
    tab.values[tab.component("painting-network")] = "vgg19"
    content, style = tab.last("painting-network", "input")
    assert (content, style) == (format_setting(known.content_layers), format_setting(known.style_layers))
    tab.values[tab.component("painting-content_layers")] = f"{names[0]}=1"
    tab.values[tab.component("painting-style_layers")] = f"{names[-1]}=1"
    assert tab.last("painting-network", "input") == [{"__type__": "update"}] * 2, "it has the chosen ones"
    assert set(known_layers(SimpleNamespace(name="inception_v3", default_layers=others)).values()) == {others}
