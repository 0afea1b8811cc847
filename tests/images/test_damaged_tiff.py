"""TIFFs that contradict themselves, or whose bytes are others than were written: a reason that people understand."""

import random
import re
import struct
import zlib

import numpy as np
import pytest
import tifffile
import tiffs
from pictures import photograph
from tiffs import BLACK_IS_ZERO, LONG, PALETTE, RGB, SHORT, of_array, write_tiff

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.readers import tiff_pages

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))
HEIGHT, WIDTH = GREY.shape
WHOLE = of_array(COLOURS, RGB)
DEFLATE = 8


def pixels_of(path):
    return np.asarray(read_picture(str(path), 1).grey)


def reason_of(path):
    with pytest.raises(UnreadableImageError) as caught:
        pixels_of(path)
    return str(caught.value)


def changed(tag, kind, numbers):
    found, parts = of_array(COLOURS, RGB)
    found[tag] = kind, numbers
    return found, parts


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (changed(tiffs.WIDTH, SHORT, [0]), "it doesn't say how wide or high it is"),
        (changed(tiffs.HEIGHT, LONG, [HEIGHT + 1000]), "the TIFF has fewer bytes than its pixels need"),
        (changed(tiffs.ROWS, SHORT, [4]), "it has 1 of its 16 strips"),
        (changed(tiffs.STRIP_OFFSETS, LONG, [10**9]), "strips of the TIFF lie beyond its end"),
        (changed(tiffs.STRIP_OFFSETS, LONG, [0]), "it has no pixels"),
        (changed(tiffs.BITS, SHORT, [8, 8]), "it doesn't say how many bits its numbers have"),
        (changed(tiffs.N_SAMPLES, SHORT, [2]), "colours of 3 numbers, and 2 a pixel"),
        (changed(tiffs.PHOTOMETRIC, SHORT, [77]), "colours of an unknown kind (77)"),
        ((WHOLE[0], []), "it has 0 of its 1 strips"),
        (of_array(GREY, PALETTE, colour_map=[0] * 700), "its colour map has 700 numbers, where 768 belong"),
        (of_array(GREY, PALETTE), "its colour map has 0 numbers, where 768 belong"),
        (of_array(GREY, BLACK_IS_ZERO, tile_width=0, tile_height=16), "it doesn't say how large its tiles are"),
        (of_array(GREY, BLACK_IS_ZERO, compression=5), "the pixels of the TIFF can't be decoded"),
    ],
)
def test_a_tiff_that_contradicts_itself_says_so(tmp_path, page, reason):
    write_tiff(tmp_path / "a.tif", page)
    assert reason in reason_of(tmp_path / "a.tif")


def test_directories_in_a_circle_end(tmp_path):
    write_tiff(tmp_path / "a.tif", of_array(COLOURS, RGB, subfile_type=1), of_array(COLOURS, RGB, subfile_type=1))
    raw = bytearray((tmp_path / "a.tif").read_bytes())
    raw[-4:] = raw[4:8]  # the last directory is followed by the first
    (tmp_path / "a.tif").write_bytes(raw)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), GREY)


def test_reasons_are_in_plain_words(tmp_path):
    """Whatever is damaged: no class of an error, no bytes, no word of a decoder."""
    dice = random.Random(0)
    pages = [
        WHOLE,
        of_array(GREY / 255, BLACK_IS_ZERO),
        of_array(GREY, PALETTE, colour_map=list(range(0, 65536, 256)) * 3),
        (of_array(GREY, BLACK_IS_ZERO, compression=DEFLATE)[0], [zlib.compress(GREY.tobytes())]),
    ]
    for number in range(300):
        write_tiff(tmp_path / "a.tif", pages[number % len(pages)])
        raw = bytearray((tmp_path / "a.tif").read_bytes())
        for _ in range(dice.randint(1, 3)):
            raw[-dice.randint(1, 150)] = dice.randrange(256)  # the directory comes last
        (tmp_path / "a.tif").write_bytes(raw)
        try:
            assert pixels_of(tmp_path / "a.tif").size
        except UnreadableImageError as error:
            assert not re.search(r"Error|b'|\\x|bytes not processed|decoder error|tile cannot|mode", str(error)), error


def test_numbers_beyond_the_end_are_told(tmp_path):
    write_tiff(tmp_path / "a.tif", changed(tiffs.STRIP_OFFSETS, LONG, list(range(500))))
    whole = bytearray((tmp_path / "a.tif").read_bytes())
    entry = whole.index(struct.pack("<HHI", tiffs.STRIP_OFFSETS, LONG, 500))
    whole[entry + 4 : entry + 8] = struct.pack("<I", 2**30)
    (tmp_path / "a.tif").write_bytes(whole)
    assert "what the TIFF says about its pixels lies beyond its end" in reason_of(tmp_path / "a.tif")


@pytest.mark.parametrize("n_more", [0, 2**24])
def test_a_profile_that_says_it_is_endless_is_none(tmp_path, n_more):
    """Of a file that is in memory, and of one that isn't."""
    pytest.importorskip("imagecodecs")
    path = tmp_path / "a.tif"
    deep = COLOURS.astype(np.uint16) * 257
    tifffile.imwrite(path, deep, photometric="rgb", bigtiff=True, iccprofile=b"profile" * 20)
    whole = bytearray(path.read_bytes())
    entry = whole.index(struct.pack("<HH", 34675, 7))
    whole[entry + 4 : entry + 12] = struct.pack("<Q", 2**62)
    path.write_bytes(whole + bytes(n_more))
    assert np.abs(pixels_of(path).astype(int) - GREY).max() <= 1


def test_pages_that_say_more_together_than_the_file_has_bytes_are_no_pages(tmp_path):
    """All of the same bytes: of a file of 1 MB 30 pages took 1.2 GB."""
    write_tiff(tmp_path / "a.tif", *[changed(tiffs.EXTRA, LONG, list(range(5000)))] * 3)
    whole = bytearray((tmp_path / "a.tif").read_bytes())
    entries = [m.start() for m in re.finditer(re.escape(struct.pack("<HHI", tiffs.EXTRA, LONG, 5000)), whole)]
    assert len(entries) == 3
    for entry in entries:  # bytes, from the first on: each page says half of the file
        whole[entry : entry + 12] = struct.pack("<HHII", tiffs.EXTRA, 1, len(whole) // 2, 8)
    (tmp_path / "a.tif").write_bytes(whole)
    with opened(str(tmp_path / "a.tif")) as content:
        assert len(tiff_pages.pages(content)) == 1
