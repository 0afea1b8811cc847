"""Formats that no first bytes tell, so that Pillow finds out: what it reads otherwise than it is shown."""

from PIL import Image

from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque

_TGA_ATTRIBUTES, _ATTRIBUTE_BITS = 17, 0x0F  # the byte of the header, and the bits of it that count those of alpha


def tga_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Let the fourth band of a TGA be transparency only if its header says so."""
    if image.mode == "RGBA" and not content.start[_TGA_ATTRIBUTES] & _ATTRIBUTE_BITS:
        return once_decoded(image, opaque)
    return image


def xbm_as_shown(image: Image.Image, _: Content) -> Image.Image:
    """Let the ink of an XBM be black."""
    return once_decoded(image, inverted)  # 1 is the ink
