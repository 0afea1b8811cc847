"""The best member of a cluster: the one that a person would keep."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.holds_more import holding_of, holds_more
from imgcmp.results.members import Images

_MOST_COMPARED = 1000  # members, so that large clusters take no time
_ABOUT_BITS = 2  # that compression changes

# Of the bytes of the largest file. 60 JPEGs of cameras, saved again: of quality 100 they became larger in 95 of 100, of
# 95 in 30, with noise of 6 levels and quality 90 in 40; the camera's had more than this of their bytes in 55, all, and
# nearly all of these. Of quality 85 copies had 0.46 of the camera's bytes at the median, and 0.64 one in ten.
_NEARLY = 0.6


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

    One that is there, and not damaged; of the most pixels; of those the largest file, which is the least compressed; of
    those the first.
    But if that one has no EXIF, and one of the same format that is nearly as large has, that is the camera's own.
    """
    faults = np.array([_faults(images, row) for row in group.tolist()])
    n_pixels = images.width[group] * images.height[group]
    rows: list[int] = group[np.lexsort((-images.size[group], -n_pixels, faults))].tolist()
    own = next((row for row in rows[1:] if _is_original_of(rows[0], row, images)), rows[0])
    rows.remove(own)
    return [own, *rows]


def _is_original_of(export: int, row: int, images: Images) -> bool:
    """Tell whether one image is a camera's own file, and another that is larger was made of it."""
    if images.has_exif is None or (images.has_exif[export], images.has_exif[row]) != (0, 1):
        return False
    if images.format and images.format[export] != images.format[row]:
        return False
    is_as_large = images.width[row] * images.height[row] == images.width[export] * images.height[export]
    is_as_good = _faults(images, row) <= _faults(images, export)
    return bool(is_as_large and is_as_good and images.size[row] >= _NEARLY * images.size[export])


def _faults(images: Images, row: int) -> int:
    """Return how far an image is from one that can be kept: 2 if it is gone, 1 if it is damaged, else 0."""
    return 2 if images.is_gone(row) else int(bool(images.damage) and bool(images.damage[row]))


def holding_most(best: int, equal: Sequence[int], images: Images) -> int:
    """Return the best one, or of those with an equal picture the one that holds the most and lacks nothing that it has.

    Not one that is gone or damaged, unless the best one is.

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
        if _faults(images, row) > _faults(images, best):
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
