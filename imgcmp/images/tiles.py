"""Two pictures of one size in tiles: which of these show the same."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]

_TILES = 20  # of the longer side, that are alike or not
_LEAST_TILE = 8  # pixels

_SHOWS = 4.0  # levels of standard deviation that a tile has in which there is something to compare
_ALIKE = 0.75  # correlation of tiles that show the same


class AlikeTiles(NamedTuple):
    """Of each tile, whether anything shows in it, in either picture, and whether the same does; and their side."""

    shows: NDArray[np.bool_]
    is_alike: NDArray[np.bool_]
    side: int

    @property
    def share(self) -> float:
        """The part that is alike of those in which anything shows; 1.0 if there are none."""
        return self.share_of(np.ones_like(self.shows))

    def share_of(self, which: NDArray[np.bool_]) -> float:
        """Return the same, of some."""
        seen = self.shows & which
        return float(self.is_alike[seen].mean()) if seen.any() else 1.0


def alike_tiles(one: Levels, other: Levels) -> AlikeTiles:
    """Compare two pictures, whatever their brightness and contrast are, tile by tile.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
        Brightness.

    Returns
    -------
    tiles : AlikeTiles
        Row by row.
    """
    side = min(max(_LEAST_TILE, max(one.shape) // _TILES), *one.shape)
    first, second = (_tiles(levels, side) for levels in (one, other))
    squares, other_squares = ((tiles * tiles).mean(axis=1) for tiles in (first, second))
    products = (first * second).mean(axis=1)
    shows = np.maximum(squares, other_squares) >= _SHOWS**2
    return AlikeTiles(shows, products >= _ALIKE * np.sqrt(squares * other_squares) + 1e-3, side)


def tiles_of_cells(cells: NDArray[np.bool_], shape: tuple[int, ...], side: int) -> NDArray[np.bool_]:
    """Tell of which tiles, row by row, any cell of a grid over the same picture is set."""
    rows, columns = (length // side for length in shape)
    tiles = np.zeros((rows, columns), dtype=bool)
    down, across = np.nonzero(cells)
    height, width = cells.shape
    tile_rows = np.minimum(((down + 0.5) / height * shape[0] / side).astype(np.intp), rows - 1)
    tile_columns = np.minimum(((across + 0.5) / width * shape[1] / side).astype(np.intp), columns - 1)
    tiles[tile_rows, tile_columns] = True
    return tiles.ravel()


def _tiles(levels: Levels, side: int) -> NDArray[np.float32]:
    """Return tiles as rows, of every other pixel, less their means, without what is left over at the edges."""
    rows, columns = levels.shape[0] // side, levels.shape[1] // side
    part = levels[: rows * side, : columns * side].reshape(rows, side, columns, side)[:, ::2, :, ::2]
    tiles = part.transpose(0, 2, 1, 3).reshape(rows * columns, -1).astype(np.float32)
    less: NDArray[np.float32] = tiles - tiles.mean(axis=1, keepdims=True)
    return less
