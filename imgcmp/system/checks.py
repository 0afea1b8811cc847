"""Checks of numbers and paths that many functions take; arrays of words are checked in `fingerprints.packing`."""

import operator
import os
from typing import SupportsIndex


def integer(value: SupportsIndex, name: str, *, least: int | None = None) -> int:
    """Return the value as a Python int.

    Raises
    ------
    TypeError
        If it isn't a whole number by its type; a bool is none.
    ValueError
        If it is below `least`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {value!r}") from None
    if _is_bool(value):
        raise TypeError(f"{name} must be an integer; got {value!r}")
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}; got {number}")
    return number


def fraction(value: float, name: str) -> float:
    """Return the value as a float in 0..1; TypeError if it's no number, ValueError if it isn't in that range."""
    number = _number(value, name, "a number in 0..1")
    if not 0 <= number <= 1:  # not so for NaN, either
        raise ValueError(f"{name} must be in 0..1; got {value}")
    return number


def seconds(value: float, name: str) -> float:
    """Return the value as a float above 0; TypeError if it's no number, ValueError if it isn't above 0."""
    number = _number(value, name, "a number of seconds")
    if not number > 0:  # not so for NaN, either
        raise ValueError(f"{name} must be above 0 seconds; got {value}")
    return number


def byte_count(value: SupportsIndex | None, name: str) -> int | None:
    """Return how many bytes may be used, None if that is for us to say; ValueError if it is below 0."""
    if value is None:
        return None
    number = integer(value, name)
    if number < 0:
        raise ValueError(f"{name} must be at least 0 bytes; got {number}")
    return number


def path(value: str | os.PathLike[str], name: str) -> str:
    """Return the value as a str; TypeError if it's no path, ValueError if it is one that no file can have."""
    try:
        text = os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{name} must be a path; got {value!r}") from None
    if "\0" in text:
        raise ValueError(f"{name} must hold no NUL; got {text!r}")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise ValueError(f"{name} must be a path that the system can write; got {text!r}") from None
    return text


def _number(value: float, name: str, rule: str) -> float:
    try:
        number = float(value + 0)  # + 0: a str is no number
    except TypeError:
        raise TypeError(f"{name} must be {rule}; got {value!r}") from None
    if _is_bool(value):
        raise TypeError(f"{name} must be {rule}; got {value!r}")
    return number


def _is_bool(value: object) -> bool:
    """Tell whether a value is a bool, or numpy's: told by its dtype, since the command line goes without numpy."""
    return isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool"
