import pytest
from PIL import Image

from imgcmp.images.header_size import Size, jxl_size, webp_size

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


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (16383, 1), (5, 5000)])
@pytest.mark.parametrize(
    ("mode", "options"), [("RGB", {}), ("RGB", {"lossless": True}), ("RGBA", {}), ("L", {"exif": b"Exif"})]
)
def test_the_size_of_a_webp_is_told_before_its_canvas_is_allocated(tmp_path, size, mode, options):
    Image.new(mode, size, 1).save(tmp_path / "a.webp", **options)
    assert webp_size((tmp_path / "a.webp").read_bytes()[:64]) == Size(*size)
