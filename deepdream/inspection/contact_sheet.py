"""Contact sheets: many small pictures on one, each with a line of text below it. NumPy and Pillow only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deepdream.images import fit_size, to_uint8

BACKGROUND = (20, 20, 22)
INK = (225, 225, 220)
GAP = 4  # pixels between the pictures
TEXT = 12  # pixels, the height of the letters


@dataclass(frozen=True, eq=False)
class Cell:
    """Hold one picture of a sheet, (h, w, 3) in [0, 1], and its label, which may be empty."""

    image: np.ndarray
    label: str = ""


def contact_sheet(cells: Sequence[Cell], *, side: int = 96, columns: int = 0, caption: str = "") -> np.ndarray:
    """Lay pictures out in rows, left to right, top to bottom; float32 (h, w, 3) in [0, 1].

    side: pixels of the longer side that every picture is brought to, enlarged in hard squares, shrunk by averaging.
    columns: how many a row; 0 makes the sheet about as wide as high. caption: text at the top, cut where it is too
    long.

    Raises:
        ValueError: there is no cell.
    """
    if not cells:
        raise ValueError("a contact sheet needs at least one cell")
    cell_height, cell_width = fit_size((cells[0].image.shape[0], cells[0].image.shape[1]), side)
    text_height = TEXT + 4 if any(cell.label for cell in cells) else 0
    even = round((len(cells) * (cell_height + text_height) / cell_width) ** 0.5)  # about as wide as high
    columns = min(columns if columns > 0 else max(1, even), len(cells))
    rows = -(-len(cells) // columns)
    top = TEXT + 3 * GAP if caption else GAP
    size = (GAP + columns * (cell_width + GAP), top + rows * (cell_height + text_height + GAP))
    sheet = Image.new("RGB", size, BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    draw.text((GAP, GAP), caption, INK, font)
    for index, cell in enumerate(cells):
        x = GAP + index % columns * (cell_width + GAP)
        y = top + index // columns * (cell_height + text_height + GAP)
        sheet.paste(_scaled(cell.image, (cell_width, cell_height)), (x, y))
        draw.text((x, y + cell_height), cell.label, INK, font)
    return np.divide(np.asarray(sheet), 255, dtype=np.float32)


def _scaled(image: np.ndarray, size: tuple[int, int]) -> Image.Image:
    enlarged = size[0] >= image.shape[1] and size[1] >= image.shape[0]
    method = Image.Resampling.NEAREST if enlarged else Image.Resampling.BOX
    return Image.fromarray(to_uint8(image)).resize(size, method)
