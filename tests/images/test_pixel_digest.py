import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import gradient, photograph, save_turned
from PIL import Image

from imgcmp.fingerprints.fingerprint import NO_PIXELS, fingerprint_file
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole, digest_whole_or_file, pixel_digest, try_digest_whole
from imgcmp.system.memory_budget import OverBudgetError

COLOURS = gradient(60, 40).quantize(64).convert("RGB")
GREY = photograph("camera.png").resize((61, 43)).convert("L")


def of_file(path):
    with opened(str(path)) as content:
        return digest_whole(content)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.ppm", "a.tga", "a.gif", "a.webp", "palette.png"])
def test_the_same_pixels_have_one_digest_in_any_format(tmp_path, name):
    picture = COLOURS.quantize(64) if name in ("a.gif", "palette.png") else COLOURS
    picture.save(tmp_path / name, **({"lossless": True} if name == "a.webp" else {}))
    assert of_file(tmp_path / name) == pixel_digest(COLOURS)
    assert len(pixel_digest(COLOURS)) == 16


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_grey_pixels_have_one_digest_in_any_mode(mode):
    picture = GREY.convert(mode)
    if mode == "P":
        picture = Image.frombytes("P", GREY.size, GREY.tobytes())
        picture.putpalette(np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    assert pixel_digest(picture) == pixel_digest(GREY)


def test_black_and_white_is_what_it_is_in_grey():
    bits = GREY.convert("1")
    assert pixel_digest(bits) == pixel_digest(bits.convert("L"))


def test_what_is_fully_transparent_has_no_colour():
    pixels = np.array(COLOURS.convert("RGBA"))
    pixels[10:, :, 3] = 0
    pixels[5:10, :, 3] = 1
    picture = Image.fromarray(pixels.copy())
    pixels[10:, :, :3] = 99
    assert pixel_digest(Image.fromarray(pixels)) == pixel_digest(picture)
    pixels[5:10, :, :3] = 99
    assert pixel_digest(Image.fromarray(pixels)) != pixel_digest(picture)


def test_a_transparent_colour_is_as_good_as_alpha(tmp_path):
    picture = Image.new("RGB", (8, 8), "red")
    picture.paste("blue", (0, 0, 4, 8))
    picture.save(tmp_path / "key.png", transparency=(255, 0, 0))
    alpha = picture.convert("RGBA")
    alpha.paste((0, 0, 0, 0), (4, 0, 8, 8))
    assert of_file(tmp_path / "key.png") == pixel_digest(alpha) != pixel_digest(picture)


@settings(max_examples=50)
@given(
    arrays(np.uint8, (3, 4, 4), elements=st.integers(0, 3)),
    arrays(np.uint8, (3, 4, 4), elements=st.integers(0, 3)),
)
def test_digests_are_equal_where_pixels_are(first, second):
    for colours in (first, second):
        colours[colours[..., 3] == 0] = 0
    equal = pixel_digest(Image.fromarray(first)) == pixel_digest(Image.fromarray(second))
    assert equal == np.array_equal(first, second)


def test_width_and_height_count():
    plain = [Image.new("RGB", size, "white") for size in ((6, 4), (4, 6), (24, 1), (12, 2))]
    assert len({pixel_digest(picture) for picture in plain}) == 4


DEEP = np.arange(48, dtype=np.uint16).reshape(6, 8) * 7
VARIANTS = {
    "CMYK": [Image.new("CMYK", (4, 4), ink) for ink in ((255, 255, 255, 0), (0, 0, 0, 255), (255, 255, 255, 255))],
    "LAB": [Image.new("LAB", (4, 4), colour) for colour in ((0, 0, 0), (0, 1, 0))],
    "HSV": [Image.new("HSV", (4, 4), colour) for colour in ((0, 0, 0), (9, 0, 0))],
    "YCbCr": [Image.new("YCbCr", (4, 4), colour) for colour in ((0, 128, 128), (0, 127, 128), (0, 0, 128))],
    "16 bits": [Image.fromarray(DEEP), Image.fromarray(DEEP + 1), Image.fromarray(DEEP[::-1].copy())],
    "floats": [Image.fromarray(DEEP * np.float32(1e-4)), Image.fromarray(DEEP * np.float32(1e-5))],
    "premultiplied": [Image.frombytes("RGBa", (1, 1), bytes(colour)) for colour in ((1, 1, 1, 9), (1, 1, 2, 9))],
}


@pytest.mark.parametrize("kind", VARIANTS)
def test_no_two_pictures_are_equal_for_want_of_precision(kind):
    others = [Image.new("RGB", (4, 4)), Image.new("L", (8, 6))]
    assert len({pixel_digest(picture) for picture in VARIANTS[kind] + others}) == len(VARIANTS[kind]) + len(others)


def test_sixteen_bits_have_one_digest_in_any_format(tmp_path):
    for name in ("a.png", "a.tif"):
        Image.fromarray(DEEP).save(tmp_path / name)
        assert of_file(tmp_path / name) == pixel_digest(Image.fromarray(DEEP.astype(np.int32)))
    assert pixel_digest(Image.fromarray(DEEP.astype(">u2"))) == pixel_digest(Image.fromarray(DEEP))


@pytest.mark.parametrize("piece_pixels", [2**20, 700])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_upright_and_the_same_in_pieces(tmp_path, monkeypatch, orientation, piece_pixels):
    upright = pixel_digest(COLOURS)
    monkeypatch.setattr("imgcmp.images.grey_pixels._PIECE_PIXELS", piece_pixels)
    path = save_turned(COLOURS, tmp_path / "turned.png", orientation)
    assert of_file(path) == upright


def test_a_jpeg_is_decoded_at_full_size(tmp_path):
    photograph().convert("RGB").save(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        expected = pixel_digest(image)
    assert of_file(tmp_path / "a.jpg") == expected == try_digest_whole(str(tmp_path / "a.jpg"))


def raising(error):
    def refuse(*_):
        raise error

    return refuse


def test_a_file_that_cannot_be_decoded_whole_is_like_its_copies_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "imgcmp.images.pixel_digest.pixel_digest", raising(OSError("broken data stream when reading image file"))
    )
    digests = []
    for name, colour in (("a.jpg", "red"), ("b.jpg", "red"), ("c.jpg", "blue")):
        Image.new("RGB", (64, 64), colour).save(tmp_path / name)
        with opened(str(tmp_path / name)) as content:
            digests.append(digest_whole_or_file(content))
    assert digests[0] == digests[1] != digests[2]
    assert try_digest_whole(str(tmp_path / "a.jpg")) is None


@pytest.mark.parametrize(
    "error",
    [OverBudgetError("needs 9 GB to decode"), MemoryError(), OSError("out of memory when reading image file")],
)
def test_too_little_memory_makes_no_digest_that_is_kept(tmp_path, monkeypatch, error):
    Image.new("RGB", (640, 640), "red").save(tmp_path / "a.jpg")
    monkeypatch.setattr("imgcmp.images.pixel_digest.reserve", raising(error))
    with opened(str(tmp_path / "a.jpg")) as content, pytest.raises(type(error)):
        digest_whole_or_file(content)
    known = fingerprint_file(str(tmp_path / "a.jpg"), x=8, method="phash")
    assert (known.detail, known.pixels, known.width) == (0, NO_PIXELS, 640)


def test_a_file_that_is_gone_or_damaged_has_none(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG")
    assert try_digest_whole(str(tmp_path / "bad.png")) is None
    assert try_digest_whole(str(tmp_path / "gone.png")) is None


def test_the_bytes_of_the_file_stand_for_the_pixels_of_a_flat_picture_that_is_too_large(tmp_path, monkeypatch):
    Image.new("RGB", (640, 640), "red").save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes() + b"another file")
    same = [fingerprint_file(str(tmp_path / name), x=8, method="phash").pixels for name in ("a.jpg", "b.jpg")]
    assert same[0] == same[1]
    monkeypatch.setattr("imgcmp.images.pixel_digest._MOST_BYTES", 1000)
    apart = [fingerprint_file(str(tmp_path / name), x=8, method="phash").pixels for name in ("a.jpg", "b.jpg")]
    assert len({*apart, same[0], NO_PIXELS}) == 4


@pytest.mark.parametrize("n_seen", [0, 2])
def test_pictures_that_are_all_but_transparent_are_the_same_only_with_their_colours(n_seen):
    """Alpha may be what a decoder took for it: two photographs were identical pixels."""
    digests = set()
    for name in ("chelsea.png", "coffee.png"):
        pixels = np.array(photograph(name).convert("RGBA").resize((64, 48)))
        pixels[..., 3] = 0
        pixels.reshape(-1, 4)[:n_seen] = 255
        digests |= {pixel_digest(Image.fromarray(pixels)), pixel_digest(Image.fromarray(pixels.copy()))}
    assert len(digests) == 2


def test_palettes_that_are_all_but_transparent_have_their_colours(tmp_path):
    digests = set()
    for k, colours in enumerate(([9, 9, 9, 200, 0, 0], [9, 9, 9, 0, 0, 200])):
        picture = Image.fromarray(np.indices((40, 40)).sum(axis=0).astype(np.uint8) % 2)
        picture.putpalette(colours)
        picture.save(tmp_path / f"{k}.png", transparency=b"\0\0")
        digests.add(of_file(tmp_path / f"{k}.png"))
    assert len(digests) == 2
