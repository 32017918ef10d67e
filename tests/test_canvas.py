"""What is changed at a step: pixels, decorrelated colors, Fourier images and phases alone."""

import itertools
import math

import numpy as np
import pytest
from tiny import photo

from deepdream.canvas import COLOR_MIX, NATURAL_STEP, Fourier, Phases, Pixels, make_canvas, spectrum_scale
from deepdream.optimizers import Adam
from deepdream.recipe import Recipe

SIZES = [(4, 4), (6, 5), (5, 8), (1, 1), (1, 6), (7, 1), (33, 20)]


def random(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("size", [(4, 4), (5, 7), (6, 3), (1, 8), (9, 1)])
@pytest.mark.parametrize("decay", [1.0, 1.5])
def test_each_wave_is_scaled_by_its_own_frequency(size, decay):
    """Lucid's rule, wave by wave: sqrt(w h) / max(|f|, 1 / max(w, h)) ** decay, where f counts turns a pixel."""
    h, w = size
    scale = spectrum_scale(size, decay)
    assert scale.shape == (h, w // 2 + (2 if w % 2 else 1))
    for row, column in itertools.product(*map(range, scale.shape)):
        down = (row if row < (h + 1) // 2 else row - h) / h
        across = column / w
        if column == w // 2 + 1:  # of an odd width, which is drawn one pixel wider: the wave that comes after the last
            across = (column - w) / w if w > 1 else 0.5
        expected = math.sqrt(w * h) / max(math.hypot(down, across), 1 / max(w, h)) ** decay
        assert scale[row, column] == pytest.approx(expected, rel=1e-5), (row, column)


def test_the_spectrum_has_the_worked_numbers():
    scale = spectrum_scale((4, 4))
    assert scale.shape == (4, 3)
    assert scale[0, 0] == 16
    assert scale.min() == pytest.approx(5.656854, abs=1e-6)


def test_colors_have_the_worked_numbers():
    assert np.abs(np.linalg.norm([[0.26, 0.27, 0.27]])) == pytest.approx(0.4619524, abs=1e-7)
    mixed = COLOR_MIX @ [1, 0, 0]
    np.testing.assert_allclose(mixed, [0.562829, 0.584476, 0.584476], atol=1e-6)
    np.testing.assert_allclose(1 / (1 + np.exp(-mixed)), [0.637107, 0.642097, 0.642097], atol=1e-6)


def test_the_fourier_image_is_lucids_formula_by_numpy():
    for h, w in SIZES:
        spectrum = random().normal(0, 0.01, (h, w // 2 + 1 + w % 2, 3, 2)).astype(np.float32)
        waves = (spectrum[..., 0] + 1j * spectrum[..., 1]) * spectrum_scale((h, w))[..., None]
        if w > 1:
            drawn = np.fft.irfft2(waves, s=(h, w + w % 2), axes=(0, 1))[:, :w] / 4
            expected = 1 / (1 + np.exp(-(drawn @ COLOR_MIX.T)))
            np.testing.assert_allclose(Fourier(spectrum, (h, w)).show(), expected, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("decorrelate", [True, False])
def test_a_fourier_image_fits_a_photo(size, decorrelate):
    picture = photo(*size)
    np.testing.assert_allclose(Fourier.fit(picture, decorrelate=decorrelate).show(), picture, atol=2e-5)


def test_a_fourier_image_comes_close_to_black_and_white():
    picture = np.zeros((8, 8, 3), np.float32)
    picture[:, 4:] = 1.0
    assert np.abs(Fourier.fit(picture).show() - picture).max() < 2e-3


def test_fourier_learns_a_photo_by_adam():
    target, canvas, adam = photo(10, 12), Fourier.noise((10, 12), random()), Adam()
    before = np.mean((canvas.show() - target) ** 2)
    for _ in range(250):
        canvas.move(adam(canvas.pull_back(target - canvas.show())), 0.05, None)
    assert np.mean((canvas.show() - target) ** 2) < before / 10


@pytest.mark.parametrize("canvas", [Fourier.noise((6, 5), random()), Phases.noise((6, 7), random())])
def test_pull_back_points_along_the_true_derivative(canvas):
    picture = canvas.show()
    gradient = random(1).normal(size=picture.shape).astype(np.float32)
    direction = canvas.pull_back(gradient)
    base, length = canvas.values.copy(), 1e-2 / np.abs(direction).max()
    way = random(2).normal(size=base.shape).astype(np.float32)
    shown = []
    for sign in (1, -1):
        canvas.values = base + sign * length * way
        shown.append(canvas.show().astype(np.float64))
    canvas.values = base
    slope = np.sum(gradient * (shown[0] - shown[1])) / (2 * length)
    assert slope == pytest.approx(np.sum(direction * way), rel=2e-2)


def test_only_plain_steps_are_evened_out():
    recipe = Recipe(parametrization="fourier")
    gradient = random(1).normal(size=photo().shape).astype(np.float32)
    true = Fourier.fit(photo(), decorrelate=False).pull_back(gradient)
    np.testing.assert_array_equal(make_canvas(photo(), recipe.replace(optimizer="adam")).pull_back(gradient), true)
    evened = make_canvas(photo(), recipe).pull_back(gradient)
    factor = np.sum(evened * true) / np.sum(true * true)
    np.testing.assert_allclose(evened, factor * true, rtol=1e-3, atol=1e-5 * np.abs(evened).max())
    assert abs(factor - 1) > 0.1


def test_a_plain_step_changes_a_fourier_image_as_much_as_pixels():
    canvas = Fourier.fit(photo(24, 24), evened=True)
    before = canvas.show()
    gradient = random().normal(size=before.shape).astype(np.float32)
    canvas.move(canvas.pull_back(gradient), 1e-3, None)
    change = np.sqrt(np.mean((canvas.show() - before) ** 2))
    assert change == pytest.approx(1e-3 * np.sqrt(np.mean(gradient**2)), rel=0.02)


def test_phases_never_change_the_strength_of_a_wave():
    canvas = Phases.noise((16, 16), random())

    def strengths():
        p = canvas.show().astype(np.float64)
        return np.abs(np.fft.rfft2(np.log(p / (1 - p)) @ np.linalg.inv(COLOR_MIX.T), axes=(0, 1)))

    before = strengths()
    canvas.move(random(1).normal(size=canvas.values.shape).astype(np.float32), 1.0, None)
    # Column 0 and the last hold each wave twice, where two free phases interfere: all others keep their strength.
    np.testing.assert_allclose(strengths()[:, 1:-1], before[:, 1:-1], rtol=1e-2, atol=1e-3)


def test_phases_leave_the_brightness_of_the_whole_gray():
    for seed in range(3):
        p = Phases.noise((16, 16), random(seed)).show().astype(np.float64)
        np.testing.assert_allclose(np.log(p / (1 - p)).mean(axis=(0, 1)), 0.0, atol=1e-4)


def test_decorrelated_steps_keep_their_size_and_favor_natural_colors():
    canvas = Pixels(photo(), decorrelate=True)
    gray, magenta = np.ones((50, 50, 3), np.float32), np.ones((50, 50, 3), np.float32) * np.float32([1, -2, 1]) / 2
    assert np.std(canvas.pull_back(gray) @ [1, 1, 1]) == 0
    assert np.abs(canvas.pull_back(gray)).mean() > 4 * np.abs(canvas.pull_back(magenta)).mean()
    noise = random().normal(size=(200, 200, 3)).astype(np.float32)
    assert np.sqrt(np.mean(canvas.pull_back(noise) ** 2)) == pytest.approx(1.0, rel=0.02)
    assert NATURAL_STEP.dtype == np.float32


def test_pixels_move_in_place_inside_the_mask_and_are_clipped():
    picture = photo(6, 6)
    canvas, before = Pixels(picture), picture.copy()
    mask = np.zeros((6, 6), np.float32)
    mask[:3] = 1
    canvas.move(np.full((6, 6, 3), 10.0, np.float32), 0.5, mask)
    assert canvas.show() is picture
    np.testing.assert_array_equal(picture[3:], before[3:])
    np.testing.assert_array_equal(picture[:3], 1.0)


def test_a_step_shrinks_with_the_room_that_is_left():
    picture = np.array([0.0, 0.05, 0.1, 0.2, 0.5, 0.9, 1.0], np.float32)[None, :, None].repeat(3, axis=2)
    before, direction = picture.copy(), np.ones_like(picture)
    Pixels(picture, headroom=0.2).move(direction, 0.1, None)
    factor = [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    np.testing.assert_allclose((picture - before)[0, :, 0], 0.1 * np.array(factor), atol=1e-6)
    picture[:] = before
    Pixels(picture, headroom=0.2).move(-direction, 0.1, None)
    factor = [0.0, 0.25, 0.5, 1.0, 1.0, 1.0, 1.0]
    np.testing.assert_allclose((before - picture)[0, :, 0], 0.1 * np.array(factor), atol=1e-6)


def test_recipes_choose_their_canvas():
    assert isinstance(make_canvas(photo(), Recipe()), Pixels)
    assert isinstance(make_canvas(photo(), Recipe(parametrization="fourier")), Fourier)
