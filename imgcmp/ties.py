"""Ties of distances, broken by content: D'_ij = D_ij + EPS * (k_i + k_j), k_i in [0, 1) a hash of fingerprint i.

Hamming distances tie all the time, and with ties the result of average, complete and weighted linkage would depend on
the order of the images. A cut t in bits is a multiple of 1/256, and 2 * EPS = 1/512: D <= t exactly where
D' <= t + 2 * EPS.
"""

import numpy as np
from numpy.typing import NDArray

from imgcmp import kernels
from imgcmp.cuts import EPS
from imgcmp.words import Words


def tie_break_offsets(words: Words) -> NDArray[np.float64]:
    """Return EPS * k of each fingerprint, shape (n_images,)."""
    offsets = np.empty(len(words))
    kernels.tie_breaks(offsets, words)
    return offsets * EPS
