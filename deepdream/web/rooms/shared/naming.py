"""What a network takes a picture for."""

from typing import Any

import numpy as np

from deepdream.images import Photo
from deepdream.networks import Network
from deepdream.web.server.scheduler import Turns


def classes_of(picture: Photo | np.ndarray, network: Network, turns: Turns) -> list[list[Any]]:
    """Return the five likeliest labels of a picture with their probabilities, found in a turn of the engine."""
    from deepdream.inspection.views import top_classes

    with turns.preview_step():
        return [[name, round(share, 4)] for name, share in top_classes(picture, network)]
