"""The public endpoints through gradio_client and curl, without a browser."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import jsonschema
import numpy as np
import openapi_spec_validator
import pytest
from PIL import Image

from deepdream.images import read_image, read_recipe, to_uint8
from deepdream.inspection.views import top_classes
from deepdream.presets import PRESETS, from_link
from deepdream.recipe import Recipe
from deepdream.variations import surprise

from .conftest import ASSETS

gradio_client = pytest.importorskip("gradio_client")


@pytest.fixture
def client(page_server, tmp_path):
    made = gradio_client.Client(page_server.local_url, download_files=str(tmp_path / "downloads"), verbose=False)
    yield made
    made.close() if hasattr(made, "close") else None


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    with Image.open(ASSETS / "cat.jpg") as cat:
        cat.convert("RGB").resize((180, 120)).save(path)
    return path


def test_a_photo_alone_is_enough(client, photo):
    frame, progress, file = client.predict(gradio_client.handle_file(photo), api_name="/dream")
    assert Image.open(frame).size == Image.open(file).size == (180, 120)
    assert read_recipe(file) == Recipe()
    assert progress["key"] == "done"


def test_the_dream_streams_and_the_frame_comes_first(client, photo):
    job = client.submit(gradio_client.handle_file(photo), recipe='{"steps": 60}', api_name="/dream")
    frames = [output[0] for output in job]
    assert len(set(frames)) >= 3
    assert {Image.open(frame).size for frame in frames} == {(180, 120)}, "the picture never jumps in size"


def test_the_block_of_the_readme_runs(page_server, photo, tmp_path):
    """In a process of its own, as a reader's: a client keeps what it downloads in the same folder as a server would."""
    (code,) = re.findall(r"^```py\n(.*?)^```$", (ASSETS.parent / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    with Image.open(photo) as opened:
        opened.save(tmp_path / "photo.jpg")
    ran = subprocess.run(
        [sys.executable, "-c", code.replace("http://127.0.0.1:7860", page_server.local_url)],
        cwd=tmp_path,
        env=os.environ | {"GRADIO_TEMP_DIR": str(tmp_path / "kept")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert "octave" in ran.stdout and "'done'" in ran.stdout


def test_settings_come_as_a_preset_as_json_or_as_a_link(client, photo):
    *_, file = client.predict(
        gradio_client.handle_file(photo), preset="compact_whisper", recipe='{"steps": 3}', api_name="/dream"
    )
    from deepdream.presets import preset

    assert read_recipe(file) == preset("compact_whisper").replace(steps=3)
    settings, link, command, python = client.predict(preset="compact_eyes", recipe='{"octaves": 2}', api_name="/recipe")
    assert settings["octaves"] == 2 and "compact_eyes" in link and "compact_eyes" in command and "octaves=2" in python
    again, *_ = client.predict(recipe=link, api_name="/recipe")
    older, *_ = client.predict(recipe='{"version": 1, "steps": 3}', api_name="/recipe")
    assert Recipe.from_dict(older) == Recipe.from_dict({"version": 1, "steps": 3}) != Recipe(steps=3)
    assert again == settings


def test_the_file_is_what_python_dreams(client, photo):
    *_, file = client.predict(
        gradio_client.handle_file(photo), recipe='{"octaves": 2, "steps": 4, "strength": 0.6}', api_name="/dream"
    )
    from deepdream.dreaming import dream

    *_, last = dream(read_image(photo), read_recipe(file))
    assert np.abs(to_uint8(last.image).astype(int) - np.asarray(Image.open(file)).astype(int)).max() <= 1


def test_a_dream_has_no_rim(client, tmp_path):
    """Where there is nothing to see, it changes the photo at the border as in the middle; once a frame grew there."""
    photo, rim = tmp_path / "flat.png", 16
    Image.new("RGB", (160, 120), (178, 178, 178)).save(photo)
    recipe = '{"layers": {"conv3_1": 1}, "octaves": 1, "steps": 1, "step_size": 0.05}'
    *_, file = client.predict(gradio_client.handle_file(photo), recipe=recipe, api_name="/dream")
    change = np.abs(np.asarray(Image.open(file), np.float32) - 178).mean(-1)
    inside = np.zeros(change.shape, bool)
    inside[rim:-rim, rim:-rim] = True
    assert 1 < change[~inside].mean() < 1.5 * change[40:-40, 40:-40].mean(), "it was four times as much"


def test_a_preview_has_the_photos_shape(client, photo):
    preview = client.predict(gradio_client.handle_file(photo), api_name="/preview")
    assert Image.open(preview).size == (180, 120)


def test_gradio_makes_no_table_of_all_events_after_each(client, page_server):
    client.predict("", "", api_name="/recipe")
    assert page_server._queue.event_analytics and not page_server._queue.cached_event_analytics_summary["functions"]


def test_no_list_of_files_grows_with_what_was_done(client, photo, page_server):
    client.predict(gradio_client.handle_file(photo), api_name="/preview")
    held = [
        *page_server.temp_file_sets,
        page_server.upload_file_set,
        *(each.temp_files for each in page_server.blocks.values()),
    ]
    assert not any(held)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"recipe": '{"octaves": 99999}'}, "octaves"),
        ({"recipe": '{"no_such": 1}'}, "no_such"),
        ({"recipe": "{" * 50}, "ten levels"),
        ({"preset": "compact_eye"}, "compact_eyes"),
        ({"recipe": '{"layers": [["mixed3", 1]]}'}, "mixed3"),
    ],
)
def test_a_mistake_is_explained(client, photo, arguments, words):
    with pytest.raises(Exception, match=words):
        client.predict(gradio_client.handle_file(photo), **arguments, api_name="/dream")


