"""A file -> its grey pixels, upright; and the facts of the file.

Pillow decodes, and grey pixels are a Pillow image of mode L: an array would cost a copy. A JPEG is decoded straight to
grey at reduced scale, the smallest that still leaves `min_side` pixels on both sides: a tenth of the work.
"""

import os
import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.text import shown

Grey = Image.Image  # of mode L

_ORIENTATION_TAG = 0x0112
_UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


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
        If the file is missing, empty, damaged, too large, or not an image. Pillow raises a dozen kinds of error for
        damaged files, so that every Exception counts as one.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            if not (width and height):
                raise ValueError("it has no pixels")
            grey = upright(image, as_grey(_decoded(image, path, min_side)))
            if orientation(image) in _SIDEWAYS:
                width, height = height, width
            return Picture(grey, width, height)
    except Exception as error:
        raise UnreadableImageError(reason(error, path)) from error


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
        see `_scaled`.
    """
    return upright(image, as_grey(image))


def as_grey(image: Image.Image) -> Grey:
    """Return a Pillow image of any mode in mode L, transparent parts over white; not turned."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_scaled(np.asarray(image)))
    if image.mode == "LAB":
        return image.getchannel(0)
    image = over_white(image)
    if image.mode == "HSV":
        image = image.convert("RGB")
    return image if image.mode == "L" else image.convert("L")


def over_white(image: Image.Image) -> Image.Image:
    """Return a Pillow image without transparency: laid over white if it has any, else as it is."""
    if image.mode == "La":  # premultiplied alpha, which Pillow converts to nothing else
        image = image.convert("LA")
    if not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")


def upright(original: Image.Image, image: Image.Image) -> Image.Image:
    """Return an image made from `original` as the EXIF orientation of `original` says it is to be seen."""
    turn = _UPRIGHT_BY.get(orientation(original))
    return image if turn is None else image.transpose(turn)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of an image, 1..8; 1, upright, if there is none or its EXIF is damaged."""
    image.load()  # some of Pillow's readers turn the picture themselves while they load it, and say so only then
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # damaged EXIF raises nearly anything; the picture itself is sound
        return 1
    return value if value in _UPRIGHT_BY else 1


def reason(error: BaseException, path: str) -> str:
    """Say in one line why a file could not be read."""
    return shown(" ".join(_reason(error, path).split()))


def _reason(error: BaseException, path: str) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return "too many pixels: " + str(error).split(",")[0].lower()
    if isinstance(error, UnidentifiedImageError):
        is_empty = os.path.exists(path) and os.path.getsize(path) == 0
        return "empty file" if is_empty else "not an image, or of a kind that is not supported"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, (struct.error, IndexError, KeyError, TypeError, SyntaxError, AttributeError)):
        return f"damaged ({type(error).__name__}: {error})"
    return str(error).strip() or type(error).__name__


def _decoded(image: ImageFile, path: str, min_side: int) -> Image.Image:
    """Decode a file; a JPEG in grey and at reduced scale, first by its DCT (to 1/8 at most), then by mean values."""
    image.draft("L", (min_side, min_side))
    # The whole file in one piece: fed in Pillow's 64 KiB pieces, camera files decode 3 to 5 % slower.
    image.decodermaxblock = max(image.decodermaxblock, min(os.path.getsize(path), 2**28))
    image.load()
    if not (image.format in ("JPEG", "MPO") and image.mode == "L"):
        return image
    # Without this, shrinking the rest to the grid of the hash takes 5 % of the time of a camera file.
    return image.reduce(max(1, min(image.size) // min_side))


def _scaled(numbers: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale numbers of unknown range to 0..255, by the least of 1, 255, 65535 and their maximum that holds them all."""
    values = np.nan_to_num(numbers.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0.0)
    if numbers.dtype.kind == "u" and numbers.dtype.itemsize == 2:  # in either byte order
        top = 65535.0
    else:
        largest = values.max(initial=0.0)
        tops = (1.0, 255.0, 65535.0) if np.issubdtype(numbers.dtype, np.floating) else (255.0, 65535.0)
        top = next((top for top in tops if largest <= top), largest)
    return np.rint(values * (255.0 / top)).astype(np.uint8)
