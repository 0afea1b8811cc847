"""Checks of arguments that many functions take."""

import operator
from typing import SupportsIndex


def integer(value: SupportsIndex, name: str) -> int:
    """Return the value as a Python int; TypeError if it isn't a whole number by its type."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {value!r}") from None


def fraction(value: float, name: str) -> float:
    """Return the value as a float in 0..1; TypeError if it's no number, ValueError if it isn't in that range."""
    try:
        number = float(value + 0)  # + 0: a str is no number
    except TypeError:
        raise TypeError(f"{name} must be a number in 0..1; got {value!r}") from None
    if not 0 <= number <= 1:  # not so for NaN, either
        raise ValueError(f"{name} must be in 0..1; got {value}")
    return number
