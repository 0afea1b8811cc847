"""What is black and white where the format does not say: the least usual range that holds all, or nearly all floats."""

import numpy as np
import pytest

from imgcmp.images.number_range import Range, scaled, usual_range

RAMP = np.linspace(0, 1, 40_000, dtype=np.float32)


def range_of(numbers, n_parts=3):
    return usual_range(np.array_split(numbers, n_parts))


@pytest.mark.parametrize(
    ("kind", "largest", "white"),
    [
        ("u1", 200, 255),
        ("u2", 255, 255),
        ("u2", 1000, 1023),
        ("u2", 4095, 4095),
        ("u2", 16_000, 16_383),
        ("u2", 16_384, 65_535),
        ("i1", 100, 127),
        ("i2", 32_000, 32_767),
        ("u4", 70_000, 70_000),
        ("u4", 2**31, 2**32 - 1),
    ],
)
def test_integers_have_the_least_usual_white_that_holds_all(kind, largest, white):
    assert range_of(np.linspace(0, largest, 999).astype(kind)) == Range(0, white)


@pytest.mark.parametrize("white", [1, 2, 8, 255, 1023, 4095, 65535])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_may_overshoot_their_white(white, kind):
    """As resampling and sharpening make them do."""
    if white > 60_000 and kind is np.float16:
        pytest.skip("its largest number is smaller")
    for numbers in (RAMP * white, RAMP * 1.07 * white, (RAMP * 1.15 - 0.07) * white):
        assert range_of(numbers.astype(kind)) == Range(0, white)
    assert range_of((RAMP * 1.3 * white).astype(kind)).white > white


@pytest.mark.parametrize("odd", [9.0, 1e7, 3.4e38, -3.4e38, np.nan, np.inf, -np.inf, -5.0])
def test_a_few_floats_that_are_far_off_change_nothing(odd):
    numbers = RAMP.copy()
    numbers[::20_000] = odd
    assert range_of(numbers) == Range(0, 1)
    levels = scaled(numbers, range_of(numbers))
    assert levels[0] == (255 if 1 < odd < 1e30 else 0)
    assert np.abs(levels[1:20_000] - RAMP[1:20_000] * 255).max() <= 1


def test_many_below_0_are_part_of_the_picture():
    least, largest = -100, 155
    assert range_of(RAMP * 255 - 100) == Range(least, largest)
    assert range_of(np.arange(-300, 300, dtype=np.int16)) == Range(-300, 299)


def test_the_least_integer_stands_for_nothing_where_no_other_is_negative():
    numbers = np.arange(1000, dtype=np.int16)
    numbers[7] = -32768
    assert range_of(numbers) == Range(0, 1023)
    numbers[8] = -1
    assert range_of(numbers).black == -32768
