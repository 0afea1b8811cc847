import numpy as np
import pytest

from imgcmp import pack, unpack
from imgcmp.fingerprints.low_bits import low_first


@pytest.mark.parametrize("side", [9, 11, 16, 24])
def test_the_first_word_holds_the_slowest_waves(side):
    one_each = np.eye(side * side, dtype=bool)
    found = low_first(pack(one_each), side)
    rows, columns = np.divmod(np.arange(side * side), side)
    assert np.array_equal(found[:, 0] != 0, (rows < 8) & (columns < 8))
    assert np.array_equal(unpack(found, side * side).sum(axis=0), np.ones(side * side))  # each bit has a place


@pytest.mark.parametrize("side", [12, 16])
def test_distances_stay(side):
    words = pack(np.random.default_rng(0).random((20, side * side)) < 0.5)
    ordered = low_first(words, side)
    for a, b in zip(range(19), range(1, 20), strict=True):
        assert np.bitwise_count(words[a] ^ words[b]).sum() == np.bitwise_count(ordered[a] ^ ordered[b]).sum()
