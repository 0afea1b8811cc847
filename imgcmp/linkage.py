"""Fingerprints -> clusters, by hierarchical clustering of their Hamming distances, ties broken by content.

The result is by definition that of scipy on all distances; every route here gives exactly that partition.
"""

import math
from typing import NamedTuple, NoReturn, cast

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from imgcmp.chains import Agglomeration, Points, chain_bytes, components, components_by_flood, distinct_points
from imgcmp.cuts import EPS, LINKAGES, Linkage, cut_of
from imgcmp.distances import check_comparable, fill_heights
from imgcmp.fingerprints.packing import Words
from imgcmp.labels import numbered_by_first
from imgcmp.pairs import Neighbours, neighbours, radius_within
from imgcmp.system.checks import integer
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import Progress, worker_count
from imgcmp.ties import tie_break_offsets
from imgcmp.variants import check_views, fill_view_heights
from imgcmp.view_clusters import Linker
from imgcmp.view_pairs import ViewSearch, view_radius_within

LIST_BYTES = 2**30  # the most that lists of neighbours may take
SHORT_LIST_BYTES = 2**28  # the same where they can't hold all: 50,000 at SIM 0.5 took 4.5 s with 512 MB as with 90 MB
_BYTES_A_VARIANT = 8  # a key and a place in the order of buckets
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
    words: Words,
    *,
    views: Words | None = None,
    method: str = "average",
    n_bits: int | None = None,
    workers: int | None = None,
) -> NDArray[np.float64]:
    """Hierarchical clustering of fingerprints, as scipy's linkage matrix.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of two images or more; unused low bits are zero.
    views : ndarray of uint64, shape (n_images, n_views, n_words), optional
        Those of views of them, as for `cluster`.
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
        If `words` or `views` is not of uint64.
    ValueError
        If `words` has the wrong shape or fewer than two rows, `views` doesn't fit it, or `method` is none of the four.
    MemoryError
        If there is not enough memory, before any is taken.

    Notes
    -----
    O(n_images**2) time, with views 2 * (1 + n_views) times as long, and 16 bytes a pair (single: 9).
    """
    words = check_comparable(words, n_bits)
    _check_method(method)
    if len(words) < 2:
        raise ValueError(f"words must hold at least 2 fingerprints to link; got {len(words)}")
    workers = worker_count(workers)
    _check_memory(len(words), method)
    if (views := _checked_views(views, words, n_bits)) is not None:
        points = distinct_points(words, views)
        return _link_over_views(points, points.point_of, method, workers)
    return _link_condensed(words, method, workers)


