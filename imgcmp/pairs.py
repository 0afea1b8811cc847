"""All pairs of fingerprints within a radius."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from imgcmp.distances import cdist, check_comparable, check_indexable
from imgcmp.fingerprints.packing import Words, unpack
from imgcmp.kernels import buckets, neighbour_lists, scan
from imgcmp.kernels.blocks import transposed
from imgcmp.kernels.intrinsics import ROWS, WIDTH
from imgcmp.kernels.scan import MAX_SCAN_ROWS, SCAN_SHIFTS
from imgcmp.system.checks import integer
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import Progress, block_count, even_blocks, run, triangle_blocks, worker_count

Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]

_SAMPLES = 2**16
_MAX_FALSE_HITS = 64  # of _SAMPLES: then 6 % of the rows of blocks at most are looked at for nothing

PAIR_COST = 2  # comparing a pair in a bucket, in pairs of a scan: 1 in buckets of 2,000, 2 in those of 200
ROW_COST = 600  # sorting a fingerprint for one substring, as such: 330 if none is close, 1,000 if a third are copies
HIT_COST = 400  # taking a pair within the radius, each time it is met in a bucket, as such
ROW_WORK = 16  # sorting a word, in words compared: a thread is worth starting from 50,000 of them on
_SAMPLED_ROWS, _SAMPLED_COLUMNS = 512, 1024  # both many: with 64 rows one dense group was missed or met too often
_PAIR_BYTES = 10
_KEPT_BYTES = 16  # a pair that was found: packed, and up to twice the room for it
_MOST_KEPT = 2**27  # bytes for pairs that are kept to be listed: 8,000,000 at least; beyond, they are found again
_MIRRORED_ROWS = 2**13  # lists that are written at a time: 512 KB of cache lines
_MAX_KEY_BITS = 22  # 16 MB of counters


class Neighbours(NamedTuple):
    """Of each fingerprint those within a radius, one list after another.

    Attributes
    ----------
    starts : ndarray of int64, shape (n_images + 1,)
        Where the list of each fingerprint starts.
    indices : ndarray of int32, shape (2 * n_pairs,)
        The neighbours of row i, ascending, are ``indices[starts[i] : starts[i + 1]]``.
    """

    starts: NDArray[np.int64]
    indices: NDArray[np.int32]


class Found(NamedTuple):
    """Pairs i < j within a radius, as they are found.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_images,)
        Of each row the number of pairs in which it is i.
    packed : list of (ndarray of int64, int)
        As many of them as were kept, packed, each with the row from which on their rows are counted.
    shifts : (int, int)
        Where i and j start in a packed pair; below them, if anything, is the distance.
    by_buckets : bool
        Whether they are in no order; else those of a row are in the order of j.
    """

    counts: NDArray[np.int64]
    packed: list[tuple[NDArray[np.int64], int]]
    shifts: tuple[int, int]
    by_buckets: bool

    @property
    def n_pairs(self) -> int:
        """How many pairs there are."""
        return int(self.counts.sum())

    @property
    def is_whole(self) -> bool:
        """Whether all of them were kept."""
        return sum(len(packed) for packed, _ in self.packed) == self.n_pairs


class Substrings(NamedTuple):
    """The substrings by which fingerprints are put into buckets, of their real bits only.

    Attributes
    ----------
    edges : ndarray of int64, shape (n_substrings + 1,)
        Where they start and end. There is one more of them than bits that may differ.
    key_bits : list of int
        Bits of each substring's keys; a longer substring is hashed to about as many buckets as there are rows.
    """

    edges: NDArray[np.int64]
    key_bits: list[int]

    @classmethod
    def of(cls, n_bits: int, radius_bits: int, n_rows: int) -> "Substrings":
        """Return those for a search of n_rows fingerprints."""
        edges = np.arange(radius_bits + 2) * n_bits // (radius_bits + 1)
        most = min(n_rows.bit_length(), _MAX_KEY_BITS)
        return cls(edges, np.minimum(np.diff(edges), most).tolist())

    @property
    def spans(self) -> list[tuple[int, int, int]]:
        """Of each its first bit, the bit after its last, and the bits of its keys."""
        spans = zip(pairwise(self.edges.tolist()), self.key_bits, strict=True)
        return [(start, stop, bits) for (start, stop), bits in spans]


class _Search(NamedTuple):
    """What is searched for, all of it checked."""

    words: Words
    radius_bits: int
    n_bits: int
    workers: int
    progress: Progress | None = None

    @property
    def substrings(self) -> Substrings:
        return Substrings.of(self.n_bits, self.radius_bits, len(self.words))

    @property
    def shifts(self) -> tuple[int, int]:
        """Where i and j start in a packed pair; below them is the distance."""
        shift_j = self.radius_bits.bit_length()
        return shift_j + len(self.words).bit_length(), shift_j

    def advance(self, part: int, n_parts: int, n_tasks: int) -> Callable[[int], object] | None:
        """Return what tells, after each of n_tasks tasks of about equal work, how many pairs have been compared."""
        progress, n_pairs = self.progress, len(self.words) * (len(self.words) - 1) // 2
        if progress is None:
            return None
        return lambda done: progress("pairs", n_pairs * (part * n_tasks + done) // (n_parts * n_tasks), n_pairs)


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
    found = _find(search, available_bytes() * _KEPT_BYTES // (_KEPT_BYTES + _PAIR_BYTES))
    if not found.is_whole:
        _refuse(found)
    return _sorted(found) if found.by_buckets else _placed(search, found)


def neighbours(
    words: Words,
    radius_bits: int,
    *,
    n_bits: int | None = None,
    workers: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Neighbours | None:
    """List, for each fingerprint, the others that differ in at most `radius_bits` bits.

    Parameters
    ----------
    words, radius_bits, n_bits, workers
        As for `pairs`.
    max_memory : int, optional
        Bytes that the lists may take; default what is available.
    progress : Progress, optional
        Is told how many pairs have been compared.

    Returns
    -------
    neighbours : Neighbours or None
        None if they would take more than that: it is known before the memory is taken.

    Raises
    ------
    TypeError, ValueError
        As `pairs`.

    Notes
    -----
    Eight bytes a pair and 24 a fingerprint. The time of `pairs`; twice that where there are more than about eight
    million pairs, or than half of max_memory holds: only so many are kept in the search that counts them.
    """
    search = _check(words, radius_bits, n_bits, workers, progress)
    max_memory = available_bytes() if max_memory is None else max_memory
    found = _find(search, min(_MOST_KEPT, max_memory // 2))
    if 8 * found.n_pairs + 24 * (len(search.words) + 1) > max_memory:
        return None
    return _listed(search, found)


def radius_within(words: Words, radius_bits: int, n_pairs: int, *, workers: int | None = None) -> int:
    """Return the largest radius up to radius_bits within which there are at most about n_pairs pairs; -1 if none.

    Parameters
    ----------
    words, radius_bits, workers
        As for `pairs`.
    n_pairs : int
        How many there are is estimated, from some rows and some columns, always the same.
    """
    sample = _Sample.of(words, workers)
    within = np.cumsum(np.bincount(sample.distances, minlength=radius_bits + 1)[: radius_bits + 1])
    return int(np.searchsorted(within * sample.pairs_a_distance, n_pairs, side="right")) - 1


class _Sample(NamedTuple):
    """Some rows against some columns, always the same."""

    i: NDArray[np.intp]
    j: NDArray[np.intp]
    distances: NDArray[Any]  # of words[i] and words[j]
    pairs_a_distance: float  # how many pairs of all each of them stands for

    @classmethod
    def of(cls, words: Words, workers: int | None) -> "_Sample":
        n, random = len(words), np.random.default_rng(0)
        rows = random.choice(n, min(n, _SAMPLED_ROWS), replace=False)
        columns = random.choice(n, min(n, _SAMPLED_COLUMNS), replace=False)
        distances = cdist(words[rows], words[columns], workers=workers)
        k, m = np.nonzero(rows[:, None] != columns)
        return cls(rows[k], columns[m], distances[k, m], n * (n - 1) / 2 / max(len(k), 1))


def _check(
    words: Words, radius_bits: int, n_bits: int | None, workers: int | None, progress: Progress | None = None
) -> _Search:
    words = check_comparable(words, n_bits)
    check_indexable(words)
    workers = worker_count(workers)
    radius_bits = integer(radius_bits, "radius_bits")
    n_bits = 64 * words.shape[1] if n_bits is None else n_bits
    if not 0 <= radius_bits <= n_bits:
        raise ValueError(f"radius_bits must be in 0..n_bits={n_bits}; got {radius_bits}")
    return _Search(words, radius_bits, n_bits, workers, progress)


def _find(search: _Search, max_bytes: int) -> Found:
    """Find the pairs, the cheaper way: count all of them, and keep as many as fit."""
    return _find_by_buckets(search, max_bytes) if _buckets_pay(search) else _find_by_scan(search, max_bytes)


def _find_by_scan(search: _Search, max_bytes: int) -> Found:
    """Find the pairs by comparing all of them."""
    n = len(search.words)
    columns, prefix, blocks = _scan_plan(search)
    room = np.array([max_bytes // 8])
    tasks = [(columns, n, prefix, search.radius_bits, room, *block) for block in blocks]
    found = run(scan.scan, tasks, search.workers, search.advance(0, 1, len(blocks)))
    counts = np.concatenate([np.zeros(0, np.int64), *(block_counts for _, block_counts in found)])
    packed = [(block_found, i_start) for (block_found, _), (i_start, _) in zip(found, blocks, strict=True)]
    return Found(counts, packed, SCAN_SHIFTS, by_buckets=False)


def _fill_by_scan(search: _Search, places: NDArray[np.int64], indices: NDArray[np.int32]) -> None:
    """List the later neighbours of each row by comparing all pairs."""
    columns, prefix, blocks = _scan_plan(search)
    tasks = [(indices, places, columns, len(search.words), prefix, search.radius_bits, *block) for block in blocks]
    run(scan.fill_lists, tasks, search.workers, search.advance(0, 1, len(blocks)))


def _scan_plan(search: _Search) -> tuple[Words, int, list[tuple[int, int]]]:
    """Return the columns, how many of their words are judged first, and the blocks of rows."""
    n, n_words = search.words.shape
    columns = transposed(search.words)
    blocks = triangle_blocks(n, n_words, search.workers, multiple=ROWS, max_rows=MAX_SCAN_ROWS)
    return columns, prefix_words(columns[:, :n], columns[:, :n], search.radius_bits), blocks


def _placed(search: _Search, found: Found) -> Pairs:
    """Return the pairs of a scan, sorted: those of a row are in order already."""
    i = np.empty(found.n_pairs, np.int32)
    j, distance = np.empty_like(i), np.empty(found.n_pairs, np.uint16)
    places = np.cumsum(found.counts) - found.counts
    tasks = [(i, j, distance, packed, places[i_start:], i_start) for packed, i_start in found.packed]
    run(scan.place, tasks, search.workers)
    return i, j, distance


def _buckets_pay(search: _Search) -> bool:
    """Whether the buckets cost less than comparing all pairs."""
    n = len(search.words)
    substrings = search.substrings
    if search.shifts[0] + n.bit_length() > 63:  # 2**31 rows up to radius 1, 2**25 up to 8191: pairs would not pack
        return False
    left = n * (n - 1) / 2 - ROW_COST * n * len(substrings.spans)
    # however the rows spread, the buckets hold at least this many pairs
    if sum(n * (n / 2**bits - 1) / 2 for bits in substrings.key_bits) * PAIR_COST >= left:
        return False
    tasks = [(search.words, *span) for span in substrings.spans]
    left -= sum(int(count) for count in run(buckets.bucket_pairs, tasks, search.workers)) * PAIR_COST
    return left > 0 and _hits(search) * HIT_COST < left


def _hits(search: _Search) -> float:
    """Estimate how often the buckets meet a pair within the radius: once for each substring in which it agrees."""
    sample = _Sample.of(search.words, search.workers)
    hits = np.flatnonzero(sample.distances <= search.radius_bits)
    some = hits[:: 1 + len(hits) // _SAMPLES]
    different = unpack(search.words[sample.i[some]] ^ search.words[sample.j[some]], search.n_bits)
    agreements = np.count_nonzero(np.add.reduceat(different, search.substrings.edges[:-1], axis=1, dtype=np.int32) == 0)
    return len(hits) * sample.pairs_a_distance * agreements / max(len(some), 1)


def _find_by_buckets(search: _Search, max_bytes: int) -> Found:
    """Find the pairs among those that agree in a substring."""
    counts = np.zeros(len(search.words), np.int64)
    packed = _search_buckets(search, counts, np.empty(0, np.int32), np.array([max_bytes // 8]))
    return Found(counts, [(part, 0) for part in packed], search.shifts, by_buckets=True)


def _sorted(found: Found) -> Pairs:
    """Return the pairs of the buckets, sorted."""
    packed = np.concatenate([np.empty(0, np.int64), *(part for part, _ in found.packed)])
    found.packed.clear()
    packed.sort()
    shift_i, shift_j = found.shifts
    distance = (packed & (2**shift_j - 1)).astype(np.uint16)
    packed >>= shift_j
    j = (packed & (2 ** (shift_i - shift_j) - 1)).astype(np.int32)
    packed >>= shift_i - shift_j
    return packed.astype(np.int32), j, distance


def _search_buckets(
    search: _Search, places: NDArray[np.int64], indices: NDArray[np.int32], room: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Search among the pairs that agree in a substring, substring by substring; see buckets.search_buckets.

    Within a substring each row is in one bucket, and one thread has it: its count or list is not shared.
    """
    words, workers = search.words, search.workers
    n, n_words = words.shape
    columns = np.zeros((n_words, n + WIDTH), np.uint64)  # a block may start at the last of them
    columns[:, :n] = words.T
    prefix = prefix_words(columns[:, :n], columns[:, :n], search.radius_bits)
    keys = np.empty(n, np.uint32)
    order = np.empty(n, np.int32)
    rows = even_blocks(n, ROW_WORK * n_words, workers)
    found: list[NDArray[np.int64]] = []
    edges, spans = search.substrings.edges, search.substrings.spans
    for substring, (start, stop, bits) in enumerate(spans):
        run(buckets.bucket_keys, [(keys, words, start, stop, bits, *block) for block in rows], workers)
        starts = np.empty(2**bits + 2, np.int32)
        buckets.bucket_order(order, starts, keys)
        starts = starts[:-1]
        run(buckets.bucket_columns, [(columns, words, order, *block) for block in rows], workers)
        cuts = _cuts(starts, n, n_words, workers)
        tasks = [
            (columns, order, starts, int(cut[0]), int(cut[1]), int(next_cut[1]), prefix, search.radius_bits,
             edges, substring, places, indices, search.shifts, room)
            for cut, next_cut in pairwise(cuts)
        ]  # fmt: skip
        advance = search.advance(substring, len(spans), len(tasks))
        found += [packed for packed in run(buckets.search_buckets, tasks, workers, advance) if len(packed)]
    return found


