"""TIFFs of every kind are read as they are, or refused in plain words."""

import logging
import re
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import icc
import numpy as np
import pytest
import tifffile
import tiffs
from pictures import ORIENTATION_TAG, photograph, turned
from PIL import Image, TiffImagePlugin
from tiffs import (
    BLACK_IS_ZERO,
    CMYK,
    LAB,
    LONG,
    RATIONAL,
    RGB,
    SHORT,
    WHITE_IS_ZERO,
    YCBCR,
    of_array,
    write_tiff,
)

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.readers import packages
from imgcmp.images.resize_image import make_copy

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))
HEIGHT, WIDTH = GREY.shape
LEFT = np.arange(WIDTH) < 30
OPACITY = np.where(LEFT, 0, 255).astype(np.uint8) * np.ones((HEIGHT, 1), np.uint8)
SHOWN = np.where(LEFT, 255, GREY)  # with OPACITY, over white
DEFLATE = 8


def pixels_of(path):
    return np.asarray(read_picture(str(path), 10_000).grey)


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def tiff(path, numbers, **options):
    tifffile.imwrite(path, numbers, **({"photometric": "minisblack", "metadata": None} | options))


def assert_shown(path, wanted, within=1):
    seen = pixels_of(path)
    assert seen.shape == wanted.shape
    assert np.abs(seen.astype(float) - wanted).max() <= within


def reason_of(path):
    with pytest.raises(UnreadableImageError) as caught:
        pixels_of(path)
    return str(caught.value)


@pytest.fixture
def codecs():
    return pytest.importorskip("imagecodecs")


@pytest.fixture
def without_codecs(monkeypatch):
    """Let tifffile and imagecodecs not be there."""
    real = packages.import_module

    def refuse(name):
        if name in ("tifffile", "imagecodecs"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name)

    monkeypatch.setattr(packages, "import_module", refuse)


def full(array, dtype):
    """Return levels 0..255 over the whole range of integers, over 0..1 of floats."""
    if np.dtype(dtype).kind == "f":
        return (array / 255).astype(dtype)
    return np.rint(array.astype(np.longdouble) * (np.iinfo(dtype).max / np.longdouble(255))).astype(dtype)


# Numbers and their range


@pytest.mark.parametrize("kind", ["uint32", "int16", "float32", "12 bits in 16", "float32 of 12 bits", "10 bits in 16"])
def test_a_grey_tiff_of_any_range_is_its_picture(tmp_path, kind):
    numbers = {
        "uint32": GREY.astype(np.uint32) * 16_843_009,  # above 2**31 negative, and black
        "int16": (GREY.astype(np.int32) * 257 - 32768).astype(np.int16),
        "float32": GREY.astype(np.float32) - 100,
        "12 bits in 16": np.rint(GREY * (4095 / 255)).astype(np.uint16),
        "float32 of 12 bits": (GREY * (4095 / 255)).astype(np.float32),
        "10 bits in 16": np.rint(GREY * (1023 / 255)).astype(np.uint16),
    }[kind]
    tiff(tmp_path / "a.tif", numbers)
    seen = pixels_of(tmp_path / "a.tif").astype(float)
    wanted = GREY.astype(float)
    if numbers.min() < 0:  # the smallest is black, the largest white
        wanted = (wanted - wanted.min()) * 255 / (wanted.max() - wanted.min())
    else:  # by the white of the least usual range that holds the largest
        assert seen.max() / wanted.max() == pytest.approx(1, abs=0.3)
        wanted = wanted * seen.max() / wanted.max()
    assert np.abs(seen - wanted).max() <= 1.5


