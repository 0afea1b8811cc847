"""Trees and forests are those of scipy's linkage of all D', by their heights and by every cut."""

import copy
import math
import pickle

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from strategies import fingerprints, make_words, noisy_groups, with_views

from imgcmp import LinkageMatrix, cluster, cut_forest, linkage, pack, sim_to_cut
from imgcmp.clusters import spanning_trees, view_components
from imgcmp.clusters.chain import chain_bytes
from imgcmp.clusters.cut import LINKAGES
from imgcmp.clusters.dendrogram import linkage_matrix, of_images
from imgcmp.clusters.forest import forest
from imgcmp.clusters.points import distinct_points
from imgcmp.clusters.routes import Task
from imgcmp.clusters.spanning_trees import of_all, of_pairs
from imgcmp.search.pairs import found_pairs

AMPLE = 2**40

methods = st.sampled_from(LINKAGES)
sims = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.29, 0.3, 0.4, 0.5, 1.0]))


def whole_tree(words, views, method):
    """Return scipy's matrix of all D'."""
    heights = naive.heights(words)
    if views is not None:
        heights = naive.view_heights(words, views)[np.triu_indices(len(words), 1)]
    return hierarchy.linkage(heights, method)


def check(rows, whole, n, n_bits, sim):
    """Fail unless rows are the lower part of a whole tree, as far as SIM, whichever way it is cut below."""
    lower = whole[whole[:, 2] <= sim_to_cut(sim, n_bits)]
    assert rows.shape == lower.shape
    np.testing.assert_allclose(rows[:, 2], lower[:, 2], rtol=0, atol=1e-9)
    matrix = LinkageMatrix(rows, n_bits, sim)
    for cut in {*np.linspace(0, sim, 7).tolist(), sim}:
        wanted = hierarchy.fcluster(whole, sim_to_cut(cut, n_bits), "distance")
        assert np.array_equal(cut_forest(matrix, n, cut), naive.number_by_first(wanted))
    sizes = np.concatenate([np.ones(n), rows[:, 3]])
    assert np.array_equal(sizes[rows[:, :2].astype(int)].sum(axis=1), rows[:, 3])
    if len(rows) == n - 1:
        assert hierarchy.is_valid_linkage(rows)
        np.testing.assert_allclose(hierarchy.cophenet(rows), hierarchy.cophenet(whole), rtol=0, atol=1e-9)


def task(words, views, n_bits, sim, method, max_bytes=AMPLE, workers=1):
    return Task(distinct_points(words, views), n_bits, round(sim * n_bits * 256) / 256, method, workers, max_bytes)


def rows_of(task, n):
    return linkage_matrix(forest(task), n)


@pytest.mark.parametrize("is_scanty", [False, True])
@given(fingerprints(min_size=2), sims, methods)
def test_forests_are_the_definition(is_scanty, drawn, sim, method):
    words, n_bits = drawn
    whole = task(words, None, n_bits, sim, method)
    if is_scanty:
        points = whole.points
        whole = whole._replace(
            max_bytes=2 * points.words.nbytes
            + chain_bytes(*points.words.shape, method, 1, has_views=points.variants.n_variants > 1)
        )
    check(rows_of(whole, len(words)), whole_tree(words, None, method), len(words), n_bits, sim)


