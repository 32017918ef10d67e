"""What is heard in a sound: onsets, loudness in three bands, tempo and beats; NumPy only.

Onsets: the mean rise of a mel spectrogram in decibels (spectral flux). Tempo: the autocorrelation of the onsets,
weighted around 120 beats a minute. Beats: Ellis, Beat Tracking by Dynamic Programming, 2007, with his tightness of 100.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

RATE = 22_050  # samples a second
WINDOW, HOP = 2048, 256  # samples; a hop is 12 ms
SHORT = 512  # samples for onsets, which a long window would tell up to 40 ms too early
BANDS = {"bass": (20.0, 250.0), "middle": (250.0, 2000.0), "treble": (2000.0, 11_000.0)}  # hertz
MELS = 40
TIGHTNESS = 100.0
TEMPO, TEMPO_SPREAD = 120.0, 1.0  # beats a minute, octaves


@dataclass(frozen=True, eq=False)
class Hearing:
    """Hold a sound, mono float32 at 22,050 samples a second, and what is heard in it."""

    samples: np.ndarray

    def heard(self, feature: str, times: np.ndarray, attack: float, release: float) -> np.ndarray:
        """Return a feature at each time, in [0, 1] of its strongest, risen within `attack` and fallen within
        `release` seconds."""
        level = self._features[feature]
        top = np.percentile(level, 99) if len(level) else 0.0
        level = np.clip(level / top, 0.0, 1.0) if top > 0 else np.zeros_like(level)
        followed = _followed(level, *(_per_hop(each) for each in (attack, release)))
        return np.interp(times, np.arange(len(followed)) * HOP / RATE, followed, left=0.0, right=0.0)

    @cached_property
    def beat_times(self) -> np.ndarray:
        """Return the times of the beats in seconds; empty where no tempo is heard."""
        period = _period(self._onsets)
        return _tracked(self._onsets, period) * HOP / RATE if period else np.zeros(0)

    @cached_property
    def _onsets(self) -> np.ndarray:
        mels = 10 * np.log10(np.maximum(power(self.samples, SHORT) @ _mel_filters(), 1e-8))
        mels = np.maximum(mels, mels.max(initial=-80.0) - 80)
        rises = np.maximum(np.diff(mels, axis=0, prepend=mels[:1]), 0).mean(axis=1)
        return rises if len(rises) > 2 else np.zeros(len(rises))

    @cached_property
    def _features(self) -> dict[str, np.ndarray]:
        hertz, spectrum = np.fft.rfftfreq(WINDOW, 1 / RATE), power(self.samples, WINDOW)
        bands = {
            name: np.sqrt(spectrum[:, (hertz >= low) & (hertz < high)].sum(axis=1))
            for name, (low, high) in BANDS.items()
        }
        return bands | {"onset": self._onsets, "loudness": np.sqrt(spectrum.sum(axis=1))}


def power(samples: np.ndarray, length: int) -> np.ndarray:
    """Return a power spectrogram, (hops, length / 2 + 1) float32; hop n is centered on sample n * HOP."""
    views = np.lib.stride_tricks.sliding_window_view(np.pad(samples, length // 2), length)[::HOP]
    window = np.hanning(length + 1)[:-1].astype(np.float32)
    spectra = [np.abs(np.fft.rfft(views[at : at + 512] * window)) ** 2 for at in range(0, len(views), 512)]
    return np.concatenate(spectra).astype(np.float32)


def _mel_filters() -> np.ndarray:
    """Return triangles at even distances on the mel scale, (SHORT / 2 + 1, MELS)."""
    mels = np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), MELS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    hertz = np.fft.rfftfreq(SHORT, 1 / RATE)[:, None]
    rise = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rise, fall)).astype(np.float32)


def _period(onsets: np.ndarray) -> float:
    """Return the hops from beat to beat, to a part of a hop; 0 where no onsets repeat."""
    if onsets.size < 8 or onsets.max() <= 1e-3:
        return 0.0
    centered = onsets - onsets.mean()
    length = 1 << (2 * len(centered) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centered, length)) ** 2
    alike = np.fft.irfft(spectrum)[: len(centered)]
    lags = np.arange(1, min(len(alike), int(60 / 30 * RATE / HOP)))
    tempo = 60 * RATE / HOP / lags
    score = alike[lags] * np.exp(-0.5 * (np.log2(tempo / TEMPO) / TEMPO_SPREAD) ** 2)
    best = int(np.argmax(score))
    if score[best] <= 0:
        return 0.0
    if not 0 < best < len(lags) - 1:
        return float(lags[best])
    left, middle, right = score[best - 1 : best + 2]
    bend = left - 2 * middle + right
    return float(lags[best] + (0.5 * (left - right) / bend if bend < 0 else 0.0))


def _tracked(onsets: np.ndarray, period: float) -> np.ndarray:
    """Return the hops of the beats: the path that gathers most onset while its steps stay near the period."""
    spread = np.arange(-round(period), round(period) + 1)
    local = np.convolve(onsets / (onsets.std() + 1e-9), np.exp(-0.5 * (spread * 32 / period) ** 2), "same")
    steps = np.arange(-round(2 * period), -round(period / 2) + 1)
    costs = -TIGHTNESS * np.log(-steps / period) ** 2
    score, source = local.copy(), np.full(len(local), -1)
    for hop in range(len(local)):
        froms = hop + steps
        inside = froms >= 0
        if inside.any():
            sums = score[froms[inside]] + costs[inside]
            best = int(np.argmax(sums))
            if sums[best] > 0:
                score[hop], source[hop] = local[hop] + sums[best], froms[inside][best]
    return _followed_back(score, source, local, period)


def _followed_back(score: np.ndarray, source: np.ndarray, local: np.ndarray, period: float) -> np.ndarray:
    last = len(score) - 1 - int(np.argmax(score[::-1][: max(1, round(1.5 * period))]))
    beats = [last]
    while source[beats[-1]] >= 0:
        beats.append(int(source[beats[-1]]))
    path = np.array(beats[::-1])
    strong = local[path] > 0.2 * np.sqrt(np.mean(local[path] ** 2))  # silence before the first and after the last beat
    return path[strong.argmax() : len(path) - strong[::-1].argmax()] if strong.any() else path


def _followed(level: np.ndarray, rise: float, fall: float) -> np.ndarray:
    """Follow a level: of the way to it `rise` is gone at each hop upwards, `fall` downwards."""
    followed, now = np.empty(len(level)), 0.0
    for hop, wanted in enumerate(level):
        now += (rise if wanted > now else fall) * (wanted - now)
        followed[hop] = now
    return followed


def _per_hop(seconds: float) -> float:
    return 1.0 if seconds <= 0 else float(1 - np.exp(-HOP / RATE / seconds))
