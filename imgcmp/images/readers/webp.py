"""WebP."""

from typing import Any

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.images.formats import Format
from imgcmp.images.header_size import webp_size
from imgcmp.images.open_file import Content
from imgcmp.images.readers.reserving import header, reserve_whole

_KIND, _IS_ANIMATED, _MOST_CHUNKS = slice(12, 16), 0x02, 100


def open_webp(content: Content, _: Format) -> ImageFile:
    """Open a WebP; what its first frame does not cover is transparent, as browsers show it.

    Pillow makes it black, if the file says that it has no transparency.
    """
    reserve_whole(webp_size(header(content)), "WEBP")
    image = Image.open(content.file)
    if image.mode == "RGB" and _first_frame(content) not in (None, (0, 0, *image.size)):
        show_nothing_as_transparent(image)
    return image


def show_nothing_as_transparent(image: Any) -> None:
    """Let what no frame covers be transparent, not black: the decoder knows, whatever the file says of transparency."""
    image.rawmode = image._mode = "RGBA"


def _first_frame(content: Content) -> tuple[int, int, int, int] | None:
    """Return left, top, width and height of the first frame of an animation; None if it is none (RFC 9649)."""
    if bytes(content.start[_KIND]) != b"VP8X" or not content.start[20] & _IS_ANIMATED:
        return None
    place = 12
    for _ in range(_MOST_CHUNKS):
        head = content.read_at(place, 20)
        if head[:4] == b"ANMF" and len(head) == 20:
            left, top, width, height = (int.from_bytes(head[at : at + 3], "little") for at in (8, 11, 14, 17))
            return 2 * left, 2 * top, width + 1, height + 1
        if len(head) < 8:
            break
        length = int.from_bytes(head[4:8], "little")
        place += 8 + length + length % 2
    return None
