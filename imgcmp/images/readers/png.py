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
from imgcmp.images.readers.palette_bounds import within_palette
from imgcmp.images.readers.png_chunks import repaired
from imgcmp.images.readers.unfinished import finished

# By the sample format of a PNG: what its transparent grey, or colour, is to be multiplied by to be that of the pixels.
_KEY_SCALES = {"L;2": 85, "L;4": 17}

_PALETTE_BITS = {"P;1": 1, "P;2": 2, "P;4": 4}  # by the sample format

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
    is_animated = getattr(image, "is_animated", False)
    if not is_animated:
        _leave_what_follows(image)
    _check_palette(image)
    if not is_animated:
        _check_rows(image, content)
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


def _check_palette(image: ImageFile) -> None:
    """Refuse a picture without the palette that it needs, now or when a pixel is found that it has no colour for."""
    if image.mode != "P":
        return
    colours = image.palette
    if colours is None:
        raise UnreadableImageError("damaged PNG: its palette is not there")
    if not 3 <= len(colours.palette) <= 768 or len(colours.palette) % 3:
        raise UnreadableImageError("damaged PNG: its palette is of no whole colours")
    bits = _PALETTE_BITS.get(str(image.tile[0].args), 8)
    within_palette(image, len(colours.palette) // 3, 2**bits)


def _check_rows(image: ImageFile, content: Content) -> None:
    def again() -> ImageFile:
        content.file.seek(0)
        try:
            return Image.open(content.file)
        except _BROKEN:
            return _repaired(content)

    finished(image, (0, 0, *image.size), again, is_interlaced=bool(image.info.get("interlace")))


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
