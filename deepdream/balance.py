"""Let each target of a recipe count by its weight alone: its gradient is scaled by its own size first.

A layer's numbers may be a hundred times another's, so that weights alone do not mix them. What the sizes are is
measured on the photo at the size of the smallest octave, by a step for each target.
"""

import dataclasses

import numpy as np

from deepdream.ascent import Climb, value_and_gradient
from deepdream.objectives.aims import Aim
from deepdream.objectives.algebra import WEIGHTS
from deepdream.transforms import View

FAINTEST = 0.02  # of the largest gradient: what a picture hardly shows is raised no further than from there


def balance(climb: Climb, picture: np.ndarray) -> Aim:
    """Return the climb's aim with weights by which the gradients of the recipe's layers have their weights' sizes.

    Sizes are standard deviations on the picture (h, w, 3), and none where no layer has any gradient there.
    """
    weights = climb.aim.targets[WEIGHTS].copy()
    own = np.array([weight for _, weight in climb.recipe.layers], np.float32)
    sizes = np.array([_size(climb, picture, index) for index in range(len(own))], np.float32)
    if sizes.max() > 0:
        weights[: len(own)] = own * sizes.max() / np.maximum(sizes, FAINTEST * sizes.max())
    return dataclasses.replace(climb.aim, targets=climb.aim.targets | {WEIGHTS: weights})


def _size(climb: Climb, picture: np.ndarray, index: int) -> float:
    """Return the standard deviation of the gradient of one of the recipe's layers, at weight 1."""
    alone = np.zeros_like(climb.aim.targets[WEIGHTS])
    alone[index] = 1.0
    aim = dataclasses.replace(climb.aim, targets=climb.aim.targets | {WEIGHTS: alone})
    _, gradient = value_and_gradient(picture, dataclasses.replace(climb, aim=aim).meter, View())
    return float(gradient.std(dtype=np.float64))
