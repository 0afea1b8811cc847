"""Camera raw files that the tests make: DNGs, with a sensor's noise and a preview."""

import struct

import numpy as np

_SHORT, _LONG, _BYTES = 3, 4, 1
_TEXT, _RATIONALS, _SIGNED_RATIONALS = 2, 5, 10


def dng(preview, size, orientation, *, is_jpeg, sensor=(64, 48)):
    """Return a DNG file with a preview, a JPEG file or the bytes of RGB pixels, of this width and height."""
    out = bytearray(b"II*\0\0\0\0\0")
    width, height = sensor
    sensor = np.random.default_rng(0).integers(100, 4000, (height, width), dtype="<u2").tobytes()
    below = _folder(
        out,
        *[(254, _LONG, 0), (256, _LONG, width), (257, _LONG, height), (258, _SHORT, 16), (259, _SHORT, 1)],
        *[(262, _SHORT, 32803), (273, _LONG, _put(out, sensor)), (277, _SHORT, 1), (278, _LONG, height)],
        *[(279, _LONG, len(sensor)), (33421, _SHORT, struct.pack("<HH", 2, 2)), (33422, _BYTES, bytes([0, 1, 1, 2]))],
        (50717, _SHORT, 4095),
    )
    identity = struct.pack("<18i", *[part for k in range(9) for part in (int(k % 4 == 0), 1)])
    first = _folder(
        out,
        *[(254, _LONG, 1), (256, _LONG, size[0]), (257, _LONG, size[1]), (258, _SHORT, struct.pack("<3H", 8, 8, 8))],
        *[(259, _SHORT, 7 if is_jpeg else 1), (262, _SHORT, 6 if is_jpeg else 2), (271, _TEXT, b"Maker\0")],
        *[(272, _TEXT, b"Model\0"), (273, _LONG, _put(out, preview)), (274, _SHORT, orientation), (277, _SHORT, 3)],
        *[(278, _LONG, size[1]), (279, _LONG, len(preview)), (330, _LONG, below)],
        *[(50706, _BYTES, bytes([1, 4, 0, 0])), (50708, _TEXT, b"Model\0"), (50721, _SIGNED_RATIONALS, identity)],
        *[(50728, _RATIONALS, struct.pack("<6I", *[1] * 6)), (50778, _SHORT, 21)],
    )
    struct.pack_into("<I", out, 4, first)
    return bytes(out)


def _folder(out, *tags):
    """Append a TIFF directory to a file, and return its place."""
    entries = b""
    for tag, kind, value in tags:
        data = value if isinstance(value, bytes) else struct.pack("<H" if kind == _SHORT else "<I", value)
        item_bytes = {_BYTES: 1, _TEXT: 1, _SHORT: 2, _LONG: 4}.get(kind, 8)
        place = data if len(data) <= 4 else struct.pack("<I", _put(out, data))
        entries += struct.pack("<HHI", tag, kind, len(data) // item_bytes) + place.ljust(4, b"\0")
    return _put(out, struct.pack("<H", len(tags)) + entries + b"\0\0\0\0")


def _put(out, data):
    out.extend(bytes(len(out) % 2))
    out.extend(data)
    return len(out) - len(data)
