"""Clusters over views: every route gives the partition of scipy's fcluster(linkage(D')), D' from the view distance."""

import math
from functools import partial

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.cluster import hierarchy
from scipy.sparse import csgraph
from strategies import make_words, noisy_groups, with_views

from imgcmp import cluster, linkage, sim_to_cut
from imgcmp.clusters import routes
from imgcmp.clusters.chain import Agglomeration
from imgcmp.clusters.cut import LINKAGES
from imgcmp.clusters.points import distinct_points
from imgcmp.clusters.routes import Task, cluster_large
from imgcmp.clusters.single_linkage import components
from imgcmp.clusters.small import cut_over_views
from imgcmp.clusters.view_components import Linker
from imgcmp.kernels import linking as kernels
from imgcmp.kernels.linking import AVERAGE, COMPLETE, WEIGHTED
from imgcmp.search.buckets import HIT_COST
from imgcmp.search.distances import diameters
from imgcmp.search.pivots import pivots_that_pay
from imgcmp.search.view_distances import diameters_with_views, whole_variants
from imgcmp.search.view_pairs import ViewSearch, view_radius_within

AMPLE = 2**40

methods = st.sampled_from(LINKAGES)
sims = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.29, 0.3, 0.4, 0.5, 1.0]))


def task(words, views, n_bits, sim, method, max_bytes=AMPLE, workers=1):
    cut_bits = round(sim * n_bits * 256) / 256
    return Task(distinct_points(words, views), n_bits, cut_bits, method, workers, max_bytes)


def search(task):
    return ViewSearch(task.points.variants, math.floor(task.cut_bits), task.n_bits, task.workers)


def condensed(task):
    labels = cut_over_views(task.points, task.points.point_of, task.cut_bits, task.linkage, task.workers)
    return naive.number_by_first(labels)


def by_components(task):
    labels = routes._connected(task) if task.linkage == "single" else routes._cluster_view_components(task)
    return labels[task.points.point_of]


def by_chain(task):
    found = search(task).neighbours(AMPLE)
    labels = components(found) if task.linkage == "single" else routes._by_neighbours(task, found).labels
    return labels[task.points.point_of]


def among_all(task):
    if task.linkage == "single":
        return by_components(task)
    tree = Agglomeration(task.points, task.linkage, task.workers)
    tree.merge_all(task.cut_bits)
    return tree.labels[task.points.point_of]


def in_two_steps(task):
    if task.linkage == "single":
        return among_all(task)
    tree = Agglomeration(task.points, task.linkage, task.workers)
    first = task._replace(cut_bits=math.floor(task.cut_bits / 2))
    tree.merge_neighbours(search(first).neighbours(AMPLE), first.cut_bits)
    tree.merge_all(task.cut_bits)
    return tree.labels[task.points.point_of]


ROUTES = [condensed, by_components, by_chain, among_all, in_two_steps]


@pytest.mark.parametrize("route", ROUTES)
@given(with_views(), sims, methods)
def test_every_route_is_the_definition(route, drawn, sim, method):
    words, views, n_bits = drawn
    labels = route(task(words, views, n_bits, sim, method))
    assert np.array_equal(naive.number_by_first(labels), naive.clusters_over_views(words, views, n_bits, sim, method))


@pytest.mark.parametrize("max_bytes", ["least", AMPLE])
@given(with_views(max_size=100), sims, methods)
def test_the_chosen_route_is_the_definition(max_bytes, drawn, sim, method):
    words, views, n_bits = drawn
    chosen = task(words, views, n_bits, sim, method)
    if max_bytes == "least":
        chosen = chosen._replace(max_bytes=AMPLE - chosen.room + 4 * chosen.points.variants.columns.words.nbytes)
    labels = cluster_large(chosen)
    assert np.array_equal(naive.number_by_first(labels), naive.clusters_over_views(words, views, n_bits, sim, method))


