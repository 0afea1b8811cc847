"""The fingerprints that occur, each once: what the clusters are made of."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.tie_breaks import tie_break_offsets
from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.view_distances import Variants
from imgcmp.search.view_distances import some_variants, variants_of


class Points(NamedTuple):
    """The fingerprints that occur, each once.

    Attributes
    ----------
    variants : Variants
        Their fingerprints, and those of their views; in the same order whatever that of the images.
    offsets : ndarray of float64, shape (n_points,)
        EPS * k of each.
    counts : ndarray of int64, shape (n_points,)
        Images that have this fingerprint.
    point_of : ndarray of int64, shape (n_images,)
        The point of each image.
    """

    variants: Variants
    offsets: NDArray[np.float64]
    counts: NDArray[np.int64]
    point_of: NDArray[np.int64]

    @property
    def words(self) -> Words:
        """Fingerprints of the wholes, shape (n_points, n_words)."""
        return self.variants.words

    def some(self, points: NDArray[np.int64]) -> "Points":
        """Return some of the points, as those of no images."""
        variants = some_variants(self.variants, points)
        return Points(variants, self.offsets[points], self.counts[points], np.zeros(0, np.int64))


def distinct_points(words: Words, views: Words | None = None) -> Points:
    """Collapse images that are equal, in all views, too: they merge first, at any cut, and are as one from then on."""
    n = len(words)
    offsets = tie_break_offsets(words, views)
    order = np.lexsort(words.T[::-1]) if views is None else _ordered(words, views, offsets)
    in_order = words[order]
    is_first = np.ones(n, np.bool_)
    is_first[1:] = np.any(in_order[1:] != in_order[:-1], axis=1)
    if views is not None:
        doubtful = np.flatnonzero(~is_first)
        is_first[doubtful] = np.any(views[order[doubtful]] != views[order[doubtful - 1]], axis=(1, 2))
    firsts = np.flatnonzero(is_first)
    point_of = np.empty(n, np.int64)
    point_of[order] = np.cumsum(is_first) - 1
    chosen = order[firsts]
    variants = variants_of(words[chosen], views, chosen)
    return Points(variants, offsets[chosen], np.diff(firsts, append=n), point_of)


def _ordered(words: Words, views: Words, offsets: NDArray[np.float64]) -> NDArray[np.intp]:
    """Sort images so that equal ones are side by side: by their hash and wholes, or by all if that isn't enough."""
    order = np.lexsort([*words.T, offsets])
    hashes, in_order = offsets[order], words[order]
    alike = np.flatnonzero((hashes[1:] == hashes[:-1]) & np.all(in_order[1:] == in_order[:-1], axis=1))
    if np.array_equal(views[order[alike]], views[order[alike + 1]]):
        return order
    return np.lexsort([*words.T, *views.reshape(len(words), -1).T])
