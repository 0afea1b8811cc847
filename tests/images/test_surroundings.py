"""Whether a picture goes on around a part of it."""

import warnings

import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp.images.alignment import WHOLE, Box
from imgcmp.images.surroundings import goes_on

PART = Box(0.2, 0.3, 0.8, 0.7)


def test_a_photograph_goes_on_around_a_part_and_not_into_its_frame():
    whole = photograph("astronaut.png").convert("L")
    framed = Image.new("L", whole.size, 40)
    box = tuple(round(side * length) for side, length in zip(PART, whole.size * 2, strict=True))
    framed.paste(whole.crop(box), box)
    assert goes_on(whole, PART) > 0.6
    assert goes_on(framed, PART) < 0.2
    assert goes_on(framed, WHOLE) == 1


@pytest.mark.parametrize("size", [(4000, 20), (20, 4000), (5000, 1), (2, 3), (1, 1)])
@pytest.mark.parametrize("box", [Box(0.1, 0.95, 0.9, 1), Box(0.95, 0.1, 1, 0.9), Box(0.45, 0.45, 0.46, 0.46)])
def test_parts_of_less_than_a_line_have_a_line(size, box):
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the mean of no pixels was told on stderr, and took it for what goes on
        assert 0 <= goes_on(picture, box) <= 1
