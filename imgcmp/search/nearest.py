"""The nearest fingerprints of others."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, check_indexable, check_two
from imgcmp.kernels import nearest as kernels
from imgcmp.kernels.bit_planes import MOST_WORDS, SLAB, limits_of, patterns_of, room_for
from imgcmp.kernels.blocks import TILE
from imgcmp.kernels.columns import WIDTH, Columns, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.nearest import Kept
from imgcmp.kernels.nearest_by_planes import Searched, nearest_by_planes
from imgcmp.system.checks import integer
from imgcmp.system.threads import even_blocks, run, worker_count

Nearest = tuple[NDArray[np.uint16], NDArray[np.int32]]
# Of some fingerprints; it takes what is kept, rows, k, and the first of them and the one behind the last.
PartSearch = Callable[..., None]

_MOST_ROWS = 512  # queries that go through the fingerprints together
_KEPT_BYTES = 2**24  # what they may keep
_MANY = 256  # fingerprints to one neighbour, below which counting the distances of all takes less time
_WORK_OF_ONE = 2**24  # words compared up to which one thread takes no longer than two: memory is what it waits for
# Queries to a word from which on it takes less time to count bit by bit. What comes before is the same for any number:
# at 64 bits 44 queries take as long either way, at 256 bits 115.
_BY_PLANES = 48
_NONE = np.iinfo(np.int64).max


def nearest(words: Words, queries: Words, k: int, *, workers: int | None = None) -> Nearest:
    """Find the k nearest fingerprints of each query.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints to search; unused low bits are zero.
    queries : ndarray of uint64, shape (n_queries, n_words)
        Packed fingerprints to search for.
    k : int
        Neighbours a query, 1 .. n_images.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

    Returns
    -------
    distances : ndarray of uint16, shape (n_queries, k)
        Differing bits, ascending.
    indices : ndarray of int32, shape (n_queries, k)
        Rows of `words`; equal distances by index.

    Raises
    ------
    TypeError
        If `words` or `queries` is not of uint64, or `k` is not an integer.
    ValueError
        If `k` is below 1 or above n_images, the shapes do not match, or `workers` is below 1.

    Notes
    -----
    O(n_queries * n_images * n_words) time; a thread takes some 20 MB, or 16 * k bytes a
    query; where `k` is above n_images / 256, a copy of the words, and 8 * n_images bytes a thread.
    """
    words, queries = check_two(words, queries, "words", "queries")
    check_indexable(words)
    return nearest_in(words, queries, check_k(k, len(words)), worker_count(workers))


def check_k(k: int, n_images: int) -> int:
    """Return how many are asked for; raise TypeError or ValueError if there can't be so many."""
    k = integer(k, "k")
    if not 1 <= k <= n_images:
        raise ValueError(f"k must be in 1..{n_images}, the number of fingerprints to search; got {k}")
    return k


