"""Which of two files of the same picture holds more: what would be lost with the other one."""

from collections.abc import Iterable
from typing import NamedTuple

from imgcmp.images.also_held import OTHERS
from imgcmp.results.members import Images

UNKNOWN = -1


class Holding(NamedTuple):
    """What a file holds beside its picture.

    Attributes
    ----------
    others : str
        Words of `imgcmp.images.also_held.OTHERS`, with commas.
    has_exif, has_gps : int
        Whether it has EXIF, and a position: 1 or 0; -1: unknown.
    n_frames : int
        Frames or pages; -1: unknown.
    """

    others: str = ""
    has_exif: int = UNKNOWN
    has_gps: int = UNKNOWN
    n_frames: int = UNKNOWN


FRAMES = "frames"

MORE = (*OTHERS, FRAMES, "EXIF", "GPS")
"""What a file may hold more than another, in the order in which it is told."""


def holding_of(images: Images, row: int) -> Holding:
    """Return what an image file holds, by what is known of it."""
    exif, gps = (UNKNOWN if known is None else int(known[row]) for known in (images.has_exif, images.has_gps))
    return Holding(images.others[row], exif, gps, int(images.n_frames[row]))


def holds_more(one: Holding, other: Holding) -> tuple[str, ...]:
    """Return what a file holds that another one of the same picture doesn't.

    Returns
    -------
    more : tuple of str
        Some of MORE. What is unknown of one of the two is left out.
    """
    words = {*filter(None, one.others.split(","))} - {*other.others.split(",")}
    facts = (("EXIF", one.has_exif, other.has_exif), ("GPS", one.has_gps, other.has_gps))
    words |= {name for name, has, others in facts if (has, others) == (1, 0)}
    return tuple(sorted(words, key=MORE.index))


def would_be_lost(one: Holding, others: Iterable[Holding]) -> tuple[str, ...]:
    """Return what a file holds that any of some others of the same picture, with other bytes, doesn't, or may not.

    Two films are two films, unless the bytes are the same: they, and frames beside the one that was looked at, are not
    compared.
    """
    others = list(others)
    words = {word for other in others for word in holds_more(one, other)}
    if others:
        words |= {*filter(None, one.others.split(","))} | ({FRAMES} if one.n_frames > 1 else set())
    return tuple(sorted(words, key=MORE.index))
