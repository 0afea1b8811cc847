import re
import struct
import zlib

import numpy as np
import pytest
from animations import gif, grey_palette
from pictures import photograph, png_chunk

from imgcmp import UnreadableImageError
from imgcmp.images.decoder_words import in_plain_words
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.unreadable import reason, unreadable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY = np.asarray(photograph("camera.png").convert("L").resize((97, 65)))
CUT_OFF, DAMAGED = "cut off: its data ends before the picture does", "damaged: its data cannot be decoded"
UNSUPPORTED = "of a kind that is not supported"


def reason_of(path, data):
    path.write_bytes(data)
    with pytest.raises(UnreadableImageError) as caught:
        read_picture(str(path), 10**6)
    return str(caught.value)


def grey_of(path, data):
    path.write_bytes(data)
    return np.asarray(read_picture(str(path), 10**6).grey)


# Words


@pytest.mark.parametrize(
    ("error", "plain"),
    [
        (OSError("image file is truncated (0 bytes not processed)"), CUT_OFF),
        (OSError("image file is truncated (12 bytes not processed)"), CUT_OFF),
        (ValueError("not enough image data"), CUT_OFF),
        (EOFError(), CUT_OFF),
        (SyntaxError("Invalid input: Unexpected end of file: Extent references data outside of file bounds"), CUT_OFF),
        (SyntaxError("Invalid input: Unspecified: File size too small."), CUT_OFF),
        (ValueError("buffer is smaller than requested size"), CUT_OFF),
        (OSError("broken data stream when reading image file"), DAMAGED),
        (OSError("decoder error -2 when reading image file"), DAMAGED),
        (OSError("buffer overrun when reading image file"), DAMAGED),
        (ValueError("Tile cannot extend outside image"), DAMAGED),
        (ValueError("invalid literal for int() with base 10: b'a_wi'"), DAMAGED),
        (RuntimeError("could not create decoder object"), DAMAGED),
        (RuntimeError("Generic Error. Please build `libjxl` from source in debug mode"), DAMAGED),
        (Exception(b"Input/output error"), "damaged or cut off: its data cannot be decoded"),
        (Exception(b"Unsupported file format or not RAW file"), "not an image, or of a kind that is not supported"),
        (OSError("Unsupported BMP compression (17)"), f"{UNSUPPORTED} (BMP compression 17)"),
        (NotImplementedError("Only RGB, RGBA, L, LA, I;16, F are supported."), UNSUPPORTED),
        (ValueError("unknown raw mode for given image mode"), UNSUPPORTED),
        (ValueError(b"Token too long in file header: 99999999999"), f"damaged, or {UNSUPPORTED}"),
        (ValueError("not enough values to unpack (expected 2, got 1)"), f"damaged, or {UNSUPPORTED}"),
        (struct.error("unpack_from requires a buffer of at least 4 bytes"), f"damaged, or {UNSUPPORTED}"),
        (AssertionError(), f"damaged, or {UNSUPPORTED}"),
        (KeyError("BGRX"), f"damaged, or {UNSUPPORTED}"),
        (IndexError("list index out of range"), f"damaged, or {UNSUPPORTED}"),
        (RuntimeError(), f"damaged, or {UNSUPPORTED}"),
        (RuntimeError("the moon is full"), f"damaged, or {UNSUPPORTED} (the moon is full)"),
        (RuntimeError("<_io.BytesIO object at 0x7f12ab34cd56>"), f"damaged, or {UNSUPPORTED}"),
    ],
    ids=str,
)
def test_what_a_decoder_says_is_told_in_plain_words(error, plain):
    assert in_plain_words(error) == plain
    assert reason(error, "a.png") == plain
    with pytest.raises(UnreadableImageError) as caught, unreadable("a.png"):
        raise error
    assert str(caught.value) == plain
    assert caught.value.__cause__ is error


def test_words_of_ours_are_left_as_they_are():
    for words in (
        "JPEG 2000 of 5 components is not read",
        "damaged TIFF: it has no tile",
        "cut off: the JPEG has no end",
    ):
        assert reason(UnreadableImageError(words), "a.jp2") == words
        assert reason(ValueError(words), "a.jp2") == words


def test_a_file_that_begins_like_one_of_a_format_is_called_that(tmp_path):
    assert reason_of(tmp_path / "a.bmp", b"GIF89a" + bytes(4)) == f"damaged GIF, or {UNSUPPORTED}"
    assert reason_of(tmp_path / "b.bmp", b"no image at all") == f"not an image, or {UNSUPPORTED}"


