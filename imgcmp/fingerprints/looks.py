"""A look: a small grey picture, kept to tell whether two pictures that their bits join are the same.

Bits say where a picture is light and dark at large, and nothing of how much. So pictures of one thing in the middle of
nothing may have the same bits: an animal cut out on white and a ship at sea. Laid over each other as the views say that
match, what is where in them differs.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.hashes import Plane

SIDE = 24
LEVELS = 16
LOOK_BYTES = SIDE * SIDE // 2
NO_LOOK = bytes(LOOK_BYTES)

# Standard deviations from the mean that the levels span: 2 to 3 told copies from strangers equally well.
_SPAN = 2.2


def look_of(grid: Plane) -> NDArray[np.uint8]:
    """Make the look of a picture from its grid.

    Parameters
    ----------
    grid : ndarray of float32, shape (n_cells, n_cells)
        Grey means.

    Returns
    -------
    look : ndarray of uint8, shape (LOOK_BYTES,)
        SIDE rows of SIDE levels, 0 to 15 from dark to light, two a byte, the left one in the upper half.
    """
    means = _means(len(grid))
    cells = means @ grid @ means.T
    spread = cells.std()
    if not spread:
        return np.full(LOOK_BYTES, 0x88, np.uint8)
    scaled = (cells - cells.mean()) / (2 * _SPAN * spread) + 0.5
    levels = np.clip(scaled * LEVELS, 0, LEVELS - 1).astype(np.uint8)
    return np.asarray(levels[:, ::2] << 4 | levels[:, 1::2]).ravel()


def levels_of(looks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the levels of looks, shape (..., LOOK_BYTES), as an array of shape (..., SIDE, SIDE)."""
    halves = np.stack([looks >> 4, looks & 15], axis=-1)
    return halves.reshape(*looks.shape[:-1], SIDE, SIDE)


@lru_cache(maxsize=4)
def _means(n_cells: int) -> Plane:
    """Return the matrix that takes a side of n_cells to SIDE means."""
    edges = np.arange(n_cells + 1) / n_cells * SIDE
    return np.diff(np.clip(edges - np.arange(SIDE)[:, np.newaxis], 0, 1)).astype(np.float32)
