"""Camera raw, by the preview that the camera made of it."""

import io
from typing import Any, cast

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import let_be_turned, set_exif_aside
from imgcmp.images.readers.packages import package_for
from imgcmp.images.readers.raw_turns import own_exif, own_orientation, preview_orientation, sensor_of
from imgcmp.images.readers.tiff import open_tiff

# Tags of a TIFF: what kind of picture it is, and the bytes of its parts; and those of raw files alone, nearly: pictures
# below the first, the two of the sensor's colour filters, the version of DNG.
_SUBFILE_TYPE_TAG, _STRIP_BYTES_TAG, _TILE_BYTES_TAG = 254, 279, 325
_RAW_TAGS = frozenset((330, 33421, 33422, 50706))


def open_raw(content: Content, form: Format) -> Image.Image:
    """Open a file that seems to be camera raw: by its preview, or as the plain TIFF that it is for all its name."""
    try:
        return _open_preview(content, package_for(form))
    except Exception:  # rawpy is missing, or LibRaw says that it is no raw file, or one without a preview
        if not _is_plain_tiff(content):
            raise
        return open_tiff(content, form)


def _is_plain_tiff(content: Content) -> bool:
    """Tell whether the first picture of a TIFF is most of it: that of a raw file has few of its bytes, or is marked."""
    try:
        image = cast(TiffImageFile, Image.open(content.file, formats=["TIFF"]))
        tags = image.tag_v2
        is_reduced = tags.get(_SUBFILE_TYPE_TAG, 0) & 1
        n_bytes = sum(tags.get(_STRIP_BYTES_TAG) or tags.get(_TILE_BYTES_TAG) or ())
    except Exception:  # then the error that counts is that of the raw file
        return False
    return not is_reduced and _RAW_TAGS.isdisjoint(tags) and 2 * n_bytes >= content.size


def _open_preview(content: Content, rawpy: Any) -> Image.Image:
    """Open the preview that the camera made of its raw file: sensors' pixels take seconds to become a picture."""
    try:
        with rawpy.imread(content.file) as raw:
            preview, sensor = raw.extract_thumb(), sensor_of(raw.sizes)
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError, NotImplementedError):
        raise UnreadableImageError("camera raw image without a preview that can be read") from None
    if preview.format == rawpy.ThumbFormat.JPEG:
        image: Image.Image = Image.open(io.BytesIO(preview.data))
        set_exif_aside(image, own_exif(preview.data))
        let_be_turned(image, preview_orientation(sensor, image.size, own_orientation(preview.data)))
        return image
    image = Image.fromarray(np.squeeze(preview.data))  # grey ones have a third dimension of one
    let_be_turned(image, preview_orientation(sensor, image.size, None))
    return image
