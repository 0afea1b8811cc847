"""Whether a search by rings around pivots pays, and around which: see `imgcmp.kernels.rings`."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.search.distances import cdist

_MOST_PIVOTS = 4096
_ROWS_A_PIVOT = 16  # with 8 and 32 a search of 20,000 images like photographs took as long
_PIVOT_COST = 3  # comparing a column with a pivot, in pairs of a scan
_SORT_COST = 300  # sorting a column, as such
_SAMPLED_ROWS, _SAMPLED_COLUMNS = 256, 1024


def pivots_that_pay(wholes: Words, others: Words, radius_bits: int, workers: int) -> NDArray[np.uint64] | None:
    """Return pivots around which to search in less time than by comparing all, or None if there are none.

    Parameters
    ----------
    wholes, others : ndarray of uint64, shape (n_wholes, n_words), (n_others, n_words)
        What is compared with what.
    radius_bits : int
        How many bits of the first words may differ.
    workers : int
        Threads.

    Returns
    -------
    pivots : ndarray of uint64, shape (n_pivots,), or None
        First words of some of the others, always the same ones.

    Notes
    -----
    How much would be compared is estimated, from some wholes and some others.
    """
    random, n_pivots = np.random.default_rng(0), most_pivots(len(wholes))
    if n_pivots < 2:
        return None
    pivots = np.unique(others[random.choice(len(others), min(n_pivots, len(others)), replace=False), 0])
    rows = random.choice(len(wholes), min(len(wholes), _SAMPLED_ROWS), replace=False)
    columns = random.choice(len(others), min(len(others), _SAMPLED_COLUMNS), replace=False)
    from_rows, from_columns = (
        cdist(words, pivots[:, np.newaxis], workers=workers) for words in (wholes[rows, :1], others[columns, :1])
    )
    nearest = from_columns.argmin(axis=1)
    apart = np.abs(from_rows[:, nearest].astype(np.int16) - from_columns.min(axis=1).astype(np.int16))
    saved = np.mean(apart > radius_bits) * len(wholes) * len(others)
    cost = (len(wholes) + len(others)) * (_PIVOT_COST * len(pivots) + _SORT_COST)
    return pivots if saved > cost else None


def most_pivots(n_wholes: int) -> int:
    """Return how many pivots there are for so many wholes, at most."""
    return min(n_wholes // _ROWS_A_PIVOT, _MOST_PIVOTS)


def sample_bytes(n_wholes: int) -> int:
    """Return what finding pivots takes, at most: distances of samples."""
    of_sampled_pairs = 4 * _SAMPLED_ROWS * _SAMPLED_COLUMNS
    return 2 * (_SAMPLED_ROWS + _SAMPLED_COLUMNS) * most_pivots(n_wholes) + of_sampled_pairs
