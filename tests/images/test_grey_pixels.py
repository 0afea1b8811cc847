import struct
import warnings
import zlib

import icc
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import ORIENTATION_TAG, gradient, photograph, png_chunk, save_turned, turned
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.hashes import HASHES
from imgcmp.fingerprints.parameters import METHODS
from imgcmp.images.grey_pixels import WHITE, as_grey, grey_pixels, laid_over, read_picture
from imgcmp.images.orientation import orientation
from imgcmp.images.resize_image import make_copy

LOSSLESS = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}


def pixels_of(path, min_side=10_000):
    return np.asarray(read_picture(str(path), min_side).grey)


# Orientation


@pytest.mark.parametrize("form", LOSSLESS)
@pytest.mark.parametrize("value", range(1, 9))
def test_a_turned_file_has_the_pixels_of_the_upright_one(tmp_path, form, value):
    image = gradient(60, 40)
    path = save_turned(image, tmp_path / "turned", value, format=form, **LOSSLESS[form])
    picture = read_picture(path, 8)
    assert (picture.width, picture.height) == (60, 40)
    np.testing.assert_array_equal(np.asarray(picture.grey), np.asarray(image.convert("L")))


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("min_side", [10, 1000])
def test_a_turned_jpeg_looks_like_the_upright_one(tmp_path, value, min_side):
    image = gradient(240, 160)  # multiples of 16: blocks fall on blocks, however it is turned
    path = save_turned(image, tmp_path / "turned.jpg", value, quality=95, subsampling=0)
    picture = read_picture(path, min_side)
    assert (picture.width, picture.height) == (240, 160)
    small = np.asarray(picture.grey, dtype=int)
    expected = np.asarray(image.convert("L").resize(picture.grey.size, Image.Resampling.BOX), dtype=int)
    assert small.shape[1] * 2 == small.shape[0] * 3
    assert np.abs(small - expected).mean() < 3


@pytest.mark.parametrize("value", range(1, 9))
def test_an_image_in_memory_is_turned_as_its_exif_says(value):
    image = gradient(30, 20)
    away = turned(image, value)
    away.getexif()[ORIENTATION_TAG] = value
    np.testing.assert_array_equal(np.asarray(grey_pixels(away)), np.asarray(image.convert("L")))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_counts_as_upright(tmp_path, value):
    image = gradient(30, 20)
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = value
    image.save(tmp_path / "odd.png", exif=exif)
    np.testing.assert_array_equal(pixels_of(tmp_path / "odd.png"), np.asarray(image.convert("L")))


