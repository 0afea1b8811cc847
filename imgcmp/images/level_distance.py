"""By how much the levels of two pictures differ, pixel by pixel, but for what resampling moves them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Levels = NDArray[np.uint8]

# Pixels at the edges that don't count, but of tiny pictures: sides are rounded to pixels, and what is cut off with a
# fraction of one is the last line of a thumbnail.
_RIM, _LEAST_SIDE = 2, 16

_MEAN = ImageFilter.BoxBlur(1)  # what differs in a single pixel is noise: an edit is seen


def level_distance(one: Levels, other: Levels, *, is_exact: bool) -> Levels:
    """Return by how much pixels differ.

    A picture that was made smaller by another filter, or lies half a pixel off, differs at every edge, and yet each of
    its pixels is between the darkest and the lightest of those around it in the other.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
    is_exact : bool
        Whether pixels are compared with one another, as of pages, whose letters are as thin; else each with the range
        of 3 x 3 pixels of the other picture, the larger one of both ways, since what is in one of them alone shows one
        way only; and of that the mean of 3 x 3 pixels.

    Returns
    -------
    distance : ndarray of uint8, shape (height, width)
    """
    if is_exact:
        return np.asarray(np.maximum(one, other) - np.minimum(one, other))
    outside = np.maximum(_outside(one, other), _outside(other, one))
    if min(outside.shape) > _LEAST_SIDE:
        outside[:_RIM] = outside[-_RIM:] = outside[:, :_RIM] = outside[:, -_RIM:] = 0
    return np.asarray(Image.fromarray(outside).filter(_MEAN))


def _outside(levels: Levels, other: Levels) -> Levels:
    """Return how far each pixel is outside of the range of those around it in the other picture."""
    below = np.maximum(_around(other, np.minimum), levels) - levels
    above = levels - np.minimum(_around(other, np.maximum), levels)
    return np.asarray(np.maximum(below, above))


def _around(levels: Levels, extreme: np.ufunc) -> Levels:
    """Return the least, or the largest, of 3 x 3 pixels."""
    rows = levels.copy()
    extreme(rows[1:], levels[:-1], out=rows[1:])
    extreme(rows[:-1], levels[1:], out=rows[:-1])
    both = rows.copy()
    extreme(both[:, 1:], rows[:, :-1], out=both[:, 1:])
    extreme(both[:, :-1], rows[:, 1:], out=both[:, :-1])
    return both
