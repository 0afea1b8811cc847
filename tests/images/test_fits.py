"""FITS is read as its header says, or refused in plain words."""

import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.find_images import find_images
from imgcmp.images.grey_pixels import read_picture

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))
BITS = {"u1": 8, "i2": 16, "i4": 32, "i8": 64, "f4": -32, "f8": -64}


def header(*cards):
    lines = [f"{name:<8}= {value:>20}" if value != "" else name for name, value in (*cards, ("END", ""))]
    return "".join(line.ljust(80) for line in lines).encode().ljust(2880 * (1 + len(lines) // 36))


def fits(array, *cards, first=(("SIMPLE", "T"),)):
    """Return a FITS whose first row is the lowest, as the format has it; planes come before rows."""
    axes = [(f"NAXIS{n}", size) for n, size in enumerate(array.shape[::-1], 1)]
    bits = BITS[array.dtype.str[1:]]
    head = header(*first, ("BITPIX", bits), ("NAXIS", array.ndim), *axes, *cards)
    data = array[..., ::-1, :].astype(array.dtype.newbyteorder(">")).tobytes()
    return head + data + bytes(-len(data) % 2880)


def pixels_of(path):
    return np.asarray(read_picture(str(path), 1).grey)


def reason_of(path):
    with pytest.raises(UnreadableImageError) as caught:
        pixels_of(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("array", "cards", "wanted"),
    [
        (GREY, [], GREY),
        ((GREY.astype(int) * 257 - 32768).astype("i2"), [("BZERO", 32768)], GREY),  # without a sign: 140 bits away
        ((GREY.astype(int) * 16_843_009 - 2**31).astype("i4"), [("BZERO", "2147483648.0")], GREY),
        ((GREY.astype(int) - 128).astype("i2"), [("BZERO", "1.28D2")], GREY),
        (GREY.astype("i2"), [("BSCALE", "257."), ("BZERO", 0)], GREY),
        (GREY.astype("i2") * 128, [], GREY * (32640 / 32767)),
        (GREY.astype("i4") * 16, [], GREY * (4080 / 4095)),
        (GREY.astype("f4") / 255, [], GREY),
        (GREY * (4095 / 255), [], GREY),
        (GREY.astype("i8") * 257, [], GREY),
        (np.moveaxis(COLOURS, -1, 0), [], GREY),
        (np.stack([GREY, GREY // 2]), [], GREY),
    ],
)
def test_numbers_mean_what_the_header_says(tmp_path, array, cards, wanted):
    (tmp_path / "a.fits").write_bytes(fits(array, *cards))
    assert np.abs(pixels_of(tmp_path / "a.fits") - wanted).max() <= 1


def test_what_is_blank_is_black(tmp_path):
    array = GREY.astype("i2")
    array[:20] = -32768
    (tmp_path / "a.fits").write_bytes(fits(array, ("BLANK", -32768)))
    seen = pixels_of(tmp_path / "a.fits")
    assert (seen[:20] == 0).all()
    np.testing.assert_array_equal(seen[20:], GREY[20:])


def test_an_image_behind_other_things_is_found(tmp_path):
    empty = header(("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", 0))
    table = fits(np.zeros((50, 100), np.uint8), ("PCOUNT", 3000), ("GCOUNT", 1), first=[("XTENSION", "'BINTABLE'")])
    image = fits(GREY, first=[("XTENSION", "'IMAGE   '")])
    (tmp_path / "a.fits").write_bytes(empty + table + bytes(2880) + image)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.fits"), GREY)


def test_fits_is_found_in_folders(tmp_path):
    for name in ("a.fits", "b.FIT", "c.fts", "without suffix"):
        (tmp_path / name).write_bytes(fits(GREY))
    assert len(find_images([str(tmp_path)]).files) == 4


def compressed():
    return fits(np.zeros((1, 8), np.uint8), ("ZIMAGE", "T"), first=[("XTENSION", "'BINTABLE'")])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (fits(GREY)[:5000], "damaged or cut short: the FITS has fewer bytes than its pixels need"),
        (fits(GREY)[:2000], "damaged or cut short: the header of the FITS has no end"),
        (header(("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", 0)), "FITS without an image of two dimensions"),
        (
            header(("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", 0)) + compressed(),
            "a compressed FITS is not read: unpack it (funpack), or make a PNG of it",
        ),
        (header(("SIMPLE", "T"), ("BITPIX", 13), ("NAXIS", 0)), "damaged FITS: it doesn't say what its numbers are"),
        (
            header(("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", 9)),
            "damaged FITS: it doesn't say its NAXIS2",
        ),
        (header(("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", "many")), "damaged FITS: it doesn't say its NAXIS"),
        (
            header(("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", 10**9), ("NAXIS2", 10**9)),
            "damaged or cut short: the FITS has fewer bytes than its pixels need",
        ),
        (fits(GREY, ("BZERO", "none")), "damaged FITS: its BZERO is no number"),
    ],
)
def test_one_that_cannot_be_read_says_why(tmp_path, data, reason):
    (tmp_path / "a.fits").write_bytes(data)
    assert reason_of(tmp_path / "a.fits") == reason


def test_a_fits_of_pillow_is_the_same_way_up(tmp_path):
    """Pillow reads those of 8 bits as they are."""
    (tmp_path / "a.fits").write_bytes(fits(GREY))
    with Image.open(tmp_path / "a.fits") as image:
        np.testing.assert_array_equal(np.asarray(image), GREY)
