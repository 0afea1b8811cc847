"""Pairs of a query and another, as kernels pack them, and unpacked: 10 bytes each."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels.scan import SCAN_SHIFTS


class QueryPairs(NamedTuple):
    """Numbers of queries and others, int32, and the bits in which they differ, uint16; in any order."""

    queries: NDArray[np.int32]
    others: NDArray[np.int32]
    distances: NDArray[np.uint16]


def unpacked(packed: NDArray[np.int64], first: int) -> QueryPairs:
    """Return pairs that were packed as `imgcmp.kernels.scan.scan` does, of queries from `first` on."""
    queries = (first + (packed >> SCAN_SHIFTS[0])).astype(np.int32)
    return QueryPairs(queries, (packed >> SCAN_SHIFTS[1]).astype(np.int32), packed.astype(np.uint16))
