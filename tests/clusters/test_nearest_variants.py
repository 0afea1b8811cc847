"""How near two images are, by NumPy: what the kernels say, and by which view."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_images import FULL, noisy_images

from imgcmp import cluster, pack
from imgcmp.clusters.cut import LINKAGES, cut_of
from imgcmp.clusters.few_images import FewImages
from imgcmp.clusters.look_likeness import LookLikeness
from imgcmp.clusters.nearest_variants import Nearest, NearestVariants, bits_apart
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.looks import look_of
from imgcmp.fingerprints.low_bits import low_first
from imgcmp.fingerprints.standings import TURNS
from imgcmp.fingerprints.view_layout import PLAIN, Bounds, ViewLayout
from imgcmp.fingerprints.views import view_layout
from imgcmp.search.view_distances import fill_view_heights, variants_of

LAYOUTS = [FULL, FULL._replace(side=0), ViewLayout(3, 16), ViewLayout(0, 16), PLAIN]
BOUNDS = Bounds.of(256)


def by_kernels(words, views, layout, looks):
    n = len(words)
    heights = np.empty(n * (n - 1) // 2)
    fill_view_heights(heights, variants_of(words, views, None, layout, looks), np.arange(n), np.zeros(n), 1)
    return heights.astype(int).tolist()


def pairs_of(words, views, layout, looks):
    """Return for each pair i < j by what the two are nearest."""
    both = np.concatenate([words[:, np.newaxis], views], axis=1)
    variants = NearestVariants(layout, looks)
    return [variants.nearest(i, j, both[i], both[j]) for i, j in zip(*np.triu_indices(len(words), 1), strict=True)]


def bits_of(nearest, of_i, of_j, layout):
    """Return by how much the variants differ that are named."""
    if nearest.standing is None:
        return int(np.bitwise_count(of_i[0] ^ of_j[0]).sum())
    of_whole, of_view = (of_j, of_i) if nearest.of_first else (of_i, of_j)
    # Without standings the first row is the whole as it is, and so is the variant that is no view.
    whole = of_whole[1 + nearest.standing] if layout.n_standings else of_whole[0]
    view = of_view[1 if layout.n_standings else 0] if nearest.view is None else of_view[1 + nearest.view]
    if layout.side:
        whole, view = low_first(whole, layout.side), low_first(view, layout.side)
    return int(bits_apart(view, whole[np.newaxis], layout)[0])


@settings(max_examples=8)
@given(st.integers(0, 2**32), st.sampled_from(LAYOUTS), st.booleans())
def test_pairs_are_as_far_apart_as_the_kernels_say_and_as_what_is_named(seed, layout, has_looks):
    words, views, looks = noisy_images(12, seed, layout)
    looks = looks if has_looks else None
    found = pairs_of(words, views, layout, looks)
    assert [one.bits for one in found] == by_kernels(words, views, layout, looks)
    both = np.concatenate([words[:, np.newaxis], views], axis=1)
    for nearest, i, j in zip(found, *np.triu_indices(12, 1), strict=True):
        differ = bits_of(nearest, both[i], both[j], layout)
        # What does not count is taken for one bit beyond doubt, whatever it differs in.
        assert nearest.bits == differ or (has_looks and nearest.bits == BOUNDS.doubtful + 1)


@settings(max_examples=8)
@given(st.integers(0, 2**32), st.sampled_from(LAYOUTS))
def test_two_images_are_as_near_in_either_order(seed, layout):
    words, views, looks = noisy_images(8, seed, layout)
    both, variants = np.concatenate([words[:, np.newaxis], views], axis=1), NearestVariants(layout, looks)
    for i, j in zip(*np.triu_indices(8, 1), strict=True):
        one, other = variants.nearest(i, j, both[i], both[j]), variants.nearest(j, i, both[j], both[i])
        assert one.bits == other.bits


@settings(max_examples=8)
@given(st.integers(0, 2**32))
def test_what_is_named_in_doubt_has_looks_that_are_alike(seed):
    words, views, looks = noisy_images(12, seed)
    alike = LookLikeness(looks, FULL)
    for nearest, i, j in zip(pairs_of(words, views, FULL, looks), *np.triu_indices(12, 1), strict=True):
        if BOUNDS.are_doubtful(nearest.bits):
            of_whole, of_view = (j, i) if nearest.of_first else (i, j)
            variant = 0 if nearest.view is None else nearest.view + 1 - FULL.n_standings
            assert alike.are_alike(of_whole, nearest.standing, of_view, variant)


@pytest.mark.parametrize(
    ("x", "apart", "expected"), [(10, 36, 36), (10, 30, 36), (10, 16, 16), (11, 40, 43), (9, 28, 28), (4, 5, 5)]
)
def test_doubt_is_of_the_bits_that_there_are_however_many_a_word_has(x, apart, expected):
    """Of fewer than 100 there is no doubt. (At x = 4, with bounds of 64 bits, what looks part were 23 bits apart.)"""
    random = np.random.default_rng(4)
    layout = view_layout("all", "ahash", x)
    bits = np.zeros((2, 1 + 57, x * x), bool)
    bits[1, :, :apart] = True
    stands, inner = np.zeros((2, 57), np.uint8), np.array([[0, 0, 255, 255]] * 2, np.uint8)
    looks = LookRows(random.integers(0, 256, (2, 288), np.uint8), stands, inner, np.ones(2, np.float32))
    words = pack(bits)
    assert by_kernels(words[:, 0], words[:, 1:], layout, looks) == [expected]
    assert pairs_of(words[:, 0], words[:, 1:], layout, looks)[0].bits == expected
    few = FewImages(words[:, 0], words[:, 1:], layout, looks)
    assert few.cluster(np.arange(2), cut_of(1.0, x * x), "average").tolist() == [0, 0]


def two_images(*, apart, look_turned, stands):
    """Return two images whose wholes alone are near, of one look, that of the second turned; how the first stands.

    The ways in which the first may stand have the same bits, as those of a symmetrical picture.
    """
    random = np.random.default_rng(3)
    bits = random.random((2, 1 + 57 + 1, 256)) < 0.5
    bits[:, 1 : 1 + FULL.n_standings] = bits[0, 1]
    bits[1, 1 : 1 + FULL.n_standings, 128 : 128 + apart] ^= True
    grid = np.kron(random.normal(size=(8, 8)), np.ones((12, 12)))
    turned = grid.T if look_turned.transposed else grid
    turned = turned[:, ::-1] if look_turned.mirrored else turned
    turned = turned[::-1] if look_turned.flipped else turned
    of_both = np.zeros((2, 58), np.uint8)
    of_both[0, : len(stands)] = stands
    of_both[0, len(stands) : FULL.n_standings] = stands[0]
    inner = np.tile(np.array([0, 0, 255, 255], np.uint8), (2, 1))
    looks = LookRows(np.stack([look_of(grid), look_of(turned)]), of_both, inner, np.ones(2, np.float32))
    words = pack(bits)
    return words[:, 0].copy(), words[:, 1:].copy(), looks


@pytest.mark.parametrize("turn", range(8))
def test_every_way_to_stand_is_asked_for_its_look_though_its_bits_are_no_others(turn):
    for stands, bits in (((0,), 50 if turn == 0 else BOUNDS.doubtful + 1), ((0, turn), 50), ((0, 7 - turn, turn), 50)):
        made = two_images(apart=50, look_turned=TURNS[turn], stands=stands)
        nearest = pairs_of(*made[:2], FULL, made[2])[0]
        assert nearest.bits == bits, stands
        assert by_kernels(*made[:2], FULL, made[2]) == [bits], stands
        assert FewImages(*made[:2], FULL, made[2]).distances[0, 1] == bits, stands


@pytest.mark.parametrize(("apart", "counts"), [(0, True), (41, True), (42, False), (90, False), (91, True)])
def test_looks_count_between_the_bounds_alone(apart, counts):
    words, views, looks = two_images(apart=apart, look_turned=TURNS[3], stands=(0,))
    assert (BOUNDS.sure, BOUNDS.doubtful) == (41, 90)
    nearest = pairs_of(words, views, FULL, looks)[0]
    assert nearest.bits == (apart if counts else BOUNDS.doubtful + 1)


def test_wholes_as_they_are_are_named_without_a_standing():
    words, views, looks = noisy_images(2, 0)
    words[1], views[1] = words[0], ~views[0]
    assert pairs_of(words, views, FULL, looks) == [Nearest(0)]


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_all_variants_of_a_pair_are_as_alike_as_each(seed):
    _, _, looks = noisy_images(2, seed)
    likeness = LookLikeness(looks, FULL)
    alike = likeness.all_alike(0, 1)
    assert alike.shape == (FULL.n_standings, len(FULL.parts))
    expected = [[likeness.are_alike(0, row, 1, k) for k in range(alike.shape[1])] for row in range(alike.shape[0])]
    assert np.array_equal(alike, expected)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_images_of_equal_bits_and_different_looks_are_two_whatever_their_order(linkage):
    random = np.random.default_rng(1)
    words, views, looks = noisy_images(60, 1)
    words[30:], views[30:] = words[:30], views[:30]  # of equal bits, and mostly of other looks
    expected = None
    for order in (np.arange(60), np.arange(60)[::-1], random.permutation(60)):
        given = (words[order], views[order], looks.some(order))
        few = FewImages(given[0], given[1], FULL, given[2]).cluster(np.arange(60), cut_of(0.3, 256), linkage)
        found = cluster(given[0], 0.3, views=given[1], layout=FULL, looks=given[2], linkage=linkage)
        assert np.array_equal(few, found)
        partition = {frozenset(order[found == label].tolist()) for label in set(found.tolist())}
        expected = expected or partition
        assert partition == expected
