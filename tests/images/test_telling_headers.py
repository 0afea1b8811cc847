"""Formats whose first bytes could be those of anything: found in folders all the same, and nothing else is."""

import os
import struct

import numpy as np
import pytest
from pictures import gradient
from PIL import Image
from raws import dng

from imgcmp.images.file_type import IMAGE, TELLING_BYTES, format_of, looked_into
from imgcmp.images.find_images import find_images
from imgcmp.images.formats import Reader
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.telling_headers import Rest, told_by_header

PICTURE = gradient(60, 44)
GREY = PICTURE.convert("L")
BITS = PICTURE.convert("1")


def looked(whole, name="notes"):
    return looked_into(name, whole[:TELLING_BYTES], rest_of(whole))


def rest_of(whole):
    return Rest(lambda: len(whole), lambda n: whole[-n:])


def save(path, kind):
    """Save the picture by Pillow, in a format of some variant."""
    form, _, variant = kind.partition(" ")
    image = {"1": BITS, "L": GREY, "P": PICTURE.quantize(50), "RGBA": PICTURE.convert("RGBA")}.get(variant, PICTURE)
    options = {"compression": "tga_rle"} if variant == "rle" else {}
    with open(path, "wb") as file:
        image.save(file, form, **options)


SAVED = [
    *["PPM", "PPM L", "PPM 1", "PCX", "PCX L", "PCX P", "PCX 1", "ICO", "DIB", "DIB L", "DIB P", "DIB 1", "DIB RGBA"],
    *["BMP", "BMP 1", "BMP P", "TGA", "TGA L", "TGA P", "TGA RGBA", "TGA rle", "MSP 1", "XBM 1", "SGI", "SGI L", "DDS"],
    *["QOI", "BLP P", "ICNS"],
]


@pytest.mark.parametrize("kind", SAVED)
@pytest.mark.parametrize("name", ["no suffix", "wrong.txt"])
def test_what_is_read_when_it_is_named_is_found_whatever_its_name(tmp_path, kind, name):
    try:
        save(tmp_path / name, kind)
    except KeyError:
        pytest.skip(f"this Pillow writes no {kind}")
    (file,) = find_images([str(tmp_path)]).files
    assert read_picture(file.path, 10_000).grey.size[0] >= 16


def written_by_hand():
    colours, grey = np.asarray(PICTURE), np.asarray(GREY)
    numbers = "\n".join(" ".join(map(str, row)) for row in grey)
    tga = struct.pack("<BBBHHBHHHHBB", 3, 0, 2, 0, 0, 0, 0, 0, 60, 44, 24, 0x20) + b"abc" + colours[..., ::-1].tobytes()
    return {
        "a pgm with a remark": b"P5 # of a scanner\n60 # wide\n44\n255\n" + grey.tobytes(),
        "a pgm of 12 bits": b"P5 60 44 4095\n" + grey.astype(">u2").tobytes(),
        "a pgm as text": f"P2\n# a\n60 44\n255\n{numbers}\n".encode(),
        "a pbm as text": b"P1\n8 2\n" + b"01010101\n10101010\n",
        "a pfm": b"Pf\n60 44\n-1.0\n" + (grey[::-1] / 255).astype("<f4").tobytes(),
        "an old tga": tga,
        "an xbm": b"#define x_width 8\n#define x_height 1\nstatic char x_bits[] = {\n0x55};\n",
    }


@pytest.mark.parametrize("kind", written_by_hand())
def test_other_variants_are_found(tmp_path, kind):
    whole = written_by_hand()[kind]
    assert looked(whole) == IMAGE
    (tmp_path / "a").write_bytes(whole)
    read_picture(str(tmp_path / "a"), 10_000)


NO_PICTURES = [
    *[
        b"",
        b"\n",
        b"P5",
        b"P6\n2 1\n255\n",
        b"P5 is a bus route\n",
        b"P5 10 11 12 are numbers of buses, and others",
        b"P1\n8 2\nno",
    ],
    *[
        b"P2 3 4 5 and more to come " + bytes(60),
        b"P3 2 2 255\n" + b"1 2 3 " * 3,
        b"P9\n2 1\n255\n123456",
        b"Pf 2 2 1.0\n123",
    ],
    *[b"/* a program */\n#include <stdio.h>\n#define WIDTH 8\n", b"#define a_width 8\nint a;\n", b"#!/bin/sh\n"],
    *[b"\0\0\1\0", b"\0\0\1\0\1\0" + bytes(16), b"\0\0\1\xb3\x16\0\xf0\xc4" + bytes(200), b"\0\0\2\0" + b"\xff" * 100],
    *[b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + struct.pack("<II", 1000, 22) + bytes(100)],  # beyond the end of the file
    *[
        b"\x28\0\0\0" + bytes(300),
        b"\x28\0\0\0" + b"\xff" * 300,
        b"\n\5\1 a text" + bytes(200),
        b"\n\5\1\10" + bytes(300),
    ],
    *[
        b"DanMark has islands, and in it there are many more",
        b"LinSeed oil",
        bytes(300),
        bytes(range(256)),
        b"\xff" * 300,
    ],
    *[
        b"\0\0\2\0\0\0\0\0\0\0\0\0\x10\0\x10\0\x18\x20" + bytes(10),
        b"\0\1\1" + bytes(300),
        b"\7\0\2 a table of numbers" * 9,
    ],
]


