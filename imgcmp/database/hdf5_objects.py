"""The bytes of HDF5 objects: superblock, groups, datasets and attributes.

They are laid out as the HDF5 file format specification says, version 3.0. HDF5's own library changes what is there when
something is added: links, and the superblock. A process that is killed meanwhile leaves neither the old file nor the
new one. Written by hand, new objects stand behind all that is there, and one block at the start of the file leads to
them. Only what a database needs is here: contiguous datasets of integers, groups of few members, and attributes that
are an integer or a text.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUPERBLOCK_BYTES = 48
UNDEFINED = 2**64 - 1

_DATASPACE, _LINK_INFO, _DATATYPE, _FILL, _LINK, _LAYOUT, _GROUP_INFO, _ATTRIBUTE = 1, 2, 3, 5, 6, 8, 10, 12
_SCALAR = b"\2\0\0\0"  # version 2, no dimensions, no flags, scalar
_NO_FILL_VALUE = b"\3\x0a"  # version 3: allocated late, written only if there is one
_TEXT = b"\x19\1\1\0\x10\0\0\0" + b"\x10\0\0\0\1\0\0\0\0\0\x08\0"  # of variable length, UTF-8; its base is a byte
_LEAST_HEAP_BYTES = 4096  # HDF5 refuses smaller ones


class Placed(NamedTuple):
    """A dataset whose data lies in the file."""

    dtype: np.dtype[np.integer]
    shape: tuple[int, ...]
    address: int  # of its data


def superblock(base: int, end: int, root: int) -> bytes:
    """Return the block that HDF5 begins with: where it lies, where the file ends, and where the root group is."""
    head = SIGNATURE + struct.pack("<4B4Q", 2, 8, 8, 0, base, UNDEFINED, end, root)
    return head + checksum(head)


def group(members: Mapping[str, int], attributes: Sequence[bytes] = ()) -> bytes:
    """Return a group of members, by the addresses of their objects, with attributes as `attribute` makes them."""
    messages = [_message(_LINK_INFO, b"\0\0" + b"\xff" * 16), _message(_GROUP_INFO, b"\0\0")]
    for name, address in members.items():
        encoded = name.encode("ascii")
        messages.append(_message(_LINK, struct.pack("<3B", 1, 0, len(encoded)) + encoded + struct.pack("<Q", address)))
    return _object([*messages, *(_message(_ATTRIBUTE, each) for each in attributes)])


def dataset(placed: Placed) -> bytes:
    """Return a dataset of integers, little-endian, that lie in one piece."""
    n_bytes = placed.dtype.itemsize * int(np.prod(placed.shape, dtype=np.int64))
    place = struct.pack("<2B2Q", 3, 1, placed.address if n_bytes else UNDEFINED, n_bytes)
    dimensions = struct.pack(f"<4B{len(placed.shape)}Q", 2, len(placed.shape), 0, 1, *placed.shape)
    return _object(
        [
            _message(_DATASPACE, dimensions),
            _message(_DATATYPE, _integer(placed.dtype)),
            _message(_FILL, _NO_FILL_VALUE),
            _message(_LAYOUT, place),
        ]
    )


def integer_attribute(name: str, value: int) -> bytes:
    """Return an attribute that is an int64."""
    return _attribute(name, _integer(np.dtype(np.int64)), struct.pack("<q", value))


def text_attribute(name: str, n_bytes: int, heap: int, index: int) -> bytes:
    """Return an attribute that is a text, which lies in a heap as `heap_of` makes it; the first there is 1."""
    return _attribute(name, _TEXT, struct.pack("<IQI", n_bytes, heap if n_bytes else 0, index if n_bytes else 0))


def heap_of(texts: Sequence[bytes]) -> bytes:
    """Return a global heap that holds texts."""
    objects = b"".join(
        struct.pack("<HHIQ", index, 1, 0, len(text)) + text.ljust(_rounded_up(len(text)), b"\0")
        for index, text in enumerate(texts, 1)
    )
    size = max(_LEAST_HEAP_BYTES, 16 + len(objects) + 16)
    rest = size - 16 - len(objects)
    free = struct.pack("<HHIQ", 0, 0, 0, rest)
    return b"GCOL" + struct.pack("<4BQ", 1, 0, 0, 0, size) + objects + free.ljust(rest, b"\0")


def checksum(data: bytes) -> bytes:
    """Return the checksum of an object: Bob Jenkins's lookup3 (hashlittle), with the initial value 0."""
    mask = 0xFFFFFFFF
    a = b = c = (0xDEADBEEF + len(data)) & mask
    blocks = max(0, len(data) - 1) // 12
    words = struct.unpack(f"<{3 * blocks}I", data[: 12 * blocks])
    for k in range(0, len(words), 3):
        a, b, c = (a + words[k]) & mask, (b + words[k + 1]) & mask, (c + words[k + 2]) & mask
        a = ((a - c) & mask) ^ _turned(c, 4)
        c = (c + b) & mask
        b = ((b - a) & mask) ^ _turned(a, 6)
        a = (a + c) & mask
        c = ((c - b) & mask) ^ _turned(b, 8)
        b = (b + a) & mask
        a = ((a - c) & mask) ^ _turned(c, 16)
        c = (c + b) & mask
        b = ((b - a) & mask) ^ _turned(a, 19)
        a = (a + c) & mask
        c = ((c - b) & mask) ^ _turned(b, 4)
        b = (b + a) & mask
    rest = data[12 * blocks :]
    if rest:
        last = struct.unpack("<3I", rest.ljust(12, b"\0"))
        a, b, c = (a + last[0]) & mask, (b + last[1]) & mask, (c + last[2]) & mask
        c = ((c ^ b) - _turned(b, 14)) & mask
        a = ((a ^ c) - _turned(c, 11)) & mask
        b = ((b ^ a) - _turned(a, 25)) & mask
        c = ((c ^ b) - _turned(b, 16)) & mask
        a = ((a ^ c) - _turned(c, 4)) & mask
        b = ((b ^ a) - _turned(a, 14)) & mask
        c = ((c ^ b) - _turned(b, 24)) & mask
    return struct.pack("<I", c)


def _turned(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & 0xFFFFFFFF


def _object(messages: Sequence[bytes]) -> bytes:
    body = b"".join(messages)
    head = b"OHDR\2\2" + struct.pack("<I", len(body)) + body
    return head + checksum(head)


def _message(kind: int, body: bytes) -> bytes:
    return struct.pack("<BHB", kind, len(body), 0) + body


def _attribute(name: str, datatype: bytes, value: bytes) -> bytes:
    encoded = name.encode("ascii") + b"\0"
    sizes = struct.pack("<2B3HB", 3, 0, len(encoded), len(datatype), len(_SCALAR), 0)
    return sizes + encoded + datatype + _SCALAR + value


def _integer(dtype: np.dtype[np.integer]) -> bytes:
    signed = 8 if dtype.kind == "i" else 0
    return struct.pack("<4BIHH", 0x10, signed, 0, 0, dtype.itemsize, 0, 8 * dtype.itemsize)


def _rounded_up(n_bytes: int) -> int:
    return -(-n_bytes // 8) * 8
