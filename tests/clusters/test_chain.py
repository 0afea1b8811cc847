"""Every route gives exactly the partition of scipy's fcluster(linkage(D')), the definition."""

import math

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints, make_words

from imgcmp import cluster
from imgcmp.clusters import routes
from imgcmp.clusters.chain import _NO_LISTS, Agglomeration, chain_bytes
from imgcmp.clusters.cut import LINKAGES
from imgcmp.clusters.points import distinct_points
from imgcmp.clusters.routes import Task, cluster_large
from imgcmp.clusters.single_linkage import components, components_by_flood
from imgcmp.clusters.small import CONDENSED_IMAGES
from imgcmp.fingerprints.packing import pack
from imgcmp.kernels import chain
from imgcmp.kernels import forest as forests
from imgcmp.kernels.forest import scratch_for
from imgcmp.kernels.jit import callable_from_python
from imgcmp.search.pairs import neighbours
from imgcmp.system.threads import worker_count

AMPLE = 2**40  # bytes: lists of neighbours fit

forget_nearest, look_at_all = callable_from_python(chain.forget_nearest), callable_from_python(chain.look_at_all)
cluster_distance, merge = callable_from_python(forests.cluster_distance), callable_from_python(forests.merge)
prepare = callable_from_python(forests.prepare)

methods = st.sampled_from(LINKAGES)
sims = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.29, 0.3, 0.4, 0.5, 1.0]))


def task(words, n_bits, sim, method, max_bytes=AMPLE, workers=1):
    cut_bits = round(sim * n_bits * 256) / 256
    return Task(distinct_points(words), n_bits, cut_bits, method, workers, max_bytes)


def by_neighbours(task):
    found = neighbours(task.points.words, math.floor(task.cut_bits), n_bits=task.n_bits)
    return components(found) if task.linkage == "single" else routes._by_neighbours(task, found).labels


def among_all(task):
    if task.linkage == "single":
        return components_by_flood(task.points, math.floor(task.cut_bits))
    tree = Agglomeration(task.points, task.linkage, task.workers)
    tree.merge_all(task.cut_bits)
    return tree.labels


def in_two_steps(task):
    """Merge up to half the cut by lists, the rest among all."""
    if task.linkage == "single":
        return among_all(task)
    tree = Agglomeration(task.points, task.linkage, task.workers)
    radius_bits = math.floor(task.cut_bits / 2)
    tree.merge_neighbours(neighbours(task.points.words, radius_bits, n_bits=task.n_bits), radius_bits)
    tree.merge_all(task.cut_bits)
    return tree.labels


ROUTES = [by_neighbours, among_all, in_two_steps]


def least_memory(words, method="average", workers=None):
    """Return the bytes that are just enough without lists of neighbours."""
    points = distinct_points(words)
    return 2 * points.words.nbytes + chain_bytes(
        *points.words.shape, method, worker_count(workers), has_views=points.variants.n_variants > 1
    )


def labels_by(route, task):
    return naive.number_by_first(route(task)[task.points.point_of])


@pytest.mark.parametrize("route", ROUTES)
@given(fingerprints(min_size=2), sims, methods)
def test_every_route_is_the_definition(route, drawn, sim, method):
    words, n_bits = drawn
    assert np.array_equal(
        labels_by(route, task(words, n_bits, sim, method)), naive.clusters(words, n_bits, sim, method)
    )


@pytest.mark.parametrize("is_scanty", [False, True])
@given(fingerprints(min_size=2, max_size=150), sims, methods)
def test_the_chosen_route_is_the_definition(is_scanty, drawn, sim, method):
    words, n_bits = drawn
    max_bytes = least_memory(words, method, 1) if is_scanty else AMPLE
    labels = cluster_large(task(words, n_bits, sim, method, max_bytes))
    assert np.array_equal(naive.number_by_first(labels), naive.clusters(words, n_bits, sim, method))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", LINKAGES)
