import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from strategies import fingerprints, make_words

from imgcmp import cluster, linkage, pairs, pdist, sim_to_cut
from imgcmp.clusters.cut import EPS, LINKAGES
from imgcmp.clusters.small import cluster_condensed

methods = st.sampled_from(LINKAGES)
sims = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.4, 1.0]))


@given(fingerprints(min_size=2), sims, methods)
def test_cluster_is_its_definition(drawn, sim, method):
    words, n_bits = drawn
    labels = cluster(words, sim, n_bits=n_bits, linkage=method)
    assert labels.dtype == np.int32
    assert np.array_equal(labels, naive.clusters(words, n_bits, sim, method))


@given(fingerprints(min_size=2), sims, methods, st.integers(0, 2**32))
def test_order_of_the_images_does_not_matter(drawn, sim, method, seed):
    words, n_bits = drawn
    order = np.random.default_rng(seed).permutation(len(words))
    labels = cluster(words, sim, n_bits=n_bits, linkage=method)
    assert np.array_equal(
        cluster(words[order], sim, n_bits=n_bits, linkage=method), naive.number_by_first(labels[order])
    )


@pytest.mark.parametrize("method", LINKAGES)
def test_workers_do_not_matter(method, monkeypatch):
    monkeypatch.setattr("imgcmp.system.threads.MIN_WORK", 8)
    words = make_words(600, 64)
    first = cluster(words, 0.3, n_bits=64, linkage=method, workers=1)
    for workers in (2, 5):
        assert np.array_equal(cluster(words, 0.3, n_bits=64, linkage=method, workers=workers), first)


@given(fingerprints(min_size=1), methods)
def test_sim_0_joins_equal_fingerprints_only(drawn, method):
    words, n_bits = drawn
    labels = cluster(words, 0.0, n_bits=n_bits, linkage=method)
    assert np.array_equal(labels, naive.number_by_first(map(tuple, words.tolist())))


@given(fingerprints(min_size=1), methods)
def test_sim_1_joins_all(drawn, method):
    words, n_bits = drawn
    assert not cluster(words, 1.0, n_bits=n_bits, linkage=method).any()


@given(fingerprints(min_size=2), sims)
def test_single_linkage_is_connected_components(drawn, sim):
    words, n_bits = drawn
    labels = cluster(words, sim, n_bits=n_bits, linkage="single")
    i, j, _ = pairs(words, int(sim_to_cut(sim, n_bits) - 2 * EPS), n_bits=n_bits)
    assert np.array_equal(labels[i], labels[j])
    roots = np.arange(len(words))
    for _ in range(len(words)):
        np.minimum.at(roots, i, roots[j])
        np.minimum.at(roots, j, roots[i])
    assert np.array_equal(labels, naive.number_by_first(roots))


@given(fingerprints(min_size=2), sims)
def test_complete_linkage_bounds_the_diameter(drawn, sim):
    words, n_bits = drawn
    labels = cluster(words, sim, n_bits=n_bits, linkage="complete")
    for label in range(labels.max() + 1):
        assert pdist(words[labels == label]).max(initial=0) <= sim_to_cut(sim, n_bits)


def test_sim_0_29_of_100_bits_is_29_bits():
    # 0.29 * 100 = 28.999999999999996
    words = make_words(2, 100, "ones")
    words[1, 0] ^= np.uint64(2**64 - 2**35)  # 29 bits
    assert pdist(words).tolist() == [29]
    assert cluster(words, 0.29, n_bits=100).tolist() == [0, 0]
    assert cluster(words, 0.2899, n_bits=100).tolist() == [0, 1]


@given(st.floats(0, 1), st.integers(4, 4096), st.integers(0, 4096))
def test_cut_lets_through_the_distances_at_or_below_it(sim, n_bits, distance):
    cut_bits = round(sim * n_bits * 256) / 256
    assert sim_to_cut(sim, n_bits) == cut_bits + 2 * EPS
    highest_tie_break = EPS * 2 * (1 - 2.0**-53)
    assert (distance <= cut_bits) == (distance + highest_tie_break <= sim_to_cut(sim, n_bits))
    assert (distance <= cut_bits) == (distance <= sim_to_cut(sim, n_bits))


