"""Labels of clusters, numbered in order of first appearance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]


def numbered_by_first(labels: NDArray[np.integer[Any]]) -> Labels:
    """Renumber labels from 0 in order of first appearance.

    Parameters
    ----------
    labels : ndarray of an integer type, shape (n,)

    Returns
    -------
    labels : ndarray of int32, shape (n,)
        Equal exactly where those are.
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]
