"""Slow, literal versions of the published dreams, written from their descriptions with NumPy, SciPy, Pillow and plain
TensorFlow.

Nothing here uses the package: not its engine, gradient rules, octaves or resizing. Each loop works in the units of its
source and yields `(size, image in [0, 1])` after each step. Random shifts are handed in, one (down, right) a step, so
that both sides roll alike.

Where all of them depart from their sources, as the package does: pictures are clipped to the valid range after each
step (of the sources only the Caffe notebook and pytorch-deepdream do so), and are not rounded to 8 bits between
octaves, except where the source's own resize filter does that (Hvass).
"""

import numpy as np
import tensorflow as tf
from PIL import Image
from scipy import ndimage


class TinyModel:
    """Compute the tiny network layer by layer, as anybody would write it."""

    def __init__(self, arrays):
        self.arrays = {name: tf.constant(array) for name, array in arrays.items()}

    def __call__(self, x):
        maps = {}
        for name, stride in (("first", 1), ("second", 2), ("third", 1)):
            x = tf.nn.conv2d(x, self.arrays[f"{name}/kernel"], stride, "SAME") + self.arrays[f"{name}/bias"]
            maps[f"{name}_pre_relu"] = x
            maps[name] = x = tf.nn.relu(x)
        return maps

    def loss_and_gradient(self, image, loss):
        """Return loss(maps) and its gradient for an image (h, w, 3) in the network's units."""
        x = tf.constant(image[None], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(self(x))
        return float(value), tape.gradient(value, x)[0].numpy()


def roll(image, down, right):
    return np.roll(np.roll(image, right, axis=1), down, axis=0)


def zoom(image, size):
    return ndimage.zoom(image, (size[0] / image.shape[0], size[1] / image.shape[1], 1), order=1)


def bilinear(image, size):
    return tf.image.resize(image, size).numpy()


# Mordvintsev, Olah, Tyka, dream.ipynb (Caffe), 2015: 0..255 minus the mean, here 117 for all colors.


def caffe_2015(model, photo, layer, shifts, *, steps=10, step=1.5, octaves=4, scale=1.4, mean=117.0):
    bases = [photo * 255.0 - mean]
    for _ in range(octaves - 1):
        bases.append(ndimage.zoom(bases[-1], (1 / scale, 1 / scale, 1), order=1))
    detail = np.zeros_like(bases[-1])
    for base in reversed(bases):
        h, w = base.shape[:2]
        image = base + zoom(detail, (h, w))
        for _ in range(steps):
            down, right = next(shifts)
            rolled = roll(image, down, right)
            # The notebook sets the layer's gradient to the layer itself: that of half its sum of squares.
            _, g = model.loss_and_gradient(rolled, lambda maps: 0.5 * tf.reduce_sum(maps[layer] ** 2))
            rolled = rolled + step / np.abs(g).mean() * g
            image = np.clip(roll(rolled, -down, -right), -mean, 255 - mean)
            yield (h, w), (image + mean) / 255
        detail = image - base


# TensorFlow tutorial "DeepDream", 2019: -1..1.


def tensorflow_steps(model, image, layers, shifts, steps):
    for _ in range(steps):
        down, right = next(shifts)
        # The tutorial's tiler (512) sees pictures of up to 512 pixels as one tile; of larger ones it drops the last row
        # and column of tiles, where we cover all: see test_tiles.
        _, g = model.loss_and_gradient(
            roll(image, down, right), lambda maps: sum(tf.reduce_mean(maps[layer]) for layer in layers)
        )
        g = roll(g, -down, -right)
        g = g / (g.std() + 1e-8)
        image = np.clip(image + g * 0.01, -1, 1)
        yield image


def tensorflow_octaves(model, photo, layers, shifts, *, steps, powers=range(-2, 3), scale=1.3):
    image = photo * 2 - 1
    for power in powers:
        size = (int(photo.shape[0] * scale**power), int(photo.shape[1] * scale**power))
        image = bilinear(image, size)
        for image in tensorflow_steps(model, image, layers, shifts, steps):  # noqa: B020 (the loop goes on from its last)
            yield size, (image + 1) / 2


# Mordvintsev, deepdream.ipynb (TensorFlow), 2015 and 2016: 0..255 minus 117.


def tensorflow_2015(model, photo, layer, shifts, *, steps=10, step=1.5, octaves=4, scale=1.4):
    """The notebook's resize has no half-pixel centers (TensorFlow 1); ours, and this one, has."""
    image, details = photo * 255.0 - 117, []
    for _ in range(octaves - 1):
        size = image.shape[:2]
        low = bilinear(image, (int(np.float32(size[0]) / scale), int(np.float32(size[1]) / scale)))
        details.append(image - bilinear(low, size))
        image = low
    for octave in range(octaves):
        if octave > 0:
            detail = details[-octave]
            image = bilinear(image, detail.shape[:2]) + detail
        for _ in range(steps):
            down, right = next(shifts)
            _, g = model.loss_and_gradient(roll(image, down, right), lambda maps: tf.reduce_mean(maps[layer] ** 2))
            g = roll(g, -down, -right)
            image = np.clip(image + g * (step / (np.abs(g).mean() + 1e-7)), -117, 138)
            yield image.shape[:2], (image + 117) / 255


def laplacian_normalized(g, levels=4):
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])
    kernel = (kernel[:, :, None, None] / kernel.sum() * np.eye(3)).astype(np.float32)
    image, highs = g[None], []
    for _ in range(levels):
        low = tf.nn.conv2d(image, kernel, [1, 2, 2, 1], "SAME")
        highs.append(image - tf.nn.conv2d_transpose(low, kernel * 4, tf.shape(image), [1, 2, 2, 1]))
        image = low
    bands = [image, *highs[::-1]]
    bands = [band / tf.maximum(tf.sqrt(tf.reduce_mean(band**2)), 1e-10) for band in bands]
    image = bands[0]
    for band in bands[1:]:
        image = tf.nn.conv2d_transpose(image, kernel * 4, tf.shape(band), [1, 2, 2, 1]) + band
    return image[0].numpy()


