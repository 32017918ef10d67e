"""The dream: octave by octave, step by step, from a photo to a stream of frames.

    for frame in dream(photo, recipe):
        show(frame.image)

`_frames` is the loop itself; `octaves` says how sizes are joined, `ascent` what a step is, `objectives` what it climbs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np

from deepdream.ascent import Ascent, Climb
from deepdream.canvas import Fourier
from deepdream.engine.compile import resolve_precision
from deepdream.errors import ImageError, RecipeError, shown
from deepdream.finishing import finish, soften_mask
from deepdream.images import Photo, as_photo, resize
from deepdream.networks import Network, load_network
from deepdream.objectives import IMAGE, Aim, Objective, from_objective, from_recipe
from deepdream.octaves import Carrier, OctavePlan, plan_octaves
from deepdream.recipe import Recipe

DEFAULT = Recipe()


@dataclass(frozen=True, eq=False)
class Frame:
    """Hold one picture of a dream on its way.

    Args:
        image: float32 RGB in [0, 1], (h, w, 3) of its octave; the last frame is finished and has the photo's size. No
            two frames share memory.
        octave: which octave, from 1 to `octaves`, smallest first.
        step: how many steps this octave has taken, up to `steps`.
        loss: what is made larger, before that step; None where no step was taken.
        losses: its parts, by the names that the recipe gives them.
        clipped: share of the picture's values that are 0 or 1.
        seconds: since the dream began.
        progress: share of the whole work done, in [0, 1]; octaves count by their pixels.
        is_last: True for the finished picture alone.
        plan, mask: what `deliver` needs to know of the run.
    """

    image: np.ndarray
    octave: int
    octaves: int
    step: int
    steps: int
    loss: float | None
    losses: dict[str, float]
    clipped: float
    seconds: float
    progress: float = 0.0
    is_last: bool = False
    plan: OctavePlan | None = field(default=None, repr=False)
    mask: np.ndarray | None = field(default=None, repr=False)


def dream(
    photo: Photo | np.ndarray,
    recipe: Recipe = DEFAULT,
    *,
    network: Network | None = None,
    guide: Photo | np.ndarray | None = None,
    mask: np.ndarray | None = None,
    objective: Objective | Aim | None = None,
    every: int = 1,
    precision: str = "auto",
) -> Generator[Frame, None, None]:
    """Check everything at once, then return the stream of frames; closing it stops the work within a step.

    The same photo, recipe and precision give the same bytes on the same machine.

    Args:
        photo: what `read_image` gave, or an array (h, w, 3), uint8 or float in [0, 1].
        recipe: all settings.
        network: goes before `recipe.network`.
        guide: a picture whose features steer the dream, in place of the layers' own strength.
        mask: (h, w), uint8, bool or float in [0, 1]: where the dream shows. Another size is brought to the photo's.
        objective: what is made larger instead of the recipe's layers, as 2 * Measure("conv4_3") - Measure("conv2"). An
            Aim where it compares with values of its own.
        every: yield the frame of every n-th step; an octave's last step always gives one. It never changes the result.
        precision: "auto", "fp32" or "bf16".

    Raises:
        ImageError, RecipeError, NetworkError, LayerError: what cannot be dreamed on.
    """
    if not isinstance(every, int) or every < 1:
        raise RecipeError(f"every: received {shown(every)}; allowed: whole numbers from 1.", "every")
    pixels = as_photo(photo).pixels
    network = network if network is not None else load_network(recipe.network)
    precision = resolve_precision(precision, network)
    guide_pixels = None if guide is None else as_photo(guide).pixels
    if objective is None:
        aim = from_recipe(recipe, network, pixels, guide=guide_pixels, precision=precision)
    else:
        aim = objective if isinstance(objective, Aim) else from_objective(objective)
        for layer in aim.objective.layers:
            if layer != IMAGE:
                network.layer(layer)
    run = Run(
        photo=pixels,
        recipe=recipe,
        network=network,
        aim=aim,
        plan=plan_octaves(pixels.shape[:2], recipe, network.minimum_size),
        mask=None if mask is None else _fitted_mask(mask, pixels.shape[:2]),
        precision=precision,
    )
    return _frames(run, every)


def deliver(frame: Frame, photo: Photo | np.ndarray, recipe: Recipe) -> np.ndarray:
    """Bring any frame to what the last would be after no more steps: the photo's size, detail put back, finished.

    The last frame is returned as it is; one without a plan, which is not of a dream, is resized and finished.
    """
    if frame.is_last:
        return frame.image
    pixels = as_photo(photo).pixels
    if frame.plan is None:
        grown = resize(frame.image, pixels.shape[:2], recipe.resize)
    else:
        carrier = Carrier(start_image(pixels, recipe), frame.plan, recipe)
        grown = carrier.deliver(frame.octave - 1, frame.image)
    return finish(grown, pixels, recipe, frame.mask)


@dataclass(frozen=True, eq=False)
class Run:
    """Hold what a dream has settled before its first step."""

    photo: np.ndarray  # (h, w, 3)
    recipe: Recipe
    network: Network
    aim: Aim
    plan: OctavePlan
    mask: np.ndarray | None  # (h, w)
    precision: str

    def steps(self, octave: int) -> int:
        """Return how many steps an octave (from 0) has, at most."""
        return round(self.recipe.steps * self.recipe.steps_growth**octave)

    def climb(self, octave: int) -> Climb:
        """Return what the steps of an octave (from 0) have in common."""
        recipe, size = self.recipe, self.plan.sizes[octave]
        return Climb(
            network=self.network,
            aim=self.aim,
            recipe=recipe,
            steps=self.steps(octave),
            step_size=recipe.step_size * recipe.step_size_growth**octave,
            precision=self.precision,
            photo=_at_size(self.photo, size, recipe) if self.aim.objective.photo_layers else None,
            mask=None if self.mask is None else _open_part(self.mask, size, recipe),
        )


def _frames(run: Run, every: int) -> Generator[Frame, None, None]:
    """Dream: this is the whole of it."""
    recipe, last = run.recipe, len(run.plan.sizes) - 1
    camera = Camera(run)
    random = np.random.default_rng(recipe.seed)
    carrier = Carrier(start_image(run.photo, recipe), run.plan, recipe)
    picture = None
    for octave in range(last + 1):
        ascent = Ascent(carrier.enter(octave, picture), run.climb(octave), random)
        picture = None  # which a large photo has no room for beside the one that grows now
        losses: dict[str, float] = {}
        for losses in _steps(ascent, recipe, run.steps(octave)):
            if ascent.taken % every == 0 and ascent.taken < run.steps(octave):
                yield camera.take(ascent.picture, octave, ascent.taken, losses)
        picture = ascent.picture
        if octave < last:
            yield camera.take(picture, octave, ascent.taken, losses)
        picture = carrier.leave(octave, picture)
    assert picture is not None
    picture = finish(carrier.deliver(last, picture, left=True), run.photo, recipe, run.mask)
    yield camera.take(picture, last, ascent.taken, losses, is_last=True)


def _steps(ascent: Ascent, recipe: Recipe, steps: int) -> Iterator[dict[str, float]]:
    """Take an octave's steps, until the loss passes its limit; yield the losses after each."""
    limit = recipe.max_loss if recipe.max_loss is not None else math.inf
    for _ in range(steps):
        losses = ascent.look()
        passed = sum(losses.values()) > limit
        if passed and recipe.max_loss_stop == "before":
            return
        ascent.move()
        yield losses
        if passed:
            return


