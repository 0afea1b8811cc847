"""The boxes of an ISO base media file: HEIC, AVIF, films, JPEG XL in a container."""

from collections.abc import Iterator
from typing import NamedTuple

from imgcmp.images.open_file import Content

_MOST_BOXES = 1000


class Box(NamedTuple):
    """What kind of box it is, and where its contents begin and end."""

    kind: bytes
    start: int
    end: int


def boxes(content: Content) -> Iterator[Box]:
    """Yield the outermost boxes of a file, by a walk over their heads (ISO/IEC 14496-12, 4.2)."""
    place = 0
    for _ in range(_MOST_BOXES):
        head = content.read_at(place, 16)
        if len(head) < 8:
            return
        length, start = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, start = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:  # the last one
            length = content.size - place
        if length < start:
            return
        yield Box(head[4:8], place + start, place + length)
        place += length
