"""The merged picture of a PSD of 16 or 32 bits, or of a PSB, which Pillow doesn't read.

References
----------
Adobe Photoshop File Formats Specification.
"""

from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.open_file import Content
from imgcmp.images.readers.coarser import note_coarser
from imgcmp.images.readers.linear_light import shown
from imgcmp.system.memory_budget import reserve

_HEADER_BYTES = 26
_LARGE = 2  # the version of a PSB: lengths of some parts take twice as many bytes
_RAW, _PACKED = 0, 1
_PROFILE, _MOST_PROFILE_BYTES = 1039, 2**24
_LIGHT_BITS = 32  # samples of so many bits are light, whatever the profile's curve
_TYPES = {8: "u1", 16: ">u2", 32: ">f4"}

# By the number of the mode: Pillow's mode of it, whose channels come first. Colours of CMYK are stored as light;
# a duotone is the grey picture that is printed with its inks.
_MODES = {1: "L", 3: "RGB", 4: "CMYK", 8: "L"}

_BYTES_A_SAMPLE = 4 + 4 + 4 + 4  # as they are stored, as numbers, in 8 bits, and in Pillow's own memory


_LAYERS = (b"8BIMLr16", b"8BIMLr32", b"8BIMLayr", b"8B64Lr16", b"8B64Lr32", b"8B64Layr")


class Header(NamedTuple):
    """What the header of a PSD says."""

    version: int
    n_channels: int
    height: int
    width: int
    depth: int
    mode: int


def header_of(content: Content) -> Header:
    """Return what the header of a PSD says."""
    start = bytes(content.start[:_HEADER_BYTES])
    places = ((4, 6), (12, 14), (14, 18), (18, 22), (22, 24), (24, 26))
    return Header(*(int.from_bytes(start[first:end], "big") for first, end in places))


def open_merged(content: Content, header: Header) -> Image.Image:
    """Read the merged picture of a PSD or PSB in grey, RGB, CMYK or duotone."""
    mode = _MODES.get(header.mode)
    n_colours = len(mode or "")
    if mode is None or header.depth not in _TYPES or (mode, header.depth) == ("CMYK", 32):
        raise UnreadableImageError(f"a PSD of {header.depth} bits in this mode is not read: make a PNG of it")
    if not (header.width and header.height) or header.n_channels < n_colours:
        raise UnreadableImageError("damaged: it has no pixels")
    n = n_colours + (header.n_channels > n_colours and has_alpha(content, header))
    profile = _profile(content.file, header)
    _pass_sections(content.file, header, 3)
    reserve(header.width * header.height * n * _BYTES_A_SAMPLE + content.size)
    channels = _channels(content, header, n)
    colours, alpha = channels[:n_colours], channels[n_colours:]
    image = _with_alpha(_as_image(colours, mode, is_alone=not alpha), [_in_8_bits(channel) for channel in alpha])
    image.format = "PSD"
    if profile and header.depth < _LIGHT_BITS:
        image.info["icc_profile"] = profile
    return image if header.depth == 8 or image.mode == "I;16" else note_coarser(image)


def has_alpha(content: Content, header: Header) -> bool:
    """Tell whether the channel behind the colours is transparency: if the number of layers is negative."""
    return layer_count(content, header) < 0


def layer_count(content: Content, header: Header) -> int:
    """Return the number of layers; negative if the channel behind the colours is transparency.

    Of more than 8 bits layers are in a block of their own, behind two parts that are empty or are passed over.
    """
    length = _pass_sections(content.file, header, 2)
    file, n_bytes = content.file, 8 if header.version == _LARGE else 4
    if length == 0:
        return 0
    if int.from_bytes(file.read(n_bytes), "big") == 0:
        file.seek(int.from_bytes(file.read(4), "big"), 1)
        if file.read(8) not in _LAYERS:
            return 0
        file.seek(n_bytes, 1)
    return int.from_bytes(file.read(2), "big", signed=True)


def merged_place(content: Content, header: Header) -> int:
    """Return where the merged picture begins, as far as the lengths of the parts before it are true."""
    _pass_sections(content.file, header, 3)
    return content.file.tell()


