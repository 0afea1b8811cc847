"""Clusters of small collections: all distances D', condensed, and scipy."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from imgcmp.clusters.cut import EPS, Linkage
from imgcmp.clusters.points import Points
from imgcmp.clusters.tie_breaks import tie_break_offsets
from imgcmp.fingerprints.packing import Words
from imgcmp.search.distances import fill_heights
from imgcmp.search.view_distances import fill_view_heights

CONDENSED_IMAGES = 2000  # up to here scipy takes 0.2 s, and the kernels of the chain need not be loaded


def cluster_condensed(words: Words, cut_bits: float, linkage: str, workers: int) -> NDArray[np.int32]:
    """Clusters of two fingerprints or more from all their distances, by scipy; in scipy's numbering."""
    return hierarchy.fcluster(link_condensed(words, linkage, workers), cut_bits + 2 * EPS, "distance")


def cut_over_views(
    points: Points, rows: NDArray[np.int64], cut_bits: float, linkage: str, workers: int
) -> NDArray[np.int32]:
    """Clusters of two images or more, given by their points, from all their distances over views."""
    return hierarchy.fcluster(link_over_views(points, rows, linkage, workers), cut_bits + 2 * EPS, "distance")


def link_over_views(points: Points, rows: NDArray[np.int64], linkage: str, workers: int) -> NDArray[np.float64]:
    """Return scipy's linkage matrix of images, given by their points, by their distances over views."""
    distances = np.empty(len(rows) * (len(rows) - 1) // 2)
    fill_view_heights(distances, points.variants, rows, points.offsets, workers)
    return hierarchy.linkage(distances, cast(Linkage, linkage))


def link_condensed(words: Words, linkage: str, workers: int) -> NDArray[np.float64]:
    """Return scipy's linkage matrix of fingerprints."""
    n = len(words)
    distances = np.empty(n * (n - 1) // 2)
    fill_heights(distances, words, tie_break_offsets(words), workers)
    return hierarchy.linkage(distances, cast(Linkage, linkage))


def bytes_needed(n: int, linkage: str) -> int:
    """Return what linking so many images takes."""
    # D' is 8 bytes a pair. scipy checks that it is finite (1 byte, given back at once) and then copies it to work on
    # (8 bytes), but for single, whose spanning tree only reads it.
    return n * (n - 1) // 2 * (9 if linkage == "single" else 16)
