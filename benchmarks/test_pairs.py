import numpy as np
import pytest
from peers import FLAT, faiss_multi_hash, faiss_search, pairs_of, pynear_multi_index
from synthetic import noisy_copies

from imgcmp import pairs
from imgcmp.search.pairs import neighbours

N = 100_000


@pytest.mark.parametrize(("n_bits", "required"), [(64, 10), (256, 8)])
def test_pairs_at_sim_0_1(ratio, n_bits, required):
    words, radius_bits = noisy_copies(N, n_bits, 0.05), n_bits // 10
    search = faiss_search(words, radius_bits)

    for ours, theirs in zip(pairs(words, radius_bits), pairs_of(search()), strict=True):
        assert np.array_equal(ours, theirs)
    ratio(
        f"pairs, 100,000 x {n_bits} bits, SIM 0.1",
        lambda: pairs(words, radius_bits),
        search,
        FLAT,
        rounds=5,
        calls=5,
        required=required,
    )


@pytest.mark.parametrize(("n_bits", "n_hashes"), [(64, 4), (256, 16)])
def test_multi_hash(ratio, n_bits, n_hashes):
    words, radius_bits = noisy_copies(N, n_bits, 0.05), n_bits // 10
    search = faiss_multi_hash(words, radius_bits, n_hashes)
    for ours, theirs in zip(pairs(words, radius_bits), pairs_of(search()), strict=True):
        assert np.array_equal(ours, theirs)
    ratio(
        f"pairs, 100,000 x {n_bits} bits, radius {radius_bits}, against multi-index hashing",
        lambda: pairs(words, radius_bits),
        search,
        f"faiss IndexBinaryMultiHash({n_bits}, {n_hashes}, 16), nflip 1",
        rounds=3,
        calls=5,
    )


@pytest.mark.parametrize(("n_bits", "n_substrings"), [(64, 8), (256, 16)])
def test_pynear(ratio, n_bits, n_substrings):
    """It has no search within a radius alone: of each fingerprint it is asked for as many as the most that any has."""
    words, radius_bits = noisy_copies(N, n_bits, 0.05), n_bits // 10
    i, j, _ = pairs(words, radius_bits)
    most = int(np.bincount(np.concatenate([i, j])).max())
    search = pynear_multi_index(words, radius_bits, n_substrings, most + 1)
    indices, distances = search()
    theirs_i, place = np.nonzero((indices > np.arange(N)[:, None]) & (distances <= radius_bits))
    assert np.array_equal(np.sort(theirs_i << 32 | indices[theirs_i, place]), i.astype(np.int64) << 32 | j)
    ratio(
        f"pairs, 100,000 x {n_bits} bits, radius {radius_bits}, against pynear",
        lambda: pairs(words, radius_bits),
        search,
        f"pynear MIHBinaryIndex({n_substrings}).searchKNN_arrays, k {most + 1}",
        rounds=3,
        calls=5,
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
    n, n_queries, radius_bits = 1_000_000, 20_000, 6
    words = noisy_copies(n, 64, 0.05)
    search = faiss_multi_hash(words, radius_bits, 3, words[:n_queries])
    found = pairs(words, radius_bits)
    of_queries = found[0] < n_queries
    for ours, theirs in zip(found, pairs_of(search()), strict=True):
        assert np.array_equal(ours[of_queries], theirs)
    ratio(
        "pairs, 1,000,000 x 64 bits, radius 6",
        lambda: pairs(words, radius_bits),
        search,
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