CASES = {
    "groups": lambda: noisy_groups(700, 64),
    "long fingerprints": lambda: noisy_groups(500, 256),
    "unused bits": lambda: noisy_groups(500, 100),
    "half of them equal": lambda: [*(np.repeat(array, 2, axis=0) for array in noisy_groups(300, 64)[:2]), 64],
    "all equal": lambda: (make_words(300, 64, "ones"), np.zeros((300, 2, 1), np.uint64), 64),
    "one view": lambda: noisy_groups(600, 64, 1),
}


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("case", CASES)
def test_large_cases_are_the_definition(case, method):
    words, views, n_bits = CASES[case]()
    order = np.random.default_rng(1).permutation(len(words))
    for sim in (0.0, 0.15, 0.29):
        wanted = naive.clusters_over_views(words, views, n_bits, sim, method)
        for route in ROUTES:
            labels = route(task(words, views, n_bits, sim, method))
            assert np.array_equal(naive.number_by_first(labels), wanted), route
            shuffled = route(task(words[order], views[order], n_bits, sim, method, workers=3))
            assert np.array_equal(naive.number_by_first(shuffled), naive.number_by_first(wanted[order])), route


@pytest.mark.parametrize("method", LINKAGES)
def test_the_route_is_not_seen_in_the_result(method, monkeypatch):
    words, views, n_bits = noisy_groups(2500, 64, 5)
    wanted = cluster(words, 0.1, n_bits=n_bits, views=views, linkage=method)
    for room in (0, 2**15, 2**40):
        monkeypatch.setattr(routes, "LIST_BYTES", room)
        monkeypatch.setattr(routes, "SHORT_LIST_BYTES", room)
        assert np.array_equal(cluster(words, 0.1, n_bits=n_bits, views=views, linkage=method, workers=2), wanted)
    assert 1 < wanted.max() < 2400


@pytest.mark.parametrize("part_bytes", [1, 2**11, AMPLE])
@given(drawn=with_views(), radius_bits=st.integers(0, 64))
def test_pairs_are_those_of_the_naive_distances(part_bytes, drawn, radius_bits):
    words, views, n_bits = drawn
    radius_bits = min(radius_bits, n_bits)
    points = distinct_points(words, views)
    firsts = np.unique(points.point_of, return_index=True)[1]
    distances = naive.view_distances(words[firsts], views[firsts])
    i, j = np.nonzero(np.triu(distances <= radius_bits, 1))
    ways = ViewSearch(points.variants, radius_bits, n_bits, 2)
    # With views the wholes are searched by themselves, and what is found there is not found once more.
    wholes = ways._replace(variants=whole_variants(ways.variants))
    searches = [ways] if points.variants.n_variants == 1 else [wholes, ways]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgcmp.search.view_pairs._PART_BYTES", part_bytes)
        for way in (ViewSearch.pairs_by_scan, ViewSearch.pairs_by_buckets, by_two_pivots):
            found = [part for search in searches for part in way(search, 2**62, np.zeros(0, np.int32))]
            packed = np.sort(np.concatenate([np.zeros(0, np.int64), *found]))
            assert np.array_equal(packed, i << 32 | j)
    assert ways.neighbours(16 * len(i)) is not None
    if len(i):
        assert ways.neighbours(16 * len(i) - 1) is None


def test_buckets_are_used_where_they_pay():
    words, views, n_bits = noisy_groups(5000, 64, 3)
    variants = distinct_points(words, views).variants
    assert ViewSearch(variants, 3, n_bits, 1).buckets_pay(HIT_COST)
    assert not ViewSearch(variants, 30, n_bits, 1).buckets_pay(HIT_COST)


def by_two_pivots(search, most, parents):
    words = search.variants.columns.words[0]
    return search.pairs_by_pivots(most, parents, np.array([words[0], ~words[0]]))


def test_pivots_are_used_where_they_pay():
    words, views, _ = noisy_groups(6000, 64, 3)
    variants = distinct_points(words, views).variants
    random = np.random.default_rng(0).integers(0, 2**64, (len(words), 1), dtype=np.uint64)
    columns = variants.columns.words.T[: variants.columns.n]
    found = pivots_that_pay(words, columns, 2, 2)
    assert np.isin(found, columns[:, 0]).all()
    assert found.tolist() == pivots_that_pay(words, columns, 2, 1).tolist()
    assert pivots_that_pay(words, columns, 40, 2) is None  # all would be compared
    assert pivots_that_pay(random, random, 20, 2) is None
    assert pivots_that_pay(words[:1000], words[:1000], 2, 2) is None  # too few for what sorting takes
    assert pivots_that_pay(words[:20], columns, 2, 2) is None


