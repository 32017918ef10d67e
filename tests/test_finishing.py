"""What is done after a dream: laws of strength, colors, contrast and mask."""

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import picture

from deepdream.errors import ImageError
from deepdream.finishing import finish, fitted_mask, soften_mask
from deepdream.images import Photo
from deepdream.recipe import Recipe

PHOTO, DREAM = picture(20, 30, seed=1), picture(20, 30, seed=2)
LUMA = np.array([0.2126, 0.7152, 0.0722])


def test_the_defaults_give_the_dream_itself():
    np.testing.assert_array_equal(finish(DREAM, PHOTO, Recipe()), DREAM)


def test_strength_goes_from_the_photo_to_the_dream_in_a_straight_line():
    np.testing.assert_array_equal(finish(DREAM, PHOTO, Recipe(strength=0)), PHOTO)
    half = finish(DREAM, PHOTO, Recipe(strength=0.5))
    np.testing.assert_allclose(half, (DREAM + PHOTO) / 2, atol=1e-6)
    np.testing.assert_allclose(finish(DREAM, PHOTO, Recipe(strength=2)), np.clip(2 * DREAM - PHOTO, 0, 1), atol=1e-6)


@pytest.mark.parametrize("change", [{"strength": 0.7}, {"keep_colors": 0.5}, {"contrast": 1.3}, {"strength": 0.0}])
def test_a_dream_that_is_the_photo_stays_the_photo_but_for_contrast(change):
    finished = finish(PHOTO, PHOTO, Recipe(**change))
    if "contrast" in change:
        assert np.abs(finished - PHOTO).max() > 0.05
    else:
        np.testing.assert_allclose(finished, PHOTO, atol=1e-6)


def test_keeping_colors_gives_the_dreams_luma_and_the_photos_chroma():
    photo, dream = 0.4 + 0.2 * PHOTO, 0.4 + 0.2 * DREAM  # far enough from the ends that nothing is clipped
    kept = finish(dream, photo, Recipe(keep_colors=1))
    np.testing.assert_allclose(kept @ LUMA, dream @ LUMA, atol=1e-6)
    np.testing.assert_allclose(kept - (kept @ LUMA)[..., None], photo - (photo @ LUMA)[..., None], atol=1e-6)


def test_keeping_colors_by_half_is_half_way():
    photo, dream = 0.4 + 0.2 * PHOTO, 0.4 + 0.2 * DREAM
    whole = finish(dream, photo, Recipe(keep_colors=1))
    np.testing.assert_allclose(finish(dream, photo, Recipe(keep_colors=0.5)), (dream + whole) / 2, atol=1e-6)


def test_keeping_colors_by_half_is_half_way_to_colors_that_exist():
    dream, photo = np.full((1, 1, 3), 0.5, np.float32), np.full((1, 1, 3), [1.0, 0.0, 0.0], np.float32)
    added = 0.5 - 0.2126  # to the photo's channels, for the dream's luma: red would be 1.29, which no picture has
    kept = finish(dream, photo, Recipe(keep_colors=0.5))
    np.testing.assert_allclose(kept[0, 0], [(0.5 + 1.0) / 2, (0.5 + added) / 2, (0.5 + added) / 2], atol=1e-5)


def test_a_gray_photo_makes_a_gray_dream_and_a_hue_is_kept():
    gray = np.repeat(PHOTO[..., :1], 3, axis=2)
    kept = finish(DREAM, gray, Recipe(keep_colors=1))
    np.testing.assert_allclose(kept[..., 0], kept[..., 2], atol=1e-6)
    photo = np.full((1, 1, 3), [0.5, 0.4, 0.3], np.float32)
    kept = finish(np.full((1, 1, 3), [0.2, 0.4, 0.6], np.float32), photo, Recipe(keep_colors=1))
    assert colorsys.rgb_to_hsv(*kept[0, 0])[0] == pytest.approx(colorsys.rgb_to_hsv(*photo[0, 0])[0], abs=1e-3)


def test_contrast_stretches_about_the_mean():
    dream = 0.4 + 0.2 * DREAM
    stretched = finish(dream, PHOTO, Recipe(contrast=1.5))
    np.testing.assert_allclose(stretched, dream.mean() + 1.5 * (dream - dream.mean()), atol=1e-5)
    np.testing.assert_allclose(finish(DREAM, PHOTO, Recipe(contrast=0)), np.full_like(DREAM, DREAM.mean()), atol=1e-6)


