"""Where two pictures of one size differ: the parts, how many, and how much of the rest is the same."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.alignment import Box
from imgcmp.images.page_ground import ground_of
from imgcmp.images.tiles import Levels, alike_tiles, tiles_of_cells

CLOSE_BRIGHTNESS, CLOSE_COLOUR = 22, 14
"""Levels by which copies differ at most, after the low-pass of `imgcmp.images.prepared_picture`, where it says more.

Of copies of 60 photographs brightness did by up to 20, at JPEG quality 20, and colours by 11; of 180 pages, of 0.7 of
the size at JPEG quality 75 and the like, by 21.
"""

# Levels of brightness, likewise. Of what was pasted into photographs, 12 % of the sides, it was 50 and more, in sepia
# 39; of 5 % 17 to 204. Of crops and frames, at JPEG quality 60 and half the size, 20 at most, and of other colours 26.
STRONG = 40

_CELLS = 48  # of the longer side, in which is looked for what differs
_LEAST_CELL = 4  # pixels
_NEIGHBOURS = 2  # cells that two places are apart at most to be one

_ONE_PLACE = 0.25

_GROUND_STEP = 3  # rows and columns of which the ground is told


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
    alike_where_strong : float
        The same, of what lies where brightness differs by more than copies, or other colours, make it differ.
    ground : float
        The part of the picture that is its ground: see `imgcmp.images.page_ground`.
    """

    box: Box | None
    share: float
    n_places: int
    alike: float
    alike_there: float
    alike_where_strong: float
    ground: float


def parts_that_differ(
    one: Levels,
    other: Levels,
    distance: Levels,
    most: float,
    is_other_colour: NDArray[np.bool_],
) -> Parts:
    """Find where two pictures differ, by more than copies do.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
        Brightness, after a low-pass.
    distance : ndarray of uint8, shape (height, width)
        By how much they differ.
    most : float
        Levels that it differs by at most where nothing does.
    is_other_colour : ndarray of bool
        Where chroma differs, at a smaller size.

    Returns
    -------
    parts : Parts
    """
    cells = _in_cells(distance > most, one.shape) | _in_cells(is_other_colour, one.shape)
    tiles = alike_tiles(one, other)
    there, strong = (
        tiles_of_cells(some, one.shape, tiles.side) for some in (cells, _in_cells(distance > STRONG, one.shape))
    )
    box, n_places = _box_of(cells), len(_places(cells))
    alike = tiles.share, tiles.share_of(there), tiles.share_of(strong)
    ground = ground_of(other[::_GROUND_STEP, ::_GROUND_STEP])
    return Parts(box, float(cells.mean()), n_places, *alike, ground)


def nothing_differs(levels: Levels) -> Parts:
    """Return what is told of two pictures, the second of this brightness, that differ nowhere."""
    return Parts(None, 0.0, 0, 1.0, 1.0, 1.0, ground_of(levels[::_GROUND_STEP, ::_GROUND_STEP]))


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
