"""Objectives: what a dream makes larger, as frozen values that add and scale like numbers.

    2 * Measure("mixed3", "mean") + 3 * Measure("mixed5", "mean") - 0.1 * TotalVariation()

A term names the layers that it reads and turns their activations into one number. A value that changes from photo to
photo (a channel found by rank, a guide's features, a Gram matrix) is not part of the term: the term holds its name, and
the value is looked up in `targets` at each call. So terms stay small and hashable, one compiled function serves all
photos, and it holds none of them.

Sources: Mordvintsev, Olah, Tyka, "Inceptionism", 2015 (Caffe notebook); the TensorFlow DeepDream tutorial; Chollet's
Keras example; Hvass Laboratories' tutorial 14; crowsonkb/deep_dream, 2016; Olah, Mordvintsev, Schubert, "Feature
Visualization", 2017 (Lucid); Gatys, Ecker, Bethge, "A Neural Algorithm of Artistic Style", 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tensorflow as tf

IMAGE = "image"  # the pseudo-layer that is the picture itself, in [0, 1]
PHOTO = "photo/"  # "photo/mixed4" in the targets: that layer of the photo, under the shift and in the tile of this step
WEIGHTS = "weights"  # optional in the targets: (terms,) further factors, which may change without a new compilation

Activations = Mapping[str, tf.Tensor]  # layer -> (n, h, w, c) float32
Targets = Mapping[str, tf.Tensor]


class Objective:
    """Behave like a vector whose coordinates are weights of terms: `2 * a + 3 * b - c`; no term comes twice."""

    terms: tuple[tuple[Term, float], ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the layers whose activations the terms read, each once; IMAGE may be among them."""
        return tuple(dict.fromkeys(layer for term, _ in self.terms for layer in term.reads))

    @property
    def photo_layers(self) -> tuple[str, ...]:
        """Return the layers of the photo that must be in the targets, under PHOTO + layer, shifted and cut like the
        image."""
        names = dict.fromkeys(name for term, _ in self.terms for name in term.compares_with)
        return tuple(name.removeprefix(PHOTO) for name in names if name.startswith(PHOTO))

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the keys of `losses`, in the order of the terms."""
        return tuple(dict.fromkeys(term.part for term, _ in self.terms))

    def losses(self, activations: Activations, targets: Targets) -> dict[str, tf.Tensor]:
        """Return the weighted value of each part, a scalar summed over the batch; their sum is what is made larger."""
        factors = targets.get(WEIGHTS)
        losses: dict[str, tf.Tensor] = {}
        for index, (term, weight) in enumerate(self.terms):
            value = term.value(activations, targets) * (weight if factors is None else weight * factors[index])
            losses[term.part] = losses[term.part] + value if term.part in losses else value
        return losses

    def __add__(self, other: Objective) -> Objective:
        if not isinstance(other, Objective):
            return NotImplemented
        weights = dict(self.terms)
        for term, weight in other.terms:
            weights[term] = weights.get(term, 0.0) + weight
        return Sum(tuple(weights.items()))

    def __radd__(self, other: int) -> Objective:
        return self if other == 0 else NotImplemented  # so that sum(objectives) works

    def __mul__(self, factor: float) -> Objective:
        return Sum(tuple((term, factor * weight) for term, weight in self.terms))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1.0

    def __sub__(self, other: Objective) -> Objective:
        return self + -other


@dataclass(frozen=True)
class Sum(Objective):
    """Hold terms and their weights."""

    terms: tuple[tuple[Term, float], ...]


class Term(Objective):
    """One summand: a small frozen value that knows its layers and how to weigh up their activations."""

    @property
    def terms(self) -> tuple[tuple[Term, float], ...]:  # type: ignore[override]
        """Return itself, with weight 1."""
        return ((self, 1.0),)

    @property
    def part(self) -> str:
        """Return the key of this term in `losses`."""
        raise NotImplementedError

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the layers whose activations it needs."""
        raise NotImplementedError

    @property
    def compares_with(self) -> tuple[str, ...]:
        """Return the names of the arrays that it looks up in the targets."""
        return ()

    @property
    def sums_over_places(self) -> bool:
        """Say whether the values of the tiles of a picture add up to that of the whole; otherwise they average."""
        return False

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        """Return the value, a float32 scalar summed over the batch."""
        raise NotImplementedError