def test_damaged_exif_counts_as_upright(tmp_path):
    image = gradient(30, 20)
    image.save(tmp_path / "odd.png", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    with Image.open(tmp_path / "odd.png") as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert orientation(opened) == 1


# Transparency and modes


def half_transparent(mode):
    """Return a picture whose left half is opaque grey 60, and whose right half is transparent."""
    image = Image.new("RGBA", (8, 4), (60, 60, 60, 255))
    image.paste((0, 0, 0, 0), (4, 0, 8, 4))
    if mode == "P":
        paletted = Image.new("P", (8, 4), 0)
        paletted.putpalette([60, 60, 60, 0, 0, 0])
        paletted.paste(1, (4, 0, 8, 4))
        paletted.info["transparency"] = 1
        return paletted
    if mode == "PA":
        paletted = Image.new("PA", (8, 4))
        paletted.putpalette([60, 60, 60, 0, 0, 0])
        paletted.paste((0, 255), (0, 0, 4, 4))
        paletted.paste((1, 0), (4, 0, 8, 4))
        return paletted
    if mode == "La":
        return image.convert("LA").convert("La")
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P", "PA", "La", "RGBa"])
def test_transparent_parts_are_white(mode):
    image = half_transparent(mode)
    assert image.mode == mode
    grey = np.asarray(grey_pixels(image))
    assert (grey[:, :4] == 60).all()
    assert (grey[:, 4:] == 255).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_transparent_parts_of_a_png_are_white(tmp_path, mode):
    half_transparent(mode).save(tmp_path / "transparent.png")
    grey = pixels_of(tmp_path / "transparent.png")
    assert (grey[:, :4] == 60).all()
    assert (grey[:, 4:] == 255).all()


@pytest.mark.parametrize(("mode", "transparent"), [("L", 60), ("RGB", (60, 60, 60))])
def test_the_transparent_colour_of_a_png_is_white(tmp_path, mode, transparent):
    image = Image.new(mode, (8, 4), transparent)
    image.paste(10 if mode == "L" else (10, 10, 10), (0, 0, 4, 4))
    image.save(tmp_path / "key.png", transparency=transparent)
    grey = pixels_of(tmp_path / "key.png")
    assert (grey[:, :4] == 10).all()
    assert (grey[:, 4:] == 255).all()


def write_png(path, depth, colour_type, rows, key):
    """Write a PNG that Pillow doesn't: of any depth, with a transparent grey or colour."""
    height, channels = len(rows), 3 if colour_type == 2 else 1
    width = len(rows[0]) * 8 // (depth * channels)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [(b"IHDR", header), (b"tRNS", struct.pack(f">{len(key)}H", *key)), (b"IDAT", pixels), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*pair) for pair in chunks))


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "key", "expected"),
    [
        (1, 0, b"\x0f", (1,), [0, 0, 0, 0, 255, 255, 255, 255]),
        (1, 0, b"\xf0", (0,), [255] * 8),
        (2, 0, b"\x1b", (2,), [0, 85, 255, 255]),
        (4, 0, b"\x4d", (4,), [255, 221]),
        (8, 0, b"\x04\x44", (4,), [255, 68]),
        (16, 0, struct.pack(">3H", 257, 300, 65535), (300,), [1, 255, 255]),
        (8, 2, bytes([9, 9, 9, 50, 50, 50]), (9, 9, 9), [255, 50]),
        (16, 2, struct.pack(">6H", *[9 * 257] * 3, *[50 * 257] * 3), (9 * 257,) * 3, [255, 50]),
    ],
)
def test_the_transparent_grey_or_colour_of_a_png_of_any_depth_is_white(
    tmp_path, depth, colour_type, row, key, expected
):
    write_png(tmp_path / "key.png", depth, colour_type, [row], key)
    assert pixels_of(tmp_path / "key.png").tolist() == [expected]


def test_half_transparent_black_over_white_is_grey():
    assert np.asarray(grey_pixels(Image.new("RGBA", (1, 1), (0, 0, 0, 128))))[0, 0] == 127


def test_an_image_without_transparency_is_not_copied():
    image = gradient(5, 5)
    assert laid_over(image, WHITE) is image
    grey = image.convert("L")
    assert as_grey(grey) is grey


