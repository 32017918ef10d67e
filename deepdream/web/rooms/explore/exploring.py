"""What Explore shows of a photo: how a layer answers to it, where a class is seen, and it before and after a dream."""

from typing import Any

import numpy as np

from deepdream.images import Photo, fit_size, rescale, resize, shrink
from deepdream.inspection.colormap import colorize
from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.web.components.atlas import channel_key
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.rooms.explore.state import Exploration
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import History, finished
from deepdream.web.rooms.shared.stage import classes_of, lines_of
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

SIDE = 768  # pixels of the photo's longer side
MOST = 16e6  # activations held for one visitor, 64 MB: the first layers of large networks are looked at smaller
ROW = 32  # channels in the row
SMALL = 112  # pixels of one of them
COMPARED = 512  # pixels; shares of levels and classes hardly change above
BINS = 64


def explore(
    network: Network, photo: Photo, layer: str, turns: Turns, *, point: tuple[float, float] | None = None
) -> Exploration:
    """Look at a photo with one layer; the channel that is strongest, at a point if one is given, is chosen.

    Raises:
        LayerError: the network has no such layer.
    """
    from deepdream.inspection.maps import feature_maps

    about = network.layer(layer)
    size = shrink(photo, SIDE).size
    held = size[0] * size[1] / about.stride**2 * about.channels
    small = shrink(photo, max(64, int(max(size) * min(1.0, (MOST / held) ** 0.5))))
    with turns.preview_step():
        maps = feature_maps(small, network, layer)
    exploration = Exploration(network.name, photo, maps, channel=0)
    exploration.rank_at(point)
    return exploration


def channel_items(exploration: Exploration, language: str | None) -> list[dict[str, Any]]:
    """Return the strongest channels, at the point if one was chosen, as items for a row of pictures."""
    maps, items = exploration.maps, []
    size = fit_size(maps.photo.shape[:2], SMALL)
    for channel in map(int, maps.ranking(exploration.point)[:ROW]):
        key = channel_key(exploration.network, f"{maps.layer}:{channel}")
        items.append(
            {
                "id": channel,
                "name": f"{channel} · {say(key, language)}" if key else str(channel),
                "note": f"{maps.scale(channel)[1]:.2g}",
                "picture": inline_jpeg(colorize(rescale(maps.maps[..., channel], size), *maps.scale(channel))),
                "current": channel == exploration.channel,
            }
        )
    return items


def class_heat(network: Network, photo: Photo, layer: str, label: str, turns: Turns) -> tuple[np.ndarray, float]:
    """Return a photo (h, w, 3) under the colors of where a layer speaks for a class (Grad-CAM), and the class's share.

    A class that the network holds for unlikely beside the likeliest glows fainter, by the root of their ratio.

    Raises:
        LayerError: the layer or the class is not there, or the classes do not depend on the layer.
        NetworkError: the network has no labels.
    """
    from deepdream.inspection.views import grad_cam, top_classes

    small = shrink(photo, SIDE)
    with turns.preview_step():
        where = grad_cam(small, network, layer, label)
        shares = dict(top_classes(small, network, len(network.labels)))
    heat, share = resize(where, small.size), shares[label]
    glow = (share / max(shares.values())) ** 0.5
    colors = colorize(heat * np.float32(glow), 0.0, float(heat.max()))
    return np.clip(0.55 * colors + 0.45 * small.pixels, 0.0, 1.0).astype(np.float32), share


def compare(visitor: Visitor, network: Network, turns: Turns) -> dict[str, Any]:
    """Return plain data on the visitor's photo and their newest dream; {} without a photo.

    classes: for "before" and "after" the five likeliest labels with their probabilities, where the network has labels.
    levels: for each, the shares of BINS levels of red, green and blue. losses: the lines of the dream's parts over its
    "steps", and "clipped", the share of pixels at black or white. names: keys of the texts that name channels.
    """
    photo = visitor.of(Material).photo
    if photo is None:
        return {}
    pictures, newest = {"before": shrink(photo, COMPARED).pixels}, visitor.of(History).newest_of(photo)
    if newest is not None:
        pictures["after"] = finished(newest, side=COMPARED)
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
    keys = {target: channel_key(recipe.network, target) for target, _ in recipe.layers}
    return {target: key for target, key in keys.items() if key}


def _levels(picture: np.ndarray) -> list[list[float]]:
    from deepdream.inspection.views import histograms

    counts = histograms(picture).reshape(3, BINS, -1).sum(axis=2)
    return np.round(counts / counts.sum(axis=1, keepdims=True), 5).tolist()
