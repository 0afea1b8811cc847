"""The chunks of a PNG that a picture needs, without those that are broken and that none needs."""

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from imgcmp.errors import UnreadableImageError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_TURNS = b"eXIf"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")

# Bytes of chunks that always have as many: those of colours, of sizes and times, and of films.
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"pHYs": 9, b"tIME": 7, b"acTL": 8, b"fcTL": 26}


class _Chunk(NamedTuple):
    """A chunk: its kind, all of its bytes, and whether what is in it is what was written."""

    kind: bytes
    whole: bytes
    is_sound: bool


_HELD = {b"IHDR": "header", b"PLTE": "palette", b"tRNS": "transparency", b"IDAT": "picture"}


def repaired(file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a PNG without its broken chunks and its texts, and then with nothing but what the picture needs.

    Raises
    ------
    UnreadableImageError
        If one is broken that the picture needs.
    """
    chunks = list(_chunks(file))
    for kind in _NEEDED[:3]:
        if any(chunk.kind == kind and not chunk.is_sound for chunk in chunks):
            raise UnreadableImageError(f"damaged PNG: its {_HELD[kind]} is broken")
    for kind in (b"IHDR", b"IDAT"):
        if all(chunk.kind != kind for chunk in chunks):
            raise UnreadableImageError(f"damaged PNG: its {_HELD[kind]} is not there")
    yield _joined(chunk for chunk in chunks if chunk.kind in _NEEDED or (chunk.is_sound and chunk.kind not in _TEXTS))
    yield _joined(chunk for chunk in chunks if chunk.kind in _NEEDED or (chunk.is_sound and chunk.kind == _TURNS))


def _joined(chunks: Iterator[_Chunk]) -> BinaryIO:
    return io.BytesIO(_SIGNATURE + b"".join(chunk.whole for chunk in chunks))


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    file.seek(len(_SIGNATURE))
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        data, check = file.read(length), file.read(4)
        yield _Chunk(kind, head + data + check, _is_sound(kind, data, check))
        if kind == b"IEND":
            return


def _is_sound(kind: bytes, data: bytes, check: bytes) -> bool:
    if zlib.crc32(kind + data).to_bytes(4, "big") != check or not kind.isalpha():
        return False
    if kind == b"iCCP":  # a name, and how the rest is packed: there is one way
        return data.partition(b"\0")[2].startswith(b"\0")
    return len(data) == _LENGTHS.get(kind, len(data))
