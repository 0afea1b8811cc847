"""Each way to find the pairs of images that are near finds just these, each once: by NumPy and the definition."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_images import FULL, noisy_images

from imgcmp.clusters.nearest_variants import NearestVariants
from imgcmp.fingerprints.view_layout import ViewLayout
from imgcmp.kernels.bit_planes import limits_of, patterns_of, room_for
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.view_search import FirstWords, scan_views
from imgcmp.kernels.view_search_by_planes import scan_views_by_planes
from imgcmp.search import view_pairs
from imgcmp.search.view_distances import variants_of
from imgcmp.search.view_pairs import ViewSearch

LAYOUTS = [FULL, ViewLayout(0, 16)]  # with the first word judged apart, FULL has more columns than a slab
N = 24
_ALL = 2**62
NO_PARENTS = np.zeros(0, np.int32)


class Case:
    """Images with views, which of them are near, and which of these by another view than the wholes as they are."""

    def __init__(self, seed, layout, radius):
        words, views, looks = noisy_images(N, seed, layout)
        words[1::2] = views[1::2, 0]  # so that by their wholes as they are half of the copies are not near
        both, nearest = np.concatenate([words[:, np.newaxis], views], axis=1), NearestVariants(layout, looks)
        each = {(i, j): nearest.nearest(i, j, both[i], both[j]) for i in range(N) for j in range(i + 1, N)}
        self.variants = variants_of(words, views, None, layout, looks)
        self.search = ViewSearch(self.variants, radius, 256, 2)
        self.near = {pair for pair, found in each.items() if found.bits <= radius}
        self.words, self.radius = words, radius

    def components(self):
        graph = np.eye(N, dtype=bool)
        for i, j in self.near:
            graph[i, j] = graph[j, i] = True
        for _ in range(N):
            graph = graph @ graph
        return naive.number_by_first(graph.argmax(axis=1)).tolist()


def unpacked(parts):
    found = np.concatenate([*parts, np.zeros(0, np.int64)])
    return list(zip((found >> 32).tolist(), (found & 0xFFFFFFFF).tolist(), strict=True))


def joined(pairs):
    parents = np.arange(N, dtype=np.int32)
    return naive.number_by_first(view_pairs._joined(parents, pairs(parents))).tolist()


cases = st.builds(Case, st.integers(0, 2**32), st.sampled_from(LAYOUTS), st.sampled_from([0, 20, 40, 66]))


WAYS = {
    "all": lambda case: case.search.pairs_by_scan(_ALL, NO_PARENTS),
    "rings": lambda case: case.search.pairs_by_pivots(_ALL, NO_PARENTS, np.unique(case.variants.rows[:4, 0])),
    "buckets": lambda case: case.search.pairs_by_buckets(_ALL, NO_PARENTS),
}


@settings(max_examples=20)
@given(cases, st.sampled_from(list(WAYS)))
def test_each_way_finds_the_pairs_that_are_near_each_once(case, way):
    found = unpacked(WAYS[way](case))
    assert len(found) == len(set(found))
    # The wholes as they are another search compares. Of these that are near looks may still say that they don't count.
    of_wholes = set(zip(*np.nonzero(naive.cdist(case.words, case.words) <= case.radius), strict=True))
    assert case.near - of_wholes <= set(found) <= case.near


@settings(max_examples=12)
@given(cases)
def test_what_hangs_together(case):
    assert joined(lambda parents: case.search.pairs(_ALL, parents)) == case.components()


@settings(max_examples=12)
@given(cases, st.integers(0, N))
def test_what_hangs_together_with_new_images(case, n_known):
    known = np.full(N, -1, np.int32)
    known[:n_known] = case.search.among(np.arange(n_known)).components() if n_known else 0
    assert naive.number_by_first(case.search.components_with_new(known)).tolist() == case.components()


def planes_of(case, first_image, start, stop, most=_ALL):
    rows = case.variants.rows
    fixed = patterns_of(rows[start:stop, 0]), limits_of(64)[case.radius * 64 // 256], room_for(1, 1), case.radius
    return unpacked(
        [scan_views_by_planes(case.variants, *fixed, np.array([most]), NO_PARENTS, first_image, start, stop)]
    )


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(0, N - 1), st.data())
def test_bit_planes_find_of_some_rows_and_later_images_what_words_do(seed, first_image, data):
    case = Case(seed, FULL, 66)
    start = ROWS * data.draw(st.integers(0, (len(case.variants.rows) - 1) // ROWS))
    stop = data.draw(st.integers(start, len(case.variants.rows)))
    rows, room = transposed(case.variants.rows), np.array([_ALL])
    fixed = case.variants, rows, FirstWords(1, case.radius * 64 // 256), case.radius, room, NO_PARENTS
    expected = unpacked([scan_views(*fixed, first_image, start, stop)])
    assert sorted(planes_of(case, first_image, start, stop)) == sorted(expected)


def test_bit_planes_stop_where_room_is_used_up():
    """Behind the slab in which it is."""
    n_fewer = 0
    for seed in range(8):
        case = Case(seed, FULL, 66)
        n = len(case.variants.rows)
        everything, some = set(planes_of(case, 0, 0, n)), set(planes_of(case, 0, 0, n, most=0))
        assert some <= everything
        assert bool(some) == bool(everything)
        assert planes_of(case, 0, 0, n, most=-1) == []
        n_fewer += some < everything
    assert n_fewer


@pytest.mark.parametrize("layout", LAYOUTS)
def test_which_scan_is_taken(layout, monkeypatch):
    """Bit planes are of one word: where more have to be read to rule pairs out, words are counted as they are."""
    case, by_planes = Case(0, layout, 40), []
    kernel = view_pairs.scan_views_by_planes
    monkeypatch.setattr(view_pairs, "scan_views_by_planes", lambda *args: by_planes.append(1) or kernel(*args))
    list(case.search.pairs_by_scan(_ALL, NO_PARENTS))
    assert bool(by_planes) == bool(layout.side)
