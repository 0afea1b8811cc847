import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints, make_words

from imgcmp import kernels, pairs
from imgcmp.pairs import _prefix_words


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Make even small problems use several threads."""
    monkeypatch.setattr("imgcmp.threads.MIN_WORK", 8)


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


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few(n):
    assert_equal(pairs(make_words(n, 64, "ones"), 0), naive.pairs(make_words(n, 64, "ones"), 0))


def test_workers_do_not_matter():
    words = make_words(5000, 121)
    first = pairs(words, 20, workers=1)
    for workers in (2, 3, 8):
        assert_equal(pairs(words, 20, workers=workers), first)


@pytest.mark.parametrize(("radius_bits", "prefix"), [(0, 1), (6, 1), (25, 2), (77, 4), (256, 0)])
def test_prefix_follows_the_radius(radius_bits, prefix):
    words = make_words(4000, 256, "uniform")
    assert _prefix_words(kernels.transposed(words), len(words), radius_bits) == prefix


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: pairs(w, -1), ValueError, r"radius_bits must be in 0\.\.n_bits=128; got -1"),
        (lambda w: pairs(w, 101, n_bits=100), ValueError, r"radius_bits must be in 0\.\.n_bits=100; got 101"),
        (lambda w: pairs(w, 1.5), TypeError, "integer"),
        (lambda w: pairs(w[0], 1), ValueError, r"words must have shape \(n_images, n_words\)"),
        (lambda w: pairs(w, 1, n_bits=64), ValueError, r"for n_bits=64"),
        (lambda w: pairs(~w, 1, n_bits=100), ValueError, "zeros beyond bit 100"),
        (lambda w: pairs(w, 1, workers=0), ValueError, "workers must be at least 1; got 0"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(make_words(4, 100))
