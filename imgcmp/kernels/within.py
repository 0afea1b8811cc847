"""All columns within a radius of some rows, a radius for each."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels.blocks import TILE, close_mask, is_row_near, lowest_one, rows_near_block
from imgcmp.kernels.buckets import is_first_agreement
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.jit import Array, allocating_entry, inlined
from imgcmp.kernels.nearest import column_distance, largest_radius, words_to_judge
from imgcmp.kernels.scan import SCAN_SHIFTS, with_room


@inlined
def packed_pair(rows: Columns, row: int, i_start: int, columns: Columns, column: int) -> int:
    """Return a row, counted from i_start on, a column, and their distance as `imgcmp.kernels.scan.scan` packs them."""
    pair = (row - i_start) << SCAN_SHIFTS[0] | column << SCAN_SHIFTS[1]
    return pair | column_distance(rows, row, columns, column)


@inlined
def emit_near(
    found: Array, count: int, rows: Columns, i: int, i_stop: int, i_start: int, columns: Columns, j: int, j_stop: int,
    radii: Array, near: np.uint64, edges: Array, substring: int,
) -> int:  # fmt: skip
    """Append the pairs of a block, of the rows i .. i_stop - 1, to `found`, which has room; return how many it holds.

    With edges only those for which a substring is the first in which they agree.
    """
    for row in range(i, i_stop):
        if not is_row_near(near, row - i):
            continue
        mask = close_mask(rows.words, row, columns, j, j, j_stop, radii[row])
        while mask:
            column = j + lowest_one(mask)
            mask &= mask - np.uint64(1)
            if not edges.size or is_first_agreement(rows.words, row, columns.words, column, edges, substring):
                found[count] = packed_pair(rows, row, i_start, columns, column)
                count += 1
    return count


@allocating_entry
def columns_near_rows(
    rows: Columns, columns: Columns, radii: Array, room: Array, i_start: int, i_stop: int, j_start: int, j_stop: int
) -> tuple[NDArray[np.int64], bool]:
    """Find the columns j_start .. j_stop - 1 that are within radii[i] of a row i of i_start .. i_stop - 1.

    i_start is a multiple of ROWS, j_start of WIDTH, and the rows are at most MAX_SCAN_ROWS. Returned are pairs, packed
    as `imgcmp.kernels.scan.scan` does, the rows from i_start on; and whether these are all, or `room` was used up: see
    `with_room`.
    """
    found, no_edges = np.empty(2 * ROWS * WIDTH, np.int64), np.empty(0, np.int64)
    count, n_words = 0, rows.words.shape[0]
    for tile in range(j_start, j_stop, TILE):
        for i in range(i_start, i_stop, ROWS):
            stop = min(i + ROWS, i_stop)
            radius = largest_radius(radii, i, stop)
            for j in range(tile, min(tile + TILE, j_stop), WIDTH):
                near = rows_near_block(rows, i, columns, j, words_to_judge(radius, n_words), radius)
                if not near:
                    continue
                found = with_room(found, count, ROWS * WIDTH, room)
                if found.size - count < ROWS * WIDTH:
                    return found[:count].copy(), False
                count = emit_near(found, count, rows, i, stop, i_start, columns, j, j_stop, radii, near, no_edges, 0)
    return found[:count].copy(), True


@allocating_entry
def columns_in_buckets_of_rows(
    rows: Columns, row_starts: Array, columns: Columns, starts: Array, radii: Array, edges: Array, substring: int,
    room: Array, i_start: int, i_stop: int,
) -> tuple[NDArray[np.int64], bool]:  # fmt: skip
    """Find the columns within radii[i] of a row i of i_start .. i_stop - 1, among those of its bucket.

    Rows and columns lie in the order of their buckets by one substring: bucket b are the rows from row_starts[b], and
    the columns from starts[b] on. Only pairs are taken for which it is the first substring in which they agree. The
    rows are at most MAX_SCAN_ROWS. Packed, and with room, as by `columns_near_rows`.
    """
    found = np.empty(2 * ROWS * WIDTH, np.int64)
    count, bucket, i, n_words = 0, 0, i_start, rows.words.shape[0]
    while i < i_stop:
        while row_starts[bucket + 1] <= i:
            bucket += 1
        group_stop = min(i + ROWS, row_starts[bucket + 1], i_stop)
        radius, stop = largest_radius(radii, i, group_stop), starts[bucket + 1]
        for j in range(starts[bucket], stop, WIDTH):
            near = rows_near_block(rows, i, columns, j, words_to_judge(radius, n_words), radius)
            if not near:
                continue
            found = with_room(found, count, ROWS * WIDTH, room)
            if found.size - count < ROWS * WIDTH:
                return found[:count].copy(), False
            j_stop = min(j + WIDTH, stop)
            count = emit_near(
                found, count, rows, i, group_stop, i_start, columns, j, j_stop, radii, near, edges, substring
            )
        i = group_stop
    return found[:count].copy(), True