def tensorflow_2015_laplacian(model, noise, layer, channel, shifts, *, steps=10, step=1.0, octaves=3, scale=1.4):
    """`noise` is uniform in 0..1, plus 100, as in the notebook. Each size there is cut from the one before."""
    image = noise - 117
    for octave in range(octaves):
        if octave > 0:
            image = bilinear(image, (int(np.float32(image.shape[0]) * scale), int(np.float32(image.shape[1]) * scale)))
        for _ in range(steps):
            down, right = next(shifts)
            _, g = model.loss_and_gradient(
                roll(image, down, right), lambda maps: tf.reduce_mean(maps[layer][..., channel])
            )
            image = np.clip(image + laplacian_normalized(roll(g, -down, -right)) * step, -117, 138)
            yield image.shape[:2], (image + 117) / 255


# Chollet, Keras example: keras.io, 2020, and the texts of 2017; -1..1.


def keras(model, photo, layers, *, steps, max_loss, resize, epsilon, stops_before, octaves=3, scale=1.4):
    def loss(maps):
        total = 0.0
        for layer, weight in layers:
            a = maps[layer]
            total += weight * tf.reduce_sum(a[:, 2:-2, 2:-2, :] ** 2) / tf.cast(tf.size(a), tf.float32)
        return total

    original = photo * 2 - 1
    sizes = [tuple(int(side / scale**power) for side in photo.shape[:2]) for power in reversed(range(octaves))]
    image, shrunk = original, resize(original, sizes[0])
    for size in sizes:
        image = resize(image, size)
        for _ in range(steps):
            value, g = model.loss_and_gradient(image, loss)
            if stops_before and value > max_loss:
                break
            image = np.clip(image + 0.01 * g / max(np.abs(g).mean(), epsilon), -1, 1)
            yield size, (image + 1) / 2
            if not stops_before and value > max_loss:
                break
        image = image + resize(original, size) - resize(shrunk, size)
        shrunk = resize(original, size)


