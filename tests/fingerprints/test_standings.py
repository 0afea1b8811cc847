import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import photograph
from PIL import Image

from imgcmp.fingerprints.standings import LOW_SIDE, TURNS, Turn, numbers_of, stand_alike, ways_to_stand
from imgcmp.fingerprints.view_planes import WHOLE, grid_of, lowest_waves

TURNED = [
    (Turn(transposed=False, mirrored=True, flipped=False), Image.Transpose.FLIP_LEFT_RIGHT),
    (Turn(transposed=False, mirrored=False, flipped=True), Image.Transpose.FLIP_TOP_BOTTOM),
    (Turn(transposed=True, mirrored=False, flipped=False), Image.Transpose.TRANSPOSE),
    (Turn(transposed=True, mirrored=True, flipped=False), Image.Transpose.ROTATE_270),
]


def turned(pixels, turn):
    pixels = pixels.T if turn.transposed else pixels
    pixels = pixels[:, ::-1] if turn.mirrored else pixels
    return pixels[::-1] if turn.flipped else pixels


def low(pixels):
    return lowest_waves(np.asarray(pixels, float), [WHOLE])[0]


def test_the_numbers_of_turns_are_their_places():
    assert numbers_of(TURNS).tolist() == list(range(8))


@given(st.integers(0, 2**32))
def test_pictures_that_were_turned_stand_alike(seed):
    pixels = np.random.default_rng(seed).random((48, 48)) ** 2
    stood = [turned(turned(pixels, turn), stand_alike(low(turned(pixels, turn))[np.newaxis])[0]) for turn in TURNS]
    assert all(np.array_equal(stood[0], other) for other in stood)


@given(st.integers(0, 2**32))
def test_the_likeliest_way_comes_first_and_none_twice(seed):
    lows = low(np.random.default_rng(seed).random((48, 48)))
    ways = ways_to_stand(lows)
    assert ways[0] == stand_alike(lows[np.newaxis])[0]
    assert 1 <= len(ways) == len(set(ways)) <= 8


def test_a_picture_without_waves_stands_in_every_way():
    assert len(ways_to_stand(np.zeros((LOW_SIDE, LOW_SIDE)))) == 8


@pytest.mark.parametrize(("turn", "method"), TURNED)
@pytest.mark.parametrize(
    "name", ["astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "rocket.jpg"]
)
def test_a_cropped_copy_that_was_turned_may_stand_as_its_original_does(name, turn, method):
    grey = photograph(name).convert("L")
    width, height = grey.size
    copy = grey.crop((width // 40, height // 50, width - width // 60, height)).transpose(method)
    stands = stand_alike(lowest_waves(grid_of(grey, 16), [WHOLE]))[0]
    as_is = turned(np.asarray(grey.resize((64, 64)), float), stands)
    ways = [turned(np.asarray(copy.resize((64, 64)), float), way) for way in ways_to_stand(low(grid_of(copy, 16)))]
    likeness = [np.corrcoef(way.ravel(), as_is.ravel())[0, 1] for way in ways]
    every = [
        np.corrcoef(turned(np.asarray(copy.resize((64, 64)), float), t).ravel(), as_is.ravel())[0, 1] for t in TURNS
    ]
    assert max(likeness) == pytest.approx(max(every))
