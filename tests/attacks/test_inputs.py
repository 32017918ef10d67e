"""What strangers send is refused in words: settings, pictures, and calls of every event."""

import io
import json
import random
from functools import partial

import pytest
from PIL import Image

from deepdream.errors import DreamError
from deepdream.images import read_image, read_recipe
from deepdream.recipe import Recipe
from deepdream.settings.json_text import parse_json
from deepdream.web.rooms.shared import sharing

from .client import META, words
from .conftest import SCALE

pytestmark = pytest.mark.attack

LETTERS = ["{", "[", '"', "NaN", "1e400", "\0", "\\u0000", "-", "*", "%00", "é"]
ODD = [
    None,
    True,
    -1,
    0,
    1e308,
    float("nan"),
    "1e400",
    "x" * 5000,
    [],
    {},
    [[]],
    {"a": {"b": []}},
    "\0",
    "<img src=x>",
    "٣",
    [1] * 500,
    "\ud800",
]


def mutated(text, random):
    """Return a text with a piece of it changed, doubled, cut out or nested deeply."""
    start, length = random.randrange(len(text)), random.randrange(1, 9)
    piece = text[start : start + length]
    return random.choice(
        [
            text[:start] + random.choice(LETTERS) + text[start:],
            text[:start] + text[start + length :],
            text[:start] + piece * random.choice([2, 1000]) + text[start + length :],
            "[" * 100_000 + text,
            text + text,
        ]
    )


def test_settings_are_read_or_refused_in_words():
    """As JSON and as a link; NaN, 1e400, 100,000 levels, double keys, mutations."""
    made = random.Random(0)
    whole = json.dumps(Recipe().to_dict())
    for _ in range(200 * SCALE):
        text = mutated(whole, made)
        name = made.choice(list(Recipe.settings()))
        odd = json.dumps({name: made.choice(ODD)})
        for attempt in (lambda: Recipe.from_dict(parse_json(text)), lambda: Recipe.from_dict(parse_json(odd))):  # noqa: B023
            try:
                assert isinstance(attempt(), Recipe)
            except DreamError as error:
                assert len(str(error)) < 2000
    link = sharing.link_query(Recipe(octaves=3, steps=7, layers=(("conv4_1", 1.0), ("conv5_2:17", -2.0))))
    for _ in range(200 * SCALE):
        try:
            assert isinstance(sharing.recipe_from_link(mutated(link, made)), Recipe)
        except DreamError as error:
            assert len(str(error)) < 2000


