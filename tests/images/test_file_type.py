import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imgcmp.images.file_type import TELLING_BYTES, format_of, is_image_name, is_image_start
from imgcmp.images.formats import FORMATS, Reader

STARTS = [(form, start) for form in FORMATS for start in form.starts]
BRANDS = [(form, brand) for form in FORMATS for brand in form.brands]
SUFFIXES = [(form, suffix) for form in FORMATS for suffix in form.suffixes]


def media(major, *compatible):
    """Return the start of an ISO base media file of these brands."""
    return (16 + 4 * len(compatible)).to_bytes(4, "big") + b"ftyp" + major + bytes(4) + b"".join(compatible)


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG", "b.Png", "c.heic", "d.tiff", "x.y.webp", "é.gif", "x.NRW"])
def test_images_are_known_by_suffix(name):
    assert is_image_name(name)


@pytest.mark.parametrize("name", ["jpg", ".jpg", "a.txt", "a.jpg.bak", "a.pdf", "a.svg", "a.eps", "a.", "a"])
def test_other_suffixes_are_no_images(name):
    assert not is_image_name(name)


@pytest.mark.parametrize(("form", "suffix"), SUFFIXES)
def test_suffixes_are_those_of_names(form, suffix):
    assert suffix.startswith(".")
    assert suffix == suffix.lower()
    assert is_image_name(f"a{suffix}") == is_image_name(f"a{suffix.upper()}") == (form.reader is not Reader.REFUSED)


@pytest.mark.parametrize(
    "start",
    [
        *[b"", b"\xff", b"\xff\xd8", b"RIFF\0\0\0\0WAVE", b"%PDF-1", b"%!PS-Adobe-3.0"],
        *[
            b"BM",
            b"BMW and other cars",
            b"P5 is a bus route\n",
            b"P6\n2 1\n255\n",
            b"IIROC and IIRS are words",
            b"MMORPG",
        ],
        *[b"icns of a Macintosh", b"\0\0\1\0\1\0\x10\x10", b"II+ is not II*", b"MM*"],
        *[
            media(b"mp42", b"isom", b"hvc1"),
            media(b"qt  "),
            media(b"isom", b"av01"),
            b"\0\0\0\x18ftyp",
            b"\0\0\0\0ftyp",
        ],
        media(b"mp42") + b"heic",  # behind the list of brands
    ],
)
def test_other_first_bytes_are_no_image(start):
    assert not is_image_start(start)


@pytest.mark.parametrize(("form", "start"), STARTS)
def test_a_start_that_tells_an_image_whatever_its_name_begins_no_text(form, start):
    @given(st.from_regex(re.compile(start, re.DOTALL), fullmatch=True))
    def check(told):
        assert len(told) >= 4 or not is_text(told)
        assert is_image_start(told) == (form.reader is not Reader.REFUSED)
        known = format_of(told, "a" + form.suffixes[0] if form.suffix_decides else "a.txt")
        assert known is not None
        assert (known.name, known.reader) == (form.name, form.reader)

    check()


def is_text(some):
    try:
        return all(char.isprintable() or char.isspace() for char in some.decode())
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize(("form", "brand"), BRANDS)
def test_a_brand_tells_the_format_wherever_it_stands_in_the_list(form, brand):
    for start in (media(brand), media(b"mp42", brand), media(b"mp42", *[b"isom"] * 55, brand)):
        assert len(start) <= TELLING_BYTES
        assert is_image_start(start)
        assert format_of(start, "a.mov") is form


@pytest.mark.parametrize("brands", [(b"mif1", b"avif", b"miaf"), (b"avif", b"mif1"), (b"msf1", b"avis")])
def test_avif_is_not_heic(brands):
    assert format_of(media(*brands), "a.heic").name == "AVIF"


@pytest.mark.parametrize("suffix", [".NEF", ".dng", ".Arw"])
@pytest.mark.parametrize("big_endian", [False, True])
def test_a_tiff_is_camera_raw_by_its_name(suffix, big_endian):
    start = (b"MM\0*\0\0\0\x08" if big_endian else b"II*\0\x08\0\0\0") + bytes(40)
    assert format_of(start, f"a{suffix}").name == "camera raw"
    assert format_of(start, "a.tif").name == format_of(start, suffix).name == "TIFF"
    assert format_of(b"\xff\xd8\xff\xe0", f"a{suffix}").name == "JPEG"


@pytest.mark.parametrize("form", ["PNM", "PCX", "ICO", "DIB", "TGA"])
def test_formats_whose_start_is_too_short_are_known_by_their_suffixes_alone(tmp_path, form):
    (row,) = [row for row in FORMATS if row.name == form]
    assert not row.starts + row.brands
    path = tmp_path / f"a{row.suffixes[0]}"
    Image.new("RGB", (32, 32), "red").save(path)
    assert is_image_name(path.name)
    assert not is_image_start(path.read_bytes())
    assert format_of(path.read_bytes()[:TELLING_BYTES], str(path)) is None


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_bitmap_of_any_mode_is_known(tmp_path, mode):
    Image.new(mode, (5, 7)).save(tmp_path / "a.bmp")
    assert format_of((tmp_path / "a.bmp").read_bytes()[:TELLING_BYTES], "a").name == "BMP"
