"""Grey pixels -> how much they show that a fingerprint can hold on to.

The bits of a picture that shows next to nothing hang on noise, rounding and compression, and any two such pictures may
have the same ones.
"""

from typing import Any

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

# Of flat pictures those are sparse that show something all the same: stars, a ring on white, a thin signature. All
# others are blank, and their detail is 0. The effective rank of a grid is how many of its singular values count. Of 150
# drawn pictures of each kind, as they are and as JPEGs of quality 30, it is 1 for single colours, gradients of one
# direction, a page number or a line of a title; up to 1.6 for a disc, 1.9 for radial gradients, 1.7 for frames; 1.5 to
# 3.8 for rings, 2.2 to 7 for signatures, 13 to 17 for skies of stars, and for noise.
_RANK_OF_THINGS = 2.25  # at least, of things on a ground
_RANK_OF_SMALL_THINGS, _SMALL = 1.5, 64  # likewise, where few cells hold them: of rings 9 to 41, of frames 92 and more
_LEAST_SLOPE_OF_THINGS = 0.8  # in levels a cell: rings on white 0.9 to 14; JPEG's blocks in a gradient 0.1
_RANK_OF_MANY = 4.0  # at least, of small things everywhere, and they leave more beyond rank 4 than noise does:
_LEVELS_OF_MANY = 0.45  # faint skies 0.48 and more, grain of 6 levels at a megapixel 0.40

# Or it has words in several lines, whatever bar lies above them: cells in which brightness changes in both directions,
# as it does nowhere in gradients, and at the corners alone in frames. Of pages with at most four words they lie in 4.7
# rows at most, of slides with a title and three to six lines, and of their copies at a quarter of the size, in 6.0 and
# more. A disc has few of them.
_FINE_SIDE = 8 * _SIDE
_SLOPE_OF_WORDS = 5.0  # in levels a fine pixel: of black on white 8 and more; of noise of 8 levels about 5
_CELLS_OF_WORDS, _LINES_OF_WORDS = 32, 5.0  # at least; the second in effective rows, and in columns

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
        linear gradients at any angle, however they end. Of flat pictures 0 stands for blank ones, and 1 at least for
        sparse ones, which show something though it is little: see `imgcmp.fingerprints.flatness`.
    """
    grid = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float64)
    levels = min(_beyond_plain(grid), _least_slope(grid))
    score = round(MOST_DETAIL * levels / (levels + _HALF_LEVELS))
    if score >= LEAST_DETAIL:
        return score
    return max(1, score) if _is_sparse(grid) or _has_words(grey) else 0


def _is_sparse(grid: NDArray[np.float64]) -> bool:
    """Tell whether a flat picture shows things of some shape, in some places: no mere ground, frame or gradient."""
    rank = _effective_number(np.linalg.svd(grid - grid.mean(), compute_uv=False) ** 2)
    if rank >= _RANK_OF_MANY and _beyond_plain(grid) >= _LEVELS_OF_MANY:
        return True
    n_cells = _effective_number((grid - np.median(grid)) ** 2)
    least_rank = _RANK_OF_SMALL_THINGS if n_cells <= _SMALL else _RANK_OF_THINGS
    return rank >= least_rank and _least_slope(grid) >= _LEAST_SLOPE_OF_THINGS


def _has_words(grey: Grey) -> bool:
    """Tell whether a flat picture has words in several lines, or other small things as many."""
    fine = np.asarray(grey.resize((_FINE_SIDE, _FINE_SIDE), Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float64)
    down, across = np.gradient(fine)
    products = np.stack([across * across, down * down, across * down])
    of_cells = products.reshape(3, _SIDE, _FINE_SIDE // _SIDE, _SIDE, _FINE_SIDE // _SIDE).mean(axis=(2, 4))
    has_some = np.sqrt(_smaller_eigenvalues(of_cells)) >= _SLOPE_OF_WORDS
    n_lines = min(_effective_number(has_some.sum(axis=0)), _effective_number(has_some.sum(axis=1)))
    return bool(has_some.sum() >= _CELLS_OF_WORDS and n_lines >= _LINES_OF_WORDS)


def _effective_number(shares: NDArray[Any]) -> float:
    """Return how many shares of a sum count: n of n equal ones, 1 if one is all; 0 of nothing."""
    squares = float((shares**2).sum())
    return float(shares.sum()) ** 2 / squares if squares > 0 else 0.0


def _beyond_plain(grid: NDArray[np.float64]) -> float:
    singular_values = np.linalg.svd(grid - grid.mean(), compute_uv=False)
    return float(np.linalg.norm(singular_values[_PLAIN_RANK:])) / _SIDE


def _least_slope(grid: NDArray[np.float64]) -> float:
    """Return the root of the smaller eigenvalue of the structure tensor, of Sobel's slopes in levels a cell."""
    across, down = grid[:, 2:] - grid[:, :-2], grid[2:] - grid[:-2]
    x = ((across[:-2] + 2 * across[1:-1] + across[2:]) / 8).ravel()
    y = ((down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / 8).ravel()
    products = np.array([x @ x, y @ y, x @ y]) / x.size
    return float(np.sqrt(_smaller_eigenvalues(products)))


def _smaller_eigenvalues(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return those of structure tensors, of shape (3, ...): slopes across squared, down squared, and their product."""
    across, down, both = products
    smaller = (across + down) / 2 - np.hypot((across - down) / 2, both)
    return np.asarray(np.maximum(smaller, 0.0))
