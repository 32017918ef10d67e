"""Results of the page are finished once, with their mask, whatever is moved afterwards."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from deepdream.dreaming import deliver, dream
from deepdream.finishing import finish, soften_mask
from deepdream.images import Photo, read_image, read_recipe, rescale, to_uint8
from deepdream.recipe import Recipe
from deepdream.style.settings import STYLE_PRESETS
from deepdream.web.rooms.dream.dreams import DreamActions
from deepdream.web.rooms.dream.results import ResultActions
from deepdream.web.rooms.shared import results
from deepdream.web.rooms.shared.finished import beside, write_result
from deepdream.web.rooms.shared.photos import Material, take_photos
from deepdream.web.rooms.shared.results import History, Result, finished
from deepdream.web.rooms.style.state import OwnStyle, Painting, Paintings, Wish
from deepdream.web.server.held import HeldPhoto
from deepdream.web.server.previews import Preview
from deepdream.web.server.render import Render
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitors

SOFT = np.pad(np.ones((20, 40), np.float32), ((0, 20), (0, 0)))  # the upper half, whose edge shall fade
GRAY, WHITE = np.full((40, 40, 3), 0.5, np.float32), np.ones((40, 40, 3), np.float32)


def test_a_result_is_finished_with_its_mask_once_whatever_is_moved():
    recipe = Recipe(mask_softness=12.0)
    result = Result("dream-1", recipe, Photo(GRAY), WHITE, mask=SOFT)
    edge = soften_mask(SOFT, 12.0)[..., None]
    np.testing.assert_allclose(finished(result), GRAY + edge * 0.5, atol=1e-6)
    result.recipe = recipe.replace(strength=0.5)
    np.testing.assert_allclose(finished(result), GRAY + edge * 0.25, atol=1e-6)
    small = finished(result, side=20)  # the softness is in pixels of the full size
    np.testing.assert_allclose(small, rescale(finished(result), (20, 20)), atol=1e-6)


def test_a_render_leaves_the_mask_to_the_finishing():
    turns = Turns()
    render = Render(Photo(GRAY), Recipe(steps=1, octaves=1, mask_softness=12.0), turns, mask=SOFT)
    *_, frame = render.frames()
    render.recipe = render.recipe.replace(steps=0)
    raw = next(render.frames()).image
    np.testing.assert_array_equal(raw, GRAY)
    assert frame.is_last and np.abs(frame.image[19] - GRAY[19]).max() > 0
    np.testing.assert_allclose(
        finish(frame.image, GRAY, render.recipe, SOFT)[19] - GRAY[19],
        (frame.image[19] - GRAY[19]) * soften_mask(SOFT, 12.0)[19][:, None], atol=1e-6,
    )  # fmt: skip


def test_a_painting_keeps_to_its_mask_whatever_is_moved():
    painting = painted(mask=SOFT)
    np.testing.assert_array_equal(finished(painting), np.where(SOFT[..., None] > 0, WHITE, GRAY))
    painting.recipe = Recipe(contrast=0.5, strength=0.8)
    np.testing.assert_array_equal(finished(painting)[20:], GRAY[20:])
    assert finished(painting)[0, 0, 0] == pytest.approx(0.9)
    assert painting.painted() == STYLE_PRESETS["compact"].replace(contrast=0.5, strength=0.8)


def painted(name="painting-1", *, original=None, **about):
    photo = original if original is not None else Photo(GRAY)
    return Painting(
        name=name, recipe=Recipe(), photo=photo, raw=WHITE,
        wish=Wish(photo, STYLE_PRESETS["compact"], [["waves", 1.0]], None, None), **about,
    )  # fmt: skip


def test_paintings_are_bounded_by_what_they_hold_their_own_styles_among_it(monkeypatch, tmp_path):
    own, photo, paintings = OwnStyle(np.zeros((100, 100, 3), np.uint8), ""), Photo(GRAY), Paintings()
    small = 40 * 40 * 3  # bytes of a painting at 8 bits a channel, or of the photo
    monkeypatch.setattr(results, "MOST_BYTES", 30000 + small + 6 * small)  # style, photo, the newest in floats, and two
    for number in range(5):
        file = tmp_path / f"{number}.jpg"
        file.touch()
        paintings.remember(painted(f"painting-{number}", original=photo, own={"own-1": own}, thumbnail=file))
        assert paintings.results[-1].raw.dtype == np.float32, "the newest can be finished anew"
    assert [each.name for each in paintings.results] == ["painting-2", "painting-3", "painting-4"]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["2.jpg", "3.jpg", "4.jpg"]
    assert paintings.kept_bytes() == 30000 + 6 * small
    paintings.results[0].mask = paintings.results[1].mask = SOFT
    assert paintings.kept_bytes() == 30000 + 6 * small + SOFT.nbytes, "what several share counts once"


def test_undo_goes_back_one_by_one_and_first_to_what_a_preview_covers():
    paintings = Paintings()
    assert paintings.before() is None
    for number in range(3):
        paintings.remember(painted(f"painting-{number}"))
    seen = []
    for _ in range(3):
        seen.append(paintings.before().name)
        paintings.current = paintings.before()
    assert seen == ["painting-1", "painting-0", "painting-0"]
    paintings.current, paintings.preview = paintings.results[2], Preview(GRAY, Photo(GRAY), None)
    assert paintings.before().name == "painting-2"
    paintings.renew()
    assert paintings.current is None and paintings.before().name == "painting-2"


class Folder:
    """Stand for a visitor: a folder for their files."""

    def __init__(self, path):
        self.path = path

    def new_file(self, ending):
        return self.path / f"file{ending}"

    def retire(self, path):
        pass


@pytest.fixture(scope="module")
def grown():
    """A dream of three octaves, with the last frames of the first two."""
    recipe = Recipe(octaves=3, steps=2, step_size=0.3, layers={"conv2": 1}, strength=0.9)
    photo = Photo(np.full((72, 96, 3), 0.5, np.float32))
    ends = [frame for frame in dream(photo, recipe, raw=True) if frame.ends_octave or frame.is_last]
    frames = {each.octave: replace(each, image=to_uint8(each.image)) for each in ends[:-1]}
    return Result("dream-1", recipe, photo, ends[-1].image, {"seconds": 1.0}, frames=frames)


def test_a_pair_shows_the_photo_and_the_dream_and_holds_the_recipe(grown, tmp_path):
    path = write_result(Folder(tmp_path), grown, "pair")
    picture = read_image(path).pixels
    assert picture.shape == (2 * 72 + 2, 96, 3), "wide ones stand below each other"
    np.testing.assert_allclose(picture[:72], grown.photo.pixels, atol=0.05)
    np.testing.assert_allclose(picture[-72:].mean(axis=(0, 1)), finished(grown).mean(axis=(0, 1)), atol=0.02)
    assert read_recipe(path) == grown.recipe


def test_an_upright_pair_stands_side_by_side():
    before, after = np.zeros((30, 20, 3), np.float32), np.full((30, 20, 3), 0.5, np.float32)
    pair = beside(before, after)
    assert pair.shape == (30, 42, 3)
    assert not pair[:, :20].any() and (pair[:, 20:22] == 1).all() and (pair[:, 22:] == 0.5).all()


def test_a_moving_picture_grows_octave_by_octave_and_holds_the_recipe(grown, tmp_path):
    path = write_result(Folder(tmp_path), grown, "moving")
    with Image.open(path) as moving:
        shown = []
        for index in range(moving.n_frames):
            moving.seek(index)
            shown.append(np.asarray(moving.convert("RGB"), np.float32) / 255)
    octaves = [deliver(frame, grown.photo, grown.recipe) for _, frame in sorted(as_floats(grown.frames).items())]
    expected = [grown.photo.pixels, *octaves, finished(grown)]
    assert len(shown) == len(expected) == 4
    for picture, one in zip(shown, expected, strict=True):
        np.testing.assert_allclose(picture.mean(axis=(0, 1)), one.mean(axis=(0, 1)), atol=0.02)
        nearest = min(range(4), key=lambda index: np.abs(picture - expected[index]).mean())
        assert expected[nearest] is one
    assert read_recipe(path) == grown.recipe


def as_floats(frames):
    return {octave: replace(each, image=each.image / np.float32(255)) for octave, each in frames.items()}


def test_a_result_that_comes_back_brings_the_name_of_its_photo(tmp_path):
    visitor = Visitors(tmp_path / "served", tmp_path / "private").of("somebody")
    photo = HeldPhoto(np.zeros((12, 16, 3), np.uint8))
    ours = Result("dream-3", Recipe(), photo, photo.planes, {}, photo_name="holiday.jpg")
    ResultActions(None).bring_back(visitor, ours)
    assert visitor.of(Material).name == "holiday.jpg" and visitor.of(Material).photo is photo


def test_until_the_first_frame_of_a_dream_its_own_preview_stays_and_no_other_picture(tmp_path):
    visitor = Visitors(tmp_path / "served", tmp_path / "private").of("somebody")
    take_photos(visitor, [("a.png", HeldPhoto(np.zeros((12, 16, 3), np.uint8)))], 0)
    actions, preview = DreamActions(None), np.full((12, 16, 3), 0.5, np.float32)
    visitor.of(History).preview = Preview(preview, Photo(preview), None)
    actions.preview_stage(visitor, Recipe(), {"key": "ready"})
    shown = visitor.frames[-1]
    visitor.write_picture(preview)  # as Explore does
    assert actions.busy(visitor, {"key": "queued"}, None)[0]["picture"]["path"] == str(shown)
