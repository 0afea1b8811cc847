"""What is remembered of an earlier call never shows in the clusters, and what is remembered is what hangs together."""

import math

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import noisy_groups, with_views

from imgcmp.clusters import known_components
from imgcmp.clusters.cut import LINKAGES
from imgcmp.clusters.forest import forest
from imgcmp.clusters.known_components import KnownComponents, content_digests
from imgcmp.clusters.points import distinct_points
from imgcmp.clusters.routes import Task, cluster_large
from imgcmp.search.view_pairs import ViewSearch

AMPLE = 2**40

sims = st.sampled_from([0.05, 0.1, 0.2, 0.3, 0.4])


def task(words, views, n_bits, sim, method, known=None):
    cut_bits = round(sim * n_bits * 256) / 256
    return Task(distinct_points(words, views), n_bits, cut_bits, method, 2, AMPLE, None, known)


def clusters(words, views, n_bits, sim, method, known=None):
    return naive.number_by_first(cluster_large(task(words, views, n_bits, sim, method, known)))


@pytest.fixture(params=[0, known_components._WORTH], ids=["always", "where it pays"], autouse=True)
def worth(request, monkeypatch):
    monkeypatch.setattr(known_components, "_WORTH", request.param)


@settings(max_examples=150)
@given(st.data(), with_views(), st.lists(st.tuples(sims, st.sampled_from(LINKAGES)), min_size=2, max_size=4))
def test_clusters_are_the_same_whatever_was_clustered_before(data, drawn, calls):
    words, views, n_bits = drawn
    known = KnownComponents()
    for sim, method in calls:
        some = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words))))
        some = np.concatenate([some, some[: len(some) // 3]])  # some images twice: counts change, too
        if len(some) < 2:
            continue
        given_ = (words[some], views[some], n_bits, sim, method)
        assert np.array_equal(clusters(*given_, known), clusters(*given_))


@pytest.mark.parametrize("method", LINKAGES)
def test_of_a_growing_collection_clusters_and_components_are_those_of_all(method):
    words, views, n_bits = noisy_groups(300, 64)
    known = KnownComponents()
    for rows in (np.arange(200), np.arange(230), np.arange(300), np.arange(20, 290), np.arange(0, 300, 2)):
        for sim in (0.3, 0.3, 0.2):
            given_ = (words[rows], views[rows], n_bits, sim, method)
            assert np.array_equal(clusters(*given_, known), clusters(*given_))
            points = distinct_points(words[rows], views[rows])
            wanted = ViewSearch(points.variants, math.floor(sim * n_bits), n_bits, 1).components()
            assert np.array_equal(known.last.components, wanted)


@pytest.mark.parametrize("method", LINKAGES)
def test_trees_are_the_same_too(method):
    words, views, n_bits = noisy_groups(200, 64)
    known = KnownComponents()
    for rows in (np.arange(150), np.arange(200), np.arange(10, 200)):
        given_ = (words[rows], views[rows], n_bits, 0.3, method)
        assert np.array_equal(forest(task(*given_, known)), forest(task(*given_)))


def test_nothing_is_searched_nor_linked_where_nothing_changed(monkeypatch):
    words, views, n_bits = noisy_groups(200, 64)
    known = KnownComponents()
    first = clusters(words, views, n_bits, 0.3, "average", known)

    def forbidden(*_):
        raise AssertionError("nothing is new")

    for name in ("pairs", "components", "_scan"):
        monkeypatch.setattr(ViewSearch, name, forbidden)
    monkeypatch.setattr("imgcmp.kernels.linking.link_groups", lambda *given_: None if given_[-1] == 0 else forbidden())
    order = np.random.default_rng(0).permutation(len(words))
    again = clusters(words[order], views[order], n_bits, 0.3, "average", known)
    assert np.array_equal(again, naive.number_by_first(first[order]))


def test_what_was_compared_in_another_way_is_of_no_use(monkeypatch):
    words, views, n_bits = noisy_groups(100, 64)
    known = KnownComponents()
    clusters(words, views, n_bits, 0.3, "average", known)
    wrong = known.last._replace(kind="another", components=np.zeros_like(known.last.components))
    given_ = (words, views, n_bits, 0.3, "average")
    assert np.array_equal(clusters(*given_, KnownComponents(wrong)), clusters(*given_))


@given(with_views())
def test_digests_are_equal_for_equal_images_alone_in_any_order(drawn):
    words, views, _ = drawn
    points = distinct_points(words, views)
    digests = content_digests(points)
    assert len(np.unique(digests, axis=0)) == len(digests)
    order = np.random.default_rng(0).permutation(len(digests))
    assert np.array_equal(content_digests(points.some(order)), digests[order])


@given(with_views())
def test_a_digest_is_another_one_if_a_bit_of_a_view_is(drawn):
    words, views, _ = drawn
    other = views[:1].copy()
    other[:, -1, 0] ^= np.uint64(1)
    before, after = (content_digests(distinct_points(words[:1], some)) for some in (views[:1], other))
    assert not np.array_equal(before, after)
