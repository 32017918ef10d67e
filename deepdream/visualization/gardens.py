"""Gardens: where the pictures of a batch grow from noise, and how a step moves them.

    lucid     a Fourier image in decorrelated colors, seen padded by 12 pixels of gray, shifted by up to 8, zoomed by
              0.9 to 1.1, turned by up to 10 degrees and shifted by up to 4 again; Adam with a step of 0.05
    maco      the phases of waves whose strengths are fixed at those of natural photos, seen as with lucid; Adam with a
              step of 0.2 rad
    chollet   x = (U - 0.5) * 20 + 128 on 0..255; x += gradient / (rms(gradient) + 1e-5); shown with mean 0.5 and
              standard deviation 0.1

Sources: Olah, Mordvintsev, Schubert, "Feature Visualization", 2017, and its code Lucid, whose zoom changes the size of
what the network sees: here it stays, about the middle; its turns and zooms are drawn from short lists, with the nearest
pixel and black corners, ours from a range, interpolated, with the edges continued; and its 512 steps are 256 here. Fel
and others, "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization", 2023, whose
strengths are ImageNet's mean and whose views are crops with noise: here they are 1 / frequency and Lucid's, without
noise. Its code (Xplique) also standardizes phases and picture at each step, draws the first phases from a normal
distribution, ours uniformly, and steps by Nadam of 1.0, ours by Adam.
Chollet, "How convolutional neural networks see the world", 2016.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from deepdream.canvas import Canvas, Fourier, Phases, spectrum_scale
from deepdream.networks import Network
from deepdream.optimizers import Adam
from deepdream.transforms import View
from deepdream.visualization.presets import Portrait

GRAY_MARGIN, SHIFT_BEFORE, SHIFT_AFTER = 12, 8, 4  # pixels (Lucid)
TURN, ZOOM = 10.0, 0.1  # degrees; share
LUCID_STEP = 0.05  # Adam's, on the spectrum
MACO_STEP = 0.2  # Adam's, radians
CHOLLET_EPSILON = 1e-5


class Garden:
    """Hold a batch of pictures on their way."""

    def pictures(self) -> np.ndarray:
        """Return the pictures as a network is to see them, (n, h, w, 3), about in [0, 1]."""
        raise NotImplementedError

    def show(self) -> np.ndarray:
        """Return the pictures as a person is to see them, (n, h, w, 3) in [0, 1]."""
        return self.pictures()

    def view(self) -> tuple[np.ndarray, Any]:
        """Return the pictures in this step's view, and the way back for a gradient of the view."""
        raise NotImplementedError

    def move(self, gradient: np.ndarray) -> None:
        """Step along a gradient (n, h, w, 3) with respect to the pictures."""
        raise NotImplementedError


class Waves(Garden):
    """Grow canvases of waves by Adam under changing views, which are the same for all of a batch.

    The pictures of several channels start alike, so that none depends on which others are grown beside it; variants of
    one picture start each from noise of their own.
    """

    def __init__(self, canvases: Sequence[Canvas], seed: int, length: float) -> None:
        self._canvases = canvases
        self._random = np.random.default_rng(seed)
        self._adam = Adam()
        self._length = length

    def pictures(self) -> np.ndarray:
        return np.stack([canvas.show() for canvas in self._canvases])

    def view(self) -> tuple[np.ndarray, Any]:
        top, left, turn, zoom, top_2, left_2 = self._random.random(6)
        view = View(angle=TURN * (2 * turn - 1), zoom=1 + ZOOM * (2 * zoom - 1))
        before, after = _window(SHIFT_BEFORE, top, left), _window(SHIFT_AFTER, top_2, left_2)
        margin = [(0, 0), (GRAY_MARGIN, GRAY_MARGIN), (GRAY_MARGIN, GRAY_MARGIN), (0, 0)]
        padded = np.pad(self.pictures(), margin, constant_values=0.5)  # (n, h, w, 3)
        bent, unbend = view.warp(_as_channels(padded[:, before[0], before[1]]))
        seen = _as_batch(bent)[:, after[0], after[1]]

        def pull_back(g: np.ndarray) -> np.ndarray:
            whole_view = np.zeros(_as_batch(bent).shape, np.float32)
            whole_view[:, after[0], after[1]] = g
            whole = np.zeros(padded.shape, np.float32)
            whole[:, before[0], before[1]] = _as_batch(unbend(_as_channels(whole_view)))
            return whole[:, GRAY_MARGIN:-GRAY_MARGIN, GRAY_MARGIN:-GRAY_MARGIN]

        return seen, pull_back

    def move(self, gradient: np.ndarray) -> None:
        pulled = [canvas.pull_back(g) for canvas, g in zip(self._canvases, gradient, strict=True)]
        for canvas, direction in zip(self._canvases, self._adam(np.stack(pulled)), strict=True):
            canvas.move(direction, self._length, None)


