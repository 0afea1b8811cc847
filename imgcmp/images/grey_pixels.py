"""A file -> its grey pixels, upright.

Pillow decodes, and grey pixels are a Pillow image of mode L: an array would cost a copy. A JPEG is decoded straight to
grey at reduced scale, the smallest that still leaves `min_side` pixels on both sides: a tenth of the work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.open_file import Content, opened
from imgcmp.images.orientation import is_sideways, upright
from imgcmp.images.unreadable import unreadable
from imgcmp.system.memory_budget import reserve

Grey = Image.Image  # of mode L

_PHOTOMETRIC_TAG, _WHITE_IS_ZERO = 0x0106, 0

# Converted at a time: 1 MB of grey, and up to 40 MB on the way.
_PIECE_PIXELS = 2**20

# A decoder is given the whole file in one piece: in Pillow's 64 KiB pieces camera files take 3 to 5 % longer.
_MOST_BYTES_AT_ONCE = 2**28


class Picture(NamedTuple):
    """Grey pixels, upright, perhaps at reduced scale; width and height are those of the whole picture, upright."""

    grey: Grey
    width: int
    height: int


def read_picture(path: str, min_side: int) -> Picture:
    """Read an image file as grey pixels.

    Parameters
    ----------
    path : str
        The file; its type is told by its content.
    min_side : int
        Pixels that a JPEG's shorter side must keep when it is decoded at reduced scale.

    Returns
    -------
    picture : Picture

    Raises
    ------
    UnreadableImageError
        If the file is missing, empty, damaged, too large, or not an image.
    """
    with unreadable(path), opened(path) as content:
        return picture_of(content, min_side)


def picture_of(content: Content, min_side: int) -> Picture:
    """Read an open image file as grey pixels: see `read_picture`."""
    with decoded(content, min_side) as (_, picture):
        return picture


@contextmanager
def decoded(content: Content, min_side: int) -> Iterator[tuple[Image.Image, Picture]]:
    """Decode an open image file; yield it, a JPEG perhaps at reduced scale, and its grey pixels: see `read_picture`."""
    with unreadable(content.path), open_image(content) as image:
        width, height = image.size
        if not (width and height):
            raise ValueError("it has no pixels")
        grey = upright(image, as_grey(_decoded(image, content.size, min_side)))
        if is_sideways(image):
            width, height = height, width
        yield image, Picture(grey, width, height)


def grey_pixels(image: Image.Image) -> Grey:
    """Return the grey pixels of a Pillow image, upright.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode; the first frame of an animation. Transparent parts are laid over white.

    Returns
    -------
    grey : PIL.Image.Image of mode L
        Luma (ITU-R 601) as Pillow computes it; for LAB images lightness. Numbers of more than 8 bits are scaled:
        see `_top`.
    """
    return upright(image, as_grey(image))


def as_grey(image: Image.Image) -> Grey:
    """Return a Pillow image of any mode in mode L, transparent parts over white; not turned.

    A large one is converted in pieces: its copies on the way from one mode to another take up to 20 bytes a pixel.
    """
    image.load()
    if image.mode == "L" and not image.has_transparency_data:
        return image
    top = _top(image)
    boxes = list(pieces(image.width, image.height))
    if len(boxes) == 1:
        grey = _as_grey(image, top)
    else:
        grey = Image.new("L", image.size)
        for box in boxes:
            grey.paste(_as_grey(image.crop(box), top), box)
    return ImageChops.invert(grey) if is_negative(image) else grey


def over_white(image: Image.Image) -> Image.Image:
    """Return a Pillow image without transparency: laid over white if it has any, else as it is."""
    if image.mode == "La":  # premultiplied alpha, which Pillow converts to nothing else
        image = image.convert("LA")
    if not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")


def is_negative(image: Image.Image) -> bool:
    """Tell whether 0 is white: in TIFFs of 16 bits, the only ones that Pillow leaves so."""
    if not image.mode.startswith("I;16") or not isinstance(image, TiffImageFile):
        return False
    return bool(image.tag_v2.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO)


def pieces(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield boxes of whole rows that cover an image, one if it is small."""
    n_rows = max(1, _PIECE_PIXELS // width)
    for first in range(0, height, n_rows):
        yield 0, first, width, min(height, first + n_rows)


def _decoded(image: Image.Image, file_size: int, min_side: int) -> Image.Image:
    """Decode a file; a JPEG in grey and at reduced scale, first by its DCT (to 1/8 at most), then by mean values."""
    whole = image.size
    if not isinstance(image, JpegImageFile):
        reserve(bytes_to_read(image, whole, file_size))
        image.load()
        return image
    image.draft("L", (min_side, min_side))
    reserve(bytes_to_read(image, whole, file_size))
    image.decodermaxblock = max(image.decodermaxblock, min(file_size, _MOST_BYTES_AT_ONCE))
    image.load()
    if image.mode != "L":
        return image
    # Without this, shrinking the rest to the grid of the hash takes 5 % of the time of a camera file.
    return image.reduce(max(1, min(image.size) // min_side))


def _as_grey(image: Image.Image, top: float) -> Grey:
    if _has_large_numbers(image):
        numbers = np.asarray(image)
        grey = _scaled(numbers, top)
        key = image.info.get("transparency")
        if isinstance(key, int):  # the transparent grey of a PNG of 16 bits
            grey[numbers == key] = 255
        return Image.fromarray(grey)
    if image.mode == "LAB":
        return image.getchannel(0)
    image = over_white(image)
    if image.mode == "HSV":
        image = image.convert("RGB")
    return image if image.mode == "L" else image.convert("L")


def _has_large_numbers(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _top(image: Image.Image) -> float:
    """Return the number that is white, where numbers may be of any range: the least usual one that holds them all."""
    if not _has_large_numbers(image):
        return 255.0
    if image.mode.startswith("I;16"):
        return 65535.0
    parts = (np.asarray(image.crop(box)) for box in pieces(*image.size))
    largest = max(float(_finite(numbers).max(initial=0.0)) for numbers in parts)
    tops = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    return next((top for top in tops if largest <= top), largest)


def _scaled(numbers: NDArray[np.generic], top: float) -> NDArray[np.uint8]:
    return np.rint(_finite(numbers) * (255.0 / top)).astype(np.uint8)


def _finite(numbers: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return numbers in float64; those below 0 and those that are none are 0."""
    return np.nan_to_num(numbers.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0.0)
