"""What is done to a gradient before the step: normalize it, smooth it, even out its bands. Array -> array, nothing
else.

Gradients are (n, h, w, 3) in the network's own units, where the epsilons of the sources mean something; each image of a
batch is treated alone. Every rule turns the zero gradient of a dead layer into a zero step.

Sources: the Caffe notebook, 2015 (mean abs); the TensorFlow DeepDream tutorial (std); Chollet's Keras example (mean abs
with a floor); Hvass Laboratories' tutorial 14 (three Gaussians); Gordić, pytorch-deepdream (the same with short
kernels); Mordvintsev's TensorFlow notebook, 2015 (Laplacian pyramid, after Burt and Adelson, 1983).
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from deepdream.images import row_blocks
from deepdream.recipe import Recipe


def treat(g: np.ndarray, recipe: Recipe, step: int, steps: int) -> np.ndarray:
    """Do to the whole gradient what a recipe asks for at a step (from 0) of an octave of so many steps.

    It may change the gradient that it is given: of a large picture no more arrays are held than must be.
    """
    sigma = recipe.smoothing + recipe.smoothing_growth * step / max(steps, 1)
    if sigma > 0:
        g = smooth(g, sigma, recipe.smoothing_mode)
    return normalize(g, recipe)


def normalize(g: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Divide a gradient, in place, as `recipe.normalize` says; "tile_std", which each tile has had already, as "std".

    "laplacian" gives a new array.
    """
    match recipe.normalize:
        case "std" | "tile_std":
            return by_std(g, recipe.epsilon, out=g)
        case "mean_abs":
            return by_mean_abs(g, recipe.epsilon, out=g)
        case "mean_abs_floor":
            return by_mean_abs_floor(g, recipe.epsilon, out=g)
        case "laplacian":
            return by_laplacian(g, recipe.laplacian_levels, recipe.epsilon)
    return g


