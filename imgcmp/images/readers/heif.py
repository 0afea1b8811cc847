"""AVIF and HEIC."""

from typing import cast

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.packages import package_for
from imgcmp.system.memory_budget import in_worker


def open_avif(content: Content, _: Format) -> ImageFile:
    """Open an AVIF."""
    if in_worker():
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # there are as many workers as cores, and every thread takes memory
    return Image.open(content.file)


def open_heic(content: Content, form: Format) -> ImageFile:
    """Open a HEIC."""
    pillow_heif = package_for(form)
    if in_worker():
        pillow_heif.options.DECODE_THREADS = 1
    return cast(ImageFile, pillow_heif.HeifImageFile(content.file))
