"""What is changed at a step: pixels, pixels in decorrelated colors, or the waves of a Fourier image.

A canvas holds numbers (`values`) and shows them as a picture; `pull_back` turns a gradient with respect to the picture
into one with respect to the numbers.

Sources: Olah, Mordvintsev, Schubert, "Feature Visualization", 2017, and its code Lucid (Fourier image, decorrelated
colors); Fel et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization",
2023 (phases alone).
"""

from typing import Protocol

import numpy as np

from deepdream.images import row_blocks
from deepdream.recipe import Recipe

# Rows: red, green, blue; columns: the directions in which the colors of natural photos vary independently (Lucid).
COLOR_DIRECTIONS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
COLOR_MIX = COLOR_DIRECTIONS / np.linalg.norm(COLOR_DIRECTIONS, axis=0).max()
NOISE = 0.01  # standard deviation of a fresh spectrum
DARKEST = 1e-3  # black and white are infinitely far away behind the sigmoid: a photo is fitted no closer than this


class Canvas(Protocol):
    """Hold what the steps change, and show it."""

    values: np.ndarray

    def show(self) -> np.ndarray:
        """Return the picture (h, w, 3) in [0, 1]."""

    def pull_back(self, gradient: np.ndarray) -> np.ndarray:
        """Return the step direction for `values` that belongs to the picture's gradient (h, w, 3)."""

    def move(self, direction: np.ndarray, length: float, mask: np.ndarray | None) -> None:
        """Add length * direction to `values`, in place, where the mask (h, w) lets it, and bring them to the valid
        range."""


def make_canvas(picture: np.ndarray, recipe: Recipe) -> Canvas:
    """Return the canvas that a recipe's `parametrization` and `decorrelate` ask for, showing the picture (h, w, 3)."""
    if recipe.parametrization == "fourier":
        return Fourier.fit(picture, decorrelate=recipe.decorrelate, evened=recipe.optimizer == "ascent")
    return Pixels(picture, decorrelate=recipe.decorrelate, headroom=recipe.headroom)


class Pixels:
    """Be the picture itself, changed in place; with `decorrelate` steps follow the colors of natural photos.

    In decorrelated coordinates z, where the picture is z S^T, plain ascent moves the picture by S S^T g. It is scaled
    so that a gradient without preferred colors keeps its root mean square. A step towards black or white shrinks with
    the room that is left, where that is less than `headroom`.
    """

    def __init__(self, picture: np.ndarray, *, decorrelate: bool = False, headroom: float = 0.0) -> None:
        self.values = picture  # (h, w, 3)
        self._headroom = np.float32(headroom)
        self._decorrelate = decorrelate

    def show(self) -> np.ndarray:
        return self.values

    def pull_back(self, gradient: np.ndarray) -> np.ndarray:
        return gradient @ NATURAL_STEP if self._decorrelate else gradient

    def move(self, direction: np.ndarray, length: float, mask: np.ndarray | None) -> None:
        for rows in row_blocks(self.values.shape):  # a large picture has no room for a second one, the step
            step = direction[rows] * np.float32(length)
            if self._headroom:
                step = step * self._room(rows, step)
            self.values[rows] += step if mask is None else step * mask[rows][..., None]
            np.clip(self.values[rows], 0.0, 1.0, out=self.values[rows])

    def _room(self, rows: slice, step: np.ndarray) -> np.ndarray:
        """Return the factor of each number's step, from 1 down to 0 at the end of the range towards which it goes."""
        values = self.values[rows]
        return np.minimum(np.where(step > 0, 1 - values, values) / self._headroom, 1)


