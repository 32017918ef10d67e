"""Something new: a surprise, four variations of what is there, a mixture with another look; each can be taken again."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from deepdream.images import shrunk_size
from deepdream.recipe import Recipe
from deepdream.variations import LOCKS, SEEDS, mix, surprise, vary
from deepdream.web.rooms.dream.faces import AWAY, SIDE, dream_small
from deepdream.web.rooms.dream.settings import values_of
from deepdream.web.rooms.shared.actions import Actions, Values
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.sharing import link_query, recipe_from_link, recipe_of_look
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.server.events import data_of
from deepdream.web.server.visitors import State, Visitor

KEPT = 12  # draws
LONGEST = 5.0  # seconds of a small dream, as the cost model expects it; others go without a picture


@dataclass(eq=False)
class Draw:
    """Hold what was drawn by chance: its number, its recipe, and a small dream of it on the photo."""

    number: int
    recipe: Recipe
    picture: Path | None = None

    def value(self, current: Recipe | None = None) -> dict[str, Any]:
        """Return the draw as the page's piece takes it: what it is told by is its link."""
        link = link_query(self.recipe)
        name = f"№ {self.number}"
        return {"id": link, "name": name, "picture": file_value(self.picture), "current": self.recipe == current}


@dataclass(eq=False)
class Chances(State):
    """Hold a visitor's draws, newest first, the variations on offer, and from what the newest mixture was made."""

    draws: list[Draw] = field(default_factory=list)
    offered: list[Draw] = field(default_factory=list)
    base: Recipe | None = None
    mixed: Recipe | None = None

    def renew(self) -> None:
        """Let the pictures of the photo before go; the draws stay."""
        for draw in (*self.draws, *self.offered):
            if draw.picture is not None:
                draw.picture.unlink(missing_ok=True)
                draw.picture = None
        self.offered = []

    def draw(self, recipe: Recipe, number: int) -> None:
        """Put a draw on top; the oldest falls off."""
        taken = next((each for each in (*self.offered, *self.draws) if each.recipe == recipe), Draw(number, recipe))
        self.draws = [taken, *(each for each in self.draws if each.recipe != recipe)]
        for gone in self.draws[KEPT:]:
            if gone.picture is not None and gone not in self.offered:
                gone.picture.unlink(missing_ok=True)
        del self.draws[KEPT:]

    def value(self, current: Recipe | None = None) -> dict[str, Any]:
        """Return draws and variations as the page's piece takes them."""
        return {name: [each.value(current) for each in getattr(self, name)] for name in ("draws", "offered")}


class ChanceActions(Actions):
    """Draw recipes by chance; the seed makes each draw one that can be named and found again."""

    def surprise(self, event: gr.EventData, request: gr.Request, *values: Any) -> Values:
        """Set the controls to a look or a mixture that chance draws; what is locked stays."""
        seed = secrets.randbelow(SEEDS)
        recipe = surprise(seed, current=self.recipe(values), locks=locks_of(event))
        return self.drawn(request, recipe, seed)

    async def vary(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Offer four variations of the settings, and then a small dream of each."""
        visitor, recipe, seed = self.visitor(request), self.recipe(values), secrets.randbelow(SEEDS)
        chances = visitor.of(Chances)
        made = vary(recipe, seed, how_far=share_of(data_of(event), "how_far"), locks=locks_of(event))
        chances.offered = offered = [Draw(seed + index, each) for index, each in enumerate(made)]
        yield chances.value()
        for draw in offered:
            if not await self.portray(visitor, draw) or chances.offered is not offered:
                return
            yield chances.value()

    async def portray(self, visitor: Visitor, draw: Draw) -> bool:
        """Dream a draw small on the visitor's photo, and say whether it has a picture."""
        photo, fitting, chances = visitor.of(Material).photo, self.host.networks(), visitor.of(Chances)
        if photo is None or draw.recipe.network not in fitting or self.to_fetch(visitor, draw.recipe.network):
            return False
        cost = self.host.costs.plan(draw.recipe, shrunk_size(photo.size, SIDE)).cost
        if cost.too_much or cost.seconds > LONGEST:  # whoever sends a link says how large its octaves are
            return False
        network = await self.host.fetch(draw.recipe.network)

        def stale() -> bool:
            wanted = draw in chances.offered or draw in chances.draws
            away = self.host.visitors.away(visitor) > AWAY
            return visitor.closed or away or not wanted or visitor.of(Material).photo is not photo

        def dreamed() -> Path | None:
            image = dream_small(photo, draw.recipe, network, stale=stale, turn=self.host.turns.preview_step)
            return visitor.write_picture(image, keep=True) if image is not None else None

        draw.picture = draw.picture if draw.picture is not None else await self.host.preview(dreamed)
        return draw.picture is not None

    async def portray_newest(self, request: gr.Request, *values: Any) -> Any:
        """Give the newest draw its small dream."""
        visitor = self.visitor(request)
        chances = visitor.of(Chances)
        if chances.draws and not visitor.renders:
            await self.portray(visitor, chances.draws[0])
        return chances.value(self.recipe(values))

    def take(self, event: gr.EventData, request: gr.Request) -> Values:
        """Set the controls to one of the draws, or of the variations."""
        chances = self.visitor(request).of(Chances)
        recipe = recipe_from_link(str(data_of(event).get("id") or ""))
        known = next((each for each in (*chances.offered, *chances.draws) if each.recipe == recipe), None)
        return self.drawn(request, recipe, known.number if known is not None else 0)

    def mix(self, request: gr.Request, drawn: Any, *values: Any) -> list[Any]:
        """Set the controls between what they were when mixing began, and a look.

        The piece's own value says which, as {"mix": {"look": NAME, "weight": SHARE}}: Gradio reads it as it is by the
        time when it asks, where an event's data would be the first of several moves.
        """
        wish = drawn.get("mix") if isinstance(drawn, dict) else None
        wish = wish if isinstance(wish, dict) else {}
        recipe, other = self.recipe(values), recipe_of_look(wish.get("look"))
        chances = self.visitor(request).of(Chances)
        if chances.base is None or recipe != chances.mixed:
            chances.base = recipe
        chances.mixed = mix(chances.base, other, share_of(wish, "weight"))
        return values_of(chances.mixed)

    def drawn(self, request: gr.Request, recipe: Recipe, number: int) -> Values:
        """Remember a draw, and return what the piece shows and the controls."""
        chances = self.visitor(request).of(Chances)
        chances.draw(recipe, number)
        return chances.value(recipe), *values_of(recipe)


def locks_of(event: gr.EventData) -> list[str]:
    """Return which of the locks a browser says are closed."""
    locks = data_of(event).get("locks")
    return [lock for lock in LOCKS if isinstance(locks, list) and lock in locks]


def share_of(data: dict[str, Any], name: str) -> float:
    """Return a number from 0 to 1 that a browser sent; 0.5 where it sent none."""
    value = data.get(name)
    return float(min(1, max(0, value))) if isinstance(value, (int, float)) and value == value else 0.5
