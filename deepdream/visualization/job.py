"""What a target wants to see, as a job for workers."""

from collections.abc import Generator
from dataclasses import dataclass

from deepdream.frames import Frame
from deepdream.networks import Network
from deepdream.visualization.presets import PORTRAIT_PRESETS, Portrait


@dataclass(frozen=True, eq=False)
class Visualization:
    """What a target wants to see, to be sent; see `visualize` for the arguments. One that lost its worker begins anew.

    Args:
        network: its name.
        loaded: goes before the network of that name, in this process alone.
    """

    network: str
    target: str | tuple[tuple[str, float], ...]
    portrait: Portrait = PORTRAIT_PRESETS["lucid"]
    precision: str = "auto"
    loaded: Network | None = None

    def goes_on_from(self, frame: Frame) -> bool:
        """Say no: Adam's memory and the waves are in no frame."""
        return False

    def frames(self, resume: Frame | None = None) -> Generator[Frame, None, None]:
        """Begin to grow it."""
        from deepdream.visualization.visualize import visualize

        network = self.loaded if self.loaded is not None else self.network
        return visualize(network, self.target, self.portrait, precision=self.precision)