def test_what_has_no_sign_is_not_the_same_as_what_has_one(tmp_path):
    numbers = GREY.astype(np.uint32) * 16_843_009
    tiff(tmp_path / "a.tif", numbers)
    tiff(tmp_path / "b.tif", numbers.view(np.int32))
    assert digest(tmp_path / "a.tif") != digest(tmp_path / "b.tif")


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize("byteorder", "<>")
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK])
@pytest.mark.parametrize("compression", [1, DEFLATE])
def test_numbers_of_every_kind_are_the_picture(tmp_path, dtype, byteorder, photometric, compression):
    array = {WHITE_IS_ZERO: 255 - GREY, BLACK_IS_ZERO: GREY, RGB: COLOURS}.get(photometric)
    if array is None:
        array = np.dstack([255 - COLOURS, np.zeros_like(GREY)])
    found, parts = of_array(full(array, dtype), photometric, byteorder=byteorder, compression=compression)
    if compression == DEFLATE:
        parts = [zlib.compress(part) for part in parts]
    write_tiff(tmp_path / "a.tif", (found, parts), byteorder=byteorder)
    assert_shown(tmp_path / "a.tif", GREY, within=2)


@pytest.mark.usefixtures("without_codecs")
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize("byteorder", "<>")
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
@pytest.mark.parametrize("compression", [1, DEFLATE])
def test_without_the_extra_numbers_are_the_picture_or_refused(tmp_path, dtype, byteorder, photometric, compression):
    array = {WHITE_IS_ZERO: 255 - GREY, BLACK_IS_ZERO: GREY, RGB: COLOURS}[photometric]
    found, parts = of_array(full(array, dtype), photometric, byteorder=byteorder, compression=compression)
    if compression == DEFLATE:
        parts = [zlib.compress(part) for part in parts]
    write_tiff(tmp_path / "a.tif", (found, parts), byteorder=byteorder)
    try:
        assert_shown(tmp_path / "a.tif", GREY, within=2)
    except UnreadableImageError as error:
        assert re.fullmatch(r"TIFF of a rarer kind \(.* bits in .*\): install imgcmp\[formats\] to read it", str(error))
        assert error.passing
        assert dtype != "u1"


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 14, 24])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
def test_numbers_of_any_bits_are_the_picture(tmp_path, bits, photometric):
    """Packed, the highest bit first, each row begun with a byte: white is the number whose bits are all set."""
    levels = np.rint((COLOURS if photometric == RGB else GREY) * ((2**bits - 1) / 255)).astype(np.int64)
    numbers = 2**bits - 1 - levels if photometric == WHITE_IS_ZERO else levels
    rows = numbers.reshape(HEIGHT, -1)
    digits = (rows[..., np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
    packed = np.packbits(digits.reshape(HEIGHT, -1).astype(np.uint8), axis=1)
    found = tiffs.tags(WIDTH, HEIGHT, (bits,) * (3 if photometric == RGB else 1), photometric)
    for byteorder in "<>":
        if bits != 24:  # whose bytes are in that order
            write_tiff(tmp_path / "a.tif", (found, [packed.tobytes()]), byteorder=byteorder)
            shown = np.rint(levels * (255 / (2**bits - 1))).astype(np.uint8)
            grey = np.asarray(Image.fromarray(shown).convert("L"))
            assert_shown(tmp_path / "a.tif", grey)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("top", [1023, 4095, 16383])
@pytest.mark.parametrize("options", [{}, {"planarconfig": "separate"}, {"compression": "zlib"}])
def test_colours_of_fewer_bits_than_16_in_16_are_no_darkness(tmp_path, top, options):
    numbers = np.rint(COLOURS * (top / 255)).astype(np.uint16)
    if options.get("planarconfig"):
        numbers = np.moveaxis(numbers, -1, 0).copy()
    tiff(tmp_path / "a.tif", numbers, photometric="rgb", **options)
    assert_shown(tmp_path / "a.tif", GREY)


@pytest.mark.usefixtures("without_codecs")
def test_without_the_extra_colours_of_16_bits_are_read_and_dark_ones_refused(tmp_path):
    tiff(tmp_path / "a.tif", COLOURS.astype(np.uint16) * 257, photometric="rgb")
    assert_shown(tmp_path / "a.tif", GREY)
    tiff(tmp_path / "b.tif", COLOURS.astype(np.uint16) * 16, photometric="rgb")
    assert reason_of(tmp_path / "b.tif") == "TIFF of less than 16 bits in 16: install imgcmp[formats] to read it"


@pytest.mark.usefixtures("codecs")
def test_transparency_of_16_bits_beside_colours_of_12(tmp_path):
    numbers = np.dstack([np.rint(COLOURS * (4095 / 255)), OPACITY * 257.0]).astype(np.uint16)
    write_tiff(tmp_path / "a.tif", of_array(numbers, RGB, extra=2))
    assert_shown(tmp_path / "a.tif", SHOWN)


@pytest.mark.usefixtures("codecs")
def test_finer_numbers_are_identical_to_their_bytes_alone(tmp_path):
    for name, dtype in (("a", np.float32), ("b", np.float64), ("c", np.uint8)):
        write_tiff(tmp_path / f"{name}.tif", of_array(COLOURS.astype(dtype), RGB))
        assert_shown(tmp_path / f"{name}.tif", GREY)
    (tmp_path / "d.tif").write_bytes((tmp_path / "a.tif").read_bytes())
    digests = [digest(tmp_path / f"{name}.tif") for name in "abcd"]
    assert digests[0] == digests[3]
    assert len(set(digests)) == 3


def test_complex_numbers_are_refused(tmp_path):
    found = tiffs.tags(WIDTH, HEIGHT, (64,), sample_format=tiffs.COMPLEX)
    write_tiff(tmp_path / "a.tif", (found, [GREY.astype(np.complex64).tobytes()]))
    assert reason_of(tmp_path / "a.tif") == "a TIFF of complex numbers is not read"


# Layout


@pytest.mark.parametrize("options", [{}, {"tile": (32, 32)}, {"rowsperstrip": 5}, {"compression": "zlib"}])
@pytest.mark.parametrize("byteorder", "<>")
@pytest.mark.parametrize("n_samples", [3, 4])
def test_a_tiff_of_16_bits_in_planes_is_its_picture(tmp_path, options, byteorder, n_samples):
    samples = np.moveaxis(COLOURS.astype(np.uint16) * 257, -1, 0)
    if n_samples == 4:
        samples = np.concatenate([samples, np.full((1, HEIGHT, WIDTH), 65535, np.uint16)])
        options = options | {"extrasamples": ["unassalpha"]}
    tiff(tmp_path / "a.tif", samples.copy(), photometric="rgb", planarconfig="separate", byteorder=byteorder, **options)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), GREY)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("byteorder", "<>")
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_a_tiff_of_64_bit_places_is_its_picture(tmp_path, is_big, byteorder, dtype):
    write_tiff(
        tmp_path / "a.tif", of_array(full(COLOURS, dtype), RGB, byteorder=byteorder), byteorder=byteorder, is_big=is_big
    )
    assert_shown(tmp_path / "a.tif", GREY)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("size", [(33, 17), (16, 16), (20, 70), (128, 128), (97, 64)])
