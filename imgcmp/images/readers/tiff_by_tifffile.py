"""TIFFs that Pillow doesn't read, or not as they are: decoded by tifffile and imagecodecs, which know every kind."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.open_file import Content
from imgcmp.images.readers.arrays import ArrayImage, Meaning, Numbers, as_shown, bytes_to_decode
from imgcmp.images.readers.packages import extra_package
from imgcmp.images.readers.plain_words import plainly
from imgcmp.images.readers.tiff_directory import ORIENTATION, Directory, directories, profile_of
from imgcmp.images.readers.tiff_layout import (
    CIELAB,
    CMYK,
    FLOAT,
    ICCLAB,
    JPEG,
    PALETTE,
    RGB,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Layout,
)
from imgcmp.system.memory_budget import in_worker

_COLOURS = {RGB: "RGB", YCBCR: "RGB", CMYK: "CMYK", CIELAB: "LAB", ICCLAB: "LAB", PALETTE: "RGB"}
_WHOLE = (8, 16, 32, 64)  # bits of numbers that need not be of all these bits
_DEPTHS = {UNSIGNED: (*range(1, 33), 64), SIGNED: _WHOLE, FLOAT: (16, 24, 32, 64)}

# Compressions by other formats of images: those of JPEG, whose decoder changes YCbCr to RGB, and Aperio's JPEG 2000,
# whose doesn't.
_JPEGS, _APERIO_YCBCR = (JPEG, 34892, 33007), 33003
_JPEGS_2000 = (_APERIO_YCBCR, 33004, 33005, 34712)
_FORMATS_INSIDE = (*_JPEGS, *_JPEGS_2000, 34933, 34934, 22610, 50001, 50002, 52546)

_PIXELS_DAMAGED = "damaged or cut short, or compressed in an unknown way: the pixels of the TIFF can't be decoded"


def open_by_tifffile(content: Content, layout: Layout, directory: Directory) -> ArrayImage:
    """Open a picture of a TIFF; UnreadableImageError, in plain words, if it is of a kind that isn't read."""
    _check(layout)
    what = f"TIFF of a rarer kind ({_kind(layout)})"
    extra_package("imagecodecs", what)
    tifffile = extra_package("tifffile", what)
    profile = profile_of(content.file, content.size, directory)
    meaning = _meaning(layout)._replace(profile=profile)
    size = layout.width, layout.height

    def pixels() -> Numbers:
        with plainly(_PIXELS_DAMAGED), _quiet():
            content.file.seek(0)
            with tifffile.TiffFile(content.file) as tiff:
                tiff.filehandle.seek(directory.place)
                page = tifffile.TiffPage(tiff, directory.number)
                numbers = page.asarray(squeeze=False, maxworkers=1 if in_worker() else None)
            return as_shown(_with_colours(_in_order(numbers, layout), layout), meaning)

    image = ArrayImage(
        size,
        meaning.mode,
        pixels,
        form="TIFF",
        n_bytes=bytes_to_decode(size, layout.n_samples, _bytes_a_sample(layout), _part_bytes(layout)),
        is_finer=layout.depth > 8 or layout.sample_format != UNSIGNED,
        n_pictures=sum(1 for _ in directories(content.file, content.size)),
        orientation=directory.first(ORIENTATION, 1),
    )
    if profile:
        image.info["icc_profile"] = profile
    return image


def _check(layout: Layout) -> None:
    kinds = set(layout.bits)
    if layout.depth not in _DEPTHS[layout.sample_format] or (len(kinds) > 1 and layout.bits != (5, 6, 5)):
        raise UnreadableImageError(f"a TIFF of {_kind(layout)} is not read")
    if layout.photometric == YCBCR and layout.compression not in _FORMATS_INSIDE:
        raise UnreadableImageError(f"a TIFF of {_kind(layout)}, in YCbCr, is not read")
    if layout.compression in _JPEGS_2000 and layout.depth > 16:  # OpenJPEG's numbers are others
        raise UnreadableImageError(f"a TIFF of {_kind(layout)}, compressed by JPEG 2000, is not read")
    if layout.compression in _JPEGS and layout.photometric in (CIELAB, ICCLAB):  # 10 levels off on average
        raise UnreadableImageError(f"a TIFF of {_kind(layout)}, compressed by JPEG, is not read")


