"""Tiles cover every pixel once, at any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdream.tiles import CONTEXT, Rolled, cut, one_by_one, overlap_of, paste, plan_tiles, seen_in_tiles
from deepdream.turns import between_tiles

AWKWARD = [(1, 1), (1, 97), (97, 1), (37, 53), (64, 64), (65, 63), (100, 31), (127, 128), (200, 3), (33, 211)]


def coverage(size, tiles, rolled):
    counts = np.zeros((*size, 1), int)
    for tile in tiles:
        rows, columns = rolled.lie(tile.rows, tile.columns)
        paste(counts, cut(counts, rows, columns) + 1, rows, columns)
    return counts


@pytest.mark.parametrize("size", AWKWARD)
@pytest.mark.parametrize("tile_size", [16, 33, 64, 500])
def test_tiles_cover_every_pixel_exactly_once(size, tile_size):
    tiles = plan_tiles(size, tile_size, stride=8, context=5)
    assert (coverage(size, tiles, Rolled(size, (-13, 29))) == 1).all()


@given(st.tuples(st.integers(1, 90), st.integers(1, 90)), st.integers(1, 100), st.integers(1, 16), st.integers(0, 40))
def test_tiles_start_on_the_stride_grid_and_see_their_context(size, tile_size, stride, context):
    tiles = plan_tiles(size, tile_size, stride=stride, context=context)
    assert (coverage(size, tiles, Rolled(size, (0, 0))) == 1).all()
    for tile in tiles:
        pairs = ((tile.rows, tile.seen_rows, size[0]), (tile.columns, tile.seen_columns, size[1]))
        for own, seen, length in pairs:
            assert own.start % stride == seen.start % stride == 0
            assert seen.start == 0 or own.start - seen.start >= context
            assert seen.stop == length or seen.stop - own.stop >= context
            assert seen.start >= 0 and seen.stop <= length
        rows, columns = tile.core
        assert (rows.stop - rows.start, columns.stop - columns.start) == (len(tile.rows), len(tile.columns))


@given(st.tuples(st.integers(1, 400), st.integers(1, 400)), st.integers(1, 500), st.sampled_from([1, 2, 8, 32]))
def test_no_tiling_sees_more_than_is_told(size, tile_size, stride):
    tiles = plan_tiles(size, tile_size, stride=stride, context=CONTEXT)
    assert sum(tile.seen_pixels for tile in tiles) <= seen_in_tiles(size[0], tile_size) * seen_in_tiles(
        size[1], tile_size
    )


def test_tiles_far_below_their_context_see_the_picture_many_times():
    seen = sum(tile.seen_pixels for tile in plan_tiles((256, 256), 8, stride=8, context=CONTEXT))
    assert seen > 50 * 256**2 and seen_in_tiles(256, 8) ** 2 == pytest.approx(seen, rel=0.3)
    assert seen_in_tiles(256, 0, pad=3) == seen_in_tiles(256, 300, pad=3) == 262


def test_something_may_be_done_between_two_tiles_and_end_them():
    done = []
    with between_tiles(lambda: done.append(len(done))):
        assert list(one_by_one(range(4))) == [0, 1, 2, 3]
    assert done == [0, 1, 2]
    assert list(one_by_one(range(4))) == [0, 1, 2, 3] and len(done) == 3, "only within"

    def end():
        raise InterruptedError

    with pytest.raises(InterruptedError), between_tiles(end):
        next(tiles := one_by_one(range(4)))
        next(tiles)


def test_a_tile_larger_than_the_picture_is_the_picture():
    (tile,) = plan_tiles((30, 20), 512, stride=16, context=32)
    assert (tile.seen_rows, tile.seen_columns) == (range(30), range(20))


def test_only_tiles_at_the_pictures_edge_see_its_frame():
    tiles = plan_tiles((64, 96), 32, stride=8, context=8, pad=5)
    assert [tile.frame for tile in tiles] == [  # 8 in place of 5: so that all begin on the stride's grid
        ((8, 0), (8, 0)), ((8, 0), (0, 0)), ((8, 0), (0, 8)),
        ((0, 8), (8, 0)), ((0, 8), (0, 0)), ((0, 8), (0, 8)),
    ]  # fmt: skip
    assert tiles[0].seen_size == (8 + 40, 8 + 40) and tiles[0].core == (slice(8, 40), slice(8, 40))
    assert tiles[4].place(32, 32) == (8, 8) and tiles[4].seen_pixels == (40 + 8) * 48
    two = plan_tiles((32, 64), 32, stride=8, context=8, pad=5)
    assert [tile.frame for tile in two] == [((8, 8), (8, 0)), ((8, 8), (0, 8))]
    (alone,) = plan_tiles((64, 96), 4096, stride=8, context=8, pad=5)
    assert alone.frame == ((5, 5), (5, 5))


@pytest.mark.parametrize(("pad", "framed"), [(0, 64 * 96), (8, 80 * 112)])
def test_the_overlap_is_what_tiles_see_over_what_there_is_to_see(pad, framed):
    tiles = plan_tiles((64, 96), 32, stride=8, context=8, pad=pad)
    assert overlap_of(tiles) == pytest.approx(sum(tile.seen_pixels for tile in tiles) / framed)
    assert overlap_of(plan_tiles((64, 96), 512, stride=8, context=8, pad=pad)) == 1.0


@given(st.floats(0, 1), st.floats(0, 1), st.integers(-60, 60), st.integers(-60, 60))
def test_a_point_lies_where_the_roll_takes_its_pixel(x, y, down, right):
    size = (6, 9)
    marks = np.arange(54).reshape(size)
    row, column = Rolled(size, (down, right)).point(x, y)
    marked = marks[min(int(y * 6), 5), min(int(x * 9), 8)]
    assert np.roll(marks, (down, right), (0, 1))[int(row), int(column)] == marked


def test_the_published_tilings_are_met_where_they_cover_all():
    assert len(plan_tiles((400, 600), 400)) == 2  # Hvass: max(1, round(size / 400)) pieces of ceil(size / pieces)
    assert {len(tile.columns) for tile in plan_tiles((400, 600), 400)} == {300}
    assert len(plan_tiles((1024, 1024), 512)) == 4  # of which the TensorFlow tutorial dreams one


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-50, 41)])
def test_what_a_rolled_picture_shows_is_what_numpy_rolls(shift):
    picture = np.random.default_rng(0).random((12, 17, 3))
    rolled = Rolled((12, 17), shift)
    rows, columns = rolled.lie(range(2, 9), range(5, 17))
    np.testing.assert_array_equal(cut(picture, rows, columns), np.roll(picture, shift, (0, 1))[2:9, 5:17])
    back = np.zeros_like(picture)
    paste(back, cut(picture, *rolled.lie(range(12), range(17))), *rolled.lie(range(12), range(17)))
    np.testing.assert_array_equal(back, picture)
