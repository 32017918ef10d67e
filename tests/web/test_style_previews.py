"""The live preview of a painting: few scales, few steps, within its time, and like the painting."""

import itertools

import numpy as np
import pytest

from deepdream.images import Photo, read_image, rescale, shrink
from deepdream.networks import load_network
from deepdream.style.paint import stylize
from deepdream.style.scales import result_size, scale_sizes
from deepdream.style.settings import STYLE_PRESETS, StyleSettings
from deepdream.web.rooms.style.previews import LARGEST, LEAST_STEPS, SMALLEST, preview_settings, run_style_preview
from deepdream.web.server.costs import Costs
from deepdream.web.server.previews import SIDE
from deepdream.web.server.scheduler import Turns

from .conftest import ASSETS

SETTINGS = STYLE_PRESETS["compact"].replace(size=256, steps=16)


def scales(settings: StyleSettings, size: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    return scale_sizes(result_size(size, settings), settings)


@pytest.mark.parametrize("size", [512, 0, 1024, 90])
@pytest.mark.parametrize("photo", [(341, 512), (2000, 300), (64, 64)])
def test_a_preview_paints_the_first_scales_of_the_painting(size, photo):
    settings = STYLE_PRESETS["compact"].replace(size=size)
    small, whole = (scales(each, photo) for each in (preview_settings(settings, photo, 2.0), settings))
    assert max(small[-1]) <= LARGEST and len(small) == max(1, sum(max(each) <= LARGEST for each in whole))
    assert all(abs(max(a) - max(b)) <= 2 for a, b in zip(small, whole, strict=False) if max(b) <= LARGEST)


@pytest.mark.parametrize("preset", STYLE_PRESETS)
@pytest.mark.parametrize("work", [0.01, 0.1, 1.2, 50.0])
def test_a_preview_fits_its_time_or_is_as_small_as_it_gets(preset, work):
    settings = STYLE_PRESETS[preset]
    quick = preview_settings(settings, (341, 512), work)
    done = sum(h * w for h, w in scales(quick, (341, 512))) / 1e6 * quick.steps
    assert done <= work or (quick.steps == LEAST_STEPS and quick.size == SMALLEST)
    assert quick.steps <= settings.steps and quick.step_size >= settings.step_size


def test_settings_without_steps_have_a_preview_without_steps():
    assert preview_settings(SETTINGS.replace(steps=0), (341, 512), 1.0).steps == 0


def preview(**about):
    """Return a photo, the styles, and a preview of a painting of the one in the manner of the others."""
    photo, styles = shrink(read_image(ASSETS / "cat.jpg"), 256), [read_image(ASSETS / "styles" / "marble.jpg").pixels]
    given = {"turn": Turns().preview_step, "costs": Costs(), "network": load_network("compact")}
    given |= {"shares": [1.0], "stale": lambda: False} | about
    return photo, styles, run_style_preview(photo, SETTINGS, styles=styles, **given)


@pytest.mark.slow
def test_a_preview_resembles_the_painting():
    photo, styles, done = preview()
    assert done.image.shape == photo.pixels.shape and done.photo.size == photo.size
    *_, last = stylize(photo, styles, SETTINGS, raw=True)
    changes = [rescale(image, (85, 128)) - rescale(photo.pixels, (85, 128)) for image in (done.image, last.image)]
    assert np.corrcoef(changes[0].ravel(), changes[1].ravel())[0, 1] > 0.7


def test_a_preview_that_nobody_wants_any_more_ends_at_its_next_step_and_holds_the_engine_for_one():
    turns, looked, held = Turns(), itertools.count(), []

    def stale():
        held.append(turns._busy)
        return next(looked) > 4

    assert preview(turn=turns.preview_step, stale=stale)[2] is None
    assert len(held) <= 8 and not any(held), "between its steps the engine is free"


def test_a_large_photo_is_previewed_at_the_size_of_the_page_with_its_mask_and_detail():
    large = Photo(np.random.default_rng(0).random((600, 900, 3), np.float32))
    done = run_style_preview(
        large, SETTINGS.replace(steps=0), styles=[np.ones((32, 32, 3), np.float32)], shares=[1.0],
        mask=np.zeros((600, 900), np.float32), turn=Turns().preview_step, costs=Costs(),
        network=load_network("compact"), stale=lambda: False,
    )  # fmt: skip
    assert max(done.photo.size) == SIDE and done.mask.shape == done.photo.size
    np.testing.assert_allclose(done.image, done.photo.pixels, atol=1e-5)