def _cuts(starts: NDArray[np.int32], n: int, n_words: int, workers: int) -> NDArray[np.int64]:
    """Return (bucket, row) where each block of rows starts, and the end."""
    sizes = np.diff(starts).astype(np.int64)
    work = int(np.sum(sizes * (sizes + 2 * ROWS)))  # at least what bucket_cuts counts
    max_work = work // block_count(work * n_words, workers) + 1
    cuts = np.empty((work // max_work + 2, 2), np.int64)
    count = buckets.bucket_cuts(cuts, starts, max_work)
    cuts[count] = len(sizes), n
    return cuts[: count + 1]


def _listed(search: _Search, found: Found) -> Neighbours:
    """List the neighbours of each row: from the pairs, if all of them were kept, else by another search."""
    if found.is_whole:
        return list_found(found, search.workers)
    indices = np.empty(2 * found.n_pairs, np.int32)
    places = found.n_pairs + np.cumsum(found.counts) - found.counts
    if found.by_buckets:
        _search_buckets(search, places.copy(), indices, np.zeros(1, np.int64))
    else:
        _fill_by_scan(search, places.copy(), indices)
    return Neighbours(_mirror(found, places, indices, search.workers), indices)


def list_found(found: Found, workers: int) -> Neighbours:
    """List the neighbours of each row from pairs, all of which were kept."""
    indices = np.empty(2 * found.n_pairs, np.int32)
    places = found.n_pairs + np.cumsum(found.counts) - found.counts
    next_places = places.copy()
    for packed, i_start in found.packed:
        neighbour_lists.list_found(indices, next_places, packed, i_start, found.shifts)
    return Neighbours(_mirror(found, places, indices, workers), indices)


def _mirror(found: Found, places: NDArray[np.int64], indices: NDArray[np.int32], workers: int) -> NDArray[np.int64]:
    """Turn lists of the later neighbours, that of row i from places[i] on, into lists of all; return their starts."""
    n, counts = len(found.counts), found.counts
    if found.by_buckets:
        blocks = even_blocks(n, 1 + found.n_pairs // max(n, 1), workers)
        run(neighbour_lists.sort_lists, [(indices, places, counts, *block) for block in blocks], workers)
    starts = np.empty(n + 1, np.int64)
    neighbour_lists.spread(indices, starts, counts)
    ranges = np.linspace(0, n, 2 + n // _MIRRORED_ROWS, dtype=np.int64).tolist()
    run(neighbour_lists.mirror, [(indices, starts, counts, *rows) for rows in pairwise(ranges)], workers)
    return starts


def _refuse(found: Found) -> NoReturn:
    """Raise because the pairs do not fit."""
    raise MemoryError(
        f"{found.n_pairs} pairs within the radius need {format_bytes(found.n_pairs * (_KEPT_BYTES + _PAIR_BYTES))} of "
        f"memory, and {format_bytes(available_bytes())} are available; take a smaller radius_bits"
    )


def prefix_words(rows: Words, columns: Words, radius_bits: int) -> int:
    """Return how many leading words rule out most pairs beyond the radius: 1, 2, 4, or 0 for none of these.

    A pair that differs in more than the radius in its first words need not be compared further: at 256 bits and radius
    25 two words of four suffice, which halves the time. Tried on random pairs, always the same; the choice changes
    the time, never the result.
    """
    n_words, n = columns.shape
    samples = min(_SAMPLES, rows.shape[1] * (n - 1) // 128)  # at most 2 % of the pairs
    random = np.random.default_rng(0)
    i = random.integers(max(rows.shape[1], 1), size=samples)
    j = (i + random.integers(1, max(n, 2), size=samples)) % max(n, 1)
    for prefix in (1, 2, 4):
        if prefix > n_words:
            break
        distances = _distances(rows[:prefix], columns[:prefix], i, j)
        hits = np.flatnonzero(distances <= radius_bits)
        if len(hits) * 48 > samples:  # most rows of blocks, of 64 pairs, hold a hit: judging them only costs time
            continue
        false_hits = np.count_nonzero(_distances(rows, columns, i[hits], j[hits]) > radius_bits)
        if false_hits * _SAMPLES <= _MAX_FALSE_HITS * samples:
            return prefix
    return 0


def _distances(rows: Words, columns: Words, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.int64]:
    distances = np.zeros(len(i), np.int64)
    for row_word, column_word in zip(rows, columns, strict=True):
        distances += np.bitwise_count(row_word[i] ^ column_word[j])
    return distances
