"""Pairs within a radius -> a sparse matrix of their distances, as scikit-learn and scipy's csgraph take it."""

from typing import TYPE_CHECKING

import numpy as np

from imgcmp.search.found import Pairs

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

GRAPH_BYTES = 60  # a pair in both directions: 36 as it is put together, 24 as it is kept


def as_graph(pairs: Pairs, n: int) -> "csr_matrix[np.float64]":
    """Return the distances of pairs i < j of `n` fingerprints, sorted by (i, j), as a symmetric matrix.

    Those of 0 are stored, too: a sum of the upper and the lower triangle would drop them.
    """
    from scipy.sparse import coo_matrix  # it takes 0.1 s to import, which arrays need not wait for

    i, j, distance = pairs
    # The lower triangle first: so the columns of each row ascend from the start.
    rows, columns = np.concatenate([j, i]), np.concatenate([i, j])
    data = np.concatenate([distance, distance]).astype(np.float64)
    return coo_matrix((data, (rows, columns)), shape=(n, n)).tocsr()
