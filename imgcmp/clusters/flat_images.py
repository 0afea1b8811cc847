"""Pictures that show little: blank ones are alike only if their pixels are the same, sparse ones if they differ little.

Sparse ones are stars, a ring on white, a signature. Copies of 20 drawn ones of each kind (half the size, JPEG and WebP
of quality 80; 256 bits) were 0 to 6 bits from rings and signatures, 16 to 40 from skies of 350 stars; different skies
100 and more, signatures 94, rings at least 24, of 1,225 pairs 3 within 32. A tenth of the bits would have found 44 % of
the copies of skies, an eighth 85 %. With views 68 pairs of rings are within 32: to cut is to move, and where a thing
lies is most of what is known of it. So wholes alone are compared.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from imgcmp.clusters.cut import MOST_SIM_OF_SPARSE, cut_of
from imgcmp.clusters.labels import Labels, numbered_by_first
from imgcmp.fingerprints.packing import Words

_BLOCK_DISTANCES = 2**22  # computed at a time

Between = Callable[[Words, Words], NDArray[np.integer] | NDArray[np.float64]]


def with_flat_ones(labels: NDArray[np.int32], flat: NDArray[np.bool_], pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the clusters of all images, given those of the images that are not flat.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_images - n_flat,)
        The cluster of each image that is not flat.
    flat : ndarray of bool, shape (n_images,)
        Which images are.
    pixels : ndarray of uint8, shape (n_images, 16)
        Digests of the pixels of the flat ones; zeros: unknown, like no other.

    Returns
    -------
    labels : ndarray of int32, shape (n_images,)
        Numbered from 0 in order of each cluster's first image.
    """
    merged = np.empty(len(flat), dtype=np.int64)
    merged[~flat] = labels
    merged[flat] = _groups(pixels[flat]) + (labels.max(initial=-1) + 1)
    return numbered_by_first(merged)


def cut_of_sparse(sim: float, n_bits: int) -> float:
    """Return the largest distance, in bits, at which SIM joins two images one of which is sparse."""
    return cut_of(min(sim, MOST_SIM_OF_SPARSE), n_bits)


def with_sparse_ones(
    labels: Labels,
    sparse: NDArray[np.bool_],
    blank: NDArray[np.bool_],
    words: Words,
    cut_bits: float,
    between: Between,
) -> Labels:
    """Return the clusters of all images, joined where a sparse image and another one, no blank one, are near.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_images,)
        The cluster of each image without that.
    sparse, blank : ndarray of bool, shape (n_images,)
        Which images are.
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of the wholes.
    cut_bits : float
        Distance at which they are cut: see `cut_of_sparse`.
    between : callable
        Takes words of two sets, and returns the distances of each of the one to each of the other.

    Returns
    -------
    labels : ndarray of int32, shape (n_images,)
        Numbered from 0 in order of each cluster's first image. They are the connected components of the clusters and
        of all such pairs within the cut, so that no order of the images changes them.

    Notes
    -----
    O(n_sparse * n_images) time: each different fingerprint of sparse images is compared with each different one.
    """
    if not sparse.any():
        return labels
    compared = np.flatnonzero(~blank)
    different, number = np.unique(words[compared], axis=0, return_inverse=True)
    number = number.reshape(-1)
    # A group for each image, and behind them one for each different fingerprint, which joins its images if it is near.
    n = len(labels)
    groups = np.concatenate([labels, labels.max() + 1 + np.arange(len(different))]).astype(np.int64)
    sources, is_near = np.unique(number[sparse[compared]]), np.zeros(len(different), dtype=bool)
    step = max(1, _BLOCK_DISTANCES // len(different))
    for start in range(0, len(sources), step):
        block = sources[start : start + step]
        source, other = np.nonzero(between(different[block], different) <= cut_bits)
        is_near[other] = True
        groups = _joined(groups, n + block[source], n + other)
    near = is_near[number]
    return numbered_by_first(_joined(groups, compared[near], n + number[near])[:n])


def _joined(groups: NDArray[np.int64], a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the group of each place once those of places a[k] and b[k] are one, for each k."""
    n = int(groups.max()) + 1
    pairs = coo_array((np.ones(len(a), dtype=bool), (groups[a], groups[b])), shape=(n, n))
    _, joined = connected_components(pairs, directed=False)
    return np.asarray(joined[groups], dtype=np.int64)


def shared(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which of the digests, shape (n, 16), more than one image has."""
    groups = _groups(pixels)
    return np.bincount(groups)[groups] > 1 if len(groups) else np.zeros(0, dtype=bool)


def _groups(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return a number for each digest; each unknown one has a number of its own."""
    halves = np.ascontiguousarray(pixels).view(np.uint64)
    _, groups = np.unique(halves, axis=0, return_inverse=True)
    unknown = np.flatnonzero(~halves.any(axis=1))
    groups = groups.reshape(-1).astype(np.int64)
    groups[unknown] = len(groups) + np.arange(len(unknown))
    return groups