class Camera:
    """Take frames of a run: it knows the time, and how far the work has come."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._begun = time.perf_counter()
        self._steps = [run.steps(octave) for octave in range(len(run.plan.sizes))]

    def take(
        self, picture: np.ndarray, octave: int, step: int, losses: dict[str, float], *, is_last: bool = False
    ) -> Frame:
        """Return the frame of a picture after a step of an octave (from 0)."""
        return Frame(
            image=picture if is_last else np.array(picture, np.float32),
            octave=octave + 1,
            octaves=len(self._steps),
            step=step,
            steps=self._steps[octave],
            loss=sum(losses.values()) if losses else None,
            losses=losses,
            clipped=_share_at_bounds(picture),
            seconds=time.perf_counter() - self._begun,
            progress=1.0 if is_last else self._progress(octave, step),
            is_last=is_last,
            plan=self._run.plan,
            mask=self._run.mask,
        )

    def _progress(self, octave: int, step: int) -> float:
        work = [math.prod(size) * max(steps, 1) for size, steps in zip(self._run.plan.sizes, self._steps, strict=True)]
        done = step / self._steps[octave] if self._steps[octave] else 1.0
        return (sum(work[:octave]) + done * work[octave]) / sum(work)


def start_image(photo: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Return what the dream grows from, of the photo's size: the photo itself, grey, or noise drawn from the seed.

    Noise is that of the TensorFlow notebook, (100 + U[0, 1)) / 255; for a Fourier image it is a cloud of waves.
    """
    if recipe.start == "photo":
        return photo
    if recipe.start == "gray":
        return np.full_like(photo, 0.5)
    random = np.random.default_rng((recipe.seed, 1))  # its own stream, so that it does not change the steps' draws
    if recipe.parametrization == "fourier":
        return Fourier.noise((photo.shape[0], photo.shape[1]), random).show()
    return ((random.random(photo.shape, np.float32) + 100) / 255).astype(np.float32)


def _at_size(image: np.ndarray, size: tuple[int, int], recipe: Recipe) -> np.ndarray:
    return image if image.shape[:2] == size else resize(image, size, recipe.resize)


def _open_part(mask: np.ndarray, size: tuple[int, int], recipe: Recipe) -> np.ndarray | None:
    """Return where a mask lets any of the dream through, at an octave's size; how much is for `finish` to weigh."""
    return (resize(soften_mask(mask, recipe.mask_softness), size) > 0).astype(np.float32)


def _fitted_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a mask as float32 of the photo's size.

    Raises:
        ImageError: another shape or type, or values outside [0, 1].
    """
    mask = np.asarray(mask)
    if mask.ndim == 3 and mask.shape[2] == 1:
        mask = mask[..., 0]
    if mask.ndim != 2 or not mask.size:
        raise ImageError(f"a mask is an array (h, w), received the shape {mask.shape}; use one channel of the picture.")
    if mask.dtype == np.uint8:
        mask = mask / np.float32(255)
    mask = mask.astype(np.float32)
    if not (mask.min() >= 0 and mask.max() <= 1):  # also true for NaN
        raise ImageError(f"a mask lies in 0..1, received {mask.min():g} to {mask.max():g}; divide 0..255 by 255.")
    return mask if mask.shape == size else resize(mask, size)


def _share_at_bounds(picture: np.ndarray) -> float:
    return float(np.count_nonzero(picture <= 0) + np.count_nonzero(picture >= 1)) / picture.size
