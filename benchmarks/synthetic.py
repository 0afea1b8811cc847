"""Seeded sets of fingerprints to measure with."""

import math
import os
from functools import cache, partial

import numpy as np

from imgcmp.fingerprints.fingerprint import FileFingerprint, try_fingerprint
from imgcmp.fingerprints.views import view_names
from imgcmp.images.find_images import find_images
from imgcmp.system import processes


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


@cache
def fingerprints_of_photographs(x, views="none"):
    """Return the distinct fingerprints of the files of IMGCMP_TEST_DATA/photos; with views a row for each of them."""
    files = find_images([os.path.join(os.environ["IMGCMP_TEST_DATA"], "photos")]).files
    results = processes.run(partial(try_fingerprint, x=x, method="phash", views=views), files)
    read = [result for _, result in results if isinstance(result, FileFingerprint)]
    return np.unique(
        [result.words if views == "none" else np.vstack([result.words, result.views]) for result in read], axis=0
    )


def like_photographs(n, n_bits, seed=0):
    """Make fingerprints as lopsided as those of photographs: drawn from these, with some bits flipped."""
    random = np.random.default_rng(seed)
    originals = fingerprints_of_photographs(math.isqrt(n_bits))
    flips = np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
    return originals[random.integers(len(originals), size=n)] ^ flips


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


def like_photographs_with_views(n, n_bits, seed=0):
    """Make fingerprints, and those of all views, drawn from those of photographs, with some bits flipped."""
    random = np.random.default_rng(seed)
    originals = fingerprints_of_photographs(math.isqrt(n_bits), "all")
    words = originals[random.integers(len(originals), size=n)]
    for view in range(words.shape[1]):
        words[:, view] ^= np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:])


KINDS_WITH_VIEWS = {
    "like photographs": like_photographs_with_views,
    "noisy copies": partial(noisy_copies_with_views, n_views=len(view_names("all"))),
}

KINDS = {
    "like photographs": like_photographs,
    "noisy copies": noisy_copies,
    "half equal": half_equal,
    "in groups of 200": in_groups,
    "near each other": near_each_other,
    "one-bit walk": one_bit_walk,
}
