"""What Pillow reads otherwise than it is shown, by format: put right, or refused where that takes another decoder.

Seen with Pillow 13.0. What is to be told of a file is in its header, which is open; what is to be done with the pixels
happens when they are decoded.
"""

from collections.abc import Callable
from typing import Any, BinaryIO, cast

from PIL import Image, ImagePalette, TiffImagePlugin
from PIL.PsdImagePlugin import PsdImageFile
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.open_file import Content

_ALPHA_BAND = 3

# Tags of a TIFF: bits of a sample, whether 0 is white, the palette, whether the colours lie one after another, and
# whether numbers have a sign.
_BITS_TAG, _PHOTOMETRIC_TAG, _PALETTE_TAG, _PLANAR_TAG, _SAMPLE_FORMAT_TAG = 258, 262, 320, 284, 339
_WHITE_IS_ZERO, _SEPARATE, _UNSIGNED = 0, 2, 1

_PNG_BITS = 24  # the byte of a PNG that tells the bits of a sample
_TGA_ATTRIBUTES, _ATTRIBUTE_BITS = 17, 0x0F  # the byte of the header, and the bits of it that count those of alpha

# SIZ, the first segment of a codestream of JPEG 2000 (ISO/IEC 15444-1, A.5.1): at 40 the number of components, and then
# for each three bytes, the first of which is its bits less one, and in the highest bit whether it has a sign.
_SIZ, _J2K_COMPONENTS = b"\xff\x4f\xff\x51", 40


def as_shown(image: Image.Image, content: Content) -> Image.Image:
    """Make an opened image be decoded as it is shown.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened, not decoded yet.
    content : Content
        Its file.

    Returns
    -------
    image : PIL.Image.Image
        The same, or another of the file, not decoded yet, either.

    Raises
    ------
    UnreadableImageError
        If Pillow would read it wrongly, and nothing else is there to read it.
    """
    put_right = _BY_FORMAT.get(image.format or "")
    return image if put_right is None else put_right(image, content)


def holds_more(image: Image.Image, content: Content) -> bool:
    """Tell whether a file shows more than the pixels that Pillow makes of it: other frames, or finer colours."""
    if image.format == "PSD":  # whose frames are layers: they are in the picture
        return False
    return bool(getattr(image, "is_animated", False)) or _has_finer_colours(image, content)


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


def _has_finer_colours(image: Image.Image, content: Content) -> bool:
    """Tell whether the colours of a file have more than the 8 bits that Pillow leaves them; of grey it leaves all."""
    if image.mode.startswith("I") or image.mode == "F":
        return False
    if isinstance(image, TiffImageFile):
        return bool(image.tag_v2.get(_BITS_TAG, (1,))[0] > 8)
    return image.format == "PNG" and content.start[_PNG_BITS] > 8


def _tiff(image: Image.Image, content: Content) -> Image.Image:
    tags = cast(TiffImageFile, image).tag_v2
    bits = tags.get(_BITS_TAG, (1,))
    if tags.get(_PLANAR_TAG) == _SEPARATE and len(bits) > 1 and bits[0] > 8:
        return _by_libtiff(content)  # by Pillow's own decoder it is garbled
    colours = tags.get(_PALETTE_TAG)
    if image.mode == "P" and colours and max(colours) < 256:  # of 8 bits, where 16 are the rule: else nearly black
        image.palette = ImagePalette.raw("RGB;L", bytes(colours))
    return image


def _by_libtiff(content: Content) -> Image.Image:
    """Open a TIFF anew, to be decoded by libtiff even if it is not compressed."""
    before, TiffImagePlugin.READ_LIBTIFF = TiffImagePlugin.READ_LIBTIFF, True
    try:
        content.file.seek(0)
        return Image.open(content.file, formats=["TIFF"])
    finally:
        TiffImagePlugin.READ_LIBTIFF = before


def _jpeg_2000(image: Image.Image, content: Content) -> Image.Image:
    before = content.file.tell()
    content.file.seek(_codestream_start(content.file))
    header = content.file.read(_J2K_COMPONENTS + 2)
    n_components = int.from_bytes(header[_J2K_COMPONENTS:], "big")
    bits = max((1 + (byte & 0x7F) for byte in content.file.read(3 * n_components)[::3]), default=0)
    content.file.seek(before)
    if not header.startswith(_SIZ):
        raise ValueError("JPEG 2000 without a codestream")
    if n_components > 1 and bits > 8:  # the highest values wrap round to 0: white becomes black, opaque transparent
        raise UnreadableImageError(f"JPEG 2000 of {bits} bits in colour is not read: make a PNG of it")
    return image


def _codestream_start(file: BinaryIO) -> int:
    """Return where the codestream of a JPEG 2000 begins: at once, or in a box of its own (ISO/IEC 15444-1, I.4)."""
    place = 0
    while True:
        file.seek(place)
        box = file.read(16)
        if box.startswith(_SIZ):
            return place
        length, kind = int.from_bytes(box[:4], "big"), box[4:8]
        start = 16 if length == 1 else 8  # of what is in the box: a longer length comes first
        if kind == b"jp2c":
            return place + start
        length = int.from_bytes(box[8:16], "big") if length == 1 else length
        if length < start:  # the last one, or damaged
            return place
        place += length


def _psd(image: Image.Image, content: Content) -> Image.Image:
    if image.mode == "1":  # 1 is black
        return _when_decoded(image, _inverted)
    if image.mode == "RGBA" and not _has_alpha(cast(PsdImageFile, image), content):
        return _when_decoded(image, _opaque)
    return image


def _has_alpha(image: PsdImageFile, content: Content) -> bool:
    """Tell whether the fourth channel is transparency: if the number of layers is negative; else it is a selection."""
    place = image._layers_position
    if place is None:
        return False
    before = content.file.tell()
    content.file.seek(place)
    n_layers = int.from_bytes(content.file.read(2), "big", signed=True)
    content.file.seek(before)
    return n_layers < 0


def _tga(image: Image.Image, content: Content) -> Image.Image:
    if image.mode == "RGBA" and not content.start[_TGA_ATTRIBUTES] & _ATTRIBUTE_BITS:
        return _when_decoded(image, _opaque)
    return image


def _xbm(image: Image.Image, _: Content) -> Image.Image:
    return _when_decoded(image, _inverted)  # 1 is the ink


def _when_decoded(image: Image.Image, change: Callable[[Any], None]) -> Image.Image:
    """Change the pixels of an image as soon as they are there: Pillow calls `load_end` then."""
    opened: Any = image
    before = opened.load_end

    def load_end() -> None:
        before()
        change(opened)

    opened.load_end = load_end
    return image


def _opaque(image: Any) -> None:
    image.im.fillband(_ALPHA_BAND, 255)


def _inverted(image: Any) -> None:
    image.im = image.im.chop_invert()


_BY_FORMAT: dict[str, Callable[[Image.Image, Content], Image.Image]] = {
    "TIFF": _tiff,
    "JPEG2000": _jpeg_2000,
    "PSD": _psd,
    "TGA": _tga,
    "XBM": _xbm,
}
"""By Pillow's name of the format."""