@pytest.mark.parametrize("kind", ["grey", "bilevel", "colour", "colour in planes", "grey of 16 bits"])
@pytest.mark.parametrize("compression", [1, DEFLATE])
def test_tiles_of_any_size_are_the_picture(tmp_path, size, kind, compression):
    """A row of 33 bits takes 5 bytes, of which Pillow skipped 4."""
    ink = GREY > 127
    array = {"bilevel": ink, "grey": GREY, "grey of 16 bits": GREY.astype("<u2") * 257}.get(kind, COLOURS)
    planes = np.moveaxis(array, -1, 0) if kind == "colour in planes" else [array]
    parts = [part for plane in planes for part in tiles(plane, *size)]
    if compression == DEFLATE:
        parts = [zlib.compress(part) for part in parts]
    bits = {"bilevel": (1,), "grey": (8,), "grey of 16 bits": (16,)}.get(kind, (8, 8, 8))
    more = {"tile_width": size[0], "tile_height": size[1], "compression": compression, "planar": 1 + (len(planes) > 1)}
    write_tiff(
        tmp_path / "a.tif", (tiffs.tags(WIDTH, HEIGHT, bits, RGB if len(bits) > 1 else BLACK_IS_ZERO, **more), parts)
    )
    assert_shown(tmp_path / "a.tif", np.where(ink, 255, 0) if kind == "bilevel" else GREY)


