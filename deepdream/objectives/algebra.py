"""Objectives: what a dream makes larger, as frozen values that add and scale like numbers.

    2 * Measure("mixed3", "mean") + 3 * Measure("mixed5", "mean") - 0.1 * TotalVariation()

A term names the layers that it reads and turns their activations into one number. A value that changes from photo to
photo (a channel found by rank, a guide's features, a Gram matrix) is not part of the term: the term holds its name, and
the value is looked up in `targets` at each call. So terms stay small and hashable, one compiled function serves all
photos, and it holds none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

PHOTO = "photo/"  # "photo/mixed4" in the targets: that layer of the photo, under the shift and in the tile of this step
WEIGHTS = "weights"  # optional in the targets: (terms,) further factors, which may change without a new compilation

Activations = Mapping[str, tf.Tensor]  # layer -> (n, h, w, c) float32
Targets = Mapping[str, tf.Tensor]


class Objective:
    """Behave like a vector whose coordinates are weights of terms: `2 * a + 3 * b - c`; no term comes twice."""

    terms: "tuple[tuple[Term, float], ...]"

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

    def __add__(self, other: "Objective") -> "Objective":
        if not isinstance(other, Objective):
            return NotImplemented
        weights = dict(self.terms)
        for term, weight in other.terms:
            weights[term] = weights.get(term, 0.0) + weight
        return Sum(tuple(weights.items()))

    def __radd__(self, other: int) -> "Objective":
        return self if other == 0 else NotImplemented  # so that sum(objectives) works

    def __mul__(self, factor: float) -> "Objective":
        return Sum(tuple((term, factor * weight) for term, weight in self.terms))

    __rmul__ = __mul__

    def __neg__(self) -> "Objective":
        return self * -1.0

    def __sub__(self, other: "Objective") -> "Objective":
        return self + -other


@dataclass(frozen=True)
class Sum(Objective):
    """Hold terms and their weights."""

    terms: "tuple[tuple[Term, float], ...]"


class Term(Objective):
    """One summand: a small frozen value that knows its layers and how to weigh up their activations."""

    @property
    def terms(self) -> "tuple[tuple[Term, float], ...]":  # type: ignore[override]
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