class Lucid(Waves):
    """Grow Fourier images."""

    def __init__(self, count: int, portrait: Portrait, network: Network) -> None:
        size = (portrait.size, portrait.size)
        self._kept = _waves_kept(size, portrait.finest_wave)[..., None, None]
        canvases = []
        for random in _randoms(count, portrait):
            spectrum = Fourier.noise(size, random).values * self._kept
            canvases.append(Fourier(spectrum, size, decay=portrait.smoothness))
        super().__init__(canvases, portrait.seed, LUCID_STEP * portrait.vividness)

    def move(self, gradient: np.ndarray) -> None:
        super().move(gradient)
        for canvas in self._canvases:
            canvas.values *= self._kept


class Maco(Waves):
    """Grow pictures whose waves keep their strengths."""

    def __init__(self, count: int, portrait: Portrait, network: Network) -> None:
        size = (portrait.size, portrait.size)
        kept = _waves_kept(size, portrait.finest_wave)[..., None]
        canvases = [
            Phases.noise(size, random, decay=portrait.smoothness, kept=kept) for random in _randoms(count, portrait)
        ]
        super().__init__(canvases, portrait.seed, MACO_STEP * portrait.vividness)


class Chollet(Garden):
    """Grow pixels by plain steps along the gradient, normalized in the network's units; a step is one of 255 levels."""

    def __init__(self, count: int, portrait: Portrait, network: Network) -> None:
        noise = np.stack([random.random((portrait.size, portrait.size, 3)) for random in _randoms(count, portrait)])
        self._x = (((noise - 0.5) * 20 + 128) / 255).astype(np.float32)  # (n, h, w, 3), on 0..1 but not clipped
        self._scale = network.scale
        self._length = portrait.vividness / 255

    def pictures(self) -> np.ndarray:
        return self._x

    def show(self) -> np.ndarray:
        x = self._x - self._x.mean(axis=(1, 2, 3), keepdims=True)
        x /= x.std(axis=(1, 2, 3), keepdims=True) + CHOLLET_EPSILON
        return np.clip(x * 0.1 + 0.5, 0.0, 1.0)

    def view(self) -> tuple[np.ndarray, Any]:
        return self._x, lambda g: g

    def move(self, gradient: np.ndarray) -> None:
        g = gradient / self._scale  # in the network's units, where the epsilon means something
        rms = np.sqrt(np.mean(np.square(g), axis=(1, 2, 3), keepdims=True))
        self._x += self._length * np.sign(self._scale) * g / (rms + CHOLLET_EPSILON)


GARDENS = {"lucid": Lucid, "maco": Maco, "chollet": Chollet}


def _randoms(count: int, portrait: Portrait) -> Iterator[np.random.Generator]:
    """Yield a source of noise for each picture: all alike, or each variant its own."""
    for index in range(count):
        yield np.random.default_rng(portrait.seed if portrait.variants == 1 else (portrait.seed, index))


def _waves_kept(size: tuple[int, int], finest: float) -> np.ndarray:
    """Return 1 for each wave of a spectrum that is at least `finest` pixels long, else 0, float32 (h, w')."""
    scale = spectrum_scale(size)  # sqrt(w * h) / frequency
    frequency = np.sqrt(size[0] * size[1]) / scale
    return (frequency <= 1 / finest + 1e-6).astype(np.float32) if finest > 2.0 else np.ones_like(scale)


def _window(shift: int, top: float, left: float) -> tuple[slice, slice]:
    """Return the rows and columns that a random crop by `shift` pixels keeps; the shares are in [0, 1)."""
    y, x = int(top * (shift + 1)), int(left * (shift + 1))
    return slice(y, y - shift or None), slice(x, x - shift or None)


def _as_channels(batch: np.ndarray) -> np.ndarray:
    """Return (n, h, w, 3) as one picture (h, w, n * 3), so that one view turns them all."""
    n, h, w, c = batch.shape
    return batch.transpose(1, 2, 0, 3).reshape(h, w, n * c)


def _as_batch(picture: np.ndarray) -> np.ndarray:
    h, w, c = picture.shape
    return picture.reshape(h, w, c // 3, 3).transpose(2, 0, 1, 3)
