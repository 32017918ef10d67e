"""The dream: octave by octave, step by step, from a photo to a stream of frames.

    for frame in dream(photo, recipe):
        show(frame.image)

`_frames` is the loop itself; `octaves` says how sizes are joined, `ascent` what a step is, `objectives` what it climbs.
"""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepdream.ascent import Ascent, Climb
from deepdream.balance import balance
from deepdream.canvas import Fourier
from deepdream.engine.compile import IMAGE
from deepdream.engine.precision import resolve_precision
from deepdream.errors import LayerError, RecipeError
from deepdream.finishing import finish, fitted_mask, soften_mask
from deepdream.frames import Camera, Frame, check_every
from deepdream.images import Photo, as_photo, resize
from deepdream.networks import Network, load_network
from deepdream.objectives.aims import Aim, from_objective, from_recipe
from deepdream.objectives.algebra import WEIGHTS, Objective
from deepdream.objectives.terms import Direction, Measure
from deepdream.octaves import Carrier, OctavePlan, plan_octaves
from deepdream.recipe import Recipe
from deepdream.turns import aside

DEFAULT = Recipe()


def dream(
    photo: Photo | np.ndarray,
    recipe: Recipe = DEFAULT,
    *,
    network: Network | None = None,
    guide: Photo | np.ndarray | None = None,
    mask: Photo | np.ndarray | None = None,
    objective: Objective | Aim | None = None,
    every: int = 1,
    precision: str = "auto",
    raw: bool = False,
    resume: Frame | None = None,
) -> Generator[Frame, None, None]:
    """Check everything at once, then return the stream of frames; closing it stops the work within a step.

    The same photo, recipe and precision give the same bytes on the same machine.

    Args:
        photo: what `read_image` gave, or an array (h, w, 3), uint8 or float in [0, 1].
        recipe: all settings.
        network: goes before `recipe.network`.
        guide: a picture whose features steer the dream, in place of the layers' own strength.
        mask: where the dream shows: see `fitted_mask`.
        objective: what is made larger instead of the recipe's layers, as 2 * Measure("conv4_3") - Measure("conv2"). An
            Aim where it compares with values of its own.
        every: yield the frame of every n-th step; an octave's last step always gives one. It never changes the result.
        precision: "auto", "fp32" or "bf16".
        raw: leave the last frame as it was dreamed; `finish` can then be applied to it, and applied anew.
        resume: a frame of the same dream, here or elsewhere: it goes on from there, and ends with the same bytes.

    Raises:
        ImageError, RecipeError, NetworkError, LayerError: what cannot be dreamed on.
    """
    check_every(every)
    pixels = as_photo(photo).pixels
    network = network if network is not None else load_network(recipe.network)
    precision = resolve_precision(precision, network)
    guide_pixels = None if guide is None else as_photo(guide).pixels
    if objective is None:
        aim = from_recipe(recipe, network, pixels, guide=guide_pixels, precision=precision)
    else:
        aim = objective if isinstance(objective, Aim) else from_objective(objective)
        _check_terms(aim.objective, network)
    run = Run(
        photo=pixels,
        recipe=recipe,
        network=network,
        aim=aim,
        plan=plan_octaves(pixels.shape[:2], recipe, network.minimum_size),
        mask=fitted_mask(mask, pixels.shape[:2]),
        precision=precision,
        raw=raw,
    )
    if resume is not None:
        _check_resume(resume, run)
    return _frames(run, every, resume)


def _check_terms(objective: Objective, network: Network) -> None:
    """Refuse layers, channels and directions that the network does not have."""
    for layer in objective.layers:
        if layer != IMAGE:
            network.layer(layer)
    for term, _ in objective.terms:
        if isinstance(term, Measure) and isinstance(term.channel, int | np.integer):
            network.channel(term.layer, int(term.channel))
        if isinstance(term, Direction) and not isinstance(term.direction, str):
            channels = network.layer(term.layer).channels
            if len(term.direction) != channels:
                raise LayerError(
                    f"{term.layer} has {channels} channels, received a direction of {len(term.direction)} numbers."
                )


def deliver(frame: Frame, photo: Photo | np.ndarray, recipe: Recipe, *, raw: bool = False) -> np.ndarray:
    """Bring any frame to what the last would be after no more steps: the photo's size, detail put back, finished.

    The last frame is returned as it is; one without a plan, which is not of a dream, is resized and finished. With
    `raw` finishing is left out.
    """
    if frame.is_last:
        return frame.image
    pixels = as_photo(photo).pixels
    if frame.plan is None:
        grown = resize(frame.image, pixels.shape[:2], recipe.resize)
    else:
        carrier = Carrier(start_image(pixels, recipe), frame.plan, recipe)
        grown = carrier.deliver(frame.octave - 1, frame.image)
    return grown if raw else finish(grown, pixels, recipe, frame.mask)


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
    raw: bool = False

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


