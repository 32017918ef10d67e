"""Render the sample style pictures: pure NumPy, the same pixels from the same numbers.

    python assets/make_styles.py

Writes `styles/swirls.jpg`, brush strokes along the eddies of a flow; `styles/glass.jpg`, leaded panes;
`styles/waves.jpg`, a print of contour lines; and `styles/marble.jpg`, bands of ink on water.
"""

from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 448
FOLDER = Path(__file__).parent / "styles"


def main():
    FOLDER.mkdir(exist_ok=True)
    for paint in (swirls, glass, waves, marble):
        picture = np.clip(paint(np.random.default_rng(3)), 0, 1)
        Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(FOLDER / f"{paint.__name__}.jpg", quality=84)
        print(f"styles/{paint.__name__}.jpg")


def swirls(random):
    slope_y, slope_x = np.gradient(clouds(5, random))
    along = np.arctan2(-slope_x, slope_y)  # the flow goes round the hills
    color = 0.5 + 0.22 * clouds(9, random) + 0.16 * drawn_out(clouds(130, random), along, 16)
    gloss = 1 + 0.1 * drawn_out(clouds(175, random), along, 10)
    return ramp(color, "0b1440 16307a 2b62b0 6fa8c8 e8d68a f4b92e fff2b8") * gloss[..., None]


def glass(random):
    y, x = np.mgrid[:SIDE, :SIDE]
    y, x = y + 5 * clouds(12, random), x + 5 * clouds(12, random)
    panes = random.random((170, 2)) * SIDE
    distances = np.sort(np.stack([np.hypot(y - top, x - left) for top, left in panes]), axis=0)[:2]
    nearest = np.argmin(np.stack([np.hypot(y - top, x - left) for top, left in panes]), axis=0)
    colors = palette("be1e2d f2aa28 1c50aa 148c6e 6e2882 ebe1b4 e15f1e 5ab4d7")[random.integers(0, 8, len(panes))]
    light = 0.82 + 0.14 * clouds(30, random) + 0.05 * clouds(105, random)
    open_share = np.clip((distances[1] - distances[0] - 3) / 3, 0, 1)[..., None]  # 0 on the lead between two panes
    return colors[nearest] * light[..., None] * open_share + 0.06 * (1 - open_share)


def waves(random):
    heights = clouds(4, random) + 0.3 * clouds(10, random)
    lines = np.sin(34 * heights + np.arange(SIDE)[:, None] / 9)
    bare = (0.5 + 0.5 * np.clip(3 * lines + 1.2 * clouds(3, random), -1, 1))[..., None]
    paper, blue, red = palette("eee2c8 16345c c45434")
    warm = np.clip(2 * clouds(3, random) - 1.6, 0, 1)[..., None]
    return (paper * bare + (blue * (1 - warm) + red * warm) * (1 - bare)) * (0.97 + 0.03 * clouds(175, random))[
        ..., None
    ]


def marble(random):
    phase = 3.5 * clouds(4, random) + 2 * clouds(6, random)
    color = 0.5 + 0.5 * np.sin(phase + 0.5 * clouds(40, random))
    bands = ramp(color, "2a0f1e 7a1733 d2462c f5a04a fbe6c0 e9efe6 7fb7b0 1d5763")
    return bands * (0.75 + 0.25 * np.abs(np.cos(phase)) + 0.04 * clouds(140, random))[..., None]


def clouds(detail, random):
    """Return smooth noise (SIDE, SIDE) of mean 0 and deviation 1 with about `detail` hills a side."""
    down, across = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    softness = np.exp(-((np.hypot(down, across) * SIDE / detail) ** 2))
    noise = np.fft.irfft2(np.fft.rfft2(random.normal(size=(SIDE, SIDE))) * softness, (SIDE, SIDE))
    return noise / noise.std()


def drawn_out(noise, along, length):
    """Return noise averaged along a field of directions (line integral convolution, Cabral and Leedom 1993)."""
    total = noise.copy()
    for direction in (1, -1):
        y, x = np.mgrid[:SIDE, :SIDE].astype(float)
        for _ in range(length):
            angle = along[y.astype(int) % SIDE, x.astype(int) % SIDE]
            y, x = y + direction * np.sin(angle), x + direction * np.cos(angle)
            total += noise[y.astype(int) % SIDE, x.astype(int) % SIDE]
    return total / total.std()


def palette(colors):
    return np.array([[int(color[at : at + 2], 16) for at in (0, 2, 4)] for color in colors.split()]) / 255


def ramp(shares, colors):
    """Return colors (h, w, 3) for shares in [0, 1], between those named."""
    table = palette(colors)
    places = np.clip(shares, 0, 1) * (len(table) - 1)
    low = np.minimum(places.astype(int), len(table) - 2)
    return table[low] + (places - low)[..., None] * (table[low + 1] - table[low])


if __name__ == "__main__":
    main()
