"""Formats that Pillow reads as they are shown."""

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content


def open_plainly(content: Content, _: Format) -> ImageFile:
    """Open an image with Pillow, and leave it as it is."""
    return Image.open(content.file)


def open_nothing(_: Content, form: Format) -> Image.Image:
    """Refuse a format that is not read."""
    raise UnreadableImageError(f"{form.name} is not read: make a PNG or JPEG of it")
