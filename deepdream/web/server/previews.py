"""The live preview: the first octaves of the real dream, with few and longer steps, brought to the photo's size.

The composition of a dream is made in its smallest octaves. So a preview runs those at their true size, as many as fit
the time, and leaves the larger ones out; `deliver` then adds the photo's own detail. A picture dreamed small as a
whole would be as quick, but would show larger shapes than the full dream has.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from deepdream.images import Photo, resize, shrink, shrunk_size
from deepdream.octaves import Size, plan_octaves
from deepdream.recipe import Recipe
from deepdream.web.server.costs import Costs, seen_megapixels
from deepdream.web.server.scheduler import Turns
from deepdream.workers import Dream, open_workers

if TYPE_CHECKING:
    from deepdream.networks import Network

SHOWN_SIDE = 640  # pixels of the longer side of the picture that is shown
LARGEST = 384  # of the largest octave that is dreamed
SMALLEST = 128
SECONDS = 0.2  # in the engine; the rest of 400 ms goes to resizing, the JPEG and the way to the browser
LEAST_STEPS = 2
REACH = 0.7  # few long steps go farther than many short ones that change their minds


@dataclass(frozen=True)
class Preview:
    """Hold a preview: the picture before `finish`, the photo at its size, and the seconds it took."""

    image: np.ndarray  # (h, w, 3) float32
    photo: Photo
    mask: np.ndarray | None
    seconds: float


def preview_recipe(recipe: Recipe, size: Size, *, minimum: int, work: float) -> tuple[Recipe, int]:
    """Return the recipe of a preview for a full dream on a photo of `size`, and how many of its octaves are dreamed.

    work: megapixel-steps that fit the time. The recipe's last octave has the preview's own size and is never dreamed.
    """
    full = plan_octaves(size, recipe, minimum).sizes
    sizes = [each for each in full if max(each) <= LARGEST]
    if not sizes:
        sizes = [shrunk_size(full[0], LARGEST)]
    while len(sizes) > 1 and _megapixels(sizes, recipe.pad + recipe.mirror) * LEAST_STEPS > work:
        sizes.pop()
    while _megapixels(sizes, recipe.pad + recipe.mirror) * LEAST_STEPS > work and max(sizes[0]) > max(
        SMALLEST, minimum
    ):
        sizes = [shrunk_size(sizes[0], max(SMALLEST, minimum, int(max(sizes[0]) * 0.85)))]
    steps = min(recipe.steps, max(LEAST_STEPS, int(work / _megapixels(sizes, recipe.pad + recipe.mirror))))
    factor = (recipe.steps / steps) ** REACH if steps else 1.0
    shown = shrunk_size(size, SHOWN_SIDE)
    dreamed = [each for each in sizes if max(each) < max(shown)]
    changed = recipe.replace(
        octave_sizes=(*dreamed, shown),
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
    recipe: Recipe,
    *,
    network: "Network",
    turns: Turns,
    costs: Costs,
    stale: Callable[[], bool],
    guide: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> Preview | None:
    """Dream a preview of a full dream on `photo`, or return None as soon as `stale` says that a newer one is wanted.

    The engine is held for one step at a time, so that a running render and other visitors' previews go on.
    """
    from deepdream.dreaming import deliver

    started = time.perf_counter()
    quick, octaves = preview_recipe(
        recipe, photo.size, minimum=network.minimum_size, work=SECONDS / costs.rate(recipe, quick=True)
    )
    shown = shrink(photo, SHOWN_SIDE)
    small_mask = resize(mask, shown.size) if mask is not None else None
    if not quick.steps:
        return Preview(shown.pixels, shown, None, time.perf_counter() - started)
    if stale():
        return None
    with turns.preview_step():
        job = Dream(shown.pixels, quick, guide=guide, mask=small_mask, raw=True, loaded=network)
        stream = open_workers().frames(job)
    newest, paces, steps = None, list[float](), 0
    try:
        while True:
            if stale():
                return None
            with turns.preview_step():
                before = time.perf_counter()
                frame = next(stream, None)
                seconds = time.perf_counter() - before
            if frame is None:
                break
            paces.append(
                seconds / _megapixels([(frame.image.shape[0], frame.image.shape[1])], quick.pad + quick.mirror)
            )
            newest, steps = frame, steps + 1
            if steps >= octaves * quick.steps or frame.octave > octaves:
                break
    finally:
        stream.close()
    if newest is None or stale():
        return None
    costs.learn(recipe, 1.0, sorted(paces)[len(paces) // 2], quick=True)  # the median: a first step may compile
    image = np.asarray(deliver(newest, shown, quick, raw=True), np.float32)
    return Preview(image, shown, small_mask, time.perf_counter() - started)


def _megapixels(sizes: list[Size], pad: int) -> float:
    return sum(seen_megapixels(size, pad) for size in sizes)
