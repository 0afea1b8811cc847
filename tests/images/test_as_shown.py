"""Files that Pillow reads otherwise than they are shown: each is put right, or refused, and never read wrongly."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from pictures import photograph, png_chunk
from PIL import Image

from imgcmp import find_duplicates
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


def test_a_png_of_16_bits_that_is_dark_is_dark(tmp_path):
    """Its white is 65535, by the format."""
    Image.fromarray(GREY.astype(np.uint16) * 4).save(tmp_path / "dark.png")
    assert pixels_of(tmp_path / "dark.png").max() <= 4


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
