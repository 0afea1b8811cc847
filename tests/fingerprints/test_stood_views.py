"""What the views of "all" are for: a copy that was turned, cropped, framed, tilted or inverted is near its original."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nearness import nearest, nearest_name
from pictures import PHOTOGRAPHS, photograph
from PIL import Image, ImageOps

from imgcmp.fingerprints.parameters import METHODS
from imgcmp.fingerprints.standings import TURNS, ways_to_stand
from imgcmp.fingerprints.view_bits import picture_views
from imgcmp.fingerprints.view_planes import WHOLE, grid_of, lowest_waves
from imgcmp.fingerprints.views import N_STANDINGS, view_names, views_of_kinds
from imgcmp.images.alignment import transpose_of, turned

CUT = 0.3  # of the bits: what clusters are cut at, at most
# A wall has no lowest waves to tell by how it stands, and no crop that is unlike another; a sky has no edge on black.
ONES = [name for name in PHOTOGRAPHS if name not in ("brick.png", "hubble_deep_field.jpg")]
VIEWS = views_of_kinds("all")
# Blocks, times x, and their side in pixels: phash and ahash resample none, and cells of the grid lie within blocks, so
# that nothing is rounded.
BLOCKS = {"phash": (2, 2), "ahash": (1, 1)}


def grey_of(name):
    return photograph(name).convert("L")


def cropped(grey, left, top, right, bottom):
    width, height = grey.size
    return grey.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


def framed(grey, ground):
    """Paste a picture into the lower left part of a page."""
    width, height = grey.size
    page = Image.new("L", (int(1.5 * width), int(1.9 * height)), ground)
    page.paste(grey, (width // 10, height // 2))
    return page


def standings_of(grey, method="phash", x=16):
    return {row.tobytes() for row in picture_views(grey, x, method, VIEWS).bits[1 : 1 + N_STANDINGS]}


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([2, 3, 8, 11, 16]), st.sampled_from(list(BLOCKS)))
def test_all_turns_of_a_picture_have_a_way_to_stand_in_common(seed, x, method):
    blocks, pixels_a_block = BLOCKS[method]
    side = blocks * x
    greys = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    greys[: side // 2, : side // 3] //= 4
    picture = Image.fromarray(np.kron(greys, np.ones((pixels_a_block, pixels_a_block), np.uint8)))
    pictures = [turned(picture, transpose_of(turn)) for turn in range(len(TURNS))]
    grids = [grid_of(each, x).astype(np.float32) for each in pictures]  # as `picture_views` takes them
    assume(all(len(ways_to_stand(lowest_waves(grid, [WHOLE])[0])) <= N_STANDINGS for grid in grids))
    assert set.intersection(*(standings_of(picture, method, x) for picture in pictures))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_turned_photograph_is_near_as_a_whole(name, method):
    grey = grey_of(name)
    for turn in range(1, 8):
        found = nearest(grey, turned(grey, transpose_of(turn)), method=method)
        assert found.bits <= 8, turn
        assert nearest_name(found) == "whole", turn


@pytest.mark.parametrize("x", [8, 16])
@pytest.mark.parametrize("name", ONES)
def test_one_that_was_cropped_and_turned_is_near(name, x):
    grey = grey_of(name)
    for turn in range(8):
        copy = turned(cropped(grey, 0.06, 0.03, 0.97, 0.95), transpose_of(turn))
        assert nearest(grey, copy, x=x).bits <= CUT * x * x, turn


@pytest.mark.parametrize(
    ("box", "view"),
    [
        ((0, 0.06, 0.9, 0.96), "90 % at the left"),
        ((0.06, 0.1, 0.96, 1), "90 % at the bottom"),
        ((0.02, 0.01, 0.915, 0.905), "89.5 % near the left and top"),
        ((0.08, 0.02, 0.975, 0.915), "89.5 % near the right and top"),
        ((0, 0.29, 0.71, 1), "without 30 % right and top"),  # half of the picture
        ((0.3, 0, 1, 0.7), "without 30 % left and bottom"),
        ((0.28, 0, 1, 1), "without 28 % left"),
        ((0, 0, 1, 0.5), "first half of the rows"),
        ((0, 0, 1, 0.25), "first quarter of the rows"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png", "coins.png", "rocket.jpg"])
def test_a_part_that_is_not_in_the_middle_is_near_by_its_view(name, method, box, view):
    grey = grey_of(name)
    found = nearest(grey, cropped(grey, *box), method=method)
    assert found.bits <= CUT / 2 * 256
    assert nearest_name(found) == view


@pytest.mark.parametrize("ground", [0, 255])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [name for name in ONES if name not in ("moon.png", "page.png", "retina.jpg")])
def test_a_picture_in_a_frame_is_near_by_what_is_within(name, method, ground):
    grey = grey_of(name)
    for turn in (0, 2, 5):
        found = nearest(grey, framed(turned(grey, transpose_of(turn)), ground), method=method)
        assert found.bits <= CUT / 2 * 256, turn
        assert nearest_name(found) == "inner picture"
    other = grey_of("camera.png" if name == "coins.png" else "coins.png")
    assert method != "phash" or nearest(grey, framed(other, ground)).bits > CUT * 256


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png"])
def test_a_picture_is_near_to_a_part_of_it_in_a_frame(name):
    """A view is compared with the ways to stand of the picture within, too."""
    grey = grey_of(name)
    for turn in (0, 2):
        found = nearest(grey, framed(turned(cropped(grey, 0, 0, 0.79, 1), transpose_of(turn)), 255))
        assert found.bits <= CUT * 256
        assert nearest_name(found) == "without 21 % right"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_negative_is_near_by_its_view_however_it_is_turned(name, method):
    grey = grey_of(name)
    for turn in (0, 2, 4):
        found = nearest(grey, turned(ImageOps.invert(grey), transpose_of(turn)), method=method)
        assert found.bits <= 24, turn
        assert nearest_name(found) == "negative", turn


@pytest.mark.parametrize("degrees", [-10, -8, -5, 5, 8, 10])
@pytest.mark.parametrize("name", [name for name in ONES if name != "page.png"])
def test_one_that_was_tilted_is_near_by_a_tilted_view(name, degrees):
    grey = grey_of(name)
    found = nearest(grey, grey.rotate(degrees, Image.Resampling.BICUBIC))
    assert found.bits <= CUT * 256
    view = VIEWS[found.view]
    assert view.kind == "tilts"
    # Of the original the view that is tilted as the copy, or that of the copy that is tilted back.
    if abs(degrees) > 5:
        assert nearest(grey, grey.rotate(degrees, Image.Resampling.BICUBIC), kinds="crops").bits > found.bits


def test_other_photographs_are_not_near():
    greys = [grey_of(name) for name in PHOTOGRAPHS]
    assert all(nearest(one, other).bits > CUT * 256 for one in greys for other in greys if one is not other)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png"])
def test_each_way_to_stand_is_the_whole_turned(name, method):
    grey = grey_of(name)
    seen = picture_views(grey, 16, method, VIEWS)
    for number in range(N_STANDINGS):
        whole = picture_views(turned(grey, transpose_of(int(seen.stands[number]))), 16, method, ()).bits[0]
        assert np.count_nonzero(whole != seen.bits[1 + number]) <= 8


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "rocket.jpg"])
def test_a_crop_that_is_the_whole_repeats_its_first_way_to_stand(name):
    grey = grey_of(name)
    seen = picture_views(grey, 16, "phash", VIEWS)
    same = [k for k, view in enumerate(VIEWS) if view.crop_of is not None and view.crop_of(*grey.size) is None]
    assert "3:2" in [VIEWS[k].name for k in same]
    for k in (*same, view_names("all").index("inner picture")):  # they fill their frames: none is within
        assert np.array_equal(seen.bits[1 + k], seen.bits[1])
        assert seen.stands[k] == seen.stands[0]


@pytest.mark.parametrize(("orientation", "against_the_clock"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_first_rows_are_those_of_the_file(orientation, against_the_clock):
    """Of a picture that a camera stored on its side they are a half at the left or right."""
    upright = grey_of("coffee.png")
    stored = upright.rotate(against_the_clock, expand=True)
    first = cropped(stored, 0, 0, 1, 0.5).rotate(-against_the_clock, expand=True)
    stands = picture_views(first, 16, "phash", VIEWS).bits[1 : 1 + N_STANDINGS]
    seen = picture_views(upright, 16, "phash", VIEWS, orientation)
    half = seen.bits[1 + view_names("all").index("first half of the rows")]
    assert np.count_nonzero(stands != half, axis=1).min() <= 24
