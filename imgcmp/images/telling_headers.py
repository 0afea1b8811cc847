"""Formats whose first bytes could be those of anything, told by their whole headers and by the sizes of their files.

So a file in a folder is taken for one of them whatever it is called, and notes that begin with "P5", films that begin
like an icon, and numbers that begin like a TGA are not.
"""

import re
from collections.abc import Callable
from math import ceil
from struct import unpack_from
from typing import NamedTuple

_TGA_END = b"TRUEVISION-XFILE.\0"  # if its writer followed the second version of the format

_GAP = rb"(?:\s|#[^\n]*\n)+"
_PNM = re.compile(rb"P([1-6])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})")
_MAXIMUM = re.compile(_GAP + rb"(\d{1,5})")
_NUMBERS = re.compile(rb"(?:\s|\d|#[^\n]*\n)*(?:#[^\n]*)?")
_PFM = re.compile(rb"P([fF])\s+(\d{1,9})\s+(\d{1,9})\s+-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s")
_XBM = re.compile(rb"\s*#define\s+\S+_width\s+\d+\s+#define\s+\S+_height\s+\d+")

_ICON_ENTRY_BYTES = 16
_DIB_BYTES = 40
_DIB_BITS = {1: 2, 4: 16, 8: 256, 16: 0, 24: 0, 32: 0}  # and how many colours a palette has at most
_PCX_BYTES = 128
_TGA_BYTES, _TGA_RUN_LENGTHS = 18, 8
_TGA_BITS = (8, 15, 16, 24, 32)


class Told(NamedTuple):
    """The format that a header seems to be of, and whether that is sure."""

    name: str
    is_sure: bool


class Rest(NamedTuple):
    """What a file holds beside its first bytes: how many it has, and as many of its last ones as are asked for."""

    n_bytes: Callable[[], int]
    last: Callable[[int], bytes]


def told_by_header(start: bytes, rest: Rest) -> Told | None:
    """Tell the format of a file, if it is one of these.

    Parameters
    ----------
    start : bytes
        Its first 256 bytes; all of a shorter file.
    rest : Rest
        What else may be asked for: only if the first bytes don't say no, as those of nearly all files do.
    """
    if not _ANY.match(start):
        return None
    n_bytes = rest.n_bytes()
    for first, name, is_one in _CHECKS:
        if first.match(start):
            if is_one(start, n_bytes):
                return Told(name, True)
            if name == "TGA" and _is_tga_header(start):
                return Told(name, rest.last(len(_TGA_END)) == _TGA_END)
    return None


def _is_pnm(start: bytes, n_bytes: int) -> bool:
    header = _PNM.match(start)
    if not header:
        return False
    kind, width, height = map(int, header.groups())
    place, maximum = header.end(), 1
    if kind not in (1, 4):
        found = _MAXIMUM.match(start, place)
        if not found:
            return False
        place, maximum = found.end(), int(found[1])
    n_samples = width * height * (3 if kind in (3, 6) else 1)
    if not (n_samples and 0 < maximum < 65536):
        return False
    if kind < 4:  # as text: with a gap between numbers, but for those of one bit
        return (
            n_bytes - place >= (n_samples if kind == 1 else 2 * n_samples)
            and _NUMBERS.fullmatch(start, place) is not None
        )
    n_data = height * ceil(width / 8) if kind == 4 else n_samples * (2 if maximum > 255 else 1)
    return n_bytes == place + 1 + n_data


def _is_pfm(start: bytes, n_bytes: int) -> bool:
    header = _PFM.match(start)
    if not header:
        return False
    n_samples = int(header[2]) * int(header[3]) * (3 if header[1] == b"F" else 1)
    return n_samples > 0 and n_bytes == header.end() + 4 * n_samples


def _is_xbm(start: bytes, _: int) -> bool:
    return _XBM.match(start) is not None


def _is_icon(start: bytes, n_bytes: int) -> bool:
    """Tell whether the list of an icon's pictures has them all within the file, and behind itself."""
    n_pictures = int.from_bytes(start[4:6], "little")
    behind = 6 + _ICON_ENTRY_BYTES * n_pictures
    places = range(6, min(behind, len(start) - _ICON_ENTRY_BYTES + 1), _ICON_ENTRY_BYTES)
    entries = [unpack_from("<4BHHII", start, place) for place in places]
    return bool(entries) and all(
        entry[3] == 0 and entry[6] >= _DIB_BYTES and entry[7] >= behind and entry[6] + entry[7] <= n_bytes
        for entry in entries
    )


