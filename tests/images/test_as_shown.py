"""Files that Pillow reads otherwise than they are shown: each is put right, or refused, and never read wrongly."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from pictures import photograph, png_chunk
from PIL import Image

from imgcmp import UnreadableImageError, find_duplicates
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.resize_image import make_copy

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))
INK = GREY < 128
HEIGHT, WIDTH = GREY.shape


def pixels_of(path):
    return np.asarray(read_picture(str(path), 1).grey)


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def tiff(path, numbers, **options):
    tifffile.imwrite(path, numbers, **({"photometric": "minisblack"} | options))


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


def test_a_png_of_16_bits_that_is_dark_is_dark(tmp_path):
    """Its white is 65535, by the format."""
    Image.fromarray(GREY.astype(np.uint16) * 4).save(tmp_path / "dark.png")
    assert pixels_of(tmp_path / "dark.png").max() <= 4


def test_what_has_no_sign_is_not_the_same_as_what_has_one(tmp_path):
    numbers = GREY.astype(np.uint32) * 16_843_009
    tiff(tmp_path / "a.tif", numbers)
    tiff(tmp_path / "b.tif", numbers.view(np.int32))
    assert digest(tmp_path / "a.tif") != digest(tmp_path / "b.tif")


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


@pytest.mark.parametrize("factor", [1, 257])
def test_a_colour_map_of_8_bits_is_no_darkness(tmp_path, factor):
    """By the rule it holds 0..65535; with 0..255 in it the picture was black, and equal to any other such picture."""
    indexed = PICTURE.quantize(200)
    colours = np.zeros((3, 256), np.uint16)
    entries = np.array(indexed.getpalette(), np.uint16).reshape(-1, 3).T
    colours[:, : entries.shape[1]] = entries * factor
    tiff(tmp_path / "a.tif", np.asarray(indexed), photometric="palette", colormap=colours)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), np.asarray(indexed.convert("RGB").convert("L")))


# Alpha that is none


def tga(attributes):
    """Return a TGA of 32 bits a pixel, the fourth bytes of which are 0, that says how many of them are alpha."""
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, WIDTH, HEIGHT, 32, 0x20 | attributes)
    return header + np.dstack([COLOURS[..., ::-1], np.zeros_like(GREY)]).tobytes()


def test_a_tga_has_alpha_only_if_it_says_so(tmp_path):
    (tmp_path / "a.tga").write_bytes(tga(0))
    (tmp_path / "b.tga").write_bytes(tga(8))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tga"), GREY)
    assert (pixels_of(tmp_path / "b.tga") == 255).all()
    PICTURE.save(tmp_path / "a.png")
    assert digest(tmp_path / "a.tga") == digest(tmp_path / "a.png")


def psd(channels, mode, depth, n_layers):
    """Return a PSD; its layers are counted, and not there."""
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, len(channels), HEIGHT, WIDTH, depth, mode)
    layers = struct.pack(">Ih2x", 4, n_layers) if n_layers else b""
    parts = (b"", b"", layers)  # the palette, resources, layers and masks
    sections = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return header + sections + struct.pack(">H", 0) + b"".join(channel.tobytes() for channel in channels)


@pytest.mark.parametrize(("n_layers", "is_alpha"), [(0, False), (2, False), (-2, True)])
def test_a_saved_selection_of_a_psd_is_no_transparency(tmp_path, n_layers, is_alpha):
    selection = np.where(np.arange(WIDTH) < WIDTH // 2, 255, 0).astype(np.uint8) * np.ones((HEIGHT, 1), np.uint8)
    channels = [*np.moveaxis(COLOURS, -1, 0), selection]
    (tmp_path / "a.psd").write_bytes(psd(channels, 3, 8, n_layers))
    wanted = np.where(selection == 255, GREY, 255) if is_alpha else GREY
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.psd"), wanted)


# Polarity


def xbm():
    """Return an XBM: ones are ink."""
    rows = np.packbits(INK, axis=1, bitorder="little")
    numbers = ",".join(f"{byte:#04x}" for byte in rows.ravel())
    return f"#define a_width {WIDTH}\n#define a_height {HEIGHT}\nstatic char a_bits[] = {{\n{numbers}}};\n".encode()


def test_ink_is_black(tmp_path):
    (tmp_path / "a.xbm").write_bytes(xbm())
    (tmp_path / "a.psd").write_bytes(psd([np.packbits(INK, axis=1)], 0, 1, 0))
    Image.fromarray(~INK).save(tmp_path / "a.png")
    wanted = np.where(INK, 0, 255)
    for name in ("a.xbm", "a.psd", "a.png"):
        np.testing.assert_array_equal(pixels_of(tmp_path / name), wanted)
        assert digest(tmp_path / name) == digest(tmp_path / "a.png")
    make_copy(str(tmp_path / "a.xbm"), str(tmp_path / "copy.png"), 1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "copy.png"), wanted)


# Refused


def j2k(bits, n_components):
    """Return the start of a codestream of JPEG 2000, as far as Pillow's header reader looks."""
    components = bytes([bits - 1, 1, 1]) * n_components
    sizes = struct.pack(">HIIIIIIIIH", 0, WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT, 0, 0, n_components)
    return b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(sizes) + len(components)) + sizes + components + b"\xff\xd9"


