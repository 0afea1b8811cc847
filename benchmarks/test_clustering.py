import os

import fastcluster
import numpy as np
import pytest
from kept_views import noisy_copies_as_kept
from like_photographs import like_photographs, like_photographs_as_kept
from peers import FLAT, faiss_search
from scipy.cluster import hierarchy
from scipy.spatial import distance as scipy_distance
from synthetic import noisy_copies

from imgcmp import cluster, linkage, unpack
from imgcmp.clusters.known_components import KnownComponents


@pytest.mark.parametrize("sim", [0.1, 0.3])
def test_against_scipy(ratio, sim):
    words = noisy_copies(20_000, 64)
    bits = unpack(words, 64)

    def by_scipy():
        tree = hierarchy.linkage(scipy_distance.pdist(bits, "hamming"), "average")
        return hierarchy.fcluster(tree, sim, "distance")

    ratio(
        f"cluster, 20,000 x 64 bits, SIM {sim:g}, average",
        lambda: cluster(words, sim, n_bits=64),
        by_scipy,
        "scipy pdist, linkage and fcluster",
        rounds=1,
        calls=5,
        required=50,
    )


def test_whole_tree(ratio):
    words = noisy_copies(20_000, 64)
    bits = unpack(words, 64)

    def by_fastcluster():
        return fastcluster.linkage(scipy_distance.pdist(bits, "hamming"), "average", preserve_input=False)

    ratio(
        "linkage, 20,000 x 64 bits, the whole tree, average",
        lambda: linkage(words),
        by_fastcluster,
        "scipy pdist and fastcluster linkage",
        rounds=1,
        calls=3,
        required=10,
        at_least=7,
    )


@pytest.mark.parametrize("method", ["single", "complete", "average", "weighted"])
@pytest.mark.parametrize(("n_bits", "sim"), [(64, 0.1), (64, 0.2), (64, 0.3), (256, 0.1), (256, 0.2), (256, 0.3)])
def test_against_one_search(ratio, n_bits, sim, method):
    """The search of all pairs is a part of ours."""
    words = noisy_copies(100_000, n_bits)
    ratio(
        f"cluster, 100,000 x {n_bits} bits, SIM {sim:g}, {method}",
        lambda: cluster(words, sim, n_bits=n_bits, linkage=method),
        faiss_search(words, int(np.floor(n_bits * sim))),
        FLAT,
        rounds=1,
        calls=3,
        required=1 / 0.6,
    )


def test_a_million(ratio):
    n, n_queries = 1_000_000, 5000
    words = noisy_copies(n, 64)
    ratio(
        "cluster, 1,000,000 x 64 bits, SIM 0.1, average",
        lambda: cluster(words, 0.1, n_bits=64),
        faiss_search(words, 6, words[:n_queries]),
        f"{FLAT}: {n_queries:,} of the queries, times {n // n_queries}",
        rounds=3,
        peer_times=n // n_queries,
        required=25,
    )


@pytest.mark.skipif("IMGCMP_TEST_DATA" not in os.environ, reason="IMGCMP_TEST_DATA is unset")
def test_like_photographs(ratio):
    """Lopsided: 36,000,000 pairs within the cut."""
    words = like_photographs(100_000, 64)
    ratio(
        "cluster, 100,000 x 64 bits like photographs, SIM 0.3, average",
        lambda: cluster(words, 0.3, n_bits=64),
        faiss_search(words, 19),
        FLAT,
        rounds=1,
        calls=3,
    )


def against_no_views(ratio, kind, images, n_bits):
    """Compare with grouping the wholes alone, once for each view; the ways to stand are so many views, too."""
    words, n_views = images.words, images.views.shape[1]
    ratio(
        f"cluster with {n_views} views, {len(words):,} x {n_bits} bits{kind}, SIM 0.15, average",
        lambda: cluster(words, 0.15, n_bits=n_bits, **images.options),
        lambda: cluster(words, 0.15, n_bits=n_bits),
        f"without views, times {n_views}",
        rounds=3,
        peer_times=n_views,
        required=1 / 2.3,
        at_least=0.3,
    )


def test_growing(ratio):
    """What takes time beside the search of new images grows with all of them, and to search all with their square."""
    n, n_new = 40_000, 400
    images = noisy_copies_as_kept(n, 256)
    known = KnownComponents()
    cluster(images.words[:-n_new], 0.26, known=known, **images.some(slice(n - n_new)).options)
    before = known.last
    ratio(
        f"cluster, {n_new} new of {n:,} x 256 bits, all views, SIM 0.26, average",
        lambda: cluster(images.words, 0.26, known=KnownComponents(before), **images.options),
        lambda: cluster(images.words, 0.26, **images.options),
        "all anew",
        rounds=3,
        required=8,
        at_least=4,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_with_views(ratio, n_bits):
    against_no_views(ratio, "", noisy_copies_as_kept(30_000, n_bits), n_bits)


@pytest.mark.skipif("IMGCMP_TEST_DATA" not in os.environ, reason="IMGCMP_TEST_DATA is unset")
@pytest.mark.parametrize("n_bits", [64, 256])
def test_with_views_like_photographs(ratio, n_bits):
    """Groups of copies are dense: 100 images of each photograph, and twelve times that of some scenes."""
    against_no_views(ratio, " like photographs", like_photographs_as_kept(30_000, n_bits), n_bits)
