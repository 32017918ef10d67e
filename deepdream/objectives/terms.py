"""The terms of objectives: small frozen values that know their layers and how to weigh up their activations.

Sources: Mordvintsev, Olah, Tyka, "Inceptionism", 2015 (Caffe notebook); the TensorFlow DeepDream tutorial; Chollet's
Keras example; Hvass Laboratories' tutorial 14; crowsonkb/deep_dream, 2016; Olah, Mordvintsev, Schubert, "Feature
Visualization", 2017 (Lucid); Gatys, Ecker, Bethge, "A Neural Algorithm of Artistic Style", 2015.
"""

from dataclasses import dataclass

import tensorflow as tf

from deepdream.engine.compile import IMAGE
from deepdream.objectives.algebra import PHOTO, Activations, Targets, Term
from deepdream.objectives.measures import MEASURES, alignment, best_matches, places_of, sum_of_means
from deepdream.objectives.statistics import ADDITIVE, STATISTICS, gram_matrix


@dataclass(frozen=True)
class OfLayer(Term):
    """A term of one layer, by whose name its part of the loss goes."""

    layer: str

    @property
    def part(self) -> str:
        return self.layer

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.layer,)


class AtPlace(OfLayer):
    """A term of one layer that may count one place of it alone, which is in one tile only.

    `place` is (x, y) as shares of width and height, the name of a target that holds them, or None for all places. One
    outside [0, 1) is out of this tile's sight: the value is 0.
    """

    place: tuple[float, float] | str | None

    @property
    def part(self) -> str:
        return self.layer + _place_name(self.place)

    @property
    def sums_over_places(self) -> bool:
        return self.place is not None

    def maps(self, activations: Activations, targets: Targets) -> tuple[tf.Tensor, ...]:
        """Return what is measured, maps (n, h, w, c) of one size."""
        return (activations[self.layer],)

    def measured(self, targets: Targets, *maps: tf.Tensor) -> tf.Tensor:
        """Return the value of the maps, or of one place of them."""
        raise NotImplementedError

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        maps = self.maps(activations, targets)
        if self.place is None:
            return self.measured(targets, *maps)
        place = targets[self.place] if isinstance(self.place, str) else self.place
        cells = [_at(each, place) for each in maps]
        value = self.measured(targets, *(cell for cell, _ in cells))
        return tf.where(cells[0][1], value, tf.zeros([], value.dtype))


@dataclass(frozen=True)
class Measure(AtPlace):
    """Measure how strongly a layer, one of its channels, or one place of it responds.

    Args:
        layer: its name; the layer of class logits counts as one with a single place.
        measure: one of MEASURES.
        channel: an index, the name of a target that holds one, or None for all channels.
        place: as in AtPlace.
    """

    measure: str = "mean"
    channel: int | str | None = None
    place: tuple[float, float] | str | None = None

    @property
    def part(self) -> str:
        channel = "" if self.channel is None else f":{self.channel}"
        return self.layer + channel + _place_name(self.place)

    @property
    def sums_over_places(self) -> bool:
        return self.measure == "caffe_l2" or self.place is not None

    def maps(self, activations: Activations, targets: Targets) -> tuple[tf.Tensor, ...]:
        a = activations[self.layer]  # (n, h, w, c)
        if self.channel is None:
            return (a,)
        k = targets[self.channel] if isinstance(self.channel, str) else self.channel
        return (a[..., k : k + 1],)  # (n, h, w, 1)

    def measured(self, targets: Targets, *maps: tf.Tensor) -> tf.Tensor:
        borderless = self.measure == "keras_l2" and self.place is not None  # one place has no borders to leave out
        return MEASURES["mean_square" if borderless else self.measure](*maps)


