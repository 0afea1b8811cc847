"""How the pixels of a picture in a TIFF lie and what their numbers mean, by its tags; or why no reader could tell."""

from typing import NamedTuple

from imgcmp.errors import UnreadableImageError
from imgcmp.images.readers import tiff_directory as tag
from imgcmp.images.readers.tiff_directory import Directory, Numbers

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
RAW, CCITT, OLD_JPEG, JPEG, PACKBITS = 1, (2, 3, 4, 32771), 6, 7, 32773

_N_COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, MASK: 1, YCBCR: 3, CIELAB: 3, ICCLAB: 3}
_UNREAD = {
    10: "colours of ITU L*a*b*",
    32803: "the numbers of a camera's sensor",
    32844: "colours of LogL",
    32845: "colours of LogLuv",
    34892: "the numbers of a camera's sensor",
}
_ASSOCIATED, _UNASSOCIATED, _COREL = 1, 2, 999
_FROM_END_TO_END = 2**32 - 1


class Layout(NamedTuple):
    """How pixels lie, and what their numbers mean.

    `extra` says what the samples beyond the colours are: of each the number that TIFF gives it.
    """

    width: int
    height: int
    bits: Numbers
    sample_format: int
    photometric: int
    compression: int
    is_planar: bool
    is_tiled: bool
    part_width: int
    part_height: int
    offsets: Numbers
    n_bytes: Numbers
    extra: Numbers
    n_colours: int
    colour_map: Numbers

    @property
    def n_samples(self) -> int:
        """Return how many numbers a pixel has."""
        return len(self.bits)

    @property
    def depth(self) -> int:
        """Return the bits of the largest sample."""
        return max(self.bits)

    def alpha(self) -> tuple[int, bool] | None:
        """Return which sample is transparency, and whether colours are multiplied by it; None if none is."""
        for at, kind in enumerate(self.extra, self.n_colours):
            if kind in (_ASSOCIATED, _UNASSOCIATED, _COREL):
                return at, kind == _ASSOCIATED
        return None


def layout_of(directory: Directory, file_size: int) -> Layout:
    """Return how the pixels of a picture lie; UnreadableImageError if its tags contradict each other."""
    first = directory.first
    width, height = first(tag.WIDTH, 0), first(tag.HEIGHT, 0)
    if width <= 0 or height <= 0:
        raise UnreadableImageError("damaged TIFF: it doesn't say how wide or high it is")
    if first(tag.DEPTH, 1) > 1:
        raise UnreadableImageError("a TIFF of more than two dimensions is not read")
    compression = first(tag.COMPRESSION, RAW)
    photometric = _photometric(directory, compression)
    if compression == OLD_JPEG and photometric == RGB:
        photometric = YCBCR  # as readers of it agree: none wrote RGB
    bits = _bits(directory, 3 if compression == OLD_JPEG and photometric == YCBCR else 1)
    n_colours = _n_colours(directory, photometric)
    if len(bits) < n_colours and not (photometric == YCBCR and len(bits) == 1):  # a grey JPEG may call itself YCbCr
        raise UnreadableImageError(f"damaged TIFF: colours of {n_colours} numbers, and {len(bits)} a pixel")
    is_planar = first(tag.PLANAR, 1) == 2 and len(bits) > 1
    is_tiled = tag.TILE_OFFSETS in directory.tags
    part_width, part_height = _part(directory, is_tiled, width, height)
    layout = Layout(
        width,
        height,
        bits,
        _sample_format(directory),
        photometric,
        compression,
        is_planar,
        is_tiled,
        part_width,
        part_height,
        directory.tags.get(tag.TILE_OFFSETS if is_tiled else tag.STRIP_OFFSETS, ()),
        directory.tags.get(tag.TILE_BYTES if is_tiled else tag.STRIP_BYTES, ()),
        _extra(directory, photometric, len(bits), min(n_colours, len(bits))),
        min(n_colours, len(bits)),
        directory.tags.get(tag.COLOUR_MAP, ()),
    )
    _check_parts(layout, file_size, has_old_jpeg=tag.JPEG_OFFSET in directory.tags)
    _check_colours(layout)
    return layout


def _photometric(directory: Directory, compression: int) -> int:
    """Return what colours are. Where a TIFF doesn't say, readers' guesses differ, but for faxes and old JPEG."""
    if tag.PHOTOMETRIC in directory.tags:
        return directory.first(tag.PHOTOMETRIC, WHITE_IS_ZERO)
    if compression == OLD_JPEG:
        return YCBCR
    if compression in CCITT:
        return WHITE_IS_ZERO
    raise UnreadableImageError("damaged TIFF: it doesn't say what its colours are")


