"""PNG."""

import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, cast

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.colours import CICP
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import replaced
from imgcmp.images.readers.palette_bounds import within_palette
from imgcmp.images.readers.png_chunks import repaired
from imgcmp.images.readers.unfinished import finished
from imgcmp.system.memory_budget import reserve

# By the sample format of a PNG: what its transparent grey, or colour, is to be multiplied by to be that of the pixels.
_KEY_SCALES = {"L;2": 85, "L;4": 17}

_PALETTE_BITS = {"P;1": 1, "P;2": 2, "P;4": 4}  # by the sample format
_FIRST_CHUNK, _BITS, _COLOUR_TYPE = 8, 24, 25  # where it begins, and the bytes that tell bits and kinds of samples
_MOST_CHUNKS = 1000  # that are looked at before the pixels
_CICP_BYTES = 4
_KEY_BYTES = {0: 2, 2: 6}  # what a transparent grey, or colour, takes

# How Pillow calls colours of 16 bits of which it reads the first bytes, and would read the second ones.
_UPPER_BYTES, _LOWER_BYTES = "RGB;16B", "RGB;16L"

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
        raise UnreadableImageError("damaged PNG: its picture is not there")
    is_animated = getattr(image, "is_animated", False)
    if not is_animated:
        _leave_what_follows(image)
    _check_palette(image)
    if not is_animated:
        _check_rows(image, content)
    chunks = _chunks_before_pixels(content)
    if (points := chunks.get(b"cICP")) is not None and points.n_bytes == _CICP_BYTES:
        image.info[CICP] = tuple(content.read_at(points.start, 2))
    usual = _KEY_BYTES.get(content.start[_COLOUR_TYPE])
    if usual is not None and (key := chunks.get(b"tRNS")) is not None and key.n_bytes != usual:
        image.info.pop("transparency", None)  # a key of another kind of pixels is none
    return _with_true_key(image, content)


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

    def load_end(opened: Any, before: Callable[[Any], Any]) -> None:
        with suppress(*_BROKEN):
            before(opened)

    replaced(image, "load_end", load_end)


def has_fine_samples(content: Content) -> bool:
    """Tell whether samples have more than 8 bits."""
    return content.start[_BITS] > 8


class _Chunk(NamedTuple):
    """Where the content of a chunk begins, and its bytes."""

    start: int
    n_bytes: int


def _chunks_before_pixels(content: Content) -> dict[bytes, _Chunk]:
    """Return the chunks that come before the pixels, by their kinds."""
    chunks: dict[bytes, _Chunk] = {}
    place = _FIRST_CHUNK
    for _ in range(_MOST_CHUNKS):
        head = content.read_at(place, 8)
        kind = head[4:]
        if len(head) < 8 or kind in (b"IDAT", b"IEND"):
            break
        n_bytes = int.from_bytes(head[:4], "big")
        chunks.setdefault(kind, _Chunk(place + 8, n_bytes))
        place += 12 + n_bytes
    return chunks


def _with_true_key(image: ImageFile, content: Content) -> ImageFile:
    """Let the transparent grey or colour be one of the pixels: Pillow leaves it in the samples' own range."""
    key = image.info.get("transparency")
    if key is None or not image.tile:
        return image
    samples = image.tile[0].args
    if isinstance(key, tuple) and samples == _UPPER_BYTES:
        _take_fine_key(image, content, key)
    elif isinstance(key, int) and samples in _KEY_SCALES:
        image.info["transparency"] = key * _KEY_SCALES[samples]
    return image


def _take_fine_key(image: ImageFile, content: Content, key: tuple[int, ...]) -> None:
    """Decode colours of 16 bits, and let those be transparent whose bytes, the first and the second, are all the key's.

    By the first ones alone, which are the pixels, others would be, too.
    """
    reserve(3 * bytes_to_read(image, image.size, content.size))
    file = cast(Any, image).fp
    before = file.tell()
    file.seek(0)
    lower = Image.open(file, formats=["PNG"])
    lower.tile = [lower.tile[0]._replace(args=_LOWER_BYTES)]
    lower.load()
    file.seek(before)
    image.load()
    parts = ((image, [value >> 8 for value in key]), (lower, [value & 255 for value in key]))
    is_key = np.logical_and.reduce([(np.asarray(part) == bytes_of_key).all(axis=-1) for part, bytes_of_key in parts])
    del image.info["transparency"]
    image.putalpha(Image.fromarray(np.where(is_key, 0, 255).astype(np.uint8)))
