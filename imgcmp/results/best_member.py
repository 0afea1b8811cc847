"""The best member of a cluster: the one that a person would keep."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.holds_more import holding_of, holds_more
from imgcmp.results.members import Images

_MOST_COMPARED = 1000  # members, so that large clusters take no time
_ABOUT_BITS = 2  # that compression changes


def best_members(groups: Sequence[NDArray[np.intp]], images: Images) -> list[int]:
    """Return the best member of each cluster, the first of those that are `ranked`.

    Parameters
    ----------
    groups : sequence of ndarray of intp
        The rows of each cluster's members, sorted by path.
    images : Images
        What is known of them.
    """
    return [ranked(group, images)[0] for group in groups]


def ranked(group: NDArray[np.intp], images: Images) -> list[int]:
    """Return the members of a cluster, the best one first.

    Not a damaged one; of the most pixels; of those one with EXIF, as a camera's own file has and one that was made of
    it often lacks; of those the largest file, which is the least compressed; of those the first.
    """
    damaged = np.array([bool(images.damage[row]) for row in group.tolist()] if images.damage else [False] * len(group))
    n_pixels = images.width[group] * images.height[group]
    lacks_exif = np.zeros(len(group), bool) if images.has_exif is None else images.has_exif[group] != 1
    rows: list[int] = group[np.lexsort((-images.size[group], lacks_exif, -n_pixels, damaged))].tolist()
    return rows


def holding_most(best: int, equal: Sequence[int], images: Images) -> int:
    """Return the best one, or of those with an equal picture the one that holds the most and lacks nothing that it has.

    Not a damaged one, unless the best one is.

    Parameters
    ----------
    best : int
        Its row.
    equal : sequence of int
        Rows of the others.
    images : Images
        What is known of them.
    """
    for row in equal:
        if images.damage and images.damage[row] and not images.damage[best]:
            continue
        one, other = holding_of(images, row), holding_of(images, best)
        if holds_more(one, other) and not holds_more(other, one):
            best = row
    return best


def central_member(rows: Sequence[int], images: Images) -> int:
    """Return the first member whose fingerprint differs about as little from those of all as any does."""
    words = images.words[np.asarray(rows)[:_MOST_COMPARED]]
    bits = np.array([np.bitwise_count(words ^ of_one).sum(dtype=np.int64) for of_one in words])
    return rows[int(np.argmax(bits <= bits.min() + _ABOUT_BITS * len(words)))]
