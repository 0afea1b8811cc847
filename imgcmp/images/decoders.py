"""A file -> a Pillow image whose pixels are not decoded yet, and will be as they are shown.

What formats there are, and by which package each is read, stands in the table `imgcmp.images.formats`; how each is
opened in `imgcmp.images.readers`; here is the table of both.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from PIL import Image, ImageFile, UnidentifiedImageError

from imgcmp.errors import UnreadableImageError
from imgcmp.images.file_type import TELLING_BYTES, format_of
from imgcmp.images.formats import Format, Reader
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import forget_xmp
from imgcmp.system.memory_budget import in_worker


def open_image(content: Content) -> Image.Image:
    """Open an image file.

    Parameters
    ----------
    content : Content
        The file.

    Returns
    -------
    image : PIL.Image.Image
        Its size and mode are known, its pixels are not decoded yet.

    Raises
    ------
    Exception
        Nearly any, if it is damaged or not an image; `unreadable` says what it means.
    """
    if in_worker():
        Image.MAX_IMAGE_PIXELS = None  # the budget takes its place
    form = format_of(bytes(content.start[:TELLING_BYTES]), content.path)
    if form is None or form.name in _UNTOLD:
        image = _open_untold(content)
    else:
        image = _open_told(content, form)
    if forget_xmp(image):  # at once: Pillow turns a TIFF by it when it is decoded
        image._exif = None  # of a JPEG with EXIF Pillow has looked for the orientation, and taken that of XMP
    return image


def _open_told(content: Content, form: Format) -> Image.Image:
    try:
        image: Image.Image = _loaded(_OPENERS.get(form.name) or _OPENERS_BY_READER[form.reader])(content, form)
        return image
    except UnidentifiedImageError as error:  # though it begins like one
        raise UnreadableImageError(f"damaged {form.name}, or of a kind that is not supported") from error


def _open_untold(content: Content) -> Image.Image:
    """Open a file whose first bytes tell no format of ours: Pillow may know it all the same."""
    image = Image.open(content.file)
    if isinstance(image, ImageFile.StubImageFile):  # Pillow knows what it is, and no more
        raise UnreadableImageError(f"of a kind that is not supported ({image.format})")
    put_right = _AS_SHOWN.get(image.format or "")
    if put_right is None:
        return image
    shown: Image.Image = _loaded(put_right)(image, content)
    return shown


@cache
def _loaded(name: str) -> Callable[..., Any]:
    """Load a function of a reader, when the first file is met that needs it: to load all of them takes 40 ms."""
    module, _, function = name.partition(".")
    opener: Callable[..., Any] = getattr(import_module(f"imgcmp.images.readers.{module}"), function)
    return opener


_OPENERS: dict[str, str] = {
    "JPEG": "jpeg.open_jpeg",
    "PNG": "png.open_png",
    "GIF": "gif.open_gif",
    "WebP": "webp.open_webp",
    "AVIF": "heif.open_avif",
    "HEIC": "heif.open_heic",
    "JPEG XL": "jpeg_xl.open_jpeg_xl",
    "JPEG 2000": "jpeg_2000.open_jpeg_2000",
    "camera raw": "raw.open_raw",
    "TIFF": "tiff.open_tiff",
    "PSD": "psd.open_psd",
    "BMP": "bmp.open_bmp",
    "SGI": "sgi.open_sgi",
    "XPM": "cut_off.open_xpm",
    "DDS": "cut_off.open_dds",
    "FITS": "fits.open_fits",
    "PAM": "pam.open_pam",
    "PFM": "pam.open_pfm",
    "Radiance HDR": "radiance.open_radiance",
    "Sun raster": "sun.open_sun",
}
"""By the name of the format, of those with ways of their own: a module of `imgcmp.images.readers`, and its function."""

_OPENERS_BY_READER: dict[Reader, str] = {Reader.PILLOW: "plain.open_plainly", Reader.REFUSED: "plain.open_nothing"}
"""Of all others."""

_UNTOLD = ("DCX",)
"""Told by first bytes, and opened as those are that aren't."""

_AS_SHOWN: dict[str, str] = {
    "CUR": "icons.icon_as_shown",
    "DCX": "pcx.pcx_as_shown",
    "ICO": "icons.icon_as_shown",
    "DIB": "bmp.dib_as_shown",
    "PCX": "pcx.pcx_as_shown",
    "TGA": "untold.tga_as_shown",
    "XBM": "untold.xbm_as_shown",
}
"""By Pillow's name, of formats that it tells itself."""