def test_no_file_of_the_server_can_be_named(page_server, tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8)).save(secret)
    call = f"{page_server.local_url}gradio_api/call/preview"
    for path in (str(secret), str(ASSETS / "cat.jpg"), "/etc/hostname"):
        photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
        event = httpx.post(call, json={"data": [photo, "", "", 64]}).json()["event_id"]
        answer = httpx.get(f"{call}/{event}", timeout=30).text
        assert "event: error" in answer and "event: complete" not in answer


def test_a_surprise_can_be_had_again_by_its_seed_and_tells_its_recipe(client, photo):
    _, done, file = client.predict(gradio_client.handle_file(photo), seed=3, size=64, api_name="/surprise")
    assert read_recipe(file) == surprise(3) == Recipe.from_json(done["recipe"])
    assert from_link(done["link"]) == surprise(3)
    settings, link, *_ = client.predict(gradio_client.handle_file(file), api_name="/recipe_of")
    assert Recipe.from_dict(settings) == from_link(link) == surprise(3)
    with pytest.raises(Exception, match="recipe"):
        client.predict(gradio_client.handle_file(photo), api_name="/recipe_of")


def test_a_photo_is_described_by_the_likeliest_classes(client, photo):
    told = client.predict(gradio_client.handle_file(photo), api_name="/describe")
    expected = top_classes(read_image(photo), "compact")
    assert told["classes"] == [[name, round(share, 4)] for name, share in expected] and len(expected) == 5


def test_presets_are_listed(client):
    assert [each["name"] for each in client.predict(api_name="/presets")] == list(PRESETS)


