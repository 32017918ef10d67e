"""Neural style transfer: the content of one picture in the manner of others, as a stream of frames like a dream's.

    loss = content_weight * sum over content layers of  w * (mean or sum of) (a - a_content)^2
         + style_weight   * sum over style layers of    w * mean (statistic(a) - statistic(a_style))^2
         + total_variation * roughness of the picture
         - dream_weight * what a recipe's layers make larger, if a recipe is given

With `measure` "relative" each difference is divided by the mean square of what is wished, a_content or the statistic.

Sources: Gatys, Ecker, Bethge, "A Neural Algorithm of Artistic Style", 2015; Yuan's TensorFlow text, 2018; Crowson's
style-transfer-pytorch for scales by the root of 2, warm-started Adam and averaged iterates.
"""

from collections.abc import Generator, Sequence

import numpy as np

from deepdream.engine.precision import resolve_precision
from deepdream.errors import ImageError, RecipeError, quoted
from deepdream.finishing import finish, fitted_mask
from deepdream.frames import Camera, Frame, check_every
from deepdream.images import Photo, as_photo, fit_size, rescale, resize
from deepdream.networks import Network, load_network
from deepdream.objectives.aims import from_recipe
from deepdream.optimizers import Adam, Average
from deepdream.recipe import Recipe
from deepdream.style.aim import Subject, scale_aim
from deepdream.style.scales import result_size, scale_sizes
from deepdream.style.settings import STYLE_PRESETS, StyleSettings

CHECKED = 64  # pixels of the longer side of the photo on which a dream recipe is checked


def stylize(
    content: Photo | np.ndarray,
    styles: Photo | np.ndarray | Sequence[Photo | np.ndarray],
    settings: StyleSettings = STYLE_PRESETS["vgg19"],
    *,
    style_shares: Sequence[float] | None = None,
    network: Network | None = None,
    mask: Photo | np.ndarray | None = None,
    dream: Recipe | None = None,
    every: int = 1,
    precision: str = "auto",
    raw: bool = False,
) -> Generator[Frame, None, None]:
    """Paint the content photo in the manner of one or several style pictures; yield a Frame each `every` steps.

    All pictures are (h, w, 3) in [0, 1]. `style_shares` weigh several styles, alike without it. `mask` is 1 where the
    style shows: see `fitted_mask`. `dream` adds what that recipe's layers make larger to the objective. Frames are raw
    and of their scale's size, an "octave" each, with the parts of what is made smaller; the last one has the result's
    size and is finished, unless `raw` leaves that to `finish`. Arguments are checked at once; `close()` stops within a
    step.

    Raises:
        ImageError, RecipeError, LayerError, NetworkError: an argument is wrong.
    """
    check_every(every)
    several = [styles] if isinstance(styles, (Photo, np.ndarray)) else list(styles)
    pictures = [as_photo(each).pixels for each in several]
    shares = _shares(pictures, style_shares)
    photo = as_photo(content).pixels
    network = network if network is not None else load_network(settings.network)
    subject = Subject(
        photo=photo,
        styles=tuple(pictures),
        shares=shares,
        settings=settings,
        network=network,
        dream=dream,
        precision=resolve_precision(precision, network),
    )
    _check(subject)
    return _paint(subject, fitted_mask(mask, photo.shape[:2]), every, raw)


def deliver_style(
    frame: Frame,
    content: Photo | np.ndarray,
    settings: StyleSettings,
    mask: Photo | np.ndarray | None = None,
    *,
    raw: bool = False,
) -> np.ndarray:
    """Bring any frame of `stylize` to the result's size and, unless `raw`, finish it; (h, w, 3) in [0, 1].

    The last frame is returned as it is.
    """
    if frame.is_last:
        return frame.image
    photo = as_photo(content).pixels
    grown = resize(frame.image, result_size(photo.shape[:2], settings))
    return grown if raw else _finish(grown, photo, settings, fitted_mask(mask, photo.shape[:2]))


