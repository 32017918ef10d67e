"""Neural style transfer: the content of one picture in the manner of others, as a stream of frames like a dream's.

    loss = content_weight * sum over content layers of  w * (mean or sum of) (a - a_content)^2
         + style_weight   * sum over style layers of    w * mean (statistic(a) - statistic(a_style))^2
         + total_variation * roughness of the picture
         - dream_weight * what a recipe's layers make larger, if a recipe is given

With `measure` "relative" each difference is divided by the mean square of what is wished, a_content or the statistic.

Sources: Gatys, Ecker, Bethge, "A Neural Algorithm of Artistic Style", 2015; Yuan's TensorFlow text, 2018; Crowson's
style-transfer-pytorch for scales by the root of 2, warm-started Adam and averaged iterates.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deepdream.ascent import Adam, Average
from deepdream.dreaming import Frame
from deepdream.errors import ImageError, RecipeError, shown
from deepdream.finishing import finish
from deepdream.images import Photo, as_photo, resize
from deepdream.networks import Network, load_network
from deepdream.networks.engine import activations, compile_gradient
from deepdream.objectives import (
    PHOTO,
    STATISTICS,
    WEIGHTS,
    Aim,
    Difference,
    Objective,
    Style,
    Sum,
    Term,
    TotalVariation,
    from_recipe,
)
from deepdream.recipe import Recipe
from deepdream.style_settings import LOOKS, StyleSettings, fit_size, result_size, scale_sizes

__all__ = ["LOOKS", "StyleSettings", "deliver_style", "result_size", "scale_sizes", "stylize"]

CLOSE = 1e-4  # relative square of a difference that bf16's rounding alone can make
CHECKED = 64  # pixels of the longer side of the photo on which a dream recipe is checked
SHIFTS = 8  # different shifts of one scale; the content is looked at once in each


def stylize(
    content: Photo | np.ndarray,
    styles: Photo | np.ndarray | Sequence[Photo | np.ndarray],
    settings: StyleSettings = LOOKS["vgg19"],
    *,
    style_shares: Sequence[float] | None = None,
    network: Network | None = None,
    mask: Photo | np.ndarray | None = None,
    dream: Recipe | None = None,
    every: int = 1,
    precision: str = "auto",
) -> Iterator[Frame]:
    """Paint the content photo in the manner of one or several style pictures; yield a Frame each `every` steps.

    All pictures are (h, w, 3) in [0, 1]. `style_shares` weigh several styles, alike without it. `mask` (h, w), 1 where
    the style shows, is brought to the content's size. `dream` adds what that recipe's layers make larger to the
    objective. Frames are raw and of their scale's size, an "octave" each, with the parts of what is made smaller; the
    last one is finished and of the result's size. Arguments are checked at once; `close()` stops within a step.

    Raises: ImageError, RecipeError, LayerError or NetworkError for a wrong argument.
    """
    several = [styles] if isinstance(styles, (Photo, np.ndarray)) else list(styles)
    pictures = [as_photo(each).pixels for each in several]
    shares = _shares(pictures, style_shares)
    photo = as_photo(content).pixels
    canvas = _Canvas(
        photo=photo,
        styles=tuple(pictures),
        shares=shares,
        mask=_mask(mask, photo),
        settings=settings,
        network=network if network is not None else load_network(settings.network),
        dream=dream,
        precision=precision,
    )
    canvas.check()
    if every < 1:
        raise RecipeError(f"every: received {every}; allowed: whole numbers from 1.", "every")
    return _paint(canvas, every)


def deliver_style(
    frame: Frame, content: Photo | np.ndarray, settings: StyleSettings, mask: np.ndarray | None = None
) -> np.ndarray:
    """Bring any frame of `stylize` to the result's size and finish it, (h, w, 3) in [0, 1].

    The last frame is returned as it is.
    """
    if frame.is_last:
        return frame.image
    photo = as_photo(content).pixels
    size = result_size(photo.shape[:2], settings)
    return _finished(resize(frame.image, size), photo, settings, _mask(mask, photo))


class WarmAdam(Adam):
    """Be Adam on a picture (1, h, w, 3), with running means that can be brought to another size of it."""

    def resize(self, size: tuple[int, int]) -> None:
        """Bring the running means to another height and width, so that the next scale starts warm."""
        if self._taken:
            self._mean = resize(np.asarray(self._mean)[0], size)[None]
            self._square = resize(np.asarray(self._square)[0], size)[None]


@dataclass(frozen=True)
class _Shift:
    """See a picture (1, h, w, c) with mirrored margins, of which `top` rows and `left` columns are cut off.

    The far sides lose the rest of one margin: every shift sees (h + margin, w + margin). So the grid of the network's
    strides falls elsewhere at each step, and no border is where zeros pad it.
    """

    margin: int
    top: int
    left: int

    def look(self, x: np.ndarray) -> np.ndarray:
        """Return the picture as it is seen."""
        if not self.margin:
            return x
        _, h, w, _ = x.shape
        rows = _mirrored(np.arange(self.top, self.top + h + self.margin) - self.margin, h)
        columns = _mirrored(np.arange(self.left, self.left + w + self.margin) - self.margin, w)
        return x[:, rows][:, :, columns]

    def pull_back(self, g: np.ndarray) -> np.ndarray:
        """Return a gradient with respect to the picture from one with respect to what was seen: the exact adjoint."""
        g = self._fold(g, 1, self.top)
        return self._fold(g, 2, self.left)

    def _fold(self, g: np.ndarray, axis: int, start: int) -> np.ndarray:
        if not self.margin:
            return g
        g = np.moveaxis(g, axis, 0)
        length = g.shape[0] - self.margin
        places = _mirrored(np.arange(start, start + length + self.margin) - self.margin, length)
        before = self.margin - start  # mirrored rows ahead of the picture, and behind it
        result = g[before : before + length].copy()
        for row in (*range(before), *range(before + length, len(g))):
            result[places[row]] += g[row]
        return np.moveaxis(result, 0, axis)


def _mirrored(places: np.ndarray, length: int) -> np.ndarray:
    places = places % (2 * length)
    return np.minimum(places, 2 * length - 1 - places)


@dataclass(frozen=True, eq=False)
class _Aim:
    """Hold what a scale makes smaller: minus the objective, whose terms `labels` name, and the targets in each shift.

    `close` are losses, by label, below which a difference is rounding.
    """

    objective: Objective
    labels: tuple[str, ...]
    shifts: list[_Shift]
    targets: list[dict[str, np.ndarray]]
    close: dict[str, float]

    def is_reached(self, losses: Mapping[str, float]) -> bool:
        """Say whether nothing is left but rounding, which Adam would blow up to steps of full length."""
        return all(loss <= self.close.get(label, -np.inf) for label, loss in losses.items())


@dataclass(frozen=True, eq=False)
class _Canvas:
    """Hold what a run needs, checked."""

    photo: np.ndarray  # (h, w, 3)
    styles: tuple[np.ndarray, ...]
    shares: tuple[float, ...]
    mask: np.ndarray | None  # (h, w) of the photo
    settings: StyleSettings
    network: Network
    dream: Recipe | None
    precision: str

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Return the scales' heights and widths, smallest first."""
        return scale_sizes(result_size(self.photo.shape[:2], self.settings), self.settings)

    def steps(self, scale: int) -> int:
        """Return how many steps a scale (from 0) takes."""
        return round(self.settings.steps * self.settings.steps_growth**scale)

    def check(self) -> None:
        for name, _ in (*self.settings.content_layers, *self.settings.style_layers):
            self.network.layer(name)
        if self.dream is not None:  # resolved on a small photo: what it names must be there before the first step
            small = fit_content(self.photo, fit_size(self.photo.shape[:2], CHECKED))
            from_recipe(self.dream, self.network, small, precision=self.precision)

    def aim(self, size: tuple[int, int]) -> _Aim:
        """Return what a scale of (h, w) makes smaller."""
        settings, summed = self.settings, self.settings.measure == "sum"
        content = {f"content/{layer}": (layer, w * settings.content_weight) for layer, w in settings.content_layers}
        style = {f"style/{layer}": (layer, w * settings.style_weight) for layer, w in settings.style_layers}
        content, style = ({name: each for name, each in parts.items() if each[1]} for parts in (content, style))
        shifts, photo = self._shifts(), fit_content(self.photo, size)
        views = [shift.look(self.network.to_input(photo)[None]) for shift in shifts]
        targets = [self._seen(view, content) for view in views]
        statistics = self._statistics(size, style)
        terms: dict[str, tuple[Term, float]] = {}
        close: dict[str, float] = {}
        for name, (layer, w) in content.items():
            energy = max(float(np.mean(np.square(targets[0][name]))), 1e-12)
            terms[name] = Difference(layer, name, not summed), w / (energy if settings.measure == "relative" else 1.0)
            close[name] = CLOSE * energy * terms[name][1] * (targets[0][name].size if summed else 1)
        for name, (layer, w) in style.items():
            energy = max(float(np.mean(np.square(statistics[name]))), 1e-12)
            terms[name] = (
                Style(layer, name, settings.statistic),
                w / (energy if settings.measure == "relative" else 1.0),
            )
            close[name] = CLOSE * energy * terms[name][1]
        if settings.total_variation:
            term = TotalVariation(settings.total_variation_kind, not summed)
            terms["total_variation"] = term, settings.total_variation
        if self.dream is not None:
            aim = from_recipe(self.dream, self.network, photo, precision=self.precision)
            of_photo = {f"{PHOTO}{layer}": (layer, 1.0) for layer in aim.objective.photo_layers}
            targets = [each | self._seen(view, of_photo) for each, view in zip(targets, views, strict=True)]
            unit = self._dream_unit(aim, views[0], targets[0]) if settings.measure == "relative" else 1.0
            statistics |= aim.targets
            for (part, w), label, factor in zip(aim.objective.terms, aim.labels, statistics.pop(WEIGHTS), strict=True):
                terms[f"dream/{label}"] = part, -w * float(factor) * settings.dream_weight / unit
        # Weights go into the targets: a moved slider shall not compile the network anew.
        statistics[WEIGHTS] = -np.array([weight for _, weight in terms.values()], np.float32)
        objective = Sum(tuple((term, 1.0) for term, _ in terms.values()))
        return _Aim(objective, tuple(terms), shifts, [each | statistics for each in targets], close)

    def _dream_unit(self, aim: Aim, view: np.ndarray, of_photo: dict[str, np.ndarray]) -> float:
        """Return the size of what the recipe makes larger, on the photo as it is: the unit of relative weights."""
        function = compile_gradient(self.network, aim.objective, precision=self.precision)
        losses, _ = function(view, aim.targets | of_photo)
        return max(abs(sum(float(loss) for loss in losses.values())), 1e-6)

    def _shifts(self) -> list[_Shift]:
        margin = self.settings.jitter
        if not margin:
            return [_Shift(0, 0, 0)]
        places = np.random.default_rng(self.settings.seed).integers(0, margin + 1, (SHIFTS, 2))
        return [_Shift(margin, int(top), int(left)) for top, left in places]

    def _seen(self, x: np.ndarray, parts: Mapping[str, tuple[str, float]]) -> dict[str, np.ndarray]:
        if not parts:
            return {}
        layers = [layer for layer, _ in parts.values()]
        seen = activations(self.network, x, layers, precision=self.precision)
        return {name: seen[layer].numpy() for name, (layer, _) in parts.items()}

    def _statistics(self, size: tuple[int, int], parts: Mapping[str, tuple[str, float]]) -> dict[str, np.ndarray]:
        """Return the shares' mean of the styles' statistics.

        The loss to it differs from the shares' mean of the losses by a constant, so the gradient is the same.
        """
        targets: dict[str, np.ndarray] = {}
        for picture, share in zip(self.styles, self.shares, strict=True):
            side = max(1, round(max(size) * self.settings.style_scale))
            small = fit_content(picture, fit_size(picture.shape[:2], side))
            seen = self._seen(self.network.to_input(small)[None], parts)
            for name, a in seen.items():
                statistic = STATISTICS[self.settings.statistic](a)[0].numpy()
                targets[name] = targets.get(name, 0.0) + np.float32(share) * statistic
        return targets


