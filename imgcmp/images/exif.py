"""The directories of EXIF: the tags that are asked for, as far as they are there and whole.

Pillow decodes every tag of a directory, makers' notes of 60 KB included, and warns of what is broken. Here nothing is
decoded but what is wanted, and what is broken is as if it weren't there: of a camera's file 26 us, not 320.

References
----------
CIPA DC-008 (EXIF 3.0), 4.6; TIFF 6.0; BigTIFF.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_TAGS = 1000  # of a directory: cameras write 20 to 60
_MOST_BYTES = 2**12  # of a tag: names and dates have some 20
_BIG = 43

_PREFIX = b"Exif\0\0"
_ORDERS = {b"II": "<", b"MM": ">"}


class Tag(NamedTuple):
    """What a tag holds: the number of its type, and its bytes."""

    kind: int
    data: bytes


class Exif(NamedTuple):
    """EXIF, or a TIFF: what reads bytes at a place, their order, whether it is a BigTIFF, its first directory."""

    read: Callable[[int, int], bytes]
    order: str
    is_big: bool
    first: int

    def directory(self, place: int, wanted: frozenset[int]) -> dict[int, Tag] | None:
        """Return those tags of a directory that are wanted, there, and whole; None if no directory is there."""
        count_form, entry_form = ("Q", "HHQ8s") if self.is_big else ("H", "HHI4s")
        n_count, n_entry = struct.calcsize(self.order + count_form), struct.calcsize(self.order + entry_form)
        head = self.read(place, n_count) if place > 0 else b""
        if len(head) < n_count:
            return None
        n_tags = min(struct.unpack(self.order + count_form, head)[0], _MOST_TAGS)
        entries = self.read(place + n_count, n_tags * n_entry)
        found: dict[int, Tag] = {}
        whole = memoryview(entries)[: len(entries) // n_entry * n_entry]
        for tag, kind, count, value in struct.iter_unpack(self.order + entry_form, whole):
            if tag in wanted and tag not in found and (data := self._data(kind, count, value)):
                found[tag] = Tag(kind, data)
        return found

    def second_directory(self) -> int:
        """Return where the directory behind the first one is, that of a thumbnail; 0 if there is none."""
        count_form, n_entry, place_form = ("Q", 20, "Q") if self.is_big else ("H", 12, "I")
        n_count, n_place = struct.calcsize(count_form), struct.calcsize(place_form)
        head = self.read(self.first, n_count)
        if len(head) < n_count:
            return 0
        n_tags = min(struct.unpack(self.order + count_form, head)[0], _MOST_TAGS)
        data = self.read(self.first + n_count + n_tags * n_entry, n_place)
        return int(struct.unpack(self.order + place_form, data)[0]) if len(data) == n_place else 0

    def number(self, tag: Tag | None) -> int:
        """Return the first number of a tag; 0 if it has none."""
        form = _NUMBERS.get(tag.kind) if tag else None
        return int(struct.unpack_from(self.order + form, tag.data)[0]) if tag and form else 0

    def _data(self, kind: int, count: int, value: bytes) -> bytes:
        """Return the bytes of a tag; none of one that isn't whole. Of a long one its first."""
        n_bytes = min(count * _BYTES_OF_TYPE.get(kind, 0), _MOST_BYTES)
        if n_bytes <= len(value):
            return value[:n_bytes]
        data = self.read(struct.unpack(self.order + ("Q" if self.is_big else "I"), value)[0], n_bytes)
        return data if len(data) == n_bytes else b""


def exif_in(block: bytes) -> Exif | None:
    """Return the EXIF in a block of bytes, with its name in front or without; None if it is none."""
    start = len(_PREFIX) if block.startswith(_PREFIX) else 0
    return exif_at(lambda place, n_bytes: block[start + place : start + place + n_bytes])


def exif_at(read: Callable[[int, int], bytes]) -> Exif | None:
    """Return a TIFF, or what begins like one, as camera raw does, as EXIF; None if it is none."""
    head = read(0, 16)
    order = _ORDERS.get(head[:2])
    if order is None or len(head) < 8:
        return None
    is_big = _BIG in head[2:4]
    if is_big and len(head) < 16:
        return None
    first = struct.unpack_from(order + ("Q" if is_big else "I"), head, 8 if is_big else 4)[0]
    return Exif(read, order, is_big, int(first))
