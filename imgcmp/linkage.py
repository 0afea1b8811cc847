"""Fingerprints -> clusters, by hierarchical clustering of their Hamming distances, ties broken by content.

The result is by definition that of scipy on all distances; every route here gives exactly that partition.
"""

import math
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from imgcmp.chains import Agglomeration, Points, chain_bytes, components, components_by_flood, distinct_points
from imgcmp.checks import integer
from imgcmp.cuts import EPS, cut_of
from imgcmp.distances import check_comparable, fill_heights
from imgcmp.memory import available_bytes, format_bytes
from imgcmp.pairs import Neighbours, neighbours, radius_within
from imgcmp.progress import Progress
from imgcmp.threads import worker_count
from imgcmp.ties import tie_break_offsets
from imgcmp.words import Words

Method = Literal["single", "complete", "average", "weighted"]
METHODS = ("single", "complete", "average", "weighted")
LIST_BYTES = 2**30  # the most that lists of neighbours may take
SHORT_LIST_BYTES = 2**28  # the same where they can't hold all: 50,000 at SIM 0.5 took 4.5 s with 512 MB as with 90 MB
CONDENSED_IMAGES = 2000  # up to here scipy takes 0.2 s, and the kernels of the chain need not be loaded

_EUCLIDEAN_METHODS = ("ward", "centroid", "median")


def sim_to_cut(sim: float, n_bits: int) -> float:
    """Height at which to cut the tree of `linkage`.

    Parameters
    ----------
    sim : float
        Allowed dissimilarity: the fraction of the bits that may differ, 0 .. 1.
    n_bits : int
        Bits of a fingerprint.

    Returns
    -------
    cut : float
        ``round(sim * n_bits * 256) / 256``, and two EPS for the tie-break; for scipy's
        ``fcluster(Z, cut, "distance")``.

    Raises
    ------
    ValueError
        If `sim` is not in 0..1, or `n_bits` is below 1.
    """
    return cut_of(sim, n_bits) + 2 * EPS


def linkage(
    words: Words, *, method: str = "average", n_bits: int | None = None, workers: int | None = None
) -> NDArray[np.float64]:
    """Hierarchical clustering of fingerprints, as scipy's linkage matrix.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of two images or more; unused low bits are zero.
    method : {"average", "single", "complete", "weighted"}
        As scipy defines them.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

    Returns
    -------
    Z : ndarray of float64, shape (n_images - 1, 4)
        scipy's linkage matrix of D', whose heights are up to 1/512 bit above the Hamming distances.

    Raises
    ------
    TypeError
        If `words` is not of uint64.
    ValueError
        If `words` has the wrong shape or fewer than two rows, or `method` is not one of the four.
    MemoryError
        If there is not enough memory, before any is taken.

    Notes
    -----
    O(n_images**2) time, and 16 bytes a pair (single: 9).
    """
    words = check_comparable(words, n_bits)
    _check_method(method)
    if len(words) < 2:
        raise ValueError(f"words must hold at least 2 fingerprints to link; got {len(words)}")
    workers = worker_count(workers)
    _check_memory(len(words), method)
    return _link_condensed(words, method, workers)


def cluster(
    words: Words,
    n_bits: int,
    sim: float,
    *,
    method: str = "average",
    max_memory: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.int32]:
    """Group similar fingerprints.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    n_bits : int
        Bits of a fingerprint.
    sim : float
        Allowed dissimilarity: the fraction of the bits that may differ, 0 .. 1. 0 joins equal fingerprints only, 1
        joins all.
    method : {"average", "single", "complete", "weighted"}
        Linkage, as scipy defines them.
    max_memory : int, optional
        Bytes that may be used, at about; default half of what is available. The result doesn't depend on it.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.
    progress : callable, optional
        Called as ``progress(what, done, total)`` now and then: how many "pairs" have been compared, how many "clusters"
        have looked for what is near, and how many "images" have found their cluster. Each may begin anew.

    Returns
    -------
    labels : ndarray of int32, shape (n_images,)
        The cluster of each image, numbered from 0 in order of each cluster's first image. The partition does not
        depend on the order of the images.

    Raises
    ------
    TypeError
        If `words` is not of uint64.
    ValueError
        If `words` is not a matrix of `n_bits` bits a row, `sim` is not in 0..1, or `method` is not one of the four.
    MemoryError
        If `max_memory` is too little even for the fingerprints and their clusters, before any is taken.

    Notes
    -----
    By definition the clusters are those of scipy's ``fcluster(linkage(D', method), sim_to_cut(sim, n_bits),
    "distance")``. Up to 2,000 images that is what is computed. Above, the pairs within the cut are listed (8 bytes a
    pair), and a nearest-neighbour chain runs over these lists. Where they don't fit, those within as large a radius as
    does fit are merged first, and then all clusters are compared, in O(n_images**2) time and O(n_images) memory.
    """
    words = check_comparable(words, n_bits)
    cut_bits = cut_of(sim, n_bits)
    _check_method(method)
    if max_memory is not None and integer(max_memory, "max_memory") < 0:
        raise ValueError(f"max_memory must be at least 0 bytes; got {max_memory}")
    workers = worker_count(workers)
    max_bytes = available_bytes() // 2 if max_memory is None else max_memory
    if len(words) < 2:
        return np.zeros(len(words), np.int32)
    if len(words) <= CONDENSED_IMAGES and _bytes_needed(len(words), method) <= max_bytes:
        return _number_by_first(_cluster_condensed(words, cut_bits, method, workers))
    task = _Task(distinct_points(words), n_bits, cut_bits, method, workers, max_bytes, progress)
    return _number_by_first(_cluster_large(task))


