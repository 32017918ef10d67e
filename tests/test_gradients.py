"""Gradient rules against SciPy, PyTorch-like literal loops and worked numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import correlate1d, gaussian_filter

from deepdream import gradients
from deepdream.recipe import Recipe

SMALL = np.array([[-3.0, 1.0], [2.0, -2.0]]).reshape(1, 2, 2, 1)
AWKWARD = [(1, 1), (1, 7), (2, 3), (5, 4), (17, 1), (16, 16), (31, 29), (64, 33)]


def noise(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def test_mean_abs_and_std_give_the_worked_numbers():
    np.testing.assert_allclose(gradients.by_mean_abs(SMALL)[0, ..., 0], [[-1.5, 0.5], [1.0, -1.0]])
    expected = [[-1.4552138, 0.4850713], [0.9701425, -0.9701425]]
    np.testing.assert_allclose(gradients.by_std(SMALL, 0.0)[0, ..., 0], expected, atol=1e-7)


def test_epsilon_is_added_or_is_a_floor_as_in_the_source():
    tiny = SMALL * 1e-7  # mean abs 2e-7
    np.testing.assert_allclose(gradients.by_mean_abs(tiny, 1e-7), tiny / 3e-7)
    np.testing.assert_allclose(gradients.by_mean_abs_floor(tiny, 1e-6), tiny / 1e-6)
    np.testing.assert_allclose(gradients.by_mean_abs_floor(tiny, 1e-9), tiny / 2e-7)
    np.testing.assert_allclose(gradients.by_std(tiny, 1e-6), tiny / (2.0615528128e-7 + 1e-6), rtol=1e-9)


def test_a_gradient_too_small_for_its_own_mean_stays_a_number():
    g = np.zeros((1, 64, 64, 3), np.float32)
    g[0, 0, 0, 0] = 1e-42
    for normalized in (gradients.by_mean_abs(g), gradients.by_std(g, 0.0), gradients.by_mean_abs_floor(g, 0.0)):
        assert np.isfinite(normalized).all() and not normalized[0, 1:].any()


@pytest.mark.parametrize("epsilon", [0.0, 1e-8])
@pytest.mark.parametrize("normalize", Recipe.settings()["normalize"].choices)
@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_zero_gradient_gives_zero_step(normalize, smoothing, epsilon):
    for mode in Recipe.settings()["smoothing_mode"].choices:
        recipe = Recipe(normalize=normalize, epsilon=epsilon, smoothing=smoothing, smoothing_mode=mode)
        step = gradients.treat(np.zeros((1, 9, 7, 3), np.float32), recipe, 0, 10)
        np.testing.assert_array_equal(step, np.zeros((1, 9, 7, 3)))


@pytest.mark.parametrize("normalize", Recipe.settings()["normalize"].choices)
def test_each_image_of_a_batch_is_treated_alone(normalize):
    recipe = Recipe(normalize=normalize, smoothing=1.0)
    g = noise(2, 12, 10, 3) * np.array([1.0, 50.0])[:, None, None, None]
    together, alone = gradients.treat(g, recipe, 3, 10), gradients.treat(g[1:], recipe, 3, 10)
    np.testing.assert_allclose(together[1:], alone, atol=1e-12)


@pytest.mark.parametrize("size", AWKWARD)
@pytest.mark.parametrize("sigma", [0.5, 1.3, 4.1])
def test_smoothing_equals_scipys_gaussians(size, sigma):
    g = noise(1, *size, 3)
    with_color = sum(gaussian_filter(g[0], s, mode="reflect", truncate=4.0) for s in (sigma, 2 * sigma, sigma / 2))
    np.testing.assert_allclose(gradients.smooth(g, sigma, "color")[0], with_color, atol=1e-12)
    alone = sum(gaussian_filter(g[0], (s, s, 0), mode="reflect", truncate=4.0) for s in (sigma, 2 * sigma, sigma / 2))
    np.testing.assert_allclose(gradients.smooth(g, sigma, "channels")[0], alone, atol=1e-12)


@pytest.mark.parametrize("size", AWKWARD)
def test_kernel9_is_pytorch_deepdreams_smoothing(size):
    g, sigma = noise(1, *size, 3), 1.7
    x = np.arange(-4, 5)
    blurred = np.zeros_like(g[0])
    for s in (0.5 * sigma, sigma, 2 * sigma):
        kernel = np.exp(-((x / s) ** 2) / 2)
        kernel /= kernel.sum()
        blurred += correlate1d(correlate1d(g[0], kernel, 0, mode="mirror"), kernel, 1, mode="mirror") / 3
    np.testing.assert_allclose(gradients.smooth(g, sigma, "kernel9")[0], blurred - blurred.mean(), atol=1e-12)


def test_a_large_gradient_smoothed_in_bands_is_the_same(monkeypatch):
    g = noise(1, 50, 40, 3)
    whole = gradients.smooth(g, 1.5, "color")
    monkeypatch.setattr(gradients, "BAND_PIXELS", 300)
    np.testing.assert_allclose(gradients.smooth(g, 1.5, "color"), whole, atol=1e-12)


def test_sigma_grows_over_the_steps_as_in_hvass():
    recipe = Recipe(normalize="none", smoothing=0.5, smoothing_growth=4.0)
    g = noise(1, 20, 20, 3)
    for i, sigma in enumerate([0.5, 0.9, 1.3, 1.7, 2.1, 2.5, 2.9, 3.3, 3.7, 4.1]):
        np.testing.assert_allclose(
            gradients.treat(g.copy(), recipe, i, 10), gradients.smooth(g, sigma, "color"), atol=1e-12
        )


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 5))
def test_merge_undoes_split_at_any_size(h, w, levels):
    image = noise(1, h, w, 3, seed=h * 100 + w)
    np.testing.assert_allclose(gradients.merge(gradients.split(image, levels)), image, atol=1e-12)


def test_split_gives_the_worked_numbers():
    low, high = gradients.split(np.ones((1, 16, 16, 1)), 1)
    low, high = low[0, ..., 0].numpy(), high[0, ..., 0].numpy()
    assert low[0, 0] == pytest.approx(0.87890625)
    assert low[3, 3] == pytest.approx(1.0)
    assert low[-1, -1] == pytest.approx(0.4727, abs=1e-4)
    assert high[8, 8] == pytest.approx(0.0, abs=1e-12)
    assert high[0, 0] == pytest.approx(0.7802734375)
    assert high[-1, -1] == pytest.approx(0.5896, abs=1e-4)
    bands = gradients.split(np.ones((1, 16, 16, 1)), 4)
    assert [band.shape[1] for band in bands] == [1, 2, 4, 8, 16]


def test_laplacian_gives_the_worked_numbers():
    g = np.random.RandomState(0).randn(1, 16, 16, 3)
    even = gradients.by_laplacian(g, 4)[0]
    assert np.sqrt(np.mean(even**2)) == pytest.approx(1.969422, abs=1e-6)
    assert even.mean() == pytest.approx(-0.876319, abs=1e-6)
    np.testing.assert_allclose(even[0, 0], [2.197787, 0.874784, 0.539454], atol=1e-6)


def test_rules_keep_float32():
    for normalize in Recipe.settings()["normalize"].choices:
        recipe = Recipe(normalize=normalize, smoothing=1.0)
        assert gradients.treat(noise(1, 8, 8, 3, dtype=np.float32), recipe, 0, 1).dtype == np.float32
