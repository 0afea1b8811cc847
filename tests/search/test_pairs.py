import importlib

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN, HDBSCAN
from strategies import fingerprints, make_words

from imgcmp import pairs
from imgcmp.fingerprints.packing import pack
from imgcmp.kernels.buckets import FOUND
from imgcmp.search.buckets import buckets_pay, find_by_buckets
from imgcmp.search.pairs import _listed, _placed, _sorted, neighbours
from imgcmp.search.request import Search, Substrings
from imgcmp.search.sample import Sample, prefix_words, radius_within
from imgcmp.search.scan import find_by_scan

ROUTES = [find_by_buckets, find_by_scan]
KEPT = [2**40, 0]  # bytes for pairs that are kept while they are counted: all of them, or as few as can be


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Make even small problems use several threads."""
    monkeypatch.setattr("imgcmp.system.threads.MIN_WORK", 8)


def assert_equal(found, expected):
    assert [array.dtype for array in found] == [np.int32, np.int32, np.uint16]
    for array, expected_array in zip(found, expected, strict=True):
        assert np.array_equal(array, expected_array)


@given(st.data(), st.sampled_from([1, 2, 5]))
def test_pairs(data, workers):
    words, n_bits = data.draw(fingerprints())
    radius_bits = data.draw(st.integers(0, n_bits))
    assert_equal(pairs(words, radius_bits, n_bits=n_bits, workers=workers), naive.pairs(words, radius_bits))


@pytest.mark.parametrize("n", [3, 255, 256, 257, 2500])  # within a block, around one, across tiles
@pytest.mark.parametrize("n_bits", [64, 121, 256, 484])
@pytest.mark.parametrize("sim", [0, 0.1, 0.3, 0.5])
def test_pairs_across_blocks_and_tiles(n, n_bits, sim):
    words = make_words(n, n_bits)
    radius_bits = int(sim * n_bits)
    assert_equal(pairs(words, radius_bits, n_bits=n_bits), naive.pairs(words, radius_bits))


@pytest.mark.parametrize("kind", ["uniform", "ones"])
def test_all_pairs(kind):
    words = make_words(3000, 64, kind)
    i, j, distance = pairs(words, 64)
    expected_i, expected_j = np.triu_indices(3000, 1)
    assert np.array_equal(i, expected_i)
    assert np.array_equal(j, expected_j)
    assert distance.max() == naive.diameter(words)


def lopsided(n, n_bits, n_buckets=1):
    """Make fingerprints that are alike but for their last bits: nearly all substrings have few values."""
    random = np.random.default_rng(0)
    bits = np.repeat(random.random((n_buckets, n_bits)) < 0.5, -(-n // n_buckets), axis=0)[:n]
    bits[:, -10:] = random.random((n, 10)) < 0.5
    bits[random.random(n) < 0.3, 0] ^= True
    return pack(bits[random.permutation(n)])


def list_neighbours(route, words, radius_bits, n_bits, workers=2, max_bytes=2**40):
    """Do as `neighbours` does, by one route."""
    search = Search(words, radius_bits, n_bits, workers)
    return _listed(search, route(search, max_bytes))


def assert_exact(words, radius_bits, n_bits, workers=2):
    """Check the pairs and the neighbours, by both routes, whether the pairs were kept or found again."""
    expected, expected_lists = naive.pairs(words, radius_bits), naive.neighbours(words, radius_bits)
    search = Search(words, radius_bits, n_bits, workers)
    assert_equal(_sorted(find_by_buckets(search, 2**40)), expected)
    assert_equal(_placed(search, find_by_scan(search, 2**40)), expected)
    for route in ROUTES:
        for max_bytes in KEPT:
            found = route(search, max_bytes)
            assert np.array_equal(found.counts, np.bincount(expected[0], minlength=len(words)))
            assert found.is_whole or not max_bytes
            lists = list_neighbours(route, words, radius_bits, n_bits, workers, max_bytes)
            for array, expected_array in zip(lists, expected_lists, strict=True):
                assert np.array_equal(array, expected_array)


@given(st.data(), st.sampled_from([1, 2, 5]))
def test_both_routes(data, workers):
    words, n_bits = data.draw(fingerprints())
    assert_exact(words, data.draw(st.integers(0, min(n_bits, 300))), n_bits, workers)


@pytest.mark.parametrize("radius_bits", [0, 1, 2, 3, 4])
def test_every_radius_of_four_bits(radius_bits):
    assert_exact(make_words(300, 4, "uniform"), radius_bits, 4)


@pytest.mark.parametrize("n", [2, 23, 24, 25, 63, 64, 65, 69, 255, 1500])  # small buckets and wide ones, last blocks
@pytest.mark.parametrize("kind", ["ones", "duplicates", "clustered"])
@pytest.mark.parametrize(("n_bits", "radius_bits"), [(64, 0), (64, 6), (100, 10), (192, 3), (256, 20), (1024, 1)])
def test_both_routes_across_blocks(n, kind, n_bits, radius_bits):
    assert_exact(make_words(n, n_bits, kind), radius_bits, n_bits)


@pytest.mark.parametrize(("n_bits", "radius_bits"), [(60, 5), (64, 6), (121, 9), (484, 20)])
@pytest.mark.parametrize("n_buckets", [1, 3, 40])
def test_both_routes_with_lopsided_buckets(n_bits, radius_bits, n_buckets):
    assert_exact(lopsided(2000, n_bits, n_buckets), radius_bits, n_bits)


@pytest.mark.parametrize("n_bits", [60, 100])
def test_padding_bits_make_no_bucket(n_bits):
    edges = Substrings.of(n_bits, 6, 2).edges
    assert edges[0] == 0
    assert edges[-1] == n_bits
    assert set(np.diff(edges)) <= {n_bits // 7, n_bits // 7 + 1}


@pytest.mark.parametrize("n_words", [1, 2, 5])
def test_a_radius_of_all_bits_finds_all_pairs(n_words):
    n_bits = 64 * n_words
    assert_exact(make_words(100, n_bits, "uniform"), n_bits, n_bits)


@pytest.mark.parametrize("route", ROUTES)
def test_more_pairs_than_are_kept(route):
    search = Search(make_words(1200, 64, "ones"), 3, 64, 2)
    assert route(search, 2**40).is_whole
    assert not route(search, 0).is_whole
    assert_exact(search.words, 3, 64)
    assert 4 * FOUND < 1200 * 1199 // 2


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("workers", [1, 3])
def test_pairs_that_fit_are_kept_wherever_they_are(route, workers):
    words = np.concatenate([make_words(3000, 64, "uniform"), make_words(600, 64, "ones")])  # all in the last rows
    search = Search(words, 5, 64, workers)
    found = route(search, 2**40)
    assert found.n_pairs == 600 * 599 // 2
    kept = route(search, 16 * found.n_pairs + 8 * FOUND)
    assert kept.is_whole
    less = route(search, 0)
    assert np.array_equal(less.counts, found.counts)


@pytest.mark.parametrize("route", ROUTES)
def test_no_more_pairs_are_kept_than_there_is_room_for(route):
    search = Search(make_words(3000, 64, "ones"), 3, 64, 1)
    for max_bytes in (0, 2**20, 2**23):
        n_tasks = len(found := route(search, max_bytes).packed)
        kept = sum(packed.nbytes for packed, _ in found)
        assert kept <= max_bytes + n_tasks * 8 * FOUND


@pytest.mark.parametrize("route", ROUTES)
def test_workers_do_not_matter_for_neighbours(route):
    words = make_words(5000, 100)
    first = list_neighbours(route, words, 9, 100, workers=1)
    for workers in (2, 3, 8):
        for found, expected in zip(list_neighbours(route, words, 9, 100, workers), first, strict=True):
            assert np.array_equal(found, expected)


@given(fingerprints(), st.data())
def test_neighbours(drawn, data):
    words, n_bits = drawn
    radius_bits = data.draw(st.integers(0, n_bits))
    starts, indices = neighbours(words, radius_bits, n_bits=n_bits)
    assert (starts.dtype, indices.dtype) == (np.int64, np.int32)
    for found, expected in zip((starts, indices), naive.neighbours(words, radius_bits), strict=True):
        assert np.array_equal(found, expected)


def test_neighbours_that_do_not_fit_are_none():
    words = make_words(1000, 64, "ones")  # 499,500 pairs
    needed = 8 * 499_500 + 24 * 1001
    assert neighbours(words, 5, max_memory=needed - 1) is None
    starts, indices = neighbours(words, 5, max_memory=needed)
    assert starts.nbytes + indices.nbytes <= needed


def test_the_pairs_of_a_sample_are_those_within_the_radius():
    """Of as few rows as these it holds all of them, from both sides."""
    words = np.random.default_rng(0).integers(0, 2**12, (60, 1), dtype=np.uint64)
    i, j = Sample.of(words, 1).pairs_within(3)
    wanted = np.argwhere((naive.cdist(words, words) <= 3) & ~np.eye(60, dtype=bool))
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == sorted(map(tuple, wanted.tolist()))


@given(fingerprints(min_size=2), st.data())
def test_radius_within(drawn, data):
    words, n_bits = drawn  # so few that the sample is all of them
    most, n_pairs = data.draw(st.integers(0, n_bits)), data.draw(st.integers(0, 1000))
    within = [len(naive.pairs(words, radius)[0]) for radius in range(most + 1)]
    expected = max((radius for radius, count in enumerate(within) if count <= n_pairs), default=-1)
    assert radius_within(words, most, n_pairs) == expected


@pytest.mark.parametrize("radius_bits", [2, 25])
def test_progress_ends_at_all_pairs(radius_bits):
    words, told = make_words(3000, 100), []
    pairs_in_all = 3000 * 2999 // 2
    neighbours(words, radius_bits, n_bits=100, progress=lambda *args: told.append(args))
    assert {(what, total) for what, _, total in told} == {("pairs", pairs_in_all)}
    done = [number for _, number, _ in told]
    assert done == sorted(done)
    assert done[-1] == pairs_in_all


@pytest.mark.parametrize("by_buckets", [False, True])
def test_the_public_functions_take_both_routes(by_buckets):
    words, radius_bits = make_words(3000, 64, "duplicates"), 0 if by_buckets else 19
    assert buckets_pay(Search(words, radius_bits, 64, 2)) == by_buckets
    assert_equal(pairs(words, radius_bits), naive.pairs(words, radius_bits))
    for found, expected in zip(neighbours(words, radius_bits), naive.neighbours(words, radius_bits), strict=True):
        assert np.array_equal(found, expected)


def test_buckets_pay_where_they_are_small():
    def pays(words, radius_bits):
        return buckets_pay(Search(words, radius_bits, 64 * words.shape[1], 2))

    uniform, alike = make_words(20_000, 64, "uniform"), lopsided(20_000, 64)
    assert pays(uniform, 0)
    assert pays(uniform, 4)
    assert not pays(uniform, 16)
    assert not pays(uniform, 64)
    assert not pays(alike, 4)
    assert not pays(uniform[:2], 0)
    assert not pays(uniform[:0], 0)


@pytest.mark.parametrize("radius_bits", [0, 20])
def test_too_many_pairs_for_the_memory(radius_bits, monkeypatch):
    monkeypatch.setattr(importlib.import_module("imgcmp.search.pairs"), "available_bytes", lambda: 2_000_000)
    words = make_words(2000, 64, "ones")
    for output, needed in (("arrays", "52.0"), ("csr", "171.9")):
        message = rf"1999000 pairs within the radius need {needed} MB of memory, and 2\.0 MB are available"
        with pytest.raises(MemoryError, match=message):
            pairs(words, radius_bits, output=output)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few(n):
    assert_equal(pairs(make_words(n, 64, "ones"), 0), naive.pairs(make_words(n, 64, "ones"), 0))
    assert pairs(make_words(n, 64, "ones"), 0, output="csr").toarray().tolist() == [[0] * n] * n


# As a sparse matrix


@given(fingerprints(), st.data())
def test_the_matrix_holds_each_pair_in_both_directions_zeros_too(drawn, data):
    words, n_bits = drawn
    radius_bits = data.draw(st.integers(0, n_bits))
    matrix = pairs(words, radius_bits, n_bits=n_bits, output="csr")
    i, j, distance = naive.pairs(words, radius_bits)
    assert (matrix.format, matrix.dtype, matrix.shape) == ("csr", np.float64, (len(words), len(words)))
    assert matrix.has_canonical_format
    stored = matrix.tocoo()
    expected = sorted([*zip(i, j, distance, strict=True), *zip(j, i, distance, strict=True)])
    assert list(zip(stored.row, stored.col, stored.data, strict=True)) == expected


@pytest.mark.parametrize("kind", ["clustered", "duplicates"])
@pytest.mark.parametrize(("eps", "min_samples"), [(0.5, 2), (9, 3), (25, 5)])
def test_dbscan_finds_the_same_in_the_matrix_as_in_all_distances(kind, eps, min_samples):
    words = make_words(300, 121, kind)
    dbscan = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed")
    expected = dbscan.fit_predict(naive.cdist(words, words))
    assert len(np.unique(expected)) > 10
    assert np.array_equal(dbscan.fit_predict(pairs(words, 25, n_bits=121, output="csr")), expected)


def test_hdbscan_takes_the_matrix():
    bits = np.random.default_rng(0).random((4, 1, 256)) < 0.5
    words = pack((bits ^ (np.random.default_rng(1).random((4, 25, 256)) < 0.05)).reshape(100, 256))
    hdbscan = HDBSCAN(min_cluster_size=10, metric="precomputed", copy=True)
    labels = hdbscan.fit_predict(pairs(words, 256, output="csr"))
    expected = np.repeat(np.arange(4), 25)
    assert np.array_equal(naive.number_by_first(labels), expected)
    assert np.array_equal(naive.number_by_first(hdbscan.fit_predict(naive.cdist(words, words) * 1.0)), expected)


def test_workers_do_not_matter():
    words = make_words(5000, 121)
    first = pairs(words, 20, workers=1)
    for workers in (2, 3, 8):
        assert_equal(pairs(words, 20, workers=workers), first)


def test_words_of_either_byte_order_and_integers_of_any_type_are_taken():
    words = make_words(100, 121)
    foreign = words.astype(words.dtype.newbyteorder())
    assert_equal(pairs(foreign, np.uint8(20), n_bits=np.int16(121)), naive.pairs(words, 20))


@pytest.mark.parametrize(("radius_bits", "prefix"), [(0, 1), (6, 1), (25, 2), (77, 4), (256, 0)])
def test_prefix_follows_the_radius(radius_bits, prefix):
    words = make_words(4000, 256, "uniform")
    assert prefix_words(words.T, words.T, radius_bits) == prefix


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: pairs(w, -1), ValueError, r"radius_bits must be in 0\.\.n_bits=128; got -1"),
        (lambda w: pairs(w, 101, n_bits=100), ValueError, r"radius_bits must be in 0\.\.n_bits=100; got 101"),
        (lambda w: pairs(w, 1.5), TypeError, "integer"),
        (lambda w: pairs(w, True), TypeError, "radius_bits must be an integer; got True"),
        (lambda w: pairs(w, np.True_), TypeError, "radius_bits must be an integer; got"),
        (lambda w: pairs(w, 1, output="coo"), ValueError, "output must be arrays or csr; got 'coo'"),
        (lambda w: pairs(w[0], 1), ValueError, r"words must have shape \(n_images, n_words\)"),
        (lambda w: pairs(w, 1, n_bits=64), ValueError, r"for n_bits=64"),
        (lambda w: pairs(~w, 1, n_bits=100), ValueError, "zeros beyond bit 100"),
        (lambda w: pairs(w, 1, workers=0), ValueError, "workers must be at least 1; got 0"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(make_words(4, 100))