@given(with_views())
def test_diameters_over_views(drawn):
    words, views, _ = drawn
    cuts = [len(words) // 3, len(words) // 2]
    members = np.split(np.random.default_rng(0).permutation(len(words)), cuts)
    distances = naive.view_distances(words, views)
    wanted = [distances[np.ix_(rows, rows)].max(initial=0, where=~np.eye(len(rows), dtype=bool)) for rows in members]
    assert diameters_with_views(words, views, members, workers=2).tolist() == wanted


@given(with_views(), methods)
def test_linkage_is_scipys(drawn, method):
    words, views, n_bits = drawn
    tree = linkage(words, views=views, linkage=method, n_bits=n_bits)
    heights = naive.view_heights(words, views)[np.triu_indices(len(words), 1)]
    assert np.allclose(tree[:, 2], hierarchy.linkage(heights, method)[:, 2])
    labels = hierarchy.fcluster(tree, sim_to_cut(0.2, n_bits), "distance")
    wanted = naive.clusters_over_views(words, views, n_bits, 0.2, method)
    assert np.array_equal(naive.number_by_first(labels), wanted)


def test_the_diameter_of_a_large_group():
    words, views, _ = noisy_groups(1500, 64)
    members = [np.arange(0), np.arange(1400)[::-1], np.array([1400]), np.arange(1401, 1500)]
    distances = naive.view_distances(words, views)
    np.fill_diagonal(distances, 0)  # a view may be another picture
    wanted = [distances[np.ix_(rows, rows)].max(initial=0) for rows in members]
    assert diameters_with_views(words, views, members, workers=2).tolist() == wanted


@pytest.mark.parametrize("method", ["complete", "average", "weighted"])
@given(st.integers(2, 30), st.integers(0, 2**32), st.integers(1, 50))
def test_link_is_scipys(method, n, seed, max_steps):
    random = np.random.default_rng(seed)
    distances = random.random(n * (n - 1) // 2)
    cut = random.random()
    wanted = hierarchy.fcluster(hierarchy.linkage(distances, method), cut, "distance")
    linking = kernels.new_linking(n)
    code = {"complete": COMPLETE, "average": AVERAGE, "weighted": WEIGHTED}[method]
    weights = np.ones(n)
    while linking.state[0] < n:
        kernels.link_rows(linking, distances, weights, code, cut, max_steps)
    assert np.array_equal(naive.number_by_first(linking.owners.tolist()), naive.number_by_first(wanted))
    assert np.array_equal(np.bincount(linking.owners, minlength=n)[linking.owners], weights[linking.owners])
    for row in range(n):  # each merger halves the share of a row
        members = linking.owners == linking.owners[row]
        assert np.sum(0.5 ** linking.mergers[members]) == 1


def test_equal_images_weigh_as_many_in_every_way():
    words, views, n_bits = (
        np.repeat(array, 3, axis=0) if k < 2 else array for k, array in enumerate(noisy_groups(150, 64))
    )
    for method in ("average", "weighted"):
        wanted = naive.clusters_over_views(words, views, n_bits, 0.25, method)
        whole = task(words, views, n_bits, 0.25, method)
        for max_memory in (2**13, 2**30):
            levels = Linker(n_bits, method, 2, max_memory)._cluster_by_levels(whole.points, whole.cut_bits)
            if levels is not None:
                assert np.array_equal(naive.number_by_first(levels.labels[whole.points.point_of]), wanted)
        assert np.array_equal(naive.number_by_first(by_chain(whole)), wanted)


@given(with_views())
def test_images_whose_hashes_collide_are_one_point_only_if_they_are_equal(drawn):
    words, views, _ = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgcmp.clusters.points.tie_break_offsets", lambda words, *_: np.zeros(len(words)))
        point_of = distinct_points(words, views).point_of
    everything = np.concatenate([words[:, np.newaxis], views], axis=1).reshape(len(words), -1)
    wanted = np.unique(everything, axis=0, return_inverse=True)[1]
    assert np.array_equal(naive.number_by_first(point_of), naive.number_by_first(wanted))


def test_no_views_are_as_none():
    words, views, n_bits = noisy_groups(300, 64)
    no_views = views[:, :0]
    assert np.array_equal(cluster(words, 0.2, n_bits=n_bits, views=no_views), cluster(words, 0.2, n_bits=n_bits))
    everything = [np.arange(300)]
    assert (
        diameters_with_views(words, no_views, everything, workers=1).tolist() == diameters(words, everything).tolist()
    )


def test_sim_0_joins_a_crop_and_its_original():
    words = np.array([[1], [2], [4]], np.uint64)
    views = np.array([[[8]], [[1]], [[16]]], np.uint64)
    assert cluster(words, 0.0, n_bits=64, views=views).tolist() == [0, 0, 1]


def test_the_radius_that_fits_is_estimated():
    words, views, _ = noisy_groups(900, 64)
    variants = distinct_points(words, views).variants
    distances = naive.view_distances(words, views)[np.triu_indices(900, 1)]
    for n_pairs in (0, 1000, 10**6):
        within = [np.count_nonzero(distances <= radius_bits) <= n_pairs for radius_bits in range(31)]
        assert view_radius_within(variants, 30, n_pairs, workers=1) == sum(within) - 1


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        (np.zeros((3, 2, 1)), TypeError, "views must have dtype uint64; got float64"),
        (np.zeros((3, 1), np.uint64), ValueError, r"views must have shape \(3, n_views, 1\); got \(3, 1\)"),
        (np.zeros((2, 2, 1), np.uint64), ValueError, r"views must have shape \(3, n_views, 1\); got \(2, 2, 1\)"),
        (np.ones((3, 2, 1), np.uint64), ValueError, "views must have zeros beyond bit 60; an unused bit is set"),
    ],
)
def test_errors(views, error, message):
    with pytest.raises(error, match=message):
        cluster(np.zeros((3, 1), np.uint64), 0.1, n_bits=60, views=views)