def _is_dib(start: bytes, n_bytes: int) -> bool:
    if len(start) < _DIB_BYTES:
        return False
    width, height, planes, bits, compression, _, _, _, n_colours, n_needed = unpack_from("<iiHHIIiiII", start, 4)
    if planes != 1 or bits not in _DIB_BITS or compression > 3 or width <= 0 or height == 0:
        return False
    if n_colours > 256 or n_needed > max(n_colours, _DIB_BITS[bits]):
        return False
    n_data = 4 * ceil(width * bits / 32) * abs(height) if compression in (0, 3) else 1
    return n_bytes >= _DIB_BYTES + n_data


def _is_pcx(start: bytes, n_bytes: int) -> bool:
    if len(start) < _PCX_BYTES or n_bytes <= _PCX_BYTES:
        return False
    bits, left, top, right, bottom = unpack_from("<B4H", start, 3)
    planes, row_bytes = unpack_from("<BH", start, 65)
    is_known: bool = (bits, planes) in ((1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (4, 1), (8, 1), (8, 3), (8, 4))
    needed = ceil((right + 1 - left) * bits / 8)
    is_sound = left <= right and top <= bottom and start[64] == 0 and needed <= row_bytes <= needed + 8
    return is_known and bool(is_sound)


def _is_msp(start: bytes, n_bytes: int) -> bool:
    """Tell whether the numbers of the header make 0 together, of which the last is there for that alone."""
    if len(start) < 32 or n_bytes <= 32:
        return False
    together = 0
    for number in unpack_from("<16H", start):
        together ^= number
    return together == 0


def _is_tga_header(start: bytes) -> bool:
    if len(start) < _TGA_BYTES:
        return False
    has_map, kind = start[1], start[2]
    first, n_colours, colour_bits, _, _, width, height, bits, attributes = unpack_from("<HHBHHHHBB", start, 3)
    if not (width and height) or bits not in _TGA_BITS or attributes & 0xC0 or attributes & 0x0F > 8:
        return False
    if kind & 7 == 1:
        return has_map == 1 and bits == 8 and colour_bits in (15, 16, 24, 32) and 0 < n_colours <= 256
    if (has_map, first, n_colours, colour_bits) != (0, 0, 0, 0):
        return False
    return bits in (8, 16) if kind & 7 == 3 else bool(bits > 8)


def _is_tga(start: bytes, n_bytes: int) -> bool:
    """Tell whether a TGA whose pixels are not packed has as many as it says, and perhaps what an old writer left."""
    if not _is_tga_header(start) or start[2] & _TGA_RUN_LENGTHS:
        return False
    n_colours, colour_bits, _, _, width, height, bits = unpack_from("<HBHHHHB", start, 5)
    map_bytes = n_colours * ceil(colour_bits / 8)
    return bool(n_bytes == _TGA_BYTES + start[0] + map_bytes + width * height * ceil(bits / 8))


# What a format begins with, its name, and what it is told by then.
_STARTS: tuple[tuple[bytes, str, Callable[[bytes, int], bool]], ...] = (
    (rb"P[1-6][\s#]", "PNM", _is_pnm),
    (rb"P[fF]\s", "PFM", _is_pfm),
    (rb"\s*#define", "XBM", _is_xbm),
    (rb"\0\0[\x01\x02]\0", "icon", _is_icon),
    (rb"\x28\0\0\0", "DIB", _is_dib),
    (rb"\n[\0\x02-\x05]\x01", "PCX", _is_pcx),
    (rb"DanM|LinS", "MSP", _is_msp),
    (rb".[\0\x01][\x01-\x03\x09-\x0b]", "TGA", _is_tga),
)
_CHECKS = tuple((re.compile(first, re.DOTALL), name, is_one) for first, name, is_one in _STARTS)
_ANY = re.compile(b"|".join(first for first, _, _ in _STARTS), re.DOTALL)
