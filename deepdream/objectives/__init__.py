"""Objectives: what a dream makes larger. `algebra` is how they add, `terms` the values, `aims` reads
them from a recipe."""

from deepdream.objectives.aims import PLACE, Aim, from_objective, from_recipe, rank_channels
from deepdream.objectives.algebra import IMAGE, PHOTO, WEIGHTS, Objective, Sum, Term
from deepdream.objectives.measures import ADDITIVE, MEASURES, OF_ADDITIVE, STATISTICS, gram_matrix, moments
from deepdream.objectives.terms import (
    AlongStatistic,
    Caricature,
    Difference,
    Direction,
    Diversity,
    Guide,
    Measure,
    Style,
    TotalVariation,
)

__all__ = [
    "ADDITIVE",
    "IMAGE",
    "MEASURES",
    "OF_ADDITIVE",
    "PHOTO",
    "PLACE",
    "STATISTICS",
    "WEIGHTS",
    "Aim",
    "AlongStatistic",
    "Caricature",
    "Difference",
    "Direction",
    "Diversity",
    "Guide",
    "Measure",
    "Objective",
    "Style",
    "Sum",
    "Term",
    "TotalVariation",
    "from_objective",
    "from_recipe",
    "gram_matrix",
    "moments",
    "rank_channels",
]
