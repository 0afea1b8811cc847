"""Distances over views by standings, slowest waves and looks: kernels against NumPy, and searches against all pairs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_images import FULL, noisy_images
from scipy.spatial.distance import squareform

from imgcmp import cluster
from imgcmp import linkage as linkage_of
from imgcmp.clusters.cut import LINKAGES, cut_of
from imgcmp.clusters.few_images import FewImages
from imgcmp.fingerprints.view_layout import Bounds, ViewLayout
from imgcmp.kernels.view_search import RINGS_TILE
from imgcmp.search.view_distances import diameters_with_views, fill_view_heights, some_variants, variants_of
from imgcmp.search.view_pairs import ViewSearch

NO_PARENTS = np.zeros(0, np.int32)


LAYOUTS = [FULL, FULL._replace(side=0), ViewLayout(3, 16), ViewLayout(0, 16), ViewLayout(2, 0)]


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from(LAYOUTS), st.booleans())
def test_distances_are_those_by_numpy(seed, layout, has_looks):
    words, views, looks = noisy_images(40, seed, layout)
    looks = looks if has_looks else None
    heights = np.empty(40 * 39 // 2)
    fill_view_heights(heights, variants_of(words, views, None, layout, looks), np.arange(40), np.zeros(40), 1)
    assert np.array_equal(squareform(heights), FewImages(words, views, layout, looks).distances * (1 - np.eye(40)))


def test_looks_decide_where_bits_are_in_doubt_and_nowhere_else():
    words, views, looks = noisy_images(80, 1)
    by_bits, by_looks = (FewImages(words, views, FULL, some).distances for some in (None, looks))
    changed = by_bits != by_looks
    assert changed.any()
    assert (by_looks >= by_bits).all()
    assert Bounds.of(256).are_doubtful(by_bits[changed]).all()


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from(LAYOUTS), st.integers(0, 100))
def test_searches_find_the_pairs_within_a_radius_each_once(seed, layout, radius):
    words, views, looks = noisy_images(60, seed, layout)
    near = FewImages(words, views, layout, looks).distances <= radius
    expected = [int(i) << 32 | int(j) for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True)]
    variants = variants_of(words, views, None, layout, looks)
    search = ViewSearch(variants, radius, 256, 2)
    assert sorted(np.concatenate([NO_PARENTS, *search.pairs(2**40, NO_PARENTS)]).tolist()) == expected
    by_buckets = np.concatenate([NO_PARENTS, *search.pairs_by_buckets(2**40, NO_PARENTS)])
    by_scan = np.concatenate([NO_PARENTS, *search.pairs_by_scan(2**40, NO_PARENTS)])
    pivots = variants.columns.words[0, :: 7 + seed % 900].copy()
    by_pivots = np.concatenate([NO_PARENTS, *search.pairs_by_pivots(2**40, NO_PARENTS, pivots)])
    assert np.array_equal(np.sort(by_buckets), np.sort(by_scan))
    assert np.array_equal(np.sort(by_pivots), np.sort(by_scan))
    labels = search.components()
    assert all(labels[pair >> 32] == labels[pair & 2**32 - 1] for pair in expected)
    assert len(set(labels.tolist())) >= 60 - len(expected)


def test_rings_are_searched_over_many_tiles():
    words, views, looks = noisy_images(700, 4)
    variants = variants_of(words, views, None, FULL, looks)
    assert variants.columns.n > 2 * RINGS_TILE
    search, pivots = ViewSearch(variants, 60, 256, 2), variants.columns.words[0, ::1500].copy()
    by_scan, by_pivots = (
        np.sort(np.concatenate([NO_PARENTS, *found]))
        for found in (search.pairs_by_scan(2**40, NO_PARENTS), search.pairs_by_pivots(2**40, NO_PARENTS, pivots))
    )
    assert len(by_scan)
    assert np.array_equal(by_pivots, by_scan)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_clusters_are_those_of_a_few_images(linkage):
    words, views, looks = noisy_images(300, 3)
    few = FewImages(words, views, FULL, looks)
    expected = few.cluster(np.arange(300), cut_of(0.3, 256), linkage)
    found = cluster(words, 0.3, views=views, layout=FULL, looks=looks, linkage=linkage)
    assert np.array_equal(found, expected)
    assert 1 < len(set(found.tolist())) < 300
    groups = [np.flatnonzero(found == label) for label in range(found.max() + 1)]
    diameters = diameters_with_views(words, views, groups, layout=FULL, looks=looks)
    assert diameters.tolist() == [few.diameter(group) for group in groups]


def test_some_of_the_images_are_as_far_apart_as_among_all():
    words, views, looks = noisy_images(50, 5)
    all_of_them = variants_of(words, views, None, FULL, looks)
    rows = np.array([40, 3, 17, 8, 22])
    heights = np.empty(10)
    fill_view_heights(heights, some_variants(all_of_them, rows), np.arange(5), np.zeros(5), 1)
    distances = FewImages(words, views, FULL, looks).distances[np.ix_(rows, rows)]
    assert np.array_equal(squareform(heights), distances * (1 - np.eye(5)))


def test_a_layout_that_does_not_fit_is_an_error():
    words, views, _ = noisy_images(10, 0)
    for layout in (
        *(ViewLayout(60), ViewLayout(57), ViewLayout(4, 12), ViewLayout(4, 16, FULL.parts[:5])),
        ViewLayout(0, 16, (*FULL.parts, *FULL.parts[:4])),
        FULL._replace(parts=(*FULL.parts[:-1], (1, math.inf, 0, 0, 0))),
    ):
        with pytest.raises(ValueError, match="layout must have"):
            cluster(words, 0.1, views=views, layout=layout)
    with pytest.raises(TypeError, match="layout must be a ViewLayout"):
        cluster(words, 0.1, views=views, layout=(4, 16))


@pytest.mark.parametrize(
    ("name", "wrong", "error"),
    [
        ("looks", lambda rows: rows[:9], ValueError),
        ("looks", lambda rows: rows[:, 1:], ValueError),
        ("stands", lambda rows: rows[:, :9], ValueError),
        ("stands", lambda rows: rows.astype(int), TypeError),
        ("inner", lambda rows: rows[:, :3], ValueError),
        ("aspects", lambda rows: rows.astype(float), TypeError),
        ("aspects", lambda rows: rows * 0, ValueError),
        ("aspects", lambda rows: rows * np.float32(np.nan), ValueError),
    ],
)
def test_looks_that_do_not_fit_are_an_error(name, wrong, error):
    """Kernels check nothing, and would read what lies behind them."""
    words, views, looks = noisy_images(10, 0)
    looks = looks._replace(**{name: wrong(getattr(looks, name))})
    with pytest.raises(error, match=f"{name} of looks must"):
        cluster(words, 0.1, views=views, layout=FULL, looks=looks)
    with pytest.raises(error, match=f"{name} of looks must"):
        linkage_of(words, views=views, layout=FULL, looks=looks)


def test_looks_must_be_looks():
    words, views, looks = noisy_images(10, 0)
    with pytest.raises(TypeError, match="looks must be LookRows; got tuple"):
        cluster(words, 0.1, views=views, layout=FULL, looks=tuple(looks))
