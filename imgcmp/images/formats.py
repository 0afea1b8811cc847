"""TODO imgcmp.images.formats."""

import os
from typing import NamedTuple

_IMAGE_SUFFIXES = """
    .jpg .jpeg .jpe .jfif .mpo .png .apng .gif .webp .tif .tiff .bmp .dib .avif .avifs .jp2 .j2k .jpf .jpx .ico .icns
    .ppm .pgm .pbm .pnm .pfm .tga .psd .pcx .sgi .rgb .dds .qoi .heic .heif .hif .jxl
    .cr2 .cr3 .nef .arw .dng .orf .rw2 .raf .pef .srw
"""
IMAGE_SUFFIXES = frozenset(_IMAGE_SUFFIXES.split())
_MAGIC = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",  # TIFF, little-endian
    b"MM\x00*",  # TIFF, big-endian
    b"8BPS\x00\x01",  # PSD
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",  # JPEG 2000
    b"\xff\x4f\xff\x51",  # JPEG 2000 codestream
    b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    b"\xff\x0a",  # JPEG XL codestream
    b"qoif",
)
_FTYP_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def is_image_name(name: str) -> bool:
    """Tell whether a file's suffix is that of an image."""
    at = name.rfind(".")  # 0.4 of the time of os.path.splitext, which is a tenth of that of finding a file
    return at > 0 and name[at:].lower() in IMAGE_SUFFIXES


def has_image_magic(start: bytes) -> bool:
    """Tell whether a file that starts like this is an image."""
    if start.startswith(_MAGIC):
        return True
    return (start[:4] == b"RIFF" and start[8:12] == b"WEBP") or (start[4:8] == b"ftyp" and start[8:12] in _FTYP_BRANDS)


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


def webp_size(start: bytes) -> Size | None:
    """Return the size of a WebP image, whose reader allocates its canvas before it says; None if it is none.

    References
    ----------
    RFC 9649; RFC 6386, section 9.1.
    """
    if start[:4] != b"RIFF" or start[8:12] != b"WEBP" or len(start) < 30:
        return None
    kind = start[12:16]
    if kind == b"VP8X":
        return Size(1 + int.from_bytes(start[24:27], "little"), 1 + int.from_bytes(start[27:30], "little"))
    if kind == b"VP8L":
        bits = _Bits(int.from_bytes(start[21:25], "little"))
        return Size(1 + bits.take(14), 1 + bits.take(14))
    if kind == b"VP8 ":
        return Size(*(int.from_bytes(start[at : at + 2], "little") & 0x3FFF for at in (26, 28)))
    return None


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