def test_pictures_are_read_or_refused_in_words(tmp_path):
    """Every format that Pillow writes here, and the same with bytes changed, cut off and doubled."""
    made = random.Random(1)
    seeds = []
    for format, mode in (
        ("PNG", "RGBA"),
        ("JPEG", "RGB"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
        ("BMP", "RGB"),
        ("TIFF", "CMYK"),
    ):
        file = io.BytesIO()
        Image.new(mode, (24, 17)).save(file, format)
        seeds.append(file.getvalue())
    read = 0
    for number in range(120 * SCALE):
        content = bytearray(made.choice(seeds))
        if number >= len(seeds):
            for _ in range(made.randrange(1, 6)):
                content[made.randrange(len(content))] = made.randrange(256)
        else:
            content = bytearray(seeds[number])
        content = content[: made.randrange(1, len(content))] if number % 7 == 6 else content
        path = tmp_path / "picture"
        path.write_bytes(content)
        for reader in (partial(read_image, max_megapixels=4.0), read_recipe):
            try:
                reader(path)
                read += 1
            except DreamError as error:
                assert len(str(error)) < 2000 and str(tmp_path) not in str(error)
    assert read >= len(seeds) - 1


def test_malformed_calls_of_all_events_are_answered_in_words(attacked):
    """No answer without words, no path of ours, no traceback, and one line at most in the log for each."""
    made = random.Random(2)
    stranger = attacked.stranger()
    log = attacked.scratch / "log.txt"
    events = stranger.config()["dependencies"]
    before = len(log.read_text(errors="replace").splitlines())
    asked = 0
    for event in events * SCALE:
        inputs = event["inputs"]
        count = made.choice([len(inputs), len(inputs), len(inputs) + 1, 0])
        data = [made.choice([each for each in ODD if each == each]) for _ in range(count)]
        brought = made.choice([None, {}, {"id": 7, "layer": [], "x": "a", "files": 3, "key": {}}, [], "x"])
        answer = stranger.trigger(event["id"], data, brought, (event["targets"] or [[None]])[0][0])
        said = json.loads(words(answer)) if answer.startswith("{") and "success" in answer else {}
        assert not (said.get("error") is None and said.get("data") is None and said), (event["id"], answer[:300])
        assert "Traceback" not in answer and str(attacked.scratch) not in answer.replace(str(attacked.served), "")
        asked += 1
    lines = log.read_text(errors="replace").splitlines()[before:]
    assert not [line for line in lines if line.startswith("Traceback")], lines[-60:]
    assert len(lines) <= 2 * asked
    assert stranger.http.get(attacked.address).status_code == 200


def test_a_name_that_no_file_can_have_is_refused_as_others_are(attacked):
    """Half a character beside an upload of one's own: once there were no words, and a traceback in the log."""
    stranger = attacked.stranger()
    file = io.BytesIO()
    Image.new("RGB", (24, 17)).save(file, "PNG")
    folder = stranger.upload("own.png", file.getvalue()).rpartition("/")[0]
    event = next(each for each in stranger.config()["dependencies"] if each["api_name"] == "preview")
    said = [
        words(stranger.trigger(event["id"], [{"path": f"{folder}/{name}", **META}, "", "", 64]))
        for name in ("\ud800.png", "other.png")
    ]
    assert said[0] == said[1] and json.loads(said[0])["error"]
    assert "Traceback" not in (attacked.scratch / "log.txt").read_text(errors="replace")


def test_a_stranger_gets_nothing_of_anothers(attacked):
    """What the first one dreamed is neither listed nor fetched, nor found by a name that is tried."""
    owner, stranger = attacked.stranger(), attacked.stranger()
    events = owner.config()["dependencies"]
    pieces = {part["props"].get("elem_id"): part["id"] for part in owner.config()["components"]}

    def event(element, name):
        return next(each for each in events if [pieces[element], name] in [list(target) for target in each["targets"]])

    opened = event("stage", "select")
    values = {part["id"]: part["props"].get("value") for part in owner.config()["components"]}
    data = [values[each] for each in opened["inputs"]]
    answer = owner.trigger(opened["id"], data, {"sample": "cat"}, pieces["stage"])
    assert '"state": "ready"' in answer
    for element, name, brought in (
        ("history", "select", {"id": "dream-1"}), ("film", "select", {"id": 1}), ("keep", "save", {"format": "png"}),
        ("identity", "resume", {"key": owner.session}), ("undo", "click", None), ("again", "click", None),
        ("continue", "click", None),
    ):  # fmt: skip
        each = event(element, name)
        said = stranger.trigger(each["id"], [values[one] for one in each["inputs"]], brought, pieces[element])
        assert "visitor-" not in said, (element, said[:300])
    for folder in attacked.scratch.glob("tmp/**/visitor-*"):
        for private in folder.iterdir():
            assert stranger.http.get(f"{attacked.address}gradio_api/file={private}").status_code >= 400


def test_a_message_is_text(attacked):
    """Once a setting's name in a settings file had the reader's browser ask another machine."""
    stranger = attacked.stranger()
    event = next(each for each in stranger.config()["dependencies"] if each["api_name"] == "recipe")
    said = stranger.trigger(event["id"], ["", json.dumps({"<img src=//127.0.0.1:9/x>": 1})])
    assert "&lt;img" in said and "<img" not in said
