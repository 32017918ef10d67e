"""Random crops, mirrors, brightness and contrast; every random number comes from the generator that is passed."""

import numpy as np
import torch
from torch.nn.functional import interpolate, pad

MARGIN = 6  # pixels mirrored around a picture before it is cropped
CROPS = (40, 72)  # smallest and largest crop in pixels, for any output size
GROUPS = 8  # parts of a batch that share a crop: one resize each instead of one a picture


def to_network(pixels: np.ndarray) -> torch.Tensor:
    """Turn uint8 pixels (n, h, w, 3) into a float32 tensor (n, 3, h, w) on -1..1, channels innermost in memory."""
    return torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def augment(
    pixels: np.ndarray, *, size: int, random: np.random.Generator, crops: tuple[int, int] = CROPS
) -> torch.Tensor:
    """Crop, mirror and relight uint8 pictures (n, h, w, 3); return (n, 3, size, size), roughly on -1..1."""
    pictures = pad(to_network(pixels), (MARGIN,) * 4, mode="reflect")  # (n, 3, h + 12, w + 12)
    groups = [_crop(group, size=size, random=random, crops=crops) for group in pictures.chunk(GROUPS)]
    pictures = torch.cat(groups).contiguous(memory_format=torch.channels_last)
    contrast = torch.from_numpy(random.uniform(0.7, 1.3, (len(pictures), 1, 1, 1)).astype(np.float32))
    brightness = torch.from_numpy(random.uniform(-0.2, 0.2, (len(pictures), 1, 1, 1)).astype(np.float32))
    return pictures * contrast + brightness


def _crop(pictures: torch.Tensor, *, size: int, random: np.random.Generator, crops: tuple[int, int]) -> torch.Tensor:
    side = int(random.integers(crops[0], crops[1] + 1))
    top, left = random.integers(0, pictures.shape[2] - side + 1, 2)
    cropped = pictures[:, :, top : top + side, left : left + side]
    if random.random() < 0.5:
        cropped = cropped.flip(3)
    if side == size:
        return cropped
    return interpolate(cropped, size=(size, size), mode="bilinear", antialias=side > size)
