"""Arrays that other decoders make become Pillow images of 8 bits, when they are loaded."""

import numpy as np
import pytest
from pictures import gradient, turned
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.also_held import holds_more
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.grey_pixels import grey_pixels
from imgcmp.images.number_range import Range, scaled, usual_range
from imgcmp.images.readers.arrays import ArrayImage, Meaning, as_shown

PICTURE = gradient(40, 30)
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))


def image_of(array, mode="RGB", **options):
    return ArrayImage(array.shape[1::-1], mode, lambda: array, **({"form": "TIFF", "n_bytes": 0} | options))


def test_pixels_are_asked_for_once_and_late():
    asked = []

    def pixels():
        asked.append(1)
        return COLOURS

    image = ArrayImage(PICTURE.size, "RGB", pixels, form="TIFF", n_bytes=0)
    assert (image.size, image.mode, image.format) == (PICTURE.size, "RGB", "TIFF")
    assert not asked
    np.testing.assert_array_equal(np.asarray(image), COLOURS)
    np.testing.assert_array_equal(np.asarray(image.convert("L")), GREY)
    assert len(asked) == 1


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_an_image_has_the_bytes_of_its_array(mode):
    array = np.asarray(PICTURE.convert(mode))
    np.testing.assert_array_equal(np.asarray(image_of(array, mode)), array)


@pytest.mark.parametrize("value", range(1, 9))
def test_an_array_is_turned_upright(value):
    image = image_of(np.asarray(turned(PICTURE, value)), orientation=value)
    np.testing.assert_array_equal(np.asarray(grey_pixels(image)), GREY)


def test_an_array_of_another_size_than_was_said_is_damaged():
    image = ArrayImage((41, 30), "RGB", lambda: COLOURS, form="TIFF", n_bytes=0)
    with pytest.raises(UnreadableImageError, match="^damaged: 40 x 30 pixels, where it says 41 x 30$"):
        image.load()


def test_finer_numbers_and_other_pictures_are_more_than_the_pixels():
    assert not holds_more(image_of(COLOURS, form="FITS"), None)
    assert holds_more(image_of(COLOURS, form="FITS", is_finer=True), None)
    assert holds_more(image_of(COLOURS, form="FITS", n_pictures=2), None)


def test_what_the_decoder_takes_is_asked_for():
    few, many = (bytes_to_read(image_of(COLOURS, n_bytes=n), PICTURE.size, 0) for n in (0, 10**6))
    assert many == few + 10**6


# What numbers mean


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        (np.array([0, 200], "u1"), Range(0, 255)),
        (np.array([0, 1000], "u2"), Range(0, 1023)),
        (np.array([0, 4000], ">u2"), Range(0, 4095)),
        (np.array([0, 65000], "u2"), Range(0, 65535)),
        (np.array([0, 70000], "u4"), Range(0, 70000)),
        (np.array([0, 2**32 - 5], "u4"), Range(0, 2**32 - 1)),
        (np.array([0, 100], "i1"), Range(0, 127)),
        (np.array([0, 30000], "i2"), Range(0, 32767)),
        (np.array([-5, 30000], "i2"), Range(-5, 30000)),
        (np.array([0, 0.5], "f2"), Range(0, 1)),
        (np.array([0, 300.0]), Range(0, 1023)),
        (np.array([np.nan, np.inf, 0.5]), Range(0, 1)),
        (np.array([-1e308, 1e308, 0.5]), Range(0, 1)),  # no numbers to speak of
        (np.zeros(3, "u2"), Range(0, 255)),
    ],
)
def test_the_least_usual_range_holds_all(numbers, wanted):
    assert usual_range([numbers]) == wanted
    levels = scaled(numbers, wanted)
    assert levels.dtype == np.uint8


def test_levels_are_the_same_whatever_holds_the_numbers():
    numbers = np.arange(0, 4096, 7)
    wanted = np.rint(numbers / 4095 * 255)
    for dtype in ("u2", ">u2", "i2", "u4", "f4", "f8"):
        np.testing.assert_array_equal(scaled(numbers.astype(dtype), Range(0, 4095)), wanted)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "f4"])
@pytest.mark.parametrize("piece", [2**20, 50])
def test_what_is_multiplied_by_transparency_is_divided(monkeypatch, dtype, piece):
    monkeypatch.setattr("imgcmp.images.readers.arrays._PIECE_NUMBERS", piece)
    top = 1 if dtype == "f4" else np.iinfo(dtype).max
    opacity = np.linspace(0.3, 1, GREY.shape[1]) * np.ones((GREY.shape[0], 1))
    opacity[:, 0] = 0
    numbers = np.dstack([COLOURS / 255 * opacity[..., np.newaxis], opacity]) * top
    numbers = (numbers if dtype == "f4" else np.rint(numbers)).astype(dtype)
    shown = as_shown(numbers, Meaning("RGB", float(top), 3, is_premultiplied=True)).astype(int)
    within = 2 if dtype == "u1" else 1
    assert np.abs(shown[:, 1:, :3] - COLOURS[:, 1:]).max() <= within
    assert np.abs(shown[..., 3] - opacity * 255).max() <= 1


def test_samples_that_are_not_shown_are_left_out():
    beside = np.zeros_like(GREY)
    np.testing.assert_array_equal(as_shown(np.dstack([GREY, beside, beside]), Meaning("L")), GREY)
    np.testing.assert_array_equal(as_shown(np.dstack([COLOURS, beside]), Meaning("RGB")), COLOURS)
    np.testing.assert_array_equal(as_shown(255 - GREY, Meaning("L", is_negative=True)), GREY)


def test_cmyk_with_transparency_is_rgb():
    ink = np.asarray(PICTURE.convert("CMYK"))
    shown = as_shown(np.dstack([ink, GREY]), Meaning("CMYK", alpha=4))
    np.testing.assert_array_equal(shown, np.dstack([np.asarray(PICTURE.convert("CMYK").convert("RGB")), GREY]))


def test_lab_is_as_pillow_holds_it():
    """With a and b of 0 in the middle, where colours are none."""
    numbers = np.dstack([GREY, np.full_like(GREY, 0), np.full_like(GREY, 255)])
    image = image_of(as_shown(numbers, Meaning("LAB")), "LAB")
    bands = [np.asarray(band) for band in Image.merge("RGB", image.split()).split()]
    np.testing.assert_array_equal(bands[0], GREY)
    assert (bands[1] == 128).all()
    assert (bands[2] == 127).all()
