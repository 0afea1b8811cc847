"""What numbers of more than 8 bits mean: which of them are black and white, and the grey levels between."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_TOPS = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)  # white in 8, 10, 12, 14 and 16 bits
_TOPS_OF_SIGNED = (127.0, *_TOPS[:4], 32767.0, 65535.0)  # and in 7 and 15 bits and a sign
_TOPS_OF_FLOATS = (1.0, 2.0, 4.0, 8.0, 16.0, *_TOPS)

# Of floats a few may lie beyond: what resampling and sharpening leave around edges, a tenth at most, and one in so many
# that is a highlight, a hot pixel, or stands for no number at all.
_OVERSHOOT = 0.1
_ONE_BEYOND = 10_000

_LARGEST = 1e30  # larger floats stand for nothing: -3.4e38 is the usual one


class Range(NamedTuple):
    """The numbers that are shown black and white; white is above black."""

    black: float = 0.0
    white: float = 255.0


def usual_range(parts: Iterable[NDArray[Any]], least_white: float = 0.0) -> Range:
    """Return the least usual range that holds all numbers, for formats that don't say what is white.

    TIFF and FITS don't: cameras, microscopes and telescopes leave 12 bits in 16, or in floats.

    Parameters
    ----------
    parts : iterable of ndarray
        All numbers, of one kind, a part at a time.
    least_white : float
        White is that at least.

    Returns
    -------
    shown : Range
        Of numbers some of which are below 0 from the smallest to the largest: nothing says what is black. Not of
        floats that are below it by a tenth of white at most: those were resampled or sharpened.
    """
    found = _Found()
    for numbers in parts:
        found.add(numbers)
    if found.kind.kind == "f":
        return _range_of_floats(found, least_white)
    if found.least < 0:
        return Range(found.least, found.largest)
    return Range(0.0, _white(found.kind, max(found.largest, least_white)))


class _Found:
    """The smallest and largest of numbers, and of floats how many lie beyond each usual white, and below black."""

    def __init__(self) -> None:
        self.kind: np.dtype[Any] = np.dtype(np.uint8)
        self.least, self.largest, self.n = 0.0, 0.0, 0
        self.n_beyond = np.zeros(len(_TOPS_OF_FLOATS), np.int64)
        self.n_below = np.zeros(len(_TOPS_OF_FLOATS), np.int64)  # by more than each white may be overshot

    def add(self, numbers: NDArray[Any]) -> None:
        """Take more numbers."""
        self.kind = numbers.dtype
        known = _finite(numbers) if self.kind.kind == "f" else _without_nodata(numbers)
        self.least, self.largest = min(self.least, float(known.min())), max(self.largest, float(known.max()))
        self.n += known.size
        if self.kind.kind == "f":
            # A pass for each: sorting them takes ten times as long.
            self.n_beyond += [np.count_nonzero(known > top * (1 + _OVERSHOOT)) for top in _TOPS_OF_FLOATS]
            if self.least < 0:
                self.n_below += [np.count_nonzero(known < -_OVERSHOOT * top) for top in _TOPS_OF_FLOATS]


def _range_of_floats(found: _Found, least_white: float) -> Range:
    few = found.n // _ONE_BEYOND
    for top, n_beyond, n_below in zip(_TOPS_OF_FLOATS, found.n_beyond, found.n_below, strict=True):
        if n_beyond <= few and top >= least_white:
            return Range(0.0, top) if n_below <= few else Range(found.least, found.largest)
    return Range(min(0.0, found.least), max(found.largest, least_white))


def _without_nodata(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return integers with 0 for their least possible one, which stands for nothing where all others are positive."""
    if numbers.dtype.kind != "i":
        return numbers
    is_nothing = numbers == np.iinfo(numbers.dtype).min
    others = np.where(is_nothing, 0, numbers)
    return others if is_nothing.any() and others.min() >= 0 else numbers


def scaled(numbers: NDArray[Any], shown: Range) -> NDArray[np.uint8]:
    """Return numbers as levels 0..255."""
    if numbers.dtype == np.uint8 and shown == Range():
        return numbers.view(np.uint8)
    if numbers.dtype.kind == "u" and numbers.dtype.itemsize <= 2:  # a table: a tenth of the time, no floats on the way
        table = _levels(np.arange(2 ** (8 * numbers.dtype.itemsize)), shown)
        return np.take(table, numbers)
    return _levels(numbers, shown)


def _white(kind: np.dtype[Any], largest: float) -> float:
    """Return the white of the least usual range up to this number, itself if none reaches it."""
    tops: tuple[float, ...] = _TOPS
    if kind.kind == "i":
        tops = _TOPS_OF_SIGNED if kind.itemsize == 1 else _TOPS_OF_SIGNED[1:]
    white = next((top for top in tops if largest <= top), largest)
    if white == largest and kind.kind in "iu" and kind.itemsize >= 4:  # what begins to fill 32 bits is made for them
        most = float(np.iinfo(kind).max)
        return most if largest > most / 4 else largest
    return white


def _levels(numbers: NDArray[Any], shown: Range) -> NDArray[np.uint8]:
    above = _finite(numbers, shown.black) - shown.black
    return np.rint(above * (255.0 / (shown.white - shown.black))).clip(0, 255).astype(np.uint8)


def _finite(numbers: NDArray[Any], black: float = 0.0) -> NDArray[np.float64]:
    """Return numbers in float64; those that are none, without end, or so large that they stand for none are black."""
    known = np.nan_to_num(numbers.astype(np.float64), nan=black, posinf=black, neginf=black)
    return np.where(np.abs(known) < _LARGEST, known, black)
