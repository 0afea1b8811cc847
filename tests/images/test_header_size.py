import pytest
from PIL import Image

from imgcmp.images.header_size import JxlHeld, Size, jxl_held, jxl_size, webp_size

CONTAINER = "0000000c 4a584c20 0d0a870a 00000014 66747970 6a786c20 00000000 6a786c20"


@pytest.mark.parametrize(
    ("start", "size"),
    [  # made by libjxl
        ("ff0a3141 52dc0800", (300, 200)),
        ("ff0a7f40 52dc0800", (256, 256)),
        ("ff0a4140 52dc0800", (8, 8)),
        ("ff0aba5d e87082a4", (5000, 3000)),
        ("ff0a7c8b 08000049", (1, 70000)),
        ("ff0a0f3e 488a1b01", (256, 64)),
        (f"{CONTAINER} 00000011 6a786c70 00000000 ff0a3141 24", (300, 200)),
        (f"{CONTAINER} 00000011 6a786c63 ff0a3141 24", (300, 200)),
        (CONTAINER, None),
        ("ffd8ff", None),
    ],
)
def test_the_size_of_a_jpeg_xl_is_told_before_it_is_decoded(start, size):
    assert jxl_size(bytes.fromhex(start)) == (size and Size(*size))


@pytest.mark.parametrize(
    ("start", "held"),
    [  # made by libjxl, but for the last ones
        ("ff0acb06 00138802 00b407b5", (8, False)),
        ("ff0acb40 24080401 007c034b", (8, False)),
        ("ff0acb30 9250b408 00138802", (9, False)),
        ("ff0acb60 42d12200 13880200", (12, False)),
        ("ff0acbf0 9350b408 00138802", (16, False)),
        ("ff0acb18 25142d02 00138802", (16, False)),  # float
        ("ff0acbc8 25142d02 00138802", (32, False)),
        ("ff0acb04 4d00f849 285a0900 13082800", (16, True)),
        ("ff0acb04 4d002026 08040100 05154b38", (8, True)),
        (f"{CONTAINER} 00000014 6a786c70 00000000 ff0acb60 42d12200", (12, False)),
        (f"{CONTAINER} 00000001 6a786c63 00000000 0000001c ff0acb60 42d12200", (12, False)),
        (CONTAINER, None),
    ],
)
def test_what_a_jpeg_xl_holds_is_told(start, held):
    found = jxl_held(bytes.fromhex(start))
    assert (found and found[:2]) == held


@pytest.mark.parametrize(
    ("depth", "alpha", "colours", "held"),
    [
        ("0" + "01", "", "1", (12, False)),
        ("0" + "01", "1", "1", (12, False, 8)),
        ("1" + "00" + "1110", "0" + "00" + "0" + "10" + "00" + "00" + "1", "1", (32, False, 10, True)),
        ("0" + "00", "0" + "10" + "0" + "01" + "00" + "00", "1", (8, False)),  # depth, and no opacity
        ("0" + "00", "0" + "01" + "0000" + "0" + "00" + "00" + "00" + "0" * 64, "1", (8, False)),  # a spot colour
        ("0" + "00", "", "0" + "0" + "00" + "10" + "10" + "0" + "01" + "0110", (8, False, 0, False, True)),
        ("0" + "00", "", "0" + "0" + "10" + "10" + "0" + "01" + "0110", (8, False, 0, False, True)),  # grey
        ("0" + "00", "", "0" + "0" + "00" + "10" + "10" + "0" + "01" + "1101", (8, False)),  # by the curve of sRGB
        ("0" + "00", "", "0" + "0" + "00" + "10" + "01" + "1001" + "0" + "01" + "0110", (8, False)),  # of P3
        ("0" + "00", "", "0" + "0" + "00" + "10" + "10" + "1" + "0" * 24, (8, False)),  # by a gamma
        ("0" + "00", "", "0" + "1" + "00" + "10" + "10" + "0" + "01" + "0110", (8, False)),  # a profile tells it
    ],
)
def test_what_a_jpeg_xl_says_of_opacity_and_light(depth, alpha, colours, held):
    """Bits in the order of the standard; of numbers of several bits the lowest comes first."""
    size, n_more = "1" + "00000" + "100", "10" if alpha else "00"
    bits = size + "0" + "0" + depth + "1" + n_more + alpha + "0" + colours
    assert jxl_held(b"\xff\x0a" + int(bits[::-1], 2).to_bytes(40, "little")) == JxlHeld(*held)


@pytest.mark.parametrize("sides", ["0", "1"])
def test_what_a_jpeg_xl_holds_is_told_behind_a_preview_and_the_size_that_is_meant(sides):
    """Bits in the order of the standard: sizes small and square, a preview of 16 x 16 or 64 x 65, ten bits."""
    small = "1" + "00000" + "100"  # eight pixels, and as wide
    preview = "1" + "00" + "100" if sides == "0" else "0" + "00" + "111111" + "000" + "10" + "00000000"
    bits = small + "0" + "1" + "000" + "1" + small + "1" + preview + "0" + "0" + "10"
    number = int(bits[::-1], 2)
    assert jxl_held(b"\xff\x0a" + number.to_bytes(16, "little")) == JxlHeld(10, False)


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (16383, 1), (5, 5000)])
@pytest.mark.parametrize(
    ("mode", "options"), [("RGB", {}), ("RGB", {"lossless": True}), ("RGBA", {}), ("L", {"exif": b"Exif"})]
)
def test_the_size_of_a_webp_is_told_before_its_canvas_is_allocated(tmp_path, size, mode, options):
    Image.new(mode, size, 1).save(tmp_path / "a.webp", **options)
    assert webp_size((tmp_path / "a.webp").read_bytes()[:64]) == Size(*size)
