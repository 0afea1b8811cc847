"""ICO and CUR: the largest picture of several, of those the one in most colours, through its mask.

Pillow takes the one in fewest colours, leaves the mask of a cursor, and of 32 bits whose fourth bytes are all 0
shows nothing: these are opaque, but for their mask, as they are in Windows.
"""

import io
import struct
from typing import NamedTuple

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.open_file import Content
from imgcmp.system.memory_budget import reserve

_ENTRY = "<BBBBHHII"  # width, height, colours, 0, and of an icon planes and bits; bytes of the picture, and their place
_HEAD_BYTES, _ENTRY_BYTES = 6, 16
_ONE_ICON = struct.pack("<HHH", 0, 1, 1)

_MOST_BYTES = 2**26  # 256 x 256 pixels of 32 bits take 270 KB, and there are a few in a file

_PNG = b"\x89PNG"
_OLDEST_HEADER = 12  # of a bitmap, which tells its bits elsewhere
_MASKED = 24  # bits that make Pillow read the mask


class _Picture(NamedTuple):
    """A picture of an icon, how large it is said to be, and the bits of a pixel that it says itself."""

    width: int
    height: int
    bits: int
    data: bytes


def icon_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Open the picture of an icon, or of a cursor, that counts."""
    if content.size > _MOST_BYTES:
        raise UnreadableImageError("damaged: a picture of the icon is larger than icons are")
    reserve(3 * content.size)
    content.file.seek(0)
    pictures = _pictures(content.file.read())
    if not pictures:
        raise UnreadableImageError("damaged: the icon has no pictures")
    best = max(pictures, key=lambda one: ((one.width or 256) * (one.height or 256), one.bits))
    bits = _MASKED if best.bits == 32 and _says_nothing_of_alpha(best.data) else best.bits
    entry = struct.pack(_ENTRY, best.width, best.height, 0, 0, 1, bits, len(best.data), _HEAD_BYTES + _ENTRY_BYTES)
    alone = Image.open(io.BytesIO(_ONE_ICON + entry + best.data), formats=["ICO"])
    alone.format = image.format
    return alone


def _pictures(data: bytes) -> list[_Picture]:
    (n_entries,) = struct.unpack_from("<H", data, 4)
    found = []
    for place in range(_HEAD_BYTES, _HEAD_BYTES + n_entries * _ENTRY_BYTES, _ENTRY_BYTES):
        if place + _ENTRY_BYTES > len(data):
            break
        width, height, *_, n_bytes, start = struct.unpack_from(_ENTRY, data, place)
        found.append(_Picture(width, height, _bits(data[start : start + 26]), data[start : start + n_bytes]))
    return found


def _bits(start: bytes) -> int:
    """Return the bits of a pixel that the header of a PNG or of a bitmap says."""
    if start.startswith(_PNG):
        return 32
    at = 10 if int.from_bytes(start[:4], "little") == _OLDEST_HEADER else 14
    return int.from_bytes(start[at : at + 2], "little")


def _says_nothing_of_alpha(bitmap: bytes) -> bool:
    """Tell whether the fourth bytes of a bitmap of 32 bits are all 0."""
    header_bytes, width, height = struct.unpack_from("<Iii", bitmap.ljust(12, b"\0"))
    n_bytes = max(0, width * (abs(height) // 2) * 4)
    return not any(bitmap[header_bytes : header_bytes + n_bytes][3::4])
