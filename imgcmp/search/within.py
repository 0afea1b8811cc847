"""Fingerprints and radii -> those of others that are within them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import within as kernels
from imgcmp.kernels.columns import WIDTH, Columns, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.scan import MAX_SCAN_ROWS
from imgcmp.search.packed_pairs import QueryPairs, unpacked
from imgcmp.search.within_buckets import buckets_pay, pairs_by_buckets
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import even_blocks, run

_PAIR_BYTES = 64  # packed, with as much room again, 16; unpacked and sorted 43
_NONE = QueryPairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint16))


class NearPairs(NamedTuple):
    """Pairs of a query and an image, sorted by (query, image).

    Attributes
    ----------
    queries, images : ndarray of int32, shape (n_pairs,)
        Their numbers.
    distances : ndarray of uint16, shape (n_pairs,)
        Differing bits.
    """

    queries: NDArray[np.int32]
    images: NDArray[np.int32]
    distances: NDArray[np.uint16]


def within_radii(columns: Columns, queries: Words, radii_bits: NDArray[np.int64], workers: int) -> NearPairs:
    """Find what is within the radius of each query, 0 or more; raise MemoryError if there is no room for all."""
    most, others = available_bytes() // _PAIR_BYTES, columns.words.T[: columns.n]
    room = np.array([most])
    if len(queries) and len(others) and buckets_pay(queries, others, int(radii_bits.max()), workers):
        parts, is_all = pairs_by_buckets(queries, others, radii_bits, room, workers)
    else:
        parts, is_all = pairs_by_scan(columns, queries, radii_bits, room, workers)
    if not is_all:
        raise MemoryError(f"{most:,} pairs and more are within the radius; {format_bytes(available_bytes())} are left")
    return nearest_pairs([*parts, _NONE])


def pairs_by_scan(
    columns: Columns, queries: Words, radii_bits: NDArray[np.int64], room: NDArray[np.int64], workers: int
) -> tuple[list[QueryPairs], bool]:
    """Find the pairs by comparing all: as `pairs_by_buckets`."""
    rows = transposed(queries)
    groups = [(start, min(start + MAX_SCAN_ROWS, rows.n)) for start in range(0, rows.n, MAX_SCAN_ROWS)]
    tasks, starts = [], []
    for first, last in groups:
        # Few queries: threads share the columns; many: the queries.
        by_rows = last - first >= 16 * ROWS * workers
        n, row_work = (last - first, columns.n * len(rows.words)) if by_rows else (columns.n, ROWS * len(rows.words))
        for start, stop in even_blocks(n, row_work, workers, multiple=ROWS if by_rows else WIDTH):
            block = (first + start, first + stop, 0, columns.n) if by_rows else (first, last, start, stop)
            tasks.append((rows, columns, radii_bits, room, *block))
            starts.append(block[0])
    found = run(kernels.columns_near_rows, tasks, workers)
    parts = [unpacked(packed, start) for start, (packed, _) in zip(starts, found, strict=True)]
    return parts, all(is_whole for _, is_whole in found)


def nearest_pairs(parts: list[QueryPairs]) -> NearPairs:
    """Sort the pairs of all parts, and keep the shortest distance of each."""
    queries, images, distances = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((distances, images, queries))
    queries, images, distances = queries[order], images[order], distances[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(queries) != 0) | (np.diff(images) != 0)
    return NearPairs(queries[is_first], images[is_first], distances[is_first])
