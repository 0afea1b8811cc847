"""Distances of all pairs, condensed or as a rectangle; and the largest."""

import numpy as np

from imgcmp.kernels.blocks import TILE, block_diameter, condensed_start, rows_distances, word_distance
from imgcmp.kernels.columns import BLOCK, Columns
from imgcmp.kernels.intrinsics import ROWS, stream_eight
from imgcmp.kernels.jit import Array, allocating_entry, entry, helper


@helper
def write_counts(out: Array, distances: Array) -> None:
    """Write the first distances to `out`, whatever its dtype."""
    for m in range(out.size):  # from 0, or the loop is not vectorised: numba looks for negative indices
        out[m] = distances[m]


@helper
def write_heights(out: Array, distances: Array, offsets: Array, offset: float) -> None:
    """Write distances + (offset + offsets), all of one length, to `out`."""
    head = min(out.size, -out.ctypes.data % 64 // 8)
    tail = head + (out.size - head) // 8 * 8
    for m in range(head):
        out[m] = distances[m] + (offset + offsets[m])
    for m in range(head, tail, 8):
        stream_eight(out.ctypes.data + 8 * m, distances.ctypes.data + 2 * m, offsets.ctypes.data + 8 * m, offset)
    for m in range(tail, out.size):
        out[m] = distances[m] + (offset + offsets[m])


@allocating_entry
def condensed_counts(out: Array, columns: Columns, i_start: int, i_stop: int) -> None:
    """Fill in the condensed distances of the rows to the columns after them, as uint16."""
    distances = np.empty((ROWS, columns.words.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, columns.words, group, group_stop, columns, group // BLOCK * BLOCK)
        for i in range(group, group_stop):
            start = condensed_start(columns.n, i)
            write_counts(out[start : start + columns.n - i - 1], distances[i - group, i + 1 : columns.n])


@allocating_entry
def condensed_heights(out: Array, columns: Columns, offsets: Array, i_start: int, i_stop: int) -> None:
    """Fill in the condensed D_ij + (offsets_i + offsets_j) of the rows and the columns after them, as float64."""
    distances = np.empty((ROWS, columns.words.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, columns.words, group, group_stop, columns, group // BLOCK * BLOCK)
        for i in range(group, group_stop):
            start = condensed_start(columns.n, i)
            target = out[start : start + columns.n - i - 1]
            write_heights(target, distances[i - group, i + 1 : columns.n], offsets[i + 1 :], offsets[i])


@allocating_entry
def rectangle(out: Array, rows: Columns, columns: Columns, i_start: int, i_stop: int) -> None:
    """Fill in the distances of the rows to all columns."""
    distances = np.empty((ROWS, columns.words.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, rows.words, group, group_stop, columns, 0)
        for i in range(group, group_stop):
            write_counts(out[i, :], distances[i - group, :])


@allocating_entry
def largest(columns: Columns, i_start: int, i_stop: int) -> np.uint64:
    """Return the largest distance of the rows to the columns after them.

    i_start is a multiple of ROWS. Each row is also compared with some columns before it, and with the padding, which
    must repeat one of the fingerprints: neither changes the result, and nothing is masked.
    """
    result, distances = np.uint64(0), np.empty(BLOCK, np.uint16)
    for tile in range(i_start // BLOCK * BLOCK, columns.words.shape[1], TILE):
        tile_stop = min(tile + TILE, columns.words.shape[1])
        for i in range(i_start, min(i_stop, tile_stop), ROWS):
            for j in range(max(tile, i // BLOCK * BLOCK), tile_stop, BLOCK):
                result = max(result, block_diameter(distances, columns, i, j))
    return result


@entry
def diameters(out: Array, columns: Columns, starts: Array, max_size: int, k_start: int, k_stop: int) -> None:
    """Fill in the largest distance within each of the groups k_start .. k_stop - 1; leave out those above `max_size`.

    Group k is the columns starts[k] .. starts[k + 1] - 1.
    """
    words, n_words = columns.words, columns.words.shape[0]
    for k in range(k_start, k_stop):
        if starts[k + 1] - starts[k] <= max_size:
            result = np.uint64(0)
            for i in range(starts[k], starts[k + 1]):
                for j in range(i + 1, starts[k + 1]):
                    result = max(result, word_distance(words, np.uint64(i), words, np.uint64(j), 0, n_words))
            out[k] = result
