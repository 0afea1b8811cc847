"""An index gives what comparing all gives, in whatever order it came to hold its images."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import make_words

from imgcmp import HammingIndex, nearest, pairs
from imgcmp.search import hamming_index, within
from imgcmp.search.within import within_radii


def images(seed, n, n_words, n_views):
    """Images, some of which are near to others by their wholes or by a view."""
    random = np.random.default_rng(seed)
    words = random.integers(2**64, size=(n, 1 + n_views, n_words), dtype=np.uint64)
    flips = np.packbits(random.random((n, 64 * n_words)) < 0.1, axis=1).view(np.uint64)
    sources, views = random.integers(n, size=(2, n))
    is_copy = random.random(n) < 0.4
    words[is_copy, 0] = (words[sources, views % (1 + n_views)] ^ flips)[is_copy]
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:])


def distances_of(queries, query_views, words, views):
    """The smallest distance of a whole and a whole, or a view of the other."""
    result = naive.cdist(queries, words)
    for view in range(views.shape[1]):
        result = np.minimum(result, naive.cdist(queries, views[:, view]))
    for view in range(query_views.shape[1]):
        result = np.minimum(result, naive.cdist(query_views[:, view], words))
    return result


SHAPES = st.sampled_from([(1, 0, 0), (1, 3, 0), (4, 0, 2), (4, 5, 3), (2, 1, 1), (3, 2, 0)])


@settings(max_examples=40)
@given(st.integers(0, 2**32), SHAPES, st.integers(1, 150), st.integers(0, 40), st.integers(0, 100), st.data())
def test_an_index_finds_what_comparing_all_finds(seed, shape, n, n_queries, radius, data):
    n_words, n_views, n_query_views = shape
    words, views = images(seed, n, n_words, n_views)
    queries, query_views = images(seed + 1, n_queries, n_words, n_query_views)
    queries[: n // 3] = words[: min(n // 3, n_queries)]
    first = data.draw(st.integers(0, n))
    index = HammingIndex(words[:first], views[:first] if n_views else None)
    index.add(words[first:], views[first:] if n_views else None)
    assert len(index) == n
    wanted = distances_of(queries, query_views, words, views)
    given_views = query_views if n_query_views else None
    radius = min(radius, 64 * n_words)
    found = index.within(queries, radius, query_views=given_views, workers=2)
    i, j = np.nonzero(wanted <= radius)
    assert np.array_equal(found.queries, i)
    assert np.array_equal(found.images, j)
    assert np.array_equal(found.distances, wanted[i, j])
    k = data.draw(st.integers(1, n))
    distances, indices = index.nearest(queries, k, query_views=given_views, workers=2)
    order = np.argsort(wanted, axis=1, kind="stable")[:, :k]
    assert np.array_equal(indices, order)
    assert np.array_equal(distances, np.take_along_axis(wanted, order, axis=1))
    other = HammingIndex(queries, given_views)
    joined = index.join(other, radius)
    assert np.array_equal(np.stack([joined.images, joined.queries]), np.stack([i, j])[:, np.lexsort((i, j))])


def test_added_one_by_one_it_is_the_same():
    words = make_words(700, 256, "duplicates")
    index = HammingIndex(words[:0])
    for start in range(0, 700, 13):
        index.add(words[start : start + 13])
    for found, wanted in zip(index.nearest(words[:9], 30), nearest(words, words[:9], 30), strict=True):
        assert np.array_equal(found, wanted)
    found = index.join(index, 20)
    once = found.queries < found.images
    for a, b in zip(found, pairs(words, 20), strict=True):
        assert np.array_equal(a[once], b)


@pytest.mark.parametrize("n_words", [1, 4])
def test_few_of_many_are_the_nearest_of_all(n_words):
    words = make_words(6000, 64 * n_words, "uniform")
    words[5000:] = words[:1000]
    index = HammingIndex(words[:77])
    index.add(words[77:])
    for workers in (1, 2):
        found = index.nearest(words[:300], 7, workers=workers)
        assert all(np.array_equal(a, b) for a, b in zip(found, naive.nearest(words, words[:300], 7), strict=True))


@pytest.mark.parametrize(("n_queries", "radius"), [(3, 20), (5000, 14)])
def test_threads_share_columns_or_rows(n_queries, radius):
    words = make_words(3000, 64, "uniform")
    queries = make_words(n_queries, 64, "uniform", 1)
    index = HammingIndex(words)
    alone = index.within(queries, radius, workers=1)
    assert len(alone.queries)
    for workers in (2, 5):
        assert all(
            np.array_equal(a, b) for a, b in zip(index.within(queries, radius, workers=workers), alone, strict=True)
        )
    i, j = np.nonzero(naive.cdist(queries[:500], words) <= radius)
    few = alone.queries < 500
    assert np.array_equal(alone.queries[few], i)
    assert np.array_equal(alone.images[few], j)


def test_a_radius_of_each():
    words = make_words(200, 64, "uniform")
    radii = np.array([30, 0, 64, 20])
    found = within_radii(HammingIndex(words)._wholes.columns, words[:4], radii, 1)
    wanted = naive.cdist(words[:4], words) <= radii[:, np.newaxis]
    assert np.array_equal(np.stack([found.queries, found.images]), np.nonzero(wanted))


def test_more_pairs_than_memory_are_told_before_it_is_taken(monkeypatch):
    monkeypatch.setattr(within, "available_bytes", lambda: 100_000)
    index = HammingIndex(np.zeros((3000, 1), np.uint64))
    with pytest.raises(MemoryError, match="pairs and more are within the radius"):
        index.within(np.zeros((300, 1), np.uint64), 0)


WORDS, VIEWS = make_words(4, 64), make_words(8, 64).reshape(4, 2, 1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: HammingIndex(WORDS.astype(int)), TypeError, "words must have dtype uint64"),
        (lambda: HammingIndex(WORDS, VIEWS[:3]), ValueError, r"views must have shape \(4, n_views, 1\)"),
        (
            lambda: HammingIndex(WORDS, VIEWS).add(WORDS),
            ValueError,
            "1 words and 2 views, as in the index; got 1 and 0",
        ),
        (lambda: HammingIndex(WORDS).add(np.zeros((1, 2), np.uint64)), ValueError, "got 2 and 0"),
        (lambda: HammingIndex(WORDS).nearest(WORDS, 5), ValueError, r"k must be in 1\.\.4"),
        (lambda: HammingIndex(WORDS).nearest(np.zeros((1, 2), np.uint64), 1), ValueError, "queries must have 1 words"),
        (lambda: HammingIndex(WORDS).within(WORDS, 65), ValueError, r"radius_bits must be in 0\.\.64; got 65"),
        (lambda: HammingIndex(WORDS).within(WORDS, 1.5), TypeError, "radius_bits must be an integer"),
        (lambda: HammingIndex(WORDS).join(WORDS, 1), TypeError, "other must be a HammingIndex; got ndarray"),
        (lambda: HammingIndex(WORDS).within(WORDS, 1, query_views=VIEWS[:3]), ValueError, "views must have shape"),
    ],
)
def test_wrong_arguments_are_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_it_says_what_it_holds():
    assert repr(HammingIndex(WORDS, VIEWS)) == "HammingIndex(4 images of 64 bits, 2 views)"


def test_nothing_is_joined_of_nothing():
    empty = HammingIndex(np.zeros((0, 1), np.uint64), np.zeros((0, 2, 1), np.uint64))
    full = HammingIndex(make_words(9, 64, "uniform"))
    assert [len(column) for column in (*empty.join(full, 64), *full.join(empty, 64))] == [0] * 6


def with_views(n, n_views, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(2**64, size=(n, 2), dtype=np.uint64), random.integers(
        2**64, size=(n, n_views, 2), dtype=np.uint64
    )


def test_images_are_added_with_their_views_or_not_at_all(monkeypatch):
    words, views = with_views(30, 4)
    index = HammingIndex(words[:20], views[:20])
    before = [array.tolist() for array in index.nearest(words[:3], 20)]
    kept = hamming_index._GrowingColumns.with_more

    def with_more(columns, more):
        if len(more) > 10:
            raise MemoryError  # once there were the wholes, and no room for the views
        return kept(columns, more)

    with monkeypatch.context() as patch:
        patch.setattr(hamming_index._GrowingColumns, "with_more", with_more)
        with pytest.raises(MemoryError):
            index.add(words[20:], views[20:])
    assert len(index) == 20
    assert [array.tolist() for array in index.nearest(words[:3], 20)] == before
    index.add(words[20:], views[20:])
    assert [array.tolist() for array in index.nearest(words, 3)] == [
        array.tolist() for array in HammingIndex(words, views).nearest(words, 3)
    ]


@pytest.mark.parametrize("k", [1, 100])
def test_where_memory_is_short_queries_go_by_halves(monkeypatch, k):
    words, views = with_views(100, 9)
    queries, of_queries = with_views(17, 2, seed=1)
    index = HammingIndex(words, views)
    expected = [array.tolist() for array in index.nearest(queries, k, query_views=of_queries)]
    monkeypatch.setattr(within, "available_bytes", lambda: 64 * 2**12)  # pairs, of the 17,000 and more that there are
    found = [array.tolist() for array in index.nearest(queries, k, query_views=of_queries)]
    assert found == expected
    monkeypatch.setattr(within, "available_bytes", lambda: 64)
    if k == 100:
        with pytest.raises(MemoryError, match="pairs and more are within the radius"):
            index.nearest(queries, k)