def cluster(
    words: Words,
    n_bits: int,
    sim: float,
    *,
    views: Words | None = None,
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
    views : ndarray of uint64, shape (n_images, n_views, n_words), optional
        Packed fingerprints of views of the images, as `imgcmp.fingerprint_views` makes them. The distance of two images
        is then the smallest Hamming distance between the whole of one, and the whole or any view of the other.
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
        If `words` or `views` is not of uint64.
    ValueError
        If `words` is not a matrix of `n_bits` bits a row, `views` doesn't fit it, `sim` is not in 0..1, or `method` is
        not one of the four.
    MemoryError
        If `max_memory` is too little even for the fingerprints, their views and clusters, before any is taken.

    Notes
    -----
    By definition the clusters are those of scipy's ``fcluster(linkage(D', method), sim_to_cut(sim, n_bits),
    "distance")``. Up to 2,000 images that is what is computed. Above, the pairs within the cut are listed (8 bytes a
    pair), and a nearest-neighbour chain runs over these lists. Where they don't fit, those within as large a radius as
    does fit are merged first, and then all clusters are compared, in O(n_images**2) time and O(n_images) memory.

    With views, k of D' hashes the whole and the views, D' of images that are equal in all of them is 0, and each pair
    that is compared takes 2 * n_views times as long. What hangs together within the cut is linked by itself, each such
    component from its condensed distances (8 bytes a pair), as far as these fit into memory.
    """
    words = check_comparable(words, n_bits)
    cut_bits = cut_of(sim, n_bits)
    _check_method(method)
    if max_memory is not None and integer(max_memory, "max_memory") < 0:
        raise ValueError(f"max_memory must be at least 0 bytes; got {max_memory}")
    workers = worker_count(workers)
    max_bytes = available_bytes() // 2 if max_memory is None else max_memory
    views = _checked_views(views, words, n_bits)
    if len(words) < 2:
        return np.zeros(len(words), np.int32)
    is_small = len(words) <= CONDENSED_IMAGES and _bytes_needed(len(words), method) <= max_bytes
    if is_small and views is None:
        return numbered_by_first(_cluster_condensed(words, cut_bits, method, workers))
    if views is not None:
        _check_room_for_views(words, views, max_bytes)
    points = distinct_points(words, views)
    if is_small:
        return numbered_by_first(_cut_over_views(points, points.point_of, cut_bits, method, workers))
    return numbered_by_first(_cluster_large(_Task(points, n_bits, cut_bits, method, workers, max_bytes, progress)))


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
        """Bytes that lists of neighbours, or condensed distances, may take."""
        search_bytes = 2 * self.points.variants.columns.nbytes if self.has_views else 0
        return self.max_bytes - chain_bytes(self.points, self.method, self.workers) - search_bytes

    @property
    def has_views(self) -> bool:
        return self.points.variants.n_variants > 1

    def within(self, points: NDArray[np.int64]) -> "_Task":
        """Return the task for some points alone."""
        return self._replace(points=self.points.some(points))

    def neighbours(self, radius_bits: int, max_memory: int) -> Neighbours | None:
        """List the points within the radius, unless that takes more than max_memory."""
        if self.has_views:
            return self.search(radius_bits).neighbours(max_memory)
        words, n_bits, workers, progress = self.points.words, self.n_bits, self.workers, self.progress
        return neighbours(words, radius_bits, n_bits=n_bits, workers=workers, max_memory=max_memory, progress=progress)

    def search(self, radius_bits: int | None = None) -> ViewSearch:
        """Return the search for points within a radius, or within the cut, over views."""
        radius_bits = math.floor(self.cut_bits) if radius_bits is None else radius_bits
        return ViewSearch(self.points.variants, radius_bits, self.n_bits, self.workers, self.progress)

    def radius_within(self, n_pairs: int) -> int:
        """Return the largest radius up to the cut within which there are at most about n_pairs pairs."""
        radius_bits = math.floor(self.cut_bits)
        if self.has_views:
            return view_radius_within(self.points.variants, radius_bits, n_pairs, workers=self.workers)
        return radius_within(self.points.words, radius_bits, n_pairs, workers=self.workers)


def _cluster_large(task: _Task) -> NDArray[np.int32]:
    """Clusters by a route that needs no condensed distances: which one is decided by memory, and doesn't show."""
    n = len(task.points.words)
    if task.cut_bits < 1 and not task.has_views:  # no two points are that near
        labels = np.arange(n, dtype=np.int32)
    elif task.cut_bits >= task.n_bits:
        labels = np.zeros(n, np.int32)
    elif task.has_views:
        _check_least_memory(task)
        labels = _cluster_by_components(task)
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


def _cluster_by_components(task: _Task) -> NDArray[np.int32]:
    """Clusters of points with views: within what hangs together, from condensed distances; by a chain where none fit.

    The chain takes the distance of two clusters from all pairs of their members, and groups of copies of one picture
    are dense: 300 points near each other took it 0.5 s, and 3 ms with condensed distances.
    """
    linker = Linker(task.n_bits, task.method, task.workers, task.room, task.progress)
    labels, left = linker.cluster(task.points, task.cut_bits)
    for component in left:
        labels[component] = component[_cluster_by_chain(task.within(component))]
    return labels