@dataclass(frozen=True)
class Measure(Term):
    """Measure how strongly a layer, one of its channels, or one place of it responds.

    Args:
        layer: its name; the layer of class logits counts as one with a single place.
        measure: one of MEASURES.
        channel: an index, the name of a target that holds one, or None for all channels.
        place: (x, y) as shares of width and height, the name of a target that holds them, or None for all places. A
            place outside [0, 1) is in another tile: the value is 0.
    """

    layer: str
    measure: str = "mean"
    channel: int | str | None = None
    place: tuple[float, float] | str | None = None

    @property
    def part(self) -> str:
        channel = "" if self.channel is None else f":{self.channel}"
        return self.layer + channel + _place_name(self.place)

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def sums_over_places(self) -> bool:
        return self.measure == "caffe_l2" or self.place is not None  # a place is in one tile only

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        a = activations[self.layer]  # (n, h, w, c)
        if self.channel is not None:
            k = targets[self.channel] if isinstance(self.channel, str) else self.channel
            a = a[..., k : k + 1]  # (n, h, w, 1)
        if self.place is None:
            return MEASURES[self.measure](a)
        place = targets[self.place] if isinstance(self.place, str) else self.place
        a, inside = _at(a, place)  # (n, 1, 1, c)
        # One place has no borders to leave out.
        measure = mean_square if self.measure == "keras_l2" else MEASURES[self.measure]
        return tf.where(inside, measure(a), tf.zeros([], a.dtype))


@dataclass(frozen=True)
class Direction(Term):
    """Measure how much the activations point in a direction: dot * max(0.1, cos) ** cosine_power, the mean over places
    (Lucid).

    A higher power wants the direction alone rather than much of everything that contains it.

    Args:
        layer: its name.
        direction: (c,) numbers, or the name of a target that holds them.
        cosine_power: 0 is the plain dot product.
        place: as in Measure.
    """

    layer: str
    direction: tuple[float, ...] | str
    cosine_power: float = 0.0
    place: tuple[float, float] | str | None = None

    @property
    def part(self) -> str:
        direction = self.direction if isinstance(self.direction, str) else "direction"
        return f"{self.layer}>{direction}{_place_name(self.place)}"

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.direction,) if isinstance(self.direction, str) else ()

    @property
    def sums_over_places(self) -> bool:
        return self.place is not None

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        a = activations[self.layer]
        direction = targets[self.direction] if isinstance(self.direction, str) else tf.constant(self.direction, a.dtype)
        if self.place is None:
            return _alignment(a, direction, self.cosine_power)
        a, inside = _at(a, targets[self.place] if isinstance(self.place, str) else self.place)
        return tf.where(inside, _alignment(a, direction, self.cosine_power), tf.zeros([], a.dtype))


@dataclass(frozen=True)
class Caricature(Term):
    """Measure how much each place points where the photo pointed there, which overdraws what the photo has.

    With a cosine power this is Lucid's objective `tensor_direction`, with one cosine a place. Lucid's recipe named
    "caricature" has one for the whole map: without a power both have the same gradient, with one they differ.

    Args:
        layer: its name.
        cosine_power: as in Direction.
        place: as in Measure.
    """

    layer: str
    cosine_power: float = 0.0
    place: tuple[float, float] | str | None = None

    @property
    def part(self) -> str:
        return self.layer + _place_name(self.place)

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (PHOTO + self.layer,)

    @property
    def sums_over_places(self) -> bool:
        return self.place is not None

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        a, photo = activations[self.layer], targets[PHOTO + self.layer]
        if self.place is None:
            return _alignment(a, photo, self.cosine_power)
        place = targets[self.place] if isinstance(self.place, str) else self.place
        (a, inside), (photo, _) = _at(a, place), _at(photo, place)
        return tf.where(inside, _alignment(a, photo, self.cosine_power), tf.zeros([], a.dtype))


