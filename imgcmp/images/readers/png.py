"""PNG."""

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.images.colours import CICP
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content

# By the sample format of a PNG: what its transparent grey, or colour, is to be multiplied by to be that of the pixels.
_KEY_SCALES = {"L;2": 85, "L;4": 17}

_BITS = 24  # the byte of a PNG that tells the bits of a sample


def open_png(content: Content, _: Format) -> ImageFile:
    """Open a PNG."""
    image = _with_true_key(Image.open(content.file))
    points = _code_points(bytes(content.start))
    if points is not None:
        image.info[CICP] = points
    return image


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
