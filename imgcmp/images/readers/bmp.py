"""BMP, and DIB, which is one without its first 14 bytes."""

import struct

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.palette_bounds import within_palette

_BEFORE_HEADER, _OLD_HEADER, _HEADER = 14, 12, 40  # bytes
_BITS, _COMPRESSION, _N_COLOURS, _MASKS = 14, 16, 32, 40  # places in a header, of three masks the first
_BY_MASKS = 3


def open_bmp(content: Content, _: Format) -> Image.Image:
    """Open a BMP."""
    return _checked(Image.open(content.file), content, _BEFORE_HEADER)


def dib_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Refuse a DIB that says wrong things of its colours."""
    return _checked(image, content, 0)


def _checked(image: Image.Image, content: Content, start: int) -> Image.Image:
    """Refuse what has no colours, now or when a pixel is found that the palette has no colour for."""
    header = content.read_at(start, _MASKS + 12)
    (n_bytes,) = struct.unpack_from("<I", header)
    if n_bytes == _OLD_HEADER:  # of whose palette all colours are there
        return image
    bits, compression = struct.unpack_from("<HI", header, _BITS)
    if compression == _BY_MASKS and not any(header[_MASKS:]):
        raise UnreadableImageError("damaged BMP: it doesn't say which bits of a pixel are its colours")
    (n_colours,) = struct.unpack_from("<I", header, _N_COLOURS)
    if bits <= 8 and n_colours:
        return within_palette(image, n_colours, 2**bits)
    return image
