import struct

import numpy as np
import pytest
from animations import apng, avif, fade_in, films_of, gif, grey_palette, reads_avif, tiff, webp
from pictures import png_chunk
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.decoders import open_image
from imgcmp.images.frames import later_frames
from imgcmp.images.grey_pixels import as_grey, read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.readers import tiff_pages

SIZE = (6, 4)
RED, BLUE, NOTHING = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
PALETTE = [(255, 0, 0), (0, 0, 255), (9, 9, 9), (0, 255, 0)]


def frames_of(path, data):
    """Return {number: RGBA pixels} of the later frames of a film, of SIZE."""
    path.write_bytes(data)
    with opened(str(path)) as content, open_image(content) as image:
        image.load()
        return {frame.number: np.array(frame.image.convert("RGBA")) for frame in later_frames(image, content)}


def canvas(*boxes):
    """Return pixels of SIZE that are nothing but for boxes: left, top, right, bottom, colour."""
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    for left, top, right, bottom, colour in boxes:
        pixels[top:bottom, left:right] = colour
    return pixels


def test_what_a_gif_clears_is_transparent_and_what_it_takes_back_is_as_it_was(tmp_path):
    whole, part = np.zeros((4, 6), np.uint8), np.ones((2, 3), np.uint8)
    data = gif(
        SIZE,
        [
            {"pixels": whole},
            {"pixels": part, "left": 1, "top": 1, "disposal": 3},
            {"pixels": part, "left": 3, "top": 0, "disposal": 2},
            {"pixels": np.array([[3, 2, 3]], np.uint8), "top": 3, "transparent": 3, "palette": PALETTE[::-1]},
        ],
        PALETTE,
        background=2,
    )
    found = frames_of(tmp_path / "a.gif", data)
    red = (0, 0, 6, 4, RED)
    assert np.array_equal(found[1], canvas(red, (1, 1, 4, 3, BLUE)))
    assert np.array_equal(found[2], canvas(red, (3, 0, 6, 2, BLUE)))
    assert np.array_equal(found[3], canvas(red, (3, 0, 6, 2, NOTHING), (1, 3, 2, 4, BLUE)))


def test_the_frames_of_a_png_are_put_together_as_they_say(tmp_path):
    def of(colour, width, height):
        return np.full((height, width, 4), colour, np.uint8)

    half = (255, 0, 0, 128)
    data = apng(
        SIZE,
        [
            {"pixels": of(BLUE, 6, 4)},
            {"pixels": of(half, 2, 2), "blend": 1, "disposal": 1},
            {"pixels": of(half, 2, 2), "left": 4, "blend": 0, "disposal": 2},
            {"pixels": of(NOTHING, 1, 1), "blend": 1},
        ],
    )
    found = frames_of(tmp_path / "a.png", data)
    blue = (0, 0, 6, 4, BLUE)
    assert np.abs(found[1].astype(int) - canvas(blue, (0, 0, 2, 2, (128, 0, 127, 255)))).max() <= 1
    assert np.array_equal(found[2], canvas(blue, (0, 0, 2, 2, NOTHING), (4, 0, 6, 2, half)))
    assert np.array_equal(found[3], canvas(blue, (0, 0, 2, 2, NOTHING)))


def test_a_still_picture_that_is_no_frame_of_a_png_is_not_under_its_frames(tmp_path):
    still = np.full((4, 6, 4), RED, np.uint8)
    part = np.full((1, 1, 4), BLUE, np.uint8)
    whole = np.zeros((4, 6, 4), np.uint8)
    data = apng(SIZE, [{"pixels": whole, "blend": 1}, {"pixels": part, "left": 5, "blend": 1}], still=still)
    found = frames_of(tmp_path / "a.png", data)
    assert list(found) == [1, 2]
    assert np.array_equal(found[1], canvas())
    assert np.array_equal(found[2], canvas((5, 0, 6, 1, BLUE)))
    assert read_picture(str(tmp_path / "a.png"), 4).grey.getpixel((0, 0)) == 76  # red: what any program shows


