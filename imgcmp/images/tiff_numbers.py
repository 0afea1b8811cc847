"""What the numbers of an opened TIFF mean that Pillow leaves as they are."""

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

# Tags as Pillow tells them: bits of a sample, whether 0 is white, whether numbers have a sign.
_BITS_TAG, _PHOTOMETRIC_TAG, _SAMPLE_FORMAT_TAG = 258, 262, 339
_WHITE_IS_ZERO, _UNSIGNED = 0, 1


def is_negative(image: Image.Image) -> bool:
    """Tell whether 0 is white: in TIFFs of 16 bits and of floats, the only ones that Pillow leaves so."""
    if not (image.mode.startswith("I;16") or image.mode == "F") or not isinstance(image, TiffImageFile):
        return False
    return bool(image.tag_v2.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO)


def is_unsigned(image: Image.Image) -> bool:
    """Tell whether numbers of 32 bits, which Pillow takes for signed ones, have no sign."""
    if image.mode != "I" or not isinstance(image, TiffImageFile):
        return False
    bits, kinds = image.tag_v2.get(_BITS_TAG, (1,)), image.tag_v2.get(_SAMPLE_FORMAT_TAG, (_UNSIGNED,))
    return bool(bits[0] == 32 and kinds[0] == _UNSIGNED)


def white_of(image: TiffImageFile) -> float | None:
    """Return the number that is white, if its bits say so: of 8, 16 and 32 a file may use fewer."""
    return 4095.0 if image.tag_v2.get(_BITS_TAG, (1,))[0] == 12 else None


def has_fine_colours(image: TiffImageFile) -> bool:
    """Tell whether colours have more than the 8 bits a sample that Pillow leaves them; of grey it leaves all."""
    return not image.mode.startswith(("I", "F")) and bool(image.tag_v2.get(_BITS_TAG, (1,))[0] > 8)
