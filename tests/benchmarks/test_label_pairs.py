"""Pairs of known relation are what they say."""

import numpy as np
import pytest
from label_pairs import HOWS, LEAST_COLOUR, MAKERS, SCALES, TRUTHS, colourfulness, label_pairs
from pictures import photograph
from PIL import Image, ImageOps

SEEDS = range(4)


def picture():
    return photograph("astronaut.png").convert("RGB").resize((300, 260))


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int64)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Return some pairs of each way to make one."""
    made = {how: [] for how in HOWS}
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp("pairs")
        for pair in label_pairs([picture()] * len(HOWS), str(folder), seed=seed):
            made[pair.truth, pair.how].append(pair)
    return made


def of(pairs, truth):
    return [pair for (found, _), some in pairs.items() if found == truth for pair in some]


def content(path):
    with open(path, "rb") as file:
        return file.read()


def test_all_ways_are_taken_in_turn(pairs):
    assert {truth for truth, _ in HOWS} == set(TRUTHS)
    assert all(len(some) == len(SEEDS) for some in pairs.values())


def test_identical_files_have_the_same_bytes_and_no_others_do(pairs):
    for truth in TRUTHS:
        for pair in of(pairs, truth):
            same = content(pair.first) == content(pair.second)
            assert same == (truth == "identical file"), pair


def test_identical_pixels_are_those_alone_that_say_so(pairs):
    for truth in TRUTHS:
        for pair in of(pairs, truth):
            first, second = pixels(pair.first), pixels(pair.second)
            same = first.shape == second.shape and np.array_equal(first, second)
            assert same == (truth in ("identical file", "identical pixels")), pair


def test_reencoded_and_resized_ones_look_the_same(pairs):
    for pair in of(pairs, "re-encoded or resized"):
        first, second = pixels(pair.first), pixels(pair.second)
        height, width = second.shape[:2]
        assert any(abs(width - scale * first.shape[1]) <= 1 for scale in SCALES)
        small = np.asarray(Image.fromarray(first.astype(np.uint8)).resize((width, height), Image.Resampling.LANCZOS))
        assert np.abs(small - second).mean() < 10, pair


def greys(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L"), dtype=np.int64)


def test_one_product_in_two_colours_has_the_same_greys(pairs):
    for pair in pairs["recoloured", "tinted"]:
        assert np.abs(greys(pair.first) - greys(pair.second)).mean() < 6
    for pair in of(pairs, "recoloured"):
        difference = pixels(pair.first) - pixels(pair.second)
        assert np.abs(difference - difference.mean(axis=-1, keepdims=True)).mean() > 3, pair


def test_grey_ones_have_no_colour_and_the_same_greys(pairs):
    for pair in of(pairs, "grey"):
        assert np.ptp(pixels(pair.second), axis=-1).max() <= 2
        assert np.ptp(pixels(pair.first), axis=-1).mean() > LEAST_COLOUR
        assert np.abs(greys(pair.first) - greys(pair.second)).mean() < 4


def test_edited_ones_differ_within_their_box(pairs):
    for pair in of(pairs, "edited"):
        left, top, right, bottom = pair.box
        difference = np.abs(pixels(pair.first) - pixels(pair.second)).max(axis=-1)
        inside = difference[top:bottom, left:right].copy()
        difference[max(top - 16, 0) : bottom + 16, max(left - 16, 0) : right + 16] = 0  # JPEG blurs a block around it
        assert inside.max() > 60, pair
        assert difference.mean() < 4, pair
        if pair.second.endswith("png"):
            assert not difference.any()


def test_a_digit_is_a_small_part_of_its_page(pairs):
    for pair in pairs["edited", "digit"]:
        left, top, right, bottom = pair.box
        assert 3 <= right - left <= 24
        assert 3 <= bottom - top <= 30
        assert pixels(pair.first).shape == (1754, 1240, 3)


def test_crops_lie_in_the_picture_and_frames_around_it(pairs):
    for pair in of(pairs, "cropped"):
        whole, crop = pixels(pair.first), pixels(pair.second)
        assert all(0.7 <= part / all_ <= 0.97 for part, all_ in zip(crop.shape[:2], whole.shape[:2], strict=True))
    for pair in of(pairs, "framed"):
        whole, frame = pixels(pair.first), pixels(pair.second)
        top, left = ((f - w) // 2 for f, w in zip(frame.shape[:2], whole.shape[:2], strict=True))
        assert top >= 1
        assert left >= 1
        inside = frame[top : top + whole.shape[0], left : left + whole.shape[1]]
        assert np.abs(inside - whole).mean() < 6


def test_turned_and_negative_ones_turn_back(pairs):
    for pair in of(pairs, "turned or mirrored"):
        with Image.open(pair.first) as first, Image.open(pair.second) as second:
            backs = [first.transpose(turn) for turn in Image.Transpose]
            best = min(
                np.abs(np.asarray(b, int) - np.asarray(second, int)).mean() for b in backs if b.size == second.size
            )
        assert best < 6
    for pair in of(pairs, "negative"):
        with Image.open(pair.second) as image:
            back = np.asarray(ImageOps.invert(image), dtype=np.int64)
        assert np.abs(back - pixels(pair.first)).mean() < 6


def test_a_seed_makes_the_same_pairs_again(tmp_path):
    some = [list(label_pairs([picture()] * 3, str(tmp_path / name), seed=5)) for name in "ab"]
    for one, other in zip(*some, strict=True):
        assert one.truth == other.truth
        assert content(one.second) == content(other.second)


def test_a_picture_without_colour_is_made_no_pair_of_colours(tmp_path):
    grey = picture().convert("L").convert("RGB")
    assert colourfulness(grey) < 1
    made = list(label_pairs([grey] * len(HOWS), str(tmp_path)))
    assert len(made) == len(HOWS)
    assert {pair.how for pair in made}.isdisjoint({"hue", "saturation", "grey"})
    assert MAKERS["grey"]["grey"](grey, np.random.default_rng()) is None