def fit_content(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return an image at another size: shrunk without aliasing, enlarged smoothly."""
    if image.shape[:2] == tuple(size):
        return image
    return resize(image, size, "lanczos" if max(size) < max(image.shape[:2]) else "bilinear")


def _paint(canvas: _Canvas, every: int) -> Iterator[Frame]:
    """Work through the scales. A frame's losses are those before its step: parts of what is made smaller."""
    settings, network = canvas.settings, canvas.network
    camera = _Camera(canvas)
    adam = WarmAdam(settings.momentum, 0.999, settings.epsilon)
    ends = network.to_input(np.zeros(3)), network.to_input(np.ones(3))
    # A step counts on -1..1, which is half of it on 0..1.
    step_size = np.abs(network.scale) * np.float32(settings.step_size / 2)
    random = np.random.default_rng(settings.seed)
    image: np.ndarray | None = None
    for scale, size in enumerate(canvas.sizes):
        image = _entered(canvas, image, size)
        x = network.to_input(image)[None]  # (1, h, w, 3)
        adam.resize(size)
        average, best, least = Average(settings.averaging), image, np.inf
        aim = canvas.aim(size)
        function = compile_gradient(network, aim.objective, precision=canvas.precision)
        steps = canvas.steps(scale) if aim.labels else 0
        losses: dict[str, float] = {}
        for step in range(1, steps + 1):
            which = int(random.integers(len(aim.shifts)))
            shift = aim.shifts[which]
            values, gradient = function(shift.look(x), aim.targets[which])
            losses = {label: -float(value) for label, value in zip(aim.labels, values.values(), strict=True)}
            if aim.is_reached(losses):
                break
            if sum(losses.values()) < least and not settings.averaging:
                best, least = network.to_image(x[0]), sum(losses.values())
            x += adam(shift.pull_back(gradient.numpy())) * step_size
            np.clip(x, np.minimum(*ends), np.maximum(*ends), out=x)
            average.take(x)
            if step % every == 0 and step < steps:
                shown = average.value if average.value is not None else x
                yield camera.take(network.to_image(shown[0]), scale, step, losses)
        image = network.to_image(average.value[0]) if average.value is not None else best
        if scale + 1 < len(canvas.sizes):
            yield camera.take(image, scale, steps, losses)
    assert image is not None
    finished = _finished(image, canvas.photo, settings, canvas.mask)
    yield camera.take(finished, len(canvas.sizes) - 1, steps, losses, is_last=True)


class _Camera:
    """Make frames of a run: it knows the time and how far the work has come."""

    def __init__(self, canvas: _Canvas) -> None:
        self._steps = [canvas.steps(scale) for scale in range(len(canvas.sizes))]
        self._work = [math.prod(size) * max(n, 1) for size, n in zip(canvas.sizes, self._steps, strict=True)]
        self._begun = time.perf_counter()

    def take(
        self, picture: np.ndarray, scale: int, step: int, losses: dict[str, float], *, is_last: bool = False
    ) -> Frame:
        """Return the frame of a picture after a step of a scale (from 0)."""
        done = sum(self._work[:scale]) + self._work[scale] * step / max(self._steps[scale], 1)
        return Frame(
            image=np.clip(picture, 0.0, 1.0),
            octave=scale + 1,
            octaves=len(self._steps),
            step=step,
            steps=self._steps[scale],
            loss=sum(losses.values()) if losses else None,
            losses=losses,
            clipped=float(np.count_nonzero((picture <= 0) | (picture >= 1)) / picture.size),
            seconds=time.perf_counter() - self._begun,
            progress=1.0 if is_last else done / sum(self._work),
            is_last=is_last,
        )


def _entered(canvas: _Canvas, before: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Return the picture on which a scale begins; from a photo, the photo's finer detail comes back with it."""
    here = fit_content(canvas.photo, size)
    if before is None:
        if canvas.settings.start == "photo":
            return here
        return np.random.default_rng(canvas.settings.seed).uniform(0.0, 1.0, (*size, 3)).astype(np.float32)
    grown = resize(before, size)
    if canvas.settings.start == "photo":
        grown += here - resize(fit_content(canvas.photo, before.shape[:2]), size)
    return np.clip(grown, 0.0, 1.0)


def _finished(image: np.ndarray, photo: np.ndarray, settings: StyleSettings, mask: np.ndarray | None) -> np.ndarray:
    changes = {name: getattr(settings, name) for name in ("strength", "keep_colors", "contrast", "mask_softness")}
    size = image.shape[:2]
    mask = mask if mask is None or mask.shape == size else resize(mask, size)
    return finish(np.clip(image, 0.0, 1.0), fit_content(photo, size), Recipe(**changes), mask)


def _shares(styles: Sequence[np.ndarray], given: Sequence[float] | None) -> tuple[float, ...]:
    if not styles:
        raise ImageError("a style transfer needs at least one style picture.")
    given = [1.0] * len(styles) if given is None else given
    if len(given) != len(styles) or min(given) < 0 or not 0 < sum(given) < float("inf"):
        raise RecipeError(
            f"style_shares: received {shown(tuple(given))} for {len(styles)} style pictures; allowed: one number "
            "from 0 up each, not all 0.",
            "style_shares",
        )
    return tuple(share / sum(given) for share in given)


def _mask(mask: Photo | np.ndarray | None, photo: np.ndarray) -> np.ndarray | None:
    """Return the mask as (h, w) at the photo's size; of a color picture its mean."""
    if mask is None:
        return None
    grey = as_photo(mask).pixels.mean(axis=-1)
    return grey if grey.shape == photo.shape[:2] else resize(grey, photo.shape[:2])