def _frames(run: Run, every: int, resume: Frame | None) -> Generator[Frame, None, None]:
    """Dream: this is the whole of it."""
    run, recipe, last = _balanced(run), run.recipe, len(run.plan.sizes) - 1
    random = np.random.default_rng(recipe.seed)
    camera = _DreamCamera(run, random, every, resume.seconds if resume is not None else 0.0)
    carrier = Carrier(start_image(run.photo, recipe), run.plan, recipe)
    first, taken, losses, picture = _begin(resume, carrier, random)
    for octave in range(first, last + 1):
        if picture is None or not taken:
            with aside():
                picture = carrier.enter(octave, picture)
        ascent = Ascent(picture, run.climb(octave), random, taken=taken, losses=losses)
        picture, taken, losses = None, 0, {}  # which a large photo has no room for beside the one that grows now
        for _ in _steps(ascent, recipe, run.steps(octave)):
            if camera.is_due(octave, ascent.taken):
                yield camera.take(ascent.picture, octave, ascent.taken, ascent.losses)
        picture = ascent.picture
        if octave < last:
            yield camera.take(picture, octave, ascent.taken, ascent.losses, ends_octave=True)
        with aside():
            picture = carrier.leave(octave, picture)
    assert picture is not None
    with aside():
        picture = carrier.deliver(last, picture, left=True)
        if not run.raw:
            picture = finish(picture, run.photo, recipe, run.mask)
    yield camera.take(picture, last, ascent.taken, ascent.losses, is_last=True)


def _balanced(run: Run) -> Run:
    """Return the run with the weights that `balance` finds on the photo at the size of the first octave.

    The photo alone decides them, so a dream that goes on from a frame finds them again.
    """
    if not run.recipe.balance or WEIGHTS not in run.aim.targets:
        return run
    small = _at_size(run.photo, run.plan.sizes[0], run.recipe)
    return replace(run, aim=balance(run.climb(0).meter, len(run.recipe.layers), small))


def _begin(
    resume: Frame | None, carrier: Carrier, random: np.random.Generator
) -> tuple[int, int, dict[str, float], np.ndarray | None]:
    """Return the octave (from 0) with which a dream begins, its steps taken, the losses of the last, and its picture.

    A picture of which no step is taken yet is the one that the octave before left. Randomness goes on where it was.
    """
    if resume is None or resume.chance is None:
        return 0, 0, {}, None
    random.bit_generator.state = resume.chance
    picture, octave = np.array(resume.image, np.float32), resume.octave - 1
    if resume.ends_octave:
        return octave + 1, 0, {}, carrier.leave(octave, picture)
    return octave, resume.step, dict(resume.losses), picture


def _steps(ascent: Ascent, recipe: Recipe, steps: int) -> Iterator[None]:
    """Take an octave's steps, until the loss passes its limit; yield after each."""
    limit = recipe.max_loss if recipe.max_loss is not None else math.inf
    while ascent.taken < steps and not (ascent.losses and sum(ascent.losses.values()) > limit):
        losses = ascent.measure()
        if sum(losses.values()) > limit and recipe.max_loss_stop == "before":
            return
        ascent.move()
        yield


def _check_resume(resume: Frame, run: Run) -> None:
    """Check that a dream can go on from a frame, so that it ends as if it had never been interrupted.

    Raises:
        RecipeError: the frame is of another dream, the last one, or in the middle of what a picture does not tell.
    """
    recipe, steps = run.recipe, f"step {resume.step} of octave {resume.octave}"
    if resume.is_last:
        raise RecipeError("resume: the frame is the last one, so there is nothing to go on with.")
    if resume.plan != run.plan or resume.chance is None:
        raise RecipeError("resume: the frame is not of a dream with this photo's size and these octaves.")
    if not resume.ends_octave and (named := hidden_state(recipe)):
        raise RecipeError(
            f"resume: with {named} a dream goes on from the last frame of an octave alone, received {steps}; "
            "keep that frame, or begin anew."
        )


def hidden_state(recipe: Recipe) -> str | None:
    """Name the setting, if any, by which a step within an octave depends on more than the picture before it."""
    hidden = {
        "optimizer adam": recipe.optimizer == "adam",
        "averaging": recipe.averaging > 0,
        "parametrization fourier": recipe.parametrization == "fourier",
    }
    return next((name for name, used in hidden.items() if used), None)


class _DreamCamera(Camera):
    """Take frames of a dream, from which it can be delivered, or go on."""

    def __init__(self, run: Run, random: np.random.Generator, every: int, seconds: float) -> None:
        super().__init__(run.plan.sizes, [run.steps(k) for k in range(len(run.plan.sizes))], every, seconds=seconds)
        self._run = run
        self._random = random

    def more(self) -> dict[str, Any]:
        return {"plan": self._run.plan, "mask": self._run.mask, "chance": self._random.bit_generator.state}


def start_image(photo: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Return what the dream grows from, of the photo's size: the photo itself, gray, or noise drawn from the seed.

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


def _open_part(mask: np.ndarray, size: tuple[int, int], recipe: Recipe) -> np.ndarray:
    """Return where a mask lets any of the dream through, at an octave's size; how much is for `finish` to weigh."""
    return (resize(soften_mask(mask, recipe.mask_softness), size) > 0).astype(np.float32)
