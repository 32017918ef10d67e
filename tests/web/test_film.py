"""The room Film: in a real browser a loop that is made, plays, downloads and comes back; and strangers' files."""

import json
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import loops
import numpy as np
import pytest
from PIL import Image

from deepdream.cli.film import MISSING
from deepdream.errors import DreamError
from deepdream.film.film import Film
from deepdream.presets import PRESETS
from deepdream.web.rooms.film.state import KINDS, REST, FilmState, kind_of
from deepdream.web.server.decoders import Decoders, clip_process
from deepdream.web.server.limits import Limits

from .conftest import ASSETS
from .tabs import Tab

pytest.importorskip("av")
pytest.importorskip("cv2")

ROOM = "#room-film .room"
CAT = ASSETS / "cat.jpg"
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


# in a browser


def enter(page: Any, tmp_path: Path) -> None:
    """Open the room with a small photo, and ask for a second at 12 frames."""
    photo = tmp_path / "photo.png"
    with Image.open(CAT) as cat:
        cat.convert("RGB").resize((160, 120)).save(photo)
    page.get_by_role("tab", name="Film").click()
    page.set_input_files("#film-stage input[data-part=file]", str(photo))
    page.wait_for_selector("#film-stage .before[src]", state="attached")
    page.click("#film-fps label:has-text('12')")


def set_seconds(page: Any, seconds: float) -> None:
    page.locator("#film-seconds input[type=number]").fill(str(seconds))
    page.keyboard.press("Tab")


def settings(page: Any) -> list[Any]:
    """Return what the controls of the film show."""
    numbers = [page.locator(f"#film-{name} input[type=number]").input_value() for name in ("zoom", "turn", "seconds")]
    chosen = [page.locator(f"#film-{name} input:checked").input_value() for name in ("kind", "fps", "side")]
    look = page.locator("#film-look .chip[aria-pressed=true]").get_attribute("data-name")
    return [*numbers, *chosen, look]


@pytest.mark.browser
def test_a_loop_is_made_plays_downloads_and_its_file_brings_all_back(visit, tmp_path):
    page = visit()
    enter(page, tmp_path)
    set_seconds(page, 1)
    page.click("#film-look .chip[data-name=compact_animals]")
    page.wait_for_function("document.querySelector('#film-cost').innerText.includes('160 × 120')")
    made_of = settings(page)
    page.click("#make-film")
    page.wait_for_selector(f"{ROOM}[data-state=done]", state="attached", timeout=90_000)
    page.wait_for_function("document.querySelector('#film-stage video').currentTime > 0")
    video = page.evaluate("(({loop, muted, videoWidth, duration}) => [loop, muted, videoWidth, duration])"
                          "(document.querySelector('#film-stage video'))")  # fmt: skip
    assert video == [True, True, 160, 1]
    with page.expect_download() as started:
        page.click("#reel [data-part=download]")
    assert started.value.suggested_filename == "photo-Animals-Loop.mp4"
    saved = tmp_path / "saved.mp4"
    started.value.save_as(saved)

    page.click("#film-kind label:has-text('Turn')")
    page.click("#film-look .chip[data-name=compact_default]")
    page.click("#film-fps label:has-text('30')")
    page.wait_for_function("document.querySelector('#film-turn input[type=number]').value === '20'")
    page.set_input_files("#film-stage input[data-part=file]", str(saved))
    page.wait_for_function("document.querySelector('#film-turn input[type=number]').value === '0'")
    assert settings(page) == made_of


@pytest.mark.browser
def test_stop_and_keep_gives_a_part_that_plays(visit, tmp_path):
    page = visit()
    enter(page, tmp_path)
    page.click("#film-kind label:has-text('Flight')")
    page.wait_for_function("document.querySelector('#film-seconds input[type=number]').value === '5'")
    set_seconds(page, 30)
    page.click("#make-film")
    page.wait_for_selector(f"{ROOM}[data-state=dreaming]", state="attached", timeout=60_000)
    page.click("#stop-make-film")
    page.wait_for_selector(f"{ROOM}[data-state=done]", state="attached", timeout=30_000)
    page.wait_for_function("document.querySelector('#film-stage video').readyState >= 2")
    assert 0 < page.evaluate("document.querySelector('#film-stage video').duration") < 30


# without one


@pytest.mark.slow
def test_without_its_libraries_the_room_says_the_one_command_that_adds_them(monkeypatch):
    import gradio as gr

    from deepdream.web import build
    from deepdream.web.rooms.film.layout import ADD, FilmRoom

    monkeypatch.setattr("importlib.util.find_spec", lambda name, own=find_spec: None if name == "av" else own(name))
    desk = build().rooms["dream"].desk
    with gr.Blocks() as page, gr.Tab() as tab:
        room = FilmRoom(desk)
        room.layout(tab)
        room.listen(page, gr.Tabs())
    shown = {each.elem_id: str(each.value) for each in page.blocks.values() if getattr(each, "elem_id", None)}
    assert set(shown) == {"film-missing", "film-add"} and shown["film-add"] == ADD
    assert ADD.split('"')[1::2] == tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]["film"]
    assert MISSING.endswith(ADD) and not page.fns


