"""Let each target of a recipe count by its weight alone: its gradient is scaled by its own size first.

A layer's numbers may be a hundred times another's, so that weights alone do not mix them. What the sizes are is
measured on the photo at the size of the smallest octave, by a step for each target: once for all previews that a
slider asks for, which would take longer to measure than to dream.
"""

import dataclasses
import hashlib
import threading
from collections.abc import Hashable
from weakref import WeakKeyDictionary

import numpy as np

from deepdream.ascent import Meter, value_and_gradient
from deepdream.networks import Network
from deepdream.objectives.aims import Aim
from deepdream.objectives.algebra import WEIGHTS
from deepdream.transforms import View

REMEMBERED = 32  # measurements of a network, as numbers alone
FAINTEST = 0.02  # of the largest gradient: what a picture hardly shows is raised no further than from there

_measured: WeakKeyDictionary[Network, dict[Hashable, np.ndarray]] = WeakKeyDictionary()
_lock = threading.Lock()


def balance(meter: Meter, layers: int, picture: np.ndarray) -> Aim:
    """Return the meter's aim with weights by which the gradients of a recipe's layers have their weights' sizes.

    layers: how many there are; they are the first of the aim's terms. Sizes are standard deviations on the picture
    (h, w, 3), and none where no layer has any gradient there.
    """
    weights = meter.aim.targets[WEIGHTS].copy()
    sizes = _sizes(meter, picture, layers)
    if sizes.max() > 0:
        weights[:layers] *= sizes.max() / np.maximum(sizes, FAINTEST * sizes.max())
    return _weighted(meter.aim, weights)


def _weighted(aim: Aim, weights: np.ndarray) -> Aim:
    return dataclasses.replace(aim, targets=aim.targets | {WEIGHTS: weights})


def _sizes(meter: Meter, picture: np.ndarray, layers: int) -> np.ndarray:
    """Return the size of each layer's gradient, from memory where the same was measured before."""
    known, key = _measured.setdefault(meter.network, {}), _key(meter, picture, layers)
    sizes = known.get(key)
    if sizes is None:
        sizes = np.array([_size(meter, picture, index) for index in range(layers)], np.float32)
        with _lock:  # of dreams in several threads
            while len(known) >= REMEMBERED:
                del known[next(iter(known))]  # the oldest
            known[key] = sizes
    return sizes


def _key(meter: Meter, picture: np.ndarray, layers: int) -> Hashable:
    """Return all that sizes depend on but the network; of pictures a digest, since no photo is kept here."""
    digest = hashlib.sha256(np.ascontiguousarray(picture).data)
    for name, value in sorted(meter.aim.targets.items()):
        if name != WEIGHTS:
            digest.update(np.ascontiguousarray(value).tobytes())
    if meter.photo is not None:
        digest.update(np.ascontiguousarray(meter.photo).data)
    framed = meter.precision, meter.tile_size, meter.pad, meter.mirror, meter.tile_epsilon
    return meter.aim.objective, layers, picture.shape, framed, digest.digest()


def _size(meter: Meter, picture: np.ndarray, index: int) -> float:
    """Return the standard deviation of the gradient of one of the recipe's layers, at weight 1."""
    alone = np.zeros_like(meter.aim.targets[WEIGHTS])
    alone[index] = 1.0
    _, gradient = value_and_gradient(picture, dataclasses.replace(meter, aim=_weighted(meter.aim, alone)), View())
    return float(gradient.std(dtype=np.float64))
