"""Formats that no first bytes tell, so that Pillow finds out: what it reads otherwise than it is shown."""

from typing import Any

from PIL import Image, ImagePalette

from imgcmp.errors import UnreadableImageError
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque
from imgcmp.system.memory_budget import reserve

_TGA_BITS = 16  # the byte of the header that tells the bits of a pixel
_TGA_ATTRIBUTES, _ATTRIBUTE_BITS = 17, 0x0F  # the byte of the header, and the bits of it that count those of alpha

_PLANES = {"P;2L": 2, "P;4L": 4}  # by Pillow's name of how their bits lie

# Palettes as Pillow names them that have alpha, and what they are without it.
_OPAQUE = {"BGRA": "BGRX", "BGRA;15Z": "BGR;15"}


def tga_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Let the fourth band of a TGA, or the second of a grey one, be transparency only if its header says so.

    The one bit that is left for it in 16 counts nowhere: to some 0 is opaque (Pillow, GIMP), to others 1 (ImageMagick).
    """
    has_alpha = content.start[_TGA_ATTRIBUTES] & _ATTRIBUTE_BITS
    palette = image.palette
    if palette and palette.rawmode in _OPAQUE:
        if has_alpha and palette.rawmode == "BGRA":
            palette.mode = "RGBA"  # which Pillow 11 leaves out
        else:
            image.palette = ImagePalette.raw(_OPAQUE[palette.rawmode], bytes(palette.palette))
    is_of_one_bit = image.mode == "RGBA" and content.start[_TGA_BITS] == 16
    if image.mode in ("RGBA", "LA") and (is_of_one_bit or not has_alpha):
        return once_decoded(image, opaque)
    return image


def xbm_as_shown(image: Image.Image, _: Content) -> Image.Image:
    """Let the ink of an XBM be black."""
    return once_decoded(image, inverted)  # 1 is the ink


def pcx_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Let every plane of a PCX of 4 or 16 colours begin where it does, behind the bytes that fill the one before.

    Early Pillows look for it behind the picture's own bytes: as wide as what is stored it is read right by all.
    """
    opened: Any = image
    rawmode, row_bytes = opened.tile[0].args[:2]
    n_planes = _PLANES.get(rawmode, 0)
    stored = 8 * row_bytes // n_planes if n_planes else 0
    if stored < image.width + 8:
        return image
    if image.format != "PCX":
        raise UnreadableImageError(f"a {image.format} of {n_planes} planes is not read: make a PNG of it")
    width, height = image.size
    opened._size = stored, height
    opened.tile = [opened.tile[0]._replace(extents=(0, 0, stored, height))]
    reserve(2 * bytes_to_read(image, image.size, content.size))
    part = image.crop((0, 0, width, height))
    part.format = image.format
    return part
