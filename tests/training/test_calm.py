"""What is measured of a dream, on changes whose figures are known beforehand."""

import numpy as np
import pytest

from training.calm import agreement, measure

PHOTO = np.full((96, 128, 3), 0.5, np.float32)


def test_no_change_has_no_strength_and_no_grain():
    figures = measure(PHOTO, PHOTO)
    assert figures["strength"] == figures["clipped"] == 0 and figures["grain"] < 0.01


def test_an_even_change_has_its_own_strength_and_no_edge():
    figures = measure(PHOTO, PHOTO + 0.1)
    assert figures["strength"] == pytest.approx(25.5, rel=1e-3)
    assert figures["edge"] == pytest.approx(1.0) and figures["grain"] < 0.01


def test_a_frame_is_an_edge():
    framed = PHOTO + 0.1
    framed[:16], framed[-16:], framed[:, :16], framed[:, -16:] = 0.8, 0.8, 0.8, 0.8
    assert measure(PHOTO, framed)["edge"] == pytest.approx(3.0, rel=1e-3)


def test_stipple_counts_in_flat_parts_alone():
    stipple = np.indices(PHOTO.shape[:2]).sum(axis=0) % 2 * 0.1 - 0.05
    busy = PHOTO.copy()
    busy[:, 64:] += np.random.default_rng(0).uniform(-0.4, 0.4, (96, 64, 3))
    dreams = [busy.copy(), busy.copy()]
    dreams[0][:, :64] += stipple[:, :64, None]
    dreams[1][:, 64:] += stipple[:, 64:, None]
    flat, rough = (measure(busy.astype(np.float32), each.astype(np.float32))["grain"] for each in dreams)
    assert flat == pytest.approx(0.05 * 255, rel=0.05) and rough < 1


def test_clipped_values_count_in_per_cent():
    clipped = PHOTO.copy()
    clipped[:24] = 1.0
    assert measure(PHOTO, clipped)["clipped"] == pytest.approx(25.0)


def test_a_change_agrees_with_its_own_enlargement_alone():
    random = np.random.default_rng(0)
    coarse = random.normal(size=(24, 32, 3)).astype(np.float32)
    small, large = (coarse.repeat(n, axis=0).repeat(n, axis=1) for n in (8, 16))
    assert agreement([small, large]) > 0.99
    assert abs(agreement([small, random.permutation(large)])) < 0.3
