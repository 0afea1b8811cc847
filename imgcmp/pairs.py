"""All pairs of fingerprints within a radius."""

import numpy as np
from numpy.typing import NDArray

from imgcmp import kernels
from imgcmp.checks import integer
from imgcmp.distances import check_comparable, check_indexable
from imgcmp.threads import run, triangle_blocks, worker_count
from imgcmp.words import Words

Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]

_SAMPLES = 2**16
_MAX_FALSE_HITS = 4  # of _SAMPLES: then 6 % of the blocks at most are looked at for nothing


def pairs(words: Words, radius_bits: int, *, n_bits: int | None = None, workers: int | None = None) -> Pairs:
    """Find all pairs that differ in at most `radius_bits` bits.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    radius_bits : int
        The most bits in which a pair may differ, 0 .. n_bits.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

    Returns
    -------
    i, j : ndarray of int32, shape (n_pairs,)
        Rows of `words`, i < j; sorted by (i, j).
    distance : ndarray of uint16, shape (n_pairs,)
        Differing bits, at most `radius_bits`.

    Raises
    ------
    TypeError
        If `words` is not of uint64, or `radius_bits` is not an integer.
    ValueError
        If `words` is not a matrix of n_bits bits a row, `radius_bits` is not in 0..n_bits, or `workers` is below 1.

    Notes
    -----
    O(n_images**2 * n_words) time; ten bytes a pair, and up to 16 more while it runs.
    """
    words = check_comparable(words, n_bits)
    check_indexable(words)
    workers = worker_count(workers)
    radius_bits = integer(radius_bits, "radius_bits")
    largest = 64 * words.shape[1] if n_bits is None else n_bits
    if not 0 <= radius_bits <= largest:
        raise ValueError(f"radius_bits must be in 0..n_bits={largest}; got {radius_bits}")
    return _scan(words, radius_bits, workers)


def _scan(words: Words, radius_bits: int, workers: int) -> Pairs:
    """Find the pairs by comparing all of them."""
    n, n_words = words.shape
    columns = kernels.transposed(words)
    prefix = _prefix_words(columns, n, radius_bits)
    blocks = triangle_blocks(n, n_words, workers, multiple=kernels.ROWS, max_rows=kernels.MAX_SCAN_ROWS)
    found = run(kernels.scan, [(columns, n, prefix, radius_bits, *block) for block in blocks], workers)
    del columns
    i = np.empty(sum(len(packed) for packed, _ in found), np.int32)
    j = np.empty(len(i), np.int32)
    distance = np.empty(len(i), np.uint16)
    tasks, start = [], 0
    for (packed, counts), (i_start, _) in zip(found, blocks, strict=True):
        places = start + np.cumsum(counts) - counts
        tasks.append((i, j, distance, packed, places, i_start))
        start += len(packed)
    run(kernels.place, tasks, workers)
    return i, j, distance


def _prefix_words(columns: Words, n: int, radius_bits: int) -> int:
    """Return how many leading words rule out most pairs beyond the radius: 1, 2, 4, or 0 for none of these.

    A pair that differs in more than the radius in its first words need not be compared further: at 256 bits and radius
    25 two words of four suffice, which halves the time. Tried on random pairs, always the same; the choice changes
    the time, never the result.
    """
    n_words = len(columns)
    samples = min(_SAMPLES, n * (n - 1) // 128)  # at most 2 % of the pairs
    random = np.random.default_rng(0)
    i = random.integers(max(n, 1), size=samples)
    j = (i + random.integers(1, max(n, 2), size=samples)) % max(n, 1)
    for prefix in (1, 2, 4):
        if prefix > n_words:
            break
        distances = _distances(columns[:prefix], i, j)
        hits = np.flatnonzero(distances <= radius_bits)
        if len(hits) * 256 > samples:  # most blocks of 1,024 pairs hold a hit: judging them first only costs time
            continue
        false_hits = np.count_nonzero(_distances(columns, i[hits], j[hits]) > radius_bits)
        if false_hits * _SAMPLES <= _MAX_FALSE_HITS * samples:
            return prefix
    return 0


def _distances(columns: Words, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.int64]:
    return sum((np.bitwise_count(word[i] ^ word[j]).astype(np.int64) for word in columns), np.zeros(len(i), np.int64))
