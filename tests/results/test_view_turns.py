"""What is said of how two images are turned to one another: what was done, and to which of them."""

import numpy as np
import pytest
from nearness import looks_and_words
from pictures import photograph
from PIL import Image

from imgcmp.clusters.nearest_variants import Nearest, NearestVariants
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.standings import INNER_STANDS
from imgcmp.fingerprints.views import EVERY_PLAIN_KIND, view_layout, view_names, views_of_kinds
from imgcmp.images.alignment import transpose_of, turned, turned_back
from imgcmp.results.view_turns import stand_of, words_for

T = Image.Transpose
# What Pillow calls it, against the clock, and what a person calls it, with the clock.
CALLED = {
    T.FLIP_LEFT_RIGHT: "mirrored",
    T.FLIP_TOP_BOTTOM: "mirrored and turned by 180",
    T.ROTATE_90: "turned by 270",
    T.ROTATE_180: "turned by 180",
    T.ROTATE_270: "turned by 90",
    T.TRANSPOSE: "mirrored and turned by 270",
    T.TRANSVERSE: "mirrored and turned by 90",
}
BACK = {T.ROTATE_90: T.ROTATE_270, T.ROTATE_270: T.ROTATE_90}
VIEWS = views_of_kinds("all")


def told(first, second, kinds="all"):
    """Return by what two pictures are nearest, and what is said of it."""
    looks, words = looks_and_words([first, second], kinds=kinds)
    nearest = NearestVariants(view_layout(kinds, "phash", 16), looks).nearest(0, 1, *words)
    views = views_of_kinds(kinds)
    return nearest, words_for(nearest, 0, 1, views, looks), stand_of(nearest, 0, 1, views, looks)


@pytest.mark.parametrize("kinds", ["all", EVERY_PLAIN_KIND])
@pytest.mark.parametrize("how", CALLED)
def test_a_turned_copy_is_told_by_what_was_done(how, kinds):
    grey = photograph("coffee.png").convert("L")
    nearest, words, stand = told(grey, grey.transpose(how), kinds)
    done = how if nearest.of_first else BACK.get(how, how)
    assert nearest.bits <= 4
    assert words == CALLED[done]
    assert transpose_of(stand.turn) == how
    assert not stand.is_inner


@pytest.mark.parametrize("how", [None, *CALLED])
def test_a_copy_that_was_cropped_and_turned_is_told_by_both(how):
    grey = photograph("chelsea.png").convert("L")
    width, height = grey.size
    copy = turned(grey.crop((0, 0, round(0.72 * width), height)), how)
    nearest, words, stand = told(grey, copy)
    assert nearest.of_first
    assert words.split(", ") == ["without 28 % right", *([] if how is None else [CALLED[how]])]
    assert transpose_of(stand.turn) == how
    other, swapped, stand_back = told(copy, grey)
    assert (other.of_first, swapped) == (False, words)
    assert stand_back.turn == turned_back(stand.turn)


def test_of_wholes_that_are_near_nothing_is_said():
    grey = photograph("coffee.png").convert("L")
    for kinds in ("all", EVERY_PLAIN_KIND):
        _, words, stand = told(grey, grey.resize((300, 200)), kinds)
        assert (words, stand) == ("", (0, False))


def drawn_looks(stands):
    """Return looks of two images whose first views stand like that, and all others as the first one."""
    rows = np.array([row + [row[0]] * (len(VIEWS) - len(row)) for row in stands], np.uint8)
    inner = np.tile(np.array([0, 0, 255, 255], np.uint8), (2, 1))
    return LookRows(np.zeros((2, 288), np.uint8), rows, inner, np.ones(2, np.float32))


@pytest.mark.parametrize("of_whole", range(8))
@pytest.mark.parametrize("of_view", range(8))
@pytest.mark.parametrize("of_first", [False, True])
def test_two_that_stand_alike_once_they_are_turned_are_turned_by_both(of_whole, of_view, of_first):
    stands = [[of_view], [of_whole]] if of_first else [[of_whole], [of_view]]
    nearest = Nearest(20, of_first, standing=0, view=view_names("all").index("1:1"))
    turn = stand_of(nearest, 0, 1, VIEWS, drawn_looks(stands)).turn
    picture = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    first, second = (transpose_of(stand) for (stand,) in stands)
    assert turned(turned(picture, transpose_of(turn)), second) == turned(picture, first)


def test_the_picture_within_is_told():
    nearest = Nearest(20, of_first=True, standing=1, view=view_names("all").index("16:9"))
    looks = drawn_looks([[0], [0, 2 + INNER_STANDS]])
    assert stand_of(nearest, 0, 1, VIEWS, looks).is_inner
    assert words_for(nearest, 0, 1, VIEWS, looks) == "16:9, mirrored, against the inner picture"
