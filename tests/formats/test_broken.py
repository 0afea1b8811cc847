"""Broken files of every format: each is refused with a reason that a user understands, or read as its picture.

Numbers that lie, places past the end, colour maps of the wrong length, and files that end too early; made from the
cells of the matrix, whose pictures are known.
"""

import re
import struct

import numpy as np
import pytest
from formats import bitmaps, fits, gif, jpeg_2000, png, portable, psd, rare, tiff_writer
from formats.all_cells import CELLS
from formats.originals import HEIGHT, ORIGINALS, WIDTH, grey_of
from formats.tiff_writer import Page, tiff
from formats.writers import Missing
from pictures import png_chunk

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture

WHOLE = 10**6
PICTURE = ORIGINALS[0]

UNSPEAKABLE = re.compile(
    r"\bb['\"]|bytes not processed|\w+Error\b|decoder error|broken data stream|tile cannot|Exception|\.py|0x[0-9a-f]{6}"
)
"""What no user should have to read in a reason."""


def refused_or_right(path, shown, *, missing=0.0):
    """Hold that a file is refused with a reason, or read as its picture, of which a part may be missing."""
    try:
        grey = np.asarray(read_picture(str(path), WHOLE).grey)
    except UnreadableImageError as error:
        assert str(error)
        assert "\n" not in str(error)
        assert not UNSPEAKABLE.search(str(error)), str(error)
        return
    assert grey.shape == shown.shape
    wrong = np.abs(grey.astype(int) - shown) > 40
    assert wrong.mean() <= missing, f"{wrong.mean():.0%} of a wrong picture"


def parameters(names):
    return [pytest.param(name, id=name) for name in names]


# Files that end too early


def one_of_each():
    """Return a cell of each format and compression, the first: they have other structures."""
    chosen = {}
    for cell in CELLS:
        if not cell.refused:
            what = (cell.format, cell.variant.get("compression"), cell.variant.get("layout"), cell.variant.get("kind"))
            chosen.setdefault(what, cell)
    return {cell.name: cell for cell in chosen.values()}


ONE_OF_EACH = one_of_each()