def nearest_in(searched: Words | Columns, queries: Words, k: int, workers: int) -> Nearest:
    """Find the k nearest of each query, among fingerprints as they are or laid out; all arguments are checked ones."""
    n_queries = len(queries)
    distances, indices = np.empty((n_queries, k), np.uint16), np.empty((n_queries, k), np.int32)
    n = searched.n if isinstance(searched, Columns) else len(searched)
    if k * _MANY > n:
        columns = transposed(searched.words[:, :n].T if isinstance(searched, Columns) else searched)
        blocks = even_blocks(n_queries, n * queries.shape[1], workers)
        fixed = indices, distances, transposed(queries), columns
        run(kernels.nearest_by_counting, [(*fixed, *block) for block in blocks], workers)
        return distances, indices
    room = 2 * k + WIDTH
    if n_queries * n * queries.shape[1] < _WORK_OF_ONE:
        workers = 1
    # As many queries go together as may keep so much; but each thread has some of its own, unless it is bit planes that
    # these are too few for. Then threads have parts of the fingerprints.
    most, of_thread = min(_MOST_ROWS, _KEPT_BYTES // (8 * room)), -(-n_queries // workers)
    if not of_thread < _least_by_planes(queries.shape[1]) <= n_queries:
        most = min(most, of_thread)
    together = max(1, -(-most // ROWS)) * ROWS
    groups = [slice(start, start + together) for start in range(0, n_queries, together)]
    by_groups = len(groups) >= workers
    threads = 1 if by_groups else workers

    def search(group: slice) -> None:
        found = _nearest_of(transposed(queries[group]), searched, n, k, threads)
        distances[group], indices[group] = found >> 32, found & 0xFFFFFFFF

    run(search, [(group,) for group in groups], workers if by_groups else 1)
    return distances, indices


def _nearest_of(rows: Columns, searched: Words | Columns, n: int, k: int, workers: int) -> NDArray[np.int64]:
    """Return the nearest of some rows, sorted, packed as distance << 32 | index, shape (n_rows, k)."""
    n_words, room = len(rows.words), 2 * k + WIDTH
    as_it_lies = _search_as_it_lies(searched)
    by_planes = rows.n >= _least_by_planes(n_words)
    best = _search_by_planes(rows, searched) if by_planes else as_it_lies

    def search(way: PartSearch, parts: list[tuple[int, int]], radii: NDArray[np.int64]) -> Kept:
        kept = Kept(np.empty((rows.n, room), np.int64), np.zeros(rows.n, np.int64), radii.copy())
        for part in parts:
            way(kept, rows, k, *part)
        return kept

    found, head, radii = [], 0, np.full(rows.n, 64 * n_words)
    if workers > 1 or by_planes:
        # What the first fingerprints are apart bounds what is looked for in all others: threads start with that, and
        # so do bit planes, of which all that are near at once are kept, however far the radius falls meanwhile.
        head = min(n, max(TILE, -(-k // WIDTH) * WIDTH))
        found = [search(as_it_lies, [(0, head)], radii)]
        radii = found[0].radii
    blocks = even_blocks(n - head, ROWS * -(-rows.n // ROWS) * n_words, workers, multiple=SLAB if by_planes else WIDTH)
    blocks = [(head + start, head + stop) for start, stop in blocks]
    share = max(1, -(-len(blocks) // workers))
    tasks = [(best, blocks[start : start + share], radii) for start in range(0, len(blocks), share)]
    found += run(search, tasks, workers)
    for kept in found:
        kept.found[np.arange(room) >= kept.counts[:, np.newaxis]] = _NONE
    together = np.concatenate([kept.found[:, :k] for kept in found], axis=1)
    return np.sort(together, axis=1)[:, :k]


def _least_by_planes(n_words: int) -> float:
    """Return how many queries are counted bit by bit, at least."""
    return _BY_PLANES * n_words if n_words <= MOST_WORDS else math.inf


def _search_as_it_lies(searched: Words | Columns) -> PartSearch:
    """Return a search of fingerprints, in words or laid out, by population counts."""
    if isinstance(searched, Columns):
        return lambda kept, rows, *part: kernels.nearest_in_columns(kept, rows, searched, *part)
    words = searched.reshape(-1)
    return lambda kept, rows, *part: kernels.nearest_in_words(kept, rows, words, *part)


def _search_by_planes(rows: Columns, searched: Words | Columns) -> PartSearch:
    """Return a search of fingerprints for these rows, bit by bit."""
    n_words = len(rows.words)
    patterns, limits = patterns_of(rows.words[:, : rows.n]), limits_of(64 * n_words)
    if isinstance(searched, Columns):
        where = Searched(searched.words.reshape(-1), 1, searched.words.shape[1])
    else:
        where = Searched(searched.reshape(-1), n_words, 1)

    def search(kept: Kept, rows: Columns, k: int, j_start: int, j_stop: int) -> None:
        work = room_for(rows.n, n_words)
        nearest_by_planes(kept, rows, patterns, limits, work, where, k, j_start, j_stop)

    return search
