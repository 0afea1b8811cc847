import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance as scipy_distance
from strategies import fingerprints, make_words

from imgcmp import cdist, nearest, pdist, unpack
from imgcmp.search.distances import diameter, diameters

WORKERS = (1, 2, 5)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Make even small problems use several threads."""
    monkeypatch.setattr("imgcmp.system.threads.MIN_WORK", 8)


@given(fingerprints(), st.sampled_from([np.uint16, np.float64]), st.sampled_from(WORKERS))
def test_pdist(drawn, dtype, workers):
    words, _ = drawn
    distances = pdist(words, dtype=dtype, workers=workers)
    assert distances.dtype == dtype
    assert np.array_equal(distances, naive.pdist(words))


@given(fingerprints(min_size=2))
def test_pdist_is_scipys(drawn):
    words, n_bits = drawn
    expected = np.rint(scipy_distance.pdist(unpack(words, n_bits), "hamming") * n_bits)
    assert np.array_equal(pdist(words), expected)


@pytest.mark.parametrize("n", [255, 256, 257, 1100])
@pytest.mark.parametrize("dtype", [np.uint16, np.float64])
def test_pdist_across_blocks(n, dtype):
    words = make_words(n, 121, "uniform")
    assert np.array_equal(pdist(words, dtype=dtype), naive.pdist(words))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few(n):
    words = make_words(n, 100)
    assert pdist(words).shape == (n * (n - 1) // 2,)
    assert cdist(words, words).shape == (n, n)
    assert diameter(words) == naive.diameter(words)


@given(fingerprints(min_size=1))
def test_squareform_of_pdist_is_cdist(drawn):
    words, _ = drawn
    square = cdist(words, words)
    assert np.array_equal(scipy_distance.squareform(pdist(words)) if len(words) > 1 else [[0]], square)
    assert np.array_equal(square, square.T)
    assert not square.diagonal().any()


@given(fingerprints(min_size=3, max_size=12))
def test_triangle_inequality(drawn):
    words, _ = drawn
    square = cdist(words, words).astype(int)
    assert np.all(square[:, :, None] + square[None, :, :] >= square[:, None, :])


@given(st.data(), st.sampled_from([np.uint16, np.float64]), st.sampled_from(WORKERS))
def test_cdist(data, dtype, workers):
    words_a, n_bits = data.draw(fingerprints())
    words_b, _ = data.draw(fingerprints(n_bits=n_bits))
    distances = cdist(words_a, words_b, dtype=dtype, workers=workers)
    assert distances.dtype == dtype
    assert np.array_equal(distances, naive.cdist(words_a, words_b))


@given(fingerprints(), st.sampled_from(WORKERS))
def test_diameter(drawn, workers):
    words, _ = drawn
    assert diameter(words, workers=workers) == naive.diameter(words)


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 7])  # in registers, and not
@pytest.mark.parametrize("n", [255, 256, 1030])  # with and without padding
@pytest.mark.parametrize("workers", WORKERS)
def test_diameter_of_many(n, n_words, workers):
    words = make_words(n, 64 * n_words)
    assert diameter(words, workers=workers) == naive.diameter(words)
    ones = np.full((n, n_words), 2**64 - 1, np.uint64)
    assert diameter(ones, workers=workers) == 0
    ones[-1, -1] -= np.uint64(1)
    assert diameter(ones, workers=workers) == 1


@given(fingerprints(), st.lists(st.integers(0, 4), max_size=40), st.sampled_from(WORKERS), st.integers(0, 6))
def test_diameters(drawn, labels, workers, small_group):
    words, _ = drawn
    labels = np.array(labels, int)[: len(words)]
    groups = [np.flatnonzero(labels == label) for label in range(5)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgcmp.search.distances._SMALL_GROUP", small_group)
        found = diameters(words, groups, workers=workers)
    assert found.dtype == np.uint16
    assert found.tolist() == [naive.diameter(words[group]) for group in groups]


def test_diameters_of_no_groups():
    assert diameters(make_words(3, 64), []).shape == (0,)


def test_diameters_of_small_and_large_groups():
    words = make_words(1000, 256)
    groups = [np.arange(300), np.arange(300, 310), np.arange(310, 1000)[::-1], np.array([5, 999])]
    assert diameters(words, groups).tolist() == [naive.diameter(words[group]) for group in groups]


def test_all_ones_against_zeros():
    words = np.array([[0] * 64, [2**64 - 1] * 64], np.uint64)
    assert pdist(words).tolist() == [4096]
    assert cdist(words, words, dtype=float).tolist() == [[0, 4096], [4096, 0]]
    assert diameter(words) == 4096


def test_non_contiguous_words():
    words = make_words(40, 256)
    assert np.array_equal(pdist(words[::2, ::-1]), pdist(np.ascontiguousarray(words[::2, ::-1])))


def test_words_of_either_byte_order_are_taken():
    words = make_words(40, 256)
    foreign = words.astype(words.dtype.newbyteorder())
    assert np.array_equal(pdist(foreign), naive.pdist(words))
    assert np.array_equal(cdist(foreign, words), naive.cdist(words, words))
    assert np.array_equal(nearest(words, foreign, 3), naive.nearest(words, words, 3))
    assert diameter(foreign) == naive.diameter(words)
    assert diameters(foreign, [np.arange(40)]) == naive.diameter(words)


def test_out_is_filled_and_returned():
    words = make_words(30, 64)
    for dtype in (np.uint16, np.float64):
        out = np.full(435, 7, dtype)
        assert pdist(words, out=out, dtype=dtype) is out
        assert np.array_equal(out, naive.pdist(words))
        out = np.full((30, 30), 7, dtype)
        assert cdist(words, words, out=out, dtype=dtype) is out
        assert np.array_equal(out, naive.cdist(words, words))


WORDS = make_words(4, 64)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pdist(WORDS[0]), ValueError, r"words must have shape \(n_images, n_words\); got \(1,\)"),
        (lambda: pdist(WORDS.astype(int)), TypeError, "words must have dtype uint64; got int64"),
        (lambda: pdist(np.zeros((2, 1024), np.uint64)), ValueError, "at most 1023 words"),
        (lambda: pdist(WORDS, dtype=np.int32), TypeError, "dtype must be uint16 or float64; got int32"),
        (lambda: pdist(WORDS, out=np.empty(6)), TypeError, "out must be an array of dtype uint16; got float64"),
        (lambda: pdist(WORDS, out=[1]), TypeError, "out must be an array of dtype uint16; got list"),
        (lambda: pdist(WORDS, out=np.empty(5, np.uint16)), ValueError, r"out must have shape \(6,\); got \(5,\)"),
        (lambda: pdist(WORDS, out=np.empty(12, np.uint16)[::2]), ValueError, "out must be C-contiguous"),
        (lambda: pdist(WORDS, workers=0), ValueError, "workers must be at least 1; got 0"),
        (lambda: cdist(WORDS, make_words(4, 65)), ValueError, r"equal n_words; got \(4, 1\) and \(4, 2\)"),
        (lambda: cdist(WORDS, WORDS[0]), ValueError, r"words_b must have shape"),
        (lambda: nearest(WORDS, WORDS, 5), ValueError, r"k must be in 1\.\.4, .*; got 5"),
        (lambda: nearest(WORDS, WORDS, 0), ValueError, r"k must be in 1\.\.4, .*; got 0"),
        (lambda: nearest(WORDS, WORDS, 1.0), TypeError, "integer"),
        (lambda: nearest(WORDS, WORDS, True), TypeError, "k must be an integer; got True"),
        (lambda: nearest(WORDS, WORDS, 1, workers=True), TypeError, "workers must be an integer; got True"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_out_that_is_not_aligned_is_refused():
    words = np.arange(40, dtype=np.uint64)[:, None]
    n_pairs = 40 * 39 // 2
    out = np.zeros(8 * n_pairs + 8, np.uint8)[1 : 1 + 8 * n_pairs].view(np.float64)
    with pytest.raises(ValueError, match="out must be C-contiguous, aligned and writeable"):
        pdist(words, out=out, dtype=np.float64)
