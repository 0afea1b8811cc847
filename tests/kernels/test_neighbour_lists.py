import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.kernels.neighbour_lists import sort_lists


@given(st.lists(st.integers(0, 99), max_size=200), st.integers(1, 30))
def test_sort_lists(numbers, n_lists):
    indices = np.array(numbers, np.int32)
    places = np.linspace(0, len(indices), n_lists + 1).astype(np.int64)
    expected = [sorted(part.tolist()) for part in np.split(indices, places[1:-1])]
    sort_lists(indices, places[:-1], np.diff(places), 0, n_lists)
    assert [part.tolist() for part in np.split(indices, places[1:-1])] == expected
