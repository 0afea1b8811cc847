"""How the brightness of one picture follows from that of another, everywhere alike: a curve of tones."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]

_N_BINS = 32
_EVERY = 3  # rows and columns: 8 or 16 would fall in step with JPEG's blocks
_LEAST_SHARE = 0.002  # of the pixels, that a bin must have to count

# A curve that nowhere leaves a copy's brightness by more is none: rounding, and what a decoder makes of the range.
SAME_TONE = 5


class Tone(NamedTuple):
    """The curve, and what is told of it.

    Attributes
    ----------
    levels, becomes : tuple of float
        Points of the curve: levels of the one, and the median that they are in the other.
    gain : float
        The slope of the straight line that comes nearest.
    correlation : float
        Of the two pictures' brightness, -1..1.
    change : float
        By how many levels the curve leaves what it was, at most.
    """

    levels: tuple[float, ...]
    becomes: tuple[float, ...]
    gain: float
    correlation: float
    change: float

    @property
    def is_same(self) -> bool:
        """Whether brightness is what it was."""
        return self.change <= SAME_TONE


UNCHANGED = Tone((0.0, 255.0), (0.0, 255.0), 1.0, 1.0, 0.0)


def tone_of(one: Levels, other: Levels) -> Tone:
    """Find the curve of tones of two pictures of one size.

    By medians: what was put over a small part of the picture changes nothing about it.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
        Brightness; of a picture in colours perhaps that of red, green and blue, one after another.

    Returns
    -------
    tone : Tone
    """
    first, second = one[::_EVERY, ::_EVERY].ravel(), other[::_EVERY, ::_EVERY].ravel()
    counts = np.bincount(first.astype(np.intp) // (256 // _N_BINS) * 256 + second, minlength=_N_BINS * 256)
    counts = counts.reshape(_N_BINS, 256)
    totals = counts.sum(axis=1)
    filled = np.flatnonzero(totals >= max(1, _LEAST_SHARE * len(first)))
    medians = (np.cumsum(counts[filled], axis=1) * 2 >= totals[filled, np.newaxis]).argmax(axis=1).astype(float)
    sums = np.bincount(first // (256 // _N_BINS), weights=first, minlength=_N_BINS)
    levels = sums[filled] / totals[filled]
    gain = _slope(levels, medians, totals[filled])
    change = float(np.abs(medians - levels).max(initial=0.0))
    return Tone(tuple(levels.tolist()), tuple(medians.tolist()), gain, _correlation(first, second), change)


def shown_as(levels: Levels, tone: Tone) -> Levels:
    """Return what the brightness of one picture, uint8, of any shape, is expected to be in the other."""
    if tone.is_same:
        return levels
    curve = np.interp(np.arange(256), tone.levels, tone.becomes)
    return np.asarray(curve.round().astype(np.uint8)[levels])


def _slope(levels: NDArray[np.float64], becomes: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    total = weights.sum()
    x, y = (weights @ values / total for values in (levels, becomes))
    spread = weights @ (levels - x) ** 2
    return float(weights @ ((levels - x) * (becomes - y)) / spread) if spread > 0 else 1.0


def _correlation(first: Levels, second: Levels) -> float:
    a, b = first.astype(np.float32), second.astype(np.float32)
    a -= a.mean()
    b -= b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm else 0.0
