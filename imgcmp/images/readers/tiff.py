"""TIFF."""

import io
from threading import Lock
from typing import Any, cast

from PIL import Image, ImagePalette, TiffImagePlugin, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.jpeg_segments import frame_of, segments_of
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import once_decoded
from imgcmp.images.readers.plain_words import loaded_plainly
from imgcmp.images.readers.tiff_by_pillow import is_read_by_pillow
from imgcmp.images.readers.tiff_by_tifffile import open_by_tifffile
from imgcmp.images.readers.tiff_directory import FILL_ORDER, Directory, read_header, standing_for_all
from imgcmp.images.readers.tiff_layout import JPEG, PALETTE, RAW, YCBCR, Layout, layout_of

_PROFILE_TAG = 34675

_DARK = 64  # of 256 levels: less than that is all that 14 bits in 16 reach

# Pillow has one way of reading for all threads: of two that change it at once the later one would leave it changed.
_WAY_OF_READING = Lock()

_PIXELS_DAMAGED = "damaged or cut short: the pixels of the TIFF can't be decoded"


def open_tiff(content: Content, _: Format) -> Image.Image:
    """Open the picture of a TIFF that is the first that is neither a small copy nor a mask of another one."""
    directory = standing_for_all(content.file, content.size)
    layout = layout_of(directory, content.size)
    if layout.depth == 16 and layout.n_colours > 1:  # of which Pillow leaves the higher 8, and files may have 12
        try:
            return open_by_tifffile(content, layout, directory)
        except ModuleNotFoundError:
            if not _is_read_by_pillow(content, layout, directory):
                raise
    elif not _is_read_by_pillow(content, layout, directory):
        return open_by_tifffile(content, layout, directory)
    try:
        image = _open_by_pillow(content, layout, directory)
    except (UnidentifiedImageError, EOFError):  # tags that Pillow knows in another type, say
        return open_by_tifffile(content, layout, directory)
    return loaded_plainly(image, _PIXELS_DAMAGED)


def _is_read_by_pillow(content: Content, layout: Layout, directory: Directory) -> bool:
    header = read_header(content.file)
    if header.is_big and header.order == ">":
        return False
    return is_read_by_pillow(layout, header.order, directory.first(FILL_ORDER, 1))


def _open_by_pillow(content: Content, layout: Layout, directory: Directory) -> Image.Image:
    """Open a picture with Pillow, by libtiff where Pillow's own decoder garbles it."""
    is_deep_in_planes = layout.is_planar and layout.depth > 8
    is_plain_ycbcr = layout.photometric == YCBCR and layout.compression != JPEG  # of which only libtiff knows all kinds
    if layout.compression == JPEG:
        _check_jpeg(content, layout)
    image = _opened(content, by_libtiff=layout.compression == RAW and (is_deep_in_planes or is_plain_ycbcr))
    if directory.number:
        image.seek(directory.number)
        if _PROFILE_TAG not in image.tag_v2:
            image.info.pop("icc_profile", None)  # that of the first picture
    if layout.photometric == PALETTE and max(layout.colour_map) < 256:  # of 8 bits, where 16 are the rule: else black
        image.palette = ImagePalette.raw("RGB;L", bytes(layout.colour_map))
    if layout.depth == 16 and layout.n_colours > 1:
        return once_decoded(image, _refuse_dark)
    return image


def _check_jpeg(content: Content, layout: Layout) -> None:
    """Refuse a picture whose first part is a JPEG of another width: libtiff fills its rows with what there is."""
    place = layout.offsets[0]
    n_bytes = min(2**20, content.size - place)  # its header is near its start
    part = io.BytesIO(content.read_at(place, n_bytes)[:n_bytes])
    frame = frame_of(part, segments_of(part, n_bytes)[0])
    if frame is not None and frame.width != layout.part_width:
        raise UnreadableImageError(f"damaged TIFF: a JPEG in it is {frame.width} pixels wide, not {layout.part_width}")


def _opened(content: Content, *, by_libtiff: bool) -> TiffImageFile:
    with _WAY_OF_READING:
        before, TiffImagePlugin.READ_LIBTIFF = TiffImagePlugin.READ_LIBTIFF, by_libtiff
        try:
            content.file.seek(0)
            return cast(TiffImageFile, Image.open(content.file, formats=["TIFF"]))
        finally:
            TiffImagePlugin.READ_LIBTIFF = before


def _refuse_dark(image: Any) -> None:
    """Refuse a picture of 16 bits that may have fewer: what Pillow left of it is too little."""
    colours = image.getextrema()[: len(image.mode.rstrip("A"))]
    if max(largest for _, largest in colours) < _DARK:
        raise ModuleNotFoundError("TIFF of less than 16 bits in 16: install imgcmp[formats] to read it")
