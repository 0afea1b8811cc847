"""Seeded sets of fingerprints to measure with: made of numbers alone, the same whichever imgcmp is measured."""

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


def in_groups(n, n_bits, size=200, seed=0):
    """Make fingerprints in groups, each of copies of one with 3 % of the bits flipped."""
    random = np.random.default_rng(seed)
    flips = np.packbits(random.random((n, n_bits)) < 0.03, axis=1).view(np.uint64)
    return np.repeat(uniform_words(n // size, n_bits, seed), size, axis=0) ^ flips


def one_bit_walk(n, n_bits, seed=0):
    """Make a random walk: each fingerprint differs from the one before in one bit."""
    random = np.random.default_rng(seed)
    steps = np.zeros((n, n_bits), bool)
    steps[np.arange(n), random.integers(n_bits, size=n)] = True
    return np.packbits(np.logical_xor.accumulate(steps), axis=1).view(np.uint64)


def noisy_copies_with_views(n, n_bits, n_views, seed=0):
    """Make uniform fingerprints with views; a third of the wholes are noisy copies of a whole or view of others."""
    random = np.random.default_rng(seed)
    words = random.integers(2**64, size=(n, 1 + n_views, n_bits // 64), dtype=np.uint64)
    copies = n // 3
    flips = np.packbits(random.random((copies, n_bits)) < 0.05, axis=1).view(np.uint64)
    words[-copies:, 0] = words[random.integers(n - copies, size=copies), random.integers(1 + n_views, size=copies)]
    words[-copies:, 0] ^= flips
    words = words[random.permutation(n)]
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:])