# Pedersen, TensorFlow tutorial 14, 2016: 0..255 as it is.


def hvass_resize(image, size):
    eight_bits = np.clip(image, 0, 255).astype(np.uint8)
    return np.float32(Image.fromarray(eight_bits).resize((size[1], size[0]), Image.Resampling.LANCZOS))


def hvass(model, photo, layer, *, steps=10, step=3.0, repeats=4, factor=0.7, blend=0.2):
    """One tile: the tutorial starts its tiles at random between -3/4 and -1/4 of one, so that even a small picture is
    cut in four. We see pictures of up to 600 pixels whole, and roll larger ones, so that no tile is a sliver."""

    def steps_on(image):
        for i in range(steps):
            _, g = model.loss_and_gradient(image, lambda maps: tf.reduce_mean(maps[layer] ** 2))
            g = g / (g.std() + 1e-8)
            sigma = i * 4.0 / steps + 0.5
            g = sum(ndimage.gaussian_filter(g, sigma=s) for s in (sigma, 2 * sigma, sigma / 2))
            image = np.clip(image + g * (step / (g.std() + 1e-8)), 0, 255)
            yield image.shape[:2], image / 255

    def dream(image, repeats):
        if repeats > 0:
            blurred = ndimage.gaussian_filter(image, sigma=(0.5, 0.5, 0.0))
            size = (int(image.shape[0] * factor), int(image.shape[1] * factor))
            for frame in dream(hvass_resize(blurred, size), repeats - 1):
                yield frame
                smaller = frame[1] * 255
            image = blend * image + (1 - blend) * hvass_resize(smaller, image.shape[:2])
        yield from steps_on(image)

    yield from dream(photo * 255.0, repeats)


# Gordić, pytorch-deepdream, 2020: minus ImageNet's mean, over its standard deviation.


def cascade_smoothed(g, sigma):
    x = np.arange(9) - 4.0
    blurred = []
    for s in (0.5 * sigma, sigma, 2 * sigma):
        kernel = np.exp(-(((x[:, None] / s) ** 2) + (x[None, :] / s) ** 2) / 2)
        kernel /= kernel.sum()
        planes = [ndimage.correlate(g[..., color], kernel, mode="mirror") for color in range(3)]
        blurred.append(np.stack(planes, axis=-1))
    return np.mean(blurred, axis=0)


def pytorch_deepdream(
    model, photo, layer, shifts, *, steps=10, step=0.09, levels=4, ratio=1.8, mean=0.45, deviation=0.226
):
    """One mean and one deviation for the three colors, where the source has one each (.229, .224, .225): our step size
    is one number, so its steps differ from the source's by 2 % between colors. And the gradient is rolled back before
    it is smoothed, not after: the source smooths across the line where the roll joins opposite edges of the picture."""
    image = (photo - mean) / deviation
    for level in range(levels):
        size = tuple(int(np.round(side * ratio ** (level - levels + 1))) for side in photo.shape[:2])
        image = bilinear(image, size)
        for i in range(steps):
            down, right = next(shifts)
            _, g = model.loss_and_gradient(roll(image, down, right), lambda maps: tf.reduce_mean(maps[layer] ** 2))
            g = cascade_smoothed(roll(g, -down, -right), (i + 1) / steps * 2.0 + 0.5)
            # torch.std divides by n - 1, we by n: one part in 2n.
            image = image + step * (g - g.mean()) / g.std(ddof=1)
            image = np.clip(image, (0 - mean) / deviation, (1 - mean) / deviation)
            yield size, image * deviation + mean
