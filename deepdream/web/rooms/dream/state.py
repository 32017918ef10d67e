"""What the Dream room keeps of a visitor, beside their photos and the history of their dreams."""

from dataclasses import dataclass, field

from deepdream.recipe import Recipe
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.previews import Preview
from deepdream.web.server.visitors import State


@dataclass(eq=False)
class DreamState(State):
    """Hold the newest preview, until a dream covers it, and the beginning of the dream that it has become.

    recipe: the newest settings, dreamed or not. device: previews are dreamed by the visitor's own device, where it can.
    """

    preview: Preview | None = None
    beginning: Beginning | None = None
    recipe: Recipe | None = None
    device: bool = False
    asked: str = ""  # the network whose download was asked about
    agreed: set[str] = field(default_factory=set)  # networks that may be fetched

    def renew(self) -> None:
        """Let the preview of the photo before go."""
        self.preview = self.beginning = None
