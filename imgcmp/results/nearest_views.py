"""Pairs of images -> the view of either that is nearest to the other's whole, and how they lie on one another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.nearest_variants import Nearest, NearestVariants
from imgcmp.fingerprints.first_rows import crop_to_first_rows
from imgcmp.fingerprints.view_rows import pieces
from imgcmp.fingerprints.views import INNER, View
from imgcmp.images.alignment import WHOLE, Alignment, Box, box_turned, transpose_of
from imgcmp.results.members import Images
from imgcmp.results.view_turns import stand_of, words_for

# Edits of a photograph change 14 of 64 bits and 56 of 256 at most; of unrelated ones 16 and 94 differ at least, and of
# the best of 35 views 22 and 110, at the median. So a larger SIM makes no copies of what it joins.
_MOST_EDITED = 0.3

# The best of 70 is better than the whole by chance, too. At x = 8 / 16 a view is at most 0.7 times as far as the whole
# in 96 to 100 % / 95 to 100 % of the crops that 5 to 30 % were cut off, and in 22 % / 0 % of turns by 2 degrees.
_VIEW_IS_BETTER = 0.7


class Pairs(NamedTuple):
    """Pairs of a best image and another member: their rows, how far their wholes are apart, and by what they are near.

    Of `nearest` the first image is the best one.
    """

    best: NDArray[np.intp]
    other: NDArray[np.intp]
    whole_bits: NDArray[np.int64]
    nearest: list[Nearest]


def compared(best: NDArray[np.intp], other: NDArray[np.intp], images: Images) -> Pairs:
    """Compare pairs of images, their wholes and all views."""
    whole = np.bitwise_count(images.words[best] ^ images.words[other]).sum(axis=-1, dtype=np.int64)
    nearest = [Nearest(bits) for bits in whole.tolist()]
    variants = NearestVariants(images.layout, images.looks)
    differ = np.flatnonzero(whole) if images.views.shape[1] else np.zeros(0, np.intp)
    ascending = differ[np.argsort(best[differ], kind="stable")]
    for piece in pieces(len(ascending), images.views):
        pairs = ascending[piece]
        rows, place = np.unique(np.concatenate([best[pairs], other[pairs]]), return_inverse=True)
        words = np.concatenate([images.words[rows][:, np.newaxis], images.views[rows]], axis=1)
        of_best, of_other = np.split(place, 2)
        of_pairs = variants.nearest_of_pairs(
            best[pairs].tolist(), other[pairs].tolist(), words[of_best], words[of_other]
        )
        for k, one in zip(pairs.tolist(), of_pairs, strict=True):
            nearest[k] = one
    return Pairs(best, other, whole, nearest)


def compared_to_best(groups: Sequence[NDArray[np.intp]], best: Sequence[int], images: Images) -> Pairs:
    """Compare the members of each cluster with the best one of it."""
    sizes = [len(group) for group in groups]
    return compared(np.repeat(np.array(best, dtype=np.intp), sizes), np.concatenate(groups), images)


def alignments_of(pairs: Pairs, images: Images, n_bits: int, cut_bits: float) -> list[Alignment | None]:
    """Return how the best one of each pair lies on the other, about; None where nothing says that they are one picture.

    That is where neither wholes nor views are within the cut, and neither are the negatives of wholes.
    """
    within = min(cut_bits, _MOST_EDITED * n_bits)
    return [_alignment(pairs, k, images, n_bits, within) for k in range(len(pairs.nearest))]


def view_name(pairs: Pairs, k: int, images: Images) -> str | None:
    """Return what to call the view that the images of a pair are near by; None if their wholes are."""
    return words_for(*_told(pairs, k), images.view_list, images.looks) or None


def _alignment(pairs: Pairs, k: int, images: Images, n_bits: int, within: float) -> Alignment | None:
    whole, nearest = int(pairs.whole_bits[k]), pairs.nearest[k]
    if nearest.bits > within:
        return Alignment() if n_bits - whole <= within else None
    is_by_view = nearest.standing is not None and (whole > within or nearest.bits <= _VIEW_IS_BETTER * whole)
    return _by_view(pairs, k, images) if is_by_view else Alignment()


def _by_view(pairs: Pairs, k: int, images: Images) -> Alignment:
    """Return how the best one lies on the other where a view of one is near to the whole of the other."""
    nearest, best, other = _told(pairs, k)
    stand = stand_of(nearest, best, other, images.view_list, images.looks)
    of_whole, of_view = (other, best) if nearest.of_first else (best, other)
    whole = _inner_box(images, of_whole) if stand.is_inner else WHOLE
    view = WHOLE if nearest.view is None else _box_of(images.view_list[nearest.view], of_view, images)
    box, other_box = (view, whole) if nearest.of_first else (whole, view)
    return Alignment(transpose_of(stand.turn), box_turned(box, stand.turn), other_box)


def _told(pairs: Pairs, k: int) -> tuple[Nearest, int, int]:
    return pairs.nearest[k], int(pairs.best[k]), int(pairs.other[k])


def _box_of(view: View, row: int, images: Images) -> Box:
    if view.special == INNER:
        return _inner_box(images, row)
    if view.first_rows:
        return Box(*crop_to_first_rows(view.first_rows, 1))
    crop = view.crop_of(int(images.width[row]), int(images.height[row])) if view.crop_of else None
    return WHOLE if crop is None else Box(*crop)


def _inner_box(images: Images, row: int) -> Box:
    assert images.looks is not None
    return Box(*(images.looks.inner[row] / 255.0).tolist())
