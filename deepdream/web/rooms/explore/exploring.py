"""What Explore shows of a photo: the channels of a layer, where they answer, and where a class is seen.

A visitor's exploration is one `Exploration`, made anew when photo, network or layer change. The work takes the engine
one step at a time, as a render does, so that it holds nobody up.
"""

import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.images import Photo, rescale, resize, shrink
from deepdream.inspection.colormap import colorize
from deepdream.networks.channel_names import channel_names
from deepdream.visualization.presets import PORTRAIT_PRESETS
from deepdream.web.components.atlas import channel_name
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.rooms.explore.seeing import PORTRAIT
from deepdream.web.server.host import Host
from deepdream.web.server.renders import FRAME_SECONDS
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitor

if TYPE_CHECKING:
    from deepdream.frames import Frame
    from deepdream.inspection.maps import FeatureMaps
    from deepdream.networks import Network

SIDE = 768  # pixels of the photo's longer side
MOST = 16e6  # activations held for one visitor, 64 MB: the first layers of large networks are looked at smaller
SHOWN = 32  # channels in the row
SMALL = 112  # pixels of one of them
BLOCK = 8  # pictures of a sheet that are shown at a time, as many as are grown together
OVER = 0.35  # how much of the photo shows through a map


class Superseded(Exception):
    """End a piece of work that its visitor no longer waits for."""


@dataclass(eq=False)
class Exploration:
    """Hold what one visitor looks at: a layer's answers to the photo, one of its channels, and perhaps a place."""

    network: str
    photo: Photo
    maps: "FeatureMaps"
    channel: int
    place: tuple[float, float] | None = None

    def shows(self, photo: Photo | None, network: str, layer: str) -> bool:
        """Say whether this is the exploration of a photo by a layer."""
        return self.photo is photo and (self.network, self.maps.layer) == (network, layer)

    def rank_at(self, place: tuple[float, float] | None) -> None:
        """Rank the channels at a place, x and y as shares, or over the whole photo; the strongest is chosen."""
        self.place = place
        ranking = self.maps.ranking(place)
        if len(ranking):
            self.channel = int(ranking[0])

    @property
    def target(self) -> str:
        """Return the channel as a recipe names it."""
        return f"{self.maps.layer}:{self.channel}"


def explore(
    network: "Network", photo: Photo, layer: str, turns: Turns, *, place: tuple[float, float] | None = None
) -> Exploration:
    """Look at a photo with one layer; the channel that is strongest, at a place if one is given, is chosen.

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
    exploration.rank_at(place)
    return exploration


def channel_items(exploration: Exploration, language: str | None) -> list[dict[str, Any]]:
    """Return the strongest channels, at the place if one was chosen, as items for a row of pictures."""
    maps, items = exploration.maps, []
    ranked = [int(channel) for channel in maps.ranking(exploration.place)[:SHOWN]]
    height, width = maps.photo.shape[:2]
    scale = SMALL / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    for channel in ranked:
        small = rescale(maps.maps[..., channel], size)
        name = channel_name(exploration.network, f"{maps.layer}:{channel}", language)
        items.append(
            {
                "id": channel,
                "name": f"{channel} · {name}" if name else str(channel),
                "note": f"{maps.scale(channel)[1]:.2g}",
                "picture": inline_jpeg(colorize(small, *maps.scale(channel))),
                "current": channel == exploration.channel,
            }
        )
    return items


def class_heat(network: "Network", photo: Photo, layer: str, label: str, turns: Turns) -> np.ndarray:
    """Return a photo (h, w, 3) under the colours of where a layer speaks for a class (Grad-CAM).

    Raises:
        LayerError: the layer or the class is not there, or the classes do not depend on the layer.
        NetworkError: the network has no labels.
    """
    from deepdream.inspection.views import grad_cam

    small = shrink(photo, SIDE)
    with turns.preview_step():
        places = grad_cam(small, network, layer, label)
    heat = resize(places, small.size)
    colors = colorize(heat, 0.0, float(heat.max()))
    return np.clip(0.55 * colors + 0.45 * small.pixels, 0.0, 1.0).astype(np.float32)


def grown_layer(
    network: "Network", layer: str, manner: str, turn: Callable[[], AbstractContextManager[None]]
) -> Iterator[list[dict[str, Any]]]:
    """Yield small pictures of what every channel of a layer wants to see, a few at a time, as items for a sheet.

    Raises:
        LayerError: the network has no such layer.
    """
    from deepdream.visualization.visualize import visualize_layer

    published = manner in PORTRAIT_PRESETS and manner != "soft"
    portrait = PORTRAIT_PRESETS[manner].replace(size=PORTRAIT.size) if published else PORTRAIT
    pictures, names = visualize_layer(network, layer, portrait, turn=turn), channel_names(network.name)
    while True:
        with turn():  # pictures from the cache take no step, and so would ask nobody
            pass
        block = list(itertools.islice(pictures, BLOCK))
        if not block:
            return
        yield [
            {
                "id": each.channel,
                "key": f"channel.{names[target]}" if (target := f"{layer}:{each.channel}") in names else "",
                "dead": each.dead,
                "picture": inline_jpeg(each.image),
            }
            for each in block
        ]


def wanted(visitor: Visitor, generation: int, turns: Turns) -> Callable[[], AbstractContextManager[None]]:
    """Return what a long piece of work holds during each step; it raises Superseded once the visitor wants it no more.

    Steps are taken as a render's: previews of anybody go first.
    """

    @contextmanager
    def turn() -> Iterator[None]:
        if visitor.closed or visitor.explored != generation:
            raise Superseded
        with turns.render_step():
            yield

    return turn


async def newest(
    host: Host, frames: Iterator["Frame"], turn: Callable[[], AbstractContextManager[None]]
) -> AsyncIterator["Frame"]:
    """Yield frames as a viewer wants them: the newest, four times a second, and the last."""

    def work() -> "Frame":
        until = time.monotonic() + FRAME_SECONDS
        frame = None
        while frame is None or (not frame.is_last and time.monotonic() < until):
            with turn():
                frame = next(frames)
        return frame

    while True:
        frame = await host.explore(work)
        yield frame
        if frame.is_last:
            return
