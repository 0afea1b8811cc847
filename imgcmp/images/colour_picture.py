"""A file -> the picture that stands for it, in colour, upright, and no larger than it is needed."""

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.images.colours import conversion_of, in_srgb
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import as_grey, laid_over
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import upright
from imgcmp.images.readers.jpeg import decode_at_once, is_ycbcr
from imgcmp.images.shown_picture import frame_that_stands, ground_of
from imgcmp.system.memory_budget import reserve

# Bytes a pixel beside the decoder's: in sRGB, laid over a ground, and turned.
_BESIDE = 12

# Of JFIF (ITU-R BT.601, all levels), as rows of weights and what is added. Pillow's own conversion to YCbCr (13.0) cuts
# off fractions: each band is half a level less than in a JPEG that is decoded to YCbCr, which looks like a tint.
_YCBCR = (0.299, 0.587, 0.114, 0, -0.168736, -0.331264, 0.5, 128, 0.5, -0.418688, -0.081312, 128)


def colour_picture(
    content: Content, *, n_pixels: float, at_full_size: float | None = None, frame: int = 0, held_bytes: int = 0
) -> Image.Image:
    """Read the picture that stands for an open image file.

    Parameters
    ----------
    content : Content
        The file.
    n_pixels : float
        So many it has at least, or all that there are.
    at_full_size : float, optional
        The same, of files that are decoded at full size anyway: all but JPEGs.
    frame : int
        Which frame it is: above 0, the one that stands for a film which begins flat.
    held_bytes : int
        What else the process holds meanwhile.

    Returns
    -------
    picture : PIL.Image.Image of mode YCbCr

    Raises
    ------
    Exception
        Nearly any, where the file is damaged; OverBudgetError if it needs more memory than is allowed.
    """
    content.file.seek(0)
    with open_image(content) as image:
        whole = image.size
        if not isinstance(image, JpegImageFile):
            n_pixels = at_full_size or n_pixels
        else:
            scale = min(1.0, (n_pixels / (whole[0] * whole[1])) ** 0.5)
            image.draft(_drafted_mode(image), (-int(-whole[0] * scale // 1), -int(-whole[1] * scale // 1)))
            decode_at_once(image, content.size)
        reserve(bytes_to_read(image, whole, content.size) + _BESIDE * image.width * image.height + held_bytes)
        image.load()
        found = frame_that_stands(image, content) if frame > 0 else None
        picture, turned_as = (image, image) if found is None else (found.image, found.turned_as)
        return upright(turned_as, _in_ycbcr(_smaller(picture, n_pixels)))


def resizable(image: Image.Image) -> Image.Image:
    """Return the image in a mode whose pixels can be averaged: no palette, no bits, no more than 8 bits a channel."""
    if image.mode.startswith(("I", "F")):
        return as_grey(image, max(image.size), ground=ground_of(image))
    if image.mode == "La":  # premultiplied alpha, which Pillow converts to nothing else
        return image.convert("LA")
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    if image.mode in ("L", "RGB", "YCbCr", "CMYK", "LAB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGB")


def _smaller(image: Image.Image, n_pixels: float) -> Image.Image:
    """Return an image whose pixels can be averaged, by whole numbers smaller, of n_pixels at least."""
    picture = resizable(image)
    factor = int((image.width * image.height / max(1.0, n_pixels)) ** 0.5)
    if factor > 1:
        reduced = picture.reduce(factor)
        reduced.info = dict(picture.info)
        return reduced
    return picture


def _drafted_mode(image: JpegImageFile) -> str | None:
    """Return the mode to decode a JPEG in: brightness and colours as they are stored, if nothing changes them."""
    return "YCbCr" if is_ycbcr(image) and conversion_of(image) is None else None


def _in_ycbcr(image: Image.Image) -> Image.Image:
    if image.mode == "YCbCr":
        return image
    conversion = conversion_of(image)
    shown = image if conversion is None else in_srgb(image, conversion)
    flat = laid_over(shown, ground_of(shown))
    bands = flat.convert("RGB").convert("RGB", _YCBCR).split()
    return Image.merge("YCbCr", bands)
