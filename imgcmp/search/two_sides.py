"""Rows and others side by side in the buckets of one substring after another, and whether that pays."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, unpack
from imgcmp.kernels.view_search import bucket_rectangles
from imgcmp.search.buckets import PAIR_COST
from imgcmp.search.distances import cdist
from imgcmp.search.request import Substrings
from imgcmp.search.sorted_rows import LaidOut, SortedRows
from imgcmp.system.threads import blocks_by_work, run

SAMPLE = 512, 4096  # rows and others whose distances are counted
_MOST_UNPACKED = 2**14


class SideBySide(NamedTuple):
    """Rows, and some others, that lie in the order of their buckets by one substring.

    Attributes
    ----------
    substring : int
        Its number.
    rows, others : LaidOut
        All rows; some of the others, from the bucket `others.first` on.
    row_starts : ndarray of int32
        Where the same buckets start among the rows.
    """

    substring: int
    rows: LaidOut
    row_starts: NDArray[np.int32]
    others: LaidOut

    def blocks(self, workers: int) -> list[tuple[int, int]]:
        """Split the rows, each compared with all others of its bucket, into blocks of about equal work."""
        n_words, sizes = len(self.rows.columns.words), np.diff(self.others.starts).astype(np.int64)
        work = np.repeat(sizes, np.diff(self.row_starts)) * n_words
        first = int(self.row_starts[0])
        return [(first + start, first + stop) for start, stop in blocks_by_work(work, workers)]


def side_by_side(words: Words, others: Words, substrings: Substrings, most: int, workers: int) -> Iterator[SideBySide]:
    """Yield rows and others, shape (n, n_words) each, by one substring after another; `most` others at a time.

    Each lies where the one before it did.
    """
    sides = rows, columns = SortedRows(words, most=len(words)), SortedRows(others, most)
    for substring, span in enumerate(substrings.spans):
        for side in sides:
            side.sort_by_bucket(*span, workers)
        of_rows = rows.laid_out(slice(0, len(words)), workers)
        for places in columns.parts():
            part = columns.laid_out(places, workers)
            yield SideBySide(substring, of_rows, rows.starts[part.first : part.first + len(part.starts)], part)


def saved_by_buckets(words: Words, others: Words, substrings: Substrings, row_cost: int, workers: int) -> float:
    """Return by how many pairs of a scan buckets are cheaper than comparing all rows with all others.

    But for what is taken as within the radius. `row_cost` is what sorting a row takes, as such.
    """
    n_pairs = len(words) * len(others)
    left = n_pairs - row_cost * (len(words) + len(others)) * len(substrings.spans)
    # If both sides spread alike, the buckets hold at least so many: then they need not be counted.
    if sum(n_pairs / 2**bits for bits in substrings.key_bits) * PAIR_COST >= left:
        return 0.0
    tasks = [(words, others, *span) for span in substrings.spans]
    return float(left - sum(run(bucket_rectangles, tasks, workers)) * PAIR_COST)


class NearSample(NamedTuple):
    """The pairs within a radius of some rows and some others, always the same: numbers of both, from all of them."""

    rows: NDArray[np.intp]
    others: NDArray[np.intp]
    weight: float  # how many pairs of all each stands for

    @classmethod
    def of(cls, words: Words, others: Words, radius_bits: int, workers: int) -> "NearSample":
        """Return the sample of two sides, neither of them empty."""
        random, (n_rows, n_others) = np.random.default_rng(0), SAMPLE
        rows = random.choice(len(words), min(len(words), n_rows), replace=False)
        columns = random.choice(len(others), min(len(others), n_others), replace=False)
        i, j = np.nonzero(cdist(words[rows], others[columns], workers=workers) <= radius_bits)
        return cls(rows[i], columns[j], len(words) / len(rows) * (len(others) / len(columns)))

    def hits(self, words: Words, others: Words, edges: NDArray[np.int64], n_bits: int) -> float:
        """Estimate how often buckets meet all such pairs: once for each substring in which a pair agrees.

        No substring is empty.
        """
        some = slice(None, None, 1 + len(self.rows) // _MOST_UNPACKED)
        different = unpack(words[self.rows[some]] ^ others[self.others[some]], n_bits)
        agreements = np.count_nonzero(~np.logical_or.reduceat(different, edges[:-1], axis=1))
        return len(self.rows) * self.weight * agreements / max(len(different), 1)
