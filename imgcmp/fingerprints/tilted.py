"""A picture that is rotated by a few degrees, from its grid."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.hashes import Plane

_SHAPES_KEPT = 64  # width by height of pictures, in hundredths, whose places are kept: 100 KB each


class Tilt(NamedTuple):
    """How a picture is rotated within its frame: degrees, and whether the frame is cut to what is full then."""

    degrees: float
    is_cut: bool


def tilted_grids(grid: Plane, size: tuple[int, int], tilts: Sequence[Tilt]) -> Plane:
    """Rotate a picture about its middle.

    Parameters
    ----------
    grid : ndarray of float64, shape (n_cells, n_cells)
        The picture, however wide, on a square.
    size : (int, int)
        Its width and height.
    tilts : sequence of Tilt
        How far, up to 45 degrees, and within which frame. What comes into it from outside repeats the edge.

    Returns
    -------
    grids : ndarray of float64, shape (n_tilts, n_smaller, n_smaller)
        Two thirds as many cells a side, enough for the waves of a whole; each is the nearest cell of the grid.
    """
    return grid.ravel()[_places(len(grid), max(0.01, round(size[0] / size[1], 2)), tuple(tilts))]


@lru_cache(maxsize=_SHAPES_KEPT)
def _places(n_cells: int, aspect: float, tilts: tuple[Tilt, ...]) -> NDArray[np.int32]:
    """Return the cell of a grid that each cell of a tilted one is, for each tilt."""
    n_smaller = 2 * n_cells // 3
    middles = (np.arange(n_smaller) + 0.5) / n_smaller - 0.5
    down, across = np.meshgrid(middles, middles, indexing="ij")
    places = np.empty((len(tilts), n_smaller, n_smaller), np.int32)
    for number, (degrees, is_cut) in enumerate(tilts):
        part = _part_that_is_full(aspect, degrees) if is_cut else 1.0
        cosine, sine = math.cos(math.radians(degrees)) * part, math.sin(math.radians(degrees)) * part
        x, y = cosine * across - sine / aspect * down, sine * aspect * across + cosine * down
        column, row = (np.clip(((side + 0.5) * n_cells).astype(np.int32), 0, n_cells - 1) for side in (x, y))
        places[number] = row * n_cells + column
    return places


def _part_that_is_full(aspect: float, degrees: float) -> float:
    """Return how large a frame of the same shape is that a rotated picture fills."""
    angle = math.radians(abs(degrees))
    return 1 / (math.cos(angle) + math.sin(angle) * max(aspect, 1 / aspect))
