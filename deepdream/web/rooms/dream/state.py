"""What the Dream room keeps of a visitor, beside their photos and the history of their dreams."""

from dataclasses import dataclass

from deepdream.recipe import Recipe
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.visitors import State


@dataclass(eq=False)
class DreamState(State):
    """Hold the beginning of the dream that the newest preview has become.

    recipe: the newest settings, dreamed or not. device: previews are dreamed by the visitor's own device, where it can.
    tapped: when the newest look was. pointed: counts the places that were pointed at; the newest is looked into.
    """

    beginning: Beginning | None = None
    recipe: Recipe | None = None
    device: bool = False
    tapped: float = 0.0
    pointed: int = 0

    def renew(self) -> None:
        """Let the beginning on the photo before go."""
        self.beginning = None
