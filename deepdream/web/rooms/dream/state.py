"""What the Dream room keeps of a visitor, beside their photos and the history of their dreams."""

from dataclasses import dataclass
from pathlib import Path

from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.ongoing import Ongoing
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.visitors import State


@dataclass(eq=False)
class DreamState(State):
    """Hold the beginning of the dream that the newest preview has become.

    recipe: the newest settings, dreamed or not. previewed: those of the newest preview, None while another is made.
    device: previews are dreamed by the visitor's own device, where it can. tapped: when the newest look was. pointed:
    counts the places that were pointed at; the newest is looked into.
    """

    beginning: Beginning | None = None
    batch: Ongoing | None = None  # the newest dream of several photos
    halted: bool = False  # it shall begin no other photo
    archive: Path | None = None  # what it made
    recipe: Recipe | None = None
    previewed: Recipe | None = None
    device: bool = False
    tapped: float = 0.0
    pointed: int = 0

    @property
    def dreaming(self) -> Ongoing | None:
        """The dream of several photos that is under way."""
        return self.batch if self.batch is not None and not self.batch.ended else None

    def renew(self) -> None:
        """Let go what belongs to the photos before."""
        self.beginning = None
        self.keep_archive(None)

    def keep_archive(self, archive: Path | None) -> None:
        """Keep the file of a batch in the place of the one before."""
        if self.archive is not None:
            self.archive.unlink(missing_ok=True)
        self.archive = archive
