"""Shifts of a picture, of a given L2 size, that raise the loss: what the network is trained and measured against.

One step from a random start: Wong et al., "Fast is better than free", 2020, here for L2. Several steps, projected
back after each: Madry et al., 2018. Sizes are L2 norms over all values of a picture on -1..1.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import cross_entropy

Logits = Callable[[torch.Tensor], torch.Tensor]

ONE_STEP = 1.25  # of the size: with less, a random start seldom reaches the sphere
MANY_STEPS = 2.5  # of the size, shared by all steps, as Madry et al. took it


def shift_once(
    model: Logits, pictures: torch.Tensor, classes: torch.Tensor, *, sizes: torch.Tensor, random: np.random.Generator
) -> torch.Tensor:
    """Return the pictures (n, 3, h, w), each moved by one gradient step, from a random start, within `sizes` (n,)."""
    sizes = sizes[:, None, None, None]
    shift = _draw_start(pictures, sizes, random)
    return pictures + _ascend(model, pictures, classes, shift=shift, sizes=sizes, step=ONE_STEP)


def shift_often(
    model: Logits,
    pictures: torch.Tensor,
    classes: torch.Tensor,
    *,
    size: float,
    random: np.random.Generator,
    steps: int = 7,
) -> torch.Tensor:
    """Return the pictures moved by `steps` gradient steps of 2.5 * size / steps, from a random start, within `size`."""
    sizes = torch.full((len(pictures), 1, 1, 1), size)
    shift = _draw_start(pictures, sizes, random)
    for _ in range(steps):
        shift = _ascend(model, pictures, classes, shift=shift, sizes=sizes, step=MANY_STEPS / steps)
    return pictures + shift


def measure_norm(values: torch.Tensor) -> torch.Tensor:
    """Return the L2 norm of each picture of (n, c, h, w), shaped (n, 1, 1, 1)."""
    return torch.linalg.vector_norm(values, dim=(1, 2, 3), keepdim=True)


def _ascend(
    model: Logits,
    pictures: torch.Tensor,
    classes: torch.Tensor,
    *,
    shift: torch.Tensor,
    sizes: torch.Tensor,
    step: float,
) -> torch.Tensor:
    shift = shift.detach().requires_grad_()
    # A sum, so that a picture's gradient does not depend on how many others are in the batch.
    loss = cross_entropy(model(pictures + shift), classes, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, shift)
    moved = shift.detach() + _scale(gradient, sizes * step)
    return moved * (sizes / (measure_norm(moved) + 1e-12)).clamp(max=1)


def _draw_start(pictures: torch.Tensor, sizes: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    n, c, h, w = pictures.shape
    # Only the direction counts, and even noise costs a tenth of normal noise, which took 10 % of a training step.
    noise = torch.from_numpy(random.random((n, h, w, c), dtype=np.float32) * 2 - 1).permute(0, 3, 1, 2)
    share = noise[:, :1, :1, :1].abs()
    return _scale(noise, sizes * share)


def _scale(values: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
    return values * (sizes / (measure_norm(values) + 1e-12))
