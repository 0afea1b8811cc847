"""SGI."""

import struct

import numpy as np
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content

_HEADER_BYTES = 512
_PACKED = 1
_COUNT, _LITERAL = 0x7F, 0x80


def open_sgi(content: Content, _: Format) -> Image.Image:
    """Open an SGI; Pillow takes packed rows that lie outside of the file, or are longer than they can be, for black."""
    image = Image.open(content.file)
    if content.start[2] == _PACKED:
        _check_rows(content)
    return image


def _check_rows(content: Content) -> None:
    """Refuse a picture whose list of rows, their places and then their lengths, can't be true."""
    n_bytes, _, width, height, n_channels = struct.unpack_from(">B4H", content.start, 3)
    n_rows = height * n_channels
    first = _HEADER_BYTES + 8 * n_rows
    if content.size < first:
        raise UnreadableImageError("cut off: its data ends before the picture does")
    places, lengths = (
        np.frombuffer(content.read_at(_HEADER_BYTES, 8 * n_rows), ">u4").reshape(2, n_rows).astype(np.int64)
    )
    ends = places + lengths
    if (places < first).any() or (lengths < 2 * n_bytes).any():
        raise UnreadableImageError("damaged SGI: its list of rows is wrong")
    if (ends > content.size).any():
        raise UnreadableImageError("damaged or cut off: rows of the SGI lie beyond its end")
    row = content.read_at(int(places[0]), int(lengths[0]))[: lengths[0]]
    if n_rows and _n_unpacked(row, n_bytes) < width:
        raise UnreadableImageError("damaged SGI: its rows are shorter than it says")


def _n_unpacked(row: bytes, n_bytes: int) -> int:
    """Return how many numbers a packed row has: counts stand in front of one that is repeated, or of as many."""
    n, place = 0, n_bytes - 1  # of two bytes the count is the lower one
    while place < len(row) and (count := row[place] & _COUNT):
        n += count
        place += n_bytes * (1 + (count if row[place] & _LITERAL else 1))
    return n
