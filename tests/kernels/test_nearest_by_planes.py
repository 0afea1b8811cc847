"""The nearest of many rows, bit by bit, in parts."""

import naive
import numpy as np
import pytest

from imgcmp.kernels.bit_planes import limits_of, patterns_of, room_for
from imgcmp.kernels.columns import WIDTH, transposed
from imgcmp.kernels.nearest import Kept
from imgcmp.kernels.nearest_by_planes import Searched, nearest_by_planes


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("kind", ["words", "columns"])
@pytest.mark.parametrize("k", [1, 20])
def test_bit_by_bit_parts_one_after_another_give_the_nearest_of_all(kind, n_words, k):
    """Parts end anywhere, and many columns of one slab may be as near as the last of those that are kept."""
    random = np.random.default_rng(n_words)
    words = random.integers(2**64, size=(5000, n_words), dtype=np.uint64)
    words[1000:1400] = words[4000:4400] = words[7]
    queries = words[[7, *random.integers(5000, size=70)]] ^ np.uint64(1)
    kept = Kept(
        np.empty((len(queries), k + WIDTH), np.int64),
        np.zeros(len(queries), np.int64),
        np.full(len(queries), 64 * n_words),
    )
    rows = transposed(queries)
    columns = transposed(words)
    if kind == "words":
        searched = Searched(words.reshape(-1), n_words, 1)
    else:
        searched = Searched(columns.words.reshape(-1), 1, columns.words.shape[1])
    patterns, limits = patterns_of(np.ascontiguousarray(queries.T)), limits_of(64 * n_words)
    work = room_for(len(queries), n_words)
    for start, stop in ((0, 512), (512, 1150), (1150, 5000)):
        nearest_by_planes(kept, rows, patterns, limits, work, searched, k, start, stop)
    distances, indices = naive.nearest(words, queries, k)
    found = np.sort(kept.found[:, :k], axis=1)
    assert kept.counts.tolist() == [k] * len(queries)
    assert np.array_equal(found >> 32, distances)
    assert np.array_equal(found & 0xFFFFFFFF, indices)
