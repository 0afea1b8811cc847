"""Formats that no first bytes tell, so that Pillow finds out: what it reads otherwise than it is shown."""

from typing import Any

from PIL import Image, ImagePalette

from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque

_TGA_BITS = 16  # the byte of the header that tells the bits of a pixel
_TGA_ATTRIBUTES, _ATTRIBUTE_BITS = 17, 0x0F  # the byte of the header, and the bits of it that count those of alpha

# Palettes as Pillow names them that have alpha, and what they are without it.
_OPAQUE = {"BGRA": "BGRX", "BGRA;15Z": "BGR;15"}


def tga_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Let the fourth band of a TGA, or the second of a grey one, be transparency only if its header says so.

    In pixels of 16 bits one bit is left for it, of which Pillow takes 0 for opaque, and others 1: then it is 1, unless
    it is 0 everywhere.
    """
    has_alpha = content.start[_TGA_ATTRIBUTES] & _ATTRIBUTE_BITS
    palette = image.palette
    if palette and palette.rawmode in _OPAQUE:
        if has_alpha and palette.rawmode == "BGRA":
            palette.mode = "RGBA"  # which Pillow 11 leaves out
        else:
            image.palette = ImagePalette.raw(_OPAQUE[palette.rawmode], bytes(palette.palette))
    if image.mode in ("RGBA", "LA") and not has_alpha:
        return once_decoded(image, opaque)
    if image.mode == "RGBA" and content.start[_TGA_BITS] == 16:
        return once_decoded(image, _alpha_of_one_bit)
    return image


def _alpha_of_one_bit(image: Any) -> None:
    alpha = image.im.getband(3).chop_invert()
    if alpha.getextrema() == (0, 0):
        opaque(image)
    else:
        image.im.putband(alpha, 3)


def xbm_as_shown(image: Image.Image, _: Content) -> Image.Image:
    """Let the ink of an XBM be black."""
    return once_decoded(image, inverted)  # 1 is the ink