def test_a_film_goes_on_when_its_tab_is_closed_and_is_found_again(page_server):
    first = Tab(page_server)
    first.connect()
    key = first.last("identity", "resume", {})[0]["key"]
    first.last("film-stage", "select", {"sample": "cat"})
    for name, value in (("seconds", 0.5), ("fps", 12), ("kind", "flight"), ("side", 360)):
        first.values[first.component(f"film-{name}")] = value
    for _ in first.outputs(first.send("make-film", "click")):
        visitor = page_server.host.visitors._records[first.session]
        if visitor.renders and visitor.renders[0].frame is not None:
            break
    render = visitor.renders[0]
    first.disconnect()
    assert not render.stopped and not visitor.closed

    second = Tab(page_server)
    second.connect()
    told = second.last("identity", "resume", {"key": key})[0]
    assert (told["key"], told["found"], told["photo"]) == (key, True, True)
    stage, *_, reel, _ = second.last("room-film", "select")
    assert render.done.wait(120) and not render.stopped and visitor.of(FilmState).made.frames == 6
    if not reel:  # it was followed to its end, which says no cost
        stage, *_, reel, _ = second.last("room-film", "select")
    assert stage["state"] == "done" and second.http.get(reel["file"]["url"]).status_code == 200
    second.disconnect()
    page_server.host.visitors.forget(second.session)


@pytest.mark.parametrize("kind", KINDS)
def test_a_films_kind_is_known_from_the_film_alone(kind):
    stops = (PRESETS["compact_default"].recipe, PRESETS["compact_animals"].recipe)
    begun = {**KINDS[kind], **(REST if kind in ("morph", "clip") else {})}
    assert kind_of(Film(stops=stops if kind == "morph" else (), **begun)) == kind


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Return what decodes clips, in a process of its own."""
    limits = Limits(clip_seconds=30.0)
    return Decoders(limits, lambda: clip_process(limits))


def ask(clips: Decoders, job: str, file: Path, **about: Any) -> dict[str, Any]:
    return loops.run(clips.answer(file, {"job": job, **about}, caller="somebody"))


def odd_clips(folder: Path, good: bytes) -> dict[str, bytes]:
    """Return ten files that are called clips and are none, or none that can be read."""
    playlist = f"#EXTM3U\n#EXTINF:1,\nfile://{folder}/good.mp4\n"
    return {
        "empty.mp4": b"",
        "noise.mp4": np.random.default_rng(0).bytes(5000),
        "playlist.mp4": playlist.encode(),
        "concat.mp4": f"ffconcat version 1.0\nfile {folder}/good.mp4\n".encode(),
        "page.webm": b"<!doctype html><script>alert(1)</script>",
        "head.mp4": good[:40],
        "cut.mov": good[: len(good) // 3],
        "zeros.mkv": bytes(4000),
        "zip.avi": b"PK\x03\x04" + bytes(200),
        "torn.mp4": good[:60] + np.random.default_rng(1).bytes(len(good) - 60),
    }


def a_clip(path: Path, frames: int = 12) -> bytes:
    """Write a short clip in which a square moves."""
    from fractions import Fraction

    from deepdream.film.encoding import Encoder, Format, new_container

    with new_container(path) as container:
        encoder = Encoder(container, Format("h264"), (48, 64), Fraction(12), Fraction(1, 12))
        for index in range(frames):
            picture = np.full((48, 64, 3), 0.2, np.float32)
            picture[10:30, 2 * index : 2 * index + 16] = 0.8
            encoder.write(picture, index)
        encoder.close()
    return path.read_bytes()


@pytest.mark.slow
def test_a_clip_is_coded_anew_and_ten_odd_files_are_refused_in_a_sentence(clips, tmp_path):
    good = a_clip(tmp_path / "good.mp4")
    assert ask(clips, "look", tmp_path / "good.mp4") == {"is": "clip"}
    into = {"into": str(tmp_path / "into.mp4"), "side": 720, "seconds": 0.5}
    assert ask(clips, "clip", tmp_path / "good.mp4", **into) == {"frames": 6}
    for name, content in odd_clips(tmp_path, good).items():
        (tmp_path / name).write_bytes(content)
        assert ask(clips, "look", tmp_path / name) == {"is": "clip"}, name
        with pytest.raises(DreamError) as refused:
            ask(clips, "clip", tmp_path / name, **{**into, "into": str(tmp_path / "odd.mp4")})
        said = str(refused.value)
        assert name in said and said.count(". ") == 0 and str(tmp_path) not in said, said
        assert not (tmp_path / "odd.mp4").exists(), name


def test_a_films_file_tells_its_film_and_a_photo_is_something_else(clips, tmp_path):
    film = Film(zoom=1.5, fps=12.0, side=360, recipe=PRESETS["compact_animals"].recipe)
    (tmp_path / "film.json").write_text(json.dumps(film.to_dict()))
    found = ask(clips, "look", tmp_path / "film.json")
    assert found["is"] == "film" and Film.from_dict(found["film"]) == film
    assert ask(clips, "look", CAT) == {"is": "other"}
