"""A file -> a Pillow image whose pixels are not decoded yet.

Who opens a format stands in the table `imgcmp.images.formats`; here is how. Packages of the extra `formats` are loaded
when the first file that they read is met.
"""

import io
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.as_shown import as_shown
from imgcmp.images.decode_memory import bytes_to_open
from imgcmp.images.file_type import TELLING_BYTES, format_of
from imgcmp.images.formats import Format, Reader
from imgcmp.images.header_size import Size, jxl_size, webp_size
from imgcmp.images.open_file import Content
from imgcmp.system.memory_budget import in_worker, reserve

# Orientations of a raw file as LibRaw tells them.
_UPRIGHT_BY_FLIP = {3: Image.Transpose.ROTATE_180, 5: Image.Transpose.ROTATE_90, 6: Image.Transpose.ROTATE_270}

# By the sample format of a PNG: what its transparent grey, or colour, is to be multiplied by to be that of the pixels.
_KEY_SCALES = {"L;2": 85, "L;4": 17}

# Tags of a TIFF: what kind of picture it is, and the bytes of its parts; and those of raw files alone, nearly: pictures
# below the first, the two of the sensor's colour filters, the version of DNG.
_SUBFILE_TYPE_TAG, _STRIP_BYTES_TAG, _TILE_BYTES_TAG = 254, 279, 325
_RAW_TAGS = frozenset((330, 33421, 33422, 50706))

_HEADER_BYTES = 4096  # the size of a JPEG XL may lie behind boxes of other things


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
        return as_shown(Image.open(content.file), content)
    opener = _OPENERS.get(form.name) or _OPENERS_BY_READER[form.reader]
    return as_shown(opener(content, form), content)


def _open_plainly(content: Content, _: Format) -> ImageFile:
    return Image.open(content.file)


def _open_png(content: Content, _: Format) -> ImageFile:
    return _with_true_key(Image.open(content.file))


def _open_webp(content: Content, _: Format) -> ImageFile:
    _reserve_whole(webp_size(_header(content)), "WEBP")
    return Image.open(content.file)


def _open_avif(content: Content, _: Format) -> ImageFile:
    if in_worker():
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # there are as many workers as cores, and every thread takes memory
    return Image.open(content.file)


def _open_heif(content: Content, form: Format) -> ImageFile:
    pillow_heif = _package_for(form)
    if in_worker():
        pillow_heif.options.DECODE_THREADS = 1
    return cast(ImageFile, pillow_heif.HeifImageFile(content.file))


def _open_jxl(content: Content, form: Format) -> ImageFile:
    plugin = _package_for(form)
    if in_worker():
        plugin.DECODE_THREADS = 0
    _reserve_whole(jxl_size(_header(content)), "JXL")
    image = plugin.JXLImageFile(content.file)
    if not image.jpeg:
        # Upright by JPEG XL's own means, whatever its EXIF says (ISO/IEC 18181-2); a JPEG that was packed is not.
        image.info.pop("exif", None)
    return cast(ImageFile, image)


def _open_raw(content: Content, form: Format) -> Image.Image:
    """Open a file that seems to be camera raw: by its preview, or as the plain TIFF that it is for all its name."""
    try:
        return _open_preview(content, _package_for(form))
    except Exception:  # rawpy is missing, or LibRaw says that it is no raw file, or one without a preview
        image = _plain_tiff(content)
        if image is None:
            raise
        return image


def _open_nothing(_: Content, form: Format) -> Image.Image:
    raise UnreadableImageError(f"{form.name} is not read: make a PNG or JPEG of it")


def _with_true_key(image: ImageFile) -> ImageFile:
    """Let the transparent grey or colour of a PNG be one of its pixels: Pillow leaves it in the samples' own range."""
    key = image.info.get("transparency")
    if key is None or not image.tile:
        return image
    samples = image.tile[0].args
    if isinstance(key, tuple) and samples == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in key)
    elif isinstance(key, int) and samples in _KEY_SCALES:
        image.info["transparency"] = key * _KEY_SCALES[samples]
    return image


def _plain_tiff(content: Content) -> TiffImageFile | None:
    """Open a TIFF file if its first picture is most of it: that of a raw file has few of its bytes, or is marked."""
    try:
        image = cast(TiffImageFile, Image.open(content.file, formats=["TIFF"]))
        tags = image.tag_v2
        is_reduced = tags.get(_SUBFILE_TYPE_TAG, 0) & 1
        n_bytes = sum(tags.get(_STRIP_BYTES_TAG) or tags.get(_TILE_BYTES_TAG) or ())
    except Exception:  # then the error that counts is that of the raw file
        return None
    if is_reduced or not _RAW_TAGS.isdisjoint(tags) or 2 * n_bytes < content.size:
        return None
    return image


def _open_preview(content: Content, rawpy: Any) -> Image.Image:
    """Open the preview that the camera made of its raw file: sensors' pixels take seconds to become a picture."""
    try:
        with rawpy.imread(content.file) as raw:
            preview, flip = raw.extract_thumb(), raw.sizes.flip
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        raise ValueError("camera raw image without a preview that can be read") from None
    if preview.format == rawpy.ThumbFormat.JPEG:
        return Image.open(io.BytesIO(preview.data))
    return _turned_bitmap(preview.data, flip)


def _turned_bitmap(pixels: NDArray[np.uint8], flip: int) -> Image.Image:
    """Return a preview that is no file of its own, and so without EXIF, upright."""
    image = Image.fromarray(pixels)
    turn = _UPRIGHT_BY_FLIP.get(flip)
    return image if turn is None else image.transpose(turn)


def _package_for(form: Format) -> Any:
    try:
        return import_module(form.reader.value)
    except ImportError as error:
        raise ModuleNotFoundError(f"{form.name} image: install imgcmp[formats] to read it") from error


def _header(content: Content) -> bytes:
    return bytes(content.start[:_HEADER_BYTES])


def _reserve_whole(size: Size | None, form: str) -> None:
    """Wait for the memory of an image whose reader allocates or decodes it when it opens the file."""
    if size is not None:
        reserve(bytes_to_open(size, form))


_Opener = Callable[[Content, Format], Image.Image]

_OPENERS: dict[str, _Opener] = {"PNG": _open_png, "WebP": _open_webp, "AVIF": _open_avif}
"""By the name of the format, of those with ways of their own."""

_OPENERS_BY_READER: dict[Reader, _Opener] = {
    Reader.PILLOW: _open_plainly,
    Reader.PILLOW_HEIF: _open_heif,
    Reader.PILLOW_JXL: _open_jxl,
    Reader.RAWPY: _open_raw,
    Reader.REFUSED: _open_nothing,
}
"""Of all others."""