def test_a_chain_that_stops_again_and_again_goes_on_where_it_was(route, method, monkeypatch):
    words = noisy_groups(300, 64, 0.15)
    whole = labels_by(route, task(words, 64, 0.4, method))
    monkeypatch.setattr("imgcmp.clusters.chain.WORK_A_CALL", 1)
    assert np.array_equal(labels_by(route, task(words, 64, 0.4, method)), whole)


def noisy_groups(n, n_bits, noise, seed=0):
    random = np.random.default_rng(seed)
    centres = random.random((n // 8, n_bits)) < 0.5
    return pack(centres[random.integers(len(centres), size=n)] ^ (random.random((n, n_bits)) < noise))


def one_bit_walk(n, n_bits, seed=0):
    random = np.random.default_rng(seed)
    steps = np.zeros((n, n_bits), bool)
    steps[np.arange(n), random.integers(n_bits, size=n)] = True
    return pack(np.logical_xor.accumulate(steps))


CASES = {
    "groups that overlap": lambda: (noisy_groups(1500, 64, 0.15), 64),
    "groups apart": lambda: (noisy_groups(1500, 256, 0.05), 256),
    "long fingerprints": lambda: (noisy_groups(400, 1024, 0.1), 1024),
    "unused bits": lambda: (noisy_groups(800, 100, 0.1), 100),
    "half of them equal": lambda: (np.repeat(noisy_groups(700, 64, 0.1), 2, axis=0), 64),
    "few that differ": lambda: (make_words(1500, 4), 4),
    "all equal": lambda: (make_words(500, 64, "ones"), 64),
    "all near each other": lambda: (noisy_groups(8, 64, 0)[:1] ^ (one_bit_walk(600, 8) >> np.uint64(3)), 64),
    "a walk": lambda: (one_bit_walk(1500, 64), 64),
    "uniform": lambda: (make_words(1500, 60, "uniform"), 60),
}


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("case", CASES)
def test_large_cases_are_the_definition(case, method):
    words, n_bits = CASES[case]()
    order = np.random.default_rng(1).permutation(len(words))
    for sim in (0.1, 0.29, 0.45):
        wanted = naive.clusters(words, n_bits, sim, method)
        for route in ROUTES:
            assert np.array_equal(labels_by(route, task(words, n_bits, sim, method)), wanted)
            shuffled = labels_by(route, task(words[order], n_bits, sim, method, workers=3))
            assert np.array_equal(shuffled, naive.number_by_first(wanted[order]))


@pytest.mark.parametrize("method", LINKAGES)
def test_the_route_is_not_seen_in_the_result(method, monkeypatch):
    words = noisy_groups(2500, 64, 0.1)
    assert len(words) > CONDENSED_IMAGES
    by_lists = cluster(words, 0.3, n_bits=64, linkage=method)
    for workers in (1, 3):
        assert np.array_equal(
            by_lists,
            cluster(
                words, 0.3, n_bits=64, linkage=method, max_memory=least_memory(words, method, workers), workers=workers
            ),
        )
    monkeypatch.setattr("imgcmp.clusters.linkage.CONDENSED_IMAGES", 10_000)
    assert np.array_equal(by_lists, cluster(words, 0.3, n_bits=64, linkage=method))


def test_a_route_is_chosen_by_memory(monkeypatch):
    taken = []
    monkeypatch.setattr("imgcmp.clusters.linkage.CONDENSED_IMAGES", 0)
    monkeypatch.setattr("imgcmp.clusters.linkage.FEW_IMAGES", 0)
    for name in ("_by_neighbours", "_in_two_steps", "components_by_flood"):
        route = getattr(routes, name)
        monkeypatch.setattr(routes, name, lambda *a, name=name, route=route: taken.append(name) or route(*a))
    words = noisy_groups(2000, 64, 0.1)
    cluster(words, 0.3, n_bits=64)
    cluster(words, 0.3, n_bits=64, max_memory=least_memory(words))
    cluster(words, 0.3, n_bits=64, linkage="single", max_memory=least_memory(words, "single"))
    for method in LINKAGES:  # take no search
        cluster(words, 0.0, n_bits=64, linkage=method)
        cluster(words, 1.0, n_bits=64, linkage=method)
    assert taken == ["_by_neighbours", "_in_two_steps", "components_by_flood"]


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("is_scanty", [False, True])
def test_progress_is_told_to_the_end(method, is_scanty):
    words, told = noisy_groups(2500, 64, 0.1), []
    max_memory = least_memory(words, method) if is_scanty else None
    cluster(words, 0.3, n_bits=64, linkage=method, max_memory=max_memory, progress=lambda *args: told.append(args))
    for what in ("pairs",) if method == "single" and not is_scanty else ("pairs", "images"):
        of_this = [(done, total) for which, done, total in told if which == what]
        assert of_this[-1][0] == of_this[-1][1]
        assert all(0 <= done <= total for done, total in of_this)


def test_little_memory_is_enough_where_no_sums_are_needed():
    words = noisy_groups(3000, 1024, 0.05)
    needed = {method: least_memory(words, method) for method in LINKAGES}
    assert needed["single"] < needed["complete"] < needed["average"] == needed["weighted"]
    for method in LINKAGES:
        cluster(words, 0.1, n_bits=1024, linkage=method, max_memory=needed[method])
        cluster(words, 0.0, n_bits=1024, linkage=method, max_memory=0)
        cluster(words, 1.0, n_bits=1024, linkage=method, max_memory=0)


def test_too_little_memory_for_the_fingerprints_is_said():
    words = noisy_groups(3000, 64, 0.1)
    with pytest.raises(MemoryError, match=r"clustering 3000 images needs .* of memory, and 1.0 kB may be used; "):
        cluster(words, 0.3, n_bits=64, max_memory=1000)


@given(fingerprints(min_size=1))
def test_distinct_points(drawn):
    words, _ = drawn
    points = distinct_points(words)
    assert np.array_equal(points.words[points.point_of], words)
    assert np.array_equal(np.bincount(points.point_of), points.counts)
    rows = [tuple(row) for row in points.words.tolist()]
    assert rows == sorted(set(rows))


@pytest.mark.parametrize("method", ["complete", "average", "weighted"])
@pytest.mark.parametrize("n_bits", [64, 100, 192, 256, 1024])
def test_distances_of_clusters_are_those_of_their_members(method, n_bits):
    """Whatever their sizes, and whether one is compared or all."""
    random = np.random.default_rng(0)
    images = np.repeat(make_words(120, n_bits), random.choice([1, 2, 3, 1001], 120), axis=0)
    points = distinct_points(images)
    tree = Agglomeration(points, method, 1)
    forest, code = tree._forest, tree._linkage
    weights = {k: {k: 1.0 * points.counts[k] if method == "average" else 1.0} for k in range(len(points.words))}
    lists, heights = _NO_LISTS, naive.square_heights(points.words)
    for _ in range(len(points.words) - 8):
        a, b = random.choice(list(weights), 2, replace=False).tolist()
        members = [weights.pop(a), weights.pop(b)]
        share = 0.5 if method == "weighted" else 1.0
        weights[merge(forest, lists, a, b, code)] = {k: share * w for part in members for k, w in part.items()}
    loose = tree._loose()
    scratch = scratch_for(forest, loose)
    for a, in_a in weights.items():
        forget_nearest(scratch)
        prepare(scratch, forest, a, code)
        look_at_all(forest, loose, a, code, scratch)
        offered = dict(zip(scratch.nearest.tolist(), scratch.heights.tolist(), strict=True))
        for b, in_b in weights.items():
            if a == b:
                continue
            expected = naive.cluster_distance(heights, in_a, in_b, method)
            found = cluster_distance(forest, a, b, code, np.inf, scratch)
            assert abs(found - expected) < 1e-9
            prepare(scratch, forest, b, code)
            assert cluster_distance(forest, b, a, code, np.inf, scratch) == found
            prepare(scratch, forest, a, code)
            assert abs(offered.get(b, expected) - expected) < 1e-9
