"""A recipe under a name."""

from dataclasses import dataclass

from deepdream.recipe import Recipe


@dataclass(frozen=True)
class Preset:
    """Give a recipe a name, a title for people and one sentence on its look or its source.

    family: one of FAMILIES for the looks of the compact network, which has many; "" for others.
    """

    name: str
    title: str
    sentence: str
    recipe: Recipe
    family: str = ""
