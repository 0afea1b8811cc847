"""All pairs within a radius, by comparing all of them."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels.blocks import TILE, close_mask, is_row_near, lowest_one, pair_distance, rows_near_block
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.intrinsics import ROWS, popcount
from imgcmp.kernels.jit import Array, allocating, allocating_entry, entry, helper, inlined

MAX_SCAN_ROWS = 2**15  # rows a call of `scan`: a found pair is packed as 15 bits of row, 32 of column, 16 of distance
SCAN_SHIFTS = 48, 16  # where row and column start in it


@inlined
def emit_block(
    found: Array, count: int, counts: Array, columns: Columns, i: int, j: int, near: np.uint64,
    i_start: int, i_stop: int, radius: int,
) -> int:  # fmt: skip
    """Count the pairs of a block, and append them to `found` while it has room for all; return how many it holds."""
    has_room = found.size - count >= ROWS * WIDTH
    for row in range(i, min(i + ROWS, i_stop)):
        if not is_row_near(near, row - i):
            continue
        mask = close_mask(columns.words, row, columns, j, row + 1, columns.n, radius)
        counts[row - i_start] += np.int64(popcount(mask))
        key = (row - i_start) << SCAN_SHIFTS[0]
        while mask and has_room:
            m = lowest_one(mask)
            found[count] = key | (j + m) << SCAN_SHIFTS[1] | np.int64(pair_distance(columns.words, row, j + m))
            count += 1
            mask &= mask - np.uint64(1)
    return count


@allocating
def with_room(found: Array, count: int, more: int, room: Array) -> NDArray[np.int64]:
    """Return `found`, of which `count` are used, with room for `more`, unless all threads together have used up `room`.

    Threads count down room[0] without a lock: when it is lost now and then, a little more is kept.
    """
    if found.size - count >= more or room[0] < found.size:
        return found
    room[0] -= found.size
    larger = np.empty(2 * found.size, np.int64)
    for k in range(count):
        larger[k] = found[k]
    return larger


@allocating_entry
def scan(
    columns: Columns, prefix: int, radius: int, room: Array, i_start: int, i_stop: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pairs of the rows and the columns after them with distance <= radius.

    i_start is a multiple of ROWS, and the rows are at most MAX_SCAN_ROWS. Returned are the packed pairs, for equal rows
    in order of the columns, and the number of pairs of each row. Without `room` they are only counted: see `with_room`.
    """
    counts = np.zeros(i_stop - i_start, np.int64)
    found = np.empty(2 * ROWS * WIDTH, np.int64)
    count = np.int64(0)
    for tile in range(i_start // WIDTH * WIDTH, columns.n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // WIDTH * WIDTH), min(tile + TILE, columns.n), WIDTH):
                near = rows_near_block(columns, i, columns, j, prefix, radius)
                if near:
                    found = with_room(found, count, ROWS * WIDTH, room)
                    count = emit_block(found, count, counts, columns, i, j, near, i_start, i_stop, radius)
    return found[:count].copy(), counts


@entry
def place(out_i: Array, out_j: Array, out_distance: Array, found: Array, places: Array, i_start: int) -> None:
    """Move packed pairs to where they belong; places[i - i_start] is where the next pair of row i goes."""
    for pair in found:
        row = pair >> SCAN_SHIFTS[0]
        target = places[row]
        out_i[target] = i_start + row
        out_j[target] = (pair >> SCAN_SHIFTS[1]) & 0xFFFFFFFF
        out_distance[target] = pair & 0xFFFF
        places[row] = target + 1


@helper
def append_ones(indices: Array, places: Array, row: int, mask: np.uint64, j: int) -> None:
    """Append the columns of a mask to the list of the row."""
    place = places[row]
    while mask:
        indices[place] = j + lowest_one(mask)
        place += 1
        mask &= mask - np.uint64(1)
    places[row] = place


@entry
def fill_lists(
    indices: Array, places: Array, columns: Columns, prefix: int, radius: int, i_start: int, i_stop: int
) -> None:
    """Search as `scan`, and write the columns of each row to `indices`, from places[row] on."""
    for tile in range(i_start // WIDTH * WIDTH, columns.n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // WIDTH * WIDTH), min(tile + TILE, columns.n), WIDTH):
                near = rows_near_block(columns, i, columns, j, prefix, radius)
                if near:
                    for row in range(i, min(i + ROWS, i_stop)):
                        if is_row_near(near, row - i):
                            mask = close_mask(columns.words, row, columns, j, row + 1, columns.n, radius)
                            append_ones(indices, places, row, mask, j)
