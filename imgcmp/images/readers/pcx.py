"""PCX, and DCX, which is several of them."""

from typing import Any

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.open_file import Content
from imgcmp.system.memory_budget import reserve

# Of a PCX: where the header tells version, bits and planes, and whether it is grey; and what its palette begins with.
_PCX_KIND, _PCX_PALETTE, _PCX_GREY = (1, 3, 65), 68, 2
_PCX_PALETTE_BYTES, _PCX_PALETTE_START = 769, b"\x0c"
_PLANES = {"P;2L": 2, "P;4L": 4}  # by Pillow's name of how their bits lie


def pcx_as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Let every plane of a PCX of 4 or 16 colours begin where it does, behind the bytes that fill the one before.

    Early Pillows look for it behind the picture's own bytes: as wide as what is stored it is read right by all.
    """
    if image.format == "PCX":
        _check_palette(content)
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


def _check_palette(content: Content) -> None:
    """Refuse a PCX whose palette, which stands at its end, is gone: Pillow takes the numbers of pixels for greys."""
    version, bits, n_planes = (content.start[at] for at in _PCX_KIND)
    if (version, bits, n_planes) != (5, 8, 1) or content.start[_PCX_PALETTE] == _PCX_GREY:
        return
    if content.read_at(max(0, content.size - _PCX_PALETTE_BYTES), 1)[:1] != _PCX_PALETTE_START:
        raise UnreadableImageError("damaged or cut off: the PCX has no palette at its end")
