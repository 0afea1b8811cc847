"""The boxes of which HEIC, AVIF, films, JPEG 2000, and JPEG XL in a container are made (ISO/IEC 14496-12, 4.2)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

# One after another: those of a phone's HEIC are 10, and 200 properties of its 48 tiles. Without an end a file of 16 MB
# could hold two million empty ones, and seconds would be spent on them.
_MOST_BOXES = 10_000

_WIDE, _TO_THE_END = 1, 0  # lengths that say that eight bytes follow which tell it, and that it is the rest


class Box(NamedTuple):
    """What kind of box it is, and where its contents begin and end; the end may lie beyond that of the file."""

    kind: bytes
    start: int
    end: int


def boxes(read_at: Callable[[int, int], bytes], end: int, place: int = 0) -> Iterator[Box]:
    """Yield the boxes that follow upon each other, by a walk over their heads, until one is none.

    Parameters
    ----------
    read_at : callable
        Returns the bytes from a place on, of a number: `imgcmp.images.open_file.Content.read_at`.
    end, place : int
        Where what holds them ends, and where the first one begins.
    """
    for _ in range(_MOST_BOXES):
        head = read_at(place, 16) if place < end else b""
        if len(head) < 8:
            return
        length, start = int.from_bytes(head[:4], "big"), 8
        if length == _WIDE:
            length, start = int.from_bytes(head[8:16], "big"), 16
        elif length == _TO_THE_END:
            length = end - place
        if length < start:
            return
        yield Box(head[4:8], place + start, place + length)
        place += length


def boxes_in(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind of every box that lies in what another one holds, and what is in it."""
    for kind, start, end in boxes(lambda place, n_bytes: data[place : place + n_bytes], len(data)):
        yield kind, data[start:end]
