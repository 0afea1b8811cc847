import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints

from imgcmp.kernels.columns import transposed
from imgcmp.kernels.flood import flood


@given(fingerprints(min_size=1, max_size=200), st.data())
def test_flood(drawn, data):
    words, n_bits = drawn
    radius_bits = data.draw(st.integers(0, n_bits))
    n = len(words)
    labels, queue, points = np.empty(n, np.int32), np.empty(n, np.int32), np.arange(n, dtype=np.int32)
    state, columns = np.array([0, 0, n, -1], np.int64), transposed(words)
    while state[0] < n:  # a point at a time
        flood(labels, queue, words, columns, points, state, radius_bits, 1)
    expected = naive.components(words, radius_bits)
    assert np.array_equal(naive.number_by_first(labels), naive.number_by_first(expected))
    assert sorted(queue.tolist()) == list(range(n))
