"""A picture -> a few means of its colours, by which the same picture in other colours is told from a copy."""

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.images.colours import conversion_of, in_srgb
from imgcmp.images.grey_pixels import WHITE, laid_over
from imgcmp.images.orientation import upright

SIDE = 4
SIGNATURE_BYTES = 2 * SIDE * SIDE

UNKNOWN_COLOURS = b"\x80" * SIGNATURE_BYTES
"""-128 is the mean of no colours."""

NO_COLOURS = bytes(SIGNATURE_BYTES)
"""Those of a grey picture."""

# Of larger pictures that many rows and columns are looked at: a prime number, so that none of the patterns that
# dithering and halftones repeat falls in step with them. Of 61 photographs the means of all pixels differ by 1 at most.
_SAMPLED = 127

# Cb and Cr of red, green and blue. Pillow's own conversion rounds down: a level off from what JPEGs hold.
_CHROMA = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])

# Bytes 0..255 around 128 -> int8 around 0; what is below -127 is -127.
_AROUND_ZERO = bytes((max(level - 128, -127)) & 255 for level in range(256))


def colour_signature(turned_as: Image.Image, image: Image.Image, ground: int = WHITE) -> bytes:
    """Compute the colours of a picture in a grid.

    Parameters
    ----------
    turned_as, image : PIL.Image.Image
        The image whose orientation says how it is turned, and the one whose pixels count, of any mode; often one and
        the same.
    ground : int
        What transparent parts are laid over.

    Returns
    -------
    colours : bytes
        2 x 4 x 4 int8: the mean Cb - 128 of each part of a grid of 4 x 4 over the upright picture, row by row, and then
        the mean Cr - 128 (ITU-R 601 as in JPEG, of sRGB), -127..127; zeros for a grey one; UNKNOWN_COLOURS of a JPEG
        that holds red, green and blue: its decoder gives either grey, as it always was, or those.
    """
    if isinstance(image, JpegImageFile) and image.mode == "L" and len(image.layer) > 1:
        return UNKNOWN_COLOURS  # it was decoded without them
    if image.mode.startswith(("1", "L", "I", "F")) and image.mode != "LAB":
        return NO_COLOURS
    small = _in_colour(_sampled(image), ground)
    grid = upright(turned_as, small.resize((SIDE, SIDE), Image.Resampling.BOX))
    numbers = grid.tobytes()
    if grid.mode == "YCbCr":
        return (numbers[1::3] + numbers[2::3]).translate(_AROUND_ZERO)
    chroma = _CHROMA @ np.frombuffer(numbers, np.uint8).reshape(-1, 3).T
    return np.rint(chroma).clip(-127, 127).astype(np.int8).tobytes()


def colour_distance(colours: bytes, other: bytes) -> float:
    """Return how far two signatures are apart: the root of the mean square of the distances of their 16 parts."""
    difference = np.frombuffer(colours, np.int8).astype(float) - np.frombuffer(other, np.int8)
    return float(np.sqrt(difference @ difference / (SIDE * SIDE)))


def _sampled(image: Image.Image) -> Image.Image:
    size = min(image.width, _SAMPLED), min(image.height, _SAMPLED)
    return image if size == image.size else image.resize(size, Image.Resampling.NEAREST)


def _in_colour(image: Image.Image, ground: int) -> Image.Image:
    """Return an image as YCbCr, or as RGB of sRGB, without transparency."""
    if image.mode == "YCbCr":
        return image
    conversion = conversion_of(image)
    if conversion is not None:
        image = in_srgb(image, conversion)
    image = laid_over(image, ground)
    return image if image.mode == "RGB" else image.convert("RGB")
