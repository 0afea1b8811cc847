"""The frames of an animated PNG."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from imgcmp.images.open_file import Content, place_kept
from imgcmp.images.readers.parts import After, Part

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SHARED = (b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP")  # of all frames
_AFTER = {1: After.CLEARED, 2: After.BACK}


class _Chunk(NamedTuple):
    """A chunk: its kind, where its data begin, and their length."""

    kind: bytes
    start: int
    length: int


def n_frames(content: Content) -> int:
    """Count the pictures of an animated PNG: its frames, and the still one if that is none of them."""
    with place_kept(content.file):
        kinds = [chunk.kind for chunk in _chunks(content.file)]
    return max(1, kinds.count(b"fcTL") + _has_still(kinds))


def parts(content: Content) -> Iterator[tuple[int, Part]]:
    """Yield the frames of an animated PNG with their numbers; from 1 if a still picture that is none of them is 0."""
    file = content.file
    chunks = list(_chunks(file))
    number = int(_has_still([chunk.kind for chunk in chunks]))
    header, shared, control = b"", b"", b""
    data: list[bytes] = []
    for kind, start, length in chunks:
        if kind == b"IHDR":
            header = _data(file, start, length)
        elif kind in _SHARED:
            shared += _chunk(kind, _data(file, start, length))
        elif kind in (b"fcTL", b"IEND"):
            if control:
                yield number, _part(control, header, shared, b"".join(data))
                number += 1
            control, data = _data(file, start, length) if kind == b"fcTL" else b"", []
        elif kind == b"IDAT" and control:
            data.append(_data(file, start, length))
        elif kind == b"fdAT" and control:
            data.append(_data(file, start + 4, length - 4))  # its number comes first


def _has_still(kinds: list[bytes]) -> bool:
    """Tell whether the pixels that any reader finds are no frame: no control of one stands in front of them."""
    return b"fcTL" not in kinds[: kinds.index(b"IDAT")] if b"IDAT" in kinds else False


def _part(control: bytes, header: bytes, shared: bytes, data: bytes) -> Part:
    width, height, left, top = struct.unpack(">4I", control[4:20])
    disposal, blend = control[24], control[25]
    still = b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">2I", width, height) + header[8:]),
            shared,
            _chunk(b"IDAT", data),
            _chunk(b"IEND", b""),
        )
    )
    return Part(still, left, top, width, height, blend == 1, _AFTER.get(disposal, After.KEPT))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    place = len(_SIGNATURE)
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[:4], "big")
        yield _Chunk(head[4:], place + 8, length)
        place += 12 + length


def _data(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)
