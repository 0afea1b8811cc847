import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.detail import LEAST_DETAIL
from imgcmp.flats import are_flat, shared, with_flat_ones


def digests(numbers):
    return np.array([[number] * 16 for number in numbers], dtype=np.uint8).reshape(-1, 16)


def test_images_of_little_detail_are_flat_and_those_of_unknown_detail_are_not():
    detail = np.array([-1, 0, LEAST_DETAIL - 1, LEAST_DETAIL, 100])
    assert are_flat(detail).tolist() == [False, True, True, False, False]


images = st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12)


@given(images)
def test_flat_images_are_together_if_their_pixels_are_the_same_and_never_with_others(images):
    flat = np.array([is_flat for is_flat, _ in images], dtype=bool)
    keys = [key for _, key in images]
    others = np.array([key for is_flat, key in images if not is_flat], dtype=np.int32)
    labels = with_flat_ones(others, flat, digests(keys))
    assert labels.dtype == np.int32
    for a in range(len(images)):
        for b in range(a):
            together = images[a] == images[b] and (not flat[a] or keys[a] != 0)
            assert (labels[a] == labels[b]) == together
    firsts = list(dict.fromkeys(labels.tolist()))
    assert firsts == list(range(len(firsts)))


@given(st.lists(st.integers(0, 3), max_size=9))
def test_shared_digests_are_those_of_several_images(keys):
    assert shared(digests(keys)).tolist() == [key != 0 and keys.count(key) > 1 for key in keys]
