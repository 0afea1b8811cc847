"""Clusters of a few images by NumPy and scipy: no kernel is compiled, nor numba loaded.

Loading numba takes half a second, and compiling what a few images need two to five seconds in the first run after an
installation. The clusters are those of `imgcmp.cluster`: the same distances, ties broken in the same way.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from imgcmp.clusters.cut import EPS, Linkage
from imgcmp.clusters.labels import Labels, numbered_by_first
from imgcmp.clusters.nearest_variants import NearestVariants, bits_apart, compared
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_layout import PLAIN, ViewLayout
from imgcmp.fingerprints.view_rows import ViewRows

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

    Notes
    -----
    The distance of two images is that of `imgcmp.cluster`.
    """

    def __init__(self, words: Words, views: Words, layout: ViewLayout = PLAIN, looks: LookRows | None = None) -> None:
        self._variants = np.concatenate([words[:, np.newaxis], views], axis=1)
        rows, variants = compared(self._variants, layout)
        near = [bits_apart(variants, of_image, layout).min(axis=(0, 2)) for of_image in rows]
        near_bits = np.array(near, dtype=np.int64).reshape(len(words), len(words))
        wholes = [np.bitwise_count(words ^ whole).sum(axis=1, dtype=np.int64) for whole in words]
        whole_bits = np.array(wholes, dtype=np.int64).reshape(near_bits.shape)
        self._by_bits = np.minimum.reduce([near_bits, near_bits.T, whole_bits])
        self._layout, self._looks = layout, looks
        has_looks = looks is not None and len(layout.parts) > 0
        doubtful = layout.bounds.are_doubtful(self._by_bits) & has_looks
        self._doubtful = [*zip(*(side.tolist() for side in np.nonzero(np.triu(doubtful, 1))), strict=True)]

    @property
    def n_doubtful(self) -> int:
        """How many pairs looks decide on."""
        return len(self._doubtful)

    @cached_property
    def distances(self) -> NDArray[np.int64]:
        """Differing bits, shape (n_images, n_images)."""
        pairs = NearestVariants(self._layout, self._looks)
        distances: NDArray[np.int64] = self._by_bits.copy()
        for i, j in self._doubtful:
            distances[i, j] = distances[j, i] = pairs.nearest(i, j, self._variants[i], self._variants[j]).bits
        return distances

    @staticmethod
    def are_few(views: ViewRows) -> bool:
        """Tell whether images with these views, shape (n_images, n_views, n_words), are few."""
        n, n_views, n_words = views.shape
        return bool(n <= _MOST_IMAGES and n * n * (1 + n_views) * n_words <= _MOST_WORDS)

    def cluster(self, rows: NDArray[np.intp], cut_bits: float, linkage: Linkage) -> Labels:
        """Return the cluster of each of some images, numbered in order of each cluster's first image."""
        if len(rows) < 2:
            return np.zeros(len(rows), np.int32)
        return numbered_by_first(hierarchy.fcluster(self.tree(rows, linkage), cut_bits + 2 * EPS, "distance"))

    def tree(self, rows: NDArray[np.intp], linkage: Linkage) -> NDArray[np.float64]:
        """Return scipy's linkage matrix of some images, two and more: shape (n_rows - 1, 4)."""
        words = self._variants[rows].reshape(len(rows), -1)
        if self._looks is not None:
            words = np.hstack([words, self._looks.some(rows).as_words()])
        offsets = EPS * tie_breaks(words)
        heights = self.distances[np.ix_(rows, rows)] + (offsets[:, np.newaxis] + offsets)
        if self._variants.shape[1] > 1:  # images that are equal in all views are one: 0 apart
            _, number = np.unique(words, axis=0, return_inverse=True)
            heights[number.reshape(-1, 1) == number.reshape(1, -1)] = 0.0
        np.fill_diagonal(heights, 0.0)
        return hierarchy.linkage(squareform(heights, checks=False), linkage)

    def diameter(self, rows: NDArray[np.intp]) -> int:
        """Return the largest distance of two of some images."""
        return int(self.distances[np.ix_(rows, rows)].max(initial=0))


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
