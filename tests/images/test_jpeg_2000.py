"""JPEG 2000 of every kind is read as it is, or refused in plain words."""

import struct

import icc
import numpy as np
import pytest
from jpegs_2000 import box, channels, grey_stream, joined, jp2
from pictures import photograph
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.readers import packages

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))
SIZE = WIDTH, HEIGHT = PICTURE.size
OPACITY = np.where(np.arange(WIDTH) < 30, 0, 255).astype(np.uint8) * np.ones((HEIGHT, 1), np.uint8)
SHOWN = np.where(OPACITY == 0, 255, GREY)
SRGB, GREYSCALE, SYCC, CMYK = 16, 17, 18, 12
IN_ORDER = (0, 0, 1), (1, 0, 2), (2, 0, 3)
PLANES = [(grey_stream(COLOURS[..., at]), 8, 1, 1) for at in range(3)]
OPACITY_PLANE = grey_stream(OPACITY), 8, 1, 1


def pixels_of(path):
    return np.asarray(read_picture(str(path), 10_000).grey)


def assert_shown(path, wanted, within=1):
    assert np.abs(pixels_of(path).astype(float) - wanted).max() <= within


def reason_of(path):
    with pytest.raises(UnreadableImageError) as caught:
        pixels_of(path)
    return str(caught.value)


@pytest.fixture
def codecs():
    return pytest.importorskip("imagecodecs")


