"""Estimates from some pairs, always the same ones: radius, first words to judge by."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.search.distances import cdist

SAMPLES = 2**16
_MAX_FALSE_HITS = 64  # of SAMPLES: then 6 % of the rows of blocks at most are looked at for nothing
_SAMPLED_ROWS, _SAMPLED_COLUMNS = 512, 1024  # both many: with 64 rows one dense group was missed or met too often
_NO_PAIR = np.iinfo(np.uint16).max  # beyond any distance


def radius_within(words: Words, radius_bits: int, n_pairs: int, *, workers: int | None = None) -> int:
    """Return the largest radius up to radius_bits within which there are at most about n_pairs pairs; -1 if none.

    Parameters
    ----------
    words, radius_bits, workers
        As for `pairs`.
    n_pairs : int
        How many there are is estimated, from some rows and some columns, always the same.
    """
    sample = Sample.of(words, workers)
    within = np.cumsum(np.bincount(sample.distances.ravel(), minlength=radius_bits + 1)[: radius_bits + 1])
    return int(np.searchsorted(within * sample.pairs_a_distance, n_pairs, side="right")) - 1


class Sample(NamedTuple):
    """Some rows against some columns, always the same."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    distances: NDArray[Any]  # uint16, shape (n_rows, n_columns); of a row and itself _NO_PAIR
    pairs_a_distance: float  # how many pairs of all each of them stands for

    @classmethod
    def of(cls, words: Words, workers: int | None) -> "Sample":
        """Return the sample of these fingerprints."""
        n, random = len(words), np.random.default_rng(0)
        rows = random.choice(n, min(n, _SAMPLED_ROWS), replace=False)
        columns = random.choice(n, min(n, _SAMPLED_COLUMNS), replace=False)
        distances = cdist(words[rows], words[columns], workers=workers)
        in_both, k, m = np.intersect1d(rows, columns, assume_unique=True, return_indices=True)
        distances[k, m] = _NO_PAIR
        return cls(rows, columns, distances, n * (n - 1) / 2 / max(distances.size - len(in_both), 1))

    def pairs_within(self, radius_bits: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the pairs of the sample within a radius, as two arrays of rows."""
        k, m = np.nonzero(self.distances <= radius_bits)
        return self.rows[k], self.columns[m]


def prefix_words(rows: Words, columns: Words, radius_bits: int) -> int:
    """Return how many leading words rule out most pairs beyond the radius: 1 to 4, or 0 for none of these.

    A pair that differs in more than the radius in its first words need not be compared further: at 256 bits and radius
    25 two words of four suffice, which halves the time. Tried on random pairs, always the same; the choice changes
    the time, never the result.
    """
    n_words, n = columns.shape
    samples = min(SAMPLES, rows.shape[1] * (n - 1) // 128)  # at most 2 % of the pairs
    random = np.random.default_rng(0)
    i = random.integers(max(rows.shape[1], 1), size=samples)
    j = (i + random.integers(1, max(n, 2), size=samples)) % max(n, 1)
    for prefix in (1, 2, 3, 4):
        if prefix > n_words:
            break
        distances = _distances(rows[:prefix], columns[:prefix], i, j)
        hits = np.flatnonzero(distances <= radius_bits)
        if len(hits) * 48 > samples:  # most rows of blocks, of 64 pairs, hold a hit: judging them only costs time
            continue
        false_hits = np.count_nonzero(_distances(rows, columns, i[hits], j[hits]) > radius_bits)
        if false_hits * SAMPLES <= _MAX_FALSE_HITS * samples:
            return prefix
    return 0


def _distances(rows: Words, columns: Words, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.int64]:
    distances = np.zeros(len(i), np.int64)
    for row_word, column_word in zip(rows, columns, strict=True):
        distances += np.bitwise_count(row_word[i] ^ column_word[j])
    return distances
