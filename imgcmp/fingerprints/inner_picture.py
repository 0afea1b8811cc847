"""A picture within a picture: what is left of a page, a screenshot or a frame when all around it is cut off.

By X-Y cuts, as pages are taken apart: the longest run of rows that hold more than one grey, of these the longest run of
columns, and so on. A picture is one long run; lines of text are short ones, with the page between them.

References
----------
G. Nagy, S. Seth, "Hierarchical representation of optically scanned documents", ICPR 1984.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.fingerprints.hashes import Plane
from imgcmp.fingerprints.view_planes import Crop
from imgcmp.images.grey_pixels import Grey

_CELLS = 256
_LEAST_SPREAD = 3.0  # greys, of 255, by which the cells of a line differ from their mean, on average
_ROUNDS = 3
# What is left of a side, and of both: below it is an icon or a line of text. A banner of 3 : 1 that is as wide as a
# telephone's screen of 9 : 16 is 0.19 of its height.
_LEAST_SIDE, _LEAST_AREA = 0.15, 0.04
_MOST_SIDES = 0.97  # both: what is left is the whole but for a rim


def inner_picture(grey: Grey, grid: Plane) -> Crop | None:
    """Return what is left of a picture when all that is plain around it is cut off; None: all, or next to nothing.

    `grid` is the same picture, smaller: where it has no plain line, nothing can be cut off.
    """
    if _spreads(grid).all() and _spreads(grid.T).all():
        return None
    cells = np.asarray(grey.resize((_CELLS, _CELLS), Image.Resampling.BOX), dtype=np.float32)
    top, bottom, left, right = 0, _CELLS, 0, _CELLS
    for _ in range(_ROUNDS):
        before = top, bottom, left, right
        first, last = _longest_run(_spreads(cells[top:bottom, left:right]))
        top, bottom = top + first, top + last
        first, last = _longest_run(_spreads(cells[top:bottom, left:right].T))
        left, right = left + first, left + last
        if top == bottom or left == right:
            return None
        if before == (top, bottom, left, right):
            break
    crop = Crop(left / _CELLS, top / _CELLS, right / _CELLS, bottom / _CELLS)
    width, height = crop.right - crop.left, crop.bottom - crop.top
    if min(width, height) < _LEAST_SIDE or width * height < _LEAST_AREA or min(width, height) > _MOST_SIDES:
        return None
    return crop


def _spreads(lines: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which lines hold more than one grey, but for a speck."""
    if not lines.size:
        return np.zeros(len(lines), bool)
    return np.asarray(np.abs(lines - lines.mean(axis=1, keepdims=True)).mean(axis=1) > _LEAST_SPREAD)


def _longest_run(is_in: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the longest run of true ones starts and ends; equal numbers if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_in, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
