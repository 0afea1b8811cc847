"""Pairs of a query and another within a radius, among those that agree in a substring: multi-index hashing."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import within as kernels
from imgcmp.kernels.scan import MAX_SCAN_ROWS
from imgcmp.search.buckets import HIT_COST
from imgcmp.search.packed_pairs import QueryPairs, unpacked
from imgcmp.search.request import Substrings
from imgcmp.search.two_sides import NearSample, saved_by_buckets, side_by_side
from imgcmp.system.threads import run

_WORD_COST = 400  # sorting a word for one substring, in pairs of a scan: 390 at 64 bits, 400 at 256
_PART_BYTES = 2**25  # of the others that lie in the order of their buckets at a time


def buckets_pay(queries: Words, others: Words, radius_bits: int, workers: int) -> bool:
    """Whether the buckets cost less than comparing all queries, shape (n_queries, n_words), with all others."""
    n_words = others.shape[1]
    if len(queries) < _WORD_COST:  # sorting the others takes longer than comparing them
        return False
    n_bits = _bits_used(queries, others)
    substrings = Substrings.of(n_bits, radius_bits, len(others))
    left = saved_by_buckets(queries, others, substrings, _WORD_COST * n_words, workers)
    if left <= 0:
        return False
    near = NearSample.of(queries, others, radius_bits, workers)
    return near.hits(queries, others, substrings.edges, n_bits) * HIT_COST < left


def _bits_used(queries: Words, others: Words) -> int:
    """Return how many bits may be ones: a substring of those that fill the last word would rule out nothing."""
    last = int(np.bitwise_or.reduce(queries[:, -1]) | np.bitwise_or.reduce(others[:, -1]))
    n_unused = (last & -last).bit_length() - 1 if last else 63
    return 64 * int(others.shape[1]) - n_unused


def pairs_by_buckets(
    queries: Words, others: Words, radii_bits: NDArray[np.int64], room: NDArray[np.int64], workers: int
) -> tuple[list[QueryPairs], bool]:
    """Find the pairs within the radius of each query, 0 or more.

    Returns
    -------
    parts : list of QueryPairs
        Each pair is in one of them.
    is_all : bool
        Whether there was room for all: see `imgcmp.kernels.scan.with_room`.
    """
    substrings = Substrings.of(_bits_used(queries, others), int(radii_bits.max()), len(others))
    parts: list[QueryPairs] = []
    for sides in side_by_side(queries, others, substrings, _PART_BYTES // others[0].nbytes, workers):
        substring, rows, row_starts, columns = sides
        radii = radii_bits[rows.order]
        fixed = (rows.columns, row_starts, columns.columns, columns.starts, radii, substrings.edges, substring, room)
        blocks = [
            (first, min(first + MAX_SCAN_ROWS, stop))
            for start, stop in sides.blocks(workers)
            for first in range(start, stop, MAX_SCAN_ROWS)
        ]
        found = run(kernels.columns_in_buckets_of_rows, [(*fixed, *block) for block in blocks], workers)
        for (first, _), (packed, _) in zip(blocks, found, strict=True):
            places = unpacked(packed, first)
            parts.append(QueryPairs(rows.order[places.queries], columns.order[places.others], places.distances))
        if not all(is_whole for _, is_whole in found):
            return parts, False
    return parts, True
