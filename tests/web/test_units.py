"""The page's parts without a browser: turns, folders, texts, controls, costs, previews, sharing."""

import contextlib
import os
import shlex
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepdream.errors import RecipeError
from deepdream.frames import Frame
from deepdream.images import Photo, shrink, shrunk_size
from deepdream.octaves import plan_octaves
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe
from deepdream.style.settings import STYLE_PRESETS
from deepdream.tiles import fed_megapixels
from deepdream.web import texts
from deepdream.web.rooms.dream.visits import with_moves
from deepdream.web.rooms.shared import sharing
from deepdream.web.rooms.shared.actions import SETTINGS, batch_cost
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.style.actions import SIZES, StyleActions
from deepdream.web.server import previews
from deepdream.web.server.costs import Costs, priced_style
from deepdream.web.server.held import load_photo
from deepdream.web.server.limits import Limits
from deepdream.web.server.messages import reason
from deepdream.web.server.previews import LEAST_STEPS, SMALLEST, preview_recipe
from deepdream.web.server.render import Render
from deepdream.web.server.scheduler import PREVIEW_STEPS_IN_A_ROW, Turns
from deepdream.web.server.uploads import Uploads, named_files, uploaded_file
from deepdream.web.server.visitors import Visitor, Visitors
from deepdream.web.wishes import wishes_of

# texts


def test_every_language_has_the_same_keys_in_the_same_order_and_a_text_for_each():
    english, *others = (list(texts.texts_in(language)) for language in texts.LANGUAGES)
    for other in others:
        assert [key for key in other if not key.endswith(".help")] == english
    for language, table in texts.tables().items():
        assert table.keys() == texts.tables()["en"].keys()
        assert not [key for key, text in table.items() if not text.strip()], language


@pytest.mark.parametrize(("prefix", "table"), texts.TABLES.items())
def test_every_setting_has_a_title_and_help_in_every_language(prefix, table):
    titles = {f"{prefix}.{name}" for name in table.settings()}
    help = {f"{title}.help" for title in titles}
    for language in texts.LANGUAGES:
        own = {key for key in texts.texts_in(language) if key.startswith(f"{prefix}.")}
        assert own == (titles if language == "en" else titles | help)  # the English help is the setting's own


def test_every_text_has_the_same_blanks_in_every_language():
    import string

    for key in texts.tables()["en"]:
        says = texts.in_every_language(key)
        blanks = [{name for _, name, _, _ in string.Formatter().parse(word) if name} for word in says]
        assert blanks[0] == blanks[1] == blanks[2], key


def test_every_key_that_the_browser_uses_is_in_the_table():
    import re

    from deepdream.web.components import pieces

    script = "".join(path.read_text("utf-8") for path in pieces.STATIC.rglob("*.js"))
    markup = "".join(path.read_text("utf-8") for path in pieces.STATIC.glob("*.html"))
    used = set(re.findall(r"(?<![\w.])(?:text|say)\('([\w.]+)'", script)) | set(
        re.findall(r'data-(?:t|label|page-t)="([\w.]+)"', markup)
    )
    assert used - {"sample.", "chip.", "remedy.", "kind.", "sheet."} <= texts.tables()["en"].keys()


def test_every_class_of_the_embedded_network_has_a_name_in_every_language():
    from deepdream.networks import load_network

    labels = load_network("compact").labels
    assert {f"class.{label}" for label in labels} == {key for key in texts.tables()["en"] if key.startswith("class.")}
    assert texts.class_name("bee", "vi") == "ong" and texts.class_name("bee") == "bee"
    assert texts.class_name("tench", "ko") == "tench", "a class of another network"


def test_no_text_is_left_over():
    from deepdream.web.components import pieces

    code = [path for path in pieces.STATIC.parent.rglob("*.py") if path.parent.name != "texts"]
    files = [*pieces.STATIC.rglob("*.js"), *pieces.STATIC.glob("*.html"), *code]
    source = "".join(path.read_text("utf-8") for path in files)
    made = (
        "group",
        "sample",
        "look",
        "layer",
        "room",
        "manner",
        "channel",
        "style",
        "style_look",
        "part",
        "chip",
        "class",
        "remedy",
        "privacy",
        "kind",
        "wrong",
        "sheet",
    )
    keys = [key for key in texts.tables()["en"] if key.split(".")[0] not in (*made, *texts.TABLES)]
    assert not [key for key in keys if f'"{key}"' not in source and f"'{key}'" not in source]


