"""How much memory an image takes at its peak, told by its header."""

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.images.header_size import Size

_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}  # Pillow stores all others in 4
_MOST_STORED = 4

_GREYS = 2  # the grey pixels, and once more while they are turned

# What decoders take beside the picture that they fill, in bytes a pixel; those not named go line by line. Measured as
# the growth of the resident memory while a picture of 6000 x 5000 was opened and loaded, less the picture itself: WebP
# 12.3, AVIF 7.4 (of 8 bits), JPEG 2000 15.4, TIFF in one strip 3.0, HEIC 4.4, JPEG XL 4.1 (of effort 1).
_BESIDE = {"WEBP": 13, "AVIF": 10, "JPEG2000": 16, "TIFF": 4, "QOI": 4, "HEIF": 8, "JXL": 20}


def bytes_to_open(size: Size, form: str) -> int:
    """Return what a format's reader takes, and all that follows, that decodes the image when it opens the file."""
    return size.width * size.height * (_MOST_STORED + _BESIDE[form] + _GREYS)


def bytes_to_read(image: Image.Image, whole: tuple[int, int], file_size: int) -> int:
    """Return what reading an opened image takes, until its grey pixels are upright.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened, not loaded; of the size that a draft has given it.
    whole : (int, int)
        Width and height of the whole picture, before the draft.
    file_size : int
        Bytes of its file.

    Returns
    -------
    n_bytes : int
    """
    a_pixel = stored_bytes(image) + _BESIDE.get(image.format or "", 0) + _GREYS
    beside = getattr(image, "bytes_beside", 0)  # of images that are computed as arrays: see readers/arrays.py
    return image.width * image.height * a_pixel + _coefficient_bytes(image, whole) + file_size + beside


def stored_bytes(image: Image.Image) -> int:
    """Return the bytes that Pillow stores a pixel in."""
    return _STORED.get(image.mode, _MOST_STORED)


def _coefficient_bytes(image: Image.Image, whole: tuple[int, int]) -> int:
    """Return what the coefficients of a progressive JPEG take, which come in passes and are kept until the last.

    Those are of every layer, in its own resolution, two bytes a coefficient; a draft changes nothing about it.
    """
    if not (isinstance(image, JpegImageFile) and image.info.get("progressive")):
        return 0
    areas = [max(1, across) * max(1, down) for _, across, down, _ in image.layer]
    return 2 * whole[0] * whole[1] * sum(areas) // max(areas, default=1)
