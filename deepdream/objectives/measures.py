"""What terms make of activations, (n, h, w, c): measures, alignments and matches.

Each is summed over the batch, so that an image's gradient does not depend on its batch.
"""

import tensorflow as tf


def sum_of_means(a: tf.Tensor) -> tf.Tensor:
    """Return mean(a), TensorFlow's tutorial; of one channel, Lucid's. Of a batch it is the sum of the images' means."""
    return tf.reduce_mean(a) * tf.cast(tf.shape(a)[0], a.dtype)


def mean_square(a: tf.Tensor) -> tf.Tensor:
    """Return mean(a^2), Hvass and the TensorFlow notebook of 2015."""
    return sum_of_means(tf.square(a))


def caffe_l2(a: tf.Tensor) -> tf.Tensor:
    """Return half the sum of squares, whose gradient at the layer is `a` itself (Caffe notebook)."""
    return 0.5 * tf.reduce_sum(tf.square(a))


def keras_l2(a: tf.Tensor) -> tf.Tensor:
    """Return the sum of squares without two rows and columns at each border, divided by the size with them (Keras
    example).

    A map with a side below 5 has nothing inside that border: its value and its gradient are 0, as in the source.
    """
    size = tf.cast(tf.reduce_prod(tf.shape(a)[1:]), a.dtype)
    return tf.reduce_sum(tf.square(a[:, 2:-2, 2:-2])) / size


def unit_norm(a: tf.Tensor) -> tf.Tensor:
    """Return the Euclidean norm of each image's activations, so that layers of any scale count alike (crowsonkb 2016).

    The gradient injected at the layer is a / (norm + eps). In the source the weight stands under the norm too, where
    all but its sign cancels; here it stands before the term like every other weight.
    """
    norms = tf.sqrt(tf.reduce_sum(tf.square(a), axis=[1, 2, 3], keepdims=True))
    return tf.reduce_sum(a * tf.stop_gradient(a / (norms + FLOAT32_EPSILON)))


MEASURES = {
    "mean": sum_of_means,
    "mean_square": mean_square,
    "caffe_l2": caffe_l2,
    "keras_l2": keras_l2,
    "unit_norm": unit_norm,
}

FLOAT32_EPSILON = 1.1920929e-07  # numpy.finfo(numpy.float32).eps, which the source of unit_norm adds
MATCH_LIMIT = 2**24  # products held at once while a guide is matched: 64 MiB, where a whole photo would take gigabytes


def places_of(a: tf.Tensor) -> tf.Tensor:
    """Return the number of places of one image, h * w."""
    shape = tf.shape(a)
    return tf.cast(shape[1] * shape[2], a.dtype)


def alignment(a: tf.Tensor, direction: tf.Tensor, cosine_power: float) -> tf.Tensor:
    """Sum over the batch the mean over places of dot * max(0.1, cos) ** cosine_power; `direction` broadcasts to `a`."""
    dot = tf.reduce_sum(a * direction, axis=-1, keepdims=True)  # (n, h, w, 1)
    if cosine_power:
        # The root of the sum under a floor: at a dead place the norm has no gradient, and 0 * inf would be NaN.
        squares = tf.reduce_sum(tf.square(a), axis=-1, keepdims=True)
        cosine = dot / (1e-4 + tf.sqrt(tf.maximum(squares, 1e-12)))
        cosine /= 1e-4 + tf.norm(direction, axis=-1, keepdims=True)
        dot *= tf.maximum(cosine, 0.1) ** cosine_power
    return sum_of_means(dot)


def best_matches(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return for each row of x (p, c) the row of y (q, c) with the largest dot product, a block of rows at a time."""
    p, q = tf.shape(x)[0], tf.shape(y)[0]
    rows = tf.maximum(1, MATCH_LIMIT // q)
    blocks = (p + rows - 1) // rows

    def match(block: tf.Tensor, found: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        products = tf.matmul(x[block * rows : (block + 1) * rows], y, transpose_b=True)
        return block + 1, found.write(block, tf.argmax(products, axis=1, output_type=tf.int32))

    found = tf.TensorArray(tf.int32, size=blocks, infer_shape=False, element_shape=[None])
    _, found = tf.while_loop(lambda block, _: block < blocks, match, (tf.constant(0), found), parallel_iterations=1)
    return tf.stop_gradient(tf.gather(y, found.concat()))