@pytest.fixture
def without_codecs(monkeypatch):
    """Let imagecodecs not be there."""

    def refuse(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(packages, "import_module", refuse)


def stream(codecs, array, bits):
    return codecs.jpeg2k_encode(
        np.ascontiguousarray(array), level=0, codecformat="j2k", bitspersample=bits, reversible=True
    )


def levels(array, bits):
    return np.rint(array * ((2**bits - 1) / 255)).astype(np.uint8 if bits <= 8 else np.uint16)


@pytest.mark.parametrize("picture", [PICTURE, PICTURE.convert("L"), PICTURE.convert("RGBA")])
def test_jpeg_2000_of_8_bits_is_read(tmp_path, picture):
    picture.save(tmp_path / "a.jp2")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jp2"), GREY)


@pytest.mark.parametrize("bits", [1, 2, 4, 7, 8, 9, 10, 12, 15, 16])
@pytest.mark.parametrize("kind", ["grey", "colours", "colours and transparency"])
@pytest.mark.parametrize("in_boxes", [False, True])
def test_white_is_white_whatever_the_bits(tmp_path, codecs, bits, kind, in_boxes):
    """Of more than 8 in colour it became black, of less grey: 128 where there is one bit."""
    array = {"grey": GREY, "colours": COLOURS}.get(kind, np.dstack([COLOURS, OPACITY]))
    data = stream(codecs, levels(array, bits), bits)
    if in_boxes:
        n_components = 1 if array.ndim == 2 else array.shape[2]
        data = jp2(data, SIZE, n_components, bits, GREYSCALE if n_components == 1 else SRGB)
    (tmp_path / "a.jp2").write_bytes(data)
    shown = np.rint(levels(array, bits) * (255 / (2**bits - 1))).astype(np.uint8)
    grey = shown if shown.ndim == 2 else np.asarray(Image.fromarray(shown[..., :3]).convert("L"))
    assert_shown(tmp_path / "a.jp2", np.where(OPACITY == 0, 255, grey) if array.shape[2:] == (4,) else grey)


@pytest.mark.parametrize("bits", [8, 12])
def test_colours_have_their_profile(tmp_path, codecs, bits):
    meaning = (icc.SWAPPED, 1.0)
    data = stream(codecs, levels(COLOURS, bits), bits)
    (tmp_path / "a.jp2").write_bytes(jp2(data, SIZE, 3, bits, icc.rgb_profile(*meaning)))
    assert_shown(tmp_path / "a.jp2", icc.shown_by(COLOURS, *meaning) @ [0.299, 0.587, 0.114], within=4)


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("array", [GREY, COLOURS], ids=["grey", "colours"])
def test_numbers_with_a_sign_are_the_picture(tmp_path, codecs, bits, array):
    numbers = levels(array, bits).astype(int) - 2 ** (bits - 1)
    (tmp_path / "a.j2k").write_bytes(stream(codecs, numbers.astype(np.int8 if bits == 8 else np.int16), bits))
    assert_shown(tmp_path / "a.j2k", GREY)


def test_different_depths_are_told_apart_and_their_bytes_compared(tmp_path, codecs):
    for name, bits in (("a", 16), ("b", 12), ("c", 8)):
        (tmp_path / name).write_bytes(stream(codecs, levels(COLOURS, bits), bits))
    (tmp_path / "d").write_bytes((tmp_path / "a").read_bytes())
    digests = []
    for name in "abcd":
        with opened(str(tmp_path / name)) as content:
            digests.append(digest_whole(content))
    assert digests[0] == digests[3]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(("across", "down"), [(2, 1), (2, 2)])
@pytest.mark.parametrize("in_boxes", [False, True])
@pytest.mark.parametrize("size", [SIZE, (96, 64), (98, 63)])
def test_less_numbers_for_colour_are_read(tmp_path, across, down, in_boxes, size):
    """Of odd sides Pillow takes the wrong ones: 20 levels off on average."""
    if size[0] % across or size[1] % down:
        pytest.importorskip("imagecodecs")
    picture = PICTURE.resize(size)
    data = ycbcr(across, down, picture)
    (tmp_path / "a.jp2").write_bytes(jp2(data, size, 3, 8, SYCC) if in_boxes else data)
    wanted = np.asarray(picture.convert("L")).astype(float)
    assert np.abs(pixels_of(tmp_path / "a.jp2") - wanted).mean() < 3


def ycbcr(across, down, picture=PICTURE):
    width, height = picture.size
    luma, *chroma = picture.convert("YCbCr").split()
    small = [band.resize((-(-width // across), -(-height // down)), Image.Resampling.BOX) for band in chroma]
    planes = [(grey_stream(np.asarray(band)), 8, across, down) for band in small]
    return joined(picture.size, (grey_stream(np.asarray(luma)), 8, 1, 1), *planes)


@pytest.mark.usefixtures("without_codecs")
def test_without_the_extra_the_reason_says_what_to_install(tmp_path):
    (tmp_path / "a.jp2").write_bytes(jp2(ycbcr(2, 2), SIZE, 3, 8, SYCC))
    assert reason_of(tmp_path / "a.jp2") == "JPEG 2000 of a rarer kind: install imgcmp[formats] to read it"


def test_colours_of_different_sizes_are_refused(tmp_path):
    (tmp_path / "a.jp2").write_bytes(jp2(ycbcr(2, 2), SIZE, 3, 8, SRGB))
    assert "components of different sizes" in reason_of(tmp_path / "a.jp2")


# What the channels are


def test_components_put_together_are_the_picture(tmp_path):
    (tmp_path / "a.jp2").write_bytes(jp2(joined(SIZE, *PLANES), SIZE, 3, 8, SRGB))
    assert_shown(tmp_path / "a.jp2", GREY)


@pytest.mark.usefixtures("codecs")
def test_channels_out_of_order_are_put_into_it(tmp_path):
    swapped = channels((0, 0, 3), (1, 0, 2), (2, 0, 1))
    (tmp_path / "a.jp2").write_bytes(jp2(joined(SIZE, *PLANES[::-1]), SIZE, 3, 8, SRGB, swapped))
    assert_shown(tmp_path / "a.jp2", GREY)
    first = channels((0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3))
    (tmp_path / "b.jp2").write_bytes(jp2(joined(SIZE, OPACITY_PLANE, *PLANES), SIZE, 4, 8, SRGB, first))
    assert_shown(tmp_path / "b.jp2", SHOWN)


@pytest.mark.parametrize(("kind", "wanted"), [(1, SHOWN), (65535, GREY)])
@pytest.mark.parametrize("is_grey", [False, True])
def test_a_channel_of_no_said_meaning_is_no_transparency(tmp_path, kind, wanted, is_grey):
    planes = [(grey_stream(GREY), 8, 1, 1)] if is_grey else PLANES
    said = channels(*IN_ORDER[: len(planes)], (len(planes), kind, 0 if kind == 1 else 65535))
    data = jp2(joined(SIZE, *planes, OPACITY_PLANE), SIZE, len(planes) + 1, 8, GREYSCALE if is_grey else SRGB, said)
    (tmp_path / "a.jp2").write_bytes(data)
    assert_shown(tmp_path / "a.jp2", wanted)


@pytest.mark.usefixtures("codecs")
def test_colours_that_are_multiplied_by_transparency_are_divided(tmp_path):
    planes = [(grey_stream(np.rint(COLOURS[..., at] * (128 / 255)).astype(np.uint8)), 8, 1, 1) for at in range(3)]
    half = grey_stream(np.full_like(GREY, 128)), 8, 1, 1
    data = jp2(joined(SIZE, *planes, half), SIZE, 4, 8, SRGB, channels(*IN_ORDER, (3, 2, 0)))
    (tmp_path / "a.jp2").write_bytes(data)
    assert_shown(tmp_path / "a.jp2", GREY * (128 / 255) + 127, within=2)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette_is_its_colours(tmp_path, bits):
    if bits == 16:
        pytest.importorskip("imagecodecs")
    indexed = PICTURE.quantize(200)
    colours = np.array(indexed.getpalette(), np.uint8).reshape(-1, 3)
    entries = colours.tobytes() if bits == 8 else (colours.astype(">u2") * 257).tobytes()
    palette = box(b"pclr", struct.pack(">HB3B", len(colours), 3, *[bits - 1] * 3) + entries)
    columns = box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, at) for at in range(3)))
    data = jp2(grey_stream(np.asarray(indexed)), SIZE, 1, 8, SRGB, palette, columns)
    (tmp_path / "a.jp2").write_bytes(data)
    assert_shown(tmp_path / "a.jp2", np.asarray(indexed.convert("RGB").convert("L")))


def test_colours_of_an_unknown_kind_are_refused(tmp_path):
    (tmp_path / "a.jp2").write_bytes(jp2(joined(SIZE, *PLANES), SIZE, 3, 8, 14))
    assert reason_of(tmp_path / "a.jp2") == "JPEG 2000 with colours of another kind (14) is not read"


# Damaged


def start_of_stream(bits, n_components):
    """Return the start of a codestream of JPEG 2000, as far as Pillow's header reader looks."""
    components = bytes([bits - 1, 1, 1]) * n_components
    sizes = struct.pack(">HIIIIIIIIH", 0, WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT, 0, 0, n_components)
    return b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(sizes) + len(components)) + sizes + components + b"\xff\xd9"


@pytest.mark.usefixtures("without_codecs")
@pytest.mark.parametrize("n_components", [2, 3, 4])
@pytest.mark.parametrize("bits", [9, 12, 16])
def test_without_the_extra_deep_jpeg_2000_in_colour_is_refused(tmp_path, bits, n_components):
    """Behind a box of 70,000 bytes, and in one whose length takes eight bytes, too."""
    wanted = f"JPEG 2000 of {bits} bits in colour: install imgcmp[formats] to read it"
    deep = start_of_stream(bits, n_components)
    (tmp_path / "a.j2k").write_bytes(deep)
    assert reason_of(tmp_path / "a.j2k") == wanted
    plain = jp2(joined(SIZE, *PLANES), SIZE, 3, 8, SRGB)
    start = plain.index(b"jp2c") - 4
    text = box(b"xml ", bytes(70_000))
    for name, head in (("short", struct.pack(">I4s", 0, b"jp2c")), ("long", struct.pack(">I4sQ", 1, b"jp2c", 2000))):
        (tmp_path / f"{name}.jp2").write_bytes(plain[:start] + text + head + deep)
        assert reason_of(tmp_path / f"{name}.jp2") == wanted
    (tmp_path / "whole.jp2").write_bytes(plain[:start] + text + plain[start:])
    np.testing.assert_array_equal(pixels_of(tmp_path / "whole.jp2"), GREY)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.95])
def test_one_that_is_cut_short_says_so(tmp_path, codecs, bits, part):
    whole = stream(codecs, levels(COLOURS, bits), bits)
    (tmp_path / "a.j2k").write_bytes(whole[: int(len(whole) * part)])
    assert reason_of(tmp_path / "a.j2k") == "cut off: its data ends before the picture does"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (jp2(b"", SIZE, 3, 8, SRGB), "damaged JPEG 2000: there is no picture in it"),
        (jp2(b"", SIZE, 3, 8, SRGB)[:-8], "damaged JPEG 2000: it has no pixels"),
        (start_of_stream(8, 0), "damaged JPEG 2000: it doesn't say what its components are"),
        (start_of_stream(8, 5), "JPEG 2000 of 5 components is not read"),
        (start_of_stream(20, 1), "JPEG 2000 of 20 bits is not read"),
    ],
)
def test_one_that_contradicts_itself_says_so(tmp_path, data, reason):
    (tmp_path / "a.jp2").write_bytes(data)
    assert reason_of(tmp_path / "a.jp2") == reason
