import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.kernels import rings
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.jit import callable_from_python
from imgcmp.kernels.rings import N_RINGS, Rings, ring_keys
from imgcmp.search.sorted_rows import SortedRows

ring_range = callable_from_python(rings.ring_range)
tile_end = callable_from_python(rings.tile_end)


def nearby(seed, n):
    """Words that are near to one of three, or to none."""
    random = np.random.default_rng(seed)
    flips = np.packbits(random.random((n, 64)) < random.choice([0, 0.05, 0.5], size=(n, 1)), axis=1).view(np.uint64)
    return random.integers(2**64, size=(3, 1), dtype=np.uint64)[random.integers(3, size=n)] ^ flips


@given(st.integers(0, 2**32), st.integers(1, 90), st.integers(1, 9))
def test_keys_are_of_the_nearest_pivot(seed, n, n_pivots):
    words, pivots = nearby(seed, n), nearby(seed + 1, n_pivots)[:, 0]
    keys = np.empty(n, np.uint32)
    for start, stop in ((0, n // 2), (n // 2, n)):
        ring_keys(keys, words, pivots, start, stop)
    distances = naive.cdist(words, pivots[:, np.newaxis]).astype(int)
    assert keys.tolist() == (distances.argmin(axis=1) * N_RINGS + distances.min(axis=1)).tolist()


@given(st.integers(0, 2**32), st.integers(1, 90), st.integers(1, 9), st.integers(0, 64))
def test_what_is_near_to_a_row_is_in_its_range(seed, n, n_pivots, radius):
    """And nothing is in it that is nearer to the pivot than all rows by more than the radius, or farther."""
    words, pivots, rows = nearby(seed, n), nearby(seed + 1, n_pivots)[:, 0], nearby(seed + 2, ROWS)
    side = SortedRows(words, most=n)
    side.sort_by_ring(pivots, workers=1)
    laid_out = side.laid_out(slice(0, n), workers=1)
    found = side.rings_among(slice(0, n), pivots)
    near = (naive.cdist(rows, words) <= radius).any(axis=0)
    inside = np.zeros(n, bool)
    from_pivots, of_rows = (naive.cdist(some, pivots[:, np.newaxis]).astype(int) for some in (words, rows))
    for k, pivot in enumerate(found.pivots):
        start, stop = ring_range(found, k, transposed(rows), 0, radius)
        members = laid_out.order[start:stop]
        assert (words[members] == laid_out.columns.words[0, start:stop, np.newaxis]).all()
        inside[members] = True
        number = pivots.tolist().index(pivot)
        distances = from_pivots[members, number]
        assert (distances >= of_rows[:, number].min() - radius).all()
        assert (distances <= of_rows[:, number].max() + radius).all()
    assert not (near & ~inside).any()


@pytest.mark.parametrize("part", [64, 100, 200, 300])
def test_parts_have_the_rings_of_all(part):
    words, pivots = nearby(3, 300), np.unique(nearby(4, 20))
    side = SortedRows(words, most=part)
    side.sort_by_ring(pivots, workers=2)
    seen = []
    for places in side.parts():
        some = side.rings_among(places, pivots)
        assert some.starts[0] == 0
        assert some.starts[-1] == places.stop - places.start
        assert len(some.starts) == len(some.pivots) * N_RINGS + 1
        for k in range(len(some.starts) - 1):
            seen += [(some.pivots[k // N_RINGS], k % N_RINGS)] * int(some.starts[k + 1] - some.starts[k])
    distances = naive.cdist(words[side.order], pivots[:, np.newaxis])
    nearest = distances.argmin(axis=1)
    assert seen == list(zip(pivots[nearest], distances.min(axis=1), strict=True))


def test_tiles_have_whole_pivots():
    starts = np.repeat(np.array([0, 5, 6, 100, 101]), [1, *[N_RINGS] * 4]).astype(np.int32)
    some = Rings(np.arange(4, dtype=np.uint64), starts)
    assert [tile_end(some, pivot, 6) for pivot in range(4)] == [2, 2, 3, 4]