def test_layers_that_somebody_puts_together_count_by_their_weights_and_a_presets_stay():
    from deepdream.web.rooms.dream.settings import SettingsActions

    def mixed(recipe):
        values = recipe.to_dict() | {"layers": [list(pair) for pair in recipe.layers], "octave_sizes": ""}
        return SettingsActions(None).mix(*[values.get(name, getattr(recipe, name)) for name in SETTINGS])

    usual = Recipe()
    assert mixed(usual.replace(layers=(*usual.layers, ("classes:school bus", 1.0)))) is True
    for recipe in (usual, usual.replace(layers={"conv2": 1}), PRESETS["compact_temples"].recipe):
        assert mixed(recipe) is not True


def test_a_message_follows_the_browsers_languages():
    assert texts.say("dream", "ko-KR,ko;q=0.9,en;q=0.8") == "꿈꾸기"
    assert texts.say("dream", "fr,vi;q=0.5") == "Mơ"
    assert texts.say("dream", "fr") == texts.say("dream", None) == "Dream"


@pytest.mark.parametrize("chosen", [("ko",), ("en",), ("vi", "ko")])
def test_a_host_of_some_languages_says_everything_in_one_of_them(chosen):
    """Half of it was once English: the reason of a mistake, by the language that was asked for and is not spoken."""
    error = RecipeError("steps: received 0; allowed: 1 to 999.")
    texts.choose(chosen)
    try:
        for asked in (None, "fr", "en-US", "ko-KR", "vi"):
            spoken = asked[:2] if asked is not None and asked[:2] in chosen else chosen[0]
            assert texts.language_among(asked) == spoken
            assert texts.say("dream", asked) == texts.texts_in(spoken)["dream"]
            assert (reason(error, asked) == str(error)) == (spoken == "en")
    finally:
        texts.choose()


# turns


def test_a_preview_goes_between_two_steps_of_a_render():
    turns, order = Turns(), []
    holding, release = threading.Event(), threading.Event()

    def render() -> None:
        with turns.render_step():
            holding.set()
            release.wait(5)
            order.append("render")
        with turns.render_step():
            order.append("render")

    def preview() -> None:
        with turns.preview_step():
            order.append("preview")

    threads = [threading.Thread(target=render)]
    threads[0].start()
    assert holding.wait(5)
    threads.append(threading.Thread(target=preview))
    threads[1].start()
    while turns._previews == 0:
        time.sleep(0.001)
    release.set()
    for thread in threads:
        thread.join(5)
    assert order == ["render", "preview", "render"]


def test_previews_do_not_starve_a_render():
    turns, steps = Turns(), 0
    done = threading.Event()

    def render() -> None:
        with turns.render_step():
            done.set()

    def previews() -> None:
        nonlocal steps
        while not done.is_set() and steps < 1000:
            with turns.preview_step():
                steps += 1
                time.sleep(0.0005)

    threads = [threading.Thread(target=previews) for _ in range(2)]
    for thread in threads:
        thread.start()
    threading.Thread(target=render).start()
    assert done.wait(5)
    for thread in threads:
        thread.join(5)
    assert steps < 1000


def test_renders_queue_first_come_first_served_up_to_a_limit():
    turns = Turns(Limits(waiting=2))
    first, second = turns.enter(10.0), turns.enter(5.0)
    assert first is not None and second is not None and turns.enter() is None
    assert first.ready.is_set() and not second.ready.is_set()
    assert turns.rank(second) == 1 and turns.wait_for(second) == 10.0
    turns.leave(first)
    assert second.ready.is_set() and turns.rank(second) == 0
    assert PREVIEW_STEPS_IN_A_ROW > 1


