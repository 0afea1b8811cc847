"""What buckets find within a radius is what comparing all finds."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import make_words

from imgcmp import HammingIndex, pack
from imgcmp.search import within, within_buckets
from imgcmp.search.within_buckets import buckets_pay, pairs_by_buckets

PLENTY = 2**30


def found(queries, words, radii, workers=2, room=PLENTY):
    """Return the (query, other, distance) that are found, sorted."""
    parts, is_all = pairs_by_buckets(queries, words, radii, np.array([room]), workers)
    rows = np.concatenate([np.zeros((0, 3), np.int64), *(np.stack(part, axis=1) for part in parts)])
    return rows[np.lexsort(rows.T[::-1])], is_all


def wanted(queries, words, radii):
    distances = naive.cdist(queries, words)
    i, j = np.nonzero(distances <= radii[:, np.newaxis])
    return np.stack([i, j, distances[i, j]], axis=1)


def near(words, n, most, seed):
    """Return n of the words, each with up to so many bits turned."""
    random = np.random.default_rng(seed)
    bits = np.unpackbits(words[random.integers(len(words), size=n)].view(np.uint8), axis=1)
    for row, turned in zip(bits, random.integers(most + 1, size=n), strict=True):
        row[random.choice(bits.shape[1], turned, replace=False)] ^= 1
    return np.packbits(bits, axis=1).view(np.uint64)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 3, 4, 5, 16]),
    st.integers(1, 300),
    st.integers(1, 200),
    st.sampled_from([0, 1, 3, 10, 40, 64]),
    st.sampled_from([1, 2, 5]),
)
def test_each_pair_is_found_once(seed, n_words, n, n_queries, radius, workers):
    words = make_words(n, 64 * n_words, "duplicates", seed)
    queries = near(words, n_queries, min(radius + 2, 64), seed)
    radii = np.random.default_rng(seed).integers(radius + 1, size=n_queries)
    rows, is_all = found(queries, words, radii, workers)
    assert is_all
    assert np.array_equal(rows, wanted(queries, words, radii))


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 130), st.integers(1, 200), st.sampled_from([0, 1, 4, 40]))
def test_fingerprints_that_fill_no_word_are_found(seed, n_bits, n, radius):
    random = np.random.default_rng(seed)
    bits = random.random((1 + n // 4, n_bits)) < 0.5
    of_all = bits[random.integers(len(bits), size=2 * n)] ^ (random.random((2 * n, n_bits)) < 0.05)
    words, queries = pack(of_all[:n]), pack(of_all[n:])
    radii = random.integers(radius + 1, size=n)
    rows, is_all = found(queries, words, radii)
    assert is_all
    assert np.array_equal(rows, wanted(queries, words, radii))


def test_bits_that_fill_a_word_are_in_no_substring():
    """Else of 100 bits a substring in four was of zeros alone, all in one bucket."""
    random = np.random.default_rng(0)
    words, queries = pack(random.random((200_000, 100)) < 0.5), pack(random.random((50_000, 100)) < 0.5)
    assert buckets_pay(queries, words, 4, 2)
    assert not buckets_pay(queries[:300], words, 4, 2)


@pytest.mark.parametrize("n_words", [1, 4])
def test_others_may_be_laid_out_in_parts_and_queries_in_blocks(monkeypatch, n_words):
    monkeypatch.setattr(within_buckets, "_PART_BYTES", 100 * 8 * n_words)
    monkeypatch.setattr(within_buckets, "MAX_SCAN_ROWS", 7)
    words = make_words(1000, 64 * n_words, "duplicates")
    words[300:600] = words[0]  # a bucket of many, over several parts
    queries = near(words, 300, 4, 1)
    radii = np.full(300, 3)
    rows, is_all = found(queries, words, radii)
    assert is_all
    assert len(rows) > 10_000
    assert np.array_equal(rows, wanted(queries, words, radii))


def test_no_room():
    words = np.zeros((3000, 1), np.uint64)
    _, is_all = found(words[:300], words, np.full(300, 2), room=1000)
    assert not is_all


def test_more_than_there_is_room_for_is_told(monkeypatch):
    monkeypatch.setattr(within, "buckets_pay", lambda *_: True)
    monkeypatch.setattr(within, "available_bytes", lambda: 100_000)
    index = HammingIndex(np.zeros((3000, 1), np.uint64))
    with pytest.raises(MemoryError, match="pairs and more are within the radius"):
        index.within(np.zeros((300, 1), np.uint64), 2)


def test_buckets_pay_where_few_agree():
    words = make_words(20_000, 64, "uniform")
    queries = near(words, 10_000, 3, 0)
    assert buckets_pay(queries, words, 3, 2)
    assert not buckets_pay(queries, words, 25, 2)  # short substrings: all agree in one
    assert not buckets_pay(queries[:10], words, 3, 2)  # sorting takes more than comparing
    assert not buckets_pay(np.zeros_like(queries), np.zeros_like(words), 3, 2)  # one bucket


@pytest.mark.parametrize("pays", [True, False])
def test_an_index_finds_the_same_by_buckets(monkeypatch, pays):
    monkeypatch.setattr(within, "buckets_pay", lambda *_: pays)
    words = make_words(2000, 128, "duplicates").reshape(500, 4, 2)
    index = HammingIndex(np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:]))
    queries = near(words.reshape(-1, 2), 200, 8, 2).reshape(100, 2, 2)
    result = index.within(
        np.ascontiguousarray(queries[:, 0]), 6, query_views=np.ascontiguousarray(queries[:, 1:]), workers=2
    )
    distances = np.min([naive.cdist(queries[:, 0], words[:, view]) for view in range(4)], axis=0)
    distances = np.minimum(distances, naive.cdist(queries[:, 1], words[:, 0]))
    i, j = np.nonzero(distances <= 6)
    assert np.array_equal(result.queries, i)
    assert np.array_equal(result.images, j)
    assert np.array_equal(result.distances, distances[i, j])
    _, nearest = index.nearest(
        np.ascontiguousarray(queries[:, 0]), 5, query_views=np.ascontiguousarray(queries[:, 1:]), workers=2
    )
    order = np.argsort(distances, axis=1, kind="stable")[:, :5]
    assert np.array_equal(nearest, order)