@pytest.mark.filterwarnings("ignore:.* will be removed in Pillow")
@pytest.mark.parametrize("name", parameters(ONE_OF_EACH))
def test_a_file_that_ends_early_is_refused_or_right(name, tmp_path):
    """Cut off within what is missing of the picture: a part of it may be read, never another picture."""
    cell = ONE_OF_EACH[name]
    if cell.needs:
        pytest.importorskip(cell.needs, exc_type=ImportError)
    try:
        data = cell.written(PICTURE)
    except Missing as missing:
        pytest.skip(str(missing))
    shown = cell.grey(PICTURE)
    for length in sorted(
        {1, 2, 4, 8, 12, 16, 20, 26, 30, 40, 64, 100, 128, 200, *range(256, 900, 160), len(data) // 3}
    ):
        if length < len(data) // 2:
            path = tmp_path / f"cut at {length}{cell.suffix}"
            path.write_bytes(data[:length])
            refused_or_right(path, shown)


# Numbers that lie


def changed(data, at, form, *values):
    """Return bytes with other numbers at a place."""
    out = bytearray(data)
    struct.pack_into(form, out, at, *values)
    return bytes(out)


def tiffs():
    """TIFFs whose tags lie: {what is wrong: bytes}."""
    page = {"photometric": tiff_writer.RGB}
    long, short = tiff_writer.LONG, tiff_writer.SHORT
    wrong_tags = {
        "strips past the end": {273: (long, [10**6])},
        "strips before the start": {273: (long, [0])},
        "strips of no bytes": {279: (long, [0])},
        "strips of 4 GB": {279: (long, [2**32 - 1])},
        "too few bytes in a strip": {279: (long, [100])},
        "two places, one size": {273: (long, [8, 8])},
        "width 0": {256: (long, [0])},
        "height 0": {257: (long, [0])},
        "width 4 billion": {256: (long, [2**32 - 1])},
        "height a million": {257: (long, [10**6])},
        "no bits": {258: (short, [0, 0, 0])},
        "bits that differ": {258: (short, [8, 16, 8])},
        "bits of one sample of three": {258: (short, [8])},
        "200 bits": {258: (short, [200] * 3)},
        "no samples": {277: (short, [0])},
        "65535 samples": {277: (short, [65535])},
        "one sample, in colour": {277: (short, [1])},
        "rows of a strip 0": {278: (long, [0])},
        "unknown compression": {259: (short, [12345])},
        "unknown colours": {262: (short, [999])},
        "no colours": {262: None},
        "unknown layout": {284: (short, [7])},
        "unknown kind of numbers": {339: (short, [9] * 3)},
        "no width": {256: None},
        "no places": {273: None},
        "orientation 99": {274: (short, [99])},
        "tiles of width 0": {322: (long, [0]), 323: (long, [16]), 324: (long, [8]), 325: (long, [16])},
        "more samples than colours, unsaid": {277: (short, [9])},
    }
    files = {f"TIFF: {name}": tiff(Page(PICTURE.rgb, tags=tags, **page)) for name, tags in wrong_tags.items()}
    indices, colours = PICTURE.indexed(256)
    for name, colour_map in (
        ("colour map too short", colours.T.astype(int).ravel()[:100] * 257),
        ("colour map too long", np.tile(colours.T.astype(int).ravel() * 257, 2)),
        ("colour map of one colour", np.zeros(3, int)),
        ("no colour map", None),
    ):
        tags = {} if colour_map is None else {320: (short, colour_map.tolist())}
        files[f"TIFF: {name}"] = tiff(Page(indices, photometric=tiff_writer.PALETTE, tags=tags))
    whole = tiff(Page(PICTURE.rgb, **page))
    (directory,) = struct.unpack_from("<L", whole, 4)
    files["TIFF: directory past the end"] = changed(whole, 4, "<L", 10**7)
    files["TIFF: directory in the header"] = changed(whole, 4, "<L", 1)
    files["TIFF: directory of 65535 entries"] = changed(whole, directory, "<H", 65535)
    files["TIFF: directory of none"] = changed(whole, directory, "<H", 0)
    files["TIFF: pages in a circle"] = changed(whole, len(whole) - 4, "<L", directory)
    files["TIFF: values of an unknown type"] = changed(whole, directory + 4, "<H", 99)
    for name, compression in (("Deflate", tiff_writer.DEFLATE), ("LZW", tiff_writer.LZW)):  # any bytes are PackBits
        broken = bytearray(tiff(Page(PICTURE.rgb, compression=compression, **page)))
        broken[100:400] = bytes(range(150)) * 2
        files[f"TIFF: {name} that is none"] = bytes(broken)
        says = tiff(Page(PICTURE.rgb, tags={259: (short, [compression])}, **page))
        files[f"TIFF: says {name}, and is not"] = says
    return files


def pngs():
    """PNGs with broken chunks, and counts that lie."""
    whole = png.png(PICTURE.rgb, png.RGB, 8)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)

    def with_header(*values):
        return whole[:8] + png_chunk(b"IHDR", struct.pack(">IIBBBBB", *values)) + whole[33:]

    indices, table = PICTURE.indexed(256)
    assert header == whole[16:29]
    return {
        "PNG: width 0": with_header(0, HEIGHT, 8, 2, 0, 0, 0),
        "PNG: height 0": with_header(WIDTH, 0, 8, 2, 0, 0, 0),
        "PNG: height 4 billion": with_header(WIDTH, 2**32 - 1, 8, 2, 0, 0, 0),
        "PNG: height ten times as high": with_header(WIDTH, 10 * HEIGHT, 8, 2, 0, 0, 0),
        "PNG: 3 bits": with_header(WIDTH, HEIGHT, 3, 2, 0, 0, 0),
        "PNG: unknown colours": with_header(WIDTH, HEIGHT, 8, 5, 0, 0, 0),
        "PNG: unknown filter": with_header(WIDTH, HEIGHT, 8, 2, 0, 9, 0),
        "PNG: unknown interlacing": with_header(WIDTH, HEIGHT, 8, 2, 0, 0, 9),
        "PNG: palette missing": png.png(indices, png.PALETTE, 8),
        "PNG: palette too short": png.png(indices, png.PALETTE, 8, before=[(b"PLTE", table.tobytes()[:30])]),
        "PNG: palette of no whole colours": png.png(indices, png.PALETTE, 8, before=[(b"PLTE", table.tobytes()[:31])]),
        "PNG: no pixels": whole[:33] + png_chunk(b"IEND", b""),
        "PNG: pixels that are not deflated": whole[:33] + png_chunk(b"IDAT", b"rubbish" * 50) + png_chunk(b"IEND", b""),
        "PNG: check sum of the pixels": changed(whole, len(whole) - 16, ">I", 12345),
        "PNG: check sum of the header": changed(whole, 29, ">I", 12345),
        "PNG: chunk of 2 GB": changed(whole, 33, ">I", 2**31 - 1),
        "PNG: chunk without a name": changed(whole, 37, ">I", 0),
    }


