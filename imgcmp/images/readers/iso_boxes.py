"""The boxes of an ISO base media file, AVIF or HEIC: what it says of the picture that it stands for.

Sizes in boxes lie; whatever is not where it should be is as if it weren't there.

References
----------
ISO/IEC 14496-12 (boxes), 23008-12 (items and their properties).
"""

from typing import NamedTuple

from imgcmp.images.boxes import boxes, boxes_in
from imgcmp.images.open_file import Content

# Of the box that describes all pictures; those of a phone's HEIC, with its 48 tiles, take 4 KB.
_MOST_META_BYTES = 2**24

_ONE_PICTURE, _MANY_PICTURES = b"avif", b"avis"

# Where the descriptions of the first track's pictures lie, one box in another; before them stand a version and a count.
_TO_DESCRIPTIONS = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_SAMPLE_ENTRY_BYTES = 78  # of a picture's description, before the boxes in it (ISO/IEC 14496-12, 12.1.3)


class Property(NamedTuple):
    """A property of a picture: its kind, four bytes, and what it says."""

    kind: bytes
    data: bytes


def main_properties(content: Content) -> list[Property]:
    """Return the properties of the picture that a file stands for, in the order in which they are to be applied."""
    meta = _Meta(content)
    return meta.properties_of(meta.main_item)


def tile_properties(content: Content) -> list[Property]:
    """Return the properties of that picture, and of those that it is put together from."""
    meta = _Meta(content)
    items = [meta.main_item, *meta.parts_of(meta.main_item)]
    return [found for item in items for found in meta.properties_of(item)]


def is_film(content: Content) -> bool:
    """Tell whether an AVIF stands for its track of many pictures: as its first brand says, or else if it has one."""
    brand = bytes(content.start[8:12])
    if brand in (_ONE_PICTURE, _MANY_PICTURES):
        return brand == _MANY_PICTURES
    return _top_box(content, b"moov") is not None


def film_properties(content: Content) -> list[Property]:
    """Return what the first description of a track says of its pictures."""
    data = _top_box(content, b"moov") or b""
    for kind in _TO_DESCRIPTIONS:
        data = _inner(data, kind)
    for _, entry in boxes_in(data[8:]):
        return [Property(*box) for box in boxes_in(entry[_SAMPLE_ENTRY_BYTES:])]
    return []


def meta_end(content: Content) -> int:
    """Return where the box ends that describes all pictures, if it is there and whole; 0 else."""
    end = _top_span(content, b"meta")[1]
    return end if end <= content.size else 0


class _Meta:
    """What an ISO base media file says of its items."""

    def __init__(self, content: Content) -> None:
        self.boxes = dict(boxes_in((_top_box(content, b"meta") or b"")[4:]))
        data = self.boxes.get(b"pitm", b"")
        self.main_item = _number(data[4:], 4 if data[:1] > b"\0" else 2)
        properties = self.boxes.get(b"iprp", b"")
        self._all = [Property(*box) for box in boxes_in(_inner(properties, b"ipco"))]
        self._places: dict[int, list[int]] = {}
        for kind, data in boxes_in(properties):
            if kind == b"ipma":
                self._places |= _associations(data)

    def properties_of(self, item: int) -> list[Property]:
        """Return the properties of an item; 0 stands for none, those beyond the last are not there."""
        return [self._all[place - 1] for place in self._places.get(item, ()) if 0 < place <= len(self._all)]

    def parts_of(self, item: int) -> list[int]:
        """Return the items that one is made of."""
        data = self.boxes.get(b"iref", b"")
        wide = 4 if data[:1] > b"\0" else 2
        for kind, part in boxes_in(data[4:]):
            if kind == b"dimg" and _number(part, wide) == item:
                count = _number(part[wide:], 2)
                return [_number(part[at : at + wide], wide) for at in range(wide + 2, wide + 2 + count * wide, wide)]
        return []


def _associations(data: bytes) -> dict[int, list[int]]:
    """Return the places of each item's properties, from 1."""
    item_bytes = 4 if data[:1] > b"\0" else 2
    place_bytes, mask = (2, 0x7FFF) if _number(data[1:], 3) & 1 else (1, 0x7F)
    count, at = _number(data[4:], 4), 8
    places: dict[int, list[int]] = {}
    for _ in range(count):
        if at >= len(data):
            break
        item, n_places = _number(data[at:], item_bytes), _number(data[at + item_bytes :], 1)
        at += item_bytes + 1
        end = at + n_places * place_bytes
        places[item] = [_number(data[here:], place_bytes) & mask for here in range(at, end, place_bytes)]
        at = end
    return places


def _top_box(content: Content, wanted: bytes) -> bytes | None:
    """Return what is in the first box of a kind, of those that lie in no other; None if there is none."""
    start, end = _top_span(content, wanted)
    return content.read_at(start, min(end - start, _MOST_META_BYTES)) if start else None


def _top_span(content: Content, wanted: bytes) -> tuple[int, int]:
    """Return where the content of such a box begins and ends, as far as it says; 0 and 0 if there is none."""
    found = (box for box in boxes(content.read_at, content.size) if box.kind == wanted)
    return next(((box.start, box.end) for box in found), (0, 0))


def _inner(data: bytes, wanted: bytes) -> bytes:
    """Return what is in the first box of a kind that lies in another; empty if there is none."""
    return next((inside for kind, inside in boxes_in(data) if kind == wanted), b"")


def _number(data: bytes, n_bytes: int) -> int:
    """Return the number at the start of some bytes; of too few of them, what they would be without the rest."""
    return int.from_bytes(data[:n_bytes], "big")