# Pictures whose data end before their rows do


def png(width, height, rows, *, colour_type=0, bits=8, interlaced=False, before=b""):
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, interlaced)
    data = png_chunk(b"IDAT", zlib.compress(rows))
    return SIGNATURE + png_chunk(b"IHDR", header) + before + data + png_chunk(b"IEND", b"")


def rows_of(pixels):
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def interlaced_rows_of(pixels):
    """Return the rows of the seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    return b"".join(rows_of(pixels[top::down, left::across]) for top, left, down, across in passes)


KINDS = [
    (0, 8, 1, 1),
    (2, 8, 3, 1),
    (3, 8, 1, 1),
    (4, 8, 2, 1),
    (6, 8, 4, 1),
    (0, 16, 2, 1),
    (2, 16, 6, 1),
    (0, 1, 1, 8),
]


@pytest.mark.parametrize("last", [0, 165, 255], ids="last rows {}".format)
@pytest.mark.parametrize(("colour_type", "bits", "n_bytes", "n_pixels"), KINDS)
def test_a_png_that_has_fewer_rows_than_it_says_is_refused(tmp_path, colour_type, bits, n_bytes, n_pixels, last):
    """The rest was black; in a picture that ends with any colour, that one included, all rows are found."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (20, 40 * n_bytes // n_pixels), np.uint8)
    pixels[-1] = last
    palette = png_chunk(b"PLTE", rng.bytes(768)) if colour_type == 3 else b""
    of = {"colour_type": colour_type, "bits": bits, "before": palette}
    path = tmp_path / "a.png"
    assert grey_of(path, png(40, 20, rows_of(pixels), **of)).shape == (20, 40)
    for n in (1, 10, 19):
        assert reason_of(path, png(40, 20, rows_of(pixels[:n]), **of)) == CUT_OFF


