"""Trees of clusters: parts of them, and how many clusters there are over SIM."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy

from imgcmp import sim_to_cut
from imgcmp.results.cluster_tree import ClusterTree, check_tree_target, write_tree_file

N_BITS = 64


def tree_of(seed, n, sim):
    random = np.random.default_rng(seed)
    merged = hierarchy.linkage(random.normal(0, 20, (n, 3)), "average")
    leaves = np.sort(random.permutation(2 * n)[:n])
    return ClusterTree(merged[merged[:, 2] <= sim * N_BITS], leaves, sim, N_BITS), merged


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(2, 30), st.floats(0.05, 1))
def test_counts_are_those_of_scipy_at_every_sim(seed, n, sim):
    """And no SIM is missing at which something merges."""
    tree, whole = tree_of(seed, n, sim)
    at, n_clusters, largest = tree.counts()
    assert (np.diff(at) > 0).all()
    for k, least in enumerate(at):
        sizes = np.bincount(hierarchy.fcluster(whole, sim_to_cut(least, N_BITS), "distance"))
        assert n_clusters[k] == np.count_nonzero(sizes >= 2)
        assert largest[k] == sizes.max()
    steps = np.round(at * N_BITS * 256).astype(int)
    n_merged = [np.count_nonzero(tree.merged[:, 2] <= sim_to_cut(step / 256 / N_BITS, N_BITS)) for step in steps]
    before = [np.count_nonzero(tree.merged[:, 2] <= (step - 1) / 256 + 2 / 1024) for step in steps]
    assert n_merged == [*before[1:], len(tree.merged)] or not len(at)
    assert before[:1] in ([], [0])


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(2, 30), st.floats(0.05, 1))
def test_a_part_has_the_cophenetic_distances_of_the_whole(seed, n, sim):
    tree, whole = tree_of(seed, n, sim)
    labels = hierarchy.fcluster(whole, sim * N_BITS, "distance")
    of_whole = hierarchy.cophenet(whole)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        merged, leaves = tree.part(tree.leaves[own])
        np.testing.assert_array_equal(leaves, tree.leaves[own])
        if len(own) < 2:
            assert merged.shape == (0, 4)
            continue
        assert hierarchy.is_valid_linkage(merged)
        i, j = np.triu_indices(len(own), 1)
        a, b = own[i], own[j]
        expected = of_whole[n * a - a * (a + 1) // 2 + b - a - 1]
        np.testing.assert_allclose(hierarchy.cophenet(merged), expected)


def test_of_a_cluster_that_the_tree_does_not_hold_together_the_largest_part_is_whole():
    merged = np.array([(0, 1, 2.0, 2), (2, 3, 3.0, 2), (4, 5, 4.0, 3)])  # leaves 0, 1 and 4; 2 and 3
    tree = ClusterTree(merged, np.array([10, 11, 12, 13, 14]), 0.1, N_BITS)
    merged, leaves = tree.part(np.array([10, 11, 12, 13, 14]))
    assert leaves.tolist() == [10, 11, 14]
    assert hierarchy.is_valid_linkage(merged)
    merged, leaves = tree.part(np.array([10, 14]))  # 11 is a further name of a file
    assert (leaves.tolist(), len(merged)) == ([10, 11, 14], 2)
    merged, leaves = tree.part(np.array([99]))
    assert (len(leaves), merged.shape) == (0, (0, 4))


def test_a_file_is_replaced_only_if_it_is_a_tree(tmp_path):
    tree, _ = tree_of(0, 5, 1)
    path = str(tmp_path / "tree.npz")
    files = [f"/{k}" for k in range(10)]
    for sim in (1, 0.5):
        write_tree_file(path, tree._replace(sim=sim), files, linkage="average", method="phash", x=8, views="none")
        with np.load(path) as stored:
            assert stored["sim"] == sim
            assert [name.decode() for name in stored["files"].tobytes().split(b"\0")[:-1]] == [
                files[leaf] for leaf in tree.leaves
            ]
    np.savez(path, Z=tree.merged)
    with pytest.raises(ValueError, match="was not made by imgcmp"):
        check_tree_target(path)
