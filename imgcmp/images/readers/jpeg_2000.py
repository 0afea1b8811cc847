"""JPEG 2000."""

from typing import Any, cast

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.number_range import Range, scaled
from imgcmp.images.open_file import Content
from imgcmp.images.readers.arrays import ArrayImage, Bytes, Meaning, as_shown, bytes_to_decode
from imgcmp.images.readers.jpeg_2000_header import Header, header_of
from imgcmp.images.readers.jpeg_2000_parts import check_parts
from imgcmp.images.readers.once_decoded import once_decoded
from imgcmp.images.readers.packages import extra_package
from imgcmp.images.readers.plain_words import loaded_plainly, plainly

_PIXELS_DAMAGED = "damaged or cut short: the pixels of the JPEG 2000 can't be decoded"

_MOST_BITS = 16  # of more, OpenJPEG's numbers were others than those that had been written

_UNKNOWN_KIND = 0xFF  # of saying what colours are: passed over

_MEANINGS = {1: Meaning("L"), 2: Meaning("L", alpha=1), 3: Meaning("RGB"), 4: Meaning("RGB", alpha=3)}
"""By the number of channels, if nothing else is said."""


def open_jpeg_2000(content: Content, _: Format) -> Image.Image:
    """Open a JPEG 2000, by imagecodecs where Pillow reads other numbers than it holds."""
    header = header_of(content)
    _check(header)
    image = _opened(content, header)
    check_parts(content.file, header.start, header.end)
    if header.profile:
        image.info["icc_profile"] = header.profile
    return image


def _opened(content: Content, header: Header) -> Image.Image:
    if not _is_read_by_pillow(header):
        return _open_by_imagecodecs(content, header)
    content.file.seek(0)
    with plainly("damaged JPEG 2000: its header can't be read"):
        image = Image.open(content.file, formats=["JPEG2000"])
    if header.space == "CMYK" and image.mode != "CMYK":  # older Pillow
        return _open_by_imagecodecs(content, header)
    return loaded_plainly(_as_shown(image, header), _PIXELS_DAMAGED)


def _check(header: Header) -> None:
    bits = {component.bits for component in header.components}
    if max(bits) > _MOST_BITS:
        raise UnreadableImageError(f"JPEG 2000 of {max(bits)} bits is not read")
    if len(bits) > 1 and max(bits) > 8:
        raise UnreadableImageError(
            f"JPEG 2000 with components of {' and '.join(map(str, sorted(bits)))} bits is not read"
        )
    if len(header.components) > 4 and not header.palette:
        raise UnreadableImageError(f"JPEG 2000 of {len(header.components)} components is not read")
    if _is_subsampled(header) and (len(header.components) != 3 or header.space in ("RGB", "CMYK")):
        raise UnreadableImageError("JPEG 2000 with components of different sizes, not in YCbCr, is not read")


def _is_subsampled(header: Header) -> bool:
    return any((component.across, component.down) != (1, 1) for component in header.components)


def _is_divided_evenly(header: Header) -> bool:
    return all(
        header.left % across == header.width % across == header.top % down == header.height % down == 0
        for _, _, across, down in header.components
    )


def _is_read_by_pillow(header: Header) -> bool:
    """Tell whether Pillow reads it as it is.

    It doesn't if colours have more than 8 bits (the highest values become 0), nor does it look at what channels are.
    If colours have less numbers than pixels it takes the wrong ones unless sides can be divided by how many: 20 levels
    off on average at 97 x 64, none at 96 x 64.
    """
    components = header.components
    if not _is_divided_evenly(header) or not header.is_in_order() or header.is_premultiplied:
        return False
    if header.space == "CMYK" and len(components) != 4:
        return False
    if header.palette:
        return max(header.palette) <= 8 and len(components) == 1 and components[0].bits <= 8 and not header.channels
    if len(components) == 1:
        return components[0].bits != 9  # one more than it takes for 8
    return max(component.bits for component in components) <= 8


def _as_shown(image: ImageFile, header: Header) -> Image.Image:
    """Let an image that Pillow reads have its white at 255, and transparency only where it is said."""
    bits = [component.bits for component in header.components]
    changes = []
    if min(bits) < 8 and not header.palette:  # Pillow moves them up, and leaves what is below them 0
        changes.append(lambda opened: _filled_up(opened, bits))
    if header.channels and header.alpha is None and image.mode in ("LA", "RGBA"):
        changes.append(_opaque)
    for change in changes:
        once_decoded(image, change)
    return image


def _filled_up(image: Any, bits: list[int]) -> None:
    tables = [np.minimum(np.rint(np.arange(256) * (255 / (256 - 2 ** (8 - n_bits)))), 255) for n_bits in bits]
    image.im = image.im.point(np.concatenate(tables).astype(int).tolist(), None)


def _opaque(image: Any) -> None:
    image.im.fillband(image.im.bands - 1, 255)


def _open_by_imagecodecs(content: Content, header: Header) -> ArrayImage:
    """Open a JPEG 2000 that imagecodecs decodes, which brings channels into their order."""
    bits = header.palette or tuple(component.bits for component in header.components)
    imagecodecs = extra_package("imagecodecs", _what(header, max(bits)))
    meaning = _meaning(header, len(bits))
    size = header.width, header.height

    def pixels() -> Bytes:
        with plainly(_PIXELS_DAMAGED):
            numbers = imagecodecs.jpeg2k_decode(_without_profile(content, header))
            numbers = numbers[..., np.newaxis] if numbers.ndim == 2 else numbers
            least = 2 ** (bits[0] - 1) if numbers.dtype.kind == "i" else 0
            levels = [
                scaled(numbers[..., at], Range(-least, 2**n_bits - 1 - least))
                for at, n_bits in enumerate(bits[: numbers.shape[2]])
            ]
            return as_shown(np.dstack(levels), meaning)

    return ArrayImage(
        size,
        meaning.mode,
        pixels,
        form="JPEG2000",
        n_bytes=bytes_to_decode(size, len(bits), 4, content.size),
        is_finer=max(bits) > 8,
    )


def _without_profile(content: Content, header: Header) -> bytearray:
    """Return a file that says nothing of a profile: imagecodecs would apply it, and leave its numbers in 16 bits."""
    content.file.seek(0)
    data = bytearray(content.file.read())
    if header.profile:
        data[header.profile_kind] = _UNKNOWN_KIND
    return data


def _what(header: Header, bits: int) -> str:
    if bits > 8:
        return f"JPEG 2000 of {bits} bits{' in colour' if len(header.components) > 1 else ''}"
    return "JPEG 2000 of a rarer kind"


def _meaning(header: Header, n_channels: int) -> Meaning:
    if header.space == "CMYK" and n_channels == 4:
        return Meaning("CMYK")
    meaning = cast(Meaning, _MEANINGS.get(n_channels))
    if meaning is None:
        raise UnreadableImageError(f"JPEG 2000 of {n_channels} channels is not read")
    if header.channels and header.alpha is None:
        return meaning._replace(alpha=None)
    return meaning._replace(is_premultiplied=header.is_premultiplied)