def tiles(array, width, height):
    for top in range(0, array.shape[0], height):
        for left in range(0, array.shape[1], width):
            tile = np.zeros((height, width, *array.shape[2:]), array.dtype)
            part = array[top : top + height, left : left + width]
            tile[: part.shape[0], : part.shape[1]] = part
            yield (np.packbits(tile, axis=1) if array.dtype == bool else tile).tobytes()


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("compression", [1, DEFLATE])
def test_grey_and_transparency_in_planes_are_the_picture(tmp_path, dtype, compression):
    """Compressed, the grey was taken for its own transparency."""
    parts = [full(plane, dtype).tobytes() for plane in (GREY, OPACITY)]
    if compression == DEFLATE:
        parts = [zlib.compress(part) for part in parts]
    found, _ = of_array(
        full(np.dstack([GREY, OPACITY]), dtype), BLACK_IS_ZERO, extra=2, planar=2, compression=compression
    )
    write_tiff(tmp_path / "a.tif", (found, parts))
    assert_shown(tmp_path / "a.tif", SHOWN, within=2)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
@pytest.mark.parametrize("compression", [1, DEFLATE])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_bits_in_reverse_order_are_the_picture(tmp_path, photometric, compression, dtype):
    grey = 255 - GREY if photometric == WHITE_IS_ZERO else GREY
    found, (part,) = of_array(full(grey, dtype), photometric, compression=compression, fill_order=2)
    part = zlib.compress(part) if compression == DEFLATE else part
    reversed_bits = np.packbits(np.unpackbits(np.frombuffer(part, np.uint8), bitorder="little"))
    write_tiff(tmp_path / "a.tif", (found, [reversed_bits.tobytes()]))
    assert_shown(tmp_path / "a.tif", GREY)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize(
    "compression", ["webp", "jpegxl", "jpeg2000", "lerc", "zstd", "lzma", "png", "jpeg", "lzw", "packbits", "jpegxr"]
)
@pytest.mark.parametrize("options", [{}, {"tile": (32, 48)}])
def test_every_compression_is_read(tmp_path, compression, options):
    try:
        tiff(tmp_path / "a.tif", COLOURS, photometric="rgb", compression=compression, **options)
    except (ImportError, ValueError, RuntimeError) as error:  # imagecodecs was built without it
        pytest.skip(str(error))
    assert np.abs(pixels_of(tmp_path / "a.tif").astype(float) - GREY).mean() < 4


@pytest.mark.parametrize(("across", "down"), [(1, 1), (2, 1), (2, 2), (4, 1), (4, 4)])
@pytest.mark.parametrize("rows", [16, HEIGHT])
def test_ycbcr_with_less_numbers_for_colour_is_read(tmp_path, across, down, rows):
    layers = np.asarray(PICTURE.convert("YCbCr")).astype(float)
    parts = [ycbcr_units(layers[top : top + rows], across, down) for top in range(0, HEIGHT, rows)]
    found = tiffs.tags(WIDTH, HEIGHT, (8, 8, 8), YCBCR, subsampling=[across, down], rows=rows)
    found[tiffs.REFERENCE] = RATIONAL, [(0, 1), (255, 1), (128, 1), (255, 1), (128, 1), (255, 1)]
    write_tiff(tmp_path / "a.tif", (found, parts))
    assert np.abs(pixels_of(tmp_path / "a.tif").astype(float) - GREY).mean() < 3


