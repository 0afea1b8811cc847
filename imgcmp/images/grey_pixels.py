"""A file -> its grey pixels, upright.

Pillow decodes, and grey pixels are a Pillow image of mode L: an array would cost a copy. A JPEG is decoded straight to
grey at reduced scale, the smallest that still leaves `min_side` pixels on both sides: a tenth of the work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.colours import Conversion, conversion_of, in_srgb
from imgcmp.images.damage import first_rows, load_checked
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.number_range import Range, scaled, usual_range
from imgcmp.images.open_file import Content, opened
from imgcmp.images.orientation import is_sideways, orientation, upright
from imgcmp.images.readers.jpeg import decode_at_once, decode_means_alone, is_ycbcr
from imgcmp.images.tiff_numbers import is_negative, is_unsigned, white_of
from imgcmp.images.unreadable import unreadable
from imgcmp.system.memory_budget import reserve

Grey = Image.Image  # of mode L

WHITE, BLACK = 255, 0
"""Grounds that transparent pictures are laid over."""

MIN_SIDE = 1024
"""Pixels that the largest fingerprint asks for."""

JPEG_COLOURS = True
"""Whether JPEGs are decoded with their colours: without, `imgcmp.images.colour_signature` does not know them."""

# Converted at a time: 1 MB of grey, and up to 40 MB on the way.
_PIECE_PIXELS = 2**20


class Picture(NamedTuple):
    """Grey pixels, upright, perhaps at reduced scale; width and height are those of the whole picture, upright.

    `decoded` is the picture as its decoder left it, not turned; of a JPEG in YCbCr its brightness. `damage` is one of
    `imgcmp.images.image_file.DAMAGES`, empty: none that is seen. Of a file that is cut off `grey` is a part of it.
    `turn` is the orientation, as EXIF has it, by which it was turned.
    """

    grey: Grey
    width: int
    height: int
    decoded: Image.Image
    damage: str = ""
    turn: int = 1


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
def decoded(content: Content, min_side: int, *, take_parts: bool = False) -> Iterator[tuple[Image.Image, Picture]]:
    """Decode an open image file; yield it, a JPEG perhaps at reduced scale, and its grey pixels: see `read_picture`.

    With `take_parts` a file that is cut off stands for its first rows, if these are enough: see `imgcmp.images.damage`.
    """
    with unreadable(content.path), open_image(content) as image:
        width, height = image.size
        if not (width and height):
            raise UnreadableImageError("damaged: it has no pixels")
        large, small, state = _decoded(image, content, min_side, take_parts=take_parts)
        grey = upright(image, as_grey(small, min_side))
        if is_sideways(image):
            width, height = height, width
        yield image, Picture(grey, width, height, large, state, orientation(image))


def grey_pixels(image: Image.Image) -> Grey:
    """Return the grey pixels of a Pillow image, upright.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode; the first frame of an animation. Transparent parts are laid over white.

    Returns
    -------
    grey : PIL.Image.Image of mode L
        Luma (ITU-R 601) of the colours in sRGB, as Pillow computes it: see `imgcmp.images.colours` for those of other
        profiles. Numbers of more than 8 bits are scaled: see `imgcmp.images.number_range`.
    """
    return upright(image, as_grey(image))


def as_grey(image: Image.Image, min_side: int = MIN_SIDE, *, ground: int = WHITE) -> Grey:
    """Return a Pillow image of any mode in mode L, transparent parts over WHITE or BLACK; not turned.

    A large one is converted in pieces: its copies on the way from one mode to another take up to 20 bytes a pixel. One
    whose numbers are not those of sRGB is made smaller first, to half of `min_side` at least: at full size its
    conversion takes as long as all else together. Of 256 bits 1 changes by that, on average.
    """
    image.load()
    conversion = conversion_of(image)
    if image.mode == "L" and not image.has_transparency_data and conversion is None:
        return image
    if conversion is None and image.mode == "RGB" and not image.has_transparency_data:
        return image.convert("L")  # straight, without copies: in pieces a WebP of a megapixel took a third longer
    factor = 1 if conversion is None else max(1, 2 * min(image.size) // min_side)
    how = _ToGrey(_range_of(image), is_unsigned(image), is_negative(image), conversion, factor, ground)
    boxes = list(pieces(image.width, image.height, factor))
    if len(boxes) == 1:
        return _without_margin(_as_grey(image, how), image.size, factor)
    grey = Image.new("L", (-(-image.width // factor), -(-image.height // factor)))
    for box in boxes:
        grey.paste(_as_grey(image.crop(box), how), (0, box[1] // factor))
    return _without_margin(grey, image.size, factor)


def _without_margin(grey: Grey, whole: tuple[int, int], factor: int) -> Grey:
    """Return grey pixels of which the last ones of rows and columns are of less than a square of `factor`, evened out.

    Left as they are they would shift the picture: of 256 bits 2 to 8 changed, on average, not 1.
    """
    if all(side % factor == 0 for side in whole):
        return grey
    width, height = (side / factor for side in whole)
    size = max(1, round(width)), max(1, round(height))
    return grey.resize(size, Image.Resampling.BILINEAR, box=(0, 0, width, height))


def laid_over(image: Image.Image, ground: int) -> Image.Image:
    """Return a Pillow image without transparency: laid over WHITE or BLACK if it has any, else as it is."""
    if image.mode == "La":  # premultiplied alpha, which Pillow converts to nothing else
        image = image.convert("LA")
    if not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, (ground, ground, ground, 255)), layers).convert("RGB")


def pieces(width: int, height: int, factor: int = 1) -> Iterator[tuple[int, int, int, int]]:
    """Yield boxes of whole rows, multiples of `factor`, that cover an image, one if it is small."""
    n_rows = max(1, _PIECE_PIXELS // (width * factor)) * factor
    for first in range(0, height, n_rows):
        yield 0, first, width, min(height, first + n_rows)


def _decoded(
    image: Image.Image, content: Content, min_side: int, *, take_parts: bool
) -> tuple[Image.Image, Image.Image, str]:
    """Decode a file; a JPEG at reduced scale, first by its DCT (to 1/8 at most), and then smaller by mean values.

    Returned is what was decoded, of YCbCr the brightness, the same by mean values, and the damage.
    """
    whole = image.size
    if not isinstance(image, JpegImageFile):
        reserve(bytes_to_read(image, whole, content.size))
        image.load()
        return image, image, ""
    image.draft(_drafted_mode(image), (min_side, min_side))
    reserve(bytes_to_read(image, whole, content.size))
    decode_at_once(image, content.size)
    decode_means_alone(image, content)
    damage, part = load_checked(image, content, take_parts=take_parts)
    if part < 1:
        image = first_rows(image, part)
    large = image.getchannel(0) if image.mode == "YCbCr" else image
    # Without this, shrinking the rest to the grid of the hash takes 5 % of the time of a camera file.
    factor = max(1, min(image.size) // min_side) if large.mode in ("L", "RGB") else 1
    return large, large.reduce(factor) if factor > 1 else large, damage


def _drafted_mode(image: JpegImageFile) -> str | None:
    """Return the mode to decode a JPEG in: with its colours where that leaves its grey as it is.

    Brightness is one of the three numbers that are stored, the same bits as decoded alone. The other two take 1 ms of
    12 megapixels at 1/8: 4 to 5 % of decoding a photograph, 20 % of a drawing.
    """
    if conversion_of(image):
        return None
    return "YCbCr" if JPEG_COLOURS and is_ycbcr(image) else "L"


class _ToGrey(NamedTuple):
    """How the numbers of an image become grey."""

    shown: Range
    is_unsigned: bool
    is_negative: bool
    conversion: Conversion | None
    factor: int  # by which it becomes smaller
    ground: int


def _as_grey(image: Image.Image, how: _ToGrey) -> Grey:
    if _has_large_numbers(image):
        image = _grey_of_numbers(image, how)
    if how.conversion is not None:
        image = in_srgb(_smaller(image, how), how.conversion)
    image = laid_over(image, how.ground)
    if image.mode == "HSV":
        image = image.convert("RGB")
    return image if image.mode == "L" else image.convert("L")


def _grey_of_numbers(image: Image.Image, how: _ToGrey) -> Grey:
    numbers = _numbers(image, is_unsigned=how.is_unsigned)
    grey = scaled(numbers, how.shown)
    if how.is_negative:
        grey = 255 - grey
    key = image.info.get("transparency")
    if isinstance(key, int):  # the transparent grey of a PNG of 16 bits
        grey[numbers == key] = how.ground
    return Image.fromarray(grey)


def _smaller(image: Image.Image, how: _ToGrey) -> Image.Image:
    """Return an image smaller by a factor, in a mode whose pixels can be averaged."""
    if how.factor == 1:
        return image
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode in ("1", "P", "PA"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return image.reduce(how.factor)


def _has_large_numbers(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _numbers(image: Image.Image, *, is_unsigned: bool) -> NDArray[np.generic]:
    numbers = np.asarray(image)
    return numbers.view(np.uint32) if is_unsigned else numbers


def _range_of(image: Image.Image) -> Range:
    """Return what is shown black and white, where numbers may be of any range."""
    if not _has_large_numbers(image):
        return Range()
    white = _white_of(image)
    if white is not None:
        return Range(0.0, white)
    unsigned = is_unsigned(image)
    return usual_range(_numbers(image.crop(box), is_unsigned=unsigned) for box in pieces(*image.size))


def _white_of(image: Image.Image) -> float | None:
    """Return the white of a format that says what it is."""
    if isinstance(image, TiffImageFile):
        return white_of(image)
    return 65535.0 if image.mode.startswith("I;16") or (image.format, image.mode) == ("PPM", "I") else None