@pytest.mark.parametrize("height", [20, 21])
def test_so_is_an_interlaced_one(tmp_path, height):
    pixels = GREY[:height]
    whole = interlaced_rows_of(pixels)
    assert np.array_equal(grey_of(tmp_path / "a.png", png(97, height, whole, interlaced=True)), pixels)
    cut = png(97, height, whole[: len(whole) // 2], interlaced=True)
    assert reason_of(tmp_path / "a.png", cut) == CUT_OFF


@pytest.mark.parametrize("last", [0, 90, 165, 255])
def test_a_gif_that_has_fewer_rows_than_it_says_is_refused(tmp_path, last):
    pixels = np.vstack([GREY, np.full((1, 97), last, np.uint8)])
    data = gif((97, 66), [{"pixels": pixels}], grey_palette())
    assert np.array_equal(grey_of(tmp_path / "a.gif", data), pixels)
    for at in (8, data.index(struct.pack("<2H", 97, 66), 13) + 2):
        data = data[:at] + struct.pack("<H", 90) + data[at + 2 :]
    assert reason_of(tmp_path / "a.gif", data) == CUT_OFF


# Palettes


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("is_used", [False, True], ids=["not used", "used"])
def test_a_png_may_have_fewer_colours_than_its_bits_allow_but_not_than_it_uses(tmp_path, bits, is_used):
    n_colours = 2**bits - 1
    indices = np.arange(8 * 16, dtype=np.uint8).reshape(8, 16) % n_colours
    if is_used:
        indices[3, 5] = n_colours
    packed = np.packbits(np.unpackbits(indices[..., None], axis=2)[..., 8 - bits :].reshape(8, -1), axis=1)
    palette = np.random.default_rng(5).integers(0, 256, (n_colours, 3), np.uint8)
    data = png(16, 8, rows_of(packed), colour_type=3, bits=bits, before=png_chunk(b"PLTE", palette.tobytes()))
    if is_used:
        what = f"damaged: its pixels have colours that its palette of {n_colours} doesn't have"
        assert reason_of(tmp_path / "a.png", data) == what
    else:
        luma = palette @ (299, 587, 114) / 1000
        assert np.abs(grey_of(tmp_path / "a.png", data) - luma[indices]).max() <= 1


@pytest.mark.parametrize(
    ("palette", "what"),
    [
        (b"", "its palette is not there"),
        (png_chunk(b"PLTE", b""), "its palette is of no whole colours"),
        (png_chunk(b"PLTE", bytes(31)), "its palette is of no whole colours"),
        (png_chunk(b"PLTE", bytes(771)), "its palette is of no whole colours"),
    ],
)
def test_a_png_without_the_palette_that_it_needs_is_refused(tmp_path, palette, what):
    data = png(97, 65, rows_of(GREY), colour_type=3, before=palette)
    assert reason_of(tmp_path / "a.png", data) == f"damaged PNG: {what}"


@pytest.mark.parametrize("is_grey", [False, True], ids=["in colour", "ramp of greys"])
@pytest.mark.parametrize("is_local", [False, True], ids=["of the screen", "of the frame"])
def test_a_gif_may_not_use_colours_that_it_does_not_have(tmp_path, is_grey, is_local):
    palette = np.repeat(np.arange(128, dtype=np.uint8)[:, None], 3, axis=1) if is_grey else grey_palette(128)

    def of(pixels, **more):
        frame = {"pixels": pixels, **more, **({"palette": palette} if is_local else {})}
        return gif((97, 65), [frame], None if is_local else palette)

    half = GREY // 2
    assert np.array_equal(grey_of(tmp_path / "a.gif", of(half)), palette[half, 0])
    used = half.copy()
    used[3, 5] = 128
    what = "damaged: its pixels have colours that its palette of 128 doesn't have"
    assert reason_of(tmp_path / "a.gif", of(used)) == what
    assert grey_of(tmp_path / "a.gif", of(used, transparent=128))[3, 5] == 255


def test_a_gif_without_a_palette_or_without_anything_on_its_screen_is_refused(tmp_path):
    frame = {"pixels": GREY}
    assert reason_of(tmp_path / "a.gif", gif((97, 65), [frame])) == "damaged GIF: it has no palette"
    for place in ({"left": 97}, {"top": 65}, {"left": 60_000}):
        data = gif((97, 65), [frame | place], grey_palette())
        assert reason_of(tmp_path / "a.gif", data) == "damaged GIF: its first frame lies outside of its screen"


def dib(bits, n_colours, palette, rows, *, size=(16, 8), compression=0, masks=b""):
    return struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, compression, 0, 0, 0, n_colours, 0) + masks + palette + rows


def bmp(*args, **options):
    data = dib(*args, **options)
    rows = args[3]
    return struct.pack("<2sIHHI", b"BM", 14 + len(data), 0, 0, 14 + len(data) - len(rows)) + data


@pytest.mark.parametrize(("suffix", "made"), [(".bmp", bmp), (".dib", dib)])
def test_a_bmp_may_not_use_colours_that_it_does_not_have(tmp_path, suffix, made):
    indices = np.arange(8 * 16, dtype=np.uint8).reshape(8, 16) % 100
    palette = np.random.default_rng(5).integers(0, 256, (100, 4), np.uint8)
    luma = palette[:, :3] @ (114, 587, 299) / 1000
    whole = made(8, 100, palette.tobytes(), indices.tobytes())
    assert np.abs(grey_of(tmp_path / f"a{suffix}", whole)[::-1] - luma[indices]).max() <= 1
    short = made(8, 99, palette[:99].tobytes(), indices.tobytes())
    what = "damaged: its pixels have colours that its palette of 99 doesn't have"
    assert reason_of(tmp_path / f"a{suffix}", short) == what


def test_a_bmp_whose_masks_have_no_bits_is_refused(tmp_path):
    data = bmp(32, 0, b"", b"\x7f" * 4 * 16 * 8, compression=3, masks=bytes(12))
    assert reason_of(tmp_path / "a.bmp", data) == "damaged BMP: it doesn't say which bits of a pixel are its colours"


def test_a_tga_may_not_use_colours_that_it_does_not_have(tmp_path):
    indices = np.arange(8 * 16, dtype=np.uint8).reshape(8, 16) % 100

    def tga(n_colours, first=0):
        header = struct.pack("<BBBHHBHHHHBB", 0, 1, 1, first, n_colours, 24, 0, 0, 16, 8, 8, 0x20)
        return (
            header + bytes(range(3 * n_colours % 256)) + bytes(3 * n_colours - 3 * n_colours % 256) + indices.tobytes()
        )

    assert grey_of(tmp_path / "a.tga", tga(100)).shape == (8, 16)
    assert grey_of(tmp_path / "a.tga", tga(90, first=10)).shape == (8, 16)
    what = "damaged: its pixels have colours that its palette of 99 doesn't have"
    assert reason_of(tmp_path / "a.tga", tga(99)) == what


# Lists of rows and parts


def packed(row):
    return b"".join(bytes([len(part) - 1]) + part for part in (row[k : k + 128] for k in range(0, len(row), 128)))


def psd(lengths, data, *, mode=1, palette=b""):
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 1, 65, 97, 8, mode)
    sections = struct.pack(">I", len(palette)) + palette + bytes(8)
    return header + sections + struct.pack(f">H{len(lengths)}H", 1, *lengths) + data


