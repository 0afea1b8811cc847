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


@pytest.mark.parametrize("n_bits", [64, 128, 192, 256, 300])
@pytest.mark.parametrize("n", [4096, 4097, 4159, 4160, 5000])
@pytest.mark.parametrize("kind", ["uniform", "near", "one bit"])
def test_one_query(n, n_bits, kind):
    """Words are searched where they are, to the last, which no whole block may hold; few or all of them are judged."""
    words = make_words(n, n_bits, "uniform", n)
    query = words[n - 1 : n].copy()
    if kind != "uniform":
        words[n // 2 :: 40] = query
    if kind == "one bit":
        words[::7, -1] ^= np.uint64(1 << 63)
    for k in (1, 12):
        expected = naive.nearest(words, query, k)
        for searched in (words, transposed(words)):
            for workers in (1, 2):
                found = search.nearest_in(searched, query, k, workers)
                assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("n_bits", [64, 200, 512, 576])
@pytest.mark.parametrize("k", [1, 9, 70])
def test_many_queries(n_bits, k, monkeypatch):
    """Counted bit by bit, however many threads there are; but for what has more than 512 bits."""
    by_planes = []
    kernel = search.nearest_by_planes
    monkeypatch.setattr(search, "nearest_by_planes", lambda *arguments: by_planes.append(kernel(*arguments)))
    words = make_words(20_000, n_bits, "uniform", n_bits)
    queries = np.concatenate([words[5000:5300], make_words(500, n_bits, "uniform", 3)])
    words[9000:9100] = words[5001]
    expected = naive.nearest(words, queries, k)
    for searched in (words, transposed(words)):
        for workers in (1, 3, 16):
            found = search.nearest_in(searched, queries, k, workers)
            assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
            assert bool(by_planes) == (n_bits <= 512)
            by_planes.clear()


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
