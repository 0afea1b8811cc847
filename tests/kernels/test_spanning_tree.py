from itertools import pairwise

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree
from strategies import fingerprints, noisy_groups, with_views

from imgcmp.clusters.points import distinct_points
from imgcmp.kernels import spanning_tree
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.dendrogram import MERGER
from imgcmp.search.view_distances import variants_of


def wanted_heights(square):
    """The heights of scipy's minimum spanning tree, ascending; no two points are 0 apart."""
    return np.sort(minimum_spanning_tree(square).data)


@given(fingerprints(min_size=1, max_size=300), st.sampled_from([1, 1000, 2**40]))
def test_a_tree_grows_to_the_minimum_spanning_tree(drawn, max_work):
    points = distinct_points(drawn[0])
    n = len(points.words)
    growing, mergers = spanning_tree.new_growing(points.offsets), np.empty(n, MERGER)
    columns = transposed(points.words)
    while growing.state[0] > 0:
        spanning_tree.grow(growing, mergers, columns, max_work)
    found = mergers[: n - 1]
    square = naive.square_heights(points.words)
    np.fill_diagonal(square, 0)
    np.testing.assert_allclose(np.sort(found["height"]), wanted_heights(square), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["height"], square[found["first"], found["second"]], rtol=0, atol=1e-9)


@given(with_views(), st.sampled_from([1, 1000, 2**40]))
def test_a_tree_grows_over_views(drawn, max_work):
    words, views, _ = drawn
    rows = np.flatnonzero(np.random.default_rng(0).random(len(words)) < 0.7)
    rows = rows[np.unique(np.hstack([words, views.reshape(len(words), -1)])[rows], axis=0, return_index=True)[1]]
    offsets = np.random.default_rng(1).random(len(words)) / 1024
    growing, mergers = spanning_tree.new_growing(offsets[rows]), np.empty(len(rows), MERGER)
    while growing.state[0] > 0:
        spanning_tree.grow_over_views(growing, mergers, variants_of(words, views), rows, max_work)
    square = naive.view_distances(words, views)[np.ix_(rows, rows)] + (offsets[rows, np.newaxis] + offsets[rows])
    np.fill_diagonal(square, 0)
    np.testing.assert_allclose(
        np.sort(mergers["height"][: max(len(rows) - 1, 0)]), wanted_heights(square), rtol=0, atol=1e-9
    )


@pytest.mark.parametrize("max_size", [0, 5, 100])
def test_groups_are_spanned_but_for_large_ones(max_size):
    words, views, _ = noisy_groups(60, 64)
    offsets = np.random.default_rng(1).random(60) / 1024
    rows, starts = np.random.default_rng(2).permutation(60), np.array([0, 2, 3, 8, 60])
    mergers = np.empty(60, MERGER)
    growing = spanning_tree.new_growing(np.zeros(max_size))
    variants = variants_of(words, views)
    spanning_tree.span_groups(growing, mergers, variants, offsets, rows, starts, max_size, 0, 4)
    for start, stop in pairwise(starts.tolist()):
        assert mergers[stop - 1]["first"] == -1
        if stop - start <= max_size:
            group, found = rows[start:stop], mergers[start : stop - 1]
            square = naive.view_distances(words, views)[np.ix_(group, group)] + (offsets[group, None] + offsets[group])
            np.fill_diagonal(square, 0)
            np.testing.assert_allclose(np.sort(found["height"]), wanted_heights(square), rtol=0, atol=1e-9)
            assert set(found["first"]) | set(found["second"]) == (set(group) if len(group) > 1 else set())


@given(st.integers(2, 30), st.integers(0, 2**32))
def test_pairs_that_join(n, seed):
    random = np.random.default_rng(seed)
    i, j = random.integers(0, n, (2, 40))
    parents = np.arange(n, dtype=np.int32)
    is_joining, labels = np.empty(40, bool), np.arange(n)
    spanning_tree.take_joining(is_joining, parents, i, j)
    for k in range(40):
        assert is_joining[k] == (labels[i[k]] != labels[j[k]])
        labels[labels == labels[i[k]]] = labels[j[k]]
    p, q = random.integers(0, n, (2, 20))
    is_apart = np.empty(20, bool)
    spanning_tree.take_apart(is_apart, parents, p, q)
    assert np.array_equal(is_apart, labels[p] != labels[q])
