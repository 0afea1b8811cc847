"""Turns are those of Pillow, one after the other and back; and boxes turn with their pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imgcmp.fingerprints.standings import TURNS
from imgcmp.images.alignment import (
    WHOLE,
    Box,
    box_turned,
    inside,
    is_whole,
    transpose_of,
    turned,
    turned_back,
    turned_twice,
)

PIXELS = np.arange(12, dtype=np.uint8).reshape(3, 4)
PICTURE = Image.fromarray(PIXELS)


@pytest.mark.parametrize("turn", range(8))
def test_the_numbers_of_turns_are_those_of_ways_to_stand(turn):
    transposed, mirrored, flipped = TURNS[turn]
    expected = PIXELS.T if transposed else PIXELS
    expected = expected[:, ::-1] if mirrored else expected
    expected = expected[::-1] if flipped else expected
    assert np.array_equal(np.asarray(turned(PICTURE, transpose_of(turn))), expected)


@pytest.mark.parametrize("turn", range(8))
@pytest.mark.parametrize("then", range(8))
def test_two_turns_are_the_one_that_pillow_makes_of_both(turn, then):
    both = turned(turned(PICTURE, transpose_of(turn)), transpose_of(then))
    assert turned(PICTURE, transpose_of(turned_twice(turn, then))) == both


@pytest.mark.parametrize("turn", range(8))
def test_a_turn_back_undoes_it(turn):
    back = turned_back(turn)
    assert turned_twice(turn, back) == turned_twice(back, turn) == 0
    assert turned(turned(PICTURE, transpose_of(turn)), transpose_of(back)) == PICTURE


cells = st.tuples(st.integers(0, 7), st.integers(1, 8), st.integers(0, 5), st.integers(1, 6))


@given(cells, st.integers(0, 7))
def test_a_box_is_turned_with_its_picture(cells, turn):
    left, width, top, height = cells
    right, bottom = min(8, left + width), min(6, top + height)
    marked = np.zeros((6, 8), np.uint8)
    marked[top:bottom, left:right] = 1
    box = box_turned(Box(left / 8, top / 6, right / 8, bottom / 6), turn)
    rows, columns = np.nonzero(np.asarray(turned(Image.fromarray(marked), transpose_of(turn))))
    n_rows, n_columns = (8, 6) if turn & 4 else (6, 8)
    found = columns.min() / n_columns, rows.min() / n_rows, (columns.max() + 1) / n_columns, (rows.max() + 1) / n_rows
    assert box == pytest.approx(found)
    assert box_turned(box, turned_back(turn)) == pytest.approx((left / 8, top / 6, right / 8, bottom / 6))


def test_what_of_a_box_is_in_its_picture_and_how_much_that_is():
    assert inside(Box(-0.2, 0.25, 0.5, 1.5)) == (0, 0.25, 0.5, 1)
    assert Box(0.25, 0.5, 0.75, 1.0).share == 0.25
    assert WHOLE.share == 1


@pytest.mark.parametrize("side", range(4))
def test_a_box_is_the_whole_but_for_what_rounding_leaves(side):
    """Resizing rounds sides to pixels: 1 of 200, not 2 of 100."""
    for off, expected in ((0.005, True), (0.02, False)):
        sides = list(WHOLE)
        sides[side] += off if side < 2 else -off
        assert is_whole(Box(*sides)) is expected
    assert is_whole(Box(-0.1, 0, 1.1, 1))