@dataclass(frozen=True)
class Direction(AtPlace):
    """Measure how much the activations point in a direction: dot * max(0.1, cos) ** cosine_power, the mean over places
    (Lucid).

    A higher power wants the direction alone rather than much of everything that contains it.

    Args:
        layer: its name.
        direction: (c,) numbers, or the name of a target that holds them.
        cosine_power: 0 is the plain dot product.
        place: as in AtPlace.
    """

    direction: tuple[float, ...] | str
    cosine_power: float = 0.0
    place: tuple[float, float] | str | None = None

    @property
    def part(self) -> str:
        direction = self.direction if isinstance(self.direction, str) else "direction"
        return f"{self.layer}>{direction}{_place_name(self.place)}"

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.direction,) if isinstance(self.direction, str) else ()

    def measured(self, targets: Targets, *maps: tf.Tensor) -> tf.Tensor:
        (a,), own = maps, self.direction
        direction = targets[own] if isinstance(own, str) else tf.constant(own, a.dtype)
        return alignment(a, direction, self.cosine_power)


@dataclass(frozen=True)
class Caricature(AtPlace):
    """Measure how much each place points where the photo pointed there, which overdraws what the photo has.

    With a cosine power this is Lucid's objective `tensor_direction`, with one cosine a place. Lucid's recipe named
    "caricature" has one for the whole map: without a power both have the same gradient, with one they differ.

    Args:
        layer: its name.
        cosine_power: as in Direction.
        place: as in AtPlace.
    """

    cosine_power: float = 0.0
    place: tuple[float, float] | str | None = None

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (PHOTO + self.layer,)

    def maps(self, activations: Activations, targets: Targets) -> tuple[tf.Tensor, ...]:
        return activations[self.layer], targets[PHOTO + self.layer]

    def measured(self, targets: Targets, *maps: tf.Tensor) -> tf.Tensor:
        a, photo = maps
        return alignment(a, photo, self.cosine_power)


@dataclass(frozen=True)
class Guide(OfLayer):
    """Pull each place towards the guide's feature that fits it best (Caffe notebook, "Controlling dreams").

    The injected gradient at a place with activations x is the guide's feature y of largest x.y; it is held fixed while
    the gradient is taken, so the value is the sum over places of x.y.

    Args:
        layer: its name.
        features: the name of a target that holds the guide's features, (places, c).
    """

    sums_over_places = True
    features: str

    @property
    def part(self) -> str:
        return f"{self.layer}~{self.features}"

    @property
    def compares_with(self) -> tuple[str, ...]:
        return (self.features,)

    def value(self, activations: Activations, targets: Targets) -> tf.Tensor:
        a = activations[self.layer]
        x = tf.reshape(tf.stop_gradient(a), [-1, a.shape[-1]])  # (places, c)
        matches = best_matches(x, targets[self.features])
        return tf.reduce_sum(a * tf.reshape(matches, tf.shape(a)))


@dataclass(frozen=True)
class Diversity(OfLayer):
    """Measure how unlike the images of a batch are: minus the cosine similarity of their Gram matrices (Lucid); one
    image gives 0."""

    @property
    def part(self) -> str:
        return f"{self.layer}/diversity"

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

    part = "total_variation"
    reads = (IMAGE,)
    kind: str = "keras"
    mean: bool = True

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
        return value / places_of(image) if self.mean else value


@dataclass(frozen=True)
class _Compared(OfLayer):
    """Compare one layer with one array among the targets, by whose name it goes in the losses."""

    reference: str

    @property
    def part(self) -> str:
        return self.reference

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
        return sum_of_means(squares) if self.mean else tf.reduce_sum(squares)


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
        return sum_of_means(tf.square(own - targets[self.reference]))


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


def _place_name(place: tuple[float, float] | str | None) -> str:
    if place is None:
        return ""
    return f"@{place if isinstance(place, str) else '{:g},{:g}'.format(*place)}"


def _at(a: tf.Tensor, place: tf.Tensor | tuple[float, float]) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the activations at (x, y), (n, 1, 1, c), and whether that place is on the map at all."""
    x, y = place[0], place[1]
    h, w = tf.shape(a)[1], tf.shape(a)[2]
    row = tf.clip_by_value(tf.cast(y * tf.cast(h, tf.float32), tf.int32), 0, h - 1)
    column = tf.clip_by_value(tf.cast(x * tf.cast(w, tf.float32), tf.int32), 0, w - 1)
    inside = tf.reduce_all([x >= 0, x < 1, y >= 0, y < 1])
    return a[:, row : row + 1, column : column + 1], inside
