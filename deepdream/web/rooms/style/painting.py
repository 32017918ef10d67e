"""A style transfer as a render of the page, and what becomes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deepdream.frames import Frame
from deepdream.images import Photo, resize, shrink
from deepdream.settings.finish import Finish
from deepdream.style.job import StyleTransfer
from deepdream.style.settings import STYLE_PRESETS
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.results import add_thumbnail
from deepdream.web.rooms.shared.stage import lines_of
from deepdream.web.rooms.style.state import Painting, Paintings, StyleState, Wish
from deepdream.web.server.costs import Priced, priced_style
from deepdream.web.server.held import laid_aside
from deepdream.web.server.render import Render
from deepdream.web.server.renders import lasted
from deepdream.web.server.visitors import Visitor
from deepdream.workers import Job


@dataclass(eq=False)
class StyleRender(Render):
    """Run the transfer of a wish; `photo` is the content at the result's size, `recipe` holds what finishes it."""

    wish: Wish = field(kw_only=True)
    styles: Sequence[np.ndarray] = ()
    shares: Sequence[float] = ()

    @property
    def preset(self) -> str:
        """The name of the way of painting, at any size and finished in any way, or "own", after "style "."""
        ways = {each.with_finish(Finish()).replace(size=0): name for name, each in STYLE_PRESETS.items()}
        return f"style {ways.get(self.wish.settings.with_finish(Finish()).replace(size=0), 'own')}"

    @property
    def priced(self) -> Priced:
        """The settings by which the cost model knows it."""
        return priced_style(self.wish.settings, self.wish.dream)

    def job(self) -> Job:
        """Return what workers are asked for."""
        wish, shares = self.wish, tuple(self.shares)
        return StyleTransfer(self.photo.pixels, tuple(self.styles), wish.settings, shares, dream=wish.dream, raw=True)

    def deliver(self, frame: Frame) -> np.ndarray:
        """Bring any of its frames to the result's size, (h, w, 3) in [0, 1]."""
        from deepdream.style.paint import deliver_style

        return deliver_style(frame, self.photo, self.wish.settings, raw=True)


def content_of(photo: Photo, size: tuple[int, int]) -> Photo:
    """Bring the content photo to the result's size: averaged where it shrinks, smooth where it grows."""
    if size[0] <= photo.size[0]:
        return shrink(photo, max(size)) if max(size) < max(photo.size) else photo
    alpha = resize(photo.alpha, size) if photo.alpha is not None else None
    return Photo(resize(photo.pixels, size), alpha)


def keeping(visitor: Visitor, wish: Wish) -> Callable[[Render], Painting]:
    """Return what puts a painting into the visitor's history, once it has ended."""
    state, material = visitor.of(StyleState), visitor.of(Material)
    about: dict[str, Any] = {
        "wish": wish,
        "styles": state.files(wish.chosen),
        "own": {name: state.own[name] for name, _ in wish.chosen if name in state.own},
        "photo_name": material.name,
    }

    def keep(render: Render) -> Painting:
        assert isinstance(render, StyleRender) and render.delivered is not None
        history = visitor.of(Paintings)
        painting = Painting(
            name=history.new_name(),
            recipe=render.recipe,
            photo=render.photo,
            raw=laid_aside(render.delivered, visitor.private),
            record={"seconds": round(lasted(render), 1), "finished": not render.stopped},
            trace=render.trace,
            mask=render.mask,
            **about,
        )
        with visitor.lock:
            history.remember(painting, on_stage=material.photo is wish.photo)
        if not visitor.closed:
            add_thumbnail(visitor, painting)
        return painting

    return keep


def ending_status(painting: Painting) -> dict[str, Any]:
    """Return what is said of a painting that has ended."""
    return {"key": "done" if painting.record["finished"] else "stopped_painting", "seconds": painting.record["seconds"]}


def lines_shown(visitor: Visitor) -> dict[str, list[float | None]]:
    """Return the losses of the painting that is shown."""
    painting = visitor.of(Paintings).current
    return lines_of(painting.trace if painting is not None else None)
