"""Before and after a dream: the classes that a network names, the levels of red, green and blue, and the losses."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.images import shrink
from deepdream.web.rooms.results import finished
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitor

if TYPE_CHECKING:
    from deepdream.frames import LossTrace
    from deepdream.networks import Network

SIDE = 512  # pixels; shares of levels and classes hardly change above
BINS = 64
POINTS = 160  # of one line of a plot


def compare(visitor: Visitor, network: "Network", turns: Turns) -> dict[str, Any]:
    """Return plain data on the visitor's photo and their newest dream; {} without a photo.

    classes: for "before" and "after" the five likeliest labels with their probabilities, where the network has labels.
    levels: for each, the shares of BINS levels of red, green and blue. losses: the lines of the dream's parts over its
    "steps", and "clipped", the share of pixels at black or white.
    """
    if visitor.photo is None:
        return {}
    pictures = {"before": shrink(visitor.photo, SIDE).pixels}
    dreams = [visitor.current, *reversed(visitor.results)]
    newest = next((each for each in dreams if each is not None and each.photo is visitor.photo), None)
    if newest is not None:
        pictures["after"] = finished(newest, side=SIDE)
    return {
        "classes": _classes(pictures, network, turns) if network.labels else {},
        "levels": {when: _levels(picture) for when, picture in pictures.items()},
        "losses": lines_of(newest.trace) if newest is not None else {},
        "steps": len(newest.trace.steps) if newest is not None and newest.trace is not None else 0,
    }


def _classes(pictures: dict[str, np.ndarray], network: "Network", turns: Turns) -> dict[str, list[list[Any]]]:
    from deepdream.inspection.views import top_classes

    with turns.preview_step():
        return {
            when: [[name, round(share, 4)] for name, share in top_classes(picture, network)]
            for when, picture in pictures.items()
        }


def _levels(picture: np.ndarray) -> list[list[float]]:
    from deepdream.inspection.views import histograms

    counts = histograms(picture).reshape(3, BINS, -1).sum(axis=2)
    return np.round(counts / counts.sum(axis=1, keepdims=True), 5).tolist()


def lines_of(trace: "LossTrace | None") -> dict[str, list[float | None]]:
    """Return the parts of a run's loss and its share of clipped pixels as lines of at most POINTS values."""
    if trace is None or not trace.steps:
        return {}
    chosen = np.unique(np.linspace(0, len(trace.steps) - 1, POINTS).astype(int))
    lines = {**trace.parts, "clipped": trace.clipped}
    return {
        part: [round(values[index], 6) if math.isfinite(values[index]) else None for index in chosen]
        for part, values in lines.items()
    }
