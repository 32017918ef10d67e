"""Results of the page are finished once, with their mask, whatever is moved afterwards."""

import numpy as np
import pytest

from deepdream.finishing import finish, soften_mask
from deepdream.images import Photo, rescale
from deepdream.recipe import Recipe
from deepdream.style.settings import STYLE_PRESETS
from deepdream.web.rooms.shared.results import Result, finished
from deepdream.web.rooms.style.state import Painting
from deepdream.web.server.render import Render
from deepdream.web.server.scheduler import Turns

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
    painting = Painting(
        raw=WHITE, photo=Photo(GRAY), original=Photo(GRAY), settings=STYLE_PRESETS["compact"], mask=SOFT, seconds=1.0,
        stopped=False, lines={},
    )  # fmt: skip
    np.testing.assert_array_equal(painting.finished(), np.where(SOFT[..., None] > 0, WHITE, GRAY))
    painting.settings = painting.settings.with_finish(Recipe(contrast=0.5, strength=0.8))
    np.testing.assert_array_equal(painting.finished()[20:], GRAY[20:])
    assert painting.finished()[0, 0, 0] == pytest.approx(0.9)
