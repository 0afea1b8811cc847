"""Pairs -> for each fingerprint those within the radius, in order."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels import neighbour_lists as kernels
from imgcmp.search.found import Found, Neighbours
from imgcmp.system.threads import even_blocks, run

_MIRRORED_ROWS = 2**13  # lists that are written at a time: 512 KB of cache lines


def list_found(found: Found, workers: int) -> Neighbours:
    """List the neighbours of each row from pairs, all of which were kept."""
    indices = np.empty(2 * found.n_pairs, np.int32)
    places = found.n_pairs + np.cumsum(found.counts) - found.counts
    next_places = places.copy()
    for packed, i_start in found.packed:
        kernels.list_found(indices, next_places, packed, i_start, found.shifts)
    return Neighbours(mirror(found, places, indices, workers), indices)


def mirror(found: Found, places: NDArray[np.int64], indices: NDArray[np.int32], workers: int) -> NDArray[np.int64]:
    """Turn lists of the later neighbours, that of row i from places[i] on, into lists of all; return their starts."""
    n, counts = len(found.counts), found.counts
    if found.by_buckets:
        blocks = even_blocks(n, 1 + found.n_pairs // max(n, 1), workers)
        run(kernels.sort_lists, [(indices, places, counts, *block) for block in blocks], workers)
    starts = np.empty(n + 1, np.int64)
    kernels.spread(indices, starts, counts)
    ranges = np.linspace(0, n, 2 + n // _MIRRORED_ROWS, dtype=np.int64).tolist()
    run(kernels.mirror, [(indices, starts, counts, *rows) for rows in pairwise(ranges)], workers)
    return starts
