"""Which TIFFs Pillow reads as they are: told by their tags, since it garbles others without a word.

Found by writing every kind of numbers in every layout and comparing what was read: of 32 bits with the high byte first
it changes the order of the bytes if they are compressed, it shows -1 of 8 bits as white, leaves the last rows of strips
that aren't there black, leaves the second of two planes 0, and rounds rows of tiles that end within a byte.
"""

from imgcmp.images.readers.tiff_directory import Numbers
from imgcmp.images.readers.tiff_layout import (
    BLACK_IS_ZERO,
    CCITT,
    CIELAB,
    CMYK,
    FLOAT,
    JPEG,
    OLD_JPEG,
    PACKBITS,
    PALETTE,
    RAW,
    RGB,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Layout,
)

_LZW, _DEFLATE, _LZMA, _ZSTD = 5, (8, 32946), 34925, 50000
_PACKED = frozenset((RAW, _LZW, *_DEFLATE, PACKBITS, _LZMA, _ZSTD))

# What the samples beyond the colours may be, by bits.
_RGB_EXTRA = {
    8: frozenset((first + (0,) * n) for first in ((), (1,), (2,)) for n in range(3)) | {(0, 0, 0), (999,)},
    16: frozenset(((), (0,), (1,), (2,))),
}
_CMYK_EXTRA = {8: frozenset(((), (0,), (0, 0))), 16: frozenset(((),))}
_NO_EXTRA: frozenset[Numbers] = frozenset(((),))


def is_read_by_pillow(layout: Layout, order: str, fill_order: int) -> bool:
    """Tell whether Pillow shows a picture of a TIFF with this order of bytes, and of bits, as it is."""
    if layout.compression == OLD_JPEG:
        return layout.depth == 8
    if layout.photometric == YCBCR:
        return _is_plain_ycbcr(layout)
    if len(set(layout.bits)) > 1:
        return False
    if layout.compression == JPEG:
        return layout.depth == 8 and layout.photometric != CIELAB and not layout.extra
    if layout.compression in CCITT:
        return layout.bits == (1,) and layout.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO)
    if layout.compression not in _PACKED or _ends_within_bytes(layout):
        return False
    if layout.n_colours == 1:
        return _is_plain_grey(layout, order, fill_order)
    return _is_plain_colour(layout, fill_order)


def _is_plain_ycbcr(layout: Layout) -> bool:
    return (
        set(layout.bits) == {8}
        and layout.sample_format == UNSIGNED
        and not layout.extra
        and not layout.is_planar
        and (layout.compression in _PACKED or layout.compression == JPEG)
    )


def _ends_within_bytes(layout: Layout) -> bool:
    """Tell whether rows of tiles end within a byte, where Pillow counts the bytes itself."""
    return layout.compression == RAW and layout.is_tiled and layout.part_width * sum(layout.bits) % 8 != 0


def _is_plain_grey(layout: Layout, order: str, fill_order: int) -> bool:
    """Tell whether grey, or numbers of a palette, are read."""
    white_is_zero, depth, kind = layout.photometric == WHITE_IS_ZERO, layout.depth, layout.sample_format
    if layout.extra:
        known = {BLACK_IS_ZERO: ((0,), (1,), (2,)), PALETTE: ((0,), (2,))}.get(layout.photometric, ())
        return layout.extra in known and (kind, depth, fill_order) == (UNSIGNED, 8, 1) and not layout.is_planar
    if layout.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE):
        return False
    if kind == UNSIGNED and depth in (1, 2, 4, 8):
        return not (white_is_zero and depth == 8 and fill_order != 1 and layout.compression == RAW)
    if layout.photometric == PALETTE or fill_order != 1:
        return False
    little = order == "<"
    if kind == UNSIGNED:
        if depth == 16:
            return little or not white_is_zero
        return not white_is_zero and little and (depth == 32 or (depth == 12 and layout.compression == RAW))
    natural = little or layout.compression == RAW
    if kind == SIGNED:
        return depth in (16, 32) and not white_is_zero and natural
    return kind == FLOAT and depth == 32 and natural


def _is_plain_colour(layout: Layout, fill_order: int) -> bool:
    depth = layout.depth
    if layout.sample_format != UNSIGNED:
        return False
    if fill_order != 1:
        return layout.photometric == RGB and layout.bits == (8, 8, 8) and not layout.is_planar
    allowed = {
        RGB: _RGB_EXTRA.get(depth, frozenset()),
        CMYK: _CMYK_EXTRA.get(depth, frozenset()),
        CIELAB: _NO_EXTRA if depth == 8 else frozenset(),
    }.get(layout.photometric, frozenset())
    if layout.is_planar and layout.extra and (layout.photometric != RGB or layout.extra != (2,)):
        return False
    return layout.extra in allowed
