"""What channels and classes want to see, grown from noise: one picture, or a sheet of a layer's channels.

The work takes the engine one step at a time, as a render does, so that it holds nobody up.
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from deepdream.frames import Frame
from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.visualization.job import Visualization
from deepdream.visualization.presets import PORTRAIT_PRESETS
from deepdream.web.components.atlas import PORTRAIT, channel_key
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.rooms.explore.state import ExploreState
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.server.renders import FRAME_SECONDS
from deepdream.web.server.scheduler import Turn, Turns
from deepdream.web.server.visitors import Visitor

SIDE = 224  # pixels of a picture that is grown
BLOCK = 8  # pictures of a sheet that are shown at a time, as many as are grown together

Growth: TypeAlias = Iterator[dict[str, Any]]  # what the piece shows, again and again


class Superseded(Exception):
    """End a piece of work that its visitor no longer waits for."""


def wanted(visitor: Visitor, number: int, turns: Turns) -> Turn:
    """Return what a long piece of work holds during each step; it raises Superseded once the visitor wants it no more.

    Steps are taken as a render's: previews of anybody go first.
    """

    @contextmanager
    def turn() -> Iterator[None]:
        if visitor.closed or visitor.of(ExploreState).growing != number:
            raise Superseded
        with turns.render_step():
            yield

    return turn


def grown_target(network: Network, visitor: Visitor, turn: Turn, *, target: str, preset: str) -> Growth:
    """Grow what channels or classes want to see.

    Raises:
        DreamError: the network has no such target.
    """
    portrait = PORTRAIT_PRESETS.get(preset, PORTRAIT_PRESETS["soft"]).replace(size=SIDE)
    job = Visualization(network.name, Recipe.parse("layers", target), portrait, loaded=network)
    for frame in _newest(job.frames(), turn):
        yield {
            "picture": file_value(visitor.write_picture(frame.image)),
            "status": {"key": "grown" if frame.is_last else "step_of", "n": frame.step, "of": frame.steps},
            "progress": None if frame.is_last else frame.progress,
        }


def grown_layer(network: Network, visitor: Visitor, turn: Turn, *, layer: str, preset: str) -> Growth:
    """Grow every channel of a layer, some at a time; pictures that anybody here grew before come at once.

    Raises:
        LayerError: the network has no such layer.
    """
    from deepdream.visualization.visualize import visualize_layer

    count, tiles = network.layer(layer).channels, list[dict[str, Any]]()
    published = preset in PORTRAIT_PRESETS and preset != "soft"
    portrait = PORTRAIT_PRESETS[preset].replace(size=PORTRAIT.size) if published else PORTRAIT
    pictures = visualize_layer(network, layer, portrait, turn=turn)
    while len(tiles) < count:
        with turn():  # pictures from the cache take no step, and so would ask nobody
            pass
        for each in itertools.islice(pictures, BLOCK):
            key, picture = channel_key(network.name, f"{layer}:{each.channel}"), inline_jpeg(each.image)
            tiles.append({"id": each.channel, "key": key, "dead": each.dead, "picture": picture})
        yield {
            "tiles": list(tiles),
            "status": {"key": "channel_of", "n": len(tiles), "of": count},
            "progress": len(tiles) / count if len(tiles) < count else None,
        }


def _newest(frames: Iterator[Frame], turn: Turn) -> Iterator[Frame]:
    """Yield frames as a viewer wants them: the newest, four times a second, and the last."""
    frame = None
    while frame is None or not frame.is_last:
        until, frame = time.monotonic() + FRAME_SECONDS, None
        while frame is None or (not frame.is_last and time.monotonic() < until):
            with turn():
                frame = next(frames)
        yield frame
