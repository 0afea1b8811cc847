import numpy as np
import pytest
from animations import webp
from pictures import photograph
from PIL import Image

from imgcmp.images.grey_pixels import read_picture

PICTURE = photograph("coffee.png").convert("RGB").resize((120, 90))


@pytest.mark.parametrize("has_alpha", [False, True])
@pytest.mark.parametrize("n", [1, 2])
def test_what_the_first_frame_does_not_cover_is_transparent(tmp_path, has_alpha, n):
    """Without the flag it was black."""
    frames = [{"image": PICTURE, "left": 40, "top": 20}, {"image": PICTURE}][:n]
    (tmp_path / "a.webp").write_bytes(webp((200, 160), frames, has_alpha))
    page = Image.new("RGB", (200, 160), "white")
    page.paste(PICTURE, (40, 20))
    found = read_picture(str(tmp_path / "a.webp"), 64)
    assert (found.width, found.height) == (200, 160)
    assert np.array_equal(np.asarray(found.grey), np.asarray(page.convert("L")))


def test_one_that_covers_all_is_as_before(tmp_path):
    (tmp_path / "a.webp").write_bytes(webp(PICTURE.size, [{"image": PICTURE}] * 2))
    assert np.array_equal(np.asarray(read_picture(str(tmp_path / "a.webp"), 64).grey), np.asarray(PICTURE.convert("L")))
