"""JPEG XL."""

from typing import cast

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.images.formats import Format
from imgcmp.images.header_size import jxl_held, jxl_size
from imgcmp.images.open_file import Content
from imgcmp.images.readers.packages import package_for
from imgcmp.images.readers.reserving import header, reserve_whole
from imgcmp.system.memory_budget import in_worker


def open_jpeg_xl(content: Content, form: Format) -> ImageFile:
    """Open a JPEG XL."""
    plugin = package_for(form)
    if in_worker():
        plugin.DECODE_THREADS = 0
    reserve_whole(jxl_size(header(content)), "JXL")
    image = plugin.JXLImageFile(content.file)
    if not image.jpeg:
        # Upright by JPEG XL's own means, whatever its EXIF says (ISO/IEC 18181-2); a JPEG that was packed is not.
        image.info.pop("exif", None)
    return cast(ImageFile, image)


def holds_more(image: Image.Image, content: Content) -> bool:
    """Tell whether a file holds more than the pixels that are read: frames, colours of more than 8 bits; or may."""
    held = jxl_held(header(content))
    if held is None:
        return True
    return held.is_film or (held.bits > 8 and not image.mode.startswith(("I", "F")))  # of grey all bits are read
