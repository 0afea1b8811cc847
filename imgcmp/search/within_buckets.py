"""Pairs of a query and another within a radius, among those that agree in a substring: multi-index hashing."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import within as kernels
from imgcmp.kernels.scan import MAX_SCAN_ROWS, SCAN_SHIFTS
from imgcmp.kernels.view_search import bucket_rectangles
from imgcmp.search.buckets import HIT_COST, PAIR_COST, ROW_COST
from imgcmp.search.request import Substrings
from imgcmp.search.sample import NearSample
from imgcmp.search.sorted_rows import SortedRows
from imgcmp.system.threads import blocks_by_work, run

_PART_BYTES = 2**25  # of the others that lie in the order of their buckets at a time


def buckets_pay(queries: Words, others: Words, radius_bits: int, workers: int) -> bool:
    """Whether the buckets cost less than comparing all queries, shape (n_queries, n_words), with all others."""
    n_pairs, n_bits = len(queries) * len(others), 64 * others.shape[1]
    substrings = Substrings.of(n_bits, radius_bits, len(others))
    left = n_pairs - ROW_COST * (len(queries) + len(others)) * len(substrings.spans)
    # however they spread, the buckets hold about so many
    if sum(n_pairs / 2**bits for bits in substrings.key_bits) * PAIR_COST >= left:
        return False
    left -= sum(run(bucket_rectangles, [(queries, others, *span) for span in substrings.spans], workers)) * PAIR_COST
    if left <= 0:
        return False
    near = NearSample.of(queries, others, radius_bits, workers)
    return bool(near.hits(queries, others, substrings.edges, n_bits) * HIT_COST < left)


def pairs_by_buckets(
    queries: Words, others: Words, radii_bits: NDArray[np.int64], room: NDArray[np.int64], workers: int
) -> tuple[list[NDArray[np.int64]], bool]:
    """Find the pairs within the radius of each query, 0 or more.

    Returns
    -------
    parts : list of ndarray of int64, shape (n_pairs, 3)
        Query, other, and distance.
    is_all : bool
        Whether there was room for all: see `kernels.within`.
    """
    substrings = Substrings.of(64 * others.shape[1], int(radii_bits.max()), len(others))
    rows = SortedRows(queries, most=len(queries))
    columns = SortedRows(others, _PART_BYTES // others[0].nbytes)
    parts, is_all = [], True
    for substring, span in enumerate(substrings.spans):
        for side in (rows, columns):
            side.sort_by_bucket(*span, workers)
        of_rows = rows.laid_out(slice(0, len(queries)), workers)
        radii = radii_bits[of_rows.order]
        for places in columns.parts():
            part = columns.laid_out(places, workers)
            row_starts = rows.starts[part.first : part.first + len(part.starts)]
            fixed = (of_rows.columns, row_starts, part.columns, part.starts, radii, substrings.edges, substring, room)
            blocks = _blocks(row_starts, part.starts, others.shape[1], workers)
            found = run(kernels.columns_in_buckets_of_rows, [(*fixed, *block) for block in blocks], workers)
            for (first, _), (packed, is_whole) in zip(blocks, found, strict=True):
                places_there = packed >> SCAN_SHIFTS[1] & 0xFFFFFFFF
                pairs = of_rows.order[first + (packed >> SCAN_SHIFTS[0])], part.order[places_there], packed & 0xFFFF
                parts.append(np.stack(pairs, axis=1).astype(np.int64))
                is_all &= is_whole
    return parts, is_all


def _blocks(
    row_starts: NDArray[np.int32], starts: NDArray[np.int32], n_words: int, workers: int
) -> list[tuple[int, int]]:
    """Split the rows of some buckets into blocks of about equal work, MAX_SCAN_ROWS each at most."""
    work = np.repeat(np.diff(starts).astype(np.int64), np.diff(row_starts)) * n_words
    first = int(row_starts[0])
    return [
        (first + part, first + min(part + MAX_SCAN_ROWS, stop))
        for start, stop in blocks_by_work(work, workers)
        for part in range(start, stop, MAX_SCAN_ROWS)
    ]