def others():
    """Other formats whose headers lie."""
    indices, table = PICTURE.indexed(256)
    bitmap = bitmaps.bmp(bitmaps.rows_of(PICTURE.rgb[..., ::-1], 8), 24)
    palette = bitmaps.bmp(bitmaps.rows_of(indices, 8), 8, palette=table)
    animation = gif.gif(gif.frame(indices), palette=table)
    flat = psd.psd(np.moveaxis(PICTURE.rgb, -1, 0), psd.RGB, 8)
    packed = psd.psd(np.moveaxis(PICTURE.rgb, -1, 0), psd.RGB, 8, packed=True)
    grey = fits.unit(PICTURE.grey[::-1].copy())
    targa = bitmaps.tga(PICTURE.rgb[..., ::-1].copy(), 2, 24)
    icon = bitmaps._icon([(WIDTH, HEIGHT, 24, png.png(PICTURE.rgb, png.RGB, 8))])
    text = f"P6\n{WIDTH} {HEIGHT}\n255\n".encode() + PICTURE.rgb.tobytes()
    silicon = rare.sgi(np.moveaxis(PICTURE.rgb, -1, 0), 1, packed=True)
    assert portable.CELLS
    return {
        "BMP: width 0": changed(bitmap, 18, "<i", 0),
        "BMP: width below 0": changed(bitmap, 18, "<i", -97),
        "BMP: height 2 billion": changed(bitmap, 22, "<i", 2**31 - 1),
        "BMP: height the least number": changed(bitmap, 22, "<i", -(2**31)),
        "BMP: 7 bits": changed(bitmap, 28, "<H", 7),
        "BMP: unknown compression": changed(bitmap, 30, "<I", 99),
        "BMP: pixels past the end": changed(bitmap, 10, "<I", 10**7),
        "BMP: 4 billion colours": changed(palette, 46, "<I", 2**32 - 1),
        "BMP: 3 colours of 256": changed(palette, 46, "<I", 3),
        "BMP: masks of nothing": bitmaps.bmp(bytes(4 * WIDTH * HEIGHT), 32, compression=3, masks=(0, 0, 0, 0)),
        "GIF: width 0": changed(animation, 6, "<H", 0),
        "GIF: frame outside of the screen": changed(animation, 13 + 768 + 1, "<H", 60_000),
        "GIF: code of 99 bits": changed(animation, 13 + 768 + 10, "<B", 99),
        "GIF: no palette": gif.gif(gif.frame(indices)),
        "GIF: palette shorter than its indices": gif.gif(gif.frame(indices), palette=table[:4]),
        "GIF: no frame": gif.gif(palette=table),
        "PSD: width 0": changed(flat, 18, ">I", 0),
        "PSD: height 4 billion": changed(flat, 14, ">I", 2**32 - 1),
        "PSD: no channels": changed(flat, 12, ">H", 0),
        "PSD: 9 bits": changed(flat, 22, ">H", 9),
        "PSD: unknown mode": changed(flat, 24, ">H", 77),
        "PSD: palette past the end": changed(flat, 26, ">I", 2**31),
        "PSD: unknown compression": changed(flat, 38, ">H", 9),
        "PSD: rows of other lengths": changed(packed, 40, ">60H", *range(60)),
        "PSD: indexed, without a palette": psd.psd(indices[np.newaxis], psd.INDEXED, 8),
        "FITS: sides of no numbers": grey.replace(b"                  97", b"                 abc"),
        "FITS: width 0": grey.replace(b"                  97", b"                   0"),
        "FITS: width below 0": grey.replace(b"                  97", b"                 -97"),
        "FITS: 7 bits": grey.replace(b"                   8", b"                   7", 1),
        "FITS: no end of the header": grey.replace(b"END", b"ENX"),
        "TGA: width 0": changed(targa, 12, "<H", 0),
        "TGA: 13 bits": changed(targa, 16, "<B", 13),
        "TGA: says that it is packed": changed(targa, 2, "<B", 10),
        "TGA: palette that is missing": changed(targa, 1, "<BBHHB", 1, 1, 0, 65535, 24),
        "ICO: picture past the end": changed(icon, 18, "<I", 10**7),
        "ICO: 9999 pictures": changed(icon, 4, "<H", 9999),
        "ICO: none": changed(icon, 4, "<H", 0),
        "PNM: width of no number": text.replace(b"97 65", b"a b"),
        "PNM: width 0": text.replace(b"97 65", b"0 65"),
        "PNM: width of 30 digits": text.replace(b"97 65", b"9" * 30 + b" 65"),
        "PNM: white 0": text.replace(b"\n255\n", b"\n0\n"),
        "PNM: white 99999": text.replace(b"\n255\n", b"\n99999\n"),
        "SGI: 7 bytes a number": changed(silicon, 3, ">B", 7),
        "SGI: width 0": changed(silicon, 6, ">H", 0),
        "SGI: rows past the end": changed(silicon, 512, ">60I", *[10**8] * 60),
        "SGI: rows of 4 GB": changed(silicon, 512 + 4 * 3 * HEIGHT, ">60I", *[2**32 - 1] * 60),
        "JPEG 2000: boxes of no length": b"".join(jpeg_2000.box(b"jP  ", b"\r\n\x87\n") for _ in range(2)),
        "JPEG 2000: header without a size": jpeg_2000.jp2(b"", 3, 8, colours=16),
    }


BROKEN = tiffs() | pngs() | others()

_SUFFIXES = {"TIFF": ".tif", "JPEG 2000": ".jp2", "PNM": ".ppm"}


@pytest.mark.parametrize("name", parameters(BROKEN))
def test_a_header_that_lies_is_refused_or_read_as_the_picture(name, tmp_path):
    format_name = name.partition(":")[0]
    path = tmp_path / f"a{_SUFFIXES.get(format_name, '.' + format_name.lower())}"
    path.write_bytes(BROKEN[name])
    allowed = {PICTURE.grey.tobytes(): PICTURE.grey, b"few": grey_of(PICTURE.shown_indexed(256))}
    refused_or_right(path, allowed[b"few" if "colour map" in name or "palette" in name else PICTURE.grey.tobytes()])
