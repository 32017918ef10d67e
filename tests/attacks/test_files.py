"""No request reads, removes or tells about a file that was not uploaded: all events, all shapes of a file record."""

import io
import itertools
import json
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from .client import META, words
from .conftest import SCALE

pytestmark = pytest.mark.attack


def picture(color=(200, 30, 60)):
    file = io.BytesIO()
    Image.new("RGB", (48, 40), color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def canaries(attacked):
    """What must neither be read nor removed: a picture, a text, a link, an empty folder, files of another visitor."""
    made = {
        "picture": attacked.canary("secret.png", picture()),
        "text": attacked.canary("secret.txt", b"secret"),
        "alone": attacked.canary("alone/secret.png", picture()),
        "json": attacked.canary("settings.json", b'{"octaves": 2}'),
        "folder": attacked.scratch / "canaries" / "empty",
        "link": attacked.scratch / "canaries" / "link.png",
        "hash": attacked.canary(f"{'a' * 64}/secret.png", picture()),
    }
    made["folder"].mkdir()
    made["link"].symlink_to(made["picture"])
    outside = attacked.served / ("b" * 64)
    outside.mkdir()
    inner = outside / "link.png"
    inner.symlink_to(made["picture"])
    turned = attacked.served / ("c" * 64)
    turned.symlink_to(made["hash"].parent)
    for path in (made["folder"], made["link"], outside, inner, turned):
        attacked.give(path)
    return made | {"inner link": inner, "linked folder": turned / "secret.png"}


@pytest.fixture(scope="module")
def others(attacked):
    """Files that another visitor has on the server, served and private."""
    stranger = attacked.stranger()
    answer = stranger.call("preview", [{"path": stranger.upload("own.png", picture()), **META}, "", '{"steps": 1}', 64])
    assert "event: complete" in answer, answer
    found = [path for path in attacked.served.rglob("visitor-*/*") if path.is_file()]
    assert found
    return found[:1]


def paths_to(attacked, canaries, others):
    """Return every spelling of a path to the canaries."""
    secret = canaries["picture"]
    spelled = [str(path) for path in canaries.values()] + [str(path) for path in others]
    spelled += [
        os.path.relpath(secret, os.environ.get("DEEPDREAM_ATTACKED", Path(__file__).parents[2])),
        f"{attacked.served}/../canaries/secret.png",
        f"{attacked.served}/{'b' * 64}/../../canaries/secret.png",
        f"{attacked.served}/{'b' * 64}/../{'c' * 64}/secret.png",
        f"/{secret}",
        secret.as_uri(),
        f"{secret}\0.png",
        str(secret) + "/",
    ]
    return spelled


def records_of(path):
    """Return the shapes in which a request may name a path."""
    return [
        {"path": path},
        {"path": path, **META},
        {"path": path, "url": f"/gradio_api/file={path}", "orig_name": "photo.png"},
        {"path": path, "meta": {"_type": "other"}},
        {"path": path, "is_stream": True, **META},
        path,
    ]


def other_records():
    """Return records that name no file of the server."""
    tiny = "data:image/png;base64,iVBORw0KGgo="
    urls = [tiny, "file:///nowhere", "http://127.0.0.1:9/photo.png", "https://localhost:9/photo.png"]
    records = [{"path": url, **META} for url in urls] + [{"url": url, "path": None, **META} for url in urls]
    return [*records, {"url": urls[0]}, {"path": 7}, {"path": ["a"]}, {"path": {"path": "x"}}, {"path": ""}, {}]


def event_shapes(record):
    """Return the data of events that name a record."""
    inner = record if isinstance(record, dict) else {"path": record}
    return [inner, {"files": [record]}, {"files": [inner, inner]}, {"path": record}, {"query": record, "id": record}]


def answers_of(stranger, event, record):
    """Send one record to an event: in every place at once, in each place that takes a file, and with the event."""
    inputs, trigger = event["inputs"], (event["targets"] or [[None]])[0][0]
    yield stranger.trigger(event["id"], [record for _ in inputs], None, trigger)
    for place, component in enumerate(inputs):
        if component in event["files"]:
            data = [record if index == place else None for index in range(len(inputs))]
            yield stranger.trigger(event["id"], data, None, trigger)
    if trigger is not None and event["targets"][0][1] in event["bringing"]:
        for shape in event_shapes(record):
            yield stranger.trigger(event["id"], [None for _ in inputs], shape, trigger)


def events_of(stranger):
    """Return the page's events, each with the components that take files and the events that bring data."""
    config = stranger.config()
    takes = {each["id"] for each in config["components"] if each["type"] in ("image", "file", "uploadbutton")}
    bringing = {"upload", "bring", "mask", "recipe", "select", "save", "point", "shrink"}
    return [{**event, "files": takes, "bringing": bringing} for event in config["dependencies"]]


def assert_untouched(attacked, canaries, others):
    time.sleep(2.7)  # the grace after which an upload would go is two seconds here
    for path in (*canaries.values(), *others):
        assert path.exists() and (path.is_dir() or path.stat().st_size), f"{path.name} was removed"
    notes = [line for line in attacked.touched().splitlines() if str(attacked.scratch / "canaries") in line]
    assert not notes
    linked = [line for line in attacked.touched().splitlines() if "b" * 64 in line or "c" * 64 in line]
    assert not linked


@pytest.mark.parametrize("endpoint", ["dream", "preview"])
def test_an_endpoint_reads_and_removes_no_file_that_was_not_uploaded(attacked, canaries, others, endpoint):
    stranger = attacked.stranger()
    for path in paths_to(attacked, canaries, others):
        for record in records_of(path) if SCALE > 1 else records_of(path)[:2]:
            answer = stranger.call(endpoint, [record, "", '{"steps": 0}', 0])
            assert "event: complete" not in answer, (record, answer)
    assert_untouched(attacked, canaries, others)


def test_no_event_of_the_page_reads_or_removes_a_file_that_was_not_uploaded(attacked, canaries, others):
    stranger = attacked.stranger()
    spelled = paths_to(attacked, canaries, others)
    chosen, shapes = (spelled, 6) if SCALE > 1 else ([str(canaries["picture"])], 2)
    records = list(itertools.chain(*(records_of(path)[:shapes] for path in chosen)))
    records += other_records() if SCALE > 1 else other_records()[:1]
    events, tried = events_of(stranger), 0
    assert len(events) > 60
    for event, record in itertools.product(events, records):
        for answer in answers_of(stranger, event, record):
            tried += 1
            assert "secret" not in answer.replace("/secret.", "")  # the name, as it was sent, perhaps cut short
    print(f"{tried} calls of {len(events)} events")
    assert_untouched(attacked, canaries, others)
    assert stranger.call("recipe", ["", ""]).count("event: complete") == 1, "the server is well afterwards"


def test_an_answer_does_not_tell_whether_a_file_exists(attacked, canaries, others):
    stranger = attacked.stranger()
    there = [str(canaries["picture"]), str(canaries["text"]), str(canaries["folder"]), *map(str, others)]
    missing = [str(attacked.scratch / "canaries" / name) for name in ("no.png", "no/no.png")]
    missing += [str(attacked.served / "visitor-no" / "no.jpg"), str(attacked.served / ("d" * 64) / "no.png")]
    for event in (each for each in events_of(stranger) if each["files"] & set(each["inputs"])):
        for shape in range(len(records_of(""))) if SCALE > 1 else (0, 1):
            said = {
                words(answer)
                for path in (*there, *missing)
                for answer in answers_of(stranger, {**event, "bringing": ()}, records_of(path)[shape])
            }
            assert len(said) == 1, (event["api_name"], shape, said)
            assert all(name not in json.dumps(list(said)) for name in ("canaries", "secret", str(attacked.scratch)))


def test_an_upload_of_ones_own_is_read_and_then_removed(attacked):
    stranger = attacked.stranger()
    path = stranger.upload("photo.png", picture((10, 200, 10)))
    for record in ({"path": path, **META}, {"path": path}):
        assert "event: complete" in stranger.call("preview", [record, "", '{"steps": 1}', 64])
    until = time.monotonic() + 10
    while Path(path).exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(path).parent.exists()
