"""What tells that two images have the same pixels, whatever their files look like: a digest of all of them, upright."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import BinaryIO

import numpy as np
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.also_held import holds_more
from imgcmp.images.colours import conversion_of
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.file_digest import DIGEST_BYTES
from imgcmp.images.grey_pixels import pieces
from imgcmp.images.image_file import Failure
from imgcmp.images.open_file import Content, opened
from imgcmp.images.orientation import is_sideways, orientation, upright
from imgcmp.images.tiff_numbers import is_negative, is_unsigned
from imgcmp.images.unreadable import is_passing, unreadable
from imgcmp.system.memory_budget import reserve

# Modes whose pixels are those of 8 bits of red, green, blue and alpha, exactly. Not those with alpha multiplied in, nor
# CMYK, YCbCr, HSV and LAB, of which several have one RGB.
_AS_RGBA = frozenset(("1", "L", "LA", "P", "PA", "RGB", "RGBA"))

# More than that to decode, and the bytes of the file stand for its pixels: a flat JPEG of 439 megapixels, of which its
# fingerprint takes 1/64, took 1.9 GB and 5 s. By the picture alone, so that equal ones fare equally in every run.
_MOST_BYTES = 2**28

_MOST_HIDDEN = 0.999  # of the pixels of a picture, fully transparent

_READ_BYTES = 2**20


def pixel_digest(image: Image.Image) -> bytes:
    """Compute the digest of the pixels of an image as it is seen.

    Parameters
    ----------
    image : PIL.Image.Image
        At full size, of any mode; the first frame of an animation.

    Returns
    -------
    digest : bytes
        16 bytes: BLAKE2b of width, height and all pixels, after EXIF orientation. Pixels are red, green, blue and
        alpha, whatever their format and palette; the colour of what is fully transparent does not count, unless that
        is nearly all of the picture. Of modes that hold more, or other colours, they are the numbers themselves. Equal
        numbers that mean other colours, by a profile or a gamma, are others.
    """
    image.load()
    turn = orientation(image)
    width, height = (image.height, image.width) if is_sideways(image) else image.size
    hide = _shows_anything(image)
    state = blake2b(digest_size=DIGEST_BYTES)
    state.update(f"{_kind(image)} {width} {height}\n".encode())
    for box in pieces(width, height):
        state.update(_numbers(upright(image, image.crop(_box_before(turn, image.size, box))), hide=hide))
    return state.digest()


def digest_whole(content: Content) -> bytes:
    """Compute the `pixel_digest` of an open image file, decoded at full size; errors are those of decoding it.

    Of a file that shows more than these pixels (other frames, finer colours) it is the digest of its bytes: equal
    pixels are not all that two of them would need to be the same.
    """
    content.file.seek(0)
    with open_image(content) as image:
        if holds_more(image, content):
            return _file_digest(content.file)
        reserve(bytes_to_read(image, image.size, content.size))
        return pixel_digest(image)


def digest_whole_or_file(content: Content) -> bytes:
    """Compute the `pixel_digest` of an open image file; of its bytes, if it can't be decoded, or is too large for that.

    A damaged JPEG may be readable at reduced scale only: then it is like its copies alone. Errors whose reason is
    outside of the file, such as too little memory, are raised: another run can tell its pixels.
    """
    try:
        return _file_digest(content.file) if _bytes_needed(content) > _MOST_BYTES else digest_whole(content)
    except Exception as error:  # as many kinds as there are decoders
        if is_passing(error):
            raise
        return _file_digest(content.file)


def try_digest_whole(path: str) -> bytes | Failure | None:
    """Compute the `pixel_digest` of a file at a real path: the task of a worker process.

    None if it cannot be read or is gone; a failure if what is short is outside of the file, memory above all.
    """
    try:
        with unreadable(path), opened(path, as_found=True) as content:
            return digest_whole(content)
    except UnreadableImageError as error:
        return Failure(path, str(error)) if error.passing and not error.out_of_reach else None


def _bytes_needed(content: Content) -> int:
    content.file.seek(0)
    with open_image(content) as image:
        return bytes_to_read(image, image.size, content.size)


def _kind(image: Image.Image) -> str:
    """Name what the numbers are: equal ones of two kinds are no equal pictures."""
    conversion = conversion_of(image)
    colours = "" if conversion is None else f" {conversion.meaning}"
    if _is_rgba(image):
        return f"RGBA{colours}"
    mode = "I" if image.mode.startswith("I") else image.mode
    key = image.info.get("transparency")
    meaning = " negative" * is_negative(image) + " unsigned" * is_unsigned(image)
    return f"{mode}{meaning}{colours}{'' if key is None else f' key {key}'}"


def _is_rgba(image: Image.Image) -> bool:
    if image.palette is not None and image.palette.mode not in ("RGB", "RGBA"):
        return False
    return image.mode in _AS_RGBA


def _shows_anything(image: Image.Image) -> bool:
    """Tell whether more of a picture is to be seen than one pixel in 1000; else its colours count, seen or not.

    Two that are fully transparent are not the same for that: alpha may be what a decoder took for it.
    """
    if not (image.has_transparency_data and _is_rgba(image)):
        return True
    n_hidden = 0
    for box in pieces(*image.size):
        n_hidden += image.crop(box).convert("RGBA").getchannel("A").histogram()[0]
    return n_hidden < _MOST_HIDDEN * image.width * image.height


def _numbers(piece: Image.Image, *, hide: bool) -> bytes:
    """Return the numbers of pixels; with `hide` zeros for those that are fully transparent."""
    if piece.mode.startswith("I"):
        return np.asarray(piece).astype("<i4").tobytes()
    if not _is_rgba(piece):
        return piece.tobytes()
    layers = piece.convert("RGBA")
    if not (hide and piece.has_transparency_data):
        return layers.tobytes()
    pixels = np.array(layers)
    pixels[pixels[..., 3] == 0] = 0
    return pixels.tobytes()


def _box_before(turn: int, size: tuple[int, int], box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return the part of a picture that becomes these whole rows when its EXIF orientation is applied."""
    width, height = size
    _, first, _, last = box
    if turn > 4:
        first, last = (width - last, width - first) if turn in (7, 8) else (first, last)
        return first, 0, last, height
    first, last = (height - last, height - first) if turn in (3, 4) else (first, last)
    return 0, first, width, last


def _file_digest(file: BinaryIO) -> bytes:
    state = blake2b(b"file\n", digest_size=DIGEST_BYTES)
    file.seek(0)
    for part in _parts(file):
        state.update(part)
    return state.digest()


def _parts(file: BinaryIO) -> Iterator[bytes]:
    while part := file.read(_READ_BYTES):
        yield part