def test_a_render_that_is_stopped_while_it_waits_never_starts():
    turns = Turns()
    running = turns.enter()
    render = Render(Photo(np.zeros((8, 8, 3), np.float32)), Recipe(), turns)
    assert render.start()
    render.stop()
    assert render.done.wait(5)
    assert render.started is None and render.frame is None and turns.rank(running) == 0


# folders


@pytest.fixture
def visitors(tmp_path):
    return Visitors(tmp_path / "served", tmp_path / "private")


def test_a_visitors_folders_come_and_go_with_them(visitors):
    one, same, other = visitors.of("a"), visitors.of("a"), visitors.of("b")
    assert one is same and one.folder != other.folder
    assert len(one.folder.name) > 20, "nobody guesses it"
    assert visitors.forget("a") and not one.folder.exists() and not one.private.exists() and other.folder.exists()
    assert not visitors.forget("a")


def test_frames_that_come_take_no_file_away_that_somebody_fetches(visitors):
    """Twelve frames of a running dream, three seconds, once took a saved picture away while it was fetched."""
    visitor = visitors.of("a")
    saved = visitor.new_file(".png")
    saved.touch()
    visitor.retire(saved)
    frames = [visitor.write_picture(np.zeros((2, 2, 3), np.uint8)) for _ in range(40)]
    assert saved.exists() and [frame.exists() for frame in frames] == [False] * 28 + [True] * 12
    for _ in range(12):
        visitor.retire(visitor.new_file(".png"))
    assert not saved.exists()


def test_what_an_earlier_start_left_is_swept_and_nothing_else(visitors):
    alive = visitors.of("a")
    left = [visitors.root / "visitor-old", visitors.root / ("0" * 64)]
    other = visitors.root / "somebody-else"
    for folder in (*left, other):
        folder.mkdir()
    assert visitors.sweep() == 2
    assert alive.folder.exists() and other.exists() and not any(folder.exists() for folder in left)


def test_only_uploads_are_taken_from_a_browser(visitors, tmp_path):
    folder = visitors.root / ("a" * 64)
    folder.mkdir(parents=True)
    (folder / "photo.jpg").write_bytes(b"x")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (folder / "link.jpg").symlink_to(secret)
    own = visitors.of("a").new_file(".jpg")
    own.write_bytes(b"x")
    assert uploaded_file(str(folder / "photo.jpg"), visitors.root) == folder / "photo.jpg"
    hostile = [
        secret,
        own,
        folder / "link.jpg",
        folder,
        folder / ".." / ".." / "secret.txt",
        "",
        "\0",
        "x" * 5000,
        None,
        7,
        {},
    ]
    for path in hostile:
        assert uploaded_file(str(path) if hasattr(path, "parts") else path, visitors.root) is None


def test_dropping_what_is_no_upload_leaves_it(visitors, tmp_path):
    uploads = Uploads(visitors.root, grace=0.0)
    secret, own = tmp_path / "secret.txt", visitors.of("a").new_file(".jpg")
    folder = visitors.root / ("a" * 64)
    folder.mkdir()
    link = folder / "link.txt"
    for path in (secret, own):
        path.write_text("mine")
    link.symlink_to(secret)
    for path in (secret, own, link, folder, tmp_path / "missing"):
        uploads.drop(path)
    assert not uploads._waiting
    uploads._remove(link)  # even where it was let in as something else
    assert secret.exists() and own.exists() and link.is_symlink()


def test_files_are_found_in_a_request_however_deep_they_lie():
    deep: object = {"path": "c"}
    for _ in range(5000):
        deep = [deep]
    assert sorted(named_files([{"path": "a"}, {"files": [{"path": "b"}]}, "x", None, 7, deep])) == ["a", "b", "c"]
    assert list(named_files({"path": None, "url": "x"})) == []


def test_an_upload_goes_soon_but_not_while_another_visitor_may_read_it(visitors):
    uploads = Uploads(visitors.root, grace=60.0)
    file = visitors.root / ("a" * 64) / "photo.jpg"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"the same photo of another visitor")  # after the first one's drop
    uploads._remove(file)
    assert file.exists()
    before = time.time() - 61
    os.utime(file, (before, before))
    uploads._remove(file)
    assert not file.parent.exists()