@dataclass(frozen=True)
class Guide(Term):
    """Pull each place towards the guide's feature that fits it best (Caffe notebook, "Controlling dreams").

    The injected gradient at a place with activations x is the guide's feature y of largest x.y; it is held fixed while
    the gradient is taken, so the value is the sum over places of x.y.

    Args:
        layer: its name.
        features: the name of a target that holds the guide's features, (places, c).
    """

    layer: str
    features: str

    @property
    def part(self) -> str:
        return f"{self.layer}~{self.features}"

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.features,)

    @property
    def sums_over_places(self) -> bool:
        return True

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        a = activations[self.layer]
        x = tf.reshape(tf.stop_gradient(a), [-1, a.shape[-1]])  # (places, c)
        matches = _best_matches(x, targets[self.features])
        return tf.reduce_sum(a * tf.reshape(matches, tf.shape(a)))


@dataclass(frozen=True)
class Diversity(Term):
    """Measure how unlike the images of a batch are: minus the cosine similarity of their Gram matrices (Lucid); one
    image gives 0."""

    layer: str

    @property
    def part(self) -> str:
        return f"{self.layer}/diversity"

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        grams = gram_matrix(activations[self.layer])  # (n, c, c)
        grams = tf.reshape(grams, [tf.shape(grams)[0], -1])
        grams = tf.math.l2_normalize(grams, axis=1)
        similarity = tf.matmul(grams, grams, transpose_b=True)  # (n, n)
        return (tf.linalg.trace(similarity) - tf.reduce_sum(similarity)) / tf.cast(tf.shape(grams)[0], grams.dtype)


@dataclass(frozen=True)
class TotalVariation(Term):
    """Measure the roughness of the picture; weigh it negatively.

    Args:
        kind: "keras" is the sum over pixels of (dx^2 + dy^2) ^ 1.25 (Keras's style example), "absolute" the sum of |dx|
            + |dy| (tf.image.total_variation).
        mean: divide by the number of pixels, so that the weight means the same at every size.
    """

    kind: str = "keras"
    mean: bool = True

    @property
    def part(self) -> str:
        return "total_variation"

    @property
    def reads(self) -> tuple[str, ...]:
        return (IMAGE,)

    @property
    def sums_over_places(self) -> bool:
        return not self.mean

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        image = activations[IMAGE]
        if self.kind == "keras":
            corner = image[:, :-1, :-1]
            squares = tf.square(image[:, 1:, :-1] - corner) + tf.square(image[:, :-1, 1:] - corner)
            value = tf.reduce_sum(squares**1.25)
        else:
            value = tf.reduce_sum(tf.image.total_variation(image))
        return value / _places(image) if self.mean else value


@dataclass(frozen=True)
class _Compared(Term):
    """Compare one layer with one array among the targets, by whose name it goes in the losses."""

    layer: str
    reference: str

    @property
    def part(self) -> str:
        return self.reference

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.reference,)


@dataclass(frozen=True)
class Difference(_Compared):
    """Measure the squared difference to given activations: the content of style transfer, the pull towards the photo.

    Weigh it negatively.

    Args:
        layer: its name; IMAGE compares the pictures themselves.
        reference: the name of a target with the same shape; PHOTO + layer is the photo's.
        mean: divide the sum of squares (Gatys et al.) by the number of elements of one image.
    """

    mean: bool = True

    @property
    def sums_over_places(self) -> bool:
        return not self.mean

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        squares = tf.square(activations[self.layer] - targets[self.reference])
        return _sum_of_means(squares) if self.mean else tf.reduce_sum(squares)


@dataclass(frozen=True)
class Style(_Compared):
    """Measure the squared difference to the statistics of a style; weigh it negatively.

    Args:
        layer: its name.
        reference: the name of a target that holds `gram_matrix` (c, c) or `moments` (2, c) of the style's activations.
        statistic: "gram" is the mean of squared differences of Gram matrices over places (Gatys et al.), "moments" that
            of means and standard deviations (Huang, Belongie, "Arbitrary Style Transfer in Real-time", 2017).
    """

    statistic: str = "gram"

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        own = STATISTICS[self.statistic](activations[self.layer])
        return _sum_of_means(tf.square(own - targets[self.reference]))