@pytest.mark.parametrize("whole", NO_PICTURES, ids=lambda whole: repr(whole[:16]))
def test_what_only_begins_like_a_picture_is_none(whole):
    assert looked(whole) in ("", "perhaps a TGA, which is read if it is named")
    for end in range(min(len(whole), 60)):
        assert looked(whole[:end]) in ("", "perhaps a TGA, which is read if it is named")


def test_random_bytes_are_no_picture():
    rng = np.random.default_rng(0)
    for first in (
        b"P6\n",
        b"P5 ",
        b"\0\0\1\0",
        b"\x28\0\0\0",
        b"\n\5\1",
        b"DanM",
        b"\0\0\2",
        b"\0\1\1",
        b"\0\0\12",
        b"",
    ):
        for _ in range(300):
            n = int(rng.integers(400))
            whole = first + bytes(rng.integers(256, size=n, dtype=np.uint8))
            told = told_by_header(whole[:TELLING_BYTES], rest_of(whole))
            assert told is None or not told.is_sure


def test_a_packed_tga_is_found_by_its_end_and_else_told_to_be_passed_over(tmp_path):
    PICTURE.save(tmp_path / "a.tga", compression="tga_rle")
    whole = (tmp_path / "a.tga").read_bytes()
    assert whole.endswith(b"TRUEVISION-XFILE.\0")
    assert looked(whole) == IMAGE
    assert looked(whole[:-26]) == "perhaps a TGA, which is read if it is named"


# Passed over


STARTS = {
    "OpenEXR": b"v/1\1\2\0\0\0" + bytes(50),
    "JPEG XR": b"II\xbc\1\x20\0\0\0" + bytes(50),
    "WMF": b"\xd7\xcd\xc6\x9a" + bytes(50),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "GIMP picture": b"gimp xcf file\0",
}


@pytest.mark.parametrize("name", STARTS)
def test_pictures_of_other_kinds_are_told_and_refused_with_their_names(tmp_path, name):
    (tmp_path / "a").write_bytes(STARTS[name])
    found = find_images([str(tmp_path)])
    assert not found.files
    assert found.passed_over == [(os.path.realpath(tmp_path / "a"), f"{name} is not read")]
    with pytest.raises(Exception, match=f"^{name} is not read: make a PNG or JPEG of it"):
        read_picture(str(tmp_path / "a"), 100)


def test_suffixes_of_other_kinds_are_told_whatever_is_in_the_files(tmp_path):
    for name in ("a.exr", "b.CDR", "c.svg", "d.eps", "e.wmf"):
        (tmp_path / name).write_bytes(b"who knows")
    for name in ("notes.txt", "film.mp4", "letter.ps", "no suffix", "a.pdf"):
        (tmp_path / name).write_bytes(b"%!PS-Adobe-3.0\n" if name == "letter.ps" else b"who knows")
    PICTURE.save(tmp_path / "f.exr", "PNG")
    found = find_images([str(tmp_path)])
    assert [os.path.basename(file.path) for file in found.files] == ["f.exr"]
    assert [os.path.basename(file.path) for file in found.passed_over] == ["a.exr", "b.CDR", "c.svg", "d.eps", "e.wmf"]
    assert not found.failures


# Camera raw


@pytest.mark.parametrize("suffix", [".rwl", ".raw", ".crw", ".mrw", ".x3f", ".3fr", ".fff", ".gpr"])
def test_other_suffixes_of_camera_raw_are_looked_for(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_bytes(b"?")
    assert len(find_images([str(tmp_path)]).files) == 1


@pytest.mark.parametrize(
    "start",
    [
        b"IIU\0\x18\0\0\0",
        b"II\x1a\0\0\0HEAPCCDR",
        b"MM\0\0\0\x1aHEAPCCDR",
        b"\0MRM\0\1\2\3",
        b"FOVb\0\0\2\0",
        b"FOVb\3\0\4\0",
    ],
)
def test_other_starts_of_camera_raw_are_told(start):
    assert looked(start + bytes(300)) == IMAGE
    assert format_of(start + bytes(200), "a.jpg").reader is Reader.RAWPY


@pytest.mark.parametrize("suffix", [".raw", ".3fr", ".gpr"])
def test_a_raw_file_that_is_a_tiff_is_read_by_its_preview(tmp_path, suffix):
    pytest.importorskip("rawpy")
    PICTURE.save(tmp_path / "preview.jpg", quality=95)
    preview = (tmp_path / "preview.jpg").read_bytes()
    (tmp_path / f"a{suffix}").write_bytes(dng(preview, PICTURE.size, 1, is_jpeg=True))
    assert read_picture(str(tmp_path / f"a{suffix}"), 10_000).grey.size == PICTURE.size


def test_a_big_tiff_of_any_name_is_found(tmp_path):
    (tmp_path / "slide.svs").write_bytes(b"II+\0\x08\0\0\0" + bytes(50))
    assert len(find_images([str(tmp_path)]).files) == 1


def test_a_saved_picture_is_what_it_was(tmp_path):
    """Found by its header alone, it is decoded as by its name."""
    for kind in ("PPM", "TGA", "PCX", "DIB"):
        save(tmp_path / kind, kind)
        with Image.open(tmp_path / kind) as image:
            np.testing.assert_array_equal(
                np.asarray(read_picture(str(tmp_path / kind), 1).grey), np.asarray(image.convert("L"))
            )
