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
from imgcmp.fingerprints.packing import Words
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

    Attributes
    ----------
    distances : ndarray of int64, shape (n_images, n_images)
        Differing bits, with views the least between the whole of one and the whole or any view of the other.
    """

    def __init__(self, words: Words, views: Words) -> None:
        self._variants = variants = np.concatenate([words[:, np.newaxis], views], axis=1)
        one_way = [np.bitwise_count(variants ^ whole).sum(axis=2, dtype=np.int64).min(axis=1) for whole in words]
        near = np.array(one_way, dtype=np.int64).reshape(len(words), len(words))
        self.distances = np.minimum(near, near.T)

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
