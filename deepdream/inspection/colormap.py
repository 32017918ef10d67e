"""A perceptual color map: from black over violet and orange to pale yellow, lightness rising evenly. NumPy only.

The colors are a path of our own in Ottosson's OKLab space (2020), in which equal steps look equal.
"""

from functools import cache

import numpy as np

# Chroma and hue in degrees at evenly spaced lightness, dark to light; each is inside sRGB.
LIGHTNESS = (0.12, 0.97)
PATH = ((0.02, 285), (0.11, 292), (0.17, 306), (0.19, 332), (0.19, 0), (0.18, 24), (0.15, 52), (0.12, 78), (0.09, 104))

# Ottosson's matrices: OKLab to cube roots of cone responses, and cone responses to linear sRGB.
_TO_ROOTS = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def colorize(values: np.ndarray, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Return colors (..., 3), float32 in [0, 1], for numbers of any shape.

    The darkest stands for `low`, the lightest for `high`. Numbers outside get the color of the nearer end, and so do
    all where low and high are equal.
    """
    table = color_table()
    span = high - low
    shares = (np.asarray(values, np.float32) - low) / (span if span > 0 else 1.0)
    places = np.clip(shares, 0.0, 1.0) * (len(table) - 1)
    return table[np.rint(places).astype(np.intp)]


@cache
def color_table() -> np.ndarray:
    """Return the map as 256 colors, (256, 3), float32 in [0, 1], dark to light."""
    rows = np.linspace(0.0, 1.0, len(PATH))
    shares = np.linspace(0.0, 1.0, 256)
    chroma, hue = (np.array(column, float) for column in zip(*PATH, strict=True))
    turned = np.deg2rad(np.unwrap(hue, period=360))
    # Between the rows a and b are interpolated, not chroma and hue: the way is straight there, so never out of gamut.
    a, b = (np.interp(shares, rows, chroma * turn(turned)) for turn in (np.cos, np.sin))
    lightness = np.linspace(*LIGHTNESS, len(shares))
    linear = (np.stack([lightness, a, b], -1) @ _TO_ROOTS.T) ** 3 @ _TO_LINEAR.T
    low, high = 12.92 * linear, 1.055 * np.maximum(linear, 0.0) ** (1 / 2.4) - 0.055
    table = np.clip(np.where(linear <= 0.0031308, low, high), 0.0, 1.0).astype(np.float32)
    table.flags.writeable = False
    return table