@pytest.mark.parametrize(
    "mode", ["L", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LA", "La", "RGBa", "F", "I"]
)
def test_modes_of_8_bits_look_alike(mode):
    grey = np.asarray(photograph("camera.png").resize((64, 64)))
    image = Image.fromarray(grey)
    if mode in ("YCbCr", "CMYK", "HSV", "RGBX"):
        image = image.convert("RGB")
    image = image.convert("LA").convert("La") if mode == "La" else image
    image = image.convert("RGBA").convert("RGBa") if mode == "RGBa" else image
    image = image.convert(mode)
    assert image.mode == mode
    result = grey_pixels(image)
    assert result.mode == "L"
    assert np.abs(np.asarray(result, dtype=int) - grey).max() <= 2


def test_bilevel_is_black_and_white():
    image = Image.fromarray(np.eye(9, dtype=bool))
    assert image.mode == "1"
    np.testing.assert_array_equal(np.asarray(grey_pixels(image)), np.eye(9) * 255)


def test_lab_is_as_srgb_shows_it():
    lightness = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.merge("LAB", [Image.fromarray(lightness)] + [Image.new("L", (16, 16), 128)] * 2)
    np.testing.assert_allclose(np.asarray(grey_pixels(image)), icc.lightness_shown(lightness), atol=1.5)


@pytest.mark.parametrize(("mode", "dtype"), [("I;16", "<u2"), ("I;16B", ">u2")])
@pytest.mark.parametrize("top", [65535, 20000, 200])
def test_16_bits_are_scaled_by_what_16_bits_hold(mode, dtype, top):
    numbers = np.linspace(0, top, 64).astype(dtype).reshape(8, 8)
    image = Image.frombytes(mode, (8, 8), numbers.tobytes())
    expected = np.rint(numbers.astype(float) / 65535 * 255)
    np.testing.assert_array_equal(np.asarray(grey_pixels(image)), expected)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_file_of_16_bits_is_read(tmp_path, suffix):
    numbers = (np.arange(64, dtype=np.uint16) * 1000).reshape(8, 8)
    path = tmp_path / f"deep{suffix}"
    Image.fromarray(numbers).save(path)
    np.testing.assert_array_equal(pixels_of(path), np.rint(numbers / 65535 * 255))


@pytest.mark.parametrize("piece_pixels", [2**20, 16])
def test_a_tiff_of_16_bits_whose_white_is_zero_is_no_negative(tmp_path, monkeypatch, piece_pixels):
    monkeypatch.setattr("imgcmp.images.grey_pixels._PIECE_PIXELS", piece_pixels)
    numbers = (np.arange(64, dtype=np.uint16) * 1000).reshape(8, 8)
    Image.fromarray(numbers).save(tmp_path / "deep.tif")
    black_is_zero, white_is_zero = (struct.pack("<HHII", 262, 3, 1, value) for value in (1, 0))
    tiff = (tmp_path / "deep.tif").read_bytes()
    assert tiff.count(black_is_zero) == 1
    (tmp_path / "deep.tif").write_bytes(tiff.replace(black_is_zero, white_is_zero))
    expected = 255 - np.rint(numbers / 65535 * 255)
    np.testing.assert_array_equal(pixels_of(tmp_path / "deep.tif"), expected)
    make_copy(str(tmp_path / "deep.tif"), str(tmp_path / "copy.tif"), 1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "copy.tif"), expected)


@pytest.mark.parametrize(
    ("values", "top"),
    [([0.0, 0.25, 1.0], 1.0), ([0.0, 100.0, 200.0], 255.0), ([0.0, 300.0, 60000.0], 65535.0), ([0.0, 1e5, 1e6], 1e6)],
)
def test_floats_are_scaled_by_the_least_range_that_holds_them(values, top):
    image = Image.fromarray(np.array([values], np.float32))
    np.testing.assert_array_equal(np.asarray(grey_pixels(image))[0], np.rint(np.array(values) / top * 255))


def test_what_is_no_number_is_black():
    image = Image.fromarray(np.array([[np.nan, np.inf, -np.inf, -3.0, 1.0]], np.float32))
    assert np.asarray(grey_pixels(image)).tolist() == [[0, 0, 0, 0, 255]]


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.new("L", (9, 9), grey) for grey in (40, 200)]
    for name in ("a.gif", "a.png", "a.tif", "a.webp"):
        options = {"lossless": True} if name == "a.webp" else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        assert (pixels_of(tmp_path / name) == 40).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "La", "PA", "CMYK", "LAB", "I;16", "I", "F"])
