"""Hashes of fingerprints, by which ties are broken."""

import numpy as np

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.jit import Array, entry, inlined


@inlined
def splitmix64(z: np.uint64) -> np.uint64:
    """Mix the bits of a word."""
    z += np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@entry
def tie_breaks(out: Array, words: Words, views: Words) -> None:
    """Fill in the k_i of the definition of clusters: a hash of the fingerprint and of its views, in [0, 1)."""
    for i in range(words.shape[0]):
        z = np.uint64(0)
        for w in range(words.shape[1]):
            z = splitmix64(z ^ words[i, w])
        for w in range(views.shape[1]):
            z = splitmix64(z ^ views[i, w])
        out[i] = (z >> np.uint64(11)) * 2.0**-53
