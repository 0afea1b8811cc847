"""The nearest fingerprints of others."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, check_indexable, check_two
from imgcmp.kernels import nearest as kernels
from imgcmp.kernels.blocks import TILE
from imgcmp.kernels.columns import WIDTH, Columns, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.nearest import Kept
from imgcmp.system.checks import integer
from imgcmp.system.threads import even_blocks, run, worker_count

Nearest = tuple[NDArray[np.uint16], NDArray[np.int32]]

_MOST_ROWS = 512  # queries that go through the fingerprints together
_KEPT_BYTES = 2**24  # what they may keep
_MANY = 256  # fingerprints to one neighbour, below which counting the distances of all takes less time
_WORK_OF_ONE = 2**24  # words compared up to which one thread takes no longer than two: memory is what it waits for
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
    # As many queries go together as may keep so much, but so few that each thread has some.
    most = min(_MOST_ROWS, _KEPT_BYTES // (8 * room), -(-n_queries // workers))
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
    kernel, where = kernels.nearest_in_words, searched
    if isinstance(searched, Columns):
        kernel = kernels.nearest_in_columns
    else:
        where = searched.reshape(-1)

    def search(parts: list[tuple[int, int]], radii: NDArray[np.int64]) -> Kept:
        kept = Kept(np.empty((rows.n, room), np.int64), np.zeros(rows.n, np.int64), radii.copy())
        for part in parts:
            kernel(kept, rows, where, k, *part)
        return kept

    # What the first fingerprints are apart bounds what is looked for in all others: threads start with that.
    head = min(n, max(TILE, -(-k // WIDTH) * WIDTH)) if workers > 1 else 0
    found = [search([(0, head)], np.full(rows.n, 64 * n_words))]
    blocks = even_blocks(n - head, ROWS * -(-rows.n // ROWS) * n_words, workers, multiple=WIDTH)
    blocks = [(head + start, head + stop) for start, stop in blocks]
    share = max(1, -(-len(blocks) // workers))
    tasks = [(blocks[start : start + share], found[0].radii) for start in range(0, len(blocks), share)]
    found += run(search, tasks, workers)
    for kept in found:
        kept.found[np.arange(room) >= kept.counts[:, np.newaxis]] = _NONE
    together = np.concatenate([kept.found[:, :k] for kept in found], axis=1)
    return np.sort(together, axis=1)[:, :k]