def test_a_large_picture_becomes_grey_in_pieces(monkeypatch, mode):
    grey = photograph("camera.png").resize((61, 43))
    if mode in ("I;16", "I", "F"):
        image = Image.fromarray((np.asarray(grey) * 250.0).astype({"I;16": "<u2", "I": "<i4", "F": "<f4"}[mode]))
    elif mode == "LAB":
        image = Image.merge("LAB", [grey] * 3)
    elif mode in ("La", "PA"):
        image = half_transparent(mode).resize((61, 43))
    elif mode in ("P", "CMYK", "RGBA"):
        image = gradient(61, 43).convert("RGB").convert(mode)
    else:
        image = grey.convert(mode)
    if mode == "P":
        image.info["transparency"] = 3
    assert image.mode == mode
    whole = np.asarray(as_grey(image))
    monkeypatch.setattr("imgcmp.images.grey_pixels._PIECE_PIXELS", 700)
    np.testing.assert_array_equal(np.asarray(as_grey(image)), whole)


# JPEG at reduced scale


@settings(max_examples=25)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(24, 300))
def test_a_jpeg_keeps_min_side_pixels(tmp_path_factory, width, height, min_side):
    path = tmp_path_factory.getbasetemp() / "any.jpg"
    Image.new("RGB", (width, height)).save(path)
    picture = read_picture(str(path), min_side)
    assert (picture.width, picture.height) == (width, height)
    assert min(picture.grey.size) >= min(min_side, width, height)
    assert min(picture.grey.size) < max(2 * min_side, 2)


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "camera.png"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("x", [8, 16])
def test_reduced_scale_changes_few_bits(tmp_path, name, method, x):
    photograph(name).save(tmp_path / "photo.jpg", quality=92)
    reduced = HASHES[method](read_picture(str(tmp_path / "photo.jpg"), 12 * x).grey, x)
    with Image.open(tmp_path / "photo.jpg") as image:
        full = HASHES[method](image.convert("L"), x)
    assert np.count_nonzero(reduced != full) <= x * x // 16


def test_a_cmyk_jpeg_looks_like_the_rgb_one(tmp_path):
    image = photograph("coffee.png")
    image.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    image.save(tmp_path / "rgb.jpg", quality=95)
    cmyk, rgb = (HASHES["phash"](read_picture(str(tmp_path / name), 96).grey, 8) for name in ("cmyk.jpg", "rgb.jpg"))
    assert np.count_nonzero(cmyk != rgb) <= 4


# Files


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM"])
@pytest.mark.parametrize("name", ["no suffix", "wrong.png", "wrong.jpg", "wrong.mp4"])
def test_type_is_told_by_content(tmp_path, form, name):
    Image.new("L", (20, 10), 80).save(tmp_path / name, format=form)
    picture = read_picture(str(tmp_path / name), 96)
    assert (picture.width, picture.height) == (20, 10)
    assert np.abs(np.asarray(picture.grey, dtype=int) - 80).max() <= 1


def assert_unreadable(path, reason):
    with pytest.raises(UnreadableImageError, match=reason) as caught:
        read_picture(str(path), 96)
    assert str(caught.value).isprintable()


def test_files_that_are_no_images_say_why(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no image")
    assert_unreadable(tmp_path / "empty.jpg", "^empty file$")
    assert_unreadable(tmp_path / "text.jpg", "^not an image, or of a kind that is not supported$")
    assert_unreadable(tmp_path, "^not a regular file$")
    assert_unreadable(tmp_path / "missing.jpg", "^no such file or directory$")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
def test_a_truncated_file_is_unreadable(tmp_path, form, part):
    path = tmp_path / "whole"
    photograph().save(path, format=form)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    assert_unreadable(path, ".")


def test_too_many_pixels_are_refused(tmp_path):
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)

    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")
    )
    assert_unreadable(path, "^too many pixels: image size \\(3600000000 pixels\\)")


@settings(max_examples=150)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP"]), st.data())
def test_a_damaged_file_is_read_or_unreadable(tmp_path_factory, form, data):
    path = tmp_path_factory.getbasetemp() / f"damaged {form}"
    gradient(32, 24).save(path, format=form)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = read_picture(str(path), 8)
    except UnreadableImageError as error:
        assert str(error)
        assert str(error).isprintable()
    else:
        assert picture.grey.mode == "L"
        assert min(picture.grey.size) > 0