def test_a_stored_photo_comes_back(visitors):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (5, 7, 3)).astype(np.float32) / np.float32(255)
    alpha = random.integers(0, 256, (5, 7)).astype(np.float32) / np.float32(255)
    for photo in (Photo(pixels), Photo(pixels, alpha)):
        back = load_photo(visitors.of("a").keep_photo(photo))
        np.testing.assert_array_equal(back.pixels, photo.pixels)
        assert (back.alpha is None) == (photo.alpha is None)


# controls


@pytest.fixture(scope="module")
def room():
    from deepdream.web import build

    return build().rooms["dream"]


def test_every_setting_has_a_control(room):
    assert len(room.desk.controls) == len(SETTINGS) == len(Recipe.settings())
    assert [room.made[name] for name in Recipe.settings()] == room.desk.controls


@pytest.mark.parametrize("name", PRESETS)
def test_controls_carry_every_preset_both_ways(room, name):
    from deepdream.web.components.controls import settings_from, updates

    values = [update["value"] if isinstance(update, dict) else update for update in updates(SETTINGS, preset(name))]
    assert settings_from(Recipe(), SETTINGS, values) == preset(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layers", "conv4_2"), ("layers", []), ("layers", [["conv4_2"]]), ("layers", [["../x y", 1]]),
        ("layers", [["conv4_2", "1"]]), ("octaves", 10**9), ("octaves", "4"), ("steps", float("nan")), ("seed", -1),
        ("carry", "fly"), ("network", "../../etc"), ("octave_sizes", "1e9x1e9"), ("flip", "yes"),
    ],
)  # fmt: skip
def test_hostile_values_are_refused_with_a_message(room, name, value):
    from deepdream.web.components.controls import settings_from

    with pytest.raises(RecipeError, match=name):
        settings_from(Recipe(), [name], [value])


# costs


def test_costs_learn_the_hosts_speed():
    costs, recipe = Costs(), Recipe(octaves=1, steps=10, mirror=0)
    guess = costs.plan(recipe, (1000, 1000)).cost.seconds
    costs.learn(recipe, 1.0, 0.05)
    assert costs.plan(recipe, (1000, 1000)).cost.seconds == pytest.approx(0.5) != guess
    costs.learn(recipe, 1e-9, 100.0)
    assert costs.plan(recipe, (1000, 1000)).cost.seconds == pytest.approx(0.5), "a run that is too short says nothing"


def test_what_is_begun_is_no_longer_in_the_cost_and_further_photos_are(tmp_path):
    visitor, planned = Visitor(tmp_path, tmp_path), Costs().plan(Recipe(), (1000, 1000))
    assert batch_cost(visitor, planned, begun=0.75)["seconds"] == pytest.approx(planned.cost.seconds / 4)
    visitor.of(Material).batch = [("one", tmp_path), ("two", tmp_path)]
    assert batch_cost(visitor, planned, begun=0.75)["seconds"] == pytest.approx(planned.cost.seconds * 1.25)


def test_what_is_too_much_is_said_and_a_smaller_size_offered():
    costs, recipe = Costs(Limits(seconds=10.0)), Recipe(octaves=1, steps=100)
    costs.learn(recipe, 1.0, 0.1)
    assert not costs.plan(recipe, (900, 900)).cost.too_much
    assert costs.plan(recipe, (2000, 2000)).cost.too_much
    assert costs.fitting(recipe, (2000, 2000)) == 768


@pytest.mark.parametrize(
    ("settings", "size", "passes"),
    [
        ({"steps": 0, "octave_sizes": ((5000, 5000),)}, (64, 64), "megapixels"),
        ({"steps": 0, "octave_sizes": ((64, 64), (4000, 4000))}, (64, 64), ""),
        ({"steps": 0, "octaves_above": 4, "octave_scale": 1.9}, (800, 800), "megapixels"),
        ({"steps": 2, "octaves": 1, "tile_size": 8}, (4000, 4000), "seconds"),
        ({"steps": 1, "octaves": 1, "tile_size": 512}, (4000, 4000), ""),
        ({"steps": 1, "octaves": 1}, (4900, 4900), "megapixels"),
    ],
)
def test_octaves_and_tiles_count(settings, size, passes):
    assert Costs().plan(Recipe(**settings), size).cost.passes == passes