def test_a_mask_is_an_array_or_a_picture_of_any_size():
    white = np.zeros((20, 30), bool)
    white[:, 15:] = True
    picture = Photo(np.repeat(white[..., None], 3, axis=2) * np.float32([0.2, 0.4, 0.9]))
    assert fitted_mask(None, (20, 30)) is None
    for mask in (white, np.uint8(255) * white, white[..., None].astype(float)):
        np.testing.assert_array_equal(fitted_mask(mask, (20, 30)), white)
    np.testing.assert_allclose(fitted_mask(picture, (20, 30)), 0.5 * white, atol=1e-6)
    assert fitted_mask(picture, (40, 60)).shape == (40, 60)


def test_a_mask_shows_the_dream_inside_and_the_photo_outside():
    mask = np.zeros((20, 30), np.float32)
    mask[:, 15:] = 1
    finished = finish(DREAM, PHOTO, Recipe(), mask)
    np.testing.assert_array_equal(finished[:, :15], PHOTO[:, :15])
    np.testing.assert_array_equal(finished[:, 15:], DREAM[:, 15:])
    soft = finish(DREAM, PHOTO, Recipe(mask_softness=8), mask)
    np.testing.assert_array_equal(soft[:, :11], PHOTO[:, :11])
    np.testing.assert_allclose(soft[:, 19:], DREAM[:, 19:], atol=1e-6)
    assert np.abs(soft[:, 11:19] - finished[:, 11:19]).max() > 0.05


@pytest.mark.parametrize("softness", [3, 4, 9.5, 40])
def test_the_edge_of_a_mask_fades_over_its_softness(softness):
    mask = np.zeros((5, 200))
    mask[:, 100:] = 1
    edge = soften_mask(mask, softness)[2]
    assert (np.diff(edge) >= -1e-6).all() and edge[0] == 0 and edge[-1] == 1
    assert abs(((edge > 0) & (edge < 1)).sum() - softness) <= 2
    np.testing.assert_allclose(edge + edge[::-1], 1, atol=1e-5)  # symmetric about the edge
    np.testing.assert_allclose(soften_mask(mask.T, softness)[:, 2], edge, atol=1e-6)


@given(st.floats(0, 1000), st.integers(1, 12), st.integers(1, 12), st.floats(0, 1))
def test_a_constant_mask_stays_constant(softness, height, width, value):
    soft = soften_mask(np.full((height, width), value), softness)
    assert soft.shape == (height, width) and soft.dtype == np.float32
    np.testing.assert_allclose(soft, value, atol=1e-5)


def test_a_soft_mask_is_the_average_over_a_window():
    mask = np.random.default_rng(0).random((9, 40))
    window = 2 * 2.5  # softness 10: two averages over 5 pixels each way
    expected = mask.copy()
    for axis in (1, 0, 1, 0):
        padded = np.pad(expected, [(3, 3) if each == axis else (0, 0) for each in (0, 1)], mode="edge")
        length = expected.shape[axis]
        expected = sum(np.take(padded, range(k, k + length), axis) for k in range(1, 6)) / window
    np.testing.assert_allclose(soften_mask(mask, 10), expected, atol=1e-6)


def test_different_sizes_are_refused():
    with pytest.raises(ImageError, match=r"need one size, received result \(20, 30, 3\), photo \(19, 30, 3\)"):
        finish(DREAM, PHOTO[1:], Recipe())
    with pytest.raises(ImageError, match=r"mask \(3, 3\)"):
        finish(DREAM, PHOTO, Recipe(), np.ones((3, 3)))


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 3))
def test_a_finished_picture_is_valid_and_the_inputs_are_left_alone(strength, keep, contrast):
    before = DREAM.copy(), PHOTO.copy()
    finished = finish(DREAM, PHOTO, Recipe(strength=strength, keep_colors=keep, contrast=contrast))
    assert finished.dtype == np.float32 and finished.min() >= 0 and finished.max() <= 1
    np.testing.assert_array_equal((DREAM, PHOTO), before)
