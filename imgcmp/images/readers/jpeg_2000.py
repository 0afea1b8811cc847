"""JPEG 2000."""

from typing import BinaryIO

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content

# SIZ, the first segment of a codestream of JPEG 2000 (ISO/IEC 15444-1, A.5.1): at 40 the number of components, and then
# for each three bytes, the first of which is its bits less one, and in the highest bit whether it has a sign.
_SIZ, _J2K_COMPONENTS = b"\xff\x4f\xff\x51", 40


def open_jpeg_2000(content: Content, _: Format) -> Image.Image:
    """Open a JPEG 2000, if it is not of more than 8 bits in colour."""
    image = Image.open(content.file)
    before = content.file.tell()
    content.file.seek(_codestream_start(content.file))
    header = content.file.read(_J2K_COMPONENTS + 2)
    n_components = int.from_bytes(header[_J2K_COMPONENTS:], "big")
    bits = max((1 + (byte & 0x7F) for byte in content.file.read(3 * n_components)[::3]), default=0)
    content.file.seek(before)
    if not header.startswith(_SIZ):
        raise ValueError("JPEG 2000 without a codestream")
    if n_components > 1 and bits > 8:  # the highest values wrap round to 0: white becomes black, opaque transparent
        raise UnreadableImageError(f"JPEG 2000 of {bits} bits in colour is not read: make a PNG of it")
    return image


def _codestream_start(file: BinaryIO) -> int:
    """Return where the codestream of a JPEG 2000 begins: at once, or in a box of its own (ISO/IEC 15444-1, I.4)."""
    place = 0
    while True:
        file.seek(place)
        box = file.read(16)
        if box.startswith(_SIZ):
            return place
        length, kind = int.from_bytes(box[:4], "big"), box[4:8]
        start = 16 if length == 1 else 8  # of what is in the box: a longer length comes first
        if kind == b"jp2c":
            return place + start
        length = int.from_bytes(box[8:16], "big") if length == 1 else length
        if length < start:  # the last one, or damaged
            return place
        place += length
