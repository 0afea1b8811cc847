"""Formats that Pillow reads as they are shown."""

import re

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content

# Of PNM the largest number, behind width and height; of SGI the byte that tells how many bytes a sample has.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_PNM_WHITE = re.compile(rb"P[36]" + (_GAP + rb"\d+") * 2 + _GAP + rb"(\d+)")
_SGI_BYTES = 3


def open_plainly(content: Content, _: Format) -> ImageFile:
    """Open an image with Pillow, and leave it as it is."""
    return Image.open(content.file)


def open_nothing(_: Content, form: Format) -> Image.Image:
    """Refuse a format that is not read."""
    raise UnreadableImageError(f"{form.name} is not read: make a PNG or JPEG of it")


def has_fine_samples(image: Image.Image, content: Content) -> bool:
    """Tell whether samples of a PNM or SGI have more than the 8 bits that are read of them."""
    if image.format == "SGI":
        return content.start[_SGI_BYTES] > 1
    white = _PNM_WHITE.match(content.start)
    return image.mode == "RGB" and white is not None and int(white[1]) > 255
