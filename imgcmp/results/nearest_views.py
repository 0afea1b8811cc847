"""Pairs of images -> the view of either that is nearest to the other's whole, and how they lie on one another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_rows import pieces
from imgcmp.fingerprints.views import View
from imgcmp.images.alignment import WHOLE, Alignment, Box, turn_of, turned_back
from imgcmp.results.members import Images

# Edits of a photograph change 14 of 64 bits and 56 of 256 at most; of unrelated ones 16 and 94 differ at least, and of
# the best of 35 views 22 and 110, at the median. So a larger SIM makes no copies of what it joins.
_MOST_EDITED = 0.3

# The best of 70 is better than the whole by chance, too. At x = 8 / 16 a view is at most 0.7 times as far as the whole
# in 96 to 100 % / 95 to 100 % of the crops that 5 to 30 % were cut off, and in 22 % / 0 % of turns by 2 degrees.
_VIEW_IS_BETTER = 0.7


class Pairs(NamedTuple):
    """Pairs of a best image and another member: their rows, and how far they are apart.

    `view` is the number of the view that is nearer than the whole, -1 where none is; `is_of_best` tells whose it is.
    """

    best: NDArray[np.intp]
    other: NDArray[np.intp]
    whole_bits: NDArray[np.int64]
    best_bits: NDArray[np.int64]
    view: NDArray[np.intp]
    is_of_best: NDArray[np.bool_]


def compared(best: NDArray[np.intp], other: NDArray[np.intp], images: Images) -> Pairs:
    """Compare pairs of images, their wholes and all views."""
    whole = _bits_between(images.words[best], images.words[other])
    least_bits, view = whole.copy(), np.full(len(whole), -1, dtype=np.intp)
    is_of_best = np.zeros(len(whole), dtype=bool)
    if images.views.shape[1]:
        for of, to in ((best, other), (other, best)):
            ascending = np.argsort(of, kind="stable")
            for piece in pieces(len(of), images.views):
                pairs = ascending[piece]
                read, place = np.unique(of[pairs], return_inverse=True)
                bits = _bits_between(images.views[read][place], images.words[to[pairs]][:, np.newaxis])
                nearest = bits.argmin(axis=1)
                least = np.take_along_axis(bits, nearest[:, np.newaxis], axis=1)[:, 0]
                is_nearer = least < least_bits[pairs]
                least_bits[pairs] = np.where(is_nearer, least, least_bits[pairs])
                view[pairs] = np.where(is_nearer, nearest, view[pairs])
                is_of_best[pairs] = np.where(is_nearer, of is best, is_of_best[pairs])
    return Pairs(best, other, whole, least_bits, view, is_of_best)


def alignments_of(pairs: Pairs, images: Images, n_bits: int, cut_bits: float) -> list[Alignment | None]:
    """Return how the best one of each pair lies on the other, about; None where nothing says that they are one picture.

    That is where neither wholes nor views are within the cut, and neither are the negatives of wholes.
    """
    within = min(cut_bits, _MOST_EDITED * n_bits)
    is_near = pairs.best_bits <= within
    by_view = is_near & (pairs.view >= 0)
    by_view &= (pairs.whole_bits > within) | (pairs.best_bits <= _VIEW_IS_BETTER * pairs.whole_bits)
    is_sought = is_near | (n_bits - pairs.whole_bits <= within)
    return [
        _by_view(images.view_list, pairs, k, images) if seen else Alignment() if sought else None
        for k, (seen, sought) in enumerate(zip(by_view.tolist(), is_sought.tolist(), strict=True))
    ]


def _by_view(views: Sequence[View], pairs: Pairs, k: int, images: Images) -> Alignment:
    view, is_of_best = views[pairs.view[k]], bool(pairs.is_of_best[k])
    if view.turn is not None:
        turn = turn_of(transposed=view.turn.transposed, mirrored=view.turn.mirrored, flipped=view.turn.flipped)
        return Alignment(turn if is_of_best else turned_back(turn))
    row = (pairs.best if is_of_best else pairs.other)[k]
    crop = view.crop_of(int(images.width[row]), int(images.height[row])) if view.crop_of else None
    box = WHOLE if crop is None else Box(*crop)
    return Alignment(None, box, WHOLE) if is_of_best else Alignment(None, WHOLE, box)


def _bits_between(words: Words, others: Words) -> NDArray[np.int64]:
    bits: NDArray[np.int64] = np.bitwise_count(words ^ others).sum(axis=-1, dtype=np.int64)
    return bits