def ycbcr_units(layers, across, down):
    """Return the numbers of a strip: of so many pixels across and down first each one's luma, then their chroma."""
    height, width = layers.shape[:2]
    padded = np.pad(layers, ((0, -height % down), (0, -width % across), (0, 0)), mode="edge")
    blocks = padded.reshape(-(-height // down), down, -(-width // across), across, 3).transpose(0, 2, 1, 3, 4)
    luma = blocks[..., 0].reshape(*blocks.shape[:2], -1)
    return np.rint(np.concatenate([luma, blocks[..., 1:].mean(axis=(2, 3))], axis=2)).astype(np.uint8).tobytes()


def test_ycbcr_of_video_is_not_dull(tmp_path):
    """Its black is 16, its white 235, as it says."""
    layers = np.asarray(PICTURE.convert("YCbCr")).astype(float)
    layers = np.dstack([layers[..., :1] * 219 / 255 + 16, (layers[..., 1:] - 128) * 224 / 255 + 128])
    found = tiffs.tags(WIDTH, HEIGHT, (8, 8, 8), YCBCR, subsampling=[1, 1])
    found[tiffs.REFERENCE] = RATIONAL, [(16, 1), (235, 1), (128, 1), (240, 1), (128, 1), (240, 1)]
    write_tiff(tmp_path / "a.tif", (found, [np.rint(layers).astype(np.uint8).tobytes()]))
    assert_shown(tmp_path / "a.tif", GREY, within=3)


# Colours and what lies beside them


@pytest.mark.parametrize("factor", [1, 257])
def test_a_colour_map_of_8_bits_is_no_darkness(tmp_path, factor):
    """By the rule it holds 0..65535; with 0..255 in it the picture was black, and equal to any other such picture."""
    indexed = PICTURE.quantize(200)
    colours = np.zeros((3, 256), np.uint16)
    entries = np.array(indexed.getpalette(), np.uint16).reshape(-1, 3).T
    colours[:, : entries.shape[1]] = entries * factor
    tiff(tmp_path / "a.tif", np.asarray(indexed), photometric="palette", colormap=colours)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), np.asarray(indexed.convert("RGB").convert("L")))


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("extra", [[0], [0, 0], [0, 2], [2, 0], [2]])
@pytest.mark.parametrize("photometric", [BLACK_IS_ZERO, RGB, CMYK])
def test_a_sample_of_no_said_meaning_is_no_transparency(tmp_path, dtype, extra, photometric):
    bands = {BLACK_IS_ZERO: [GREY], RGB: [COLOURS], CMYK: [255 - COLOURS, np.zeros_like(GREY)]}[photometric]
    array = np.dstack(bands + [OPACITY if kind == 2 else np.zeros_like(GREY) for kind in extra])
    write_tiff(tmp_path / "a.tif", of_array(full(array, dtype), photometric, extra=extra))
    assert_shown(tmp_path / "a.tif", SHOWN if 2 in extra else GREY, within=2)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "f4"])
@pytest.mark.parametrize("photometric", [BLACK_IS_ZERO, RGB])
def test_colours_that_are_multiplied_by_transparency_are_divided(tmp_path, dtype, photometric):
    colours = GREY if photometric == BLACK_IS_ZERO else COLOURS
    half = full(np.full_like(GREY, 128), dtype)
    array = np.dstack(
        [
            np.rint(full(colours, dtype) * (128 / 255)).astype(dtype)
            if dtype[0] == "u"
            else full(colours, dtype) * np.float32(128 / 255),
            half,
        ]
    )
    write_tiff(tmp_path / "a.tif", of_array(array, photometric, extra=1))
    assert_shown(tmp_path / "a.tif", GREY * (128 / 255) + 127, within=2)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_lab_is_as_srgb_shows_it(tmp_path, dtype, has_alpha):
    grey = icc.lightness_shown(GREY)
    over_white = grey * (OPACITY / 255) + 255 - OPACITY
    bands = [GREY, np.zeros_like(GREY), np.zeros_like(GREY)] + [OPACITY] * has_alpha
    write_tiff(tmp_path / "a.tif", of_array(full(np.dstack(bands), dtype), LAB, **({"extra": 2} if has_alpha else {})))
    assert_shown(tmp_path / "a.tif", over_white if has_alpha else grey, within=2)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_deep_colours_have_their_profile(tmp_path, dtype):
    meaning = (icc.ADOBE_RGB, 1.0)
    numbers = full(COLOURS, dtype)
    profile = icc.rgb_profile(*meaning)
    tiff(tmp_path / "a.tif", numbers, photometric="rgb", iccprofile=profile)
    assert_shown(tmp_path / "a.tif", icc.shown_by(COLOURS, *meaning) @ [0.299, 0.587, 0.114], within=4)


