import numpy as np
import pytest
from peers import FLAT, faiss_search
from synthetic import noisy_copies

from imgcmp import pairs
from imgcmp.search.pairs import neighbours

N = 100_000


@pytest.mark.parametrize(("n_bits", "required"), [(64, 10), (256, 8)])
def test_pairs_at_sim_0_1(ratio, n_bits, required):
    words, radius_bits = noisy_copies(N, n_bits, 0.05), n_bits // 10
    search = faiss_search(words, radius_bits)

    limits, distance, j = search()
    i = np.repeat(np.arange(N), np.diff(limits.astype(np.int64)))
    once = np.flatnonzero(i < j)
    once = once[np.lexsort((j[once], i[once]))]
    for ours, theirs in zip(pairs(words, radius_bits), (i, j, distance), strict=True):
        assert np.array_equal(ours, theirs[once])

    ratio(
        f"pairs, 100,000 x {n_bits} bits, SIM 0.1",
        lambda: pairs(words, radius_bits),
        search,
        FLAT,
        rounds=5,
        calls=5,
        required=required,
    )


@pytest.mark.parametrize("n_bits", [128, 1024, 4096])
def test_pairs_of_other_lengths(ratio, n_bits):
    words = noisy_copies(10_000, n_bits, 0.05)
    ratio(
        f"pairs, 10,000 x {n_bits} bits, SIM 0.1",
        lambda: pairs(words, n_bits // 10),
        faiss_search(words, n_bits // 10),
        FLAT,
        calls=3,
    )


def test_all_pairs(ratio):
    words = noisy_copies(3000, 64, 0.05)
    assert len(pairs(words, 64)[0]) == 3000 * 2999 // 2
    ratio("pairs, 3,000 x 64 bits, SIM 1", lambda: pairs(words, 64), faiss_search(words, 64), FLAT, calls=3)


def test_a_million(ratio):
    faiss = pytest.importorskip("faiss")
    n, n_queries, radius_bits = 1_000_000, 20_000, 6
    words = noisy_copies(n, 64, 0.05)
    queries = words[:n_queries].view(np.uint8)
    index = faiss.IndexBinaryMultiHash(64, 3, 21)  # 3 hashes of 21 bits: at a distance of 6 one differs in 2 at most
    index.nflip = 2
    index.add(words.view(np.uint8))

    limits, distance, j = index.range_search(queries, radius_bits + 1)
    i = np.repeat(np.arange(n_queries), np.diff(limits.astype(np.int64)))
    once = np.flatnonzero(i < j)
    once = once[np.lexsort((j[once], i[once]))]
    found = pairs(words, radius_bits)
    of_queries = found[0] < n_queries
    for ours, theirs in zip(found, (i, j, distance), strict=True):
        assert np.array_equal(ours[of_queries], theirs[once])

    ratio(
        "pairs, 1,000,000 x 64 bits, radius 6",
        lambda: pairs(words, radius_bits),
        lambda: index.range_search(queries, radius_bits + 1),
        "faiss IndexBinaryMultiHash(64, 3, 21), nflip 2: 20,000 of the queries, times 50",
        rounds=3,
        peer_times=n // n_queries,
        required=30,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_neighbours_at_sim_0_3(ratio, n_bits):
    words, radius_bits = noisy_copies(N, n_bits, 0.05), 3 * n_bits // 10

    ratio(
        f"neighbours listed, 100,000 x {n_bits} bits, SIM 0.3",
        lambda: neighbours(words, radius_bits),
        faiss_search(words, radius_bits),
        FLAT,
        rounds=3,
        required=1 / 0.45,
    )