def _kind(layout: Layout) -> str:
    """Name the numbers of a TIFF, for people."""
    numbers = {UNSIGNED: "", SIGNED: "signed ", FLOAT: "floating-point "}[layout.sample_format]
    bits = " and ".join(map(str, sorted(set(layout.bits))))
    colours = {"LAB": "L*a*b*", "L": "grey"}.get(name := _COLOURS.get(layout.photometric, "L"), name)
    return f"{numbers}numbers of {bits} {'bit' if bits == '1' else 'bits'} in {colours}"


def _meaning(layout: Layout) -> Meaning:
    """Return what the numbers mean, once those of a palette are its colours."""
    at, is_premultiplied = layout.alpha() or (None, False)
    if layout.photometric == PALETTE:
        return Meaning("RGB", 255.0, at if at is None else 3, is_premultiplied)
    colours = _COLOURS.get(layout.photometric, "L")
    white = None
    if layout.bits == (5, 6, 5):
        white = 255.0  # tifffile fills them up
    elif layout.sample_format == UNSIGNED and layout.depth not in _WHOLE:
        white = 2.0**layout.depth - 1
    elif colours == "LAB" and layout.depth > 8:
        white = {UNSIGNED: 2.0**layout.depth - 1, FLOAT: 100.0}.get(layout.sample_format)
    return Meaning(colours, white, at, is_premultiplied, layout.photometric == WHITE_IS_ZERO)


def _in_order(numbers: Numbers, layout: Layout) -> Numbers:
    """Return tifffile's five axes (planes, depth, height, width, samples) as height, width and samples."""
    numbers = np.moveaxis(numbers[:, 0, :, :, 0], 0, -1) if layout.is_planar else numbers[0, 0]
    return numbers.view(np.uint8) if numbers.dtype == bool else numbers


def _with_colours(numbers: Numbers, layout: Layout) -> Numbers:
    """Return numbers whose colours are RGB, CMYK or CIE L*a*b*."""
    if layout.photometric == PALETTE:
        return _of_palette(numbers, layout)
    if layout.photometric == ICCLAB:  # a and b begin at 0, not in the middle
        middle = numbers.dtype.type(1 << (8 * numbers.dtype.itemsize - 1))
        return np.dstack([numbers[..., :1], numbers[..., 1:3] ^ middle, numbers[..., 3:]])
    if layout.compression == _APERIO_YCBCR and numbers.dtype == np.uint8:
        rgb = Image.frombytes("YCbCr", (layout.width, layout.height), numbers[..., :3].tobytes()).convert("RGB")
        return np.asarray(rgb)
    return numbers


def _of_palette(numbers: Numbers, layout: Layout) -> Numbers:
    colours = np.array(layout.colour_map, np.uint16).reshape(3, -1).T
    of_8_bits = colours.max() < 256  # where 16 are the rule
    shown = (colours if of_8_bits else colours >> 8).astype(np.uint8)[numbers[..., 0]]
    alpha = layout.alpha()
    if alpha is None:
        return shown
    opacity = numbers[..., alpha[0]].astype(np.float64) * (255 / (2**layout.depth - 1))
    return np.dstack([shown, np.rint(opacity).astype(np.uint8)])


def _bytes_a_sample(layout: Layout) -> int:
    return next(n_bytes for n_bytes in (1, 2, 4, 8) if layout.depth <= 8 * n_bytes)


def _part_bytes(layout: Layout) -> int:
    """Return the bytes of a strip or tile, decoded: tiles may be larger than their picture."""
    return layout.part_width * layout.part_height * layout.n_samples * _bytes_a_sample(layout)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let tifffile tell nobody of what it puts right."""
    logger = logging.getLogger("tifffile")

    def nothing(_: logging.LogRecord) -> bool:  # a filter of this call's own: other threads have theirs
        return False

    logger.addFilter(nothing)
    try:
        yield
    finally:
        logger.removeFilter(nothing)
