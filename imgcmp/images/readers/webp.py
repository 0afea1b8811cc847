"""WebP."""

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.images.formats import Format
from imgcmp.images.header_size import webp_size
from imgcmp.images.open_file import Content
from imgcmp.images.readers.reserving import header, reserve_whole


def open_webp(content: Content, _: Format) -> ImageFile:
    """Open a WebP."""
    reserve_whole(webp_size(header(content)), "WEBP")
    return Image.open(content.file)
