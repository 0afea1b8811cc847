"""The fingerprints that occur, each once: what the clusters are made of."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.tie_breaks import tie_break_offsets
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_layout import PLAIN, ViewLayout
from imgcmp.fingerprints.view_rows import ViewRows, pieces
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


def distinct_points(
    words: Words, views: ViewRows | None = None, layout: ViewLayout = PLAIN, looks: LookRows | None = None
) -> Points:
    """Collapse images that are equal, in all views, too: they merge first, at any cut, and are as one from then on."""
    n = len(words)
    offsets = tie_break_offsets(words, views, looks)
    if views is None:
        order = np.lexsort(words.T[::-1])
        is_first = ~_equals_last(words[order])
    else:
        order, is_first = _ordered(words, views, looks, offsets)
    firsts = np.flatnonzero(is_first)
    point_of = np.empty(n, np.int64)
    point_of[order] = np.cumsum(is_first) - 1
    chosen = order[firsts]
    variants = variants_of(words[chosen], views, chosen, layout, None if looks is None else looks.some(chosen))
    return Points(variants, offsets[chosen], np.diff(firsts, append=n), point_of)


def _ordered(
    words: Words, views: ViewRows, looks: LookRows | None, offsets: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Sort images so that equal ones are side by side, and tell which differ from the one before.

    By their hash and wholes, or by all if that isn't enough.
    """
    order = np.lexsort([*words.T, offsets])
    alike = _equals_last(words[order]) & _equals_last(offsets[order, np.newaxis])
    later = np.flatnonzero(alike)
    if _are_equal(views, looks, order[later - 1], order[later]):
        return order, ~alike
    everything = np.hstack([views[:].reshape(len(words), -1), words])
    if looks is not None:
        everything = np.hstack([everything, looks.as_words()])
    order = np.lexsort(everything.T[::-1])
    return order, ~_equals_last(everything[order])


def _equals_last(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows equal the one before them."""
    equals = np.zeros(len(rows), np.bool_)
    equals[1:] = np.all(rows[1:] == rows[:-1], axis=1)
    return equals


def _are_equal(views: ViewRows, looks: LookRows | None, some: NDArray[np.intp], others: NDArray[np.intp]) -> bool:
    """Tell whether each of some images has the views and the look of its counterpart."""
    if looks is not None and not np.array_equal(looks.some(some).as_words(), looks.some(others).as_words()):
        return False
    return all(np.array_equal(views[some[piece]], views[others[piece]]) for piece in pieces(len(some), views))