class Fourier:
    """Show sigmoid(colors(irfft2(scale * spectrum) / 4)), Lucid's image: all sizes of waves are equally easy to
    change.

    Args:
        spectrum: (h, w // 2 + 1 (+ 1 if w is odd), 3, 2), real and imaginary parts.
        size: height and width in pixels.
        decay: power of the frequency by which waves are scaled.
        decorrelate: mix the colors by COLOR_MIX.
        evened: scale each direction so that the picture changes by as much as its gradient would say, for plain steps:
            otherwise the longest wave, which moves all pixels at once, would take steps thousands of times too long.
            Adam, as in Lucid, wants the gradient itself: it evens out a scale, but not one that changes at each step.
    """

    def __init__(
        self,
        spectrum: np.ndarray,
        size: tuple[int, int],
        *,
        decay: float = 1.0,
        decorrelate: bool = True,
        evened: bool = False,
    ) -> None:
        self.values = np.asarray(spectrum, np.float32)
        self._size = size
        self._evened = evened
        self._scale = spectrum_scale(size, decay)
        self._mix = COLOR_MIX.astype(np.float32) if decorrelate else np.eye(3, dtype=np.float32)

    @classmethod
    def noise(cls, size: tuple[int, int], random: np.random.Generator) -> "Fourier":
        """Return a fresh image: a nearly gray cloud."""
        return cls(random.normal(0.0, NOISE, (*spectrum_scale(size).shape, 3, 2)), size)

    @classmethod
    def fit(cls, picture: np.ndarray, *, decorrelate: bool = True, evened: bool = False) -> "Fourier":
        """Return the Fourier image that shows a picture (h, w, 3), black and white to within DARKEST."""
        h, w, _ = picture.shape
        canvas = cls(np.zeros((*spectrum_scale((h, w)).shape, 3, 2)), (h, w), decorrelate=decorrelate, evened=evened)
        picture = np.clip(picture, DARKEST, 1 - DARKEST).astype(np.float64)
        waves = np.log(picture / (1 - picture)) @ np.linalg.inv(canvas._mix.astype(np.float64).T)  # (h, w, 3)
        if w % 2:  # the transform is one column wider than the picture, which is cut off again
            waves = np.concatenate([waves, waves[:, -1:]], axis=1)
        spectrum = 4 * np.fft.rfft2(waves, axes=(0, 1)) / canvas._scale[..., None]
        canvas.values = np.stack([spectrum.real, spectrum.imag], axis=-1).astype(np.float32)
        return canvas

    def show(self) -> np.ndarray:
        return _sigmoid(self._draw(self.values))

    def pull_back(self, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient with respect to the spectrum, or where it is `evened` a direction of another length."""
        picture = self.show()
        slope = picture * (1 - picture)
        spectrum = _undraw(slope * gradient, self._mix) * self._scale[..., None]
        direction = np.stack([spectrum.real, spectrum.imag], axis=-1)
        if not self._evened:
            return direction
        change = _rms(slope * self._draw(direction))
        return direction * np.float32(_rms(gradient) / change) if change > 0 else direction

    def move(self, direction: np.ndarray, length: float, mask: np.ndarray | None) -> None:
        """Ignore the mask: waves cover the whole picture. The sigmoid stays in range by itself."""
        self.values += direction * np.float32(length)

    def _draw(self, values: np.ndarray) -> np.ndarray:
        """Return the picture before the sigmoid: linear in `values`."""
        return _draw((values[..., 0] + 1j * values[..., 1]) * self._scale[..., None], self._size, self._mix)


class Phases:
    """Show a picture whose wave strengths are fixed and whose phases alone change (MACO).

    No wave can grow, so no frequency runs away, and no regularisation is needed.

    Args:
        phases: (h, w', 3) radians.
        strengths: (h, w', 3) not negative; those of natural photos, or of one photo.
        size: height and width in pixels.
    """

    def __init__(self, phases: np.ndarray, strengths: np.ndarray, size: tuple[int, int]) -> None:
        self.values = np.asarray(phases, np.float32)
        self._strengths = np.asarray(strengths, np.float32)
        self._size = size

    @classmethod
    def noise(
        cls, size: tuple[int, int], random: np.random.Generator, *, decay: float = 1.0, kept: np.ndarray | float = 1.0
    ) -> "Phases":
        """Return an image with the wave strengths of natural photos, which fall as 1 / frequency, and random phases.

        Before the sigmoid the waves have a standard deviation of 1. kept: a share of each wave's strength, (h, w', 1).
        """
        strengths = spectrum_scale(size, decay)
        strengths[0, 0] = 0.0  # no wave at all: the brightness of the whole, gray
        strengths = np.repeat(strengths[..., None], 3, axis=-1) * kept
        phases = random.uniform(-np.pi, np.pi, strengths.shape)
        waves = np.fft.irfft2(strengths * np.exp(1j * phases), axes=(0, 1))
        return cls(phases, strengths / max(waves.std(), 1e-12), size)

    def show(self) -> np.ndarray:
        return _sigmoid(_draw(self._spectrum(), self._size, COLOR_MIX.astype(np.float32)))

    def pull_back(self, gradient: np.ndarray) -> np.ndarray:
        picture = self.show()
        of_spectrum = _undraw(picture * (1 - picture) * gradient, COLOR_MIX.astype(np.float32))
        turned = 1j * self._spectrum()  # how a wave changes with its phase
        return of_spectrum.real * turned.real + of_spectrum.imag * turned.imag

    def move(self, direction: np.ndarray, length: float, mask: np.ndarray | None) -> None:
        """Ignore the mask; every phase is valid."""
        self.values += direction * np.float32(length)

    def _spectrum(self) -> np.ndarray:
        return 4 * self._strengths * np.exp(1j * self.values)


def spectrum_scale(size: tuple[int, int], decay: float = 1.0) -> np.ndarray:
    """Return sqrt(w * h) / max(f, 1 / max(w, h)) ** decay for each wave, float32 (h, w // 2 + 1 (+ 1 if w is odd))."""
    h, w = size
    fy = np.fft.fftfreq(h)[:, None]
    fx = np.fft.fftfreq(w)[: w // 2 + 1 + w % 2]
    fx = np.pad(fx, (0, w // 2 + 1 + w % 2 - len(fx)), constant_values=0.5)  # w = 1 has a single frequency
    frequency = np.sqrt(fx**2 + fy**2)
    return (np.sqrt(w * h) / np.maximum(frequency, 1 / max(w, h)) ** decay).astype(np.float32)


NATURAL_STEP = (COLOR_MIX @ COLOR_MIX.T).astype(np.float32)
NATURAL_STEP *= np.sqrt(3) / np.linalg.norm(NATURAL_STEP)


def _draw(spectrum: np.ndarray, size: tuple[int, int], mix: np.ndarray) -> np.ndarray:
    """Return what a spectrum (h, w', 3) draws before the sigmoid, (h, w, 3) float32."""
    h, w = size
    waves = np.fft.irfft2(spectrum, s=(h, w + w % 2), axes=(0, 1))[:, :w] / 4
    return waves.astype(np.float32) @ mix.T


def _undraw(gradient: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """Return the adjoint of `_draw`: from a gradient (h, w, 3) to the real and imaginary parts of the spectrum."""
    gradient = np.pad(gradient @ mix, ((0, 0), (0, gradient.shape[1] % 2), (0, 0)))
    spectrum = np.fft.rfft2(gradient, axes=(0, 1)) / (4 * gradient[..., 0].size)
    spectrum[:, 1:-1] *= 2  # each wave between the first column and the last stands for its conjugate too
    return spectrum.astype(np.complex64)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1.0))  # never overflows


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))
