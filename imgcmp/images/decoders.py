"""A file -> a Pillow image whose pixels are not decoded yet; and why a file cannot be read.

The type of a file is told by its content. HEIC, JPEG XL and camera raw are read by packages of the extra `formats`,
which are loaded when the first such file is met.
"""

import io
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.decode_memory import bytes_to_open
from imgcmp.images.formats import is_avif, is_heif, is_jxl, is_raw, jxl_size, webp_size
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

_PILLOWS_OWN = (b"\xff\xd8\xff", b"\x89PNG")
# Pillow hands PostScript to Ghostscript: a program of its own, beyond any limit on time and memory.
_POSTSCRIPT = (b"%!PS", b"\xc5\xd0\xd3\xc6")


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
    start = bytes(content.start[:4096])
    if start.startswith(_POSTSCRIPT):
        raise UnreadableImageError("PostScript is not read: make a PNG or JPEG of it")
    if start.startswith(_PILLOWS_OWN):
        return _with_true_key(Image.open(content.file))
    if is_heif(start):
        return _open_heif(content)
    if is_jxl(start):
        return _open_jxl(content, start)
    if is_raw(start, content.path):
        return _open_raw(content)
    if is_avif(start) and in_worker():
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # there are as many workers as cores, and every thread takes memory
    if size := webp_size(start):
        reserve(bytes_to_open(size, "WEBP"))
    return Image.open(content.file)


def _with_true_key(image: ImageFile) -> ImageFile:
    """Let the transparent grey or colour of a PNG be one of its pixels: Pillow leaves it in the samples' own range."""
    key = image.info.get("transparency")
    if image.format != "PNG" or key is None or not image.tile:
        return image
    samples = image.tile[0].args
    if isinstance(key, tuple) and samples == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in key)
    elif isinstance(key, int) and samples in _KEY_SCALES:
        image.info["transparency"] = key * _KEY_SCALES[samples]
    return image


def _open_heif(content: Content) -> ImageFile:
    pillow_heif = _extra("pillow_heif", "HEIC")
    if in_worker():
        pillow_heif.options.DECODE_THREADS = 1
    return cast(ImageFile, pillow_heif.HeifImageFile(content.file))


def _open_jxl(content: Content, start: bytes) -> ImageFile:
    plugin = _extra("pillow_jxl.JpegXLImagePlugin", "JPEG XL")
    if in_worker():
        plugin.DECODE_THREADS = 0
    if size := jxl_size(start):
        reserve(bytes_to_open(size, "JXL"))
    image = plugin.JXLImageFile(content.file)
    if not image.jpeg:
        # Upright by JPEG XL's own means, whatever its EXIF says (ISO/IEC 18181-2); a JPEG that was packed is not.
        image.info.pop("exif", None)
    return cast(ImageFile, image)


def _open_raw(content: Content) -> Image.Image:
    """Open a file that seems to be camera raw: by its preview, or as the plain TIFF that it is for all its name."""
    try:
        return _open_preview(content)
    except Exception:  # rawpy is missing, or LibRaw says that it is no raw file, or one without a preview
        image = _plain_tiff(content)
        if image is None:
            raise
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


def _open_preview(content: Content) -> Image.Image:
    """Open the preview that the camera made of its raw file: sensors' pixels take seconds to become a picture."""
    rawpy = _extra("rawpy", "camera raw")
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


def _extra(module: str, kind: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ModuleNotFoundError(f"{kind} image: install imgcmp[formats] to read it") from error
