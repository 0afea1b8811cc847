"""What merged, by points -> a tree of images, as scipy's linkage matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.points import Points
from imgcmp.kernels import dendrogram as kernels
from imgcmp.kernels.dendrogram import MERGER

_ROW_BYTES = 112  # of an image: three times what merges, a row of the matrix, and numbers

Mergers = NDArray[Any]
"""`imgcmp.kernels.dendrogram.MERGER`, shape (n_mergers,): each comes after those of the clusters that it joins."""


def tree_bytes(n_images: int, linkage: str) -> int:
    """Return what a linkage matrix takes, at most, once it is known what merges; with single linkage that, too."""
    growing = 28 + MERGER.itemsize if linkage == "single" else 0
    return n_images * (_ROW_BYTES + growing)


def mergers_of(first: NDArray[Any], second: NDArray[Any], heights: NDArray[np.float64]) -> Mergers:
    """Return mergers of two points each."""
    mergers = np.empty(len(heights), MERGER)
    mergers["first"], mergers["second"], mergers["height"] = first, second, heights
    return mergers


def renumbered(mergers: Mergers, numbers: NDArray[Any]) -> Mergers:
    """Return mergers with other numbers for the points."""
    return mergers_of(numbers[mergers["first"]], numbers[mergers["second"]], mergers["height"])


def of_images(mergers: Mergers, points: Points) -> Mergers:
    """Return mergers of images, given those of points: before these, all images of a point merge.

    Equal fingerprints are 2 * EPS * k apart, images that are equal in all views, too, not at all.
    """
    order = np.argsort(points.point_of, kind="stable")
    point = points.point_of[order]
    is_first = np.diff(point, prepend=-1) != 0
    firsts, point = order[is_first], point[~is_first]
    apart = np.zeros(len(point)) if points.variants.n_variants > 1 else 2 * points.offsets[point]
    return np.concatenate([mergers_of(firsts[point], order[~is_first], apart), renumbered(mergers, firsts)])


def linkage_matrix(mergers: Mergers, n: int) -> NDArray[np.float64]:
    """Return the mergers of n images or points as the rows of scipy's linkage matrix, shape (n_mergers, 4)."""
    mergers = mergers.copy()
    kernels.lift(mergers, np.arange(n, dtype=np.int32), np.zeros(n))
    mergers = mergers[np.argsort(mergers["height"], kind="stable")]
    rows = np.empty((len(mergers), 4))
    kernels.fill_rows(rows, mergers, np.arange(n, dtype=np.int32), np.arange(n), np.ones(n, np.int64))
    return rows
