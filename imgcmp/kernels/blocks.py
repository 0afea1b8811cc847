"""A block: a few rows against BLOCK or WIDTH neighbouring columns.

Fingerprints come transposed, as `Columns`: BLOCK neighbouring columns are one inner loop
of known length, which LLVM turns into 512-bit VPOPCNTQ without a remainder loop, if it is told to (`wide_vectors`);
searches write out their vectors. Block positions are unsigned: with signed ones numba's support for negative indices
turned every load into a gather (5 times slower).
"""

from typing import Any

import numpy as np

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.columns import BLOCK, WIDTH, Columns
from imgcmp.kernels.intrinsics import LANES, ROWS, columns_within, near_rows, popcount, wide_vectors
from imgcmp.kernels.jit import Array, helper, inlined

TILE = 2048  # columns a tile of `scan`; at 4 words 64 KB, which stays in L2


@inlined
def word_distance(rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> np.uint64:
    """Differing bits of a row and a column in `n_words` words from `word` on."""
    distance = np.uint64(0)
    for w in range(word, word + n_words):
        distance += popcount(rows[np.uint64(w), i] ^ columns[np.uint64(w), j])
    return distance


@inlined
def pair_distance(columns: Words, p: int, q: int) -> np.uint64:
    """Differing bits of two columns; the usual sizes by a constant, or LLVM vectorises a loop over one word."""
    p_column, q_column, n_words = np.uint64(p), np.uint64(q), columns.shape[0]
    if n_words == 1:
        return word_distance(columns, p_column, columns, q_column, 0, 1)
    if n_words == 4:
        return word_distance(columns, p_column, columns, q_column, 0, 4)
    return word_distance(columns, p_column, columns, q_column, 0, n_words)


@inlined
def add_distances(out: Array, rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> None:
    """Add to `out` the distances in `n_words` words from `word` on; the first words overwrite."""
    wide_vectors()
    keep = np.uint16(0 if word == 0 else 0xFFFF)
    for m in range(BLOCK):
        out[m] = (out[m] & keep) + word_distance(rows, i, columns, j + np.uint64(m), word, n_words)


@helper
def block_distances(out: Array, rows: Words, i: int, columns: Columns, j: int) -> None:
    """Distances of row i to the columns j .. j + BLOCK - 1, for any number of words."""
    words = columns.words
    i_row, j_column, n_words = np.uint64(i), np.uint64(j), words.shape[0]
    word = 0
    while n_words - word >= 4:
        add_distances(out, rows, i_row, words, j_column, word, 4)
        word += 4
    if n_words - word >= 2:
        add_distances(out, rows, i_row, words, j_column, word, 2)
        word += 2
    if n_words - word == 1:
        add_distances(out, rows, i_row, words, j_column, word, 1)


@inlined
def close_mask(rows: Words, i: int, columns: Columns, j: int, j_first: int, j_stop: int, radius: int) -> Any:
    """Return which of the columns j .. j + WIDTH - 1 are within the radius of row i, and in j_first .. j_stop - 1.

    Bit m stands for column j + m. Walking its ones costs the pairs found, not those looked at. All WIDTH columns are
    read, by their addresses.
    """
    if j_first >= j + WIDTH:
        return np.uint64(0)
    mask = columns_within(rows, i, columns.words, j, radius)
    ones = np.uint64(2**64 - 1)
    return mask & (ones << np.uint64(max(j_first - j, 0))) & (ones >> np.uint64(max(j + WIDTH - j_stop, 0)))


@inlined
def lowest_one(mask: np.uint64) -> Any:
    """Return the position of the lowest one of a mask that has any."""
    return np.int64(popcount((mask & (~mask + np.uint64(1))) - np.uint64(1)))


@inlined
def rows_near_block(rows: Columns, i: int, columns: Columns, j: int, prefix: int, radius: int) -> Any:
    """Return which of ROWS rows from i on can be within the radius of any of WIDTH columns from j on.

    Judged by the first `prefix` words; 0: not judged. `is_row_near` tells them apart. All of the block is read, as in
    `close_mask`.
    """
    if prefix == 1:
        return near_rows(rows.words, i, columns.words, j, 1, radius)
    if prefix == 2:
        return near_rows(rows.words, i, columns.words, j, 2, radius)
    if prefix == 3:
        return near_rows(rows.words, i, columns.words, j, 3, radius)
    if prefix == 4:
        return near_rows(rows.words, i, columns.words, j, 4, radius)
    return np.uint64(2**64 - 1)


@inlined
def is_row_near(near: np.uint64, k: int) -> Any:
    """Whether the row number k of those judged can be within the radius."""
    return (near >> np.uint64(LANES * k)) & np.uint64(2**LANES - 1) != 0


@inlined
def farthest(columns: Columns, i: int, j: int, n_words: int) -> np.uint64:
    """Largest distance, in the first `n_words` words, of ROWS rows from i on to BLOCK columns from j on."""
    wide_vectors()
    words, i_row, j_column = columns.words, np.uint64(i), np.uint64(j)
    result = np.uint64(0)
    for column in range(j_column, j_column + np.uint64(BLOCK)):
        for k in range(ROWS):
            result = max(result, word_distance(words, i_row + np.uint64(k), words, column, 0, n_words))
    return result


@inlined
def block_diameter(distances: Array, columns: Columns, i: int, j: int) -> np.uint64:
    """Largest distance of ROWS rows from i on to BLOCK columns from j on; `distances` is for work.

    The usual sizes keep all in registers, which takes 0.4 of the time.
    """
    n_words = columns.words.shape[0]
    if n_words == 1:
        return farthest(columns, i, j, 1)
    if n_words == 2:
        return farthest(columns, i, j, 2)
    if n_words == 4:
        return farthest(columns, i, j, 4)
    result = np.uint64(0)
    for row in range(i, i + ROWS):
        block_distances(distances, columns.words, row, columns, j)
        for m in range(BLOCK):
            result = max(result, np.uint64(distances[m]))
    return result


@inlined
def condensed_start(n: int, i: int) -> int:
    """Where the distances of row i to the rows after it start, in scipy's condensed order."""
    return i * n - i * (i + 1) // 2


@helper
def rows_distances(out: Array, rows: Words, i_start: int, i_stop: int, columns: Columns, j_start: int) -> None:
    """Distances of the rows to the columns from j_start, a multiple of BLOCK, on; out has a row for each."""
    for j in range(j_start, columns.words.shape[1], BLOCK):
        for i in range(i_start, i_stop):
            block_distances(out[i - i_start, j:], rows, i, columns, j)
