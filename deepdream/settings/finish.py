"""The sections that dreams and styles share: what is done after a run, which `finishing` obeys, and the seed."""

from dataclasses import dataclass
from typing import Self

from deepdream.settings.table import Settings, number, whole


@dataclass(frozen=True, kw_only=True, repr=False)
class Finish(Settings, group="finish", basic=("strength", "keep_colors", "contrast")):
    """How a result is finished. They may change once the run has ended, without a new one."""

    strength: float = number(
        1.0,
        "How much of the result is mixed into the photo at the end: 0 is the photo, 1 the result.",
        0.0,
        2.0,
        usual=(0.0, 1.0),
    )
    keep_colors: float = number(0.0, "How much of the photo's own colors comes back at the end.", 0.0, 1.0)
    contrast: float = number(1.0, "Contrast of the result at the end: 1 leaves it.", 0.0, 3.0, usual=(0.5, 1.5))
    mask_softness: float = number(
        0.0, "With a mask: how many pixels wide its edge fades.", 0.0, 1000.0, step=1.0, usual=(0.0, 100.0)
    )

    def with_finish(self, other: "Finish") -> Self:
        """Return these settings, finished as `other`."""
        return self.replace(**{name: getattr(other, name) for name in Finish.settings()})


@dataclass(frozen=True, kw_only=True, repr=False)
class Seed(Settings, group="seed", basic=()):
    """Where chance begins."""

    seed: int = whole(
        0,
        "The start of all randomness: the same seed gives the same picture.",
        0,
        2**32 - 1,
        usual=(0, 9999),
        typed=True,
    )