def test_a_host_with_less_memory_takes_on_smaller_octaves():
    costs = Costs(Limits(memory=2.0))
    assert costs.plan(Recipe(octave_sizes=((3000, 3000),)), (64, 64)).cost.passes == "memory"
    assert costs.plan(Recipe(steps=1), (1000, 1000)).cost.passes == ""


def test_a_step_of_many_tiles_ends_when_it_is_stopped_and_lets_previews_through():
    photo, recipe = Photo(np.full((256, 256, 3), 0.5, np.float32)), Recipe(octaves=1, steps=2, tile_size=16)
    turns = Turns()
    render = Render(photo, recipe, turns)
    seen = []

    def watch():
        seen.append(len(seen))
        if len(seen) == 3:  # a preview of somebody else, in the middle of the first step
            threading.Thread(target=preview).start()
            until = time.monotonic() + 10
            while not turns._previews and time.monotonic() < until:
                time.sleep(0.001)
        if len(seen) == 8:
            render.stop(keep=True)
        between()

    def preview():
        with turns.preview_step():
            seen.append("preview")

    between, render._between_tiles = render._between_tiles, watch
    assert render.start() and render.done.wait(60)
    assert "preview" in seen and len(seen) <= 10
    assert render.stopped and render.error is None and render.frame is None
    assert not turns._queue and not turns._busy


def test_the_engine_is_free_while_a_render_resizes():
    photo, turns = Photo(np.zeros((64, 64, 3), np.float32)), Turns()
    render = Render(photo, Recipe(octaves=2, steps=0), turns)
    lent, lend = [], turns.lent_back

    @contextlib.contextmanager
    def watched():
        with lend():
            with turns.preview_step():  # would wait for ever if the render held the engine
                lent.append(True)
            yield

    turns.lent_back = watched
    assert render.start() and render.done.wait(60)
    assert len(lent) >= 5 and render.error is None and not turns._busy


def test_frames_for_the_filmstrip_are_small_and_few():
    photo = Photo(np.random.default_rng(0).random((120, 120, 3), np.float32))
    render = Render(photo, Recipe(octaves=3, steps=1, octave_scale=1.2), Turns())
    assert render.start() and render.done.wait(60)
    assert list(render.every_octave) == [1, 2]
    assert all(frame.image.dtype == np.uint8 for frame in render.every_octave.values())


def test_octaves_too_large_for_the_filmstrip_are_not_kept(monkeypatch):
    monkeypatch.setattr("deepdream.web.server.render.MOST_FILM", 50_000)
    photo = Photo(np.zeros((120, 120, 3), np.float32))
    render = Render(photo, Recipe(octaves=4, steps=1, octave_scale=1.1), Turns())
    assert render.start() and render.done.wait(60)
    assert render.every_octave == {} and render.delivered is not None


@given(height=st.integers(1, 5000), width=st.integers(1, 5000), side=st.integers(0, 4000))
def test_a_photo_shrinks_to_a_side_and_never_grows(height, width, side):
    size = shrunk_size((height, width), side)
    assert size == (height, width) if side == 0 or max(height, width) <= side else max(size) == side


def test_a_host_may_keep_to_some_networks(tmp_path):
    from deepdream.errors import NetworkError
    from deepdream.web.server.host import Host

    host = Host(Visitors(tmp_path / "served", tmp_path / "private"), Limits(networks=("compact",)))
    assert host.networks() == ("compact",) and host.network("compact").name == "compact"
    with pytest.raises(NetworkError, match="is not on this page"):
        host.network("inception_v3")


# previews