def test_a_psd_whose_rows_have_other_lengths_than_it_says_is_refused(tmp_path):
    rows = [packed(row.tobytes()) for row in GREY]
    lengths, data = [len(row) for row in rows], b"".join(rows)
    path = tmp_path / "a.psd"
    assert np.array_equal(grey_of(path, psd(lengths, data)), GREY)
    assert np.array_equal(grey_of(path, psd(lengths, data + b"something behind it")), GREY)
    wrong = "damaged PSD: its rows are of other lengths than it says"
    assert reason_of(path, psd([*range(60), *lengths[60:]], data)) == wrong
    assert reason_of(path, psd([50] * 65, data)) == wrong
    assert reason_of(path, psd([60_000] * 65, data)) == "cut off: the rows of the PSD lie beyond its end"
    assert reason_of(path, psd(lengths, data[:-500])) == "cut off: the rows of the PSD lie beyond its end"


def test_so_is_one_that_is_not_packed_and_has_fewer_rows(tmp_path):
    whole = psd([], GREY.tobytes()).replace(b"\0\1" + GREY.tobytes(), b"\0\0" + GREY.tobytes())
    assert np.array_equal(grey_of(tmp_path / "a.psd", whole), GREY)
    assert reason_of(tmp_path / "a.psd", whole[:-1]) == "cut off: the rows of the PSD lie beyond its end"


def test_an_indexed_psd_without_its_palette_is_refused(tmp_path):
    rows = [packed(row.tobytes()) for row in GREY]
    lengths, data = [len(row) for row in rows], b"".join(rows)
    palette = bytes(range(256)) * 3
    assert np.array_equal(grey_of(tmp_path / "a.psd", psd(lengths, data, mode=2, palette=palette)), GREY)
    for wrong in (b"", palette[:300]):
        what = "damaged PSD: its palette is not there"
        assert reason_of(tmp_path / "a.psd", psd(lengths, data, mode=2, palette=wrong)) == what


def sgi(places, lengths, data, width=97):
    header = struct.pack(">HBBHHHH", 474, 1, 1, 2, width, 65, 1).ljust(512, b"\0")
    return header + struct.pack(">65I65I", *places, *lengths) + data


def test_an_sgi_whose_list_of_rows_is_wrong_is_refused(tmp_path):
    rows = [bytes([0x80 | 97]) + row.tobytes() + b"\0" for row in GREY[::-1]]
    first = 512 + 8 * 65
    places, lengths = [first + 99 * k for k in range(65)], [99] * 65
    path, data = tmp_path / "a.sgi", b"".join(rows)
    assert np.array_equal(grey_of(path, sgi(places, lengths, data)), GREY)
    beyond = "damaged or cut off: rows of the SGI lie beyond its end"
    assert reason_of(path, sgi(places, [2**32 - 1] * 65, data)) == beyond
    assert reason_of(path, sgi([10**8] * 65, lengths, data)) == beyond
    for listed in ((places, [0] * 65), ([0] * 65, lengths), ([512] * 65, lengths)):
        assert reason_of(path, sgi(*listed, data)) == "damaged SGI: its list of rows is wrong"
    assert reason_of(path, sgi(places, lengths, data)[:700]) == CUT_OFF
    assert reason_of(path, sgi(places, lengths, data, 98)) == "damaged SGI: its rows are shorter than it says"


def test_a_pcx_that_has_lost_its_palette_is_refused(tmp_path):
    """Numbers of a palette were shown as greys: 86 % of a wrong picture."""
    header = struct.pack("<BBBB4H", 10, 5, 1, 8, 0, 0, 97, 64).ljust(65, b"\0") + struct.pack("<BHH", 1, 98, 1)
    rows = b"".join(b"".join(b"\xc1" + bytes([pixel]) for pixel in (*row, 0)) for row in GREY.tolist())
    palette = grey_palette()[::-1].tobytes()
    whole = header.ljust(128, b"\0") + rows + b"\x0c" + palette
    assert np.array_equal(grey_of(tmp_path / "a.pcx", whole)[:, :97], 255 - GREY)
    for n in (1, 300, 769):
        assert reason_of(tmp_path / "a.pcx", whole[:-n]) == "damaged or cut off: the PCX has no palette at its end"
    grey = whole[:68] + b"\2" + whole[69:-769]
    assert np.array_equal(grey_of(tmp_path / "a.pcx", grey)[:, :97], GREY)


