"""Formats that older versions of Pillow read though they are cut off: they show nothing, or black, for the rest."""

import re
import struct

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content

_CUT_OFF = "cut off: its data ends before the picture does"

_XPM_SIDES = re.compile(rb'"\s*(\d{1,5})\s+(\d{1,5})\s+(\d{1,5})\s+\d')  # width, height, and how many colours

_DDS_HEADER_BYTES, _DDS_SIDES, _DDS_KIND = 128, 12, 80
_DDS_NOT_PACKED = 0x40 | 0x20000  # flags of colours and of greys that lie pixel by pixel


def open_xpm(content: Content, _: Format) -> Image.Image:
    """Open an XPM: of a text for its sides, one for each colour and one for each row."""
    image = Image.open(content.file)
    text = content.read_at(0, content.size)
    said = _XPM_SIDES.search(text)
    if said is None or text.count(b'"') < 2 * (1 + int(said[3]) + int(said[2])):
        raise UnreadableImageError(_CUT_OFF)
    return image


def open_dds(content: Content, _: Format) -> Image.Image:
    """Open a DDS."""
    image = Image.open(content.file)
    height, width = struct.unpack_from("<II", content.start, _DDS_SIDES)
    flags, _, bits = struct.unpack_from("<III", content.start, _DDS_KIND)
    if flags & _DDS_NOT_PACKED and content.size < _DDS_HEADER_BYTES + height * (width * bits // 8):
        raise UnreadableImageError(_CUT_OFF)
    return image
