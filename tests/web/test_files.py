"""What a browser fetches of ours: addresses that change with the content, kept for ever, and nothing else."""

import re

import httpx
import pytest

from deepdream.web import files, page, texts

SMALL = 150_000  # bytes of the first document on the line; it was 993,912


@pytest.fixture(scope="module")
def client(page_server):
    with httpx.Client(base_url=page_server.local_url) as asking:
        yield asking


def test_an_address_is_that_of_a_content():
    assert files.publish(b"one", ".jpg") == files.publish(b"one", ".jpg") != files.publish(b"two", ".jpg")


def test_scripts_style_sheet_and_texts_lie_in_one_folder_and_may_be_kept(client):
    folder, scripts = files.publish_scripts()
    assert "scripts/main.js" in scripts
    for name in ["studio.css", *scripts, *(f"texts/{language}.json" for language in texts.LANGUAGES)]:
        answer = client.get(f"{folder}/{name}")
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert client.get(f"{folder}/texts/ko.json").json() == texts.texts_in("ko")
    assert client.get(f"{folder}/scripts/main.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["nothing.js", "../page.py", "%2e%2e/page.py", "static/studio.css", ""])
def test_only_what_was_published_is_served(client, name):
    assert client.get(f"{files.HOME}/{name}").status_code == 404


def test_all_that_the_head_names_is_there(client):
    for address in re.findall(r'(?:href|src)="([^"]+)"', page.head()):
        assert not address.startswith("/"), "an absolute address would break behind a prefix"
        assert client.get(address).status_code == 200


def test_the_first_document_is_small_and_holds_no_pictures(client):
    with client.stream("GET", "/", headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert sum(map(len, answer.iter_raw())) < SMALL
    assert "data:image/jpeg" not in client.get("/").text


def test_a_stream_of_events_is_not_held_back_by_compression(client):
    with client.stream("GET", "/gradio_api/heartbeat/none", headers={"accept-encoding": "gzip"}, timeout=10) as answer:
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_raw())
