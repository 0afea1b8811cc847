"""The nearest of many rows, bit by bit: as `imgcmp.kernels.nearest`, but columns are judged by their bit planes."""

from typing import NamedTuple

import numpy as np

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.bit_planes import (
    COUNT_PLANES,
    PARTS,
    SLAB,
    Work,
    address,
    any_of,
    count_word,
    fill_table,
    near_in_slab,
)
from imgcmp.kernels.blocks import lowest_one
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.intrinsics import LANES, popcount
from imgcmp.kernels.jit import Array, allocating_entry, helper
from imgcmp.kernels.nearest import Kept, keep_nearest


class Searched(NamedTuple):
    """Fingerprints, one after another or laid out: all words in one dimension, and how far apart they are."""

    words: Words
    of_column: int  # to the next fingerprint
    of_word: int  # to its next word


@helper
def keep_near(kept: Kept, row: int, rows: Columns, searched: Searched, first: int, stop: int, near: Array) -> bool:
    """Keep the columns of a slab from `first` to before `stop` that are near a row, but at most WIDTH of them.

    Returns whether any are left. What is kept, or behind the last column, is no longer near.
    """
    count, most = kept.counts[row], kept.counts[row] + WIDTH - LANES
    ones = any_of(near)
    while ones and count <= most:
        bit = lowest_one(ones)
        ones &= ones - np.uint64(1)
        for lane in range(LANES):
            column = first + LANES * bit + lane
            if not near[lane] >> np.uint64(bit) & np.uint64(1):
                continue
            near[lane] ^= np.uint64(1) << np.uint64(bit)
            if column < stop:
                distance = np.uint64(0)
                for word in range(rows.words.shape[0]):
                    place = column * searched.of_column + word * searched.of_word
                    distance += popcount(rows.words[word, row] ^ searched.words[place])
                kept.found[row, count] = np.int64(distance) << 32 | column
                count += 1
    kept.counts[row] = count
    return bool(ones != 0)


@allocating_entry
def nearest_by_planes(
    kept: Kept,
    rows: Columns,
    patterns: Array,
    limits: Words,
    work: Work,
    searched: Searched,
    k: int,
    j_start: int,
    j_stop: int,
) -> None:
    """Search the fingerprints j_start .. j_stop - 1, and keep the k nearest of each row.

    `kept` has room for k + WIDTH of each row. `patterns` are those of the rows' words, n_words x n_rows, and `limits`
    those of their bits (`imgcmp.kernels.bit_planes`).
    """
    n_words, room = rows.words.shape[0], kept.found.shape[1]
    places = np.empty(64 * n_words + 1, np.int64)
    table, of_near = address(work.table), address(work.near)
    for j in range(j_start, j_stop, SLAB):
        stop = min(j + SLAB, j_stop)
        for word in range(n_words):
            start = j * searched.of_column + word * searched.of_word
            fill_table(work, searched.words, start, searched.of_column, stop - j)
            for row in range(rows.n):
                pattern = address(patterns) + np.uint64(2 * PARTS * (word * rows.n + row))
                count = address(work.counts) + np.uint64(8 * COUNT_PLANES * LANES * row)
                if word < n_words - 1:
                    if word == 0:
                        count_word(table, pattern, count, 1)
                    else:
                        count_word(table, pattern, count, 0)
                    continue
                radius = kept.radii[row]
                if radius < 0:
                    continue
                limit = address(limits) + np.uint64(8 * COUNT_PLANES * radius)
                if n_words == 1:
                    is_any = near_in_slab(table, pattern, count, 1, limit, of_near)
                else:
                    is_any = near_in_slab(table, pattern, count, 0, limit, of_near)
                while is_any:
                    is_any = keep_near(kept, row, rows, searched, j, stop, work.near)
                    if kept.counts[row] > room - WIDTH:
                        keep_nearest(kept, row, k, places)
    for row in range(rows.n):
        keep_nearest(kept, row, k, places)
