"""Fingerprints as kernels read them by blocks: one type owns their padding and order.

Blocks of columns are read by address, past the last fingerprint, and as if each row of words lay in one piece. So
kernels that do so take `Columns`, which a bare array isn't; and what reads by address (`imgcmp.kernels.intrinsics`)
takes no array but one of words in C order: numba's typing refuses any other. (What it is told to fetch ahead, and the
heights it writes past the cache, are given by address, by kernels that have their arrays at hand.)
"""

from typing import NamedTuple

import numpy as np

from imgcmp.fingerprints.packing import Words

BLOCK = 256  # columns a block of distances; 128 and 512 took the same time within 3 %
WIDTH = 64  # columns a block of a search: as many as a mask has bits, and a divisor of BLOCK


class Columns(NamedTuple):
    """Fingerprints side by side: to be made by `transposed` or `room_for_columns` alone.

    Attributes
    ----------
    words : ndarray of uint64, shape (n_words, n_padded)
        In C order. From any of the n columns that a block may start at, the whole block can be read.
    n : int
        Fingerprints; the columns behind them are padding.
    """

    words: Words
    n: int


def transposed(words: Words) -> Columns:
    """Return fingerprints, shape (n, n_words), as columns: padded with zeros to a multiple of BLOCK.

    Blocks start at multiples of BLOCK, or of WIDTH.
    """
    n, n_words = words.shape
    columns = np.zeros((n_words, -(-n // BLOCK) * BLOCK), np.uint64)
    columns[:, :n] = words.T
    return Columns(columns, n)


def room_for_columns(n_words: int, n: int) -> Columns:
    """Return n columns of zeros, and as many more as it takes to start a block of WIDTH at any of them."""
    return Columns(np.zeros((n_words, n + WIDTH), np.uint64), n)
