import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from imgcmp.images.level_distance import level_distance


@st.composite
def two_pictures(draw):
    height, width = draw(st.tuples(st.integers(1, 20), st.integers(1, 20)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    one = random.integers(0, 256, (height, width), dtype=np.uint8)
    noise = random.integers(-9, 10, (height, width))
    return one, (one + noise).clip(0, 255).astype(np.uint8)


def outside(levels, other):
    """Return how far each pixel is outside of the range of the 3 x 3 pixels of the other one, pixel by pixel."""
    found = np.zeros(levels.shape, np.int64)
    for y, x in np.ndindex(levels.shape):
        around = other[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].astype(int)
        found[y, x] = max(int(around.min()) - int(levels[y, x]), int(levels[y, x]) - int(around.max()), 0)
    return found


def naive(one, other):
    found = np.maximum(outside(one, other), outside(other, one))
    if min(found.shape) > 16:
        inner = np.zeros_like(found)
        inner[2:-2, 2:-2] = found[2:-2, 2:-2]
        found = inner
    return np.asarray(Image.fromarray(found.astype(np.uint8)).filter(ImageFilter.BoxBlur(1)))


@settings(max_examples=60)
@given(two_pictures())
def test_it_is_that_of_the_ranges_around_pixels(pictures):
    one, other = pictures
    before = one.copy(), other.copy()
    np.testing.assert_array_equal(level_distance(one, other, is_exact=False), naive(one, other))
    np.testing.assert_array_equal(
        level_distance(one, other, is_exact=True), abs(one.astype(int) - other).astype(np.uint8)
    )
    np.testing.assert_array_equal(one, before[0])
    np.testing.assert_array_equal(other, before[1])


@settings(max_examples=30)
@given(two_pictures(), st.booleans())
def test_it_is_the_same_from_either_side_and_none_of_equal_ones(pictures, is_exact):
    one, other = pictures
    there, back = (level_distance(*sides, is_exact=is_exact) for sides in ((one, other), (other, one)))
    np.testing.assert_array_equal(there, back)
    assert not level_distance(one, one, is_exact=is_exact).any()


@pytest.mark.parametrize("side", [16, 17])
def test_what_lies_a_pixel_off_is_no_difference_and_a_new_thing_is(side):
    random = np.random.default_rng(0)
    ramp = np.cumsum(random.integers(0, 12, (side, side + 1)), axis=1).clip(0, 255).astype(np.uint8)
    assert not level_distance(ramp[:, 1:], ramp[:, :-1], is_exact=False)[2:-2, 2:-2].any()
    assert level_distance(ramp[:, 1:], ramp[:, :-1], is_exact=True).any()
    changed = ramp[:, 1:].copy()
    changed[6:10, 6:10] = 255 - changed[6:10, 6:10]
    assert level_distance(ramp[:, 1:], changed, is_exact=False)[6:10, 6:10].max() > 20