def test_views_of_one_image_are_checked_too():
    with pytest.raises(TypeError, match="views must have dtype uint64"):
        cluster(np.zeros((1, 1), np.uint64), 0.1, n_bits=60, views=np.zeros((1, 2, 1)))


@given(with_views(), st.integers(0, 64))
def test_components_are_what_hangs_together(drawn, radius_bits):
    words, views, n_bits = drawn
    points = distinct_points(words, views)
    firsts = np.unique(points.point_of, return_index=True)[1]
    within = naive.view_distances(words[firsts], views[firsts]) <= min(radius_bits, n_bits)
    _, wanted = csgraph.connected_components(within)
    ways = ViewSearch(points.variants, min(radius_bits, n_bits), n_bits, 2)
    assert np.array_equal(naive.number_by_first(ways.components()), naive.number_by_first(wanted))
    for way in (ways.pairs_by_scan, ways.pairs_by_buckets, partial(by_two_pivots, ways)):
        parents = np.arange(len(firsts), dtype=np.int32)
        found = np.concatenate([np.zeros(0, np.int64), *way(2**62, parents)])
        joined = sparse.coo_array((np.ones(len(found)), (found >> 32, found & 0xFFFFFFFF)), within.shape)
        assert np.array_equal(csgraph.connected_components(joined)[1], wanted)


@pytest.mark.parametrize("method", ["complete", "average", "weighted"])
def test_components_are_linked_in_any_way(method, monkeypatch):
    """By one thread or by many, at once or level by level, or by a chain."""
    words, views, n_bits = noisy_groups(400, 64)
    whole = task(words, views, n_bits, 0.3, method)
    wanted = naive.clusters_over_views(words, views, n_bits, 0.3, method)
    assert 1 < wanted.max() < 200
    linker = Linker(n_bits, method, 2, 2**30)
    levels = linker._cluster_by_levels(whole.points, whole.cut_bits)
    assert np.array_equal(naive.number_by_first(levels.labels[whole.points.point_of]), wanted)
    assert linker._replace(max_memory=100)._cluster_by_levels(whole.points, whole.cut_bits) is None
    monkeypatch.setattr("imgcmp.clusters.view_components._SMALL_GROUP", 2)
    assert np.array_equal(naive.number_by_first(by_components(whole)), wanted)
    for max_memory in (0, 2**14, 2**17):
        labels, _, left = linker._replace(max_memory=max_memory).cluster(
            whole.points, whole.components(), whole.cut_bits
        )
        for component in left:
            labels[component] = component[routes.agglomerated(whole.within(component)).labels]
        assert np.array_equal(naive.number_by_first(labels[whole.points.point_of]), wanted)


@given(with_views(), sims, st.sampled_from(["complete", "average", "weighted"]))
def test_levels_are_the_definition(drawn, sim, method):
    words, views, n_bits = drawn
    whole = task(words, views, n_bits, sim, method)
    labels = Linker(n_bits, method, 1, 2**30)._cluster_by_levels(whole.points, whole.cut_bits).labels
    wanted = naive.clusters_over_views(words, views, n_bits, sim, method)
    assert np.array_equal(naive.number_by_first(labels[whole.points.point_of]), wanted)
