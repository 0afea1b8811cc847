"""What a JPEG file holds beside its picture: in its segments, and behind its end."""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image

from imgcmp.images.open_file import Content

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_START, _END = b"\xff\xd8", b"\xff\xd9"

# What tells a picture behind the first one, in its own segments: Google's and Adobe's XMP, Apple's, ISO 21496-1.
_GAIN_MAPS = (b"hdrgm:", b"aux:hdrgainmap", b"urn:iso:std:iso:ts:21496")
_DEPTH_MAP = re.compile(rb"(?i)AuxiliaryImageType[^<]{0,60}(?:depth|disparity)|GDepth:|DepthMap")
_XMP_GAIN_MAP = re.compile(rb"""Semantic(?:=["']|>)\s*GainMap""")
_XMP_DEPTH_MAP = re.compile(rb"""Semantic(?:=["']|>)\s*(?:Depth|[^"'<]*depthmap)""")

# The tag of a multi-picture file that lists its pictures, 16 bytes each (CIPA DC-007, 5.2.3), and the kinds that are
# smaller copies of the first: those for a screen and for a television.
_PICTURES_TAG, _ENTRY_BYTES = 0xB002, 16
SMALLER = (0x010001, 0x010002)
_MOST_PICTURES = 100

# Samsung's trailer: a directory, whose entries have 12 bytes, its length, and four letters; and its kind for a film.
_TRAILER, _DIRECTORY, _SAMSUNG_FILM = b"SEFT", b"SEFH", 0x0A30
_FILM = re.compile(rb"\0\0[\0-\x0f][\x08-\xff]ftyp[ -~]{4}", re.DOTALL)

_TOLD_FILMS = (b"MicroVideo", b"MotionPhoto")  # Google's, in XMP

_HEAD_BYTES, _PIECE_BYTES, _FEW_BYTES = 2**16, 2**20, 2**12


def held_by_jpeg(image: Image.Image, content: Content) -> Iterator[str]:
    """Yield what else a JPEG file holds, each once, in words of `imgcmp.images.also_held.OTHERS`."""
    xmp = _xmp_of(image)
    others = set(_behind(image.info.get("mp"), content))
    if not others and b"GainMap" in xmp and _XMP_GAIN_MAP.search(xmp):
        others.add("gain map")
    if b"GDepth:" in xmp or (b"Semantic" in xmp and _XMP_DEPTH_MAP.search(xmp)):
        others.add("depth map")
    if _has_film(content, is_told=any(name in xmp for name in _TOLD_FILMS)):
        others.add("film")
    return iter(sorted(others))


def _xmp_of(image: Image.Image) -> bytes:
    """Return the XMP of a JPEG, from its segments: `Image.info` is without it, lest Pillow turn the picture by it."""
    segments: list[tuple[str, bytes]] = getattr(image, "applist", [])
    return next((data for kind, data in segments if kind == "APP1" and data.startswith(_XMP)), b"")


def _behind(listed: bytes | None, content: Content) -> Iterator[str]:
    """Yield what the pictures are that a multi-picture file lists after the first one."""
    if not listed:
        return
    base = bytes(content.start).find(listed)  # places count from there
    if base < 0:
        base = content.read_at(0, _PIECE_BYTES).find(listed)
    for picture in pictures_listed(listed)[1:] if base >= 0 else ():
        head = content.read_at(base + picture.place, _HEAD_BYTES)
        if not head.startswith(_START):
            continue
        if any(name in head for name in _GAIN_MAPS):
            yield "gain map"
        elif _DEPTH_MAP.search(head):
            yield "depth map"
        elif picture.kind not in SMALLER:
            yield "second picture"


class ListedPicture(NamedTuple):
    """A picture of a multi-picture file: its kind, its bytes, and where they are, from the index on; 0: the first."""

    kind: int
    n_bytes: int
    place: int


def pictures_listed(listed: bytes) -> list[ListedPicture]:
    """Return every picture that the index of a multi-picture file lists; none if it is damaged."""
    order = "<" if listed.startswith(b"II") else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", listed, 4)
        (n_tags,) = struct.unpack_from(order + "H", listed, directory)
        for k in range(n_tags):
            tag, _, n_bytes, place = struct.unpack_from(order + "HHII", listed, directory + 2 + 12 * k)
            if tag == _PICTURES_TAG:
                n = min(n_bytes // _ENTRY_BYTES, _MOST_PICTURES)
                entries = [struct.unpack_from(order + "III", listed, place + _ENTRY_BYTES * k) for k in range(n)]
                return [ListedPicture(kind & 0xFFFFFF, n_bytes, start) for kind, n_bytes, start in entries]
    except struct.error:
        pass
    return []


def _has_film(content: Content, *, is_told: bool) -> bool:
    """Tell whether a film lies behind the picture, as phones leave it there; `is_told`: whether XMP says so.

    A file that ends as a JPEG does has none: nothing else of it is looked at. Of one that ends so but for a few bytes
    these are looked at, unless a film is told: looking through a photograph takes a millisecond, and a film has two
    bytes like a JPEG's end among its last ones once in 16 times.
    """
    last = content.end or content.start
    if bytes(last[-2:]) == _END:
        return False
    last = bytes(last)
    if last.rstrip(b"\0").endswith(_END):
        return False
    if last.endswith(_TRAILER):
        return _has_samsung_film(last)
    end = last.rfind(_END)
    if not is_told and end >= 0 and len(last) - end <= _FEW_BYTES:
        return _FILM.search(last, end) is not None
    return any(_FILM.search(piece) for piece in _pieces(content))


def _has_samsung_film(last: bytes) -> bool:
    directory = last[last.rfind(_DIRECTORY) :]
    if not directory.startswith(_DIRECTORY) or len(directory) < 12:
        return False
    n_entries = int.from_bytes(directory[8:12], "little")
    n_whole = min(n_entries, (len(directory) - 12) // 12)
    entries = struct.iter_unpack("<HHII", directory[12 : 12 + 12 * n_whole])
    return any(kind == _SAMSUNG_FILM for _, kind, _, _ in entries)


def _pieces(content: Content) -> Iterator[bytes]:
    """Yield the file in pieces that overlap by more than what is looked for."""
    for place in range(0, content.size, _PIECE_BYTES):
        yield content.read_at(place, _PIECE_BYTES + 16)
