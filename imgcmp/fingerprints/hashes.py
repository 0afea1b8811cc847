"""Grey pixels -> the bits of a fingerprint: a plane of numbers, and a comparison that makes bits of it.

Bit by bit those of the imagehash package (4.3) for the same grey pixels. A new kind of fingerprint is an entry of
HASHES; what else it takes, docs/architecture.md says under "Add a hash".
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.fingerprints.packing import Bits
from imgcmp.images.grey_pixels import Grey

Plane = NDArray[np.floating[Any]]

# Pixels kept on the shorter side, per bit of x, when a JPEG is decoded at reduced scale: three times the grid of
# phash. Measured against the full decode on photographs, mean changed bits of phash at x = 8 / 16: with 4 pixels
# 2.2 / 8.8, with 8 1.0 / 3.2, with 12 0.5 / 0.6, with 16 0.5 / 0.6.
PIXELS_PER_X = 12


class Hash(NamedTuple):
    """A kind of fingerprint.

    Attributes
    ----------
    plane : callable
        Takes grey pixels and x; returns a plane of numbers, float64, of shape (x, x) or, for dhash, (x, x + 1).
    bits : callable
        Takes planes, shape (..., height, width); returns their bits, bool, shape (..., x * x), row by row.
    """

    plane: Callable[[Grey, int], Plane]
    bits: Callable[[Plane], Bits]

    def __call__(self, grey: Grey, x: int) -> Bits:
        """Return the bits of a fingerprint, bool, shape (x * x,)."""
        return self.bits(self.plane(grey, x))


def lowest_coefficients(grey: Grey, x: int) -> Plane:
    """Return the x * x lowest coefficients of the discrete cosine transform (DCT) of 4x by 4x mean greys."""
    grid = mean_greys(grey, 4 * x, 4 * x)
    cosines = _lowest_cosines(x)
    low: Plane = cosines @ grid @ cosines.T
    at_the_median = np.count_nonzero(np.abs(low - _medians(low.reshape(1, -1))) < 1e-6)
    if at_the_median > x % 2:
        # Flat and symmetric pictures: bits that hang on rounding. These take the very arithmetic of imagehash.
        low = _dct(grid)[:x, :x]
    return low


def above_median(planes: Plane) -> Bits:
    """Compare the numbers of each plane with their median."""
    numbers = planes.reshape(*planes.shape[:-2], -1)
    return np.asarray(numbers > _medians(numbers))


def _medians(numbers: Plane) -> Plane:
    """Return the median of each row, shape (..., 1); np.median of many short rows takes four times as long."""
    n = numbers.shape[-1]
    ordered = np.sort(numbers, axis=-1)  # of 48 rows of 256 in 0.6 to 0.8 of the time that np.partition takes
    return np.asarray((ordered[..., (n - 1) // 2, np.newaxis] + ordered[..., n // 2, np.newaxis]) / 2)


def above_mean(planes: Plane) -> Bits:
    """Compare the numbers of each plane with their mean."""
    above = planes > planes.mean(axis=(-2, -1), keepdims=True)
    return np.asarray(above.reshape(*planes.shape[:-2], -1))


def above_left(planes: Plane) -> Bits:
    """Compare each number of a plane with its left neighbour."""
    above = planes[..., 1:] > planes[..., :-1]
    return np.asarray(above.reshape(*planes.shape[:-2], -1))


def mean_greys(grey: Grey, width: int, height: int) -> Plane:
    """Shrink grey pixels to a grid, shape (height, width), as imagehash does."""
    return np.asarray(grey.resize((width, height), Image.Resampling.LANCZOS), dtype=np.float64)


HASHES: dict[str, Hash] = {
    # C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", thesis, Hagenberg, 2010; the
    # variant with the DC term is that of imagehash.
    "phash": Hash(lowest_coefficients, above_median),
    "ahash": Hash(lambda grey, x: mean_greys(grey, x, x), above_mean),
    "dhash": Hash(lambda grey, x: mean_greys(grey, x + 1, x), above_left),
}


@cache
def _lowest_cosines(x: int) -> Plane:
    """Return the first x rows of the DCT-II matrix of 4 * x points, shape (x, 4 * x)."""
    points = 4 * x
    angles = np.pi / (2 * points) * np.outer(np.arange(x), 2 * np.arange(points) + 1)
    return np.asarray(2.0 * np.cos(angles))


def _dct(grid: Plane) -> Plane:
    import scipy.fft  # 0.3 s to import, and hardly ever needed: one ordinary photograph in thousands

    return np.asarray(scipy.fft.dct(scipy.fft.dct(grid, axis=0), axis=1))
