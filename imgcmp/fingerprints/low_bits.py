"""The bits of the slowest waves, which come first where they are judged apart.

Of a fingerprint by DCT the bits of the 8 x 8 slowest waves are the 64 bits of a small fingerprint. What a copy changes
is in the fast ones, for the most part, so that these 64 tell copies from others about as well as all 256 do: among
those that differ in few of all bits, of strangers more of these 64 differ than of copies.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, pack, unpack

LOW_SIDE = 8

_LEFT_HALVES = np.uint64(0xFF00FF00FF00FF00)


def low_first(words: Words, side: int) -> Words:
    """Return fingerprints whose first word holds the bits of the LOW_SIDE x LOW_SIDE slowest waves.

    Parameters
    ----------
    words : ndarray of uint64, shape (..., n_words)
        Packed fingerprints of side * side bits, row by row.
    side : int
        Side of a fingerprint, more than LOW_SIDE.

    Returns
    -------
    words : ndarray of uint64, shape (..., n_words)
        The same bits in another order.
    """
    if side != 2 * LOW_SIDE:
        return pack(unpack(words, side * side)[..., _order(side)])
    result = words.copy()  # four rows of waves a word: their left halves, and their right halves
    result[..., 0] = (words[..., 0] & _LEFT_HALVES) | ((words[..., 1] & _LEFT_HALVES) >> np.uint64(8))
    result[..., 1] = ((words[..., 0] & ~_LEFT_HALVES) << np.uint64(8)) | (words[..., 1] & ~_LEFT_HALVES)
    return result


@lru_cache(maxsize=4)
def _order(side: int) -> NDArray[np.intp]:
    rows, columns = np.divmod(np.arange(side * side), side)
    return np.argsort((rows >= LOW_SIDE) | (columns >= LOW_SIDE), kind="stable")
