import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints

from imgcmp.kernels import distances
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.distances import diameters
from imgcmp.kernels.jit import callable_from_python

write_heights = callable_from_python(distances.write_heights)


@given(fingerprints(), st.lists(st.integers(0, 40), max_size=6), st.integers(0, 40))
def test_diameters_of_groups_side_by_side(drawn, cuts, max_size):
    words, _ = drawn
    starts = np.array(sorted([0, *(min(cut, len(words)) for cut in cuts), len(words)]))
    out = np.full(len(starts) - 1, 2**16 - 1, np.uint16)
    diameters(out, transposed(words), starts, max_size, 0, len(out))
    for start, end, found in zip(starts, starts[1:], out.tolist(), strict=False):
        assert found == (naive.diameter(words[start:end]) if end - start <= max_size else 2**16 - 1)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 100, 1000])
@pytest.mark.parametrize("start", range(9))  # every alignment
def test_write_heights(size, start):
    random = np.random.default_rng(0)
    out = np.zeros(size + 20)
    distances, offsets = random.integers(2**16, size=size).astype(np.uint16), random.random(size)
    write_heights(out[start : start + size], distances, offsets, 0.25)
    assert np.array_equal(out[start : start + size], distances + (0.25 + offsets))
    assert not out[:start].any()
    assert not out[start + size :].any()
