"""By how much the colours of two pictures differ, and what of it is one change of all of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image, ImageChops

_CELLS = 16  # a side
_AROUND = 2  # pixels on each side, over which differences are evened out


class ColourDistance(NamedTuple):
    """In levels of chroma, of 255.

    Attributes
    ----------
    levels : ndarray of uint8
        The larger difference of Cb and Cr, of each pixel.
    evened : ndarray of uint8
        The larger one of what is left of these where they are evened out over 5 x 5 pixels: of noise little, of a thing
        that lost its colours what it lost.
    mean : float
        That of the cells of a grid, in which the noise of compression is evened out.
    shift : float
        What of the differences of cells one change of all colours explains: to make them weaker or stronger, to turn
        their hues, and to add a tint. It is the least squares fit of one chroma, as a complex number, to the other.
    multiplied : float
        What of that is no tint: colours that are weaker or stronger, or of another hue.
    left_over : float
        The root of the mean square of what that leaves.
    """

    levels: NDArray[np.uint8]
    evened: NDArray[np.uint8]
    mean: float
    shift: float
    multiplied: float
    left_over: float


def colour_distance(one: Sequence[Image.Image], other: Sequence[Image.Image]) -> ColourDistance:
    """Compare the chroma, blue and red, of two pictures of one size."""
    blue, red = (ImageChops.difference(*bands) for bands in zip(one, other, strict=True))
    evened = np.maximum(*(_evened(*bands) for bands in zip(one, other, strict=True)))
    cells = [_cells(band) for band in one]
    other_cells = [_cells(band) for band in other]
    changes = [np.abs(first - second) for first, second in zip(cells, other_cells, strict=True)]
    levels, mean = np.asarray(ImageChops.lighter(blue, red)), float(np.maximum(*changes).mean())
    return ColourDistance(levels, evened, mean, *_shift(cells[0] + 1j * cells[1], other_cells[0] + 1j * other_cells[1]))


def _evened(one: Image.Image, other: Image.Image) -> NDArray[np.uint8]:
    """Return by how much the means around each pixel differ."""
    differences = np.asarray(one, np.int16) - np.asarray(other, np.int16)
    sums = np.pad(differences, _AROUND, mode="edge").astype(np.float32)
    for axis in (0, 1):
        sums = sliding_window_view(sums, 2 * _AROUND + 1, axis).sum(axis=-1)
    return np.asarray(np.abs(sums / (2 * _AROUND + 1) ** 2).round().astype(np.uint8))


def _cells(band: Image.Image) -> NDArray[np.float64]:
    """Return the means of a grid, of fewer cells if there are fewer pixels."""
    means = np.asarray(band, dtype=np.float64)
    for axis in (0, 1):
        starts = np.unique(np.linspace(0, means.shape[axis], _CELLS, endpoint=False).astype(np.intp))
        sizes = np.diff(np.append(starts, means.shape[axis]))
        means = np.add.reduceat(means, starts, axis=axis) / (sizes if axis else sizes[:, np.newaxis])
    return means


def _shift(one: NDArray[np.complex128], other: NDArray[np.complex128]) -> tuple[float, float, float]:
    """Fit one chroma to the other one: return `shift`, `multiplied` and `left_over`."""
    tint = other.mean() - one.mean()
    spread, wanted = one - one.mean(), other - other.mean()
    square = np.vdot(spread, spread).real
    factor = np.vdot(spread, wanted) / square if square > 0 else 1.0
    multiplied, left_over = _rms((factor - 1) * spread), _rms(wanted - factor * spread)
    return float(np.hypot(abs(tint), multiplied)), multiplied, left_over


def _rms(values: NDArray[np.complex128]) -> float:
    return float(np.sqrt(np.mean(np.abs(values) ** 2)))
