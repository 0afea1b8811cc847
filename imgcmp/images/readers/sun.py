"""Sun raster."""

import io
import re
import struct

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.system.memory_budget import reserve

_HEADER = ">8I"  # signature, width, height, bits of a pixel, bytes of its data, kind, palette's kind and bytes
_HEADER_BYTES = 32
_STANDARD, _IN_RUNS = 1, 2

# 128 stands before a run, which has a length, less by one, and a byte; or before 0, for itself.
_PARTS = re.compile(rb"\x80(?:(\x00)|([^\x00])(.))|([^\x80]+)", re.DOTALL)


def open_sun(content: Content, _: Format) -> ImageFile:
    """Open a Sun raster; one in runs whose rows have an odd number of bytes without its runs.

    Rows end at an even number: Pillow takes the byte that fills them for the first of the next one.
    """
    header = struct.unpack_from(_HEADER, bytes(content.start[:_HEADER_BYTES]).ljust(_HEADER_BYTES, b"\0"))
    _, width, height, bits, _, kind, _, palette_bytes = header
    row_bytes = (width * bits + 7) // 8
    if kind != _IN_RUNS or row_bytes % 2 == 0:
        return Image.open(content.file)
    wanted = (row_bytes + 1) * height
    if wanted > 256 * content.size:  # no runs of so few bytes fill it
        raise UnreadableImageError("cut off: the Sun raster ends before its picture does")
    reserve(3 * wanted + content.size)
    content.file.seek(_HEADER_BYTES)
    palette = content.file.read(palette_bytes)
    rows = _without_runs(content.file.read(), wanted)
    head = struct.pack(_HEADER, *header[:4], len(rows), _STANDARD, *header[6:])
    return Image.open(io.BytesIO(head + palette + rows))


def _without_runs(data: bytes, wanted: int) -> bytes:
    """Return the bytes that runs stand for, so many at most."""
    rows = bytearray()
    for part in _PARTS.finditer(data):
        zero, length, byte, plain = part.groups()
        rows += plain or (b"\x80" if zero else byte * (length[0] + 1))
        if len(rows) >= wanted:
            break
    return bytes(rows[:wanted])
