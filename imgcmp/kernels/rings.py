"""Rings: columns sorted by which of some words, the pivots, is nearest to their first words, and how near.

How many bits differ is a metric. So a row that is d bits from a pivot is within a radius r only of columns that are
d - r to d + r bits from it: those of a pivot lie side by side. (S. Brin, "Near neighbor search in large metric spaces",
VLDB 1995.)
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.columns import Columns
from imgcmp.kernels.intrinsics import ROWS, popcount, wide_vectors
from imgcmp.kernels.jit import Array, entry, inlined

N_RINGS = 65  # around a pivot: 0 to 64 bits from it


class Rings(NamedTuple):
    """Where columns that are sorted start: those whose nearest pivot is p, d bits away, at starts[p * N_RINGS + d]."""

    pivots: NDArray[np.uint64]  # (n_pivots,)
    starts: NDArray[np.int32]  # (n_pivots * N_RINGS + 1,)


@entry
def ring_keys(keys: Array, words: Words, pivots: Array, i_start: int, i_stop: int) -> None:
    """Fill in the ring of each row, pivot * N_RINGS + distance, by its first word; of equal pivots the first one."""
    wide_vectors()
    for i in range(i_start, i_stop):
        word, nearest = words[i, 0], np.uint64(2**63)
        for pivot in range(np.uint64(0), np.uint64(pivots.size)):
            nearest = min(nearest, popcount(word ^ pivots[pivot]) << np.uint64(32) | pivot)
        keys[i] = (nearest & np.uint64(2**32 - 1)) * np.uint64(N_RINGS) + (nearest >> np.uint64(32))


@inlined
def bits_from(word: np.uint64, rows: Columns, i: int) -> Any:
    """Return how many bits a word and the first word of a row differ in."""
    return np.int64(popcount(rows.words[0, i] ^ word))


@inlined
def ring_range(rings: Rings, pivot: int, rows: Columns, i: int, radius: int) -> Any:
    """Return where those columns around a pivot start and stop that any of ROWS rows from i on can be near to."""
    word = rings.pivots[pivot]
    low = high = bits_from(word, rows, i)
    for k in range(1, ROWS):
        distance = bits_from(word, rows, i + k)
        low, high = min(low, distance), max(high, distance)
    first = pivot * N_RINGS
    return rings.starts[first + max(low - radius, 0)], rings.starts[first + min(high + radius, N_RINGS - 1) + 1]


@inlined
def tile_end(rings: Rings, pivot: int, most: int) -> int:
    """Return the pivot before which a tile ends that starts at a pivot: one, or as many as have `most` columns."""
    first, stop = rings.starts[pivot * N_RINGS], pivot + 1
    while stop < rings.pivots.size and rings.starts[(stop + 1) * N_RINGS] - first <= most:
        stop += 1
    return stop
