"""How near two images with views are, and by what of either: by NumPy, what `imgcmp.kernels.view_distances` computes.

For a few images, which do without kernels, and for what is told of pairs.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.look_likeness import LookLikeness
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.low_bits import low_first
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_layout import ViewLayout

_ASKED_ALONE = 8  # of one pair; all of it takes as long as 30, and of pages, say, hundreds are asked


class Nearest(NamedTuple):
    """By what two images are as near as they are.

    Attributes
    ----------
    bits : int
        Differing bits.
    of_first : bool
        Whether the variant is the first image's, and the standing the second one's.
    standing : int or None
        Which way to stand of the whole of the one; None: both wholes are as they are.
    view : int or None
        Which view of the other; None: the whole.
    """

    bits: int
    of_first: bool = False
    standing: int | None = None
    view: int | None = None


class NearestVariants:
    """Compares images with views, two at a time.

    Parameters
    ----------
    layout : ViewLayout
        What the views are.
    looks : LookRows, optional
        Looks of the images, which decide where bits are in doubt.
    """

    def __init__(self, layout: ViewLayout, looks: LookRows | None = None) -> None:
        self._layout = layout
        self._alike = None if looks is None or not layout.parts else LookLikeness(looks, layout)

    def nearest(self, i: int, j: int, of_i: Words, of_j: Words) -> Nearest:
        """Return by what two images are nearest that counts: see `nearest_of_pairs`."""
        return self.nearest_of_pairs([i], [j], of_i[np.newaxis], of_j[np.newaxis])[0]

    def nearest_of_pairs(self, i: Sequence[int], j: Sequence[int], of_i: Words, of_j: Words) -> list[Nearest]:
        """Return by what the two images of each pair are nearest that counts.

        Parameters
        ----------
        i, j : sequence of int, length n_pairs
            Their places among the looks.
        of_i, of_j : ndarray of uint64, shape (n_pairs, 1 + n_views, n_words)
            Their wholes, and behind them the views.

        Notes
        -----
        All at once, but for those that looks decide: one by one 70,000 pairs took 30 times as long.
        """
        wholes = np.bitwise_count(of_i[:, 0] ^ of_j[:, 0]).sum(axis=-1, dtype=np.int64).tolist()
        apart = self._apart(of_i, of_j)
        places = apart.reshape(len(apart), -1).argmin(axis=1)
        leasts = apart.reshape(len(apart), -1)[np.arange(len(apart)), places].tolist()
        found = []
        for k, (whole, place, least) in enumerate(zip(wholes, places.tolist(), leasts, strict=True)):
            if self._alike is not None and self._layout.bounds.are_doubtful(min(whole, least)):
                found.append(self._nearest_that_counts(whole, apart[k], (i[k], j[k])))
            else:
                found.append(Nearest(whole) if whole <= least else self._nearest_of(apart[k], place))
        return found

    def _apart(self, of_i: Words, of_j: Words) -> NDArray[np.int64]:
        """Return how far rows and variants are apart, shape (n_pairs, n_rows, 2, n_variants).

        Of equal ones the first counts: a view of the first image, and one of the whole rather than what lies within it.
        """
        (rows_i, variants_i), (rows_j, variants_j) = (compared(words, self._layout) for words in (of_i, of_j))
        apart = np.empty((len(of_i), rows_i.shape[1], 2, variants_i.shape[1]), np.int64)
        for side, (rows, variants) in enumerate(((rows_j, variants_i), (rows_i, variants_j))):
            for row in range(rows.shape[1]):
                apart[:, row, side] = _larger_share(variants ^ rows[:, row, np.newaxis], self._layout)
        return apart

    def _nearest_that_counts(self, whole: int, apart: NDArray[np.int64], pair: tuple[int, int]) -> Nearest:
        doubtful = self._layout.bounds.doubtful
        found = Nearest(whole)
        if whole > doubtful or not self._counts(found, pair):
            found = Nearest(doubtful + 1)  # as far as what does not count is
        counts: NDArray[np.bool_] | None = None
        for n_asked, place in enumerate(np.argsort(apart, axis=None, kind="stable").tolist()):
            nearer = self._nearest_of(apart, place)
            if nearer.bits >= found.bits:
                return found
            if n_asked == _ASKED_ALONE:
                counts = self._all_count(apart, pair)
            if self._counts(nearer, pair) if counts is None else counts.flat[place]:
                return nearer
        return found

    def _all_count(self, apart: NDArray[np.int64], pair: tuple[int, int]) -> NDArray[np.bool_]:
        """Tell of all that is apart whether it counts."""
        assert self._alike is not None
        i, j = pair
        alike = np.stack([self._alike.all_alike(j, i), self._alike.all_alike(i, j)], axis=1)
        return np.asarray(alike | ~self._layout.bounds.are_doubtful(apart))

    def _nearest_of(self, apart: NDArray[np.int64], place: int) -> Nearest:
        standing, side, variant = np.unravel_index(place, apart.shape)
        view = None if variant == 0 else int(variant) - 1 + self._layout.n_standings
        return Nearest(int(apart.flat[place]), bool(side == 0), int(standing), view)

    def _counts(self, nearest: Nearest, pair: tuple[int, int]) -> bool:
        if self._alike is None or not self._layout.bounds.are_doubtful(nearest.bits):
            return True
        one, other = pair[::-1] if nearest.of_first else pair
        variant = 0 if nearest.view is None else nearest.view + 1 - self._layout.n_standings
        return self._alike.are_alike(one, nearest.standing, other, variant)


def compared(whole_and_views: Words, layout: ViewLayout) -> tuple[Words, Words]:
    """Return the ways in which wholes may stand, and the variants that they are compared with: see `ViewLayout`.

    Of images whose words have shape (n_images, 1 + n_views, n_words).
    """
    words = low_first(whole_and_views, layout.side) if layout.side else whole_and_views
    n_standings = layout.n_standings
    if not n_standings:
        return words[:, :1], words
    return words[:, 1 : 1 + n_standings], np.concatenate([words[:, 1:2], words[:, 1 + n_standings :]], axis=1)


def bits_apart(variants: Words, rows: Words, layout: ViewLayout) -> NDArray[np.int64]:
    """Return how far some rows, shape (n_rows, n_words), are from variants: shape (n_rows, *variants.shape[:-1])."""
    rows = rows.reshape(len(rows), *(1,) * (variants.ndim - 1), -1)
    return _larger_share(variants ^ rows, layout)


def _larger_share(different: Words, layout: ViewLayout) -> NDArray[np.int64]:
    """Return the larger of the bits that differ, and what those of the first word are the same share of."""
    bits = np.bitwise_count(different)
    total = bits[..., 0].astype(np.int64)
    low = (total * layout.side**2 + 63) // 64
    for word in range(1, bits.shape[-1]):  # of a few words this takes half as long as a sum over the axis
        total += bits[..., word]
    return np.asarray(np.maximum(total, low))
