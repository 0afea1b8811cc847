"""PNG."""

import struct
from contextlib import suppress
from typing import Any

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.colours import CICP
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.png_chunks import repaired

# By the sample format of a PNG: what its transparent grey, or colour, is to be multiplied by to be that of the pixels.
_KEY_SCALES = {"L;2": 85, "L;4": 17}

_BITS = 24  # the byte of a PNG that tells the bits of a sample


# What Pillow raises for a broken chunk, whether the picture needs it or not.
_BROKEN = (OSError, SyntaxError, ValueError, IndexError, struct.error)


def open_png(content: Content, _: Format) -> ImageFile:
    """Open a PNG; if one of its chunks is broken that no picture needs, without that."""
    try:
        image = Image.open(content.file)
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:  # the drive's fault
            raise
        image = _repaired(content)
    if not image.tile:
        raise UnreadableImageError("damaged PNG: its IDAT is not there")
    if not getattr(image, "is_animated", False):
        _leave_what_follows(image)
    points = _code_points(bytes(content.start))
    if points is not None:
        image.info[CICP] = points
    return _with_true_key(image)


def _repaired(content: Content) -> ImageFile:
    for file in repaired(content.file):
        try:
            return Image.open(file, formats=["PNG"])
        except _BROKEN:
            continue
    raise UnreadableImageError("damaged PNG")


def _leave_what_follows(image: Any) -> None:
    """Let nothing that is broken behind the pixels, which are decoded by then, be a reason to refuse them."""
    before = image.load_end

    def load_end() -> None:
        with suppress(*_BROKEN):
            before()

    image.load_end = load_end


def has_fine_samples(content: Content) -> bool:
    """Tell whether samples have more than 8 bits."""
    return content.start[_BITS] > 8


def _code_points(start: bytes) -> tuple[int, int] | None:
    """Return the primaries and the transfer that a chunk cICP names, which comes before the pixels."""
    place = start.find(b"cICP", 0, start.find(b"IDAT"))
    return None if place < 0 or start[place - 4 : place] != b"\0\0\0\4" else (start[place + 4], start[place + 5])


def _with_true_key(image: ImageFile) -> ImageFile:
    """Let the transparent grey or colour be one of the pixels: Pillow leaves it in the samples' own range."""
    key = image.info.get("transparency")
    if key is None or not image.tile:
        return image
    samples = image.tile[0].args
    if isinstance(key, tuple) and samples == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in key)
    elif isinstance(key, int) and samples in _KEY_SCALES:
        image.info["transparency"] = key * _KEY_SCALES[samples]
    return image
