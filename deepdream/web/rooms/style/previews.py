"""The live preview of a painting: the first scales of the real one, with few and longer steps, at the size of the page.

The large shapes of a painting are made at its smallest scales. So a preview paints those at their true size, as many as
fit the time; the photo's own detail comes back with the growth, as it does from scale to scale.
"""

import contextlib
from collections.abc import Callable, Sequence

import numpy as np

from deepdream.images import Photo, resize, shrink
from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.style.job import StyleTransfer
from deepdream.style.scales import result_size, scale_sizes
from deepdream.style.settings import StyleSettings
from deepdream.web.server.costs import Costs, priced_style
from deepdream.web.server.previews import SIDE, Preview, newest_wanted
from deepdream.web.server.scheduler import Turn

LARGEST = 256  # pixels of the longer side of the largest scale that is painted
SMALLEST = 64
SECONDS = 1.0  # in the engine
LEAST_STEPS = 6
REACH = 0.5  # Adam's short steps change their minds, and go as far as the root of their number
LONGEST = 0.12  # of a step; longer ones leave grain


def preview_settings(settings: StyleSettings, size: tuple[int, int], work: float) -> StyleSettings:
    """Return the settings of a preview of a painting of a photo of (h, w): its `size` is that of its last scale.

    work: megapixel-steps that fit the time.
    """
    painted = result_size(size, settings)
    scales = [each for each in scale_sizes(painted, settings) if max(each) <= LARGEST]
    side = max(scales[-1]) if scales else min(LARGEST, max(painted))
    small = settings.replace(size=side, first_size=min(settings.first_size, side), steps_growth=1.0)
    while _megapixels(small, size) * LEAST_STEPS > work and small.size > SMALLEST:
        side = max(SMALLEST, int(small.size / settings.scale_factor))
        small = small.replace(size=side, first_size=min(small.first_size, side))
    steps = min(settings.steps, max(LEAST_STEPS, int(work / _megapixels(small, size))))
    longer = (settings.steps / steps) ** REACH if steps else 1.0
    step_size = max(settings.step_size, min(LONGEST, settings.step_size * longer))
    return small.replace(steps=steps, step_size=step_size)


def run_style_preview(
    photo: Photo,
    settings: StyleSettings,
    *,
    turn: Turn,
    costs: Costs,
    styles: Sequence[np.ndarray],
    shares: Sequence[float],
    network: Network,
    stale: Callable[[], bool],
    dream: Recipe | None = None,
    mask: np.ndarray | None = None,
) -> Preview | None:
    """Paint a preview of a painting of `photo`, or return None as soon as `stale` says that a newer one is wanted.

    The engine is held for one step at a time, by `turn`, so that a running render and other visitors' previews go on.

    Raises:
        DreamError: the settings cannot be painted.
    """
    shown, priced = shrink(photo, SIDE), priced_style(settings, dream)
    quick = preview_settings(settings, photo.size, SECONDS / costs.rate(priced, quick=True))
    small = shrink(shown, quick.size) if quick.size < max(shown.size) else shown
    if stale():
        return None
    with turn():
        job = StyleTransfer(small.pixels, tuple(styles), quick, tuple(shares), dream=dream, raw=True, loaded=network)
        stream = job.frames()
    with contextlib.closing(stream):
        found = newest_wanted(stream, turn, stale)
    if found is None:
        return None
    newest, pace = found
    costs.learn(priced, 1.0, pace, quick=True)
    mask = resize(mask, shown.size) if mask is not None else None
    return Preview(_grown(newest.image, small, shown, settings), shown, mask)


def _grown(image: np.ndarray, small: Photo, shown: Photo, settings: StyleSettings) -> np.ndarray:
    """Return a painting (h, w, 3) of `small` at the size of `shown`, with the finer detail that this photo has."""
    grown = resize(image, shown.size, "bicubic")
    if settings.start == "photo":
        grown += shown.pixels - resize(small.pixels, shown.size, "bicubic")
    return np.clip(grown, 0.0, 1.0)


def _megapixels(settings: StyleSettings, size: tuple[int, int]) -> float:
    return sum(height * width for height, width in scale_sizes(result_size(size, settings), settings)) / 1e6
