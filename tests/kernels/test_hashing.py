import naive
import numpy as np
import pytest
from hypothesis import given
from strategies import fingerprints

from imgcmp.kernels.hashing import tie_breaks as kernel


def tie_breaks(words):
    out = np.empty(len(words))
    kernel(out, words, words[:, :0].copy())
    return out


@pytest.mark.parametrize(("words", "z"), [((1, 2), 0xBCD9DBB49673066B), ((2, 1), 0xE06DD043328BD285)])
def test_tie_break_has_its_documented_value(words, z):
    words = np.array([words], np.uint64)
    assert tie_breaks(words)[0] == (z >> 11) * 2.0**-53
    assert naive.tie_breaks(words)[0] == (z >> 11) * 2.0**-53


@given(fingerprints())
def test_tie_breaks(drawn):
    words, _ = drawn
    k = tie_breaks(words)
    assert np.array_equal(k, naive.tie_breaks(words))
    assert np.all((k >= 0) & (k < 1))
