import naive
import numpy as np
import pytest
from strategies import make_words

from imgcmp.kernels.columns import transposed
from imgcmp.kernels.scan import scan


@pytest.mark.parametrize("prefix", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("radius_bits", [0, 40, 100, 256])
def test_scan_finds_the_same_with_any_prefix(prefix, radius_bits):
    words = make_words(1000, 256)
    n = len(words)
    found, counts = scan(transposed(words), prefix, radius_bits, np.array([2**40]), 0, n)
    i, j, distance = naive.pairs(words, radius_bits)
    assert np.array_equal(np.sort(found), i << 48 | j << 16 | distance)
    assert np.array_equal(counts, np.bincount(i, minlength=n))
