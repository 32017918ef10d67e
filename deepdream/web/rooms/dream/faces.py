"""The looks on the visitor's own photo: a small dream of each, best guesses first, in time that nobody else wants."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from deepdream.images import Photo, read_image, shrink
from deepdream.networks import Network
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.settings.targets import parse_target
from deepdream.web.components.pictures import preset_chips, samples
from deepdream.web.rooms.shared.actions import Actions
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.server.host import EMBEDDED
from deepdream.web.server.previews import newest_wanted
from deepdream.web.server.scheduler import Turn
from deepdream.web.server.visitors import State, Visitor
from deepdream.workers import Dream

SIDE = 160  # pixels of the longer side of a small dream
SECONDS = 0.3  # of the engine that one takes, about
PAUSE = 0.1  # between two looks whether the engine has time to spare
AWAY = 15.0  # seconds without a sign of life after which nobody is waiting for them
GUESSED_AT = 224  # pixels of the longer side of a photo of which is guessed what suits it
USUAL = 0.25  # of a channel's usual answer is added to it: what is hardly ever seen anywhere is no good guess


@dataclass(eq=False)
class Faces(State):
    """Hold the small picture of each look on the visitor's photo, by the look's name; one page fills them at a time."""

    pictures: dict[str, Path] = field(default_factory=dict)
    at_work: bool = False

    def renew(self) -> None:
        """Let the pictures of the photo before go."""
        pictures, self.pictures = self.pictures, {}
        for path in pictures.values():
            path.unlink(missing_ok=True)

    def value(self) -> dict[str, Any]:
        """Return the pictures as the page's piece takes them."""
        return {name: file_value(path) for name, path in self.pictures.items()}


class FaceActions(Actions):
    """Show what looks make of the visitor's own photo, before any is chosen."""

    async def fill(self, request: gr.Request) -> AsyncIterator[Any]:
        """Yield the pictures that are there, then again with each that is dreamed, until all looks have one."""
        visitor = self.visitor(request)
        faces, photo = visitor.of(Faces), visitor.of(Material).photo
        yield faces.value()
        if photo is None or faces.at_work or not self.host.limits.faces:
            return
        faces.at_work = True
        try:
            async for _ in self.dreamed(visitor, photo, faces.pictures):
                yield faces.value()
        finally:
            faces.at_work = False

    async def dreamed(self, visitor: Visitor, photo: Photo, pictures: dict[str, Path]) -> AsyncIterator[str]:
        """Dream the looks whose pictures are missing, and yield each one's name."""
        network, faces = await self.host.fetch(EMBEDDED), visitor.of(Faces)

        def ended() -> bool:
            gone = visitor.closed or self.host.visitors.away(visitor) > AWAY
            return gone or faces.pictures is not pictures or self.host.turns.budgets.wait(visitor.caller) > 0

        guesses = await self.host.explore(best_guesses, network, photo, self.host.turns.render_step)
        for name in guesses[: self.host.limits.faces]:
            while name not in pictures and not ended():
                if not self.host.turns.spare or visitor.renders:
                    await asyncio.sleep(PAUSE)
                elif await self.host.explore(self.dream_look, visitor, photo, network, name, ended):
                    self.host.turns.budgets.spend(visitor.caller, SECONDS)
                    yield name

    def dream_look(
        self, visitor: Visitor, photo: Photo, network: Network, name: str, ended: Callable[[], bool]
    ) -> bool:
        """Dream one look small, keep its picture, and say whether it is there: not where the engine was wanted."""
        turns, recipe = self.host.turns, PRESETS[name].recipe

        def stale() -> bool:
            return ended() or not turns.spare

        image = dream_small(photo, recipe, network, stale=stale, turn=turns.render_step)
        if image is None or ended():
            return False
        visitor.of(Faces).pictures[name] = visitor.write_picture(image, keep=True)
        return True


def dream_small(
    photo: Photo, recipe: Recipe, network: Network, *, stale: Callable[[], bool], turn: Turn
) -> np.ndarray | None:
    """Return the whole dream of a photo of SIDE pixels, float32 (h, w, 3), or None where it was `stale` before its end.

    A look's things are as large against a small picture as against a large one, so this is what they will be.
    """
    with contextlib.closing(Dream(shrink(photo, SIDE).pixels, recipe, loaded=network).frames()) as stream:
        found = newest_wanted(stream, turn, stale)
    return found[0].image if found is not None else None


def best_guesses(network: Network, photo: Photo, turn: Turn) -> list[str]:
    """Return the names of the looks, the default first, then those of whose channels the photo holds most already.

    How much is told against what the sample photos hold: some channels answer everything.
    """
    names = [chip["name"] for chip in preset_chips() if PRESETS[chip["name"]].recipe.network == network.name]
    here, usual = answers(network, photo, turn), usual_answers(network, turn)
    if usual is None:
        return names
    scores = [score(PRESETS[name].recipe, here, usual) for name in names]
    order = np.argsort([-value for value in scores], kind="stable")
    return [names[0], *(names[index] for index in order if index)]


def score(recipe: Recipe, here: dict[str, np.ndarray], usual: dict[str, np.ndarray]) -> float:
    """Return by how much a photo holds more of a look's channels than photos usually do: about 1 as much."""
    found = []
    for text, _ in recipe.layers:
        target = parse_target(text)
        if isinstance(target.channel, int) and target.layer in here:
            before = usual[target.layer]
            found.append(here[target.layer][target.channel] / (before[target.channel] + USUAL * before.mean() + 1e-6))
    return float(np.mean(found)) if found else 0.0


@functools.cache
def usual_answers(network: Network, turn: Turn) -> dict[str, np.ndarray] | None:
    """Return what the channels of each layer answer on the sample photos; None where there are none."""
    each = [answers(network, read_image(sample["file"]), turn) for sample in samples()]
    return {layer: np.mean([one[layer] for one in each], axis=0) for layer in each[0]} if each else None


def answers(network: Network, photo: Photo, turn: Turn) -> dict[str, np.ndarray]:
    """Return the mean answer of each channel, by layer, to a photo; each photo is one turn of the engine."""
    from deepdream.engine.compile import activations

    layers = tuple(layer.name for layer in network.layers if layer.name != "classes")
    given = network.to_input(shrink(photo, GUESSED_AT).pixels)[None]
    with turn():
        found = activations(network, given, layers)
    return {layer: np.asarray(found[layer], np.float32)[0].mean(axis=(0, 1)) for layer in layers}
