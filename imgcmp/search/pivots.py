"""Whether a search by rings around pivots pays, and around which: see `imgcmp.kernels.rings`."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.columns import WIDTH
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.search.distances import cdist
from imgcmp.search.sorted_rows import SortedRows

_MOST_PIVOTS = 4096  # comparing 1.1 million columns with so many takes 0.5 s
_ROWS_A_PIVOT = 16  # with 8 and 32 a search of 20,000 images like photographs took 0.9 to 1.15 of the time
_COLUMNS_A_PIVOT = 256  # fewer make no whole blocks

# In pairs of a scan, of 42 ps each on two cores (20,000 images like photographs, 2,181 pivots).
_PIVOT_COST = 2  # comparing a column with a pivot: 0.2 s
_SORT_COST = 1500  # sorting a column, and laying it out: 60 ns
_VISIT_COST = 40  # asking what can be near around a pivot, for a row: 1.7 ns
_NEAR_COST = 700  # comparing a row with a block by all words: 30 ns; around pivots what is near lies in half as many

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
    n_pivots, n_pairs = most_pivots(len(wholes), len(others)), len(wholes) * len(others)
    cost = (len(wholes) + len(others)) * (_PIVOT_COST * n_pivots + _SORT_COST) + _VISIT_COST * len(wholes) * n_pivots
    if n_pivots < 2 or radius_bits >= 64 or n_pairs <= cost:
        return None
    random = np.random.default_rng(0)
    pivots = np.unique(others[random.choice(len(others), n_pivots, replace=False), 0])
    columns = others[random.choice(len(others), min(len(others), _SAMPLED_COLUMNS), replace=False), :1]
    alone = wholes[random.choice(len(wholes), min(len(wholes), _SAMPLED_ROWS), replace=False), :1]
    # Of one row more is passed over than of ROWS together: where even that doesn't pay, no whole need be sorted.
    if _saved(alone, columns, pivots, radius_bits, 1, workers) * n_pairs <= cost:
        return None
    together = _neighbouring_rows(wholes, pivots, random, workers)
    return pivots if _saved(together, columns, pivots, radius_bits, ROWS, workers) * n_pairs > cost else None


def _saved(
    rows: Words, columns: Words, pivots: NDArray[np.uint64], radius_bits: int, together: int, workers: int
) -> float:
    """Return which share of the cost of all pairs is saved, of rows of which some go together.

    A pair that is near by its first words is worth more than one: what is near is looked at by all words.
    """
    as_words = pivots[:, np.newaxis]
    from_rows, from_columns = (cdist(words, as_words, workers=workers) for words in (rows, columns))
    of_rows = from_rows[:, from_columns.argmin(axis=1)].reshape(-1, together, len(columns)).astype(np.int16)
    rings = from_columns.min(axis=1).astype(np.int16)
    is_far = (rings < of_rows.min(axis=1) - radius_bits) | (rings > of_rows.max(axis=1) + radius_bits)
    near = float(np.mean(cdist(rows, columns, workers=workers) <= radius_bits))
    return float(np.mean(is_far)) * (1 + min(near, 1 / WIDTH) * _NEAR_COST)


def _neighbouring_rows(
    wholes: Words, pivots: NDArray[np.uint64], random: np.random.Generator, workers: int
) -> NDArray[np.uint64]:
    """Return first words of some wholes, ROWS by ROWS as they are searched together: side by side by their rings."""
    by_rings = SortedRows(wholes[:, :1], most=len(wholes))
    by_rings.sort_by_ring(pivots, workers)
    n_groups = len(wholes) // ROWS
    groups = random.choice(n_groups, min(n_groups, _SAMPLED_ROWS // ROWS), replace=False)
    rows: NDArray[np.uint64] = wholes[by_rings.order[: n_groups * ROWS].reshape(-1, ROWS)[groups].ravel(), :1]
    return rows


def most_pivots(n_wholes: int, n_others: int) -> int:
    """Return how many pivots there are for so many wholes and others, at most."""
    return min(n_wholes // _ROWS_A_PIVOT, n_others // _COLUMNS_A_PIVOT, _MOST_PIVOTS)


def sample_bytes(n_pivots: int) -> int:
    """Return what choosing so many pivots takes, at most: distances of samples, as they are and compared."""
    return 2 * (_SAMPLED_ROWS + _SAMPLED_COLUMNS) * n_pivots + 16 * _SAMPLED_ROWS * _SAMPLED_COLUMNS
