"""PSD."""

import struct
from typing import Any, BinaryIO, NamedTuple, cast

from PIL import Image
from PIL.PsdImagePlugin import PsdImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque

# The header: at 12 the number of channels, height, width, bits of a number, mode.
_HEADER_BYTES, _HEADER, _SIGNATURE = 26, ">HIIHH", b"8BPS\0\1"
_PACKED = 1


class _Merged(NamedTuple):
    """The picture that Photoshop made of all layers: where it is stored, how, and in how many channels."""

    n_channels: int
    height: int
    compression: int
    start: int


def open_psd(content: Content, form: Format) -> Image.Image:
    """Open a PSD, by the picture that is stored beside its layers."""
    _refuse_fine_numbers(content, form)
    image = cast(PsdImageFile, Image.open(content.file))
    if image.mode == "1":  # 1 is black
        return once_decoded(image, inverted)
    merged = _merged(content.file)
    _skip_lengths_of_more_channels(image, merged)
    has_alpha = _has_alpha(image, content)
    if has_alpha and image.mode in ("L", "RGB") and merged.n_channels > len(image.tile):
        _take_alpha(image, merged, content.file)
    return once_decoded(image, opaque) if image.mode == "RGBA" and not has_alpha else image


def _refuse_fine_numbers(content: Content, form: Format) -> None:
    header = bytes(content.start[:_HEADER_BYTES])
    if len(header) == _HEADER_BYTES and header.startswith(_SIGNATURE):
        bits = struct.unpack_from(_HEADER, header, 12)[3]
        if bits in (16, 32):
            raise UnreadableImageError(f"{form.name} of {bits} bits is not read: make a TIFF or PNG of it")


def _merged(file: BinaryIO) -> _Merged:
    file.seek(0)
    header = file.read(_HEADER_BYTES)
    n_channels, height, *_ = struct.unpack_from(_HEADER, header, 12)
    for _ in range(3):  # colours, resources, layers
        length = int.from_bytes(file.read(4), "big")
        file.seek(length, 1)
    compression = int.from_bytes(file.read(2), "big")
    return _Merged(n_channels, height, compression, file.tell())


def _skip_lengths_of_more_channels(image: PsdImageFile, merged: _Merged) -> None:
    """Begin behind the lengths of all packed rows: Pillow reads those of the channels alone that it decodes."""
    if merged.compression == _PACKED:
        skipped = 2 * merged.height * (merged.n_channels - len(image.tile))
        image.tile = [tile._replace(offset=tile.offset + skipped) for tile in image.tile]


def _take_alpha(image: PsdImageFile, merged: _Merged, file: BinaryIO) -> None:
    """Decode the first channel behind the colours as well: Pillow does that of four channels alone."""
    colours = image.tile * 3 if image.mode == "L" else image.tile
    alpha = colours[0]._replace(offset=_channel_start(len(image.tile), image.width, merged, file))
    tiles = zip((*colours, alpha), "RGBA", strict=True)
    image.tile = [tile._replace(args=band) for tile, band in tiles]
    opened: Any = image
    opened._mode = "RGBA"


def _channel_start(channel: int, width: int, merged: _Merged, file: BinaryIO) -> int:
    """Return where a channel of 8 bits begins."""
    if merged.compression != _PACKED:
        return merged.start + channel * width * merged.height
    file.seek(merged.start)
    lengths = file.read(2 * channel * merged.height)
    before: int = sum(struct.unpack(f">{len(lengths) // 2}H", lengths))
    return merged.start + 2 * merged.n_channels * merged.height + before


def _has_alpha(image: PsdImageFile, content: Content) -> bool:
    """Tell whether the channel behind the colours is transparency: if the number of layers is negative."""
    place = image._layers_position
    if place is None:
        return False
    content.file.seek(place)
    return int.from_bytes(content.file.read(2), "big", signed=True) < 0
