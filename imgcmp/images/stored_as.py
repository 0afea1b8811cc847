"""How a file stores its picture: in which format, and with how many bits a channel."""

import re
from collections.abc import Callable

from PIL import Image

from imgcmp.images.file_type import TELLING_BYTES, format_of
from imgcmp.images.formats import Reader
from imgcmp.images.header_size import jxl_held
from imgcmp.images.image_file import UNKNOWN
from imgcmp.images.open_file import Content, found_file

_PALETTE_BITS = 8  # a channel of the colours of a palette, whatever its indices take

_PNG_BITS, _PNG_KIND, _PNG_PALETTE = 24, 25, 3
_LEAST_BITS = 8  # of a channel: PNGs of fewer were made so, of more
_SGI_BYTES = 3
_PNM = re.compile(rb"P[2356](?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d{1,5})\s")
_PAM = re.compile(rb"\nMAXVAL\s+(\d{1,5})\s")
_FITS = re.compile(rb"BITPIX\s*=\s*-?(\d{1,2})\b")


def format_of_file(image: Image.Image, content: Content) -> str:
    """Return what the format of a file is called.

    Parameters
    ----------
    image : PIL.Image.Image
        As `imgcmp.images.decoders.open_image` opened it.
    content : Content
        The file.

    Returns
    -------
    name : str
        As in the table `imgcmp.images.formats.FORMATS`, by the first bytes; of files that these don't tell as Pillow
        names it.
    """
    form = format_of(bytes(content.start[:TELLING_BYTES]), content.path)
    if form is None:
        return image.format or ""
    if form.reader is Reader.RAWPY and image.format == "TIFF":  # a plain one with the name of a raw file
        return "TIFF"
    return form.name


def bit_depth(image: Image.Image, content: Content, form: str) -> int:
    """Return the bits of a channel in a file, -1 if they are not known.

    Parameters
    ----------
    image, content
        As for `format_of_file`.
    form : str
        What that returns.

    Returns
    -------
    n_bits : int
        Of the widest channel; of pictures with a palette those of its colours. Unknown of camera raw.
    """
    tell = _TELL.get(form)
    if tell is None:
        return _by_mode(image)
    try:
        return tell(image, content)
    except Exception:  # of as many kinds as there are headers; the picture has been read
        return UNKNOWN


def is_full_depth_png(path: str) -> bool:
    """Tell whether a file is a PNG of 8 bits a channel or more, without a palette: one that lost nothing of a picture.

    Parameters
    ----------
    path : str
        The file; one that can't be read is none.
    """
    try:
        with open(path, "rb", opener=found_file) as file:
            start = file.read(_PNG_KIND + 1)
    except OSError:
        return False
    is_png = len(start) > _PNG_KIND and start.startswith(b"\x89PNG\r\n\x1a\n")
    return is_png and start[_PNG_KIND] != _PNG_PALETTE and start[_PNG_BITS] >= _LEAST_BITS


def _by_mode(image: Image.Image) -> int:
    """Return the bits that Pillow's reader leaves, of formats that have no more."""
    if image.mode == "1":
        return 1
    return UNKNOWN if image.mode.startswith(("I", "F")) else 8


def _of_jpeg(image: Image.Image, _: Content) -> int:
    return int(image.info.get("bits", 8))


def _of_png(_: Image.Image, content: Content) -> int:
    return _PALETTE_BITS if content.start[_PNG_KIND] == _PNG_PALETTE else content.start[_PNG_BITS]


def _of_heif(_: Image.Image, content: Content) -> int:
    from imgcmp.images.readers.heif import sample_bits

    return sample_bits(content) or UNKNOWN


def _of_jxl(_: Image.Image, content: Content) -> int:
    held = jxl_held(bytes(content.start))
    return held.bits if held else UNKNOWN


def _of_jpeg_2000(_: Image.Image, content: Content) -> int:
    from imgcmp.images.readers.jpeg_2000_header import header_of

    header = header_of(content)
    return max(header.palette or [component.bits for component in header.components])


def _of_tiff(_: Image.Image, content: Content) -> int:
    from imgcmp.images.readers.tiff_directory import standing_for_all
    from imgcmp.images.readers.tiff_layout import PALETTE, layout_of

    layout = layout_of(standing_for_all(content.file, content.size), content.size)
    return _PALETTE_BITS if layout.photometric == PALETTE else layout.depth


def _of_psd(_: Image.Image, content: Content) -> int:
    from imgcmp.images.readers.psd_merged import header_of

    return header_of(content).depth


def _of_sgi(_: Image.Image, content: Content) -> int:
    return 8 * content.start[_SGI_BYTES]


def _by_white(header: re.Pattern[bytes]) -> Callable[[Image.Image, Content], int]:
    """Return what tells the bits of the number that is white."""

    def tell(image: Image.Image, content: Content) -> int:
        found = header.search(content.start)
        return int(found[1]).bit_length() if found else _by_mode(image)

    return tell


def _of_fits(_: Image.Image, content: Content) -> int:
    found = _FITS.search(content.start)
    return int(found[1]) if found else UNKNOWN


def _unknown(*_: object) -> int:
    return UNKNOWN


_TELL: dict[str, Callable[[Image.Image, Content], int]] = {
    "JPEG": _of_jpeg,
    "PNG": _of_png,
    "AVIF": _of_heif,
    "HEIC": _of_heif,
    "JPEG XL": _of_jxl,
    "JPEG 2000": _of_jpeg_2000,
    "TIFF": _of_tiff,
    "PSD": _of_psd,
    "SGI": _of_sgi,
    "PPM": _by_white(_PNM),
    "PAM": _by_white(_PAM),
    "FITS": _of_fits,
    "PFM": lambda *_: 32,
    # A shared exponent, compressed blocks of many kinds, and numbers of a sensor that are not what is read.
    "Radiance HDR": _unknown,
    "DDS": _unknown,
    "BLP": _unknown,
    "FTEX": _unknown,
    "camera raw": _unknown,
}
"""By the name of the format, of those whose files say more than the mode of what was read."""