def _profile(file: BinaryIO, header: Header) -> bytes:
    """Return the colour profile, one of the resources; empty if there is none."""
    end = _pass_sections(file, header, 1) + file.tell()
    while file.tell() < end and file.read(4) == b"8BIM":
        kind, name_bytes = int.from_bytes(file.read(2), "big"), int.from_bytes(file.read(1), "big")
        file.seek(name_bytes | 1, 1)  # both the name, with its length, and what it names end at an even place
        n_bytes = int.from_bytes(file.read(4), "big")
        if kind == _PROFILE:
            return file.read(n_bytes) if n_bytes <= _MOST_PROFILE_BYTES else b""
        file.seek(n_bytes + n_bytes % 2, 1)
    return b""


def _as_image(colours: list[NDArray[Any]], mode: str, *, is_alone: bool) -> Image.Image:
    if colours[0].dtype.kind == "f":
        return shown(np.stack(colours * (3 // len(colours)), axis=-1).astype(np.float32), "PSD", is_linear=True)
    if mode == "L" and colours[0].dtype.itemsize == 2 and is_alone:
        return Image.fromarray(colours[0].astype(np.uint16))
    levels = [_in_8_bits(colour) for colour in colours]
    if mode == "CMYK":
        levels = [255 - level for level in levels]
    return Image.merge(mode, [Image.fromarray(level) for level in levels])


def _with_alpha(image: Image.Image, alpha: list[NDArray[np.uint8]]) -> Image.Image:
    """Return an image with its transparency, if it has a channel of it."""
    for channel in alpha:
        if image.mode == "CMYK":
            image = image.convert("RGB")
        image.putalpha(Image.fromarray(channel))
    return image


def _in_8_bits(channel: NDArray[Any]) -> NDArray[np.uint8]:
    if channel.dtype.itemsize == 1:
        return channel.astype(np.uint8)
    if channel.dtype.kind == "f":
        levels: NDArray[np.uint8] = np.rint(255 * np.nan_to_num(channel).clip(0, 1)).astype(np.uint8)
        return levels
    return ((channel.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def _pass_sections(file: BinaryIO, header: Header, n: int) -> int:
    """Go behind the first n of: colours, resources, layers; return the length of the next part, perhaps.

    Before layers it goes to what is in them.
    """
    file.seek(_HEADER_BYTES)
    sizes = (4, 4, 8 if header.version == _LARGE else 4)
    for n_bytes in sizes[:n]:
        file.seek(int.from_bytes(file.read(n_bytes), "big") % 2**48, 1)
    return int.from_bytes(file.read(sizes[n]), "big") if n < len(sizes) else 0


def _channels(content: Content, header: Header, n: int) -> list[NDArray[Any]]:
    """Return the first n channels, each of shape (height, width)."""
    kind = np.dtype(_TYPES[header.depth])
    row_bytes = header.width * kind.itemsize
    packing = int.from_bytes(content.file.read(2), "big")
    if packing == _RAW:
        parts = [content.file.read(header.height * row_bytes) for _ in range(n)]
    elif packing == _PACKED:
        parts = _unpacked(content, header, n, row_bytes)
    else:
        raise UnreadableImageError("a PSD whose merged picture is packed by ZIP is not read: make a PNG of it")
    if any(len(part) < header.height * row_bytes for part in parts):
        raise UnreadableImageError("cut off: its data ends before the picture does")
    return [np.frombuffer(part, kind).reshape(header.height, header.width) for part in parts]


def _unpacked(content: Content, header: Header, n: int, row_bytes: int) -> list[bytes]:
    """Return channels whose rows are packed each by itself; a list of their lengths comes first."""
    file, length = content.file, 4 if header.version == _LARGE else 2
    n_rows = header.n_channels * header.height
    if content.size < file.tell() + n_rows * length:
        raise UnreadableImageError("cut off: its data ends before the picture does")
    lengths = np.frombuffer(file.read(n_rows * length), f">u{length}").reshape(-1, header.height).astype(np.int64)
    parts = []
    for channel in range(n):
        packed = file.read(int(lengths[channel].sum()))
        parts.append(Image.frombytes("L", (row_bytes, header.height), packed, "packbits", "L").tobytes())
    return parts
