"""What kind of image a file is, by its first bytes, where Pillow alone cannot tell or cannot read it."""

import os
from typing import NamedTuple

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_JXL_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_JXL_CODESTREAM = b"\xff\x0a"
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")  # RAF; ORF; RW2
_TIFF_STARTS = (b"II*\x00", b"MM\x00*")

# Raw files that are TIFF files inside: only their names tell them from others, whose first picture is the whole one.
_RAW_SUFFIXES = frozenset(
    (".arw", ".cr2", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".nef", ".nrw", ".pef", ".sr2", ".srf", ".srw")
)


def is_heif(start: bytes) -> bool:
    """Tell whether a file is a HEIC or HEIF image, which Pillow does not read."""
    brands = _brands(start)
    return not brands.isdisjoint(_HEIF_BRANDS) and brands.isdisjoint(_AVIF_BRANDS)


def is_avif(start: bytes) -> bool:
    """Tell whether a file is an AVIF image."""
    return not _brands(start).isdisjoint(_AVIF_BRANDS)


def is_jxl(start: bytes) -> bool:
    """Tell whether a file is a JPEG XL image, which Pillow does not read."""
    return start.startswith((_JXL_CONTAINER, _JXL_CODESTREAM))


def is_raw(start: bytes, path: str) -> bool:
    """Tell whether a file is what a camera's sensor saw, with a preview inside."""
    if start.startswith(_RAW_STARTS) or start[4:12] == b"ftypcrx ":  # CR3
        return True
    if not start.startswith(_TIFF_STARTS):
        return False
    return start[8:10] == b"CR" or os.path.splitext(path)[1].lower() in _RAW_SUFFIXES


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


def jxl_size(start: bytes) -> Size | None:
    """Return the size of a JPEG XL image, whose reader decodes it before it says; None if it is not where expected.

    References
    ----------
    ISO/IEC 18181-1, the size header; 18181-2, the container's boxes jxlc and jxlp.
    """
    codestream = start
    if start.startswith(_JXL_CONTAINER):
        positions = [start.find(b"jxlc") + 4, start.find(b"jxlp") + 8]  # jxlp: with a counter of 4 bytes
        codestream = next((start[at:] for at in positions if start[at : at + 2] == _JXL_CODESTREAM), b"")
    if not codestream.startswith(_JXL_CODESTREAM):
        return None
    bits = _Bits(int.from_bytes(codestream[2:16], "little"))
    small = bits.take(1) == 1
    height = bits.side(small)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
        return Size(height * numerator // denominator, height)
    return Size(bits.side(small), height)


class _Bits:
    """Reads numbers of a few bits, the lowest first."""

    def __init__(self, number: int) -> None:
        self.number = number

    def take(self, n_bits: int) -> int:
        value = self.number & ((1 << n_bits) - 1)
        self.number >>= n_bits
        return value

    def side(self, small: bool) -> int:
        if small:
            return 8 * (1 + self.take(5))
        return 1 + self.take((9, 13, 18, 30)[self.take(2)])


def _brands(start: bytes) -> set[bytes]:
    """Return the brands of an ISO base media file, the major one and those it is compatible with."""
    if start[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(start[:4], "big"), len(start), 256)
    return {start[8:12], *(start[at : at + 4] for at in range(16, end - 3, 4))}