def by_std(g: np.ndarray, epsilon: float = 1e-8, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return g / (std(g) + epsilon), std over all elements of an image (TensorFlow tutorial)."""
    mean = _mean(g, lambda block: block)
    return _divided(g, np.sqrt(_mean(g, lambda block: np.square(block - mean))) + epsilon, out)


def by_mean_abs(g: np.ndarray, epsilon: float = 0.0, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return g / (mean(|g|) + epsilon): Caffe with epsilon 0, the TensorFlow notebook of 2015 with 1e-7."""
    return _divided(g, _mean(g, np.abs) + epsilon, out)


def by_mean_abs_floor(g: np.ndarray, epsilon: float = 1e-6, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return g / max(mean(|g|), epsilon) (Keras example; 1e-7 in the texts of 2017)."""
    return _divided(g, np.maximum(_mean(g, np.abs), epsilon), out)


def by_laplacian(g: np.ndarray, levels: int = 4, epsilon: float = 1e-10) -> np.ndarray:
    """Bring each band of a Laplacian pyramid to root mean square 1 (TensorFlow notebook, 2015).

    Args:
        g: gradient, (n, h, w, 3).
        levels: how many times the picture is halved; there are levels + 1 bands.
        epsilon: the least root mean square that a band is divided by.
    """
    bands = split(tf.convert_to_tensor(g), levels)
    return merge([tf.math.divide_no_nan(band, tf.maximum(_rms(band), epsilon)) for band in bands]).numpy()


def split(image: tf.Tensor, levels: int) -> list[tf.Tensor]:
    """Return the bands of an image, coarsest first: what is left, and what each halving by a 5-tap blur lost."""
    bands = []
    for _ in range(levels):
        low = _halve(image)
        bands.append(image - _double(low, image))
        image = low
    return [tf.convert_to_tensor(image), *reversed(bands)]


def merge(bands: list[tf.Tensor]) -> tf.Tensor:
    """Return the image of which `split` made the bands: its exact inverse."""
    image, *rest = bands
    for band in rest:
        image = _double(image, band) + band
    return image


def smooth(g: np.ndarray, sigma: float, mode: str = "channels") -> np.ndarray:
    """Blur a gradient with three Gaussians, of sigma, twice and half of it, against fine grain.

    Args:
        g: gradient, (n, h, w, 3), float32 or float64.
        sigma: standard deviation in pixels, above 0.
        mode: "channels" adds the three, over height and width; "color" blurs along the color axis too, which keeps the
            photo's hues (Hvass): both as scipy.ndimage.gaussian_filter does, reflected at the edges and cut off at 4
            sigma. "kernel9" is pytorch-deepdream's: the mean of three 9-tap kernels, mirrored at the edges, minus its
            own mean.
    """
    sigmas = (sigma, 2 * sigma, sigma / 2)
    if mode == "kernel9":
        blurred = _convolve([gaussian(s, radius=4) for s in sigmas], g, mode)
        blurred -= _mean(blurred, lambda block: block).astype(g.dtype)
        blurred /= 3
        return blurred
    return _convolve([gaussian(s, radius=int(4 * s + 0.5)) for s in sigmas], g, mode)


def gaussian(sigma: float, radius: int) -> np.ndarray:
    """Return the 2 * radius + 1 weights of a Gaussian, which sum to 1."""
    x = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (x / sigma) ** 2)
    return weights / weights.sum()


# Columns: the orthonormal cosine (DCT-II) basis of three values.
COSINES = np.cos(np.pi / 3 * np.outer(np.arange(3) + 0.5, np.arange(3))) * np.sqrt([1 / 3, 2 / 3, 2 / 3])
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
BAND_PIXELS = 2**20  # a large gradient is smoothed in bands of rows of about this size, which bounds the memory


def _convolve(kernels: list[np.ndarray], g: np.ndarray, mode: str) -> np.ndarray:
    """Return the sum of separable convolutions of `g` with each kernel, all three in one Fourier transform.

    At 512 x 512 this takes 8 ms whatever sigma is. Sums of shifted slices and convolutions grow with sigma: 20 to 120
    ms at the largest of Hvass's; banded matrix products would match it on a quiet machine.
    """
    h, w = g.shape[1:3]
    rows = max(1, BAND_PIXELS // w) if h * w > 2 * BAND_PIXELS else h
    result = np.empty_like(g)
    for top in range(0, h, rows):
        result[:, top : top + rows] = _convolve_rows(kernels, g, range(top, min(top + rows, h)), mode)
    return result


def _convolve_rows(kernels: list[np.ndarray], g: np.ndarray, rows: range, mode: str) -> np.ndarray:
    radius = max(len(kernel) // 2 for kernel in kernels)
    height, width = _fast_length(len(rows) + 2 * radius), _fast_length(g.shape[2] + 2 * radius)
    continued = _mirrored if mode == "kernel9" else reflected
    x = g[:, continued(np.arange(rows.start - radius, rows.start - radius + height), g.shape[1])]
    if mode == "color":
        x = x @ COSINES.astype(g.dtype)  # in these mixtures a blur of the reflected color axis is but a factor
    planes = np.empty((len(g), 3, height, width), g.dtype)
    inner = slice(radius, radius + g.shape[2])
    planes[..., inner] = np.moveaxis(x, 3, 1)
    columns = continued(np.arange(-radius, width - radius), g.shape[2])
    for edge in (slice(0, inner.start), slice(inner.stop, width)):
        planes[..., edge] = planes[..., columns[edge] + radius]
    spectrum = tf.signal.rfft2d(tf.constant(planes))
    spectrum *= tf.cast(_responses(kernels, height, width, mode).astype(g.dtype), spectrum.dtype)
    x = tf.signal.irfft2d(spectrum, [height, width])[:, :, radius : radius + len(rows), inner]  # the rest wraps around
    x = tf.transpose(x, [0, 2, 3, 1]).numpy()
    return x @ COSINES.T.astype(g.dtype) if mode == "color" else x


def _responses(kernels: list[np.ndarray], height: int, width: int, mode: str) -> np.ndarray:
    """Return the factors by which the sum of separable kernels multiplies a spectrum, (3 or 1, height, width // 2 +
    1)."""
    colors = np.stack([_color_response(kernel) if mode == "color" else np.ones(1) for kernel in kernels])
    rows = np.stack([_response(kernel, height, height) for kernel in kernels])
    columns = np.stack([_response(kernel, width, width // 2 + 1) for kernel in kernels])
    by_row = (colors[:, :, None] * rows[:, None]).reshape(len(kernels), -1)
    return (by_row.T @ columns).reshape(-1, height, columns.shape[1])


def _response(kernel: np.ndarray, length: int, kept: int) -> np.ndarray:
    """Return the real transfer function of a symmetric kernel at the first `kept` frequencies of a transform of
    `length`."""
    radius = len(kernel) // 2
    centered = np.zeros(length)
    centered[: radius + 1] = kernel[radius:]
    centered[length - radius :] = kernel[:radius]
    return np.fft.fft(centered).real[:kept]


def _color_response(kernel: np.ndarray) -> np.ndarray:
    """Return the factors by which a blur along the reflected color axis multiplies each column of COSINES."""
    radius = len(kernel) // 2
    blur = np.zeros((3, 3))
    for color in range(3):
        np.add.at(blur[color], reflected(np.arange(color - radius, color + radius + 1), 3), kernel)
    return np.diag(COSINES.T @ blur @ COSINES)


def reflected(index: np.ndarray, length: int) -> np.ndarray:
    """Continue 0 1 2 as 2 1 0 0 1 2 2 1 0 on both sides, SciPy's "reflect"."""
    index = index % (2 * length)
    return np.minimum(index, 2 * length - 1 - index)


def _mirrored(index: np.ndarray, length: int) -> np.ndarray:
    """Continue 0 1 2 as 2 1 0 1 2 1 0 on both sides, SciPy's "mirror" and torch's "reflect"."""
    period = max(1, 2 * length - 2)
    index = index % period
    return np.minimum(index, period - index)


def _fast_length(length: int) -> int:
    """Return the next length whose only prime factors are 2, 3 and 5, which a Fourier transform likes."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _halve(image: tf.Tensor) -> tf.Tensor:
    return tf.nn.depthwise_conv2d(image, _binomial(image), [1, 2, 2, 1], "SAME")


def _double(low: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    return tf.nn.depthwise_conv2d_backprop_input(tf.shape(like), 4 * _binomial(low), low, [1, 2, 2, 1], "SAME")


def _binomial(image: tf.Tensor) -> tf.Tensor:
    return tf.constant(np.repeat(BINOMIAL[:, :, None, None], image.shape[-1], axis=2), image.dtype)


def _mean(g: np.ndarray, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the mean over all elements of each image, (n, 1, 1, 1) float64, of what `of` makes of its rows."""
    total = np.zeros((len(g), 1, 1, 1))
    for rows in row_blocks(g.shape[1:]):
        total += of(g[:, rows]).sum(axis=(1, 2, 3), keepdims=True, dtype=np.float64)
    return total / g[0].size


def _divided(g: np.ndarray, divisor: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    """Divide; where the divisor is 0, the gradient stays as it is: 0, or next to it."""
    divisor = divisor.astype(g.dtype)
    return np.divide(g, np.where(divisor == 0, g.dtype.type(1), divisor), out=out)


def _rms(g: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.reduce_mean(tf.square(g), axis=(1, 2, 3), keepdims=True))
