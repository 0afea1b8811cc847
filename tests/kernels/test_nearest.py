import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.kernels import nearest as kernels
from imgcmp.kernels.columns import WIDTH, transposed
from imgcmp.kernels.jit import callable_from_python
from imgcmp.kernels.nearest import Kept

keep_nearest = callable_from_python(kernels.keep_nearest)
lay_out = callable_from_python(kernels.lay_out)
words_to_judge = callable_from_python(kernels.words_to_judge)


def new_kept(n_rows, k, n_bits):
    return Kept(np.empty((n_rows, 2 * k + WIDTH), np.int64), np.zeros(n_rows, np.int64), np.full(n_rows, n_bits))


@given(st.lists(st.integers(0, 64), max_size=40), st.integers(1, 45))
def test_the_nearest_are_kept_and_the_radius_falls_below_the_last_of_them(distances, k):
    kept, found = new_kept(1, k, 64), np.array(distances, np.int64) << 32 | np.arange(len(distances))
    kept = kept._replace(found=np.append(found, np.zeros(5, np.int64))[np.newaxis])
    kept.counts[0] = len(distances)
    keep_nearest(kept, 0, k, np.empty(65, np.int64))
    wanted = np.sort(found)[:k]
    left = kept.found[0, : kept.counts[0]]
    assert np.array_equal(np.sort(left), wanted)
    assert (np.diff(left & 0xFFFFFFFF) > 0).all()
    assert kept.radii[0] == ((wanted[-1] >> 32) - 1 if len(found) >= k else 64)


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["words", "columns"])
def test_parts_one_after_another_give_the_nearest_of_all(kind, n_words):
    random = np.random.default_rng(n_words)
    words = random.integers(2**64, size=(5000, n_words), dtype=np.uint64)
    queries = words[random.integers(5000, size=6)] ^ np.uint64(1)
    kept = new_kept(6, 20, 64 * n_words)
    for start, stop in ((0, 64), (64, 2112), (2112, 5000)):
        if kind == "words":
            kernels.nearest_in_words(kept, transposed(queries), words.reshape(-1), 20, start, stop)
        else:
            kernels.nearest_in_columns(kept, transposed(queries), transposed(words), 20, start, stop)
    distances, indices = naive.nearest(words, queries, 20)
    found = np.sort(kept.found[:, :20], axis=1)
    assert kept.counts.tolist() == [20] * 6
    assert np.array_equal(found >> 32, distances)
    assert np.array_equal(found & 0xFFFFFFFF, indices)


@pytest.mark.parametrize("n_words", [1, 3, 4])
@pytest.mark.parametrize("k", [1, 70, 600])
def test_counting_gives_the_nearest_of_all(n_words, k):
    random = np.random.default_rng(n_words)
    words = random.integers(2**64, size=(600, n_words), dtype=np.uint64)
    words[300:400] = words[0]
    queries = words[random.integers(600, size=6)] ^ np.uint64(1)
    indices, distances = np.empty((6, k), np.int32), np.empty((6, k), np.uint16)
    for start, stop in ((0, 4), (4, 6)):
        kernels.nearest_by_counting(indices, distances, transposed(queries), transposed(words), start, stop)
    wanted_distances, wanted_indices = naive.nearest(words, queries, k)
    assert np.array_equal(distances, wanted_distances)
    assert np.array_equal(indices, wanted_indices)


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 7])
def test_lay_out(n_words):
    words = np.random.default_rng(0).integers(2**64, size=(100, n_words), dtype=np.uint64)
    for start, stop in ((0, 0), (0, 3), (5, 69), (0, 100), (93, 100)):
        out = np.full((n_words, 110), 7, np.uint64)
        lay_out(out, words.reshape(-1), start, stop)
        assert np.array_equal(out[:, : stop - start], words[start:stop].T)
        assert (out[:, stop - start :] == 7).all()


def test_no_more_words_are_judged_than_there_are():
    for n_words in (1, 2, 3, 4, 9):
        judged = [words_to_judge(radius, n_words) for radius in range(64 * n_words + 1)]
        assert judged == sorted(judged)
        assert set(judged) <= {1, 2, 4}
        assert max(judged) <= n_words
