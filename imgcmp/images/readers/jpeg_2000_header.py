"""What a JPEG 2000 says about its pixels before they are decoded: its boxes, and the first segment of its codestream.

References
----------
ISO/IEC 15444-1, A.5.1 (SIZ) and annex I (boxes).
"""

import struct
from typing import NamedTuple

from imgcmp.errors import UnreadableImageError
from imgcmp.images.boxes import Box, boxes
from imgcmp.images.open_file import Content

_SIZ = b"\xff\x4f\xff\x51"
_SIZ_FORM = ">4x4xIIIIIIIIH"  # up to the number of components
_MOST_BOX_BYTES = 2**20  # of the header: a profile may be in it
_ENUMERATED, _PROFILES = 1, (2, 3)
_SPACES = {12: "CMYK", 16: "RGB", 17: "L", 18: "YCbCr", 20: "RGB", 21: "RGB"}
_SPACES_OF_PROFILES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_BEFORE_SPACE_OF_PROFILE = 16
_COLOUR, _ALPHA, _PREMULTIPLIED = 0, 1, 2


class Component(NamedTuple):
    """A component: its bits, whether it has a sign, and of how many pixels across and down there is one number."""

    bits: int
    is_signed: bool
    across: int
    down: int


class Channel(NamedTuple):
    """What a channel is: colour, transparency or another thing; and which colour, from 1, or 0: all of them."""

    number: int
    kind: int
    colour: int


class Header(NamedTuple):
    """A header. `space` is "" if nothing says what the colours are; `palette` has the bits of its columns.

    `profile` is the colour profile, empty if there is none; at `profile_kind` the file says that it is one.
    The codestream lies from `start` to `end`.

    The picture is a part of a larger plane, at `left` and `top`; numbers lie where its columns and rows can be divided.
    """

    left: int
    top: int
    width: int
    height: int
    components: tuple[Component, ...]
    space: str
    channels: tuple[Channel, ...]
    palette: tuple[int, ...]
    profile: bytes
    profile_kind: int
    start: int
    end: int

    @property
    def alpha(self) -> Channel | None:
        """Return the channel that is transparency, if it is said which."""
        return next((channel for channel in self.channels if channel.kind in (_ALPHA, _PREMULTIPLIED)), None)

    @property
    def is_premultiplied(self) -> bool:
        """Tell whether colours are multiplied by transparency."""
        return self.alpha is not None and self.alpha.kind == _PREMULTIPLIED

    def is_in_order(self) -> bool:
        """Tell whether colours are in their usual order, transparency behind them."""
        usual = [channel.kind == _COLOUR and channel.colour == n for n, channel in enumerate(self.channels, 1)]
        return all(usual[:-1]) and (not usual or usual[-1] or self.channels[-1].kind != _COLOUR)


def header_of(content: Content) -> Header:
    """Read the header of a JPEG 2000; UnreadableImageError, in plain words, if it has none."""
    said = _Said()
    start, end = 0, content.size
    if content.start[: len(_SIZ)] != _SIZ:
        start = -1
        for box in boxes(content.read_at, content.size):
            if box.kind == b"jp2h":
                said = _read_header_box(content, box)
            elif box.kind == b"jp2c":
                start, end = box.start, box.end
                break
        if start < 0:
            raise UnreadableImageError("damaged JPEG 2000: it has no pixels")
    edges, components = _read_siz(content.read_at(start, struct.calcsize(_SIZ_FORM) + 3 * 2**14))
    of_profile = said.profile, said.profile_kind
    return Header(
        *edges, components, said.space, said.channels, said.palette, *of_profile, start, min(end, content.size)
    )


class _Said(NamedTuple):
    """What the boxes of a header say: the last fields of `Header`."""

    space: str = ""
    channels: tuple[Channel, ...] = ()
    palette: tuple[int, ...] = ()
    profile: bytes = b""
    profile_kind: int = 0


def _read_header_box(content: Content, header: Box) -> _Said:
    said = _Said()
    for kind, start, end in boxes(content.read_at, min(header.end, content.size), header.start):
        data = content.read_at(start, min(end - start, _MOST_BOX_BYTES))
        if kind == b"colr" and not said.space:
            profile = data[3:] if data and data[0] in _PROFILES else b""
            said = said._replace(space=_space(data), profile=profile, profile_kind=start)
        elif kind == b"cdef" and len(data) >= 2:
            channels = struct.iter_unpack(">3H", data[2 : 2 + (len(data) - 2) // 6 * 6])
            said = said._replace(channels=tuple(sorted(map(Channel._make, channels))))
        elif kind == b"pclr" and len(data) >= 3:
            said = said._replace(palette=tuple(1 + (byte & 0x7F) for byte in data[3 : 3 + data[2]]))
    return said


def _space(content: bytes) -> str:
    """Return what colours are; UnreadableImageError if it is said, and not known."""
    if content[:1] == bytes([_ENUMERATED]) and len(content) >= 7:
        number = int.from_bytes(content[3:7], "big")
        if number not in _SPACES:
            raise UnreadableImageError(f"JPEG 2000 with colours of another kind ({number}) is not read")
        return _SPACES[number]
    if content and content[0] in _PROFILES:
        at = 3 + _BEFORE_SPACE_OF_PROFILE
        name = content[at : at + 4]
        if len(name) == 4 and name not in _SPACES_OF_PROFILES:
            raise UnreadableImageError("JPEG 2000 with colours of another kind, by its profile, is not read")
        return _SPACES_OF_PROFILES.get(name, "")
    return ""


def _read_siz(segment: bytes) -> tuple[tuple[int, int, int, int], tuple[Component, ...]]:
    """Return left, top, width and height, and the components, by the first segment of a codestream."""
    size = struct.calcsize(_SIZ_FORM)
    if not segment.startswith(_SIZ) or len(segment) < size:
        raise UnreadableImageError("damaged JPEG 2000: there is no picture in it")
    right, bottom, left, top, _, _, _, _, n_components = struct.unpack_from(_SIZ_FORM, segment)
    said = segment[size : size + 3 * n_components]
    if len(said) < 3 * n_components or not n_components:
        raise UnreadableImageError("damaged JPEG 2000: it doesn't say what its components are")
    components = tuple(
        Component(1 + (depth & 0x7F), bool(depth & 0x80), across, down)
        for depth, across, down in struct.iter_unpack("BBB", said)
    )
    if right <= left or bottom <= top:
        raise UnreadableImageError("damaged JPEG 2000: it has no pixels")
    return (left, top, right - left, bottom - top), components
