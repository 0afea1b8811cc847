import numpy as np
import pytest

from imgcmp import pairs

N = 100_000
FLAT = "faiss IndexBinaryFlat.range_search"


def noisy_copies(n, n_bits, noise, seed=0):
    """Make uniform fingerprints, a third of which are copies of others with some bits flipped."""
    random = np.random.default_rng(seed)
    words = random.integers(2**64, size=(n, n_bits // 64), dtype=np.uint64)
    copies = n // 3
    flips = np.packbits(random.random((copies, n_bits)) < noise, axis=1).view(np.uint64)
    words[-copies:] = words[random.integers(n - copies, size=copies)] ^ flips
    return words[random.permutation(n)]


def faiss_search(words, radius_bits):
    """Return a function that searches the words among themselves; it gives limits, distances, indices."""
    faiss = pytest.importorskip("faiss")
    as_bytes = words.view(np.uint8)
    index = faiss.IndexBinaryFlat(8 * as_bytes.shape[1])
    index.add(as_bytes)
    return lambda: index.range_search(as_bytes, radius_bits + 1)  # its radius is exclusive


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
