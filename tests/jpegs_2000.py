"""JPEG 2000 put together: boxes around a codestream, and components of any kind in it."""

import io
import struct

import numpy as np
from PIL import Image


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def jp2(stream, size, n_components, bits, space, *more):
    """Return a JP2; `space` is a number of the standard, or a profile; `more` are boxes of its header."""
    head = struct.pack(">IIHBBBB", size[1], size[0], n_components, bits - 1, 7, 0, 0)
    is_profile = isinstance(space, bytes)
    colours = box(b"colr", b"\2\0\0" + space if is_profile else struct.pack(">BBBI", 1, 0, 0, space))
    header = box(b"jp2h", b"".join([box(b"ihdr", head), colours, *more]))
    signature = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return signature + header + box(b"jp2c", stream)


def channels(*kinds):
    """Return a box that says of each channel what it is: (number, kind, which colour)."""
    return box(b"cdef", struct.pack(f">H{3 * len(kinds)}H", len(kinds), *(n for kind in kinds for n in kind)))


def grey_stream(grey):
    """Return a codestream of one component of 8 bits, in one piece, as Pillow writes it."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(grey)).save(out, "JPEG2000", no_jp2=True, num_resolutions=1)
    return out.getvalue()


def joined(size, *components):
    """Return a codestream of several components: (codestream of one, bits, pixels across and down of a number)."""
    parts = [_segments(stream) for stream, *_ in components]
    depths = b"".join(bytes([bits - 1, across, down]) for _, bits, across, down in components)
    sizes = struct.pack(">HIIIIIIIIH", 0, *size, 0, 0, *size, 0, 0, len(components)) + depths
    out = b"\xff\x4f" + _segment(b"\xff\x51", sizes) + _segment(b"\xff\x52", parts[0][b"\xff\x52"])
    out += _segment(b"\xff\x5c", parts[0][b"\xff\x5c"])
    for number, part in enumerate(parts[1:], 1):
        out += _segment(b"\xff\x5d", bytes([number]) + part[b"\xff\x5c"])
    body = b"".join(part[b""] for part in parts)
    return out + b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 14 + len(body), 0, 1) + b"\xff\x93" + body + b"\xff\xd9"


def _segment(marker, content):
    return marker + struct.pack(">H", 2 + len(content)) + content


def _segments(stream):
    """Return the segments of a codestream by their markers, and by b"" what is in its tile."""
    place, found = 2, {}
    while stream[place : place + 2] != b"\xff\x90":
        (length,) = struct.unpack_from(">H", stream, place + 2)
        found[stream[place : place + 2]] = stream[place + 4 : place + 2 + length]
        place += 2 + length
    start = stream.index(b"\xff\x93", place) + 2
    (n_bytes,) = struct.unpack_from(">I", stream, place + 6)
    found[b""] = stream[start : place + n_bytes if n_bytes else -2]
    return found
