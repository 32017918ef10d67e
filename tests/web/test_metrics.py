"""What is counted, what Prometheus reads of it, and what the log says: numbers that name nobody."""

import json
import logging
import re
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from deepdream.images import Photo
from deepdream.presets import preset
from deepdream.recipe import Recipe
from deepdream.style.settings import STYLE_PRESETS
from deepdream.web.rooms.film.filming import FilmRender
from deepdream.web.rooms.style.painting import StyleRender
from deepdream.web.rooms.style.state import Wish
from deepdream.web.server.events import visitor_of
from deepdream.web.server.host import Host
from deepdream.web.server.ledger import Distribution
from deepdream.web.server.limits import Limits
from deepdream.web.server.metrics import registry_of
from deepdream.web.server.render import Render
from deepdream.web.server.renders import new_render
from deepdream.web.server.visitors import Visitors

parser = pytest.importorskip("prometheus_client.parser")
BASE_UNITS = ("seconds", "bytes", "total", "info")
LABELS = {"outcome", "reason", "queue", "le"}
UNITLESS = {"deepdream_queue_length", "deepdream_sessions", "process_open_fds", "process_max_fds"}


def test_the_log_says_what_a_painting_and_a_film_were(host):
    """Both were logged as a dream of the usual settings."""
    photo = Photo(np.zeros((4, 4, 3), np.float32))
    for name in STYLE_PRESETS:
        way = STYLE_PRESETS[name].replace(size=384, strength=0.5)
        painting = StyleRender(photo, Recipe().with_finish(way), host.turns, wish=Wish(photo, way, [], None, None))
        assert painting.preset == f"style {name}"
    changed = StyleRender(photo, Recipe(), host.turns, wish=Wish(photo, way.replace(steps=7), [], None, None))
    assert changed.preset == "style own" and FilmRender(photo, Recipe(), host.turns).preset == "film"


@pytest.fixture
def host(tmp_path):
    return Host(Visitors(tmp_path, tmp_path))


def end(host, *, recipe=None, **about):
    """Note that a render has ended."""
    render = Render(Photo(np.zeros((40, 30, 3), np.float32)), recipe or Recipe(), host.turns, seconds=2.5, **about)
    host.turns.ledger.ended(render.outcome, render.preset, render.photo.size, render.seconds)


def read(host):
    from prometheus_client import generate_latest

    families = parser.text_string_to_metric_families(generate_latest(registry_of(host)).decode())
    return {family.name: family for family in families}


def test_a_distribution_counts_what_prometheus_would():
    """Against prometheus-client's own histogram, bounds included."""
    from prometheus_client import CollectorRegistry, Histogram

    bounds, values = (0.1, 1.0, 10.0), [0.05, 0.1, 0.11, 1.0, 9.0, 10.0, 11.0, 1e9]
    registry, ours = CollectorRegistry(), Distribution(bounds)
    theirs = Histogram("x", "x", registry=registry, buckets=bounds)
    for value in values:
        theirs.observe(value)
        ours.add(value)
    counted = [sample.value for sample in next(iter(registry.collect())).samples if sample.name == "x_bucket"]
    assert list(np.cumsum(ours.counts)) == counted and ours.total == sum(values)


def test_metrics_are_named_by_the_rules_and_name_nobody(host):
    host.turns.ledger.refused("spent")
    end(host)
    families = read(host)
    wanted = {"dreams", "dream_seconds", "step_seconds", "queue_length", "queue_wait_seconds", "refusals", "kept_bytes"}
    assert {f"deepdream_{name}" for name in wanted | {"sessions"}} <= set(families)
    assert "process_resident_memory_bytes" in families
    for family in families.values():
        assert re.fullmatch("[a-z][a-z0-9_]*", family.name) and family.documentation
        plain = family.name.removesuffix("_total")
        assert family.type == "counter" or family.name in UNITLESS or plain.endswith(BASE_UNITS), family.name
        for sample in family.samples:
            assert set(sample.labels) <= LABELS
            assert family.type != "counter" or sample.name.endswith("_total")


def test_what_happened_is_what_is_read(host):
    picture = np.zeros((4, 4, 3))
    for about in ({}, {"stopped": True}, {"stopped": True, "delivered": picture}, {"error": ValueError()}):
        end(host, **about)
    ticket = host.turns.enter()
    host.turns.enter()
    families = read(host)
    outcomes = {sample.labels["outcome"]: sample.value for sample in families["deepdream_dreams"].samples}
    assert outcomes == {"done": 1, "stopped": 1, "kept": 1, "failed": 1}
    queue = {sample.labels["queue"]: sample.value for sample in families["deepdream_queue_length"].samples}
    assert queue == {"running": 1, "waiting": 1}
    host.turns.leave(ticket)
    seconds = {sample.name: sample.value for sample in families["deepdream_dream_seconds"].samples}
    assert seconds["deepdream_dream_seconds_count"] == 4 and seconds["deepdream_dream_seconds_sum"] == 10


def test_who_is_refused_a_place_or_a_dream_is_counted(tmp_path):
    host = Host(
        Visitors(tmp_path / "served", tmp_path / "private", Limits(visitors=1)), Limits(seconds=0, megapixels=1)
    )
    host.visitors.arrive("somebody", page=True)
    host.visitors.of("somebody")
    other: Any = SimpleNamespace(session_hash="other", client=None, headers={})
    with pytest.raises(gr.Error, match="Too many people"):
        visitor_of(host, other)
    planned = host.costs.plan(Recipe(), (768, 1024))
    with pytest.raises(gr.Error):
        new_render(host, Photo(np.zeros((768, 1024, 3), np.float32)), planned, None)
    refused = {each.labels["reason"]: each.value for each in read(host)["deepdream_refusals"].samples}
    assert refused == {"crowded": 1, "too_long": 1}


def test_the_log_has_one_line_a_render_with_five_facts(host, caplog):
    with caplog.at_level(logging.INFO, "deepdream.renders"):
        end(host, recipe=preset("compact_eyes").replace(strength=0.5))
        end(host, recipe=Recipe(steps=77), stopped=True)
    first, second = (json.loads(record.getMessage()) for record in caplog.records)
    assert set(first) == set(second) == {"id", "seconds", "pixels", "preset", "outcome"} and first["id"] != second["id"]
    assert (first["seconds"], first["pixels"], first["preset"], first["outcome"]) == (2.5, 1200, "compact_eyes", "done")
    assert (second["preset"], second["outcome"]) == ("own", "stopped")