@given(fingerprints(min_size=2), methods)
def test_linkage_is_scipys_of_the_heights(drawn, method):
    words, n_bits = drawn
    tree = linkage(words, linkage=method, n_bits=n_bits)
    assert np.array_equal(tree, hierarchy.linkage(naive.heights(words), method))
    labels = hierarchy.fcluster(tree, sim_to_cut(0.25, n_bits), "distance")
    assert np.array_equal(naive.number_by_first(labels), cluster(words, 0.25, n_bits=n_bits, linkage=method))


def test_private_route_takes_what_the_public_one_checked():
    words = make_words(50, 64)
    labels = cluster_condensed(words, 16.0, "average", 1)
    assert np.array_equal(naive.number_by_first(labels), cluster(words, 0.25, n_bits=64))


def test_words_of_either_byte_order_are_taken():
    words, views = make_words(50, 100), make_words(150, 100, seed=1).reshape(50, 3, 2)
    foreign = words.dtype.newbyteorder()
    for some in (None, views):
        asked = None if some is None else some.astype(foreign)
        assert np.array_equal(cluster(words.astype(foreign), 0.2, views=asked), cluster(words, 0.2, views=some))
        assert np.array_equal(linkage(words.astype(foreign), views=asked), linkage(words, views=some))


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("n", [0, 1])
def test_too_few_to_link(method, n):
    words = make_words(n, 64)
    assert cluster(words, 0.5, n_bits=64, linkage=method).tolist() == [0] * n
    with pytest.raises(ValueError, match=f"words must hold at least 2 fingerprints to link; got {n}"):
        linkage(words, linkage=method)


@pytest.mark.parametrize(
    ("method", "n_views", "needed"), [("complete", 0, "80.0 GB"), ("single", 1, "45.0 GB"), ("average", 1, "80.0 GB")]
)
def test_the_memory_of_a_whole_tree_is_checked_before_it_is_taken(method, n_views, needed, monkeypatch):
    monkeypatch.setattr("imgcmp.clusters.linkage.available_bytes", lambda: 10**9)
    words, views = np.zeros((100_000, 1), np.uint64), np.zeros((100_000, n_views, 1), np.uint64)
    message = f"the whole tree of 100000 images takes {needed} of memory to compute, and 1.0 GB are available"
    with pytest.raises(MemoryError, match=message):
        linkage(words, views=views, linkage=method)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: cluster(w, 1.1, n_bits=100), ValueError, r"sim must be in 0\.\.1; got 1\.1"),
        (lambda w: cluster(w, -0.1, n_bits=100), ValueError, r"sim must be in 0\.\.1; got -0\.1"),
        (lambda w: cluster(w, float("nan"), n_bits=100), ValueError, r"sim must be in 0\.\.1; got nan"),
        (lambda w: cluster(w, True, n_bits=100), TypeError, r"sim must be a number in 0\.\.1; got True"),
        (lambda w: cluster(w, np.False_, n_bits=100), TypeError, r"sim must be a number in 0\.\.1; got "),
        (lambda w: cluster(w, 0.1, n_bits=True), TypeError, "n_bits must be an integer; got True"),
        (lambda w: cluster(w, 0.1, n_bits=100, max_memory=True), TypeError, "max_memory must be an integer; got True"),
        (lambda w: cluster(w, 0.1, n_bits=100, linkage="ward"), ValueError, "ward is for Euclidean distances"),
        (lambda w: linkage(w, linkage="centroid"), ValueError, "centroid is for Euclidean distances"),
        (lambda w: linkage(w, linkage="median"), ValueError, "median is for Euclidean distances"),
        (lambda w: linkage(w, linkage="mean"), ValueError, "single, complete, average, weighted; got 'mean'"),
        (lambda w: cluster(w, 0.1, n_bits=64), ValueError, "for n_bits=64"),
        (lambda w: cluster(w, 0.1, n_bits=100, workers=0), ValueError, "workers must be at least 1; got 0"),
        (
            lambda w: cluster(w, 0.1, n_bits=100, max_memory=-1),
            ValueError,
            "max_memory must be at least 0 bytes; got -1",
        ),
        (lambda _: sim_to_cut(0.5, 0), ValueError, "n_bits must be at least 1; got 0"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(make_words(4, 100))