def test_the_lines_with_curl_run(page_server, photo, tmp_path):
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ASSETS.parent / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (lines,) = (block for block in blocks if "curl" in block)
    with Image.open(photo) as opened:
        opened.save(tmp_path / "photo.jpg")
    code = lines.replace("http://127.0.0.1:7860/", page_server.local_url)
    ran = subprocess.run(["bash", "-euc", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert "event: generating" in ran.stdout and "event: complete" in ran.stdout and "compact_eyes" in ran.stdout


def test_the_description_is_valid_and_holds_every_settings_range(page_server):
    described = httpx.get(f"{page_server.local_url}gradio_api/openapi.json").json()
    openapi_spec_validator.validate(described)
    called = described["paths"]["/gradio_api/call/v2/dream"]["post"]["requestBody"]["content"]
    taken = called["application/json"]["schema"]["properties"]
    assert taken["preset"]["enum"] == ["", *PRESETS]
    settings = jsonschema.Draft202012Validator(taken["recipe"])
    for name, about in Recipe.settings().items():
        for allowed in (about.default, *about.choices, *(each for each in (about.low, about.high) if each is not None)):
            assert settings.is_valid({name: json.loads(json.dumps(allowed))}), (name, allowed)
        for wrong in ([] if about.high is None else [about.high + 1], *([["no"]] if about.choices else [])):
            assert not wrong or not settings.is_valid({name: wrong[0]}), (name, wrong)
    for each in PRESETS.values():
        assert settings.is_valid(json.loads(each.recipe.to_json())), each.name


def test_only_these_endpoints_are_public(client):
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == {
        f"/{name}" for name in ["dream", "preview", "surprise", "describe", "presets", "recipe", "recipe_of"]
    }
    for endpoint in named.values():
        for number, parameter in enumerate(endpoint["parameters"]):
            assert parameter["parameter_has_default"] or (number == 0 and parameter["parameter_name"] == "photo")


def test_one_visitor_may_run_one_and_wait_with_one(page_server, photo):
    client = gradio_client.Client(page_server.local_url, download_files=False, verbose=False)
    jobs = [
        client.submit(gradio_client.handle_file(photo), recipe='{"steps": 1000}', api_name="/dream") for _ in range(3)
    ]
    deadline = time.monotonic() + 30
    while not any(job.done() for job in jobs) and time.monotonic() < deadline:
        time.sleep(0.05)
    refused = [str(job.exception()) for job in jobs if job.done()]
    assert len(refused) == 1 and "running" in refused[0], refused
    for job in jobs:
        job.cancel()
    deadline = time.monotonic() + 30
    while (
        any(visitor.renders for visitor in page_server.host.visitors._records.values()) and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert not page_server.host.turns._queue


def test_ten_visitors_each_get_their_own(page_server, tmp_path):
    """Each with an own photo and recipe; none sees another's, and nothing waits for ever."""
    results: dict[int, tuple[np.ndarray, Recipe]] = {}
    failures: list[BaseException] = []

    def visit(number: int) -> None:
        try:
            path = tmp_path / f"{number}.png"
            Image.new("RGB", (64 + 2 * number, 64), (25 * number, 120, 200 - 20 * number)).save(path)
            client = gradio_client.Client(
                page_server.local_url, download_files=str(tmp_path / f"of-{number}"), verbose=False
            )
            *_, file = client.predict(
                gradio_client.handle_file(path), recipe=f'{{"octaves": 1, "steps": {number}}}', api_name="/dream"
            )
            results[number] = np.asarray(Image.open(file)), read_recipe(file)
        except BaseException as error:  # whatever it is, the test must see it
            failures.append(error)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    for number in range(10):
        picture, recipe = results[number]
        assert picture.shape[1] == 64 + 2 * number and recipe.steps == number
        if number == 0:
            np.testing.assert_array_equal(picture[0, 0], (0, 120, 200))


def test_visitors_who_leave_in_the_middle_take_their_work_along_and_nobody_elses(page_server, tmp_path):
    jobs = []
    for number in range(6):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (96 + number, 64), (40 * number, 120, 90)).save(path)
        client = gradio_client.Client(page_server.local_url, download_files=str(tmp_path / f"{number}"), verbose=False)
        steps = 40 if number % 2 else 10_000
        recipe = f'{{"octaves": 1, "steps": {steps}}}'
        jobs.append(client.submit(gradio_client.handle_file(path), recipe=recipe, api_name="/dream"))
    time.sleep(1.0)
    for job in jobs[::2]:  # they would have taken minutes
        job.cancel()
    for number in (1, 3, 5):
        *_, file = jobs[number].result(timeout=60)
        assert Image.open(file).size == (96 + number, 64)
    deadline = time.monotonic() + 15
    while page_server.host.turns._queue and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not page_server.host.turns._queue
    assert not [visitor for visitor in page_server.host.visitors._records.values() if visitor.renders]


def test_nothing_is_left_of_visitors_that_went(page_server, photo):
    visitors = page_server.host.visitors
    for key in list(visitors._records):
        visitors.forget(key)
    client = gradio_client.Client(page_server.local_url, download_files=False, verbose=False)
    client.predict(gradio_client.handle_file(photo), recipe='{"steps": 1, "octaves": 1}', api_name="/dream")
    assert len(visitors) == 1
    for key in list(visitors._records):
        visitors.forget(key)
    deadline = time.monotonic() + 20
    while (left := [path for path in Path(visitors.root).rglob("*") if path.is_file()]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not left
