"""The live preview: the first octaves of the real dream, with few and longer steps, brought to the photo's size.

The composition of a dream is made in its smallest octaves. So a preview runs those at their true size, as many as fit
the time, and leaves the larger ones out; `deliver` then adds the photo's own detail. A picture dreamed small as a
whole would be as quick, but would show larger shapes than the full dream has.
"""

import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from deepdream.frames import Frame
from deepdream.images import Photo, resize, shrink, shrunk_size
from deepdream.networks import Network
from deepdream.octaves import Size
from deepdream.recipe import Recipe
from deepdream.tiles import fed_megapixels
from deepdream.web.server.costs import Costs, Planned
from deepdream.web.server.scheduler import Turn
from deepdream.workers import Dream

SIDE = 640  # pixels of the longer side of the picture that is shown
LARGEST = 384  # of the largest octave that is dreamed
SMALLEST = 128
WHOLE = 0.28  # seconds of a preview; the rest of 400 ms goes to the JPEG and the way to the browser and back
SECONDS = 0.2  # of them in the engine, at most: what resizing and waiting take more on a busy machine, it gets less
LEAST_SECONDS = 0.1
LEAST_STEPS = 2
REACH = 0.7  # few long steps go farther than many short ones that change their minds


@dataclass(frozen=True)
class Preview:
    """Hold a preview: the picture before `finish`, and photo and mask at its size."""

    image: np.ndarray  # (h, w, 3) float32
    photo: Photo
    mask: np.ndarray | None


def preview_recipe(planned: Planned, *, minimum: int, work: float) -> tuple[Recipe, int]:
    """Return the recipe of a preview for a full dream, and how many of its octaves are dreamed.

    minimum: the smallest side that the network takes. work: megapixel-steps that fit the time. The recipe's last octave
    has the preview's own size and is never dreamed.
    """
    recipe, full, least = planned.recipe, planned.sizes(minimum), max(SMALLEST, minimum)
    sizes = [each for each in full if max(each) <= LARGEST] or [shrunk_size(full[0], LARGEST)]
    while len(sizes) > 1 and _fed(sizes, recipe) * LEAST_STEPS > work:
        sizes.pop()
    while _fed(sizes, recipe) * LEAST_STEPS > work and max(sizes[0]) > least:
        sizes = [shrunk_size(sizes[0], max(least, int(max(sizes[0]) * 0.85)))]
    steps = min(recipe.steps, max(LEAST_STEPS, int(work / _fed(sizes, recipe))))
    factor = (recipe.steps / steps) ** REACH if steps else 1.0
    own = shrunk_size(planned.octaves.photo_size, SIDE)
    dreamed = [each for each in sizes if max(each) < max(own)]
    changed = recipe.replace(
        octave_sizes=(*dreamed, own),
        octaves_above=0,
        steps=steps,
        step_size=min(2.0, recipe.step_size * factor),
        steps_growth=1.0,
        averaging=0.0,
        tile_size=0,
        min_size=0,
    )
    return changed, max(1, len(dreamed))


def run_preview(
    photo: Photo,
    planned: Planned,
    *,
    turn: Turn,
    costs: Costs,
    network: Network,
    stale: Callable[[], bool],
    guide: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> Preview | None:
    """Dream a preview of a full dream on `photo`, or return None as soon as `stale` says that a newer one is wanted.

    The engine is held for one step at a time, by `turn`, so that a running render and other visitors' previews go on.

    Raises:
        DreamError: the recipe cannot be dreamed.
    """
    from deepdream.dreaming import deliver

    if planned.error is not None:
        raise planned.error
    begun, recipe = time.perf_counter(), planned.recipe
    work = max(LEAST_SECONDS, min(SECONDS, WHOLE - costs.beside)) / costs.rate(recipe, quick=True)
    quick, octaves = preview_recipe(planned, minimum=network.minimum_size, work=work)
    small = shrink(photo, SIDE)
    if not quick.steps:
        return Preview(small.pixels, small, None)
    mask = resize(mask, small.size) if mask is not None else None
    if stale():
        return None
    with turn():
        stream = Dream(small.pixels, quick, guide=guide, mask=mask, raw=True, loaded=network).frames()
    with contextlib.closing(stream):
        dreamed = itertools.takewhile(lambda frame: frame.octave <= octaves, stream)
        steps = itertools.islice(dreamed, octaves * quick.steps)
        found = newest_wanted(steps, turn, stale, pad=quick.pad + quick.mirror)
    if found is None:
        return None
    newest, pace = found
    costs.learn(recipe, 1.0, pace, quick=True)
    image = np.asarray(deliver(newest, small, quick, raw=True), np.float32)
    engine = pace * quick.steps * _fed(list(quick.octave_sizes[:octaves]), quick)
    costs.learn_beside(min(WHOLE, time.perf_counter() - begun - engine))  # no more: it may have compiled
    return Preview(image, small, mask)


def newest_wanted(
    frames: Iterator[Frame], turn: Turn, stale: Callable[[], bool], *, pad: int = 0
) -> tuple[Frame, float] | None:
    """Take all frames, and return the last with the seconds that a megapixel-step took; None once they are `stale`.

    pad: pixels that a step sees around the picture.
    """
    newest, paces = None, list[float]()
    while not stale():
        with turn():
            before = time.perf_counter()
            frame = next(frames, None)
            seconds = time.perf_counter() - before
        if frame is None:
            return (newest, statistics.median_high(paces)) if newest is not None else None  # a first step may compile
        newest = frame
        paces.append(seconds / fed_megapixels((frame.image.shape[0], frame.image.shape[1]), pad))
    return None


def _fed(sizes: list[Size], recipe: Recipe) -> float:
    return sum(fed_megapixels(size, recipe.pad + recipe.mirror) for size in sizes)
