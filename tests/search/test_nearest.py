"""The nearest of all, whatever way is taken: few queries or many, words as they are or laid out, one thread or more."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import fingerprints, make_words

from imgcmp import nearest
from imgcmp.kernels.columns import transposed
from imgcmp.search import nearest as search

WORKERS = [1, 2, 5]


@given(st.data(), st.sampled_from(WORKERS))
def test_nearest(data, workers):
    words, n_bits = data.draw(fingerprints(min_size=1))
    queries, _ = data.draw(fingerprints(n_bits=n_bits))
    k = data.draw(st.integers(1, len(words)))
    distances, indices = nearest(words, queries, k, workers=workers)
    expected_distances, expected_indices = naive.nearest(words, queries, k)
    assert (indices.dtype, distances.dtype) == (np.int32, np.uint16)
    assert np.array_equal(indices, expected_indices)
    assert np.array_equal(distances, expected_distances)


@pytest.mark.parametrize("k", [1, 63, 64, 65, 255, 256, 257, 600])  # by insertion, and by counting; across blocks
@pytest.mark.parametrize("kind", ["uniform", "duplicates", "ones"])
def test_many_nearest(k, kind):
    words = make_words(600, 64, kind)
    for found, expected in zip(nearest(words, words[:7], k), naive.nearest(words, words[:7], k), strict=True):
        assert np.array_equal(found, expected)


def test_nearest_breaks_ties_by_index():
    words = make_words(1000, 64, "ones")
    distances, indices = nearest(words, words[:3], 5)
    assert indices.tolist() == [[0, 1, 2, 3, 4]] * 3
    assert not distances.any()


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([64, 100, 128, 192, 256, 320]), st.sampled_from([1, 3, 15, 70, 2500]))
def test_nearest_over_many_tiles(seed, n_bits, k):
    """Near ones come anywhere, and many are as far away as the last one that counts."""
    random = np.random.default_rng(seed)
    words = make_words(5000, n_bits, "uniform", seed)
    queries = words[random.integers(5000, size=9)]
    copies = random.integers(9, size=400)
    words[random.choice(5000, 400, replace=False)] = queries[copies]
    expected = naive.nearest(words, queries, k)
    for searched in (words, transposed(words)):
        for workers in (1, 3):
            found = search.nearest_in(searched, queries, k, workers)
            assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_many_queries_are_searched_in_groups(monkeypatch):
    words = make_words(3000, 64, "duplicates")
    expected = naive.nearest(words, words[:700], 9)
    for rows, kept in ((512, 2**24), (8, 2**24), (512, 1)):
        monkeypatch.setattr(search, "_MOST_ROWS", rows)
        monkeypatch.setattr(search, "_KEPT_BYTES", kept)
        for workers in WORKERS:
            found = nearest(words, words[:700], 9, workers=workers)
            assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_no_queries():
    distances, indices = nearest(make_words(9, 64), np.zeros((0, 1), np.uint64), 3)
    assert (distances.shape, indices.shape) == ((0, 3), (0, 3))
