"""Grey pixels -> how much they show that a fingerprint can hold on to.

The bits of a picture that shows next to nothing hang on noise, rounding and compression, and any two such pictures may
have the same ones.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.grey_pixels import Grey

# An image of less is flat. Smallest detail of real pictures: 365 photographs, dark exposures included, 15 (next 17);
# those at JPEG quality 5 17, blurred with radius 3 at 500 pixels 14, at half the brightness 10 (1 of 172; next 12).
# Largest detail of 200 drawn ones of each kind: single colours and black frames 0, linear gradients 3, white pages of a
# few words 4, radial gradients and nearly transparent ones 6; and of the hardest, black to white at JPEG quality 30:
# gradients that end abruptly and those in a frame 9, radial ones 10. Of 118 pictures that Debian's desktops come with,
# many of them gradients, 24 are flat; 2 of those show something to a person, a lake in fog and a moon in the dark.
LEAST_DETAIL = 12

MOST_DETAIL = 100

_SIDE = 32  # of 16, 24, 32 and 48, the one at which photographs and drawn flat pictures lie farthest apart

# A gradient has rank 2 as a matrix, a frame around it one more, and radial gradients are nearly of rank 4. Photographs
# leave at least 1.74 grey levels beyond rank 4 and the drawn ones at most 1.10; beyond rank 2 it was 2.74 and 7.84,
# beyond rank 3 2.19 and 2.40, beyond rank 6 1.07 and 0.64.
_PLAIN_RANK = 4

_HALF_LEVELS = 10.0  # grey levels that make half of the most detail; photographs have 9, at the median


def detail(grey: Grey) -> int:
    """Compute how much a picture shows that a fingerprint can hold on to.

    Parameters
    ----------
    grey : PIL.Image.Image of mode L
        The grey pixels that its fingerprint is made of.

    Returns
    -------
    detail : int
        0..100: 100 r / (r + 10), rounded, of the smaller r of two in grey levels, on a grid of 32 x 32 means. The one
        is the root mean square of what the best approximation of rank 4 leaves: nearly nothing of gradients, frames, a
        few words. The other is that of the slopes in the direction in which the picture changes least: nothing of
        linear gradients at any angle, however they end.
    """
    grid = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float64)
    levels = min(_beyond_plain(grid), _least_slope(grid))
    return round(MOST_DETAIL * levels / (levels + _HALF_LEVELS))


def _beyond_plain(grid: NDArray[np.float64]) -> float:
    singular_values = np.linalg.svd(grid - grid.mean(), compute_uv=False)
    return float(np.linalg.norm(singular_values[_PLAIN_RANK:])) / _SIDE


def _least_slope(grid: NDArray[np.float64]) -> float:
    """Return the root of the smaller eigenvalue of the structure tensor, of Sobel's slopes in levels a cell."""
    across, down = grid[:, 2:] - grid[:, :-2], grid[2:] - grid[:-2]
    x = ((across[:-2] + 2 * across[1:-1] + across[2:]) / 8).ravel()
    y = ((down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / 8).ravel()
    xx, xy, yy = (float(product) / x.size for product in (x @ x, x @ y, y @ y))
    smaller = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
    return float(np.sqrt(max(0.0, smaller)))
