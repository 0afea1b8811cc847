"""Fingerprints -> clusters, by hierarchical clustering of their Hamming distances.

Hamming distances tie all the time, and with ties the result of average, complete and weighted linkage would depend on
the order of the images. So ties are broken by content: clustered is D'_ij = D_ij + EPS * (k_i + k_j), with k_i in
[0, 1) a hash of fingerprint i. A cut t in bits is a multiple of 1/256, and 2 * EPS = 1/512: D <= t exactly where
D' <= t + 2 * EPS.
"""

from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from imgcmp import kernels
from imgcmp.checks import fraction, integer
from imgcmp.distances import check_comparable, fill_heights
from imgcmp.memory import available_bytes, format_bytes
from imgcmp.threads import worker_count
from imgcmp.words import Words

Method = Literal["single", "complete", "average", "weighted"]
METHODS = ("single", "complete", "average", "weighted")
EPS = 2.0**-10
CUTS_PER_BIT = 256

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
    return _cut_bits(sim, n_bits) + 2 * EPS


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
    _check_memory(len(words), method, None)
    return _link_condensed(words, method, workers)


def cluster(
    words: Words,
    n_bits: int,
    sim: float,
    *,
    method: str = "average",
    max_memory: int | None = None,
    workers: int | None = None,
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
        Bytes that may be used; default what is available.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

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
        If the distances need more than `max_memory`, before any memory is taken.

    Notes
    -----
    O(n_images**2) time, and 16 bytes a pair (single: 9): 10,000 images take 0.8 GB.
    """
    words = check_comparable(words, n_bits)
    cut_bits = _cut_bits(sim, n_bits)
    _check_method(method)
    if max_memory is not None and integer(max_memory, "max_memory") < 0:
        raise ValueError(f"max_memory must be at least 0 bytes; got {max_memory}")
    workers = worker_count(workers)
    if len(words) < 2:
        return np.zeros(len(words), np.int32)
    _check_memory(len(words), method, max_memory)
    return _number_by_first(_cluster_condensed(words, cut_bits, method, workers))


def _cluster_condensed(words: Words, cut_bits: float, method: str, workers: int) -> NDArray[np.int32]:
    """Clusters of two fingerprints or more from all their distances, by scipy; in scipy's numbering."""
    return hierarchy.fcluster(_link_condensed(words, method, workers), cut_bits + 2 * EPS, "distance")


def _link_condensed(words: Words, method: str, workers: int) -> NDArray[np.float64]:
    n = len(words)
    offsets = np.empty(n)
    kernels.tie_breaks(offsets, words)
    offsets *= EPS
    distances = np.empty(n * (n - 1) // 2)
    fill_heights(distances, words, offsets, workers)
    return hierarchy.linkage(distances, cast(Method, method))


def _bytes_needed(n: int, method: str) -> int:
    # D' is 8 bytes a pair. scipy checks that it is finite (1 byte, given back at once) and then copies it to work on
    # (8 bytes), but for single, whose spanning tree only reads it.
    return n * (n - 1) // 2 * (9 if method == "single" else 16)


def _check_memory(n: int, method: str, max_memory: int | None) -> None:
    needed = _bytes_needed(n, method)
    limit = available_bytes() if max_memory is None else max_memory
    if needed > limit:
        whose = "are available" if max_memory is None else "are allowed by max_memory"
        raise MemoryError(
            f"clustering {n} images with {method} linkage needs {format_bytes(needed)} of memory, and "
            f"{format_bytes(limit)} {whose}; cluster fewer images at a time, or use more memory"
        )


def _cut_bits(sim: float, n_bits: int) -> float:
    if integer(n_bits, "n_bits") < 1:
        raise ValueError(f"n_bits must be at least 1; got {n_bits}")
    return round(fraction(sim, "sim") * n_bits * CUTS_PER_BIT) / CUTS_PER_BIT


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
