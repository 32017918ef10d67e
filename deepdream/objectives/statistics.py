"""Statistics of a layer's activations, (n, h, w, c), which say a style: Gram matrices, and means and deviations."""

from collections.abc import Callable

import tensorflow as tf

from deepdream.objectives.measures import places_of


@tf.custom_gradient
def gram_matrix(a: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Return each image's Gram matrix, divided by the number of places: (n, h, w, c) to (n, c, c).

    Its way back is one matrix product, where automatic differentiation takes one for each factor and adds them up.
    """
    shape, places = tf.shape(a), places_of(a)
    rows = tf.reshape(a, [shape[0], shape[1] * shape[2], shape[3]])

    def back(d: tf.Tensor) -> tf.Tensor:
        return tf.reshape(tf.matmul(rows, (d + tf.transpose(d, [0, 2, 1])) / places), shape)

    return tf.matmul(rows, rows, transpose_a=True) / places, back


def moments(a: tf.Tensor) -> tf.Tensor:
    """Return the mean and the standard deviation of each channel: (n, h, w, c) to (n, 2, c)."""
    mean, variance = tf.nn.moments(a, axes=[1, 2])
    return tf.stack([mean, tf.sqrt(variance + 1e-8)], axis=1)  # the root of 0 has no gradient


def raw_moments(a: tf.Tensor) -> tf.Tensor:
    """Return the mean and the mean square of each channel: (n, h, w, c) to (n, 2, c)."""
    return tf.stack([tf.reduce_mean(a, [1, 2]), tf.reduce_mean(tf.square(a), [1, 2])], axis=1)


def moments_of_raw(raw: tf.Tensor) -> tf.Tensor:
    """Return `moments` from `raw_moments`, (n, 2, c)."""
    mean, square = tf.unstack(raw, axis=1)
    return tf.stack([mean, tf.sqrt(tf.maximum(square - tf.square(mean), 0.0) + 1e-8)], axis=1)


STATISTICS = {"gram": gram_matrix, "moments": moments}
ADDITIVE = {"gram": gram_matrix, "moments": raw_moments}  # of which a picture has the mean of its tiles'
OF_ADDITIVE: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {"gram": tf.identity, "moments": moments_of_raw}
