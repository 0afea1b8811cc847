"""All pairs of fingerprints within a radius."""

from typing import NoReturn

import numpy as np

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import scan
from imgcmp.search.buckets import buckets_pay, find_by_buckets, search_buckets
from imgcmp.search.distances import check_comparable, check_indexable
from imgcmp.search.found import Found, Neighbours, Pairs
from imgcmp.search.neighbour_lists import list_found, mirror
from imgcmp.search.request import Search
from imgcmp.search.scan import fill_by_scan, find_by_scan
from imgcmp.system.checks import integer
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import Progress, run, worker_count

_PAIR_BYTES = 10
_KEPT_BYTES = 16  # a pair that was found: packed, and up to twice the room for it
_MOST_KEPT = 2**27  # bytes for pairs that are kept to be listed: 8,000,000 at least; beyond, they are found again


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


def found_pairs(words: Words, radius_bits: int, *, n_bits: int, workers: int, max_memory: int) -> Found:
    """Find all pairs that differ in at most `radius_bits` bits: count them, and keep as many as max_memory bytes hold.

    Parameters, and errors, are those of `pairs`.
    """
    return _find(_check(words, radius_bits, n_bits, workers), max_memory)


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


def _check(
    words: Words, radius_bits: int, n_bits: int | None, workers: int | None, progress: Progress | None = None
) -> Search:
    words = check_comparable(words, n_bits)
    check_indexable(words)
    workers = worker_count(workers)
    radius_bits = integer(radius_bits, "radius_bits")
    n_bits = 64 * words.shape[1] if n_bits is None else n_bits
    if not 0 <= radius_bits <= n_bits:
        raise ValueError(f"radius_bits must be in 0..n_bits={n_bits}; got {radius_bits}")
    return Search(words, radius_bits, n_bits, workers, progress)


def _find(search: Search, max_bytes: int) -> Found:
    """Find the pairs, the cheaper way: count all of them, and keep as many as fit."""
    return find_by_buckets(search, max_bytes) if buckets_pay(search) else find_by_scan(search, max_bytes)


def _placed(search: Search, found: Found) -> Pairs:
    """Return the pairs of a scan, sorted: those of a row are in order already."""
    i = np.empty(found.n_pairs, np.int32)
    j, distance = np.empty_like(i), np.empty(found.n_pairs, np.uint16)
    places = np.cumsum(found.counts) - found.counts
    tasks = [(i, j, distance, packed, places[i_start:], i_start) for packed, i_start in found.packed]
    run(scan.place, tasks, search.workers)
    return i, j, distance


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


def _listed(search: Search, found: Found) -> Neighbours:
    """List the neighbours of each row: from the pairs, if all of them were kept, else by another search."""
    if found.is_whole:
        return list_found(found, search.workers)
    indices = np.empty(2 * found.n_pairs, np.int32)
    places = found.n_pairs + np.cumsum(found.counts) - found.counts
    if found.by_buckets:
        search_buckets(search, places.copy(), indices, np.zeros(1, np.int64))
    else:
        fill_by_scan(search, places.copy(), indices)
    return Neighbours(mirror(found, places, indices, search.workers), indices)


def _refuse(found: Found) -> NoReturn:
    """Raise because the pairs do not fit."""
    raise MemoryError(
        f"{found.n_pairs} pairs within the radius need {format_bytes(found.n_pairs * (_KEPT_BYTES + _PAIR_BYTES))} of "
        f"memory, and {format_bytes(available_bytes())} are available; take a smaller radius_bits"
    )
