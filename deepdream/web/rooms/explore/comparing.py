"""Before and after a dream: the classes that a network names, the levels of red, green and blue, and the losses."""

from typing import Any

import numpy as np

from deepdream.images import shrink
from deepdream.networks import Network
from deepdream.networks.channel_names import channel_names
from deepdream.recipe import Recipe
from deepdream.web.rooms.shared.naming import classes_of
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History, finished
from deepdream.web.rooms.shared.stage import lines_of
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitor

SIDE = 512  # pixels; shares of levels and classes hardly change above
BINS = 64


def compare(visitor: Visitor, network: Network, turns: Turns) -> dict[str, Any]:
    """Return plain data on the visitor's photo and their newest dream; {} without a photo.

    classes: for "before" and "after" the five likeliest labels with their probabilities, where the network has labels.
    levels: for each, the shares of BINS levels of red, green and blue. losses: the lines of the dream's parts over its
    "steps", and "clipped", the share of pixels at black or white. names: keys of the texts that name channels.
    """
    photo = visitor.of(Material).photo
    if photo is None:
        return {}
    pictures, newest = {"before": shrink(photo, SIDE).pixels}, visitor.of(History).newest_of(photo)
    if newest is not None:
        pictures["after"] = finished(newest, side=SIDE)
    return {
        "classes": {when: classes_of(each, network, turns) for when, each in pictures.items()}
        if network.labels
        else {},
        "levels": {when: _levels(picture) for when, picture in pictures.items()},
        "losses": lines_of(newest.trace) if newest is not None else {},
        "names": _keys(newest.recipe) if newest is not None else {},
        "steps": len(newest.trace.steps) if newest is not None and newest.trace is not None else 0,
    }


def _keys(recipe: Recipe) -> dict[str, str]:
    names = channel_names(recipe.network)
    return {target: f"channel.{names[target]}" for target, _ in recipe.layers if target in names}


def _levels(picture: np.ndarray) -> list[list[float]]:
    from deepdream.inspection.views import histograms

    counts = histograms(picture).reshape(3, BINS, -1).sum(axis=2)
    return np.round(counts / counts.sum(axis=1, keepdims=True), 5).tolist()
