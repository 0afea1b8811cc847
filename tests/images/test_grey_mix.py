import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp.images.grey_mix import mixed


def ycbcr(image):
    brightness, *chroma = image.convert("YCbCr").split()
    return np.asarray(brightness), tuple(band.reduce(4) for band in chroma)


@pytest.mark.parametrize("weights", [(1 / 3, 1 / 3, 1 / 3), (0.1, 0.8, 0.1), (0.299, 0.587, 0.114)])
def test_any_mix_of_smooth_colours_is_found(weights):
    image = photograph("coffee.png").convert("RGB").resize((30, 20)).resize((480, 320), Image.Resampling.BICUBIC)
    other = np.rint(np.asarray(image, float) @ weights).astype(np.uint8)
    levels, chroma = ycbcr(image)
    before = levels.copy()
    left = abs(mixed(levels, chroma, other).astype(int) - other)
    assert np.mean(left <= 2) > 0.95
    np.testing.assert_array_equal(levels, before)


def test_what_has_no_colours_is_left_as_it_is():
    grey = photograph("camera.png").convert("L").resize((200, 120))
    levels, chroma = ycbcr(grey.convert("RGB"))
    np.testing.assert_array_equal(mixed(levels, chroma, levels), levels)
