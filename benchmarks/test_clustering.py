import numpy as np
import pytest
from peers import FLAT, faiss_search
from scipy.cluster import hierarchy
from scipy.spatial import distance as scipy_distance
from synthetic import noisy_copies

from imgcmp import cluster, unpack


@pytest.mark.parametrize("sim", [0.1, 0.3])
def test_against_scipy(ratio, sim):
    words = noisy_copies(20_000, 64)
    bits = unpack(words, 64)

    def by_scipy():
        tree = hierarchy.linkage(scipy_distance.pdist(bits, "hamming"), "average")
        return hierarchy.fcluster(tree, sim, "distance")

    ratio(
        f"cluster, 20,000 x 64 bits, SIM {sim:g}, average",
        lambda: cluster(words, 64, sim),
        by_scipy,
        "scipy pdist, linkage and fcluster",
        rounds=1,
        calls=5,
        required=50,
    )


@pytest.mark.parametrize("method", ["single", "complete", "average", "weighted"])
@pytest.mark.parametrize(("n_bits", "sim"), [(64, 0.1), (64, 0.3), (256, 0.1), (256, 0.3)])
def test_against_one_search(ratio, n_bits, sim, method):
    """The search of all pairs is a part of ours."""
    words = noisy_copies(100_000, n_bits)
    ratio(
        f"cluster, 100,000 x {n_bits} bits, SIM {sim:g}, {method}",
        lambda: cluster(words, n_bits, sim, method=method),
        faiss_search(words, int(np.floor(n_bits * sim))),
        FLAT,
        rounds=1,
        calls=3,
    )
