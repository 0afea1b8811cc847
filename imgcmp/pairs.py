"""All pairs of fingerprints within a radius."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp import kernels
from imgcmp.checks import integer
from imgcmp.distances import check_comparable, check_indexable
from imgcmp.memory import available_bytes, format_bytes
from imgcmp.threads import block_count, even_blocks, run, triangle_blocks, worker_count
from imgcmp.words import Words

Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]
Neighbours = tuple[NDArray[np.int64], NDArray[np.int32]]

_SAMPLES = 2**16
_MAX_FALSE_HITS = 4  # of _SAMPLES: then 6 % of the blocks at most are looked at for nothing

_PAIR_COST = 2  # comparing a pair in a bucket, in pairs of a scan: 1 in buckets of 2,000, 2 in those of 200
_ROW_COST = 600  # sorting a fingerprint for one substring, as such: 330 if none is close, 1,000 if a third are copies
_ROW_WORK = 16  # sorting a word, in words compared: a thread is worth starting from 50,000 of them on
_PAIR_BYTES = 10
_MAX_KEY_BITS = 22  # 16 MB of counters


class _Search(NamedTuple):
    """What is searched for, all of it checked."""

    words: Words
    radius_bits: int
    n_bits: int
    workers: int

    @property
    def edges(self) -> NDArray[np.int64]:
        """Where the substrings start and end: one more of them than the bits that may differ, of the real bits only."""
        return np.arange(self.radius_bits + 2) * self.n_bits // (self.radius_bits + 1)

    @property
    def substrings(self) -> list[tuple[int, int]]:
        return list(pairwise(self.edges.tolist()))

    @property
    def key_bits(self) -> list[int]:
        """Bits of each substring's keys; a longer substring is hashed to about as many buckets as there are rows."""
        most = min(len(self.words).bit_length(), _MAX_KEY_BITS)
        return [min(stop - start, most) for start, stop in self.substrings]

    @property
    def shifts(self) -> tuple[int, int]:
        """Where i and j start in a packed pair; below them is the distance."""
        shift_j = self.radius_bits.bit_length()
        return shift_j + len(self.words).bit_length(), shift_j


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
    MemoryError
        If the pairs that were found do not fit into the memory that is available, before it is taken.

    Notes
    -----
    Exact, whichever way it goes. All pairs are compared in O(n_images**2 * n_words) time; or, where that is cheaper (a
    radius small against n_bits), those that agree in one of ``radius_bits + 1`` substrings: two fingerprints that
    differ in at most radius_bits bits cannot differ in all of them. Ten bytes a pair, and up to 16 more while it runs.
    """
    search = _check(words, radius_bits, n_bits, workers)
    return _bucketed(search) if _buckets_pay(search) else _scan(search.words, search.radius_bits, search.workers)


def count_neighbours(
    words: Words, radius_bits: int, *, n_bits: int | None = None, workers: int | None = None
) -> NDArray[np.int64]:
    """Count, for each fingerprint, those after it that differ in at most `radius_bits` bits.

    Parameters
    ----------
    words, radius_bits, n_bits, workers
        As for `pairs`.

    Returns
    -------
    counts : ndarray of int64, shape (n_images,)
        Their sum is the number of pairs.

    Raises
    ------
    TypeError, ValueError
        As `pairs`.

    Notes
    -----
    The time of `pairs`; memory for `words` twice, however many pairs there are.
    """
    search = _check(words, radius_bits, n_bits, workers)
    counts = np.zeros(len(search.words), np.int64)
    _search(search, kernels.COUNT, counts, np.empty(0, np.int32))
    return counts


def neighbours_bytes(counts: NDArray[np.int64]) -> int:
    """Return the bytes that `neighbours` takes for the lists of these counts."""
    return 8 * int(counts.sum()) + 24 * (len(counts) + 1)


def neighbours(
    words: Words,
    radius_bits: int,
    *,
    counts: NDArray[np.int64] | None = None,
    n_bits: int | None = None,
    workers: int | None = None,
) -> Neighbours:
    """List, for each fingerprint, the others that differ in at most `radius_bits` bits.

    Parameters
    ----------
    words, radius_bits, n_bits, workers
        As for `pairs`.
    counts : ndarray of int64, shape (n_images,), optional
        What `count_neighbours` returned for the same words and radius, and nothing else: lists are written where
        they say. By default they are counted first.

    Returns
    -------
    starts : ndarray of int64, shape (n_images + 1,)
        Where the list of each fingerprint starts.
    indices : ndarray of int32, shape (2 * n_pairs,)
        The neighbours of row i, ascending, are ``indices[starts[i] : starts[i + 1]]``.

    Raises
    ------
    TypeError, ValueError, MemoryError
        As `pairs`.

    Notes
    -----
    The time of `pairs` twice. Eight bytes a pair and 24 a fingerprint, taken once the pairs have been counted; and
    `words` twice, as `pairs`.
    """
    search = _check(words, radius_bits, n_bits, workers)
    if counts is None:
        counts = count_neighbours(words, radius_bits, n_bits=n_bits, workers=workers)
    if len(counts) != len(search.words):
        raise ValueError(f"counts must have shape ({len(search.words)},); got {counts.shape}")
    n_pairs = int(counts.sum())
    _check_memory(n_pairs, 8)
    indices = np.empty(2 * n_pairs, np.int32)
    _search(search, kernels.FILL, n_pairs + np.cumsum(counts) - counts, indices)
    starts = np.empty(len(counts) + 1, np.int64)
    kernels.mirror(indices, starts, counts)
    return starts, indices


def _check(words: Words, radius_bits: int, n_bits: int | None, workers: int | None) -> _Search:
    words = check_comparable(words, n_bits)
    check_indexable(words)
    workers = worker_count(workers)
    radius_bits = integer(radius_bits, "radius_bits")
    n_bits = 64 * words.shape[1] if n_bits is None else n_bits
    if not 0 <= radius_bits <= n_bits:
        raise ValueError(f"radius_bits must be in 0..n_bits={n_bits}; got {radius_bits}")
    return _Search(words, radius_bits, n_bits, workers)


def _search(search: _Search, mode: int, places: NDArray[np.int64], indices: NDArray[np.int32]) -> None:
    if _buckets_pay(search):
        _search_buckets(search, mode, places, indices)
    else:
        _scan_lists(search, mode, places, indices)


def _scan_lists(search: _Search, mode: int, places: NDArray[np.int64], indices: NDArray[np.int32]) -> None:
    """Count or list the later neighbours of each row by comparing all pairs."""
    n, n_words = search.words.shape
    columns = kernels.transposed(search.words)
    prefix = _prefix_words(columns, n, search.radius_bits)
    blocks = triangle_blocks(n, n_words, search.workers, multiple=kernels.ROWS, max_rows=kernels.MAX_SCAN_ROWS)
    tasks = [(indices, places, mode, columns, n, prefix, search.radius_bits, *block) for block in blocks]
    run(kernels.scan_lists, tasks, search.workers)


def _buckets_pay(search: _Search) -> bool:
    """Whether the buckets cost less than comparing all pairs."""
    n = len(search.words)
    substrings, key_bits = search.substrings, search.key_bits
    if search.shifts[0] + n.bit_length() > 63:  # 2**31 rows up to radius 1, 2**25 up to 8191: pairs would not pack
        return False
    left = n * (n - 1) / 2 - _ROW_COST * n * len(substrings)
    # however the rows spread, the buckets hold at least this many pairs
    if sum(n * (n / 2**bits - 1) / 2 for bits in key_bits) * _PAIR_COST >= left:
        return False
    tasks = [(search.words, start, stop, bits) for (start, stop), bits in zip(substrings, key_bits, strict=True)]
    return sum(int(count) for count in run(kernels.bucket_pairs, tasks, search.workers)) * _PAIR_COST < left


def _bucketed(search: _Search) -> Pairs:
    """Find the pairs among those that agree in a substring."""
    none = np.empty(0, np.int64)
    found = _search_buckets(search, kernels.PAIRS, none, none.astype(np.int32))
    _check_memory(sum(map(len, found)), 16 + _PAIR_BYTES)  # a copy of what was found, and work for taking it apart
    packed = np.concatenate([none, *found])
    del found
    packed.sort()
    shift_i, shift_j = search.shifts
    distance = (packed & (2**shift_j - 1)).astype(np.uint16)
    packed >>= shift_j
    j = (packed & (2 ** (shift_i - shift_j) - 1)).astype(np.int32)
    packed >>= shift_i - shift_j
    return packed.astype(np.int32), j, distance


def _search_buckets(
    search: _Search, mode: int, places: NDArray[np.int64], indices: NDArray[np.int32]
) -> list[NDArray[np.int64]]:
    """Search among the pairs that agree in a substring, substring by substring; see kernels.search_buckets.

    Within a substring each row is in one bucket, and one thread has it: its count or list is not shared.
    """
    words, workers = search.words, search.workers
    n, n_words = words.shape
    columns = np.zeros((n_words, n + kernels.WIDTH), np.uint64)  # a block may start at the last of them
    columns[:, :n] = words.T
    prefix = _prefix_words(columns, n, search.radius_bits)
    keys = np.empty(n, np.uint32)
    order = np.empty(n, np.int32)
    rows = even_blocks(n, _ROW_WORK * n_words, workers)
    found = []
    for substring, ((start, stop), bits) in enumerate(zip(search.substrings, search.key_bits, strict=True)):
        run(kernels.bucket_keys, [(keys, words, start, stop, bits, *block) for block in rows], workers)
        starts = np.empty(2**bits + 2, np.int32)
        kernels.bucket_order(order, starts, keys)
        starts = starts[:-1]
        run(kernels.bucket_columns, [(columns, words, order, *block) for block in rows], workers)
        cuts = _cuts(starts, n, n_words, workers)
        tasks = [
            (columns, order, starts, int(cut[0]), int(cut[1]), int(next_cut[1]), prefix, search.radius_bits,
             search.edges, substring, mode, places, indices, search.shifts)
            for cut, next_cut in pairwise(cuts)
        ]  # fmt: skip
        found += [packed for packed in run(kernels.search_buckets, tasks, workers) if len(packed)]
    return found


def _cuts(starts: NDArray[np.int32], n: int, n_words: int, workers: int) -> NDArray[np.int64]:
    """Return (bucket, row) where each block of rows starts, and the end."""
    sizes = np.diff(starts).astype(np.int64)
    work = int(np.sum(sizes * (sizes + 2 * kernels.ROWS)))  # at least what bucket_cuts counts
    max_work = work // block_count(work * n_words, workers) + 1
    cuts = np.empty((work // max_work + 2, 2), np.int64)
    count = kernels.bucket_cuts(cuts, starts, max_work)
    cuts[count] = len(sizes), n
    return cuts[: count + 1]


def _scan(words: Words, radius_bits: int, workers: int) -> Pairs:
    """Find the pairs by comparing all of them."""
    n, n_words = words.shape
    columns = kernels.transposed(words)
    prefix = _prefix_words(columns, n, radius_bits)
    blocks = triangle_blocks(n, n_words, workers, multiple=kernels.ROWS, max_rows=kernels.MAX_SCAN_ROWS)
    found = run(kernels.scan, [(columns, n, prefix, radius_bits, *block) for block in blocks], workers)
    del columns
    _check_memory(sum(len(packed) for packed, _ in found), _PAIR_BYTES)
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


def _check_memory(n_pairs: int, pair_bytes: int) -> None:
    """Raise if so many pairs do not fit."""
    needed, available = n_pairs * pair_bytes, available_bytes()
    if needed > available:
        raise MemoryError(
            f"{n_pairs} pairs within the radius need {format_bytes(needed)} of memory, and {format_bytes(available)} "
            "are available; take a smaller radius_bits"
        )


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