@pytest.mark.parametrize("n_components", [2, 3, 4])
@pytest.mark.parametrize("bits", [9, 12, 16])
def test_deep_jpeg_2000_in_colour_is_refused(tmp_path, bits, n_components):
    """Its highest values would wrap round to 0."""
    (tmp_path / "a.j2k").write_bytes(j2k(bits, n_components))
    with pytest.raises(UnreadableImageError, match=f"JPEG 2000 of {bits} bits in colour is not read: make a PNG of it"):
        pixels_of(tmp_path / "a.j2k")


def test_deep_jpeg_2000_is_refused_wherever_its_codestream_begins(tmp_path):
    """Behind a box of 70,000 bytes, and in one whose length takes eight bytes."""
    PICTURE.save(tmp_path / "plain.jp2")
    plain = (tmp_path / "plain.jp2").read_bytes()
    start = plain.index(b"jp2c") - 4
    text = struct.pack(">I4s", 70_008, b"xml ") + bytes(70_000)
    for name, head in (("short", struct.pack(">I4s", 0, b"jp2c")), ("long", struct.pack(">I4sQ", 1, b"jp2c", 2000))):
        (tmp_path / f"{name}.jp2").write_bytes(plain[:start] + text + head + j2k(16, 3))
        with pytest.raises(UnreadableImageError, match="JPEG 2000 of 16 bits in colour is not read"):
            pixels_of(tmp_path / f"{name}.jp2")
    (tmp_path / "whole.jp2").write_bytes(plain[:start] + text + plain[start:])
    np.testing.assert_array_equal(pixels_of(tmp_path / "whole.jp2"), GREY)


@pytest.mark.parametrize("picture", [PICTURE, PICTURE.convert("L"), PICTURE.convert("RGBA")])
def test_jpeg_2000_of_8_bits_is_read(tmp_path, picture):
    picture.save(tmp_path / "a.jp2")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jp2"), GREY)


def test_different_pictures_are_not_called_identical(tmp_path):
    """They were, where both had turned black or transparent."""
    for name, numbers in (("a", COLOURS), ("b", np.asarray(photograph("coffee.png").convert("RGB").resize((97, 64))))):
        tiff(tmp_path / f"{name}.tif", np.asarray(Image.fromarray(numbers).convert("L")).astype(np.int32) - 300)
        header = tga(0)[:18]
        (tmp_path / f"{name}.tga").write_bytes(header + np.dstack([numbers[..., ::-1], np.zeros_like(GREY)]).tobytes())
    found = find_duplicates(tmp_path, sim=0.2, x=8, views="none", workers=1)
    names = [sorted({file.rpartition("/")[2][0] for file in group.files}) for group in found.groups]
    assert names == [["a"], ["b"]]
    assert not found.failures
    assert not found.flat


# More than the first picture in 8 bits


def film(path, *greys):
    """Save a film of plain frames, the first of which is black."""
    frames = [Image.new("L", (64, 48), grey) for grey in (0, *greys)]
    frames[0].save(path, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".tif"])
def test_films_that_begin_alike_are_not_identical(tmp_path, suffix):
    for name, greys in (("a", (50, 99)), ("b", (99, 200)), ("copy of a", (50, 99))):
        film(tmp_path / f"{name}{suffix}", *greys)
    Image.new("L", (64, 48), 0).save(tmp_path / f"still{suffix}")
    digests = {path.name: digest(path) for path in tmp_path.iterdir()}
    assert digests[f"a{suffix}"] == digests[f"copy of a{suffix}"]
    assert len(set(digests.values())) == 3
    (group,) = find_duplicates(tmp_path, x=8, views="none", workers=1).groups
    assert [file.rpartition("/")[2] for file in sorted(group.files)] == [f"a{suffix}", f"copy of a{suffix}"]


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_colours_of_16_bits_are_not_identical_to_those_of_8(tmp_path, kind):
    fine = COLOURS.astype(np.uint16) * 257
    for name, numbers in (("a", fine), ("b", fine ^ 1)):
        path = tmp_path / f"{name}.{kind}"
        if kind == "png":
            save_png_of_16_bits(path, numbers)
        else:
            tiff(path, numbers, photometric="rgb")
        np.testing.assert_array_equal(pixels_of(path), GREY)
    PICTURE.save(tmp_path / f"c.{kind}")
    assert len({digest(path) for path in tmp_path.iterdir()}) == 3


def save_png_of_16_bits(path, numbers):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in numbers)
    chunks = [png_chunk(b"IHDR", header), png_chunk(b"IDAT", zlib.compress(rows)), png_chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
