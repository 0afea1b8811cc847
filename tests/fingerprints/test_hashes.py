import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pictures import PHOTOGRAPHS, hard_pictures, photograph
from PIL import Image

from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.fingerprints.hashes import HASHES
from imgcmp.fingerprints.parameters import METHODS

PEERS = {"phash": imagehash.phash, "ahash": imagehash.average_hash, "dhash": imagehash.dhash}
SIDES = (4, 8, 11, 16, 32)
HARD = hard_pictures()


def assert_equals_imagehash(grey, sides=SIDES):
    for method, peer in PEERS.items():
        for x in sides:
            ours = HASHES[method](grey, x)
            assert ours.dtype == bool
            assert ours.shape == (x * x,)
            theirs = peer(grey, hash_size=x).hash.ravel()
            assert np.count_nonzero(ours != theirs) == 0, f"{method}, x={x}"


def test_every_method_has_a_peer():
    assert list(METHODS) == list(PEERS)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_have_the_bits_of_imagehash(name):
    assert_equals_imagehash(photograph(name).convert("L"), (*SIDES, 2, 3, 64))


@pytest.mark.parametrize("name", HARD)
def test_hard_pictures_have_the_bits_of_imagehash(name):
    assert_equals_imagehash(Image.fromarray(HARD[name]), (*SIDES, 2, 3))


def test_drawn_pictures_have_the_bits_of_imagehash(tmp_path):
    for group in draw_collection(str(tmp_path / "drawn")):
        with Image.open(group[0]) as image:
            assert_equals_imagehash(image.convert("L"))


@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))), st.sampled_from(SIDES))
def test_any_pixels_have_the_bits_of_imagehash(pixels, x):
    assert_equals_imagehash(Image.fromarray(pixels), (x,))


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 90), st.integers(1, 90), st.sampled_from([1, 2, 16, 255]))
def test_noise_of_any_depth_has_the_bits_of_imagehash(seed, width, height, top):
    pixels = np.random.default_rng(seed).integers(0, top + 1, (height, width), dtype=np.uint8)
    assert_equals_imagehash(Image.fromarray(pixels), (4, 11, 16))


def test_photographs_of_the_test_data_have_the_bits_of_imagehash(test_data):
    paths = sorted((test_data / "photos" / "unrelated").iterdir())[::12]
    for path in paths:
        with Image.open(path) as image:
            assert_equals_imagehash(image.convert("L"), (8, 16))
