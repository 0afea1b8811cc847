"""TIFF."""

from typing import cast

from PIL import Image, ImagePalette, TiffImagePlugin
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content

# Tags of a TIFF: bits of a sample, whether 0 is white, the palette, whether the colours lie one after another, and
# whether numbers have a sign.
_BITS_TAG, _PHOTOMETRIC_TAG, _PALETTE_TAG, _PLANAR_TAG, _SAMPLE_FORMAT_TAG = 258, 262, 320, 284, 339
_WHITE_IS_ZERO, _SEPARATE, _UNSIGNED = 0, 2, 1


def open_tiff(content: Content, _: Format) -> Image.Image:
    """Open a TIFF, by libtiff where Pillow's own decoder garbles it."""
    return as_shown(cast(TiffImageFile, Image.open(content.file)), content)


def as_shown(image: TiffImageFile, content: Content) -> Image.Image:
    """Let an opened TIFF be decoded as it is shown."""
    tags = image.tag_v2
    bits = tags.get(_BITS_TAG, (1,))
    if tags.get(_PLANAR_TAG) == _SEPARATE and len(bits) > 1 and bits[0] > 8:
        return _by_libtiff(content)  # by Pillow's own decoder it is garbled
    colours = tags.get(_PALETTE_TAG)
    if image.mode == "P" and colours and max(colours) < 256:  # of 8 bits, where 16 are the rule: else nearly black
        image.palette = ImagePalette.raw("RGB;L", bytes(colours))
    return image


def is_negative(image: Image.Image) -> bool:
    """Tell whether 0 is white: in TIFFs of 16 bits, the only ones that Pillow leaves so."""
    if not image.mode.startswith("I;16") or not isinstance(image, TiffImageFile):
        return False
    return bool(image.tag_v2.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO)


def is_unsigned(image: Image.Image) -> bool:
    """Tell whether numbers of 32 bits, which Pillow takes for signed ones, have no sign."""
    if image.mode != "I" or not isinstance(image, TiffImageFile):
        return False
    bits, kinds = image.tag_v2.get(_BITS_TAG, (1,)), image.tag_v2.get(_SAMPLE_FORMAT_TAG, (_UNSIGNED,))
    return bool(bits[0] == 32 and kinds[0] == _UNSIGNED)


def has_fine_colours(image: TiffImageFile) -> bool:
    """Tell whether colours have more than the 8 bits a sample that Pillow leaves them; of grey it leaves all."""
    return not image.mode.startswith(("I", "F")) and bool(image.tag_v2.get(_BITS_TAG, (1,))[0] > 8)


def _by_libtiff(content: Content) -> Image.Image:
    """Open a TIFF anew, to be decoded by libtiff even if it is not compressed."""
    before, TiffImagePlugin.READ_LIBTIFF = TiffImagePlugin.READ_LIBTIFF, True
    try:
        content.file.seek(0)
        return Image.open(content.file, formats=["TIFF"])
    finally:
        TiffImagePlugin.READ_LIBTIFF = before
