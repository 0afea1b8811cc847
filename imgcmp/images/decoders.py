"""A file -> a Pillow image whose pixels are not decoded yet, and will be as they are shown.

What formats there are, and by which package each is read, stands in the table `imgcmp.images.formats`; how each is
opened in `imgcmp.images.readers`; here is the table of both.
"""

from collections.abc import Callable

from PIL import Image, UnidentifiedImageError

from imgcmp.errors import UnreadableImageError
from imgcmp.images.file_type import TELLING_BYTES, format_of
from imgcmp.images.formats import Format, Reader
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import forget_xmp
from imgcmp.images.readers.bmp import dib_as_shown, open_bmp
from imgcmp.images.readers.cut_off import open_dds, open_xpm
from imgcmp.images.readers.fits import open_fits
from imgcmp.images.readers.gif import open_gif
from imgcmp.images.readers.heif import open_avif, open_heic
from imgcmp.images.readers.icons import icon_as_shown
from imgcmp.images.readers.jpeg import open_jpeg
from imgcmp.images.readers.jpeg_2000 import open_jpeg_2000
from imgcmp.images.readers.jpeg_xl import open_jpeg_xl
from imgcmp.images.readers.pam import open_pam, open_pfm
from imgcmp.images.readers.pcx import pcx_as_shown
from imgcmp.images.readers.plain import open_nothing, open_plainly
from imgcmp.images.readers.png import open_png
from imgcmp.images.readers.psd import open_psd
from imgcmp.images.readers.radiance import open_radiance
from imgcmp.images.readers.raw import open_raw
from imgcmp.images.readers.sgi import open_sgi
from imgcmp.images.readers.sun import open_sun
from imgcmp.images.readers.tiff import open_tiff
from imgcmp.images.readers.untold import tga_as_shown, xbm_as_shown
from imgcmp.images.readers.webp import open_webp
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
    if form is None:
        image = _open_untold(content)
    else:
        image = _open_told(content, form)
    forget_xmp(image)  # at once: Pillow turns a TIFF by it when it is decoded
    return image


def _open_told(content: Content, form: Format) -> Image.Image:
    try:
        return (_OPENERS.get(form.name) or _OPENERS_BY_READER[form.reader])(content, form)
    except UnidentifiedImageError as error:  # though it begins like one
        raise UnreadableImageError(f"damaged {form.name}, or of a kind that is not supported") from error


def _open_untold(content: Content) -> Image.Image:
    """Open a file whose first bytes tell no format of ours: Pillow may know it all the same."""
    image = Image.open(content.file)
    put_right = _AS_SHOWN.get(image.format or "")
    return image if put_right is None else put_right(image, content)


_Opener = Callable[[Content, Format], Image.Image]

_OPENERS: dict[str, _Opener] = {
    "JPEG": open_jpeg,
    "PNG": open_png,
    "GIF": open_gif,
    "WebP": open_webp,
    "AVIF": open_avif,
    "HEIC": open_heic,
    "JPEG XL": open_jpeg_xl,
    "JPEG 2000": open_jpeg_2000,
    "camera raw": open_raw,
    "TIFF": open_tiff,
    "PSD": open_psd,
    "BMP": open_bmp,
    "SGI": open_sgi,
    "XPM": open_xpm,
    "DDS": open_dds,
    "FITS": open_fits,
    "PAM": open_pam,
    "PFM": open_pfm,
    "Radiance HDR": open_radiance,
    "Sun raster": open_sun,
    "DCX": lambda content, _: _open_untold(content),
}
"""By the name of the format, of those with ways of their own."""

_OPENERS_BY_READER: dict[Reader, _Opener] = {Reader.PILLOW: open_plainly, Reader.REFUSED: open_nothing}
"""Of all others."""

_AS_SHOWN: dict[str, Callable[[Image.Image, Content], Image.Image]] = {
    "CUR": icon_as_shown,
    "DCX": pcx_as_shown,
    "ICO": icon_as_shown,
    "DIB": dib_as_shown,
    "PCX": pcx_as_shown,
    "TGA": tga_as_shown,
    "XBM": xbm_as_shown,
}
"""By Pillow's name, of formats that it tells itself."""
