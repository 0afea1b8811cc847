"""How large an image is by its header, for formats whose readers allocate or decode it before they say.

Only the first bytes of a file are looked at; nothing is decoded.
"""

from typing import NamedTuple

_JXL_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_JXL_CODESTREAM = b"\xff\x0a"
_JXL_HEADER_BYTES = 256  # the size, and what comes before the bits of a sample, take 35 at most

# Numbers of the standard: kinds of channels, spaces of colours, the white and the primaries of sRGB, and a curve.
_JXL_ALPHA, _JXL_SPOT, _JXL_FILTER = 0, 2, 5
_JXL_RGB, _JXL_GREY, _JXL_USUAL, _JXL_LIGHT = 0, 1, 1, 8
_JXL_MOST_CHANNELS = 16  # that are looked at


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class JxlHeld(NamedTuple):
    """What a JPEG XL image holds.

    Attributes
    ----------
    bits : int
        Of a sample of its colours.
    is_film : bool
        Whether it has frames that are shown one after another.
    alpha_bits : int
        Of a sample of its opacity; 0 if it has none.
    is_premultiplied : bool
        Whether colours are multiplied by that.
    is_light : bool
        Whether samples are light of sRGB's primaries, or of grey.
    """

    bits: int
    is_film: bool
    alpha_bits: int = 0
    is_premultiplied: bool = False
    is_light: bool = False


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
    bits = _jxl_header(start)
    return None if bits is None else _jxl_sides(bits)


def jxl_held(start: bytes) -> JxlHeld | None:
    """Return what a JPEG XL image holds; None if it is not where expected.

    References
    ----------
    ISO/IEC 18181-1, the metadata of an image: its extra channels and its colour encoding.
    """
    bits = _jxl_header(start)
    if bits is None:
        return None
    _jxl_sides(bits)
    if bits.take(1):  # all is as it mostly is
        return JxlHeld(8, False)
    is_film = bool(bits.take(1)) and _jxl_film_in_extras(bits)
    n_bits = _jxl_bits(bits)
    bits.take(1)  # whether 16 bits are enough to decode it
    alpha_bits, is_premultiplied = 0, False
    for _ in range(min(_JXL_MOST_CHANNELS, bits.choice((0, 0), (0, 1), (4, 2), (12, 1)))):
        channel_bits, premultiplied = _jxl_alpha(bits)
        if channel_bits and not alpha_bits:
            alpha_bits, is_premultiplied = channel_bits, premultiplied
    bits.take(1)  # whether colours are stored in XYB
    return JxlHeld(n_bits, is_film, alpha_bits, is_premultiplied, _jxl_is_light(bits))


def _jxl_header(start: bytes) -> "_Bits | None":
    codestream = start
    if start.startswith(_JXL_CONTAINER):
        # Behind a length of eight bytes, perhaps; in jxlp also behind a counter of four.
        positions = [start.find(kind) + more for kind in (b"jxlc", b"jxlp") for more in (4, 8, 12, 16)]
        codestream = next((start[at:] for at in positions if start[at : at + 2] == _JXL_CODESTREAM), b"")
    if not codestream.startswith(_JXL_CODESTREAM):
        return None
    return _Bits(int.from_bytes(codestream[2:_JXL_HEADER_BYTES], "little"))


def _jxl_sides(bits: "_Bits") -> Size:
    small = bits.take(1) == 1
    height = bits.side(small)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
        return Size(height * numerator // denominator, height)
    return Size(bits.side(small), height)


def _jxl_film_in_extras(bits: "_Bits") -> bool:
    """Pass over orientation, the size that is meant, the preview's and how frames are timed; tell whether they are."""
    bits.take(3)
    if bits.take(1):
        _jxl_sides(bits)
    if bits.take(1):
        in_eights = bits.take(1)
        bits.preview_side(in_eights)
        if not bits.take(3):
            bits.preview_side(in_eights)
    if not bits.take(1):
        return False
    bits.choice((0, 100), (0, 1000), (10, 1), (30, 1))
    bits.choice((0, 1), (0, 1001), (8, 1), (10, 1))
    bits.choice((0, 0), (3, 0), (16, 0), (32, 0))
    bits.take(1)
    return True


def _jxl_bits(bits: "_Bits") -> int:
    """Return the bits of a sample."""
    is_float = bits.take(1)
    kind = bits.take(2)
    n_bits = bits.take(6) + 1 if kind == 3 else ((32, 16, 24) if is_float else (8, 10, 12))[kind]
    if is_float:
        bits.take(4)  # those of its exponent
    return n_bits


def _jxl_alpha(bits: "_Bits") -> tuple[int, bool]:
    """Return the bits of a channel beside the colours, 0 if it is no opacity, and whether that is multiplied in."""
    if bits.take(1):  # as it mostly is
        return 8, False
    kind, n_bits = bits.enum(), _jxl_bits(bits)
    bits.choice((0, 0), (0, 3), (0, 4), (3, 1))  # how much smaller it is
    bits.take(8 * bits.choice((0, 0), (4, 0), (5, 16), (10, 48)))  # its name
    if kind == _JXL_ALPHA:
        return n_bits, bool(bits.take(1))
    if kind == _JXL_SPOT:
        bits.take(64)
    elif kind == _JXL_FILTER:
        bits.choice((0, 1), (2, 0), (4, 3), (8, 19))
    return 0, False


def _jxl_is_light(bits: "_Bits") -> bool:
    """Tell whether the meaning of colours is light, named by numbers and not by a profile."""
    if bits.take(1) or bits.take(1):  # sRGB; a profile
        return False
    space, white = bits.enum(), bits.enum()
    primaries = bits.enum() if space == _JXL_RGB and white == _JXL_USUAL else _JXL_USUAL
    if space not in (_JXL_RGB, _JXL_GREY) or (white, primaries) != (_JXL_USUAL, _JXL_USUAL) or bits.take(1):
        return False
    return bits.enum() == _JXL_LIGHT


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

    def preview_side(self, in_eights: int) -> int:
        if in_eights:
            return 8 * self.choice((0, 16), (0, 32), (5, 1), (9, 33))
        return self.choice((6, 1), (8, 65), (10, 321), (12, 1345))

    def enum(self) -> int:
        """Return the number of one of several things that are named in the standard."""
        return self.choice((0, 0), (0, 1), (4, 2), (6, 18))

    def choice(self, *kinds: tuple[int, int]) -> int:
        """Return a number told in one of four ways: in so many bits, above a least one."""
        n_bits, least = kinds[self.take(2)]
        return least + self.take(n_bits)
