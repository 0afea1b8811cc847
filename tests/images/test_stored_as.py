import io

import numpy as np
import pytest
from pictures import photograph
from PIL import Image
from raws import dng

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.images.stored_as import is_full_depth_png

NUMBERS = np.random.default_rng(0).integers(0, 2**16, (32, 48, 3), dtype=np.uint16)
PICTURE = photograph().convert("RGB").resize((48, 32))


def stored(path):
    found = fingerprint_file(str(path), x=8, method="phash")
    return found.format, found.bit_depth


@pytest.mark.parametrize(
    ("name", "mode", "told"),
    [
        ("a.jpg", "RGB", ("JPEG", 8)),
        ("grey.jpg", "L", ("JPEG", 8)),
        ("a.png", "RGBA", ("PNG", 8)),
        ("palette.png", "P", ("PNG", 8)),
        ("bits.png", "1", ("PNG", 1)),
        ("fine.png", "I;16", ("PNG", 16)),
        ("a.gif", "P", ("GIF", 8)),
        ("a.webp", "RGB", ("WebP", 8)),
        ("a.tif", "RGB", ("TIFF", 8)),
        ("bits.tif", "1", ("TIFF", 1)),
        ("palette.tif", "P", ("TIFF", 8)),
        ("fine.tif", "I;16", ("TIFF", 16)),
        ("float.tif", "F", ("TIFF", 32)),
        ("a.bmp", "RGB", ("BMP", 8)),
        ("a.ppm", "RGB", ("PPM", 8)),
        ("a.pbm", "1", ("PPM", 1)),
        ("fine.pgm", "I;16", ("PPM", 16)),
        ("a.jp2", "RGB", ("JPEG 2000", 8)),
        ("a.avif", "RGB", ("AVIF", 8)),
        ("a.ico", "RGB", ("ICO", 8)),
        ("a.tga", "RGB", ("TGA", 8)),
        ("a.sgi", "RGB", ("SGI", 8)),
        ("a.pcx", "RGB", ("PCX", 8)),
        ("a.qoi", "RGB", ("QOI", 8)),
        ("a.pfm", "F", ("PFM", 32)),
    ],
)
def test_the_format_and_the_bits_of_a_channel_are_those_of_the_file(tmp_path, name, mode, told):
    if mode == "I;16":
        image = Image.fromarray(NUMBERS[..., 0])
    else:
        image = PICTURE.convert("L").convert("F") if mode == "F" else PICTURE.convert(mode)
    image.save(tmp_path / name)
    assert stored(tmp_path / name) == told


def test_its_name_does_not_matter(tmp_path):
    PICTURE.save(tmp_path / "a.png", "JPEG")
    assert stored(tmp_path / "a.png") == ("JPEG", 8)


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_heic_of_more_bits(tmp_path, bits):
    pillow_heif = pytest.importorskip("pillow_heif")
    before = pillow_heif.options.SAVE_HDR_TO_12_BIT
    pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
    try:
        if bits == 8:
            pillow_heif.from_pillow(PICTURE).save(tmp_path / "a.heic")
        else:
            pillow_heif.encode("RGB;16", (48, 32), NUMBERS.tobytes(), tmp_path / "a.heic")
    finally:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = before
    assert stored(tmp_path / "a.heic") == ("HEIC", bits)


@pytest.mark.parametrize("bits", [10, 12])
def test_avif_of_more_bits(tmp_path, bits):
    imagecodecs = pytest.importorskip("imagecodecs")
    data = imagecodecs.avif_encode(NUMBERS >> (16 - bits), bitspersample=bits)
    (tmp_path / "a.avif").write_bytes(data)
    assert stored(tmp_path / "a.avif") == ("AVIF", bits)


def test_jpeg_xl(tmp_path):
    imagecodecs = pytest.importorskip("imagecodecs")
    pytest.importorskip("pillow_jxl")
    (tmp_path / "a.jxl").write_bytes(imagecodecs.jpegxl_encode(NUMBERS, lossless=True))
    (tmp_path / "b.jxl").write_bytes(imagecodecs.jpegxl_encode(np.asarray(PICTURE)))
    assert [stored(tmp_path / name) for name in ("a.jxl", "b.jxl")] == [("JPEG XL", 16), ("JPEG XL", 8)]


def test_colours_of_16_bits(tmp_path):
    tifffile, imagecodecs = pytest.importorskip("tifffile"), pytest.importorskip("imagecodecs")
    tifffile.imwrite(tmp_path / "a.tif", NUMBERS, photometric="rgb")
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(NUMBERS))
    (tmp_path / "a.jp2").write_bytes(imagecodecs.jpeg2k_encode(NUMBERS))
    assert [stored(tmp_path / f"a.{suffix}")[1] for suffix in ("tif", "png", "jp2")] == [16] * 3


def test_of_camera_raw_the_bits_are_unknown_and_a_plain_tiff_of_its_name_is_a_tiff(tmp_path):
    pytest.importorskip("rawpy")
    out = io.BytesIO()
    PICTURE.save(out, "JPEG")
    (tmp_path / "a.dng").write_bytes(dng(out.getvalue(), (48, 32), 1, is_jpeg=True))
    PICTURE.save(tmp_path / "b.dng", "TIFF")
    assert [stored(tmp_path / name) for name in ("a.dng", "b.dng")] == [("camera raw", -1), ("TIFF", 8)]


@pytest.mark.parametrize(
    ("mode", "saved", "told"),
    [
        ("RGB", "PNG", True),
        ("RGBA", "PNG", True),
        ("L", "PNG", True),
        ("P", "PNG", False),
        ("1", "PNG", False),
        ("RGB", "JPEG", False),
        ("RGB", "BMP", False),
    ],
)
def test_pngs_of_full_depth_are_told(tmp_path, mode, saved, told):
    path = tmp_path / "a"
    Image.new(mode, (9, 9)).save(path, saved)
    assert is_full_depth_png(str(path)) is told


def test_a_file_that_is_short_or_missing_is_no_png_of_full_depth(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert not is_full_depth_png(str(tmp_path / "a.png"))
    assert not is_full_depth_png(str(tmp_path / "b.png"))
