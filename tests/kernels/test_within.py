"""What is within a radius of some rows: by blocks that start and stop anywhere, all words, and in buckets."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import make_words

from imgcmp.kernels.columns import WIDTH, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.within import columns_in_buckets_of_rows, columns_near_rows
from imgcmp.search.packed_pairs import unpacked

PLENTY = 2**30


def sides(seed, n_words):
    """Return rows and columns, many of them near each other, and a radius for each row."""
    random = np.random.default_rng(seed)
    words = make_words(230, 64 * n_words, "duplicates", seed)
    rows = words[random.integers(230, size=21)] ^ (random.random((21, n_words)) < 0.3).astype(np.uint64)
    return rows, words, random.choice([0, 1, 3, 40, 64 * n_words], size=21)


def wanted(rows, words, radii):
    distances = naive.cdist(rows, words)
    i, j = np.nonzero(distances <= radii[:, np.newaxis])
    return {*zip(i.tolist(), j.tolist(), distances[i, j].tolist(), strict=True)}


def pairs_of(packed, first):
    found = unpacked(packed, first)
    return [*zip(found.queries.tolist(), found.others.tolist(), found.distances.tolist(), strict=True)]


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 4, 6]), st.data())
def test_of_some_rows_and_columns_all_that_are_near_are_found_once(seed, n_words, data):
    rows, words, radii = sides(seed, n_words)
    start = ROWS * data.draw(st.integers(0, 4))
    stop = data.draw(st.integers(start + 1, len(rows)))
    j_start = WIDTH * data.draw(st.integers(0, 3))
    j_stop = data.draw(st.integers(j_start + 1, len(words)))
    fixed = transposed(rows), transposed(words), radii, np.array([PLENTY])
    packed, is_all = columns_near_rows(*fixed, start, stop, j_start, j_stop)
    found = pairs_of(packed, start)
    assert is_all
    assert len(found) == len(set(found))
    expected = wanted(rows[start:stop], words[j_start:j_stop], radii[start:stop])
    assert set(found) == {(start + i, j_start + j, distance) for i, j, distance in expected}


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([1, 4]), st.data())
def test_of_buckets_all_pairs_are_found_that_agree_there_first(seed, n_words, data):
    """Buckets start and stop anywhere in blocks."""
    rows, words, radii = sides(seed, n_words)
    edges = np.array([0, 2, 4, 64 * n_words])  # three substrings; buckets are of the second: two bits
    buckets_of = [((each[:, 0] >> np.uint64(60)) & np.uint64(3)).astype(int) for each in (rows, words)]
    orders = [np.argsort(each, kind="stable") for each in buckets_of]
    starts = [np.searchsorted(each[order], range(5)) for each, order in zip(buckets_of, orders, strict=True)]
    rows, words, radii = rows[orders[0]], words[orders[1]], radii[orders[0]]
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(rows))] * 2)))
    fixed = transposed(rows), starts[0], transposed(words), starts[1], radii, edges, 1, np.array([PLENTY])
    packed, is_all = columns_in_buckets_of_rows(*fixed, start, stop)
    first_bits, second_bits = (
        [(each[:, 0] >> np.uint64(k)) & np.uint64(3) for each in (rows, words)] for k in (62, 60)
    )
    expected = {
        (i, j, distance)
        for i, j, distance in wanted(rows, words, radii)
        if start <= i < stop and first_bits[0][i] != first_bits[1][j] and second_bits[0][i] == second_bits[1][j]
    }
    found = pairs_of(packed, start)
    assert is_all
    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.parametrize("room", [-1, 0, 1000])
def test_where_room_is_used_up_that_is_told_and_what_was_found_is_right(room):
    rows, words = np.zeros((20, 1), np.uint64), np.zeros((3000, 1), np.uint64)
    fixed = transposed(rows), transposed(words), np.zeros(20, np.int64), np.array([room])
    packed, is_all = columns_near_rows(*fixed, 0, 20, 0, 3000)
    found = pairs_of(packed, 0)
    assert not is_all
    assert len(set(found)) == len(found) < 60_000
    assert set(found) <= wanted(rows, words, np.zeros(20, np.int64))
