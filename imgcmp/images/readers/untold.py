"""Formats that no first bytes tell, so that Pillow finds out: what it reads otherwise than it is shown."""

import struct

from PIL import Image, ImagePalette

from imgcmp.errors import UnreadableImageError
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque
from imgcmp.images.readers.palette_bounds import within_palette

_TGA_FIRST_COLOUR = 3  # where the header tells the number of the first colour of the palette, and how many it has
# Of a PCX: where the header tells version, bits and planes, and whether it is grey; and what its palette begins with.
_PCX_KIND, _PCX_PALETTE, _PCX_GREY = (1, 3, 65), 68, 2
_PCX_PALETTE_BYTES, _PCX_PALETTE_START = 769, b"\x0c"
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


def pcx_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Refuse a PCX whose palette, which stands at its end, is gone: Pillow takes the numbers of pixels for greys."""
    version, bits, n_planes = (content.start[at] for at in _PCX_KIND)
    if (version, bits, n_planes) != (5, 8, 1) or content.start[_PCX_PALETTE] == _PCX_GREY:
        return image
    if content.read_at(max(0, content.size - _PCX_PALETTE_BYTES), 1)[:1] != _PCX_PALETTE_START:
        raise UnreadableImageError("damaged or cut off: the PCX has no palette at its end")
    return image


def xbm_as_shown(image: Image.Image, _: Content) -> Image.Image:
    """Let the ink of an XBM be black."""
    return once_decoded(image, inverted)  # 1 is the ink
