"""Fingerprints and radii -> those of others that are within them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import within as kernels
from imgcmp.kernels.columns import WIDTH, Columns, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.scan import MAX_SCAN_ROWS, SCAN_SHIFTS
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import even_blocks, run

_PAIR_BYTES = 48  # as it is found, twice the room for it, and what sorting takes


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
    most = available_bytes() // _PAIR_BYTES
    room, rows = np.array([most]), transposed(queries)
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
    if not all(is_whole for _, is_whole in found):
        raise MemoryError(f"{most:,} pairs and more are within the radius; {format_bytes(available_bytes())} are left")
    none = np.zeros(0, np.int64)
    numbers = np.concatenate(
        [none, *(start + (part >> SCAN_SHIFTS[0]) for start, (part, _) in zip(starts, found, strict=True))]
    )
    packed = np.concatenate([none, *(part for part, _ in found)])
    return nearest_pairs(numbers, packed >> SCAN_SHIFTS[1] & 0xFFFFFFFF, packed & 0xFFFF)


def nearest_pairs(queries: NDArray[np.int64], images: NDArray[np.int64], distances: NDArray[np.int64]) -> NearPairs:
    """Sort pairs, and keep the shortest distance of each."""
    order = np.lexsort((distances, images, queries))
    queries, images, distances = queries[order], images[order], distances[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(queries) != 0) | (np.diff(images) != 0)
    return NearPairs(
        queries[is_first].astype(np.int32), images[is_first].astype(np.int32), distances[is_first].astype(np.uint16)
    )
