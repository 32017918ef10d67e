"""What is heard: click tracks of known tempo, tones in known bands, and how a track follows."""

import numpy as np
import pytest

from deepdream.film.hearing import RATE, Hearing


def clicks(bpm, seconds=20.0, first=0.31):
    """Return a click track, each click a burst of decaying noise, over faint noise; and the clicks' times."""
    rng = np.random.default_rng(int(bpm))
    samples = rng.normal(0, 1e-4, int(seconds * RATE)).astype(np.float32)
    burst = (rng.normal(size=1200) * np.exp(-np.arange(1200) / 200)).astype(np.float32)
    times = np.arange(first, seconds - 0.1, 60 / bpm)
    for time in times:
        at = round(time * RATE)
        samples[at : at + 1200] += burst[: len(samples) - at]
    return Hearing(samples), times


@pytest.mark.parametrize("bpm", [60, 90, 120, 140, 174])
def test_beats_of_a_click_track_lie_within_a_frame(bpm):
    hearing, times = clicks(bpm)
    beats = hearing.beat_times
    assert 60 / np.diff(beats).mean() == pytest.approx(bpm, rel=0.01)
    apart = np.abs(times[:, None] - beats[None]).min(axis=1)
    assert (apart <= 1 / 30).mean() >= 0.95
    assert len(beats) <= 1.05 * len(times) + 1


def test_silence_has_no_beats_and_no_sound():
    silence = Hearing(np.zeros(RATE, np.float32))
    assert len(silence.beat_times) == 0
    for feature in ("onset", "loudness", "bass", "middle", "treble"):
        assert silence.heard(feature, np.arange(4) / 4, 0, 0) == pytest.approx(np.zeros(4))


@pytest.mark.parametrize(("hertz", "band"), [(80, "bass"), (700, "middle"), (5000, "treble")])
def test_a_tone_is_heard_in_its_band(hertz, band):
    time = np.arange(2 * RATE) / RATE
    tone = np.where(time >= 1, np.sin(2 * np.pi * hertz * time), 0).astype(np.float32)
    hearing = Hearing(tone + np.random.default_rng(0).normal(0, 1e-3, tone.size).astype(np.float32))
    heard = hearing.heard(band, np.array([0.5, 1.5]), 0, 0)
    assert heard[0] < 0.05 and heard[1] > 0.8
    power = {name: hearing._features[name][-40] for name in ("bass", "middle", "treble")}
    assert max(power, key=power.get) == band


def test_attack_and_release_are_times():
    time = np.arange(2 * RATE) / RATE
    hearing = Hearing(np.where((time > 0.5) & (time < 1.0), np.sin(440 * 2 * np.pi * time), 0).astype(np.float32))
    quick = hearing.heard("loudness", np.array([0.45, 0.75, 1.2]), 0, 0)
    slow = hearing.heard("loudness", np.array([0.45, 0.7, 1.2]), 0.2, 0.2)
    assert quick == pytest.approx([0, 1, 0], abs=0.05)
    assert slow[1] == pytest.approx(1 - np.exp(-1), abs=0.1) and slow[2] == pytest.approx(slow_after(), abs=0.1)


def slow_after():
    return (1 - np.exp(-2.5)) * np.exp(-1)