@pytest.mark.parametrize("tiles", [None, (40, 40)], ids=["whole", "in tiles"])
def test_a_jpeg_2000_is_refused_wherever_it_is_cut(tmp_path, tiles):
    """Pillow decodes what is there: 85 % of a wrong picture."""
    path = tmp_path / "a.jp2"
    photograph("camera.png").convert("L").resize((97, 65)).save(path, tile_size=tiles, irreversible=False)
    whole = path.read_bytes()
    assert np.array_equal(grey_of(path, whole), GREY)
    parts = [found.start() for found in re.finditer(rb"\xff\x90\0\x0a", whole)]
    assert len(parts) == (6 if tiles else 1)
    for end in (*parts[1:], *(len(whole) * k // 10 for k in range(3, 10))):
        assert reason_of(path, whole[:end]) == CUT_OFF


def test_a_tiff_that_does_not_say_what_its_colours_are_is_refused_but_for_faxes(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", GREY, photometric="minisblack", metadata=None)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    at = data.index(struct.pack("<HHI", 262, 3, 1))
    data[at : at + 2] = struct.pack("<H", 261)
    assert reason_of(tmp_path / "a.tif", bytes(data)) == "damaged TIFF: it doesn't say what its colours are"


@pytest.mark.parametrize("n_bytes", [1, 40])
def test_an_xpm_and_a_dds_are_refused_where_they_are_cut(tmp_path, n_bytes):
    """Older Pillow filled the rows that are missing."""
    rows = ['"' + "".join(". "[pixel // 128] for pixel in row) + '"' for row in GREY.tolist()]
    texts = ['"97 65 2 1"', '". c #000000"', '"  c #ffffff"', *rows]
    xpm = ("/* XPM */\nstatic char *a[] = {\n" + ",\n".join(texts)).encode()
    colours = struct.pack("<8I", 32, 0x40, 0, 24, 0xFF0000, 0xFF00, 0xFF, 0)
    dds = (
        struct.pack("<4s7I44x", b"DDS ", 124, 0x1007, 65, 97, 0, 0, 0)
        + colours
        + struct.pack("<5I", 0x1000, 0, 0, 0, 0)
    )
    dds += np.repeat(GREY[..., None], 3, axis=2).tobytes()
    for name, data, shown in (("a.xpm", xpm + b"};", GREY // 128 * 255), ("a.dds", dds, GREY)):
        assert np.array_equal(grey_of(tmp_path / name, data), shown)
    assert reason_of(tmp_path / "a.xpm", xpm[:-n_bytes]) == CUT_OFF
    assert reason_of(tmp_path / "a.dds", dds[:-n_bytes]) == CUT_OFF


def test_a_small_copy_does_not_stand_for_the_picture_of_a_tiff_that_is_cut_off(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for pixels, kind in ((GREY[::4, ::4], 1), (GREY, 0)):
            file.write(pixels, photometric="minisblack", subfiletype=kind, metadata=None)
    whole = (tmp_path / "a.tif").read_bytes()
    assert np.array_equal(grey_of(tmp_path / "a.tif", whole), GREY)
    first = struct.unpack_from("<I", whole, 4)[0]
    n_tags = struct.unpack_from("<H", whole, first)[0]
    second = struct.unpack_from("<I", whole, first + 2 + 12 * n_tags)[0]
    for end in (second, second + 1, second + 40):
        what = "damaged or cut off: the TIFF has but a small copy, or the mask, of its picture"
        assert reason_of(tmp_path / "a.tif", whole[:end]) == what


def test_a_tiff_with_a_jpeg_of_another_width_is_refused(tmp_path):
    photograph("camera.png").convert("L").resize((96, 64)).save(tmp_path / "a.tif", compression="jpeg")
    whole = (tmp_path / "a.tif").read_bytes()
    assert grey_of(tmp_path / "a.tif", whole).shape == (64, 96)
    at = next(k for k in range(8, len(whole)) if struct.unpack_from("<HHI", whole, k)[:2] in ((256, 3), (256, 4)))
    wide = whole[: at + 8] + struct.pack("<I", 960) + whole[at + 12 :]
    assert reason_of(tmp_path / "a.tif", wide) == "damaged TIFF: a JPEG in it is 96 pixels wide, not 960"