def _bits(directory: Directory, n_samples: int) -> Numbers:
    """Return the bits of each sample of a pixel."""
    bits = directory.tags.get(tag.BITS, (8,) if n_samples > 1 else (1,))
    n_samples = directory.first(tag.N_SAMPLES, n_samples)
    if len(bits) == 1:
        bits *= min(n_samples, 2**16)
    if n_samples < 1 or len(bits) < n_samples or min(bits) < 1 or max(bits) > 128:
        raise UnreadableImageError("damaged TIFF: it doesn't say how many bits its numbers have")
    return bits[:n_samples]


def _n_colours(directory: Directory, photometric: int) -> int:
    if photometric in _UNREAD:
        raise UnreadableImageError(f"a TIFF with {_UNREAD[photometric]} is not read")
    if photometric == CMYK:
        if directory.first(tag.INK_SET, 1) == 2 or directory.first(tag.N_INKS, 4) != 4:
            raise UnreadableImageError("a TIFF of other inks than cyan, magenta, yellow and black is not read")
        return 4
    if photometric not in _N_COLOURS:
        raise UnreadableImageError(f"a TIFF with colours of an unknown kind ({photometric}) is not read")
    return _N_COLOURS[photometric]


def _sample_format(directory: Directory) -> int:
    formats = set(directory.tags.get(tag.SAMPLE_FORMAT, (UNSIGNED,)))
    if len(formats) > 1:
        raise UnreadableImageError("a TIFF whose samples are numbers of different kinds is not read")
    (kind,) = formats
    if kind in (5, 6):
        raise UnreadableImageError("a TIFF of complex numbers is not read")
    return kind if kind in (SIGNED, FLOAT) else UNSIGNED


def _extra(directory: Directory, photometric: int, n_samples: int, n_colours: int) -> Numbers:
    """Return what the samples beyond the colours are. A fourth one of RGB that nothing is said of is transparency."""
    said = directory.tags.get(tag.EXTRA_SAMPLES, ())
    n_extra = n_samples - n_colours
    if not said and photometric == RGB and n_extra == 1:
        return (_UNASSOCIATED,)
    return (said + (0,) * n_extra)[:n_extra]


def _part(directory: Directory, is_tiled: bool, width: int, height: int) -> tuple[int, int]:
    """Return width and height of a strip or tile."""
    if not is_tiled:
        rows = directory.first(tag.ROWS_PER_STRIP, _FROM_END_TO_END)
        return width, min(rows, height) if rows > 0 else height
    part = directory.first(tag.TILE_WIDTH, 0), directory.first(tag.TILE_HEIGHT, 0)
    if min(part) <= 0:
        raise UnreadableImageError("damaged TIFF: it doesn't say how large its tiles are")
    return part


def _check_parts(layout: Layout, file_size: int, *, has_old_jpeg: bool) -> None:
    """Refuse a TIFF whose strips or tiles are too few, or lie beyond its end."""
    if not layout.offsets and layout.compression == OLD_JPEG and has_old_jpeg:
        return
    across, down = -(-layout.width // layout.part_width), -(-layout.height // layout.part_height)
    n_parts = across * down * (layout.n_samples if layout.is_planar else 1)
    kind = "tiles" if layout.is_tiled else "strips"
    if len(layout.offsets) < n_parts:
        raise UnreadableImageError(f"damaged TIFF: it has {len(layout.offsets)} of its {n_parts} {kind}")
    if max(layout.offsets[:n_parts]) >= file_size:
        raise UnreadableImageError(f"damaged or cut short: {kind} of the TIFF lie beyond its end")
    if not any(layout.offsets):
        raise UnreadableImageError("damaged TIFF: it has no pixels")
    if layout.compression == RAW and layout.photometric != YCBCR:
        a_row = -(-layout.width * sum(layout.bits) // 8)
        if a_row * layout.height > file_size and 0 not in layout.offsets:
            raise UnreadableImageError("damaged or cut short: the TIFF has fewer bytes than its pixels need")


def _check_colours(layout: Layout) -> None:
    if layout.photometric != PALETTE:
        return
    if layout.depth > 16 or layout.sample_format != UNSIGNED:
        raise UnreadableImageError(f"a TIFF with a colour map for numbers of {layout.depth} bits is not read")
    wanted = 3 * 2 ** layout.bits[0]
    if len(layout.colour_map) != wanted:
        n_numbers = len(layout.colour_map)
        raise UnreadableImageError(f"damaged TIFF: its colour map has {n_numbers} numbers, where {wanted} belong")
