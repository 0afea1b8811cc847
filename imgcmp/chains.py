"""Points -> clusters, by a nearest-neighbour chain that computes the distances it needs from the clusters themselves.

To cut at t only merges within t matter, and for these linkages (reducible, no inversions) such a merge joins two
clusters that hold at least one pair within t. So the candidates for a cluster are the clusters of its members'
neighbours; or all clusters, where the lists of neighbours would not fit in memory. A cluster with nothing within the
cut is final, whatever merges elsewhere.

References
----------
F. Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The Computer Journal 26 (1983);
D. Müllner, "Modern hierarchical, agglomerative clustering algorithms", arXiv:1109.2378 (2011).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp import kernels
from imgcmp.threads import even_blocks, run, triangle_blocks
from imgcmp.ties import EPS, tie_break_offsets
from imgcmp.words import Words

Labels = NDArray[np.int32]

_METHOD_CODES = {"complete": kernels.COMPLETE, "average": kernels.AVERAGE, "weighted": kernels.WEIGHTED}


class Points(NamedTuple):
    """The fingerprints that occur, each once.

    Attributes
    ----------
    words : ndarray of uint64, shape (n_points, n_words)
        Sorted: they come in the same order whatever that of the images.
    counts : ndarray of int64, shape (n_points,)
        Images that have this fingerprint.
    point_of : ndarray of int64, shape (n_images,)
        The point of each image.
    """

    words: Words
    counts: NDArray[np.int64]
    point_of: NDArray[np.int64]


class Neighbours(NamedTuple):
    """Of each point those within a radius, one list after another; that of point i starts at starts[i]."""

    starts: NDArray[np.int64]
    indices: NDArray[np.int32]


def distinct_points(words: Words) -> Points:
    """Collapse equal fingerprints: they merge first, at any cut, and are as one from then on."""
    order = np.lexsort(words.T[::-1])
    in_order = words[order]
    is_first = np.ones(len(words), np.bool_)
    is_first[1:] = np.any(in_order[1:] != in_order[:-1], axis=1)
    firsts = np.flatnonzero(is_first)
    point_of = np.empty(len(words), np.int64)
    point_of[order] = np.cumsum(is_first) - 1
    return Points(in_order[firsts], np.diff(firsts, append=len(words)), point_of)


def chain_bytes(n_points: int, n_words: int) -> int:
    """Return how much memory a chain takes, at most, besides the words and the lists of neighbours."""
    sums = n_points // (kernels.SMALL + 1) * 64 * n_words * 8
    return n_points * (kernels.NODE.itemsize + 8 * n_words + 32) + sums


def chain_over_neighbours(points: Points, neighbours: Neighbours, method: str, cut_bits: float, workers: int) -> Labels:
    """Cluster points by complete, average or weighted linkage.

    Parameters
    ----------
    points : Points
        What to cluster.
    neighbours : Neighbours
        All within floor(cut_bits) of each other. Its indices are overwritten.
    method : {"complete", "average", "weighted"}
        Linkage.
    cut_bits : float
        Height at which the tree is cut.
    workers : int
        Threads.

    Returns
    -------
    labels : ndarray of int32, shape (n_points,)
        Equal for points of one cluster.
    """
    n = len(points.words)
    lists = kernels.Lists(
        neighbours.starts,
        neighbours.indices,
        np.diff(neighbours.starts),
        np.full(n, -1, np.int32),
        np.arange(n, dtype=np.int32),
    )
    nodes = _nodes(points, _METHOD_CODES[method])
    nearest = np.empty(n, np.int32)
    fixed = (nearest, nodes, points.words, neighbours.starts, neighbours.indices)
    run(
        kernels.nearest_points,
        [(*fixed, *block) for block in even_blocks(n, len(neighbours.indices) // n, workers)],
        workers,
    )
    return _chain(points, nodes, lists, nearest, np.empty(0, np.int32), method, cut_bits)


def chain_over_all(points: Points, method: str, cut_bits: float) -> Labels:
    """Cluster points as `chain_over_neighbours` does, with all clusters as candidates: O(n_points**2) distances."""
    n = len(points.words)
    places, none = np.zeros(1, np.int64), np.empty(0, np.int32)
    no_lists = kernels.Lists(places, none, places, none, none)
    nodes = _nodes(points, _METHOD_CODES[method])
    return _chain(points, nodes, no_lists, none, np.arange(n, dtype=np.int32), method, cut_bits)


def components(points: Points, neighbours: Neighbours) -> Labels:
    """Cluster points by single linkage: those within the radius of each other, and so on."""
    nodes = _nodes(points, 0)
    kernels.join(nodes, neighbours.starts, neighbours.indices)
    return _roots(nodes)


def components_by_scan(points: Points, radius_bits: int, workers: int, max_bytes: int) -> Labels:
    """Cluster points by single linkage, comparing all pairs and keeping none: for pairs that fit in no memory."""
    nodes = _nodes(points, 0)
    n, n_words = points.words.shape
    columns = kernels.transposed(points.words)
    rows = max_bytes // (32 * workers * n) // kernels.ROWS * kernels.ROWS  # 32: eight a pair, doubled while it grows
    rows = min(max(rows, kernels.ROWS), kernels.MAX_SCAN_ROWS)
    blocks = triangle_blocks(n, n_words, workers, multiple=kernels.ROWS, max_rows=rows)
    for start in range(0, len(blocks), workers):
        batch = blocks[start : start + workers]
        found = run(kernels.scan, [(columns, n, 0, radius_bits, *block) for block in batch], workers)
        for (packed, _), (i_start, _) in zip(found, batch, strict=True):
            kernels.join_found(nodes, packed, i_start)
    return _roots(nodes)


def _chain(
    points: Points,
    nodes: NDArray[np.void],
    lists: kernels.Lists,
    nearest: NDArray[np.int32],
    active: NDArray[np.int32],
    method: str,
    cut_bits: float,
) -> Labels:
    code = _METHOD_CODES[method]
    n, n_words = points.words.shape
    # Untouched rows take no memory.
    sums = np.empty((1 if code == kernels.COMPLETE else n // (kernels.SMALL + 1) + 1, 64 * n_words))
    forest = kernels.Forest(nodes, points.words, sums, np.zeros(1, np.int64))
    kernels.chain(forest, lists, nearest, active, code, cut_bits + 2 * EPS)
    return _roots(nodes)


def _nodes(points: Points, code: int) -> NDArray[np.void]:
    n = len(points.words)
    nodes = np.zeros(n, kernels.NODE)
    nodes["parent"] = nodes["last_member"] = nodes["seen"] = np.arange(n)
    nodes["next_member"] = nodes["slot"] = -1
    nodes["size"] = 1
    nodes["weight"] = nodes["share"] = points.counts if code == kernels.AVERAGE else 1
    nodes["ones"] = np.bitwise_count(points.words).sum(axis=1) * nodes["weight"]
    nodes["offset"] = tie_break_offsets(points.words)
    return nodes


def _roots(nodes: NDArray[np.void]) -> Labels:
    labels = np.empty(len(nodes), np.int32)
    kernels.roots(labels, nodes)
    return labels
