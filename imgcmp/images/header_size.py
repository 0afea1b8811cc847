"""How large an image is by its header, for formats whose readers allocate or decode it before they say.

Only the first bytes of a file are looked at; nothing is decoded.
"""

from typing import NamedTuple

_JXL_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_JXL_CODESTREAM = b"\xff\x0a"


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
    bits = _jxl_bits(start)
    return None if bits is None else bits.size()


def jxl_is_animated(start: bytes) -> bool:
    """Tell whether a JPEG XL has frames that follow each other: by the metadata that come after its size."""
    bits = _jxl_bits(start)
    if bits is None:
        return False
    bits.size()
    if bits.take(1) or not bits.take(1):  # all as usual, or no more than usual
        return False
    bits.take(3)  # orientation
    if bits.take(1):  # the size it was made for
        bits.size()
    has_preview = bits.take(1) == 1
    if has_preview:
        bits.preview_size()
    return bits.take(1) == 1


def _jxl_bits(start: bytes) -> "_Bits | None":
    """Return the bits of a codestream of JPEG XL from its size on; None if it is not where expected."""
    codestream = start
    if start.startswith(_JXL_CONTAINER):
        positions = [start.find(b"jxlc") + 4, start.find(b"jxlp") + 8]  # jxlp: with a counter of 4 bytes
        codestream = next((start[at:] for at in positions if start[at : at + 2] == _JXL_CODESTREAM), b"")
    if not codestream.startswith(_JXL_CODESTREAM):
        return None
    return _Bits(int.from_bytes(codestream[2:48], "little"))


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

    def size(self) -> Size:
        small = self.take(1) == 1
        height = self.side(small)
        ratio = self.take(3)
        if ratio:
            numerator, denominator = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
            return Size(height * numerator // denominator, height)
        return Size(self.side(small), height)

    def preview_size(self) -> None:
        by_eight = self.take(1) == 1
        self._preview_side(by_eight)
        if self.take(3) == 0:
            self._preview_side(by_eight)

    def _preview_side(self, by_eight: bool) -> None:
        kind = self.take(2)
        if by_eight:
            self.take((0, 0, 5, 9)[kind])  # 16, 32, 1 + of 5 bits, 33 + of 9
        else:
            self.take((6, 8, 10, 12)[kind])