def test_other_inks_are_refused(tmp_path):
    found, parts = of_array(np.dstack([COLOURS, GREY]), CMYK, ink_set=2)
    write_tiff(tmp_path / "a.tif", (found, parts))
    assert reason_of(tmp_path / "a.tif") == "a TIFF of other inks than cyan, magenta, yellow and black is not read"


# Which picture, and which way up


SMALL = of_array(np.zeros((16, 16, 3), np.uint8), RGB)
WHOLE = of_array(COLOURS, RGB)


@pytest.mark.parametrize("mark", [{"subfile_type": 1}, {"subfile_type": 4}, {"old_subfile_type": 2}])
@pytest.mark.parametrize("is_big", [False, True])
def test_a_small_copy_or_a_mask_does_not_stand_for_the_file(tmp_path, mark, is_big):
    first = of_array(np.zeros((16, 16, 3), np.uint8), RGB, **mark)
    write_tiff(tmp_path / "a.tif", first, WHOLE, is_big=is_big)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), GREY)
    make_copy(str(tmp_path / "a.tif"), str(tmp_path / "copy.png"), 1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "copy.png"), GREY)


def test_a_small_copy_that_is_all_there_is_stands_for_the_file(tmp_path):
    write_tiff(tmp_path / "a.tif", of_array(COLOURS, RGB, subfile_type=1))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), GREY)


def test_the_first_of_a_pyramid_stands_for_the_file(tmp_path):
    write_tiff(tmp_path / "a.tif", WHOLE, of_array(COLOURS[::2, ::2], RGB, subfile_type=1))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), GREY)


@pytest.mark.usefixtures("codecs")
def test_a_picture_behind_one_that_pillow_cannot_read_is_read(tmp_path):
    write_tiff(tmp_path / "a.tif", of_array(np.zeros((16, 16, 3), np.float16), RGB, subfile_type=1), WHOLE)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), GREY)


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("kind", [tiffs.BYTE, SHORT, LONG])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f8"])
@pytest.mark.parametrize("page", [0, 1])
def test_a_turned_tiff_is_upright(tmp_path, value, kind, dtype, page):
    found, parts = of_array(full(np.asarray(turned(PICTURE, value)), dtype), RGB)
    found[tiffs.ORIENTATION] = kind, [value]
    first = [of_array(np.zeros((16, 16, 3), np.uint8), RGB, subfile_type=1)] * page
    write_tiff(tmp_path / "a.tif", *first, (found, parts))
    picture = read_picture(str(tmp_path / "a.tif"), 1)
    assert (picture.width, picture.height) == PICTURE.size
    assert np.abs(np.asarray(picture.grey).astype(float) - GREY).max() <= 1


def test_an_orientation_of_one_byte_turns_a_jpeg(tmp_path):
    exif = (
        b"Exif\0\0II*\0\x08\0\0\0\x01\0"
        + ORIENTATION_TAG.to_bytes(2, "little")
        + b"\x01\0\x01\0\0\0\x06\0\0\0"
        + bytes(4)
    )
    turned(PICTURE, 6).save(tmp_path / "a.jpg", exif=exif, quality=95)
    picture = read_picture(str(tmp_path / "a.jpg"), 1000)
    assert (picture.width, picture.height) == PICTURE.size
    assert np.abs(np.asarray(picture.grey).astype(float) - GREY).mean() < 4


def test_what_one_thread_changes_in_libraries_for_a_while_is_as_before_when_all_are_done(tmp_path):
    logger = logging.getLogger("tifffile")
    before = TiffImagePlugin.READ_LIBTIFF, logger.disabled, list(logger.filters)
    planes = np.moveaxis(COLOURS.astype(np.uint16) * 257, -1, 0)
    tiff(tmp_path / "planes.tif", planes, photometric="rgb", planarconfig="separate")
    tiff(tmp_path / "plain.tif", COLOURS, photometric="rgb")
    paths = [str(tmp_path / name) for name in ("planes.tif", "plain.tif")] * 40
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert len(list(pool.map(lambda path: read_picture(path, 64), paths))) == len(paths)
    finally:
        sys.setswitchinterval(interval)
    assert (TiffImagePlugin.READ_LIBTIFF, logger.disabled, list(logger.filters)) == before