def _cluster_by_chain(task: _Task) -> NDArray[np.int32]:
    """Clusters of points from the lists of those within the cut, or, where they don't fit, in two steps."""
    found = task.neighbours(math.floor(task.cut_bits), min(task.room, LIST_BYTES))
    return _cluster_in_two_steps(task) if found is None else _cluster_by_neighbours(task, found)


def _cluster_in_two_steps(task: _Task) -> NDArray[np.int32]:
    """Clusters of points where the lists don't fit: up to the radius at which they do, then among all clusters."""
    max_memory = min(task.room, SHORT_LIST_BYTES)
    tree = Agglomeration(task.points, task.method, task.workers, task.progress)
    radius_bits = task.radius_within(max_memory // 10)
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


def _cut_over_views(
    points: Points, rows: NDArray[np.int64], cut_bits: float, method: str, workers: int
) -> NDArray[np.int32]:
    """Clusters of two images or more, given by their points, from all their distances over views."""
    return hierarchy.fcluster(_link_over_views(points, rows, method, workers), cut_bits + 2 * EPS, "distance")


def _link_over_views(points: Points, rows: NDArray[np.int64], method: str, workers: int) -> NDArray[np.float64]:
    distances = np.empty(len(rows) * (len(rows) - 1) // 2)
    fill_view_heights(distances, points.variants, rows, points.offsets, workers)
    return hierarchy.linkage(distances, cast(Linkage, method))


def _link_condensed(words: Words, method: str, workers: int) -> NDArray[np.float64]:
    n = len(words)
    distances = np.empty(n * (n - 1) // 2)
    fill_heights(distances, words, tie_break_offsets(words), workers)
    return hierarchy.linkage(distances, cast(Linkage, method))


def _bytes_needed(n: int, method: str) -> int:
    # D' is 8 bytes a pair. scipy checks that it is finite (1 byte, given back at once) and then copies it to work on
    # (8 bytes), but for single, whose spanning tree only reads it.
    return n * (n - 1) // 2 * (9 if method == "single" else 16)


def _check_room_for_views(words: Words, views: Words, max_bytes: int) -> None:
    """Raise MemoryError if there is no room to lay the views out, and once more in the order of their buckets."""
    needed = 2 * (words.nbytes + views.nbytes) + _BYTES_A_VARIANT * (views.shape[1] + 1) * len(words)
    if needed > max_bytes:
        _refuse(len(words), needed, max_bytes)


def _check_least_memory(task: _Task) -> None:
    needed = 2 * task.points.words.nbytes + task.max_bytes - task.room
    if needed > task.max_bytes:
        _refuse(len(task.points.point_of), needed, task.max_bytes)


def _refuse(n_images: int, needed: int, max_bytes: int) -> NoReturn:
    raise MemoryError(
        f"clustering {n_images} images needs {format_bytes(needed)} of memory, and {format_bytes(max_bytes)} may be "
        "used; cluster fewer images at a time, or allow more memory"
    )


def _check_memory(n: int, method: str) -> None:
    needed = _bytes_needed(n, method)
    limit = available_bytes()
    if needed > limit:
        raise MemoryError(
            f"the linkage matrix of {n} images takes {format_bytes(needed)} of memory to compute, and "
            f"{format_bytes(limit)} are available; link fewer images, or use `cluster`, which needs no matrix"
        )


def _checked_views(views: Words | None, words: Words, n_bits: int | None) -> Words | None:
    if views is None or (views := check_views(views, words, n_bits)).shape[1] == 0:
        return None
    return views


def _check_method(method: str) -> None:
    if method in _EUCLIDEAN_METHODS:
        raise ValueError(f"method must be one of {', '.join(LINKAGES)}; {method} is for Euclidean distances")
    if method not in LINKAGES:
        raise ValueError(f"method must be one of {', '.join(LINKAGES)}; got {method!r}")
