"""What numbers of more than 8 bits mean: which of them are black and white, and the grey levels between."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_TOPS = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)  # white in 8, 10, 12, 14 and 16 bits
_TOPS_OF_SIGNED = (127.0, *_TOPS[:4], 32767.0, 65535.0)  # and in 7 and 15 bits and a sign
_TOPS_OF_FLOATS = (1.0, *_TOPS)

_LARGEST = 1e300  # differences of larger ones are without end


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
        Of numbers some of which are below 0 from the smallest to the largest: nothing says what is black.
    """
    least, largest = 0.0, 0.0
    kind: np.dtype[Any] = np.dtype(np.uint8)
    for numbers in parts:
        kind = numbers.dtype
        known = _finite(numbers) if kind.kind == "f" else numbers
        least, largest = min(least, float(known.min())), max(largest, float(known.max()))
    if least < 0:
        return Range(least, largest)
    return Range(0.0, _white(kind, max(largest, least_white)))


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
    if kind.kind == "f":
        tops = _TOPS_OF_FLOATS
    elif kind.kind == "i":
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
    """Return numbers in float64; those that are none, or without end, are black."""
    known = np.nan_to_num(numbers.astype(np.float64), nan=black, posinf=black, neginf=black)
    return known.clip(-_LARGEST, _LARGEST) if numbers.dtype == np.float64 else known