@dataclass(frozen=True)
class AlongStatistic(_Compared):
    """Measure a statistic along a direction: the derivative of a loss by the statistic of a picture seen in tiles.

    Args:
        layer: its name.
        reference: the name of a target of the statistic's shape, the direction.
        statistic: one of ADDITIVE.
    """

    statistic: str = "gram"

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        own = ADDITIVE[self.statistic](activations[self.layer])
        return tf.reduce_sum(own * targets[self.reference])


@tf.custom_gradient
def gram_matrix(a: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Return each image's Gram matrix, divided by the number of places: (n, h, w, c) to (n, c, c).

    Its way back is one matrix product, where automatic differentiation takes one for each factor and adds them up.
    """
    shape, places = tf.shape(a), _places(a)
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


def mean(a: tf.Tensor) -> tf.Tensor:
    """Return mean(a), TensorFlow's tutorial; of one channel, Lucid's."""
    return _sum_of_means(a)


def mean_square(a: tf.Tensor) -> tf.Tensor:
    """Return mean(a^2), Hvass and the TensorFlow notebook of 2015."""
    return _sum_of_means(tf.square(a))


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
    "mean": mean,
    "mean_square": mean_square,
    "caffe_l2": caffe_l2,
    "keras_l2": keras_l2,
    "unit_norm": unit_norm,
}

FLOAT32_EPSILON = 1.1920929e-07  # numpy.finfo(numpy.float32).eps, which the source of unit_norm adds
MATCH_LIMIT = 2**24  # products held at once while a guide is matched: 64 MiB, where a whole photo would take gigabytes


def _place_name(place: tuple[float, float] | str | None) -> str:
    if place is None:
        return ""
    return f"@{place if isinstance(place, str) else '{:g},{:g}'.format(*place)}"


def _sum_of_means(a: tf.Tensor) -> tf.Tensor:
    """Sum over the batch the mean of each image, so that an image's gradient does not depend on its batch."""
    return tf.reduce_mean(a) * tf.cast(tf.shape(a)[0], a.dtype)


def _places(a: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(a)
    return tf.cast(shape[1] * shape[2], a.dtype)


def _at(a: tf.Tensor, place: tf.Tensor | tuple[float, float]) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the activations at (x, y), (n, 1, 1, c), and whether that place is on the map at all."""
    x, y = place[0], place[1]
    h, w = tf.shape(a)[1], tf.shape(a)[2]
    row = tf.clip_by_value(tf.cast(y * tf.cast(h, tf.float32), tf.int32), 0, h - 1)
    column = tf.clip_by_value(tf.cast(x * tf.cast(w, tf.float32), tf.int32), 0, w - 1)
    inside = tf.reduce_all([x >= 0, x < 1, y >= 0, y < 1])
    return a[:, row : row + 1, column : column + 1], inside


def _alignment(a: tf.Tensor, direction: tf.Tensor, cosine_power: float) -> tf.Tensor:
    """Sum over the batch the mean over places of dot * max(0.1, cos) ** cosine_power; `direction` broadcasts to `a`."""
    dot = tf.reduce_sum(a * direction, axis=-1, keepdims=True)  # (n, h, w, 1)
    if cosine_power:
        # The root of the sum under a floor: at a dead place the norm has no gradient, and 0 * inf would be NaN.
        squares = tf.reduce_sum(tf.square(a), axis=-1, keepdims=True)
        cosine = dot / (1e-4 + tf.sqrt(tf.maximum(squares, 1e-12)))
        cosine /= 1e-4 + tf.norm(direction, axis=-1, keepdims=True)
        dot *= tf.maximum(cosine, 0.1) ** cosine_power
    return _sum_of_means(dot)


def _best_matches(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
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
