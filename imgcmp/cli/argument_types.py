"""What the arguments may be: one function a kind, whose error says the rule."""

import argparse
from collections.abc import Callable

from imgcmp.clusters.cut import AUTO
from imgcmp.fingerprints.parameters import MAX_X, MIN_X, PLAIN_KINDS
from imgcmp.results.relation_names import RELATIONS

_SIZE_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def path(text: str) -> str:
    """Take a name."""
    if not text:
        raise argparse.ArgumentTypeError("must be a name; got ''")
    return text


def fraction(text: str) -> float:
    """Take a number above 0 and at most 1."""
    return number(text, lambda value: 0 < value <= 1, "a number above 0 and at most 1")


def sim_or_auto(text: str) -> float | str:
    """Take a number in 0..1, or auto."""
    return text if text == AUTO else number(text, lambda value: 0 <= value <= 1, "auto, or a number in 0..1")


def sims(text: str) -> tuple[float | str, ...]:
    """Take one or several of what `sim_or_auto` takes, with commas."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1 and len(text.split()) == 1:
        return (sim_or_auto(text.strip()),)
    try:
        return tuple(map(sim_or_auto, parts))
    except argparse.ArgumentTypeError:
        what = "auto, or a number in 0..1, or several of these with commas"
        raise argparse.ArgumentTypeError(f"must be {what}; got {text!r}") from None


def cluster_number(text: str) -> int:
    """Take the number of a cluster."""
    return integer(text, 0, 2**31 - 1, "a whole number, 0 or more")


def view_kinds(text: str) -> str:
    """Take kinds of views."""
    names = () if text in ("all", "none") else [name.strip() for name in text.split(",")]
    if not set(names) <= set(PLAIN_KINDS):
        raise argparse.ArgumentTypeError(f"must be all, none, or some of {','.join(PLAIN_KINDS)}; got {text!r}")
    return text


def relations(text: str) -> tuple[str, ...]:
    """Take what members of a cluster may be to the best one."""
    names = tuple(name.strip() for name in text.split(","))
    if not set(names) <= set(RELATIONS):
        raise argparse.ArgumentTypeError(f"must be some of {', '.join(RELATIONS)}, with commas; got {text!r}")
    return names


def seconds(text: str) -> float:
    """Take a number of seconds."""
    return number(text, lambda value: 0 <= value < 1e9, "a number of seconds, 0 or more")


def positive_seconds(text: str) -> float:
    """Take a number of seconds above 0."""
    return number(text, lambda value: 0 < value < 1e9, "a number of seconds above 0")


def number(text: str, is_valid: Callable[[float], bool], rule: str) -> float:
    """Take a number that obeys a rule."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not is_valid(value):
        raise argparse.ArgumentTypeError(f"must be {rule}; got {text!r}")
    return value


def size(text: str) -> int:
    """Take a size in bytes, as a number and perhaps a unit."""
    digits, factor = text, 1
    if text[-1:].upper() in _SIZE_UNITS:
        digits, factor = text[:-1], _SIZE_UNITS[text[-1:].upper()]
    return int(number(digits, lambda value: 0 <= value < 2**40, "a size in bytes, like 500M or 2G") * factor)


def side(text: str) -> int:
    """Take the side of a fingerprint."""
    return integer(text, MIN_X, MAX_X, f"a whole number in {MIN_X}..{MAX_X}")


def positive(text: str) -> int:
    """Take a number of workers."""
    return integer(text, 1, 4096, "a whole number in 1..4096")


def integer(text: str, least: int, most: int, rule: str) -> int:
    """Take a whole number in a range."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must be {rule}; got {text!r}")
    return value
