"""Grey pixels -> the bits of a fingerprint: one small function a method.

Bit by bit those of the imagehash package (4.3) for the same grey pixels.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.pixels import Grey

MIN_X, MAX_X = 2, 64  # sides of a fingerprint

Bits = NDArray[np.bool_]

# Pixels kept on the shorter side, per bit of x, when a JPEG is decoded at reduced scale: three times the grid of
# phash. Measured against the full decode on photographs, mean changed bits of phash at x = 8 / 16: with 4 pixels
# 2.2 / 8.8, with 8 1.0 / 3.2, with 12 0.5 / 0.6, with 16 0.5 / 0.6.
PIXELS_PER_X = 12


def phash(grey: Grey, x: int) -> Bits:
    """Compare the x * x lowest coefficients of the discrete cosine transform (DCT) with their median.

    Parameters
    ----------
    grey : PIL.Image.Image of mode L
        Grey pixels.
    x : int
        Side of the fingerprint.

    Returns
    -------
    bits : ndarray of bool, shape (x * x,)
        Row by row; the first is the DC term.

    References
    ----------
    C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", thesis, Hagenberg, 2010; the
    variant with the DC term is that of imagehash.
    """
    grid = _shrunk(grey, 4 * x, 4 * x).astype(np.float64)
    cosines = _lowest_cosines(x)
    low = cosines @ grid @ cosines.T
    median = np.median(low)
    at_the_median = np.count_nonzero(np.abs(low - median) < 1e-6)
    if at_the_median > x % 2:
        # Flat and symmetric pictures: bits that hang on rounding. These take the very arithmetic of imagehash.
        low = _dct(grid)[:x, :x]
        median = np.median(low)
    bits: Bits = np.ravel(low > median)
    return bits


def ahash(grey: Grey, x: int) -> Bits:
    """Compare x * x mean greys with their mean: imagehash's average_hash.

    Parameters and result are those of `phash`.
    """
    grid = _shrunk(grey, x, x)
    bits: Bits = (grid > grid.mean()).ravel()
    return bits


def dhash(grey: Grey, x: int) -> Bits:
    """Compare each of x * x mean greys with its right neighbour: imagehash's dhash.

    Parameters and result are those of `phash`.
    """
    grid = _shrunk(grey, x + 1, x)
    return (grid[:, 1:] > grid[:, :-1]).ravel()


METHODS: dict[str, Callable[[Grey, int], Bits]] = {"phash": phash, "ahash": ahash, "dhash": dhash}


def _shrunk(grey: Grey, width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(grey.resize((width, height), Image.Resampling.LANCZOS))


@cache
def _lowest_cosines(x: int) -> NDArray[np.float64]:
    """Return the first x rows of the DCT-II matrix of 4 * x points, shape (x, 4 * x)."""
    points = 4 * x
    angles = np.pi / (2 * points) * np.outer(np.arange(x), 2 * np.arange(points) + 1)
    return np.asarray(2.0 * np.cos(angles))


def _dct(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    import scipy.fft  # 0.3 s to import, and hardly ever needed: one ordinary photograph in thousands

    return scipy.fft.dct(scipy.fft.dct(grid, axis=0), axis=1)
