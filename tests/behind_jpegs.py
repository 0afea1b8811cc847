"""JPEG files with more behind their picture, put together byte by byte."""

import io
import struct

from pictures import photograph

FILM = struct.pack(">I4s4sI4s", 20, b"ftyp", b"mp42", 0, b"isom") + struct.pack(">I4s", 508, b"mdat") + bytes(500)


def jpeg(*segments, size=(160, 120), name="coffee.png"):
    """Return a JPEG with segments, pairs of a marker's number and its data, at its start."""
    raw = io.BytesIO()
    photograph(name).convert("RGB").resize(size).save(raw, "JPEG", quality=90)
    data = raw.getvalue()
    more = b"".join(struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content for marker, content in segments)
    return data[:2] + more + data[2:]


def xmp(text):
    """Return a segment of XMP."""
    return 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + text.encode() + b"</x:xmpmeta>"


def with_pictures(*others, segments=()):
    """Return a multi-picture file; others are pairs of a kind and a JPEG."""
    n = len(others) + 1

    def listed(places):
        entries = [(0x030000, 0, 0)] + [(kind, len(data), at) for (kind, data), at in zip(others, places, strict=True)]
        head = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", 3)
        tags = struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, n)
        tags += struct.pack("<HHIII", 0xB002, 7, 16 * n, 50, 0)
        return b"MPF\0" + head + tags + b"".join(struct.pack("<4I", kind, size, at, 0) for kind, size, at in entries)

    empty = jpeg(*segments, (0xE2, listed([0] * len(others))))
    base, place, places = empty.index(b"MPF\0") + 4, len(empty), []
    for _, data in others:
        places.append(place - base)
        place += len(data)
    return jpeg(*segments, (0xE2, listed(places))) + b"".join(data for _, data in others)


def with_samsung_film(kind=0x0A30):
    """Return a JPEG with a trailer as Samsung's phones write it."""
    name = b"MotionPhoto_Data"
    block = struct.pack("<HHI", 0, kind, len(name)) + name + FILM
    directory = struct.pack("<4sII", b"SEFH", 107, 1) + struct.pack("<HHII", 0, kind, len(block), len(block))
    return jpeg() + block + directory + struct.pack("<I4s", len(directory), b"SEFT")
