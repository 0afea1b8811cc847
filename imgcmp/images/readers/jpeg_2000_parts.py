"""The parts of a JPEG 2000's codestream: whether all are there. OpenJPEG decodes what is, and leaves the rest flat.

References
----------
ISO/IEC 15444-1, A.4.2 (SOT) and A.5.1 (SIZ).
"""

import struct
from typing import BinaryIO

from imgcmp.errors import UnreadableImageError

_SOT, _EOC = b"\xff\x90", b"\xff\xd9"
_SOT_BYTES, _SIZ_FORM = 12, ">8xIIIIIIII"
_CUT_OFF = "cut off: its data ends before the picture does"
_PADDING = 16  # bytes behind the end that some writers leave


def check_parts(file: BinaryIO, start: int, end: int) -> None:
    """Refuse a codestream, from start to end, that lacks a part of one of its tiles, or all parts of one.

    The first part of a tile is enough where the file doesn't say how many there are: they refine each other.
    """
    seen: dict[int, int] = {}
    wanted: dict[int, int] = {}
    place = _first_part(file, start, end)
    while place + _SOT_BYTES <= end:
        file.seek(place)
        head = file.read(_SOT_BYTES)
        if head[:2] != _SOT:
            break
        tile, n_bytes, _, n_parts = struct.unpack(">HIBB", head[4:])
        seen[tile] = seen.get(tile, 0) + 1
        wanted[tile] = max(wanted.get(tile, 1), n_parts)
        if n_bytes == 0:  # the last, on to the end
            _check_end(file, end)
            break
        if n_bytes < _SOT_BYTES:
            raise UnreadableImageError("damaged JPEG 2000: a part of no length")
        place += n_bytes
        if place > end:
            raise UnreadableImageError(_CUT_OFF)
    n_tiles = _n_tiles(file, start)
    if len(seen) < n_tiles or any(seen[tile] < n_parts for tile, n_parts in wanted.items()):
        raise UnreadableImageError(_CUT_OFF)


def _first_part(file: BinaryIO, start: int, end: int) -> int:
    """Return where the first part begins, behind the segments of the header."""
    place = start + 2
    while place + 4 <= end:
        file.seek(place)
        marker, n_bytes = struct.unpack(">2sH", file.read(4))
        if marker == _SOT:
            return place
        place += 2 + n_bytes
    raise UnreadableImageError(_CUT_OFF)


def _check_end(file: BinaryIO, end: int) -> None:
    file.seek(max(0, end - _PADDING))
    if _EOC not in file.read(_PADDING):
        raise UnreadableImageError(_CUT_OFF)


def _n_tiles(file: BinaryIO, start: int) -> int:
    file.seek(start)
    right, bottom, _, _, width, height, left, top = struct.unpack(_SIZ_FORM, file.read(struct.calcsize(_SIZ_FORM)))
    if not (width and height):
        raise UnreadableImageError("damaged JPEG 2000: its tiles have no size")
    return int(-(-(right - left) // width) * -(-(bottom - top) // height))
