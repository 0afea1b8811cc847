"""The nearest columns of some rows: a search within a radius that falls, for each row, as nearer ones are found.

A row keeps what is within its radius, packed as distance << 32 | index. When there is no room left the k nearest of
that stay, and the radius becomes one bit less than the distance of the last of them: what comes later and is as far has
a higher index, and comes after it. Nearly all blocks hold nothing so near, and are passed over at the speed of a search
for pairs. (Where many are asked for, of few, nearly all blocks hold some: then all distances are counted. Many rows are
searched bit by bit: `imgcmp.kernels.nearest_by_planes`.)
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import TILE, close_mask, is_row_near, lowest_one, rows_distances, rows_near_block
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.intrinsics import LANES, ROWS, lay_out_lanes, popcount
from imgcmp.kernels.jit import Array, allocating_entry, helper, inlined

# Bits up to which the first word, or two, rule out nearly all columns: of blocks of random words all but 1 or 2 in 100.
_RADIUS_OF_ONE, _RADIUS_OF_TWO = 17, 44
_NOT_JUDGED = np.uint64(2**64 - 1)

# Columns that are laid out at a time for a row by itself, which waits for memory: of 1,000,000 x 256 bits with 512 of
# them 1.85 ms, with TILE, where memory waits while they are searched, 3.5.
_AT_A_TIME = 512


class Kept(NamedTuple):
    """What is nearest to some rows so far."""

    found: NDArray[np.int64]  # (n_rows, room): distance << 32 | index, in the order of the indices
    counts: NDArray[np.int64]  # (n_rows,): how many there are
    radii: NDArray[np.int64]  # (n_rows,): what is farther, or as far as that and comes later, is not among the nearest


@inlined
def words_to_judge(radius: int, n_words: int) -> int:
    """Return by how many of the first words to judge whether a block has anything within the radius."""
    if n_words == 1 or radius <= _RADIUS_OF_ONE:
        return 1
    if n_words < 4 or radius <= _RADIUS_OF_TWO:
        return 2
    return 4


@helper
def keep_nearest(kept: Kept, row: int, k: int, places: Array) -> None:
    """Drop all of what a row keeps but the k nearest, by (distance, index), and let its radius fall to them.

    `places`, of one more than there are bits, is for work.
    """
    found, count = kept.found[row], kept.counts[row]
    if count < k:
        return
    places[:] = 0
    for m in range(count):
        places[found[m] >> 32] += 1
    farthest, n_left = 0, k
    while places[farthest] < n_left:
        n_left -= places[farthest]
        farthest += 1
    place = 0
    for m in range(count):
        distance = found[m] >> 32
        is_kept = distance < farthest
        if distance == farthest and n_left > 0:
            is_kept, n_left = True, n_left - 1
        if is_kept:
            found[place] = found[m]
            place += 1
    kept.counts[row], kept.radii[row] = place, farthest - 1


@inlined
def column_distance(rows: Columns, row: int, columns: Columns, column: int) -> Any:
    """Differing bits of a row and a column."""
    distance = np.uint64(0)
    for word in range(rows.words.shape[0]):
        distance += popcount(rows.words[word, row] ^ columns.words[word, column])
    return np.int64(distance)


@inlined
def largest_radius(radii: Array, i: int, stop: int) -> int:
    """Return the largest radius of the rows i .. stop - 1."""
    radius = radii[i]
    for row in range(i + 1, stop):
        radius = max(radius, radii[row])
    return radius


@helper
def search_tile(
    kept: Kept, rows: Columns, columns: Columns, first: int, j_start: int, j_stop: int, k: int, places: Array
) -> None:
    """Search the columns j_start .. j_stop - 1 for what is nearest to all rows; their indices start at `first`.

    A block may start at j_start.
    """
    n_words, room = columns.words.shape[0], kept.found.shape[1]
    for i in range(0, rows.n, ROWS):
        stop = min(i + ROWS, rows.n)
        radius = largest_radius(kept.radii, i, stop)
        for j in range(j_start, j_stop, WIDTH):
            if radius < 0:
                break
            n_first = words_to_judge(radius, n_words)
            if stop - i > 1 or n_first < n_words:
                near = rows_near_block(rows, i, columns, j, n_first, radius)
            else:  # its mask says it of one row: to judge ROWS of them takes longer
                near = _NOT_JUDGED
            if not near:
                continue
            for row in range(i, stop):
                if kept.radii[row] < 0 or not is_row_near(near, row - i):
                    continue
                mask = close_mask(rows.words, row, columns, j, j, j_stop, kept.radii[row])
                if not mask:
                    continue
                count = kept.counts[row]
                while mask:
                    column = j + lowest_one(mask)
                    mask &= mask - np.uint64(1)
                    distance = column_distance(rows, row, columns, column)
                    kept.found[row, count] = distance << 32 | (first + column - j_start)
                    count += 1
                kept.counts[row] = count
                if count > room - WIDTH:
                    keep_nearest(kept, row, k, places)
                    radius = largest_radius(kept.radii, i, stop)


@helper
def search_columns(
    kept: Kept, rows: Columns, columns: Columns, j_start: int, j_stop: int, k: int, places: Array
) -> None:
    """Search the columns j_start .. j_stop - 1, the first a multiple of WIDTH: by tiles, which rows take by turns."""
    length = TILE if rows.n > 1 else max(j_stop - j_start, 1)
    for tile in range(j_start, j_stop, length):
        search_tile(kept, rows, columns, tile, tile, min(tile + length, j_stop), k, places)


@allocating_entry
def nearest_in_columns(kept: Kept, rows: Columns, columns: Columns, k: int, j_start: int, j_stop: int) -> None:
    """Search the columns j_start .. j_stop - 1, the first a multiple of WIDTH, and keep the k nearest of each row.

    `kept` has room for k + WIDTH of each row.
    """
    places = np.empty(64 * columns.words.shape[0] + 1, np.int64)
    search_columns(kept, rows, columns, j_start, j_stop, k, places)
    for row in range(rows.n):
        keep_nearest(kept, row, k, places)


@allocating_entry
def nearest_in_words(kept: Kept, rows: Columns, words: Words, k: int, j_start: int, j_stop: int) -> None:
    """Do as `nearest_in_columns`, in fingerprints as they are, one after another: a tile at a time is laid out.

    `words` has shape (n * n_words,). Those of one word are columns as they are, but for the last block, which is read
    past its end.
    """
    n_words = rows.words.shape[0]
    places = np.empty(64 * n_words + 1, np.int64)
    start = j_start
    if n_words == 1:
        start = max(j_start, j_stop // WIDTH * WIDTH)
        search_columns(kept, rows, Columns(words.reshape((1, words.size)), words.size), j_start, start, k, places)
    length = TILE if rows.n > 1 else _AT_A_TIME
    tile = Columns(np.zeros((n_words, length + WIDTH), np.uint64), length)
    for first in range(start, j_stop, length):
        stop = min(first + length, j_stop)
        lay_out(tile.words, words, first, stop)
        search_tile(kept, rows, tile, first, 0, stop - first, k, places)
    for row in range(rows.n):
        keep_nearest(kept, row, k, places)


@inlined
def lay_out_words(out: Words, words: Words, start: int, stop: int, n_words: int) -> None:
    """Lay out the fingerprints start .. stop - 1 as columns; their number of words is a constant, 1, 2 or 4."""
    whole = (stop - start) // LANES * LANES
    for j in range(0, whole, LANES):
        lay_out_lanes(out, j, words, (start + j) * n_words, n_words)
    for j in range(whole, stop - start):
        for w in range(n_words):
            out[w, j] = words[(start + j) * n_words + w]


@helper
def lay_out(out: Words, words: Words, start: int, stop: int) -> None:
    """Lay out the fingerprints start .. stop - 1 as columns."""
    n_words = out.shape[0]
    if n_words == 1:
        lay_out_words(out, words, start, stop, 1)
    elif n_words == 2:
        lay_out_words(out, words, start, stop, 2)
    elif n_words == 4:
        lay_out_words(out, words, start, stop, 4)
    else:
        for j in range(stop - start):
            for w in range(n_words):
                out[w, j] = words[(start + j) * n_words + w]


@helper
def sort_nearest(indices: Array, nearest_distances: Array, distances: Array, n: int, places: Array) -> None:
    """Fill in the nearest columns, by (distance, index), by a counting sort that stops at the k-th."""
    k = indices.size
    places[:] = 0
    for distance in distances[:n]:
        places[distance + 1] += 1
    for distance in range(places.size - 1):
        places[distance + 1] += places[distance]
    for j in range(n):
        distance = distances[j]
        place = places[distance]
        if place < k:
            indices[place] = j
            nearest_distances[place] = distance
            places[distance] = place + 1


@allocating_entry
def nearest_by_counting(
    indices: Array, nearest_distances: Array, rows: Columns, columns: Columns, i_start: int, i_stop: int
) -> None:
    """Fill in the k nearest columns of the rows, by (distance, index), from the distances of all, whatever k is."""
    distances = np.empty((ROWS, columns.words.shape[1]), np.uint16)
    places = np.empty(64 * columns.words.shape[0] + 2, np.int64)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, rows.words, group, group_stop, columns, 0)
        for i in range(group, group_stop):
            sort_nearest(indices[i], nearest_distances[i], distances[i - group], columns.n, places)
