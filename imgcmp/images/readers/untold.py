"""Formats that no first bytes tell, so that Pillow finds out: what it reads otherwise than it is shown."""

import struct

from PIL import Image, ImagePalette

from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque
from imgcmp.images.readers.palette_bounds import within_palette

_TGA_FIRST_COLOUR = 3  # where the header tells the number of the first colour of the palette, and how many it has
_TGA_BITS = 16  # the byte of the header that tells the bits of a pixel
_TGA_ATTRIBUTES, _ATTRIBUTE_BITS = 17, 0x0F  # the byte of the header, and the bits of it that count those of alpha


# Palettes as Pillow names them that have alpha, and what they are without it.
_OPAQUE = {"BGRA": "BGRX", "BGRA;15Z": "BGR;15"}


def tga_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Let the fourth band of a TGA, or the second of a grey one, be transparency only if its header says so.

    The one bit that is left for it in 16 counts nowhere: to some 0 is opaque (Pillow, GIMP), to others 1 (ImageMagick).
    """
    has_alpha = content.start[_TGA_ATTRIBUTES] & _ATTRIBUTE_BITS
    if image.mode == "P":
        within_palette(image, sum(struct.unpack_from("<2H", content.start, _TGA_FIRST_COLOUR)))
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