@pytest.mark.parametrize("has_alpha", [False, True])
def test_what_a_webp_clears_is_transparent_whatever_it_says_of_transparency(tmp_path, has_alpha):
    frames = [
        {"image": Image.new("RGB", SIZE, "red"), "disposal": 1},
        {"image": Image.new("RGB", (2, 2), "blue"), "left": 2, "top": 2},
    ]
    found = frames_of(tmp_path / "a.webp", webp(SIZE, frames, has_alpha))
    assert np.array_equal(found[1], canvas((2, 2, 4, 4, BLUE)))


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True), (">", True)])
def test_pages_follow_each_other_and_smaller_copies_and_masks_are_passed_over(tmp_path, order, big):
    pages = [np.full((4, 6), value, np.uint8) for value in (1, 2, 3, 4, 5)]
    listed = [pages[0], (pages[1], {254: 1}), (pages[2], {254: 2}), (pages[3], {254: 4}), (pages[4], {255: 2})]
    data = tiff(listed, order, big)
    (tmp_path / "b.tif").write_bytes(data)
    with opened(str(tmp_path / "b.tif")) as content:
        assert len(tiff_pages.pages(content)) == 2
    if not (order == ">" and big):  # which Pillow does not read
        found = frames_of(tmp_path / "a.tif", data)
        assert {number: pixels[0, 0, 0] for number, pixels in found.items()} == {1: 3}


def test_pages_of_a_large_file_are_read_from_the_disk(tmp_path):
    pages = [np.full((3000, 3000), value, np.uint8) for value in (0, 7, 9)]
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(pages))
    assert path.stat().st_size > 2**24
    with opened(str(path)) as content, open_image(content) as image:
        image.load()
        assert [frame.image.getextrema() for frame in later_frames(image, content)] == [(7, 7), (9, 9)]


def test_a_film_of_any_format_has_the_same_frames(tmp_path):
    frames = fade_in("chelsea.png")
    for suffix, data in films_of(frames).items():
        found = frames_of(tmp_path / f"a{suffix}", data)
        assert list(found) == list(range(1, len(frames)))
        assert all(np.array_equal(found[k][..., 0], frames[k]) for k in found), suffix


@pytest.mark.skipif(not reads_avif(), reason="this Pillow reads no AVIF")
def test_the_frames_of_an_avif(tmp_path):
    frames = fade_in("chelsea.png")
    found = frames_of(tmp_path / "a.avif", avif(frames))
    assert list(found) == list(range(1, len(frames)))
    assert max(np.abs(found[k][..., 0].astype(int) - frames[k]).mean() for k in found) < 5


def test_a_frame_that_is_larger_than_its_picture_ends_the_film(tmp_path):
    data = gif(SIZE, [{"pixels": np.zeros((4, 6), np.uint8)}, {"pixels": np.zeros((40, 60), np.uint8)}], grey_palette())
    with pytest.raises(UnreadableImageError, match="larger than the picture"):
        frames_of(tmp_path / "a.gif", data)


def test_a_film_that_is_cut_short_has_the_frames_that_are_there(tmp_path):
    data = films_of(fade_in("chelsea.png"))[".gif"]
    (tmp_path / "a.gif").write_bytes(data[: len(data) // 2])
    with opened(str(tmp_path / "a.gif")) as content, open_image(content) as image:
        image.load()
        frames = later_frames(image, content)
        assert [next(frames).number for _ in range(2)] == [1, 2]
        with pytest.raises((OSError, ValueError)):
            next(frames)


def test_later_frames_have_the_colours_of_their_file(tmp_path):
    """Each is a still picture of its own on the way, which knows nothing of the profile."""
    frames = [np.full((4, 6, 4), (value, value, value, 255), np.uint8) for value in (0, 100)]
    data = apng(SIZE, [{"pixels": pixels} for pixels in frames])
    data = data[:33] + png_chunk(b"gAMA", struct.pack(">I", 100_000)) + data[33:]
    (tmp_path / "a.png").write_bytes(data)
    with opened(str(tmp_path / "a.png")) as content, open_image(content) as image:
        image.load()
        (frame,) = later_frames(image, content)
        assert as_grey(frame.image).getpixel((0, 0)) == pytest.approx(255 * (100 / 255) ** (1 / 2.4), abs=12)


def test_the_picture_that_stands_for_a_heic_need_not_be_the_first(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    heif = pillow_heif.HeifFile()
    for grey in (200, 0, 90):
        heif.add_from_pillow(Image.new("RGB", (64, 64), (grey,) * 3))
    heif.save(str(tmp_path / "a.heic"), primary_index=1)
    with opened(str(tmp_path / "a.heic")) as content, open_image(content) as image:
        image.load()
        assert image.getpixel((5, 5))[0] < 5
        found = [(frame.number, frame.image.getpixel((5, 5))[0]) for frame in later_frames(image, content)]
    assert [number for number, _ in found] == [1, 2]
    np.testing.assert_allclose([grey for _, grey in found], [200, 90], atol=3)
