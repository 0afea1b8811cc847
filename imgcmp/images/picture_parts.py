"""Where two pictures of one size differ: the parts, how many, and how much of the rest is the same."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.alignment import Box

Levels = NDArray[np.uint8]

CLOSE_BRIGHTNESS, CLOSE_COLOUR = 22, 14
"""Levels by which copies differ at most, after the low-pass of `imgcmp.images.prepared_picture`, where it says more.

Of copies of 60 photographs brightness did by up to 20, at JPEG quality 20, and colours by 11; of 180 pages, of 0.7 of
the size at JPEG quality 75 and the like, by 21.
"""

PAGE = 0.35
"""The part of a picture of one brightness from which on it is a page, or drawn, or cut out."""

_CELLS = 48  # of the longer side, in which is looked for what differs
_TILES = 20  # of the longer side, that are alike or not
_LEAST_CELL, _LEAST_TILE = 4, 8  # pixels
_NEIGHBOURS = 2  # cells that two places are apart at most to be one

_ONE_PLACE = 0.25

_SHOWS = 4.0  # levels of standard deviation that a tile has in which there is something to compare
_ALIKE = 0.75  # correlation of tiles that show the same

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


def parts_that_differ(one: Levels, other: Levels, colour: Levels, most_brightness: float = CLOSE_BRIGHTNESS) -> Parts:
    """Find where two pictures differ, by more than copies do.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
        Brightness, after a low-pass.
    colour : ndarray of uint8
        Differences of chroma, of a smaller size.
    most_brightness : float
        Levels that brightness differs by at most where nothing does.

    Returns
    -------
    parts : Parts
    """
    distance = np.maximum(one, other) - np.minimum(one, other)
    ground = ground_of(other)
    cells = _in_cells(distance > most_brightness, one.shape)
    cells |= _in_cells(colour > CLOSE_COLOUR, one.shape)
    box, n_places = _box_of(cells), len(_places(cells))
    alike, alike_there = _alike(one, other, cells)
    return Parts(box, float(cells.mean()), n_places, alike, alike_there, ground)


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


def _alike(one: Levels, other: Levels, cells: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the part of the tiles in which anything shows that show the same; and of those where pictures differ."""
    side = min(max(_LEAST_TILE, max(one.shape) // _TILES), *one.shape)
    differs = _differ(cells, one.shape, side)
    first, second = (_tiles(levels, side) for levels in (one, other))
    first, second = (tiles - tiles.mean(axis=1, keepdims=True) for tiles in (first, second))
    squares, other_squares = ((tiles * tiles).mean(axis=1) for tiles in (first, second))
    products = (first * second).mean(axis=1)
    shows = np.maximum(squares, other_squares) >= _SHOWS**2
    is_alike = products >= _ALIKE * np.sqrt(squares * other_squares) + 1e-3
    return _share_of(is_alike, shows), _share_of(is_alike, shows & differs)


def _share_of(is_alike: NDArray[np.bool_], which: NDArray[np.bool_]) -> float:
    return float(is_alike[which].mean()) if which.any() else 1.0


def _differ(cells: NDArray[np.bool_], shape: tuple[int, ...], side: int) -> NDArray[np.bool_]:
    """Tell of which tiles, as rows of `_tiles`, any cell differs."""
    rows, columns = (length // side for length in shape)
    tiles = np.zeros((rows, columns), dtype=bool)
    down, across = np.nonzero(cells)
    height, width = cells.shape
    tile_rows = np.minimum(((down + 0.5) / height * shape[0] / side).astype(np.intp), rows - 1)
    tile_columns = np.minimum(((across + 0.5) / width * shape[1] / side).astype(np.intp), columns - 1)
    tiles[tile_rows, tile_columns] = True
    return tiles.ravel()


def _tiles(levels: Levels, side: int) -> NDArray[np.float32]:
    """Return tiles as rows, of every other pixel, without what is left over at the edges."""
    rows, columns = levels.shape[0] // side, levels.shape[1] // side
    part = levels[: rows * side, : columns * side].reshape(rows, side, columns, side)[:, ::2, :, ::2]
    return part.transpose(0, 2, 1, 3).reshape(rows * columns, -1).astype(np.float32)


def ground_of(levels: Levels) -> float:
    """Return the part of a picture that has its most frequent brightness."""
    counts = np.bincount(levels[::3, ::3].ravel(), minlength=256)
    around = np.convolve(counts, np.ones(2 * _SAME_GROUND + 1, dtype=np.intp), mode="same")
    return float(around.max() / counts.sum())