class _Task(NamedTuple):
    """What to cluster, and how, without condensed distances."""

    points: Points
    n_bits: int
    cut_bits: float
    method: str
    workers: int
    max_bytes: int
    progress: Progress | None = None

    @property
    def room(self) -> int:
        """Bytes that lists of neighbours may take."""
        n_points, n_words = self.points.words.shape
        return self.max_bytes - chain_bytes(n_points, n_words, self.method, self.workers)

    def neighbours(self, radius_bits: int, max_memory: int) -> Neighbours | None:
        """List the points within the radius, unless that takes more than max_memory."""
        words, n_bits, workers, progress = self.points.words, self.n_bits, self.workers, self.progress
        return neighbours(words, radius_bits, n_bits=n_bits, workers=workers, max_memory=max_memory, progress=progress)


def _cluster_large(task: _Task) -> NDArray[np.int32]:
    """Clusters by a route that needs no condensed distances: which one is decided by memory, and doesn't show."""
    n = len(task.points.words)
    if task.cut_bits < 1:  # no two points are that near
        labels = np.arange(n, dtype=np.int32)
    elif task.cut_bits >= task.n_bits:
        labels = np.zeros(n, np.int32)
    else:
        _check_least_memory(task)
        found = task.neighbours(math.floor(task.cut_bits), min(task.room, LIST_BYTES))
        if found is not None:
            labels = _cluster_by_neighbours(task, found)
        elif task.method == "single":
            labels = components_by_flood(task.points, math.floor(task.cut_bits), task.progress)
        else:
            labels = _cluster_in_two_steps(task)
    return labels[task.points.point_of]


def _cluster_by_neighbours(task: _Task, found: Neighbours) -> NDArray[np.int32]:
    """Clusters of points from the lists of those within the cut."""
    if task.method == "single":
        return components(found)
    tree = Agglomeration(task.points, task.method, task.workers, task.progress)
    tree.merge_neighbours(found, task.cut_bits)
    return tree.labels


def _cluster_in_two_steps(task: _Task) -> NDArray[np.int32]:
    """Clusters of points where the lists don't fit: up to the radius at which they do, then among all clusters."""
    words, max_memory = task.points.words, min(task.room, SHORT_LIST_BYTES)
    tree = Agglomeration(task.points, task.method, task.workers, task.progress)
    radius_bits = radius_within(words, math.floor(task.cut_bits), max_memory // 10, workers=task.workers)
    found = None
    while found is None and radius_bits > 0:
        found = task.neighbours(radius_bits, max_memory)
        radius_bits -= found is None  # the estimate was too low
    if found is not None:
        tree.merge_neighbours(found, radius_bits)
        del found
    tree.merge_all(task.cut_bits)
    return tree.labels


def _cluster_condensed(words: Words, cut_bits: float, method: str, workers: int) -> NDArray[np.int32]:
    """Clusters of two fingerprints or more from all their distances, by scipy; in scipy's numbering."""
    return hierarchy.fcluster(_link_condensed(words, method, workers), cut_bits + 2 * EPS, "distance")


def _link_condensed(words: Words, method: str, workers: int) -> NDArray[np.float64]:
    n = len(words)
    distances = np.empty(n * (n - 1) // 2)
    fill_heights(distances, words, tie_break_offsets(words), workers)
    return hierarchy.linkage(distances, cast(Method, method))


def _bytes_needed(n: int, method: str) -> int:
    # D' is 8 bytes a pair. scipy checks that it is finite (1 byte, given back at once) and then copies it to work on
    # (8 bytes), but for single, whose spanning tree only reads it.
    return n * (n - 1) // 2 * (9 if method == "single" else 16)


def _check_least_memory(task: _Task) -> None:
    needed = 2 * task.points.words.nbytes + task.max_bytes - task.room
    if needed > task.max_bytes:
        raise MemoryError(
            f"clustering {len(task.points.point_of)} images needs {format_bytes(needed)} of memory, and "
            f"{format_bytes(task.max_bytes)} may be used; cluster fewer images at a time, or allow more memory"
        )


def _check_memory(n: int, method: str) -> None:
    needed = _bytes_needed(n, method)
    limit = available_bytes()
    if needed > limit:
        raise MemoryError(
            f"the linkage matrix of {n} images takes {format_bytes(needed)} of memory to compute, and "
            f"{format_bytes(limit)} are available; link fewer images, or use `cluster`, which needs no matrix"
        )


def _check_method(method: str) -> None:
    if method in _EUCLIDEAN_METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; {method} is for Euclidean distances")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")


def _number_by_first(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Renumber labels from 0 in order of first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]
