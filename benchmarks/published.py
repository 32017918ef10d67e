"""The published ways to dream that the engine is measured against, written afresh in the structure of their texts.

TensorFlow's DeepDream tutorial (2019, Apache-2.0): one tf.function with a loop inside. Keras's deep_dream example
(Chollet, 2016): one gradient-tape function a step, called from Python. Neither does more or less work than the text
does.
"""

import keras
import tensorflow as tf


def tutorial_steps(model: keras.Model):
    """Return run(image, steps, step_size) -> (loss, image), the tutorial's `DeepDream`; image (h, w, 3) on -1..1."""

    @tf.function(
        input_signature=(
            tf.TensorSpec([None, None, 3], tf.float32),
            tf.TensorSpec([], tf.int32),
            tf.TensorSpec([], tf.float32),
        )
    )
    def run(image, steps, step_size):
        loss = tf.constant(0.0)
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(image)
                seen = model(image[None])
                loss = tf.reduce_sum([tf.reduce_mean(layer) for layer in (seen if isinstance(seen, list) else [seen])])
            gradient = tape.gradient(loss, image)
            gradient /= tf.math.reduce_std(gradient) + 1e-8
            image = tf.clip_by_value(image + gradient * step_size, -1, 1)
        return loss, image

    return run


def tutorial_octaves(model: keras.Model):
    """Return dream(image, steps, step_size) -> image: octaves -2..2 by 1.3, as the tutorial's simple octave run."""
    run = tutorial_steps(model)

    def dream(image, steps, step_size):
        base = tf.cast(tf.shape(image)[:2], tf.float32)
        for power in range(-2, 3):
            image = tf.image.resize(image, tf.cast(base * 1.3**power, tf.int32))
            _, image = run(image, steps, step_size)
        return tf.image.resize(image, tf.cast(base, tf.int32))

    return dream


def keras_example(model: keras.Model, weights: tuple[float, ...]):
    """Return dream(image, octaves, steps, step_size) -> image (1, h, w, 3) on -1..1, detail put back after octaves."""

    def loss_of(image):
        loss = tf.zeros(shape=())
        for weight, layer in zip(weights, model(image), strict=True):
            size = tf.cast(tf.reduce_prod(tf.shape(layer)), tf.float32)
            loss += weight * tf.reduce_sum(tf.square(layer[:, 2:-2, 2:-2, :])) / size
        return loss

    @tf.function(input_signature=(tf.TensorSpec([1, None, None, 3], tf.float32), tf.TensorSpec([], tf.float32)))
    def step(image, step_size):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = loss_of(image)
        gradient = tape.gradient(loss, image)
        gradient /= tf.maximum(tf.reduce_mean(tf.abs(gradient)), 1e-6)
        return loss, image + step_size * gradient

    def dream(original, octaves, steps, step_size):
        full = original.shape[1:3]
        sizes = [tuple(int(side / 1.4**power) for side in full) for power in range(octaves)][::-1]
        shrunk = tf.image.resize(original, sizes[0])
        image = tf.identity(original)
        for size in sizes:
            image = tf.image.resize(image, size)
            for _ in range(steps):
                _, image = step(image, step_size)
            upscaled = tf.image.resize(shrunk, size)
            shrunk = tf.image.resize(original, size)
            image += shrunk - upscaled
        return image

    return dream
