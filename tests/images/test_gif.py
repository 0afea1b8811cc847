import numpy as np
import pytest
from animations import gif, grey_palette
from pictures import photograph
from PIL import Image

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole, pixel_digest
from imgcmp.images.readers.gif import n_frames
from imgcmp.images.resize_image import make_copy

GREY = np.asarray(photograph("camera.png").convert("L").resize((120, 90)))


def shown(path, data):
    path.write_bytes(data)
    return np.asarray(read_picture(str(path), 64).grey)


def on_white(left, top, size=(200, 160)):
    page = np.full(size[::-1], 255, np.uint8)
    page[top : top + GREY.shape[0], left : left + GREY.shape[1]] = GREY
    return page


@pytest.mark.parametrize("turned", [False, True], ids=["palette", "palette in reverse order"])
@pytest.mark.parametrize("transparent", [None, 255])
def test_what_the_first_frame_does_not_cover_is_transparent(tmp_path, turned, transparent):
    """It was the first colour of the palette: black or white, by the order of the palette."""
    if transparent is not None:
        transparent = 0 if turned else transparent
    palette, pixels = (grey_palette()[::-1], 255 - GREY) if turned else (grey_palette(), GREY)
    data = gif((200, 160), [{"pixels": pixels, "left": 30, "top": 50, "transparent": transparent}], palette)
    page = on_white(30, 50)
    assert np.array_equal(shown(tmp_path / "a.gif", data), page)
    Image.fromarray(page).save(tmp_path / "a.png")
    assert np.array_equal(
        fingerprint_file(str(tmp_path / "a.gif"), x=16, method="phash").words,
        fingerprint_file(str(tmp_path / "a.png"), x=16, method="phash").words,
    )


def test_so_it_is_with_the_palette_of_the_frame(tmp_path):
    frame = {"pixels": GREY, "left": 80, "top": 70}
    for shared in ([(255, 0, 0), (0, 255, 0)], None):
        data = gif((200, 160), [frame | {"palette": grey_palette()}], shared)
        assert np.array_equal(shown(tmp_path / "a.gif", data), on_white(80, 70))


def test_its_digest_is_that_of_the_picture_with_transparency_and_copies_are_the_same(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(gif((200, 160), [{"pixels": GREY, "left": 80, "top": 70}], grey_palette()))
    pixels = np.zeros((160, 200, 4), np.uint8)
    pixels[70:, 80:, :3], pixels[70:, 80:, 3] = GREY[..., None], 255
    with opened(str(path)) as content:
        assert digest_whole(content) == pixel_digest(Image.fromarray(pixels))
    make_copy(str(path), str(tmp_path / "b.jpg"), 0.5)
    copy = np.asarray(Image.open(tmp_path / "b.jpg").convert("L")).astype(int)
    small = np.asarray(Image.fromarray(on_white(80, 70)).resize((100, 80), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(copy - small).mean() < 3


def test_a_frame_that_covers_all_of_the_screen_is_left_as_it_is(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(gif((120, 90), [{"pixels": GREY}], grey_palette()[::-1]))
    with opened(str(path)) as content, open_image(content) as image:
        image.load()
        assert image.mode == "P"
    assert np.array_equal(shown(path, path.read_bytes()), 255 - GREY)


@pytest.mark.parametrize("n", [1, 2, 50])
def test_frames_are_counted(tmp_path, n):
    path = tmp_path / "a.gif"
    data = gif((120, 90), [{"pixels": GREY, "palette": grey_palette()}] * n)
    path.write_bytes(data + b"what follows the end;,,,,")
    with opened(str(path)) as content:
        content.file.seek(5)
        assert (n_frames(content), content.file.tell()) == (n, 5)
    path.write_bytes(data[:200])
    with opened(str(path)) as content:
        assert n_frames(content) == 1