@settings(max_examples=60)
@given(
    octaves=st.integers(1, 8), scale=st.floats(1.1, 2.0), steps=st.integers(1, 200), height=st.integers(40, 3000),
    width=st.integers(40, 3000), work=st.floats(0.05, 5.0),
)  # fmt: skip
def test_a_preview_keeps_to_its_time(octaves, scale, steps, height, width, work):
    recipe = Recipe(octaves=octaves, octave_scale=scale, steps=steps)
    quick, dreamed = preview_recipe(Costs().plan(recipe, (height, width)), minimum=32, work=work)
    sizes = plan_octaves(max((shrunk_size((height, width), 640), *quick.octave_sizes), key=np.prod), quick, 32).sizes
    megapixels = sum(h * w for h, w in quick.octave_sizes[:-1][:dreamed]) / 1e6
    least = SMALLEST**2 / 1e6 * LEAST_STEPS * 1.2
    assert megapixels * quick.steps <= max(work, least) * 1.05 or len(sizes) == 1
    assert 1 <= quick.steps <= max(steps, LEAST_STEPS)


def test_what_a_preview_waits_for_is_taken_from_its_steps_and_given_back(monkeypatch):
    clock, waits, asked = [0.0], [0.0], []

    class Timed:
        """Stand for a dream whose steps take a second a megapixel, after a wait."""

        def __init__(self, pixels, recipe, **_):
            asked.append(recipe.steps)
            self.sizes, self.steps = recipe.octave_sizes, recipe.steps

        def frames(self):
            clock[0] += waits[0]
            for octave, size in enumerate(self.sizes, 1):
                for step in range(self.steps):
                    clock[0] += fed_megapixels(size, 0)
                    yield Frame(
                        np.zeros((*size, 3), np.float32), octave, len(self.sizes), step, self.steps, 0, {}, 0, 0
                    )

    monkeypatch.setattr(previews, "Dream", Timed)
    monkeypatch.setattr(previews, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    costs, recipe = Costs(), Recipe(octaves=2, steps=100)
    given = {"turn": contextlib.nullcontext, "costs": costs, "network": SimpleNamespace(minimum_size=32)}

    def steps() -> int:
        photo = Photo(np.zeros((96, 128, 3), np.float32))
        previews.run_preview(photo, costs.plan(recipe, (96, 128)), stale=lambda: False, **given)
        return asked[-1]

    steps()  # learns the pace
    quiet = [steps() for _ in range(3)]
    waits[0] = 0.15
    busy = [steps() for _ in range(8)]
    assert quiet == [quiet[0]] * 3 and busy[-1] == pytest.approx(0.13 / 0.2 * quiet[0], abs=1)
    waits[0] = 30.0  # as a first step that compiles
    assert [steps() for _ in range(8)][-1] == pytest.approx(busy[-1], rel=0.25, abs=1)
    waits[0] = 0.0
    assert [steps() for _ in range(12)][-1] == quiet[0]


def test_a_preview_dreams_the_smallest_octaves_of_the_full_dream():
    quick, dreamed = preview_recipe(Costs().plan(Recipe(octaves=6), (768, 1024)), minimum=32, work=2.0)
    full = plan_octaves((768, 1024), Recipe(octaves=6), 32).sizes
    assert quick.octave_sizes[:dreamed] == full[:dreamed] and dreamed >= 2


def test_more_steps_make_a_stronger_preview():
    reach = []
    for steps in (10, 20, 40):
        quick, _ = preview_recipe(Costs().plan(Recipe(steps=steps), (600, 800)), minimum=32, work=0.5)
        reach.append(quick.steps * quick.step_size)
    assert reach == sorted(set(reach))


def test_shrinking_averages_over_areas():
    board = np.indices((64, 64)).sum(axis=0) % 2
    small = shrink(Photo(np.repeat(board[..., None], 3, axis=2).astype(np.float32)), 16)
    np.testing.assert_allclose(small.pixels, 0.5, atol=1e-6)


# sharing


RECIPES = [
    *[each.recipe for each in PRESETS.values()],
    Recipe(octaves=7, layers=(("conv4_2:3@0.5,0.25", -1.5),), flip=True, max_loss=-2.0),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_command_line_reads_what_the_page_says(recipe):
    from deepdream.cli import build_parser
    from deepdream.cli.options import base_recipe
    from deepdream.cli.setting_options import settings_given

    words = shlex.split(sharing.command_line(recipe))
    assert words[:3] == ["python", "-m", "deepdream"]
    options = build_parser().parse_args(words[3:])
    assert base_recipe(options).replace(**settings_given(options)) == recipe


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_python_lines_make_the_same_recipe(recipe):
    lines = [line for line in sharing.python_lines(recipe).splitlines() if line.startswith("recipe = ")]
    names = {"Recipe": Recipe, "preset": preset}
    exec(compile("\n".join(lines), "lines", "exec"), names)
    assert names["recipe"] == recipe


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_link_gives_the_same_recipe(recipe):
    assert sharing.recipe_from_link(sharing.link_query(recipe)) == recipe


def test_the_default_settings_need_no_link():
    assert sharing.link_query(Recipe()) == ""


def test_a_style_tells_of_the_memory_that_its_network_takes():
    costs = Costs()
    small, large = (600, 800), (3000, 4000)
    vgg19, compact = (STYLE_PRESETS[name] for name in ("vgg19", "compact"))
    assert costs.of_style(vgg19, small).memory > costs.of_style(compact, small).memory > costs.memory(small)
    # In tiles: the network's part grows no more with the picture.
    grown = costs.of_style(vgg19, (6000, 8000)).memory - costs.of_style(vgg19, large).memory
    assert grown == pytest.approx(costs.memory((6000, 8000)) - costs.memory(large))


def test_a_gray_frame_is_work_too():
    costs, size = Costs(), (400, 600)
    assert costs.plan(Recipe(pad=100), size).work > 1.5 * costs.plan(Recipe(), size).work
    plain, framed = (preview_recipe(Costs().plan(Recipe(pad=pad), size), minimum=32, work=1.0)[0] for pad in (0, 100))
    assert framed.steps < plain.steps or len(framed.octave_sizes) < len(plain.octave_sizes)


def test_what_was_moved_in_a_cut_counts_in_its_order_and_nonsense_does_not():
    moved = {"setting-octaves": 3, "wish-variation": 7, "setting-steps": 20, "wish-strength": 0.5}
    recipe = with_moves(Recipe(keep_colors=0.3), moved)
    assert (recipe.octaves, recipe.seed, recipe.steps, recipe.step_size, recipe.keep_colors) == (3, 7, 20, 0.025, 0.3)
    odd = {
        "setting-octaves": "x",
        "wish-size": [],
        "setting-nothing": 1,
        "": 2,
        "setting-steps": -1,
        "wish-strength": {},
    }
    for nonsense in (odd, None, [1], "a", {"setting-layers": 3}):
        assert with_moves(recipe, nonsense) == recipe
    counted = Recipe(octaves=4)
    assert with_moves(counted, {"wish-size": wishes_of(counted).size}) == counted  # its octaves are counted still


def test_a_dream_along_makes_a_painting_dearer_and_teaches_its_own_price():
    costs, painted, size = Costs(), STYLE_PRESETS["compact"], (400, 600)

    def plain():
        return costs.of_style(painted, size).seconds

    def dreamed():
        return costs.of_style(painted, size, Recipe()).seconds

    before = plain()
    assert dreamed() > 1.3 * before
    costs.learn(priced_style(painted, Recipe()), 10.0, 50.0)
    assert plain() == before and dreamed() == pytest.approx(5 * costs.style_work(painted, size))
    costs.learn(painted, 10.0, 10.0)
    assert plain() == pytest.approx(costs.style_work(painted, size))


def test_a_painting_that_is_too_much_names_the_largest_size_that_is_not():
    costs, whole, photo = Costs(Limits(seconds=30)), STYLE_PRESETS["compact"].replace(size=2048), (1365, 2048)
    seconds = {side: costs.of_style(whole.replace(size=side), photo).seconds for side in SIZES}
    side = StyleActions(SimpleNamespace(costs=costs)).fitting(whole, photo)
    assert side == max(each for each in SIZES if seconds[each] <= 30) and seconds[2048] > 30
    assert StyleActions(SimpleNamespace(costs=Costs(Limits(seconds=0.01)))).fitting(whole, photo) is None
