"""Clusters of a few images by NumPy and scipy: no kernel is compiled, nor numba loaded.

Loading numba takes half a second, and compiling what a few images need two to five seconds in the first run after an
installation. The clusters are those of `imgcmp.cluster`: the same distances, ties broken in the same way.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from imgcmp.clusters.cut import EPS, Linkage
from imgcmp.clusters.labels import Labels, numbered_by_first
from imgcmp.clusters.look_likeness import LookLikeness
from imgcmp.fingerprints.low_bits import low_first
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_rows import PLAIN, Bounds, LookRows, ViewLayout, ViewRows

_MOST_IMAGES = 1000
_MOST_WORDS = 2**25  # compared: 0.1 s


class FewImages:
    """Images with views, few enough for all of their distances.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of the wholes.
    views : ndarray of uint64, shape (n_images, n_views, n_words)
        Those of the views; n_views may be 0.
    layout : ViewLayout
        What they are.
    looks : LookRows, optional
        Looks, which decide where bits are in doubt.

    Attributes
    ----------
    distances : ndarray of int64, shape (n_images, n_images)
        Differing bits, with views the least between the whole of one and the whole or any view of the other.
    """

    def __init__(self, words: Words, views: Words, layout: ViewLayout = PLAIN, looks: LookRows | None = None) -> None:
        self._variants = np.concatenate([words[:, np.newaxis], views], axis=1)
        rows, variants = _compared(self._variants, layout)
        near = np.array([_apart(variants, of_image, layout.side).min(axis=(0, 2)) for of_image in rows], dtype=np.int64)
        near = near.reshape(len(words), len(words))
        wholes = [np.bitwise_count(words ^ whole).sum(axis=1, dtype=np.int64) for whole in words]
        whole = np.array(wholes, dtype=np.int64).reshape(near.shape)
        self.distances = np.minimum.reduce([near, near.T, whole])
        if looks is not None and layout.parts:
            bounds = Bounds.of(64 * words.shape[1])
            alike = LookLikeness(looks, layout)
            for i, j in zip(*np.nonzero(np.triu(bounds.are_doubtful(self.distances), 1)), strict=True):
                apart = _all_apart(rows, variants, int(i), int(j), layout.side)
                least = _least_that_counts(apart, int(whole[i, j]), int(i), int(j), alike, bounds)
                self.distances[i, j] = self.distances[j, i] = least

    @staticmethod
    def are_few(views: ViewRows) -> bool:
        """Tell whether images with these views, shape (n_images, n_views, n_words), are few."""
        n, n_views, n_words = views.shape
        return bool(n <= _MOST_IMAGES and n * n * (1 + n_views) * n_words <= _MOST_WORDS)

    def cluster(self, rows: NDArray[np.intp], cut_bits: float, linkage: Linkage) -> Labels:
        """Return the cluster of each of some images, numbered in order of each cluster's first image."""
        if len(rows) < 2:
            return np.zeros(len(rows), np.int32)
        words = self._variants[rows].reshape(len(rows), -1)
        offsets = EPS * tie_breaks(words)
        heights = self.distances[np.ix_(rows, rows)] + (offsets[:, np.newaxis] + offsets)
        if self._variants.shape[1] > 1:  # images that are equal in all views are one: 0 apart
            _, number = np.unique(words, axis=0, return_inverse=True)
            heights[number.reshape(-1, 1) == number.reshape(1, -1)] = 0.0
        np.fill_diagonal(heights, 0.0)
        tree = hierarchy.linkage(squareform(heights, checks=False), linkage)
        return numbered_by_first(hierarchy.fcluster(tree, cut_bits + 2 * EPS, "distance"))

    def diameter(self, rows: NDArray[np.intp]) -> int:
        """Return the largest distance of two of some images."""
        return int(self.distances[np.ix_(rows, rows)].max(initial=0))


def _compared(whole_and_views: Words, layout: ViewLayout) -> tuple[Words, Words]:
    """Return the ways in which the wholes may stand, and what they are compared with: see `ViewLayout`."""
    words = low_first(whole_and_views, layout.side) if layout.side else whole_and_views
    n_standings = layout.n_standings
    if not n_standings:
        return words[:, :1], words
    return words[:, 1 : 1 + n_standings], np.concatenate([words[:, 1:2], words[:, 1 + n_standings :]], axis=1)


def _apart(variants: Words, rows: Words, side: int) -> NDArray[np.int64]:
    """Return the distances of some rows to the variants of each image, shape (n_rows, n_images, n_variants)."""
    bits = np.bitwise_count(variants ^ rows[:, np.newaxis, np.newaxis])
    low = (bits[..., 0].astype(np.int64) * side * side + 63) // 64
    return np.asarray(np.maximum(bits.sum(axis=3, dtype=np.int64), low))


def _all_apart(rows: Words, variants: Words, i: int, j: int, side: int) -> list[tuple[int, int, int, int, int]]:
    """Return how far each row of one of two images is from each variant of the other: bits, image, row, other, variant.

    The nearest first.
    """
    found = []
    for a, b in ((i, j), (j, i)):
        for row, apart in enumerate(_apart(variants[b : b + 1], rows[a], side)[:, 0].tolist()):
            found += [(bits, a, row, b, variant) for variant, bits in enumerate(apart)]
    return sorted(found)


def _least_that_counts(
    apart: list[tuple[int, int, int, int, int]], whole: int, i: int, j: int, alike: LookLikeness, bounds: Bounds
) -> int:
    """Return the smallest distance of two images of what counts: see `imgcmp.kernels.view_distances`."""
    counts = not bounds.are_doubtful(whole) or alike.are_alike(i, None, j, 0)
    for bits, a, row, b, variant in apart:
        if counts and whole <= bits:
            break
        if not bounds.are_doubtful(bits) or alike.are_alike(a, row, b, variant):
            return bits
    return whole


def tie_breaks(words: Words) -> NDArray[np.float64]:
    """Return k in [0, 1) of each row of words: see `imgcmp.clusters.tie_breaks`."""
    z = np.zeros(len(words), np.uint64)
    for column in words.T:
        z = _splitmix64(z ^ column)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _splitmix64(z: Words) -> Words:
    """Mix the bits of words.

    References
    ----------
    G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
