"""Mergers of clusters, as they happened -> the rows of scipy's linkage matrix."""

import numpy as np

from imgcmp.kernels.jit import Array, entry, helper
from imgcmp.kernels.union_find import root

MERGER = np.dtype(
    [
        ("first", np.int32),  # a point of either cluster
        ("second", np.int32),
        ("height", np.float64),
    ]
)


@helper
def put_below(parents: Array, a: int, b: int) -> int:
    """Put the root of the higher number below the other; return that."""
    parents[max(a, b)] = min(a, b)
    return min(a, b)


@entry
def lift(mergers: Array, parents: Array, tops: Array) -> None:
    """Make no merger lower than those of the clusters that it joins, which come before it.

    Rounding puts some that much too low, and sorted by height they would come too early.
    """
    for k in range(mergers.size):
        a, b = root(parents, mergers[k].first), root(parents, mergers[k].second)
        mergers[k].height = max(mergers[k].height, max(tops[a], tops[b]))
        tops[put_below(parents, a, b)] = mergers[k].height


@entry
def fill_rows(out: Array, mergers: Array, parents: Array, numbers: Array, sizes: Array) -> None:
    """Fill in scipy's rows of mergers in the order of their heights: two numbers, the height, and how many points.

    `numbers` and `sizes` are those of the cluster of each root: at first its own, and 1.
    """
    for k in range(mergers.size):
        a, b = root(parents, mergers[k].first), root(parents, mergers[k].second)
        out[k, 0], out[k, 1] = min(numbers[a], numbers[b]), max(numbers[a], numbers[b])
        size = sizes[a] + sizes[b]
        out[k, 2], out[k, 3] = mergers[k].height, size
        c = put_below(parents, a, b)
        numbers[c], sizes[c] = parents.size + k, size