def _check(subject: Subject) -> None:
    """Refuse what the network does not have, before the first step."""
    for name, _ in (*subject.settings.content_layers, *subject.settings.style_layers):
        subject.network.layer(name)
    if subject.dream is not None:  # resolved on a small photo
        small = rescale(subject.photo, fit_size((subject.photo.shape[0], subject.photo.shape[1]), CHECKED))
        from_recipe(subject.dream, subject.network, small, precision=subject.precision)


def _paint(subject: Subject, mask: np.ndarray | None, every: int, raw: bool) -> Generator[Frame, None, None]:
    """Work through the scales. A frame's losses are those before its step: parts of what is made smaller."""
    settings, network, photo = subject.settings, subject.network, subject.photo
    sizes = scale_sizes(result_size((photo.shape[0], photo.shape[1]), settings), settings)
    steps_of = [round(settings.steps * settings.steps_growth**scale) for scale in range(len(sizes))]
    camera = Camera(sizes, steps_of, every)
    adam = Adam(settings.momentum, 0.999, settings.epsilon)
    ends = network.to_input(np.zeros(3)), network.to_input(np.ones(3))
    # A step counts on -1..1, which is half of it on 0..1.
    step_size = np.abs(network.scale) * np.float32(settings.step_size / 2)
    random = np.random.default_rng(settings.seed)
    image: np.ndarray | None = None
    for scale, size in enumerate(sizes):
        image = _entered(subject, image, size)
        x = network.to_input(image)[None]  # (1, h, w, 3)
        adam.resize(size)
        average, best, least = Average(settings.averaging), image, np.inf
        aim = scale_aim(subject, size)
        steps = steps_of[scale] if aim.labels else 0
        losses: dict[str, float] = {}
        for step in range(1, steps + 1):
            losses, gradient = aim.measure(x, random)
            if aim.is_reached(losses):
                break
            if sum(losses.values()) < least and not settings.averaging:
                best, least = network.to_image(x[0]), sum(losses.values())
            x += adam(gradient) * step_size
            np.clip(x, np.minimum(*ends), np.maximum(*ends), out=x)
            average.take(x)
            if camera.is_due(scale, step):
                newest = average.value if average.value is not None else x
                yield camera.take(network.to_image(newest[0]), scale, step, losses)
        image = network.to_image(average.value[0]) if average.value is not None else best
        if scale + 1 < len(sizes):
            yield camera.take(image, scale, steps, losses, ends_octave=True)
    assert image is not None
    result = image if raw else _finish(image, photo, settings, mask)
    yield camera.take(result, len(sizes) - 1, steps, losses, is_last=True)


def _entered(subject: Subject, before: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Return the picture on which a scale begins; from a photo, the photo's finer detail comes back with it."""
    here = rescale(subject.photo, size)
    if before is None:
        if subject.settings.start == "photo":
            return here
        return np.random.default_rng(subject.settings.seed).uniform(0.0, 1.0, (*size, 3)).astype(np.float32)
    grown = resize(before, size)
    if subject.settings.start == "photo":
        grown += here - resize(rescale(subject.photo, before.shape[:2]), size)
    return np.clip(grown, 0.0, 1.0)


def _finish(raw: np.ndarray, photo: np.ndarray, settings: StyleSettings, mask: np.ndarray | None) -> np.ndarray:
    size = raw.shape[:2]
    return finish(raw, rescale(photo, size), settings, fitted_mask(mask, size))


def _shares(styles: Sequence[np.ndarray], given: Sequence[float] | None) -> tuple[float, ...]:
    if not styles:
        raise ImageError("a style transfer needs at least one style picture.")
    given = [1.0] * len(styles) if given is None else given
    if len(given) != len(styles) or min(given) < 0 or not 0 < sum(given) < float("inf"):
        raise RecipeError(
            f"style_shares: received {quoted(tuple(given))} for {len(styles)} style pictures; allowed: one number "
            "from 0 up each, not all 0.",
            "style_shares",
        )
    return tuple(share / sum(given) for share in given)
