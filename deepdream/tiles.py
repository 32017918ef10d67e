"""Tiles: the pieces in which a large picture goes through the network, so that memory does not grow with it.

The picture is thought of as rolled by a shift, so that the cuts fall elsewhere at each step; it is never copied for
that. Tiles cover every pixel exactly once at every step. (The TensorFlow tutorial drops the last row and column of
tiles: of 1024 x 1024 in tiles of 512 only a quarter is dreamed in a step.) Each is seen with some context around it,
and begins on the network's stride grid, so that the pieces fit together: with enough context their gradient is that of
the whole picture.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from deepdream.turns import heed

T = TypeVar("T", int, float)
CONTEXT = 32  # pixels seen around a tile


@dataclass(frozen=True)
class Tile:
    """Name a piece of a rolled picture: the rows and columns that it covers, and those that it sees.

    frame: rows (above, below) and columns (left, right) that it sees beyond the picture's edges.
    """

    rows: range
    columns: range
    seen_rows: range
    seen_columns: range
    frame: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))

    @property
    def core(self) -> tuple[slice, slice]:
        """Return where what it covers lies in what it sees."""
        top, left = self.place(self.rows.start, self.columns.start)
        return slice(top, top + len(self.rows)), slice(left, left + len(self.columns))

    @property
    def seen_size(self) -> tuple[int, int]:
        """Return height and width of what goes through the network."""
        (above, below), (left, right) = self.frame
        return above + len(self.seen_rows) + below, left + len(self.seen_columns) + right

    @property
    def seen_pixels(self) -> int:
        """Return the number of pixels that go through the network."""
        return math.prod(self.seen_size)

    def place(self, row: T, column: T) -> tuple[T, T]:
        """Return where a row and a column of the rolled picture lie in what it sees."""
        return row - self.seen_rows.start + self.frame[0][0], column - self.seen_columns.start + self.frame[1][0]


@dataclass(frozen=True)
class Rolled:
    """Say how a picture of `size` = (h, w) is rolled: down and to the right by `shift`, as numpy.roll does."""

    size: tuple[int, int]
    shift: tuple[int, int]

    def lie(self, rows: range, columns: range) -> tuple[range, range]:
        """Return where rows and columns of the rolled picture lie in the picture itself; they may pass its edges."""
        down, right = self.shift
        return (
            range(rows.start - down, rows.stop - down),
            range(columns.start - right, columns.stop - right),
        )

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return the row and column at which a point of the picture, shares of its width and height, lies when rolled.

        A share of 1 is within the last pixel.
        """
        (h, w), (down, right) = self.size, self.shift
        return (min(y, 1 - 1 / h / 2) * h + down) % h, (min(x, 1 - 1 / w / 2) * w + right) % w


def overlap_of(tiles: Sequence[Tile]) -> float:
    """Return how often a pixel is seen on average: 1 where each is seen once, by the tile that covers it."""
    last = tiles[-1]  # the first sees the frame above and on the left, the last the one below and on the right
    frame = [ahead + behind for (ahead, _), (_, behind) in zip(tiles[0].frame, last.frame, strict=True)]
    whole = (last.seen_rows.stop + frame[0]) * (last.seen_columns.stop + frame[1])
    return sum(tile.seen_pixels for tile in tiles) / whole


def plan_tiles(size: tuple[int, int], tile_size: int, *, stride: int = 1, context: int = 0, pad: int = 0) -> list[Tile]:
    """Return tiles that cover (h, w) pixels exactly once.

    Args:
        size: height and width of the picture in pixels.
        tile_size: the wished side in pixels; tiles of one row or column are equal but for the last, up to 1.5 times as
            long.
        stride: tiles begin at multiples of this, the network's stride.
        context: pixels seen on each side of a tile, rounded up to a multiple of the stride, cut off at the picture's
            edge.
        pad: pixels beyond the picture's edges that the tiles there see; rounded up to a multiple of the stride where
            there are several.
    """
    margin = _rounded_up(context, stride)
    all_rows, all_columns = _pieces(size[0], tile_size, stride), _pieces(size[1], tile_size, stride)
    if len(all_rows) * len(all_columns) > 1:
        pad = _rounded_up(pad, stride)
    tiles = []
    for rows in all_rows:
        for columns in all_columns:
            seen = _grown(rows, margin, size[0]), _grown(columns, margin, size[1])
            tiles.append(Tile(rows, columns, *seen, (_beyond(seen[0], size[0], pad), _beyond(seen[1], size[1], pad))))
    return tiles


def seen_in_tiles(length: int, tile_size: int, *, pad: int = 0) -> int:
    """Return how many rows (or columns) of a picture with `length` of them all tiles see together, at most.

    The product of both is what goes through the network: far more than the picture where tiles are smaller than their
    context. tile_size: 0 for one tile.
    """
    count = max(1, round(length / tile_size)) if tile_size else 1
    if count == 1:
        return length + 2 * pad
    return count * min(length, math.ceil(length / count) + 2 * CONTEXT) + 2 * pad


def fed_megapixels(size: tuple[int, int], pad: int, tile_size: int = 0) -> float:
    """Return how many million pixels go through a network of a picture of `size` in a frame of `pad`, in tiles."""
    return math.prod(seen_in_tiles(along, tile_size, pad=pad) for along in size) / 1e6


def one_by_one(tiles: Iterable[Tile]) -> Iterator[Tile]:
    """Yield tiles, with what `between_tiles` asked for between them."""
    for number, tile in enumerate(tiles):
        if number:
            heed()
        yield tile


def cut(picture: np.ndarray, rows: range, columns: range) -> np.ndarray:
    """Return a copy of a piece (h, w, c) of a picture; rows and columns beyond an edge continue at the opposite one."""
    piece = np.empty((len(rows), len(columns), picture.shape[2]), picture.dtype)
    for there, here in _overlaps(picture.shape, rows, columns):
        piece[here] = picture[there]
    return piece


def paste(picture: np.ndarray, piece: np.ndarray, rows: range, columns: range) -> None:
    """Write a piece into a picture, in place: the inverse of `cut`."""
    for there, here in _overlaps(picture.shape, rows, columns):
        picture[there] = piece[here]


def _pieces(length: int, tile_size: int, stride: int) -> list[range]:
    count = max(1, round(length / tile_size))
    side = _rounded_up(math.ceil(length / count), stride)
    return [range(start, min(start + side, length)) for start in range(0, length, side)]


def _grown(along: range, margin: int, length: int) -> range:
    return range(max(0, along.start - margin), min(length, along.stop + margin))


def _beyond(seen: range, length: int, pad: int) -> tuple[int, int]:
    return pad if seen.start == 0 else 0, pad if seen.stop == length else 0


def _rounded_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _overlaps(
    shape: tuple[int, ...], rows: range, columns: range
) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    for row_there, row_here in _runs(shape[0], rows):
        for column_there, column_here in _runs(shape[1], columns):
            yield (row_there, column_there), (row_here, column_here)


def _runs(length: int, along: range) -> Iterator[tuple[slice, slice]]:
    """Yield the unbroken runs of a range that wraps around at `length`: where they lie there, and in the piece."""
    done = 0
    while done < len(along):
        start = (along.start + done) % length
        count = min(len(along) - done, length - start)
        yield slice(start, start + count), slice(done, done + count)
        done += count