@given(with_views(), sims, methods, st.sampled_from([0, 1000, AMPLE]))
def test_forests_over_views_are_the_definition(drawn, sim, method, room):
    words, views, n_bits = drawn
    whole = task(words, views, n_bits, sim, method)
    whole = whole._replace(max_bytes=AMPLE - whole.room + max(room, 4 * whole.points.variants.columns.words.nbytes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_components.Linker, "_fits", lambda _, n_units: n_units**2 <= room)
        rows = rows_of(whole, len(words))
    check(rows, whole_tree(words, views, method), len(words), n_bits, sim)


def walk(n, n_bits):
    """Make fingerprints each of which differs from the one before in one bit."""
    steps = np.zeros((n, n_bits), bool)
    steps[np.arange(n), np.random.default_rng(0).integers(n_bits, size=n)] = True
    return pack(np.logical_xor.accumulate(steps))


HARD = {
    "half of them equal": (np.repeat(make_words(350, 64), 2, axis=0), 64),
    "all equal": (make_words(400, 64, "ones"), 64),
    "all within the cut": (make_words(1, 64)[:1] ^ (make_words(600, 10, "uniform") >> np.uint64(50)), 64),
    "a walk": (walk(700, 64), 64),
    "few that differ": (make_words(600, 4), 4),
    "groups": (noisy_groups(700, 100)[0], 100),
    "long fingerprints": (make_words(300, 4096, "uniform"), 4096),
}


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("case", HARD)
def test_hard_shapes(case, method):
    words, n_bits = HARD[case]
    order = np.random.default_rng(1).permutation(len(words))
    whole = whole_tree(words, None, method)
    for sim in (0.2, 0.5, 1.0):
        check(rows_of(task(words, None, n_bits, sim, method), len(words)), whole, len(words), n_bits, sim)
        shuffled = rows_of(task(words[order], None, n_bits, sim, method, workers=3), len(words))
        np.testing.assert_allclose(shuffled[:, 2], whole[: len(shuffled), 2], rtol=0, atol=1e-9)


@given(fingerprints(min_size=2), sims)
def test_spanning_trees_of_pairs_and_of_all_points_are_equally_high(drawn, sim):
    words, n_bits = drawn
    points, cut_bits = distinct_points(words), round(sim * n_bits * 256) / 256
    found = found_pairs(points.words, math.floor(cut_bits), n_bits=n_bits, workers=1, max_memory=AMPLE)
    low = [mergers["height"] for mergers in (of_pairs(points, found), of_all(points))]
    low = [np.sort(heights[heights <= sim_to_cut(sim, n_bits)]) for heights in low]
    np.testing.assert_array_equal(*low)


@pytest.mark.parametrize("workers", [1, 3])
def test_components_over_views_are_spanned_one_by_one_or_together(workers, monkeypatch):
    words, views, n_bits = noisy_groups(500, 64)
    whole = task(words, views, n_bits, 0.2, "single", workers=workers)
    wanted = rows_of(whole, len(words))
    check(wanted, whole_tree(words, views, "single"), len(words), n_bits, 0.2)
    monkeypatch.setattr(spanning_trees, "MAX_WORK", 200)  # components of more than a few are spanned alone
    monkeypatch.setattr(spanning_trees, "WORK_A_CALL", 1)  # and go on where they stopped
    np.testing.assert_array_equal(rows_of(whole, len(words))[:, 2], wanted[:, 2])


def test_a_tree_of_all_points_goes_on_where_it_stopped(monkeypatch):
    points = distinct_points(make_words(700, 64))
    wanted = of_all(points)
    monkeypatch.setattr(spanning_trees, "WORK_A_CALL", 1)
    np.testing.assert_array_equal(of_all(points), wanted)


@given(fingerprints(min_size=2), methods)
def test_linkage_returns_whole_trees_and_forests(drawn, method):
    words, n_bits = drawn
    whole = linkage(words, linkage=method, n_bits=n_bits)
    assert (whole.n_bits, whole.sim, len(whole)) == (n_bits, None, len(words) - 1)
    part = linkage(words, linkage=method, n_bits=n_bits, sim=0.3)
    assert (part.n_bits, part.sim) == (n_bits, 0.3)
    check(np.asarray(part), np.asarray(whole), len(words), n_bits, 0.3)


@pytest.mark.parametrize("method", LINKAGES)
def test_larger_collections_need_no_matrix(method, monkeypatch):
    words = noisy_groups(700, 64)[0]
    whole = whole_tree(words, None, method)
    monkeypatch.setattr("imgcmp.clusters.linkage.CONDENSED_IMAGES", 100)
    if method != "complete":
        monkeypatch.setattr("imgcmp.clusters.linkage.link_condensed", lambda *_: pytest.fail("all distances are kept"))
        check(np.asarray(linkage(words, linkage=method)), whole, len(words), 64, 1.0)
    check(np.asarray(linkage(words, linkage=method, sim=0.35)), whole, len(words), 64, 0.35)


@pytest.mark.parametrize("method", LINKAGES)
def test_every_cut_of_a_forest_is_what_cluster_says(method):
    words, views, n_bits = noisy_groups(2500, 64, 2)
    for options in ({}, {"views": views}):
        rows = linkage(words, sim=0.3, n_bits=n_bits, linkage=method, **options)
        for sim in (0, 0.05, 0.11, 0.2, 0.3):
            labels = cluster(words, sim, n_bits=n_bits, linkage=method, **options)
            assert np.array_equal(cut_forest(rows, len(words), sim), labels)


def test_equal_images_are_rows_too():
    words = np.repeat(make_words(3, 64, "uniform"), [4, 1, 2], axis=0)
    points = distinct_points(words)
    mergers = of_images(of_all(points)[:0], points)
    assert len(mergers) == 4
    np.testing.assert_array_equal(np.unique(mergers["height"]), np.sort(2 * points.offsets[points.counts > 1]))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_tree_that_was_pickled_or_copied_is_cut_as_before(protocol):
    words = make_words(30, 64)
    rows = linkage(words, sim=0.3)
    expected = cut_forest(rows, 30, 0.2)
    plain = np.array(rows)
    for again in (pickle.loads(pickle.dumps(rows, protocol)), copy.deepcopy(rows), copy.copy(rows)):
        assert (again.n_bits, again.sim) == (64, 0.3)
        assert np.array_equal(cut_forest(again, 30, 0.2), expected)
    assert np.array_equal(cut_forest(plain, 30, 0.2, n_bits=64, forest_sim=0.3), expected)
    highest = float(rows[-1, 2]) / 64
    assert np.array_equal(cut_forest(plain, 30, highest, n_bits=64), cut_forest(rows, 30, highest))


def test_what_is_computed_of_a_tree_is_no_tree():
    rows = linkage(make_words(20, 64), sim=0.4)
    assert rows.copy().sim == 0.4
    assert rows[:5].n_bits is None
    assert (rows[:, 2] * 2).n_bits is None
    with pytest.raises(ValueError, match="n_bits must be given for a matrix that imgcmp.linkage did not return"):
        cut_forest(rows[:5], 20, 0.1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda z: cut_forest(z, 30, 0.31),
            ValueError,
            r"sim must be at most 0\.3, up to which this forest .* got 0\.31",
        ),
        (lambda z: cut_forest(z, 30, 2), ValueError, r"sim must be in 0\.\.1; got 2"),
        (
            lambda z: cut_forest(z, 3, 0.1),
            ValueError,
            r"Z must have shape \(n_mergers, 4\), with at most n - 1 = 2 rows",
        ),
        (lambda z: cut_forest(z[:, :3], 30, 0.1, n_bits=64), ValueError, r"Z must have shape \(n_mergers, 4\)"),
        (lambda z: cut_forest(z[::-1], 30, 0.1, n_bits=64), ValueError, "Z must be a linkage matrix of 30 images"),
        (lambda z: cut_forest(np.vstack([z, z]), 99, 0.1, n_bits=64), ValueError, "Z must be a linkage matrix of 99"),
        (lambda z: cut_forest(z, 31, 0.1), ValueError, "a merger has as many as both that it joins"),
        (lambda z: cut_forest(z, 30, 0.1, n_bits=256), ValueError, "n_bits must be 64, as Z says; got 256"),
        (lambda z: cut_forest(z, 30, 0.1, forest_sim=0.4), ValueError, r"forest_sim must be 0\.3, as Z says; got 0\.4"),
        (
            lambda z: cut_forest(np.array(z), 30, 0.31, n_bits=64),
            ValueError,
            r"sim must be at most 0\.\d+, the largest",
        ),
        (
            lambda z: cut_forest(np.array(z), 30, 0.31, n_bits=64, forest_sim=0.3),
            ValueError,
            r"sim must be at most 0\.3, up to which",
        ),
        (lambda _: cut_forest(np.empty((0, 4)), 30, 0.1, n_bits=64), ValueError, "sim must be at most 0, the largest"),
        (lambda z: cut_forest(np.array(z) * [1, 1, np.inf, 1], 30, 0.1, n_bits=64), ValueError, "in order of height"),
        (lambda z: cut_forest(z, 30, 0.1, n_bits=0), ValueError, "n_bits must be at least 1; got 0"),
        (lambda z: cut_forest(z, 30.0, 0.1), TypeError, r"n must be an integer; got 30\.0"),
    ],
)
def test_what_cant_be_cut(call, error, message):
    rows = linkage(make_words(30, 64), sim=0.3)
    with pytest.raises(error, match=message):
        call(rows)


def test_nothing_to_cut():
    none = np.zeros((0, 4))
    assert cut_forest(none, 0, 0.5, n_bits=64).tolist() == []
    assert cut_forest(none, 3, 0.5, n_bits=64, forest_sim=0.5).tolist() == [0, 1, 2]


def test_memory_is_checked_before_it_is_taken():
    words = make_words(3000, 64)
    with pytest.raises(
        MemoryError, match="the whole tree of 3000 images takes 72.0 MB of memory to compute, and 1.0 MB"
    ):
        linkage(words, linkage="complete", max_memory=10**6)
    with pytest.raises(MemoryError, match=r"clustering 3000 images needs .* and 1\.0 kB may be used"):
        linkage(words, max_memory=1000)
