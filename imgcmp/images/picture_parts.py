"""Where two pictures of one size differ: the parts, how many, and how much of the rest is the same."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.alignment import Box
from imgcmp.images.tiles import Levels, alike_tiles, tiles_of_cells

CLOSE_BRIGHTNESS, CLOSE_COLOUR = 22, 14
"""Levels by which copies differ at most, after the low-pass of `imgcmp.images.prepared_picture`, where it says more.

Of copies of 60 photographs brightness did by up to 20, at JPEG quality 20, and colours by 11; of 180 pages, of 0.7 of
the size at JPEG quality 75 and the like, by 21.
"""

PAGE = 0.35
"""The part of a picture of one brightness from which on it is a page, or drawn, or cut out."""

_CELLS = 48  # of the longer side, in which is looked for what differs
_LEAST_CELL = 4  # pixels
_NEIGHBOURS = 2  # cells that two places are apart at most to be one

_ONE_PLACE = 0.25

# Levels within which the ground of a page is, over all of it: as it is drawn, or after JPEG.
_SAME_GROUND = 3


class Parts(NamedTuple):
    """Where two pictures differ.

    Attributes
    ----------
    box : Box or None
        What they differ in; None: nowhere.
    share : float
        The part of the picture's area that differs, in cells.
    n_places : int
        How many places that are, apart from one another.
    alike : float
        The part of what shows anything that shows the same.
    alike_there : float
        The same, of what lies where they differ; 1.0 where nothing does.
    ground : float
        The part of the picture that has its most frequent brightness: little of photographs, most of pages.
    """

    box: Box | None
    share: float
    n_places: int
    alike: float
    alike_there: float
    ground: float


def parts_that_differ(
    one: Levels,
    other: Levels,
    distance: Levels,
    colour: Levels,
    most: tuple[float, float] = (CLOSE_BRIGHTNESS, CLOSE_COLOUR),
) -> Parts:
    """Find where two pictures differ, by more than copies do.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
        Brightness, after a low-pass.
    distance : ndarray of uint8, shape (height, width)
        By how much they differ.
    colour : ndarray of uint8
        Differences of chroma, of a smaller size.
    most : (float, float)
        Levels that brightness, and chroma, differ by at most where nothing does.

    Returns
    -------
    parts : Parts
    """
    cells = _in_cells(distance > most[0], one.shape)
    cells |= _in_cells(colour > most[1], one.shape)
    tiles = alike_tiles(one, other)
    there = tiles_of_cells(cells, one.shape, tiles.side)
    box, n_places = _box_of(cells), len(_places(cells))
    return Parts(box, float(cells.mean()), n_places, tiles.share, tiles.share_of(there), ground_of(other))


def nothing_differs(levels: Levels) -> Parts:
    """Return what is told of two pictures, the second of this brightness, that differ nowhere."""
    return Parts(None, 0.0, 0, 1.0, 1.0, ground_of(levels))


def _in_cells(differs: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell of which cells of a grid any pixel differs."""
    side = max(_LEAST_CELL, max(shape) / _CELLS)
    n_rows, n_columns = (max(1, round(length / side)) for length in shape)
    rows, columns = np.nonzero(differs)
    cells = np.zeros((n_rows, n_columns), dtype=bool)
    cells[rows * n_rows // differs.shape[0], columns * n_columns // differs.shape[1]] = True
    return cells


def _box_of(cells: NDArray[np.bool_]) -> Box | None:
    if not cells.any():
        return None
    rows, columns = (np.flatnonzero(cells.any(axis=axis)) for axis in (1, 0))
    height, width = cells.shape
    left, right, top, bottom = columns[0] / width, (columns[-1] + 1) / width, rows[0] / height, (rows[-1] + 1) / height
    return Box(float(left), float(top), float(right), float(bottom))


def _places(cells: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    """Return the cells of each place; more than a quarter of the picture is one."""
    if cells.mean() > _ONE_PLACE:
        return [set()]
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    reach = range(-_NEIGHBOURS, _NEIGHBOURS + 1)
    places = []
    while left:
        place, todo = set(), [left.pop()]
        while todo:
            row, column = todo.pop()
            place.add((row, column))
            near = {(row + down, column + across) for down in reach for across in reach} & left
            left -= near
            todo += near
        places.append(place)
    return places


def ground_of(levels: Levels) -> float:
    """Return the part of a picture that has its most frequent brightness."""
    counts = np.bincount(levels[::3, ::3].ravel(), minlength=256)
    around = np.convolve(counts, np.ones(2 * _SAME_GROUND + 1, dtype=np.intp), mode="same")
    return float(around.max() / counts.sum())
