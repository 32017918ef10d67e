"""Stored networks: whatever is damaged in a file, it is made anew and runs nothing; one folder by one rule."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_graphs import tiny_graph

from deepdream.engine.graph import INPUT, Conv, Graph
from deepdream.networks import cache
from deepdream.networks.conversion import Conversion
from deepdream.networks.download import cache_home


@pytest.fixture
def stored(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.write("tiny", Conversion(tiny_graph(), {"stem": "Conv2D"}, None))
    return cache.place("tiny")


def test_a_flipped_bit_of_a_weight_is_noticed(stored):
    whole = bytearray(stored.read_bytes())
    with zipfile.ZipFile(stored) as archive:
        entry = max(archive.infolist(), key=lambda entry: entry.file_size)
    name_length, extra_length = struct.unpack("<26x2H", whole[entry.header_offset : entry.header_offset + 30])
    last = entry.header_offset + 30 + name_length + extra_length + entry.file_size - 1
    whole[last] ^= 1
    stored.write_bytes(whole)
    assert cache.read("tiny") is None


def test_no_damage_raises_anything(stored):
    whole = stored.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole)
        start = int(random.integers(len(whole)))
        damaged[start : start + int(random.integers(1, 40))] = random.bytes(int(random.integers(40)))
        stored.write_bytes(damaged)
        cache.read("tiny")


@pytest.mark.parametrize(
    ("wanted", "instead"),
    [
        (b"'descr': '<f4'", b"'descr': '<f4(("),  # TokenError, in NumPy's reader of headers
        (b'"operations": [', b'"operations":  1,"a":['),  # TypeError
        (b'"kind": "Conv"', b'"kind": "Nono"'),  # KeyError
        (b'"kinds": {"stem"', b'"kinds": "" ,"stem"'),  # ValueError
        (b'"labels": []', b'"labels": 11'),  # TypeError
    ],
)
def test_a_file_with_right_checksums_and_wrong_words_is_made_anew(stored, wanted, instead):
    with zipfile.ZipFile(stored) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = {name: data.replace(wanted, instead, 1) for name, data in members.items()}
    assert changed != members and all(len(changed[name]) >= len(data) for name, data in members.items())
    with zipfile.ZipFile(stored, "w") as archive:
        for name, data in changed.items():
            archive.writestr(name, data)
    made = Conversion(Graph((Conv("only", (INPUT,), np.ones((1, 1, 3, 2), "f")),)), {}, None)
    assert cache.kept("tiny", lambda: made) is made
    assert list(cache.kept("tiny", lambda: pytest.fail("it was stored")).graph.by_name) == ["only"]


def test_nesting_without_end_is_no_reason_to_fail(stored):
    with zipfile.ZipFile(stored, "w") as archive:
        data = np.frombuffer(b"[" * 100_000, np.uint8)
        with archive.open("about.npy", "w") as stream:
            np.lib.format.write_array(stream, data)
    assert cache.read("tiny") is None


def test_a_relative_cache_folder_does_not_count(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert cache_home() == Path.home() / ".cache" / "deepdream"
