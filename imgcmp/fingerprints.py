"""One image -> its fingerprint, packed."""

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.checks import integer
from imgcmp.errors import UnreadableImageError
from imgcmp.files import Failure, ImageFile
from imgcmp.hashes import MAX_X, METHODS, MIN_X, PIXELS_PER_X
from imgcmp.pixels import grey_pixels, read_picture
from imgcmp.words import Words, pack


class FileFingerprint(NamedTuple):
    """The fingerprint of an image file, and the size of the picture before any shrinking, upright."""

    words: Words
    width: int
    height: int


def fingerprint(
    image: Image.Image | str | os.PathLike[str] | NDArray[np.uint8], *, x: int = 8, method: str = "phash"
) -> Words:
    """Compute the fingerprint of an image.

    Parameters
    ----------
    image : PIL.Image.Image, path, or ndarray of uint8 with shape (height, width)
        A Pillow image of any mode, the name of an image file, or grey pixels. Of a JPEG *file* a reduced-scale
        decode is used, which changes a bit here and there; pixels in memory are used as they are.
    x : int
        Side of the fingerprint, 2..64.
    method : {"phash", "ahash", "dhash"}
        Kind of fingerprint.

    Returns
    -------
    words : ndarray of uint64, shape (n_words,)
        ``x * x`` bits, packed as by `pack`.

    Raises
    ------
    TypeError
        If `image` is none of these.
    ValueError
        If `x` or `method` is not one of these, an array is not two-dimensional, or there are no pixels.
    UnreadableImageError
        If the file cannot be read as an image.
    """
    x = integer(x, "x")
    check_parameters(x, method)
    if isinstance(image, (str, os.PathLike)):
        try:
            return fingerprint_file(os.fspath(image), x=x, method=method).words
        except UnreadableImageError as error:
            raise UnreadableImageError(f"{os.fspath(image)}: {error}") from error
    if isinstance(image, Image.Image):
        if 0 in image.size:
            raise ValueError(f"image must have pixels; got size {image.size}")
        return pack(METHODS[method](grey_pixels(image), x))
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = f"an array of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(f"image must be a Pillow image, a path, or an array of uint8; got {kind}")
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"image must have shape (height, width), not empty; got {image.shape}")
    return pack(METHODS[method](Image.fromarray(image), x))


def fingerprint_file(path: str, *, x: int, method: str) -> FileFingerprint:
    """Compute the fingerprint of an image file; raise UnreadableImageError if it cannot be read."""
    picture = read_picture(path, PIXELS_PER_X * x)
    return FileFingerprint(pack(METHODS[method](picture.grey, x)), picture.width, picture.height)


def try_fingerprint(file: ImageFile, *, x: int, method: str) -> FileFingerprint | Failure:
    """Compute the fingerprint of an image file, or say why it cannot be read: the task of a worker process."""
    try:
        return fingerprint_file(file.path, x=x, method=method)
    except UnreadableImageError as error:
        return file.failure(str(error))


def check_parameters(x: int, method: str) -> None:
    """Raise ValueError if there is no such fingerprint."""
    if not MIN_X <= x <= MAX_X:
        raise ValueError(f"x must be in {MIN_X}..{MAX_X}; got {x}")
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
