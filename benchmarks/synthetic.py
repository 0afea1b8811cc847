"""Seeded sets of fingerprints to measure with."""

import numpy as np


def uniform_words(n, n_bits, seed=0):
    return np.random.default_rng(seed).integers(2**64, size=(n, n_bits // 64), dtype=np.uint64)


def noisy_copies(n, n_bits, noise=0.05, seed=0):
    """Make uniform fingerprints, a third of which are copies of others with some bits flipped."""
    random = np.random.default_rng(seed)
    words = random.integers(2**64, size=(n, n_bits // 64), dtype=np.uint64)
    copies = n // 3
    flips = np.packbits(random.random((copies, n_bits)) < noise, axis=1).view(np.uint64)
    words[-copies:] = words[random.integers(n - copies, size=copies)] ^ flips
    return words[random.permutation(n)]


def half_equal(n, n_bits, seed=0):
    """Make fingerprints of which half are copies without noise."""
    words = noisy_copies(n - n // 2, n_bits, seed=seed)
    return np.concatenate([words, words[: n // 2]])


def near_each_other(n, n_bits, seed=0):
    """Make fingerprints that are all within SIM 0.3 of each other: one, with some of its bits flipped."""
    random = np.random.default_rng(seed)
    flips = np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
    return uniform_words(1, n_bits, seed) ^ flips


def one_bit_walk(n, n_bits, seed=0):
    """Make a random walk: each fingerprint differs from the one before in one bit."""
    random = np.random.default_rng(seed)
    steps = np.zeros((n, n_bits), bool)
    steps[np.arange(n), random.integers(n_bits, size=n)] = True
    return np.packbits(np.logical_xor.accumulate(steps), axis=1).view(np.uint64)


KINDS = {
    "noisy copies": noisy_copies,
    "half equal": half_equal,
    "near each other": near_each_other,
    "one-bit walk": one_bit_walk,
}
